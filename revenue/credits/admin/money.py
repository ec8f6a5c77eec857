"""Bank accounts, receipts and opening positions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.db.models import Exists, F, OuterRef, QuerySet, Sum
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from core import files
from core.acts import Act, Asked, Done, Fact
from core.admin import HouseAdmin, amount_cell, row_address, row_link
from core.money import Money
from core.people.access import CHECKERS, MAKERS
from revenue.credits import queries, services
from revenue.credits.admin.sales import receive, trace_url
from revenue.credits.forms import DecisionForm, IdentifyForm, OpeningForm, ReceiptForm, RefundForm
from revenue.credits.models import BankAccount, Identification, OpeningPosition, Receipt
from revenue.credits.services.projects import check_code
from revenue.ledger import chart
from revenue.ledger.models import Balance
from revenue.ledger.queries import balances


def _identify(asked: Asked) -> str:
    given = dict(asked.data)
    receipt = services.identify_receipt(receipt_id=asked.row.pk, sale_id=given.pop("sale").pk, by=asked.by, at=asked.at, **given)
    return gettext("%(receipt)s pays sale %(sale)s; it waits to be allocated.") % {"receipt": receipt, "sale": receipt.sale}


def _refund(asked: Asked) -> str:
    receipt = services.refund_receipt(receipt_id=asked.row.pk, by=asked.by, at=asked.at, **asked.data)
    return gettext("%(amount)s went back.") % {"amount": Money(receipt.refunded_minor, receipt.currency)}


def _propose(asked: Asked) -> Done:
    given = dict(asked.data)
    content, media_type, name = given.pop("document")
    document = files.store(data=content, media_type=media_type, original_name=name, by=asked.by, at=asked.at)
    project, bank, sale = given.pop("project"), given.pop("bank_account"), given.pop("sale")
    opening = services.propose_opening(
        project_id=project.pk, bank_account_id=bank.pk, sale_id=sale.pk if sale else None, document_id=document.pk,
        by=asked.by, at=asked.at, **given,
    )  # fmt: skip
    return Done(gettext("Opening position %(opening)s waits for an approver.") % {"opening": opening}, url=row_address(opening))


def _decide(asked: Asked, *, approve: bool) -> str:
    services.decide_opening(opening_id=asked.row.pk, approve=approve, reason=asked.data["reason"], by=asked.by, at=asked.at)
    return gettext("Opening position %(opening)s is approved.") % {"opening": asked.row} if approve else gettext("Refused.")


def _opening_facts(opening: OpeningPosition) -> list[Fact]:
    return [
        Fact(_("Project"), opening.project),
        Fact(_("Amount in the bank"), Money(opening.amount_minor, opening.currency)),
        Fact(_("Bank account"), opening.bank_account),
        Fact(_("As of"), opening.as_of),
        Fact(_("Document"), opening.document.original_name, row_address(opening.document)),
        Fact(_("Proposed by"), opening.proposed_by),
    ]


def _receipt_facts(receipt: Receipt) -> list[Fact]:
    return [
        Fact(_("Receipt"), f"{receipt.reference} · {receipt.value_date}"),
        Fact(_("Bank"), f"{receipt.bank_account} {receipt.bank_reference}"),
        Fact(_("Amount sent"), Money(receipt.gross_minor, receipt.currency)),
        Fact(_("Held, not ours"), Money(receipt.held_minor, receipt.currency)),
    ]


@admin.register(BankAccount)
class BankAccountAdmin(HouseAdmin):
    editors = MAKERS
    list_display = ("name", "institution", "account_number", "currency", "in_the_books")
    search_fields = ("code", "name", "account_number")
    ordering = ("name",)
    fields = ("code", "name", "institution", "account_number", "currency")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        # The code is written into every ledger account of this bank.
        return ("code", "currency") if obj else ()

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change, **kwargs)
        if obj is None and "code" in form.base_fields:
            form.base_fields["code"].validators = [*form.base_fields["code"].validators, _check_code]
        return form

    @display(description=_("in the books"))
    def in_the_books(self, account: BankAccount) -> str:
        found = balances(grouped=["bank"], currency=account.currency, banks=[account.code], kinds=chart.AT_BANK)
        return amount_cell(found[0].amount_minor if found else 0, account.currency)

    def made_of(self, row: Any) -> Iterable[tuple[Any, Iterable[Fact]]]:
        held = balances(grouped=["kind"], currency=row.currency, banks=[row.code], kinds=chart.AT_BANK)
        yield _("What lies there, by the books"), [Fact(chart.KIND_NAMES[one.key[0]], Money(one.amount_minor, row.currency)) for one in held]


def _check_code(code: str) -> None:
    from django.core.exceptions import ValidationError

    from core.refusal import Refused

    try:
        check_code(code=code)
    except Refused as refusal:
        raise ValidationError(str(refusal)) from refusal


class WaitingFilter(admin.SimpleListFilter):
    """What still has to be done with a receipt."""

    title = _("waits for")
    parameter_name = "waits"

    def lookups(self, request: Any, model_admin: Any) -> list[tuple[str, Any]]:
        return [("allocation", _("allocation")), ("identification", _("identification")), ("refund", _("refund"))]

    def queryset(self, request: Any, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() == "allocation":
            return queryset.filter(is_waiting=True)
        if self.value() == "identification":
            return queryset.filter(status=Receipt.Status.UNIDENTIFIED)
        if self.value() == "refund":
            return queryset.filter(status=Receipt.Status.IDENTIFIED, not_ours_minor__gt=F("refunded_minor"), refunded_on=None)
        return queryset


@admin.register(Receipt)
class ReceiptAdmin(HouseAdmin):
    list_display = ("reference", "value_date", "sale_link", "bank_reference", "shown_status", "gross", "ours", "held")
    list_filter = (WaitingFilter, "status", "bank_account", ("sale__project", admin.RelatedOnlyFieldListFilter), "currency")
    search_fields = ("reference", "bank_reference", "sale__reference", "sale__buyer__name")
    date_hierarchy = "value_date"
    ordering = ("-value_date", "-id")
    fields = (
        "reference", "state_words", "sale_link", "bank_account", "bank_reference", "value_date", "gross", "sender_fee", "credited", "ours",
        "held", "refunded", "refunded_on", "refund_reference", "settled", "recorded_by", "recorded_at",
    )  # fmt: skip
    empty_list_sentence = _("No money has arrived yet.")
    new_acts = (
        Act(
            name="record", title=_("Record a receipt"), roles=MAKERS, form=ReceiptForm, run=lambda asked: receive(asked, asked.data["sale"]),
            explanation=_("Copy it from the bank statement. A bank reference is recorded once for an account."),
        ),
    )  # fmt: skip
    acts = (
        Act(
            name="identify", title=_("Identify"), roles=MAKERS, form=IdentifyForm, run=_identify, facts=_receipt_facts,
            possible=lambda receipt: receipt.status == Receipt.Status.UNIDENTIFIED,
            explanation=_("Say which sale this money pays."),
        ),
        Act(
            name="refund", title=_("Record a refund"), roles=MAKERS, form=RefundForm, run=_refund, facts=_receipt_facts, is_refusal=True,
            possible=lambda receipt: receipt.held_minor > 0,
            explanation=_("What is held as not ours goes back whole. Record it when the bank has sent it."),
        ),
    )  # fmt: skip
    export_columns = (
        (_("reference"), lambda receipt: receipt.reference),
        (_("value date"), lambda receipt: receipt.value_date),
        (_("sale"), lambda receipt: receipt.sale),
        (_("bank account"), lambda receipt: receipt.bank_account.code),
        (_("bank reference"), lambda receipt: receipt.bank_reference),
        (_("status"), lambda receipt: receipt.get_status_display()),
        (_("currency"), lambda receipt: receipt.currency),
        (_("sent"), lambda receipt: Money(receipt.gross_minor, receipt.currency).major()),
        (_("kept by the sender's bank"), lambda receipt: Money(receipt.sender_fee_minor, receipt.currency).major()),
        (_("ours"), lambda receipt: Money(receipt.ours_minor, receipt.currency).major()),
        (_("held"), lambda receipt: Money(receipt.held_minor, receipt.currency).major()),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Receipt]:
        receipts: QuerySet[Receipt] = super().get_queryset(request)
        unallocated = Balance.objects.filter(tranche=OuterRef("tranche"), account__kind=chart.UNALLOCATED, amount_minor__gt=0)
        return receipts.select_related("sale", "bank_account", "recorded_by").annotate(is_waiting=Exists(unallocated))

    def list_totals(self, queryset: QuerySet[Any]) -> Iterable[Fact]:
        found = queryset.order_by().values("currency")
        for row in found.annotate(gross=Sum("gross_minor"), others=Sum("not_ours_minor")).order_by("currency"):
            currency = row["currency"]
            yield Fact(_("Sent"), Money(row["gross"], currency))
            yield Fact(_("Ours"), Money(row["gross"] - row["others"], currency))
            yield Fact(_("Not ours (held or sent back)"), Money(row["others"], currency))

    @display(description=_("sale"), ordering="sale__reference")
    def sale_link(self, receipt: Receipt) -> str:
        return row_link(receipt.sale)

    @display(
        description=_("state"),
        label={"UNIDENTIFIED": "danger", "REFUNDED": "info", "WAITING": "warning", "ALLOCATED": "success"},
        ordering="status",
    )
    def shown_status(self, receipt: Any) -> tuple[str, str]:
        if receipt.status != Receipt.Status.IDENTIFIED:
            return receipt.status, receipt.get_status_display()
        return ("WAITING", gettext("waits to be allocated")) if receipt.is_waiting else ("ALLOCATED", gettext("allocated"))

    @display(description=_("state"))
    def state_words(self, receipt: Any) -> str:
        words: str = self.shown_status(receipt)[1]
        return words

    @display(description=_("amount sent"), ordering="gross_minor")
    def gross(self, receipt: Receipt) -> str:
        return amount_cell(receipt.gross_minor, receipt.currency)

    @display(description=_("kept by the sender's bank"))
    def sender_fee(self, receipt: Receipt) -> str:
        return amount_cell(receipt.sender_fee_minor, receipt.currency)

    @display(description=_("credited by the bank"))
    def credited(self, receipt: Receipt) -> str:
        return amount_cell(receipt.credited_minor, receipt.currency)

    @display(description=_("ours"))
    def ours(self, receipt: Receipt) -> str:
        return amount_cell(receipt.ours_minor, receipt.currency)

    @display(description=_("held, not ours"))
    def held(self, receipt: Receipt) -> str:
        return amount_cell(receipt.held_minor or None, receipt.currency)

    @display(description=_("sent back"))
    def refunded(self, receipt: Receipt) -> str:
        return amount_cell(receipt.refunded_minor or None, receipt.currency)

    @display(description=_("settled of the sale"))
    def settled(self, receipt: Receipt) -> str:
        return amount_cell(receipt.invoice_minor, receipt.invoice_currency)

    def made_of(self, row: Any) -> Iterable[tuple[Any, Iterable[Fact]]]:
        held = balances(grouped=["kind"], currency=row.currency, tranche_ids=[row.tranche_id])
        facts = [Fact(chart.KIND_NAMES[one.key[0]], Money(one.amount_minor, row.currency)) for one in held if one.key[0] not in chart.WORLD]
        yield _("Where this money is now"), [*facts, *_links(row)]
        said = Identification.objects.filter(tranche=row.tranche_id).select_related("sale", "identified_by").order_by("number")
        if said:
            yield (
                _("Whose money it is, as it was said"),
                [Fact(f"{one.identified_at:%Y-%m-%d}", f"{one} · {one.identified_by} {one.reason}") for one in said],
            )


def _links(receipt: Receipt) -> list[Fact]:
    """Link to what was made of the money, where those pages exist."""
    found = []
    try:
        runs = reverse("admin:sharing_allocationrun_changelist")
        found.append(Fact(_("Allocation"), _("How it was shared out"), f"{runs}?tranche__id__exact={receipt.tranche_id}"))
    except NoReverseMatch:
        pass
    trace = trace_url(receipt.sale) if receipt.sale else ""
    if trace:
        found.append(Fact(_("Where it went"), _("Follow it to the villages"), trace))
    return found


@admin.register(OpeningPosition)
class OpeningPositionAdmin(HouseAdmin):
    list_display = ("reference", "project", "bank_account", "as_of", "shown_status", "amount", "proposed_by", "decided_by")
    list_filter = ("status", "project", "bank_account")
    search_fields = ("reference", "project__name")
    ordering = ("-as_of", "-id")
    fields = (
        "reference", "status", "project", "sale", "bank_account", "as_of", "amount", "document_link", "proposed_by", "proposed_at",
        "decided_by", "decided_at", "reason",
    )  # fmt: skip
    empty_list_sentence = _("No opening position: the books begin with the first receipt.")
    new_acts = (
        Act(
            name="propose", title=_("Enter an opening position"), roles=MAKERS, form=OpeningForm, run=_propose,
            explanation=_("Money that was in the bank before these books began. Another person approves it."),
        ),
    )  # fmt: skip
    acts = (
        Act(
            name="approve", title=_("Approve"), roles=CHECKERS, form=DecisionForm, run=lambda asked: _decide(asked, approve=True),
            possible=lambda opening: opening.status == OpeningPosition.Status.PROPOSED, facts=_opening_facts,
            maker=lambda opening: opening.proposed_by_id,
        ),
        Act(
            name="refuse", title=_("Refuse"), roles=CHECKERS, form=DecisionForm, run=lambda asked: _decide(asked, approve=False), is_refusal=True,
            possible=lambda opening: opening.status == OpeningPosition.Status.PROPOSED, facts=_opening_facts,
            maker=lambda opening: opening.proposed_by_id,
        ),
    )  # fmt: skip

    @display(description=_("status"), label={"PROPOSED": "warning", "APPROVED": "success", "REFUSED": "danger"}, ordering="status")
    def shown_status(self, opening: OpeningPosition) -> tuple[str, str]:
        return opening.status, opening.get_status_display()

    @display(description=_("amount in the bank"), ordering="amount_minor")
    def amount(self, opening: OpeningPosition) -> str:
        return amount_cell(opening.amount_minor, opening.currency)

    @display(description=_("document"))
    def document_link(self, opening: OpeningPosition) -> str:
        return row_link(opening.document)

    def made_of(self, row: Any) -> Iterable[tuple[Any, Iterable[Fact]]]:
        if row.tranche_id:
            waiting = queries.unallocated_of_tranches(tranche_ids=[row.tranche_id])
            yield _("Where this money is now"), [Fact(_("Unallocated"), Money(waiting.get(row.tranche_id, 0), row.currency))]
