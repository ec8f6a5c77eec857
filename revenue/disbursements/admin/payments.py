"""Payments, acknowledgements and returns of money."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.db.models import Exists, OuterRef, QuerySet, Sum
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from core.acts import Fact
from core.admin import HouseAdmin, amount_cell, row_address, row_link
from core.money import Money
from revenue.disbursements.admin import acts
from revenue.disbursements.models import Acknowledgement, LineMatch, MoneyReturn, Payment, StatementLine


class AcknowledgedFilter(admin.SimpleListFilter):
    """Whether the recipient has said that it arrived."""

    title = _("acknowledged")
    parameter_name = "acknowledged"

    def lookups(self, request: Any, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", _("yes")), ("no", _("not yet"))]

    def queryset(self, request: Any, queryset: QuerySet[Payment]) -> QuerySet[Payment]:
        if self.value() == "yes":
            return queryset.filter(acknowledgement__isnull=False)
        if self.value() == "no":
            return queryset.filter(acknowledgement=None, status=Payment.Status.PAID)
        return queryset


class OnStatementFilter(admin.SimpleListFilter):
    """Whether the bank's statement shows it."""

    title = _("on a bank statement")
    parameter_name = "on_statement"

    def lookups(self, request: Any, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", _("yes")), ("no", _("no"))]

    def queryset(self, request: Any, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() in ("yes", "no"):
            seen = Exists(LineMatch.objects.filter(entry=OuterRef("entry"), undone_at=None))
            return queryset.filter(seen if self.value() == "yes" else ~seen)
        return queryset


class FarAboveFilter(admin.SimpleListFilter):
    """What the bank took far above the approval, as the officer confirmed."""

    title = _("far above what was approved")
    parameter_name = "above"

    def lookups(self, request: Any, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", _("yes"))]

    def queryset(self, request: Any, queryset: QuerySet[Payment]) -> QuerySet[Payment]:
        return queryset.filter(above_confirmed=True) if self.value() == "yes" else queryset


@admin.register(Payment)
class PaymentAdmin(HouseAdmin):
    list_display = ("paid_on", "disbursement_link", "recipient_link", "amount", "paid_out", "bank_reference", "state")
    list_display_links = ("paid_on",)
    list_filter = (
        "status",
        AcknowledgedFilter,
        OnStatementFilter,
        FarAboveFilter,
        "bank_account",
        ("disbursement__project", admin.RelatedOnlyFieldListFilter),
    )
    search_fields = ("bank_reference", "disbursement__reference", "disbursement__recipient__name", "disbursement__recipient__code")
    date_hierarchy = "paid_on"
    ordering = ("-paid_on", "-id")
    fields = (
        "disbursement_link", "recipient_link", "status", "bank_account", "bank_reference", "paid_on", "amount", "fee", "paid_out", "rate",
        "payee_account", "sent_back_on", "paid_by", "recorded_at",
    )  # fmt: skip
    empty_list_sentence = _("Nothing has been paid yet.")
    acts = (acts.ACKNOWLEDGE, acts.RETURN, acts.CLOSE, acts.SENT_BACK)
    export_columns = (
        (_("paid on"), lambda row: row.paid_on),
        (_("disbursement"), lambda row: row.disbursement.reference),
        (_("recipient"), lambda row: row.disbursement.recipient.name),
        (_("bank account"), lambda row: row.bank_account.code),
        (_("bank reference"), lambda row: row.bank_reference),
        (_("currency"), lambda row: row.currency),
        (_("debited"), lambda row: Money(row.amount_minor, row.currency).major()),
        (_("bank fee"), lambda row: Money(row.fee_minor, row.currency).major()),
        (_("currency paid out"), lambda row: row.local_currency),
        (_("amount paid out"), lambda row: Money(row.local_minor, row.local_currency).major()),
        (_("exchange rate"), lambda row: row.rate),
        (_("status"), lambda row: row.get_status_display()),
        (_("acknowledged on"), lambda row: row.acknowledgement.received_on if hasattr(row, "acknowledgement") else ""),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Payment]:
        rows: QuerySet[Payment] = super().get_queryset(request)
        return rows.select_related("disbursement__recipient", "bank_account", "payee_account", "acknowledgement", "paid_by")

    def list_totals(self, queryset: QuerySet[Any]) -> Iterable[Fact]:
        paid = queryset.filter(status=Payment.Status.PAID).order_by()
        for row in paid.values("currency").annotate(sum=Sum("amount_minor"), fees=Sum("fee_minor")).order_by("currency"):
            yield Fact(_("Paid"), Money(row["sum"], row["currency"]))
            yield Fact(_("Bank fees"), Money(row["fees"], row["currency"]))

    @display(description=_("disbursement"), ordering="disbursement__reference")
    def disbursement_link(self, row: Payment) -> str:
        return row_link(row.disbursement)

    @display(description=_("recipient"), ordering="disbursement__recipient__name")
    def recipient_link(self, row: Payment) -> str:
        return row_link(row.disbursement.recipient)

    @display(description=_("debited"), ordering="amount_minor")
    def amount(self, row: Payment) -> str:
        return amount_cell(row.amount_minor, row.currency)

    @display(description=_("bank fee"), ordering="fee_minor")
    def fee(self, row: Payment) -> str:
        return amount_cell(row.fee_minor or None, row.currency)

    @display(description=_("paid out"), ordering="local_minor")
    def paid_out(self, row: Payment) -> str:
        return amount_cell(row.local_minor, row.local_currency)

    @display(description=_("status"), label={"SENT_BACK": "danger", "WAITING": "warning", "ARRIVED": "success"}, ordering="status")
    def state(self, row: Payment) -> tuple[str, str]:
        if row.status == Payment.Status.SENT_BACK:
            return row.status, row.get_status_display()
        return ("ARRIVED", gettext("acknowledged")) if hasattr(row, "acknowledgement") else ("WAITING", gettext("paid, not acknowledged"))

    def made_of(self, row: Any) -> Iterable[tuple[Any, Iterable[Fact]]]:
        arrived = getattr(row, "acknowledgement", None)
        if arrived:
            yield _("The recipient says"), _said(arrived)
        lines = StatementLine.objects.filter(matches__entry__in=[row.entry_id, row.sent_back_entry_id], matches__undone_at=None).order_by(
            "value_date", "line"
        )
        yield (
            _("On the bank statement"),
            [Fact(f"{line.value_date} · {line.reference}", Money(line.amount_minor, line.currency), row_address(line)) for line in lines],
        )


def _said(arrived: Acknowledgement) -> list[Fact]:
    signed = " · ".join(filter(None, (arrived.signed_by, arrived.also_signed_by)))
    facts = [
        Fact(_("Received"), f"{Money(arrived.local_minor, arrived.local_currency)} · {arrived.received_on}", row_address(arrived)),
        Fact(_("Signed by"), signed),
    ]
    difference = arrived.local_minor - arrived.payment.local_minor
    return [*facts, Fact(_("Difference to what was paid out"), Money(difference, arrived.local_currency))] if difference else facts


@admin.register(Acknowledgement)
class AcknowledgementAdmin(HouseAdmin):
    list_display = ("received_on", "payment_link", "recipient_link", "amount", "signed_by", "also_signed_by", "acknowledged_by")
    list_filter = (("payment__disbursement__project", admin.RelatedOnlyFieldListFilter),)
    search_fields = ("payment__disbursement__reference", "payment__disbursement__recipient__name", "signed_by")
    date_hierarchy = "received_on"
    ordering = ("-received_on", "-id")
    fields = (
        "payment_link",
        "recipient_link",
        "received_on",
        "amount",
        "signed_by",
        "also_signed_by",
        "photo_link",
        "acknowledged_by",
        "acknowledged_at",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Acknowledgement]:
        rows: QuerySet[Acknowledgement] = super().get_queryset(request)
        return rows.select_related("payment__disbursement__recipient", "photo", "acknowledged_by")

    @display(description=_("payment"))
    def payment_link(self, row: Acknowledgement) -> str:
        return row_link(row.payment)

    @display(description=_("recipient"))
    def recipient_link(self, row: Acknowledgement) -> str:
        return row_link(row.payment.disbursement.recipient)

    @display(description=_("amount received"), ordering="local_minor")
    def amount(self, row: Acknowledgement) -> str:
        return amount_cell(row.local_minor, row.local_currency)

    @display(description=_("photo"))
    def photo_link(self, row: Acknowledgement) -> str:
        return row_link(row.photo)


@admin.register(MoneyReturn)
class MoneyReturnAdmin(HouseAdmin):
    list_display = ("returned_on", "disbursement_link", "recipient_link", "given_back", "credited", "bank_reference", "reason")
    list_filter = ("bank_account", ("disbursement__project", admin.RelatedOnlyFieldListFilter), OnStatementFilter)
    search_fields = ("bank_reference", "disbursement__reference", "disbursement__recipient__name")
    date_hierarchy = "returned_on"
    ordering = ("-returned_on", "-id")
    fields = (
        "disbursement_link", "recipient_link", "returned_on", "given_back", "credited", "bank_account", "bank_reference", "reason", "recorded_by", "recorded_at"
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[MoneyReturn]:
        return super().get_queryset(request).select_related("disbursement__recipient", "bank_account", "recorded_by")  # type: ignore[no-any-return]

    @display(description=_("disbursement"))
    def disbursement_link(self, row: MoneyReturn) -> str:
        return row_link(row.disbursement)

    @display(description=_("recipient"))
    def recipient_link(self, row: MoneyReturn) -> str:
        return row_link(row.disbursement.recipient)

    @display(description=_("given back"), ordering="local_minor")
    def given_back(self, row: MoneyReturn) -> str:
        return amount_cell(row.local_minor, row.local_currency)

    @display(description=_("credited by the bank"), ordering="credited_minor")
    def credited(self, row: MoneyReturn) -> str:
        return amount_cell(row.credited_minor, row.bank_account.currency)
