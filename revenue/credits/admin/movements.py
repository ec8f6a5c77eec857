"""What moved later: receipts taken back, transfers between our banks, and corrected identifications."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.db.models import F, QuerySet, Sum
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from core.acts import Act, Asked, Done, Fact
from core.admin import HouseAdmin, amount_cell, row_address, row_link
from core.money import Money
from core.people.access import MAKERS
from revenue.credits import queries, services
from revenue.credits.admin.decisions import decision_acts
from revenue.credits.admin.receipts import receipt_facts
from revenue.credits.forms import TransferForm
from revenue.credits.models import BankTransfer, Correction, Recall
from revenue.ledger import chart
from revenue.ledger.models import Balance
from revenue.ledger.queries import Step, steps_of_entries


def steps_facts(steps: Iterable[Step], currency: str) -> list[Fact]:
    """Say what an entry moved, from where to where."""
    return [Fact(f"{_place(step.credit)} → {_place(step.debit)}", Money(step.amount_minor, currency)) for step in steps]


def _place(place: chart.Place) -> str:
    return " ".join(filter(None, (str(chart.KIND_NAMES[place.kind]), place.bank, place.pot, place.holder)))


@admin.register(Recall)
class RecallAdmin(HouseAdmin):
    list_display = ("reference", "value_date", "receipt_link", "bank_reference", "amount", "shortfall", "still_short")
    list_filter = ("bank_account", ("receipt__sale__project", admin.RelatedOnlyFieldListFilter), "currency")
    search_fields = ("reference", "bank_reference", "receipt__reference", "receipt__sale__reference")
    date_hierarchy = "value_date"
    ordering = ("-value_date", "-id")
    fields = (
        "reference", "receipt_link", "bank_account", "bank_reference", "value_date", "amount", "held", "shortfall", "still_short", "reason",
        "document_link", "recorded_by", "recorded_at",
    )  # fmt: skip
    empty_list_sentence = _("No bank has taken a receipt back.")
    export_columns = (
        (_("reference"), lambda recall: recall.reference),
        (_("value date"), lambda recall: recall.value_date),
        (_("receipt"), lambda recall: recall.receipt.reference),
        (_("bank reference"), lambda recall: recall.bank_reference),
        (_("currency"), lambda recall: recall.currency),
        (_("taken back"), lambda recall: Money(recall.amount_minor, recall.currency).major()),
        (_("of it used before: shortfall"), lambda recall: Money(recall.shortfall_minor, recall.currency).major()),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Recall]:
        return super().get_queryset(request).select_related("receipt", "bank_account", "document", "recorded_by")  # type: ignore[no-any-return]

    def list_totals(self, queryset: QuerySet[Any]) -> Iterable[Fact]:
        sums = {"taken": Sum("amount_minor"), "short": Sum("shortfall_minor")}
        for row in queryset.order_by().values("currency").annotate(**sums).order_by("currency"):
            yield Fact(_("Taken back"), Money(row["taken"], row["currency"]))
            yield Fact(_("Used before"), Money(row["short"], row["currency"]))

    @display(description=_("receipt"))
    def receipt_link(self, recall: Recall) -> str:
        return row_link(recall.receipt)

    @display(description=_("document"))
    def document_link(self, recall: Recall) -> str:
        return row_link(recall.document)

    @display(description=_("taken back"), ordering="amount_minor")
    def amount(self, recall: Recall) -> str:
        return amount_cell(recall.amount_minor, recall.currency)

    @display(description=_("of it not ours"))
    def held(self, recall: Recall) -> str:
        return amount_cell(recall.held_minor or None, recall.currency)

    @display(description=_("of it used before: shortfall"), ordering="shortfall_minor")
    def shortfall(self, recall: Recall) -> str:
        return amount_cell(recall.shortfall_minor or None, recall.currency)

    @display(description=_("still to be covered"))
    def still_short(self, recall: Recall) -> str:
        short = Balance.objects.filter(tranche=recall.receipt.tranche_id, account__kind=chart.SHORTFALL, account__bank=recall.bank_account.code)
        return amount_cell(-(short.aggregate(sum=Sum("amount_minor"))["sum"] or 0) or None, recall.currency) if recall.shortfall_minor else ""

    def made_of(self, row: Any) -> Iterable[tuple[Any, Iterable[Fact]]]:
        yield _("What was taken from where"), steps_facts(steps_of_entries([e for e in (row.entry_id, row.held_entry_id) if e]), row.currency)
        lost = queries.lots_of_recall(recall=row)
        if lost:
            yield _("Lost what was promised to them"), [Fact(_("Disbursement"), reference) for reference in lost]


def _transfer(asked: Asked) -> Done:
    given = dict(asked.data)
    origin, goal = given.pop("from_account"), given.pop("to_account")
    wanted = given.pop("places")
    # What was chosen by kind and pot is taken from all its recipients' places, in the order chosen.
    there = queries.movable_places(bank=origin)
    places = [
        place.code for bank, kind, pot in (value.split("|") for value in wanted) for place, _amount in there
        if (bank, kind, pot) == (origin.code, place.kind, place.pot)
    ]  # fmt: skip
    transfer = services.record_transfer(from_account_id=origin.pk, to_account_id=goal.pk, places=places, by=asked.by, at=asked.at, **given)
    moved = Money(transfer.credited_minor, transfer.currency)
    sentence = gettext("%(amount)s moved from %(one)s to %(other)s.") % {"amount": moved, "one": origin, "other": goal}
    return Done(sentence, url=row_address(transfer))


@admin.register(BankTransfer)
class BankTransferAdmin(HouseAdmin):
    list_display = ("reference", "credited_on", "from_account", "to_account", "sent", "credited", "fee")
    list_filter = ("from_account", "to_account")
    search_fields = ("reference", "sent_reference", "credited_reference")
    date_hierarchy = "credited_on"
    ordering = ("-credited_on", "-id")
    fields = (
        "reference", "from_account", "sent_on", "sent", "sent_reference", "to_account", "credited_on", "credited", "credited_reference", "fee",
        "recorded_by", "recorded_at",
    )  # fmt: skip
    empty_list_sentence = _("No money has been moved between our bank accounts.")
    new_acts = (
        Act(
            name="record", title=_("Record a transfer"), roles=MAKERS, form=TransferForm, run=_transfer,
            explanation=_("Copy both lines: the debit from the one account's statement, the credit from the other's."),
        ),
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[BankTransfer]:
        return super().get_queryset(request).select_related("from_account", "to_account", "recorded_by")  # type: ignore[no-any-return]

    def list_totals(self, queryset: QuerySet[Any]) -> Iterable[Fact]:
        sums = {"moved": Sum("credited_minor"), "kept": Sum(F("sent_minor") - F("credited_minor"))}
        for row in queryset.order_by().values("currency").annotate(**sums).order_by("currency"):
            yield Fact(_("Moved"), Money(row["moved"], row["currency"]))
            yield Fact(_("Kept by banks"), Money(row["kept"], row["currency"]))

    @display(description=_("debited"), ordering="sent_minor")
    def sent(self, transfer: BankTransfer) -> str:
        return amount_cell(transfer.sent_minor, transfer.currency)

    @display(description=_("credited"), ordering="credited_minor")
    def credited(self, transfer: BankTransfer) -> str:
        return amount_cell(transfer.credited_minor, transfer.currency)

    @display(description=_("kept by a bank"))
    def fee(self, transfer: BankTransfer) -> str:
        return amount_cell(transfer.fee_minor or None, transfer.currency)

    def made_of(self, row: Any) -> Iterable[tuple[Any, Iterable[Fact]]]:
        yield _("What was moved"), steps_facts(steps_of_entries([e for e in (row.entry_id, row.fee_entry_id) if e]), row.currency)


def _decide(asked: Asked, *, approve: bool) -> str:
    services.decide_correction(correction_id=asked.row.pk, approve=approve, reason=asked.data["reason"], by=asked.by, at=asked.at)
    if not approve:
        return gettext("Refused.")
    return gettext("%(receipt)s pays sale %(sale)s now.") % {"receipt": asked.row.receipt, "sale": asked.row.to_sale}


def _correction_facts(correction: Correction) -> list[Fact]:
    facts = [
        *receipt_facts(correction.receipt),
        Fact(_("Right sale"), f"{correction.to_sale} · {correction.to_sale.project}", row_address(correction.to_sale)),
        Fact(_("Why"), correction.why),
        Fact(_("Proposed by"), correction.proposed_by),
    ]
    if correction.from_sale.project_id != correction.to_sale.project_id:
        said = gettext("It becomes money of another project. What was shared out by the old project's plan stays where it is until it is moved.")
        facts.append(Fact(_("Look out"), said))
    return facts


@admin.register(Correction)
class CorrectionAdmin(HouseAdmin):
    list_display = ("receipt_link", "from_sale", "to_sale", "shown_status", "proposed_by", "proposed_at", "decided_by")
    list_filter = ("status",)
    search_fields = ("receipt__reference", "from_sale__reference", "to_sale__reference")
    ordering = ("-id",)
    fields = ("receipt_link", "from_sale", "to_sale", "status", "why", "proposed_by", "proposed_at", "decided_by", "decided_at", "reason")
    empty_list_sentence = _("No identification had to be corrected.")
    acts = decision_acts(run=_decide, facts=_correction_facts)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Correction]:
        found: QuerySet[Correction] = super().get_queryset(request)
        return found.select_related("receipt__bank_account", "receipt__sale", "from_sale__project", "to_sale__project", "proposed_by", "decided_by")

    @display(description=_("receipt"))
    def receipt_link(self, correction: Correction) -> str:
        return row_link(correction.receipt)

    @display(description=_("status"), label={"PROPOSED": "warning", "APPROVED": "success", "REFUSED": "danger"}, ordering="status")
    def shown_status(self, correction: Correction) -> tuple[str, str]:
        return correction.status, correction.get_status_display()
