"""Receipts: what arrived, whose it is, and what became of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Sum
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from core import clock, files
from core.acts import Act, Asked, Done, Fact
from core.admin import HouseAdmin, amount_cell, row_address, row_link
from core.money import Money, NotAnAmount, parse_amount
from core.people.access import MAKERS
from revenue.credits import queries, services
from revenue.credits.admin.sales import receive, trace_url
from revenue.credits.forms import CorrectionForm, IdentifyForm, RecallForm, ReceiptForm, RefundForm
from revenue.credits.models import Correction, Identification, Recall, Receipt
from revenue.credits.refusals import WrongValue
from revenue.ledger import chart
from revenue.ledger.models import Balance
from revenue.ledger.queries import balances

# What is not ours and lies longer than this is late: somebody waits for it.
HELD_TOO_LONG_DAYS = 30


def _identify(asked: Asked) -> Done:
    given = dict(asked.data)
    does = services.identify_receipt if asked.row.status == Receipt.Status.UNIDENTIFIED else services.identify_held
    receipt = does(receipt_id=asked.row.pk, sale_id=given.pop("sale").pk, by=asked.by, at=asked.at, **given)
    sentence = gettext("%(receipt)s pays sale %(sale)s; it waits to be allocated.") % {"receipt": receipt, "sale": receipt.sale}
    return Done(sentence, url=row_address(receipt))


def _refund(asked: Asked) -> str:
    receipt = services.refund_receipt(receipt_id=asked.row.pk, by=asked.by, at=asked.at, **asked.data)
    return gettext("%(amount)s went back.") % {"amount": Money(receipt.refunded_minor, receipt.currency)}


def _recall(asked: Asked) -> Done:
    given, currency = dict(asked.data), asked.row.currency
    try:
        amount = parse_amount(text=given.pop("amount_minor"), currency=currency)
    except NotAnAmount as refusal:
        raise WrongValue(str(refusal), field="amount_minor") from refusal
    content, media_type, name = given.pop("document")
    document = files.store(data=content, media_type=media_type, original_name=name, by=asked.by, at=asked.at)
    recall = services.recall_receipt(receipt_id=asked.row.pk, amount_minor=amount.minor, document_id=document.pk, by=asked.by, at=asked.at, **given)
    return Done(_said_of(recall), url=row_address(recall))


def _said_of(recall: Recall) -> str:
    said = [gettext("%(amount)s of %(receipt)s is taken back.") % {"amount": Money(recall.amount_minor, recall.currency), "receipt": recall.receipt}]
    if recall.shortfall_minor:
        said.append(
            gettext("%(amount)s of it was used before: a shortfall, to be covered.") % {"amount": Money(recall.shortfall_minor, recall.currency)}
        )
    lost = queries.lots_of_recall(recall=recall)
    if lost:
        said.append(gettext("These lost money that was promised to them: %(disbursements)s.") % {"disbursements": ", ".join(lost)})
    return " ".join(said)


def _correct(asked: Asked) -> Done:
    given = dict(asked.data)
    correction = services.propose_correction(receipt_id=asked.row.pk, sale_id=given.pop("sale").pk, by=asked.by, at=asked.at, **given)
    return Done(gettext("The correction waits for an approver."), url=row_address(correction))


def receipt_facts(receipt: Receipt) -> list[Fact]:
    """Say what a receipt is, before something is decided about it."""
    facts = [
        Fact(_("Receipt"), f"{receipt.reference} · {receipt.value_date}", row_address(receipt)),
        Fact(_("Bank"), f"{receipt.bank_account} {receipt.bank_reference}"),
        Fact(_("Amount sent"), Money(receipt.gross_minor, receipt.currency)),
        Fact(_("Held, not ours"), Money(receipt.held_minor, receipt.currency)),
    ]
    return facts if receipt.sale is None else [*facts, Fact(_("Sale"), receipt.sale, row_address(receipt.sale))]


def _recall_facts(receipt: Receipt) -> list[Fact]:
    most = Money(receipt.kept_minor + receipt.held_minor, receipt.currency)
    return [*receipt_facts(receipt), Fact(_("The bank can take back at most"), most), *_places(receipt)]


def _places(receipt: Receipt) -> list[Fact]:
    held = balances(grouped=["kind"], currency=receipt.currency, tranche_ids=[receipt.tranche_id])
    return [Fact(chart.KIND_NAMES[one.key[0]], Money(one.amount_minor, receipt.currency)) for one in held if one.key[0] not in chart.WORLD]


class WaitingFilter(admin.SimpleListFilter):
    """What still has to be done with a receipt."""

    title = _("waits for")
    parameter_name = "waits"

    def lookups(self, request: Any, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("allocation", _("allocation")),
            ("identification", _("identification")),
            ("refund", _("refund")),
            ("cover", _("a shortfall to be covered")),
        ]

    def queryset(self, request: Any, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() == "allocation":
            return queryset.filter(is_waiting=True)
        if self.value() == "identification":
            return queryset.filter(status=Receipt.Status.UNIDENTIFIED)
        if self.value() == "refund":
            gone = F("refunded_minor") + F("recalled_held_minor") + F("passed_minor")
            return queryset.filter(status=Receipt.Status.IDENTIFIED, not_ours_minor__gt=gone)
        if self.value() == "cover":
            short = Balance.objects.filter(tranche=OuterRef("tranche"), account__kind=chart.SHORTFALL, amount_minor__lt=0)
            return queryset.filter(Exists(short))
        return queryset


@admin.register(Receipt)
class ReceiptAdmin(HouseAdmin):
    list_display = ("reference", "value_date", "sale_link", "bank_reference", "shown_status", "gross", "ours", "held", "held_for")
    list_filter = (WaitingFilter, "status", "bank_account", ("sale__project", admin.RelatedOnlyFieldListFilter), "currency")
    search_fields = ("reference", "bank_reference", "sale__reference", "sale__buyer__name")
    date_hierarchy = "value_date"
    ordering = ("-value_date", "-id")
    fields = (
        "reference", "state_words", "sale_link", "bank_account", "bank_reference", "value_date", "gross", "sender_fee", "credited", "ours",
        "held", "held_for", "refunded", "refunded_on", "refund_reference", "taken_back", "settled", "rate", "part_link", "recorded_by",
        "recorded_at",
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
            name="identify", title=_("Identify"), roles=MAKERS, form=IdentifyForm, run=_identify, facts=receipt_facts,
            possible=lambda receipt: receipt.held_minor > 0,
            explanation=_("Say which sale the money pays that is held. Of an overpaid receipt, it becomes a receipt of its own."),
        ),
        Act(
            name="refund", title=_("Record a refund"), roles=MAKERS, form=RefundForm, run=_refund, facts=receipt_facts, is_refusal=True,
            possible=lambda receipt: receipt.held_minor > 0,
            explanation=_("What is held as not ours goes back whole. Record it when the bank has sent it."),
        ),
        Act(
            name="correct", title=_("Correct the sale"), roles=MAKERS, form=CorrectionForm, run=_correct, facts=receipt_facts,
            possible=lambda receipt: receipt.sale_id is not None and not _waiting_correction(receipt),
            explanation=_("Where the money was taken for another sale's. Another person approves it; what was said before stays on record."),
        ),
        Act(
            name="recall", title=_("Record a recall"), roles=MAKERS, form=RecallForm, run=_recall, facts=_recall_facts, is_refusal=True,
            possible=lambda receipt: receipt.kept_minor + receipt.held_minor > 0 and receipt.status != Receipt.Status.REFUNDED,
            explanation=_(
                "When the buyer's bank took the money back. What still lies in the bank is taken from where it is; what was used is a shortfall."
            ),
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
        (_("ours"), lambda receipt: Money(receipt.kept_minor, receipt.currency).major()),
        (_("held"), lambda receipt: Money(receipt.held_minor, receipt.currency).major()),
        (_("taken back"), lambda receipt: Money(receipt.recalled_minor + receipt.recalled_held_minor, receipt.currency).major()),
        (_("part of"), lambda receipt: receipt.part_of or ""),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Receipt]:
        receipts: QuerySet[Receipt] = super().get_queryset(request)
        unallocated = Balance.objects.filter(tranche=OuterRef("tranche"), account__kind=chart.UNALLOCATED, amount_minor__gt=0)
        return receipts.select_related("sale", "bank_account", "recorded_by", "part_of").annotate(is_waiting=Exists(unallocated))

    def list_totals(self, queryset: QuerySet[Any]) -> Iterable[Fact]:
        sums = {
            # A part is money of the receipt it was part of: it was sent once.
            "sent": Sum("gross_minor", filter=Q(part_of=None), default=0),
            "ours": Sum(F("gross_minor") - F("not_ours_minor") - F("recalled_minor")),
            "others": Sum(F("not_ours_minor") - F("passed_minor") - F("recalled_held_minor")),
            "taken": Sum(F("recalled_minor") + F("recalled_held_minor")),
        }
        for row in queryset.order_by().values("currency").annotate(**sums).order_by("currency"):
            currency = row["currency"]
            yield Fact(_("Sent"), Money(row["sent"], currency))
            yield Fact(_("Ours"), Money(row["ours"], currency))
            yield Fact(_("Not ours (held or sent back)"), Money(row["others"], currency))
            if row["taken"]:
                yield Fact(_("Taken back"), Money(row["taken"], currency))

    @display(description=_("sale"), ordering="sale__reference")
    def sale_link(self, receipt: Receipt) -> str:
        return row_link(receipt.sale)

    @display(
        description=_("state"),
        label={
            "UNIDENTIFIED": "danger",
            "REFUNDED": "info",
            "RECALLED": "danger",
            "PARTLY": "danger",
            "WAITING": "warning",
            "ALLOCATED": "success",
        },
        ordering="status",
    )
    def shown_status(self, receipt: Any) -> tuple[str, str]:
        if receipt.status != Receipt.Status.IDENTIFIED:
            return receipt.status, receipt.get_status_display()
        if receipt.recalled_minor:
            return ("PARTLY", gettext("taken back in part")) if receipt.kept_minor > receipt.fee_borne_minor else ("RECALLED", gettext("taken back"))
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
        return amount_cell(receipt.kept_minor, receipt.currency)

    @display(description=_("held, not ours"))
    def held(self, receipt: Receipt) -> str:
        return amount_cell(receipt.held_minor or None, receipt.currency)

    @display(description=_("sent back"))
    def refunded(self, receipt: Receipt) -> str:
        return amount_cell(receipt.refunded_minor or None, receipt.currency)

    @display(description=_("settled of the sale"))
    def settled(self, receipt: Receipt) -> str:
        return amount_cell(receipt.settled_minor, receipt.invoice_currency)

    @display(description=_("taken back"))
    def taken_back(self, receipt: Receipt) -> str:
        return amount_cell((receipt.recalled_minor + receipt.recalled_held_minor) or None, receipt.currency)

    @display(description=_("held for"))
    def held_for(self, receipt: Receipt) -> str:
        if receipt.held_minor <= 0:
            return ""
        days = (clock.today() - receipt.value_date).days
        said = gettext("%(days)s days") % {"days": days}
        return f"{said} !" if days > HELD_TOO_LONG_DAYS else said

    @display(description=_("part of"))
    def part_link(self, receipt: Receipt) -> str:
        return row_link(receipt.part_of)

    def made_of(self, row: Any) -> Iterable[tuple[Any, Iterable[Fact]]]:
        yield _("Where this money is now"), [*_places(row), *_links(row)]
        later = [
            *(Fact(recall.value_date, recall, row_address(recall)) for recall in row.recalls.order_by("value_date", "id")),
            *(Fact(_("Identified later"), f"{part} → {part.sale}", row_address(part)) for part in row.parts.select_related("sale").order_by("id")),
            *(Fact(_("Correction"), f"{one} · {one.get_status_display()}", row_address(one)) for one in row.corrections.order_by("id")),
        ]
        if later:
            yield _("What became of it later"), later
        said = Identification.objects.filter(tranche=row.tranche_id).select_related("sale", "project", "identified_by", "approved_by")
        facts = [Fact(f"{one.identified_at:%Y-%m-%d}", f"{one} · {_by(one)} {one.reason}") for one in said.order_by("number")]
        if facts:
            yield _("Whose money it is, as it was said"), facts


def _by(said: Identification) -> str:
    return f"{said.identified_by}, {said.approved_by}" if said.approved_by else str(said.identified_by)


def _waiting_correction(receipt: Receipt) -> bool:
    return Correction.objects.filter(receipt=receipt, status=Correction.Status.PROPOSED).exists()


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
