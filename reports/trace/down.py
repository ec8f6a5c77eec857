"""Where the money of a sale went: exact, hop by hop. Amounts are minor units."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from reports.trace.documents import Known, NothingToTrace, Proof, Serials, serials_of
from reports.trace.records import Part, parts_of
from reports.words import own_name
from revenue.credits.models import Identification, Sale
from revenue.disbursements.models import Disbursement
from revenue.ledger import chart
from revenue.ledger.models import Tranche
from revenue.ledger.queries import Step, trace_down
from revenue.sharing.models import AllocationLine, AllocationRun

_SET_ASIDE = (chart.UNALLOCATED, chart.POT, chart.RESERVE, chart.WITHHELD)
_OF_A_LOT = (chart.COMMITTED, *chart.WITH_RECIPIENTS, *chart.USED)


@dataclass(frozen=True, slots=True)
class Spent:
    """What one record took of the money traced. ``amount_minor`` is in the book's currency."""

    reference: str
    spent_on: date
    payee: str
    description: str
    category: str
    amount_minor: int
    local_minor: int
    local_currency: str
    proofs: list[Proof]


@dataclass(frozen=True, slots=True)
class PaidOut:
    """What one disbursement took of the money traced, and what became of it: drawn = the rest of the amounts."""

    reference: str
    recipient_code: str
    recipient: str
    purpose: str
    status: str
    drawn_minor: int
    committed_minor: int
    with_recipient_minor: int
    spent_minor: int
    recoverable_minor: int
    lost_minor: int
    given_back_minor: int
    fx_minor: int
    charges_minor: int
    spending: list[Spent]


@dataclass(frozen=True, slots=True)
class FromPot:
    """What was allocated to one pot and recipient, and what still lies there."""

    pot: str
    title: str
    purpose: str
    recipient: str
    allocated_minor: int
    how: str
    left_minor: int
    kind: str
    disbursements: list[PaidOut]


@dataclass(frozen=True, slots=True)
class ReceiptTrace:
    """One receipt of the sale: what it brought, and every place its money is in now. The difference is 0."""

    reference: str
    received_on: date
    received_minor: int
    allocated_by: str
    places: dict[str, int]
    difference_minor: int
    pots: list[FromPot]


@dataclass(frozen=True, slots=True)
class SaleTrace:
    """A sale, all it brought, and where all of that is."""

    reference: str
    project: str
    buyer: str
    sale_date: date
    currency: str
    quantity: int
    amount_minor: int
    serials: list[Serials]
    received_minor: int
    places: dict[str, int]
    difference_minor: int
    receipts: list[ReceiptTrace]


def trace_sale(reference: str) -> SaleTrace:
    """
    Follow a sale's money down to each purchase and its evidence.

    :raises NothingToTrace: if there is no such sale
    """
    sale = Sale.objects.filter(reference=reference).select_related("project", "buyer").prefetch_related("lots__issuance").first()
    if sale is None:
        raise NothingToTrace(_("There is no sale %(reference)s.") % {"reference": reference}, next_step=_("Look it up in the list of sales."))
    tranches = list(Tranche.objects.filter(id__in=tranches_of_sale(sale)).order_by("received_on", "id"))
    steps: dict[int, list[Step]] = defaultdict(list)
    for step in trace_down([tranche.pk for tranche in tranches]):
        steps[step.tranche_id].append(step)
    listed = [step for found in steps.values() for step in found]
    known = Known.of(lots={step.lot for step in listed if step.lot}, tranche_ids=list(steps), parts=parts_of(listed))
    receipts = [_receipt(tranche, steps[tranche.pk], known) for tranche in tranches]
    places = _total(receipt.places for receipt in receipts)
    received = sum(receipt.received_minor for receipt in receipts)
    return SaleTrace(
        sale.reference, sale.project.code, sale.buyer.name, sale.sale_date, sale.currency, sale.quantity, sale.amount_minor,
        serials_of(sale), received, places, received - sum(places.values()), receipts,
    )  # fmt: skip


def tranches_of_sale(sale: Sale) -> list[int]:
    """Return the tranches that are this sale's by their latest identification."""
    latest = Identification.objects.order_by("tranche_id", "-number").distinct("tranche_id")
    mine = Identification.objects.filter(sale=sale).values_list("tranche_id", flat=True)
    return [tranche for tranche, owner in latest.filter(tranche_id__in=mine).values_list("tranche_id", "sale_id") if owner == sale.pk]


def _total(parts: Iterable[dict[str, int]]) -> dict[str, int]:
    total: dict[str, int] = defaultdict(int)
    for part in parts:
        for kind, amount in part.items():
            total[kind] += amount
    return dict(total)


def _receipt(tranche: Tranche, steps: list[Step], known: Known) -> ReceiptTrace:
    received = sum(_signed(step, chart.RECEIVED, debit=-1) for step in steps)
    places = {kind: amount for kind in chart.OURS if (amount := sum(_signed(step, kind) for step in steps))}
    run = known.runs.get(tranche.pk)
    by = f"{run.plan_version.project.code} v{run.plan_version.number}" if run and run.plan_version else ""
    return ReceiptTrace(tranche.code, tranche.received_on, received, by, places, received - sum(places.values()), _pots(run, steps, known))


def _pots(run: AllocationRun | None, steps: list[Step], known: Known) -> list[FromPot]:
    """Return the pots of the plan's lines, then those that money was moved to later."""
    lines = [(line, _kind(line), line.recipient.code if line.recipient else "") for line in (run.lines.all() if run else [])]
    planned = {(kind, line.pot.ledger_code, holder) for line, kind, holder in lines if kind == chart.POT}
    ends = [place for step in steps for place in (step.debit, step.credit) if place.kind == chart.POT]
    later = sorted({(place.kind, place.pot, place.holder) for place in ends} - planned)
    return [_pot(line, kind, line.pot.ledger_code, holder, steps, known) for line, kind, holder in lines] + [
        _pot(None, kind, code, holder, steps, known) for kind, code, holder in later
    ]


def _kind(line: AllocationLine) -> str:
    if line.release_entry_id:
        return chart.POT
    return {AllocationLine.State.HELD: chart.RESERVE, AllocationLine.State.WITHHELD: chart.WITHHELD}.get(AllocationLine.State(line.state), chart.POT)


def _signed(step: Step, kind: str, *, debit: int = 1) -> int:
    return step.amount_minor * debit * ((step.debit.kind == kind) - (step.credit.kind == kind))


def _pot(line: AllocationLine | None, kind: str, code: str, holder: str, steps: list[Step], known: Known) -> FromPot:
    here = [step for step in steps if _is_at(step.debit, kind, code, holder) or _is_at(step.credit, kind, code, holder)]
    left = sum(step.amount_minor * (_is_at(step.debit, kind, code, holder) - _is_at(step.credit, kind, code, holder)) for step in here)
    drawn: dict[int, int] = defaultdict(int)
    for step in here:
        drawn[step.lot] += step.amount_minor * (step.debit.kind in _OF_A_LOT and _is_at(step.credit, kind, code, holder))
    paid = [_paid_out(known.disbursements[lot], drawn[lot], steps, known) for lot in sorted(drawn) if drawn[lot] and lot in known.disbursements]
    pot = line.pot if line else known.pots.get(code)
    title, purpose = (own_name(pot.title, pot.title_km), pot.purpose) if pot else (code, "")
    if line is None:
        moved = sum(step.amount_minor for step in here if step.lot == 0 and _is_at(step.debit, kind, code, holder))
        return FromPot(code, title, purpose, holder, moved, _("Moved here later, not by the plan's first allocation."), left, kind, paid)
    recipient = own_name(line.recipient.name, line.recipient.name_km) if line.recipient else ""
    return FromPot(code, title, purpose, recipient, line.amount_minor, line.how, left, kind, paid)


def _is_at(place: chart.Place, kind: str, pot: str, holder: str) -> bool:
    # A reserve has its pot's name too; what is set aside for one recipient is not the shared rest of the pot.
    return place.kind == kind and place.pot in (pot, "") and place.holder == holder


def _paid_out(row: Disbursement, drawn: int, steps: list[Step], known: Known) -> PaidOut:
    mine = [step for step in steps if step.lot == row.pk]
    # What the bank took beyond the money there was, until another receipt paid for it.
    drawn += sum(step.amount_minor * ((step.credit.kind == chart.SHORTFALL) - (step.debit.kind == chart.SHORTFALL)) for step in mine)
    at = {kind: sum(_signed(step, kind) for step in mine) for kind in chart.OURS}
    given_back = sum(
        step.amount_minor for step in mine if step.debit.kind in _SET_ASIDE and step.credit.kind in _OF_A_LOT and step.credit.kind != chart.FX
    )
    return PaidOut(
        row.reference, row.recipient.code, own_name(row.recipient.name, row.recipient.name_km), row.purpose, row.status, drawn, at[chart.COMMITTED], at[chart.ADVANCE],
        at[chart.SPENT], at[chart.RECOVERABLE], at[chart.LOST], given_back, at[chart.FX], at[chart.CHARGE], _spending(known.parts.get((row.pk, mine[0].tranche_id), []), known),
    )  # fmt: skip


def _spending(parts: list[Part], known: Known) -> list[Spent]:
    listed = sorted(((known.records[part.record_id], part) for part in parts), key=lambda found: (found[0].spent_on, found[0].pk))
    return [
        Spent(
            record.reference, record.spent_on, record.payee, record.description, own_name(record.category.name, record.category.name_km), part.amount_minor, part.local_minor,
            record.currency, known.proofs[record.pk],
        )
        for record, part in listed
    ]  # fmt: skip
