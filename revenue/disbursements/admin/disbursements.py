"""Disbursements: the list with its totals, and one disbursement with all its money."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

from django.contrib import admin
from django.db.models import Count, QuerySet, Sum
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from core import clock
from core.acts import Fact
from core.admin import HouseAdmin, amount_cell, row_address, row_link
from core.money import Money
from revenue.disbursements import queries
from revenue.disbursements.admin import acts
from revenue.disbursements.models import Disbursement, Payment
from revenue.disbursements.states import Status
from revenue.ledger import chart
from revenue.ledger.queries import moves_of_lot
from revenue.sharing.models import AllocationRun


class LateFilter(admin.SimpleListFilter):
    """What is behind its day."""

    title = _("late")
    parameter_name = "late"

    def lookups(self, request: Any, model_admin: Any) -> list[tuple[str, Any]]:
        return [("account", _("not accounted for in time")), ("payment", _("not paid in time"))]

    def queryset(self, request: Any, queryset: QuerySet[Disbursement]) -> QuerySet[Disbursement]:
        today = clock.today()
        if self.value() == "account":
            return queryset.filter(id__in=[late.disbursement.pk for late in queries.late_advances(on=today)])
        if self.value() == "payment":
            return queryset.filter(status__in=[Status.REQUESTED, Status.APPROVED], due_on__lt=today)
        return queryset


@admin.register(Disbursement)
class DisbursementAdmin(HouseAdmin):
    list_display = ("reference", "recipient_link", "project", "purpose", "amount", "shown_status", "requested_on", "account_by")
    list_filter = ("status", "purpose", ("project", admin.RelatedOnlyFieldListFilter), LateFilter, "kind", "bank_account", "recipient__kind")
    search_fields = ("reference", "recipient__name", "recipient__name_km", "recipient__code", "description", "payments__bank_reference")
    date_hierarchy = "requested_on"
    ordering = ("-requested_on", "-id")
    fields = (
        "reference", "status", "amount", "recipient_link", "project", "pot_link", "purpose", "kind", "description", "bank_account", "due_on",
        "account_by", "requested_by", "requested_on", "decided_by", "decided_on", "decision_reason",
    )  # fmt: skip
    extra_lookups = ("account_by__lt", "recipient__id__exact", "pot__id__exact")
    empty_list_sentence = _("Nothing has been asked for yet.")
    new_acts = (acts.REQUEST,)
    acts = (acts.APPROVE, acts.REJECT, acts.PAY, acts.ACKNOWLEDGE, acts.RETURN, acts.CLOSE, acts.SENT_BACK, acts.CANCEL)
    export_columns = (
        (_("reference"), lambda row: row.reference),
        (_("status"), lambda row: row.get_status_display()),
        (_("recipient code"), lambda row: row.recipient.code),
        (_("recipient"), lambda row: row.recipient.name),
        (_("project"), lambda row: row.project.code),
        (_("pot"), lambda row: row.pot.code),
        (_("purpose"), lambda row: row.get_purpose_display()),
        (_("kind"), lambda row: row.get_kind_display()),
        (_("currency"), lambda row: row.currency),
        (_("amount"), lambda row: Money(row.amount_minor, row.currency).major()),
        (_("what it is for"), lambda row: row.description),
        (_("requested on"), lambda row: row.requested_on),
        (_("decided on"), lambda row: row.decided_on),
        (_("to be paid by"), lambda row: row.due_on),
        (_("to be accounted for by"), lambda row: row.account_by),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Disbursement]:
        rows: QuerySet[Disbursement] = super().get_queryset(request)
        return rows.select_related("recipient", "project", "pot__project", "bank_account", "requested_by", "decided_by")

    def list_totals(self, queryset: QuerySet[Any]) -> Iterable[Fact]:
        sums = queryset.order_by().values("status", "currency").annotate(count=Count("id", distinct=True), sum=Sum("amount_minor"))
        names, order = dict(Status.choices), list(Status)
        for row in sorted(sums, key=lambda row: (row["currency"], order.index(row["status"]))):
            yield Fact(names[row["status"]], f"{Money(row['sum'], row['currency'])} ({row['count']:,})")

    @display(description=_("recipient"), ordering="recipient__name")
    def recipient_link(self, row: Disbursement) -> str:
        return row_link(row.recipient)

    @display(description=_("pot"))
    def pot_link(self, row: Disbursement) -> str:
        return row_link(row.pot)

    @display(description=_("amount"), ordering="amount_minor")
    def amount(self, row: Disbursement) -> str:
        return amount_cell(row.amount_minor, row.currency)

    @display(
        description=_("status"),
        label={"REQUESTED": "warning", "APPROVED": "info", "PAID": "success", "REJECTED": "danger", "CANCELLED": "danger"},
        ordering="status",
    )
    def shown_status(self, row: Disbursement) -> tuple[str, str]:
        return row.status, row.get_status_display()

    def made_of(self, row: Any) -> Iterable[tuple[Any, Iterable[Fact]]]:
        if row.approval_entry_id is None:
            return
        yield _("To be signed"), _papers(row)
        yield _("Where its money is"), _where(row)
        yield _("Which receipts pay for it"), _sources(row)
        yield _("Payment"), _payments(row)
        yield _("What became of it"), _uses(row)


def _papers(row: Disbursement) -> Iterator[Fact]:
    """Name the papers drawn from this row; the app that draws them lies above, so only their addresses are known."""
    try:
        yield Fact(_("Voucher"), "PDF", reverse("reports:voucher", args=[row.reference]))
        lists = reverse("reports:payment_list", args=[row.bank_account.code])
    except NoReverseMatch:
        return
    if row.status == Status.APPROVED:
        yield Fact(_("List of all payments to be made from this account"), "PDF", lists)
    for payment in row.payments.filter(status=Payment.Status.PAID):
        yield Fact(_("List of the day's payments from this account"), "PDF", f"{lists}?on={payment.paid_on.isoformat()}")


def _where(row: Disbursement) -> Iterator[Fact]:
    sums: dict[str, int] = {}
    for step in moves_of_lot(row.pk):
        sums[step.debit.kind] = sums.get(step.debit.kind, 0) + step.amount_minor
        sums[step.credit.kind] = sums.get(step.credit.kind, 0) - step.amount_minor
    names = {
        chart.COMMITTED: _("Set aside, not yet paid"),
        chart.ADVANCE: _("With the recipient, to be accounted for"),
        chart.RECOVERABLE: _("To be repaid"),
        chart.SPENT: _("Spent and accepted"),
        chart.LOST: _("Written off"),
        chart.FX: _("Exchange difference"),
        chart.SHORTFALL: _("Taken by the bank beyond the pot"),
    }
    for kind, name in names.items():
        if sums.get(kind):
            yield Fact(name, Money(sums[kind], row.currency))
    local = queries.lot_money([row.pk]).get(row.pk)
    if local and local.advance_local and local.local_currency != row.currency:
        yield Fact(_("With the recipient, as it was paid out"), Money(local.advance_local, local.local_currency))
    if row.account_by and local and local.advance and row.account_by < clock.today():
        yield Fact(_("Late"), _days_late(row.account_by))


def _days_late(account_by: date) -> str:
    return gettext("%(days)s days: it was to be accounted for by %(day)s") % {
        "days": (clock.today() - account_by).days,
        "day": account_by.isoformat(),
    }


def _sources(row: Disbursement) -> Iterator[Fact]:
    """Name the receipts that the approval drew, with the sale of each."""
    assert row.approval_entry is not None
    for posting in row.approval_entry.postings.select_related("tranche").order_by("line"):
        receipt = getattr(posting.tranche, "receipt", None)
        run = AllocationRun.objects.filter(tranche=posting.tranche, status=AllocationRun.Status.ALLOCATED).first()
        sale = f" · {receipt.sale}" if receipt and receipt.sale else ""
        address = row_address(receipt) if receipt else row_address(run) if run else ""
        yield Fact(f"{posting.tranche} · {posting.tranche.received_on}{sale}", Money(posting.amount_minor, row.currency), address)


def _payments(row: Disbursement) -> Iterator[Fact]:
    for payment in row.payments.select_related("acknowledgement").order_by("id"):
        said = f"{Money(payment.amount_minor, payment.currency)} · {payment.paid_on}"
        if payment.local_currency != payment.currency:
            said = f"{said} · {Money(payment.local_minor, payment.local_currency)} ({payment.rate})"
        yield Fact(f"{payment.get_status_display()} · {payment.bank_reference}", said, row_address(payment))
        arrived = getattr(payment, "acknowledgement", None)
        if arrived:
            amount = Money(arrived.local_minor, arrived.local_currency)
            yield Fact(_("Acknowledged by the recipient"), f"{amount} · {arrived.received_on} · {arrived.signed_by}", row_address(arrived))
        elif payment.status == Payment.Status.PAID:
            yield Fact(_("Acknowledged by the recipient"), _("not yet"))


def _uses(row: Disbursement) -> Iterator[Fact]:
    """Name the spending records and returns, by their document, with what each took."""
    sums: dict[tuple[str, str], int] = {}
    for step in moves_of_lot(row.pk):
        if step.event in (chart.SPEND, chart.RETURN, chart.DISALLOW, chart.REPAID, chart.WRITE_OFF) and step.credit.kind == chart.ADVANCE:
            key = (step.event, step.document)
            sums[key] = sums.get(key, 0) + step.amount_minor
    for (event, document), amount in sums.items():
        name = f"{chart.EVENT_NAMES[event]} · {document}" if event == chart.SPEND else str(chart.EVENT_NAMES[event])
        yield Fact(name, Money(amount, row.currency), _spending_address(document) if event == chart.SPEND else "")


def _spending_address(reference: str) -> str:
    """Return the list of spending records with this reference; that app lies above, so only its address is known."""
    try:
        return f"{reverse('admin:spending_spendingrecord_changelist')}?q={reference}"
    except NoReverseMatch:
        return ""
