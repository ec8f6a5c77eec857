"""Where the money of a sale went, and which sales paid for a purchase: exact, hop by hop. Amounts are minor units."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from django.utils.translation import gettext as _

from communities.spending.models import SpendingRecord
from core.refusal import Refused
from reports.words import own_name
from revenue.credits.models import Identification, Receipt, Sale
from revenue.disbursements.models import Disbursement
from revenue.ledger import chart
from revenue.ledger.models import Tranche
from revenue.ledger.queries import Step, steps_of_entries, trace_down
from revenue.sharing.models import AllocationLine, AllocationRun, Pot


class NothingToTrace(Refused):
    """There is no such document."""

    code = "not_found"


@dataclass(frozen=True, slots=True)
class Proof:
    """One file behind a record."""

    evidence_id: int
    kind: str
    name: str
    sha256: str


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
class Serials:
    """One serial range sold."""

    serial_text: str
    first: int
    last: int
    quantity: int


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


@dataclass(frozen=True, slots=True)
class Source:
    """One hop up from a purchase: which money of which receipt paid how much of it, through which disbursement."""

    amount_minor: int
    local_minor: int
    local_currency: str
    disbursement: str
    paid_on: date | None
    bank_reference: str
    pot: str
    plan: str
    how: str
    receipt: str
    received_on: date
    receipt_bank_reference: str
    sale: str
    buyer: str
    project: str
    serials: list[Serials]


@dataclass(frozen=True, slots=True)
class SpendingTrace:
    """A purchase and the money that paid for it: funded = the sum of its sources."""

    reference: str
    recipient: str
    spent_on: date
    payee: str
    description: str
    amount_minor: int
    currency: str
    status: str
    funded_minor: int
    not_funded_minor: int
    other_minor: int
    drawn_minor: int
    drawn_currency: str
    proofs: list[Proof]
    sources: list[Source]


def serials_of(sale: Sale) -> list[Serials]:
    """Return the serial ranges of a sale, lowest first."""
    return [Serials(lot.issuance.serial_text, lot.first, lot.last, lot.quantity) for lot in sale.lots.select_related("issuance").order_by("first")]


# --- down from a sale ----------------------------------------------------------------------------------------------------
def trace_sale(reference: str) -> SaleTrace:
    """
    Follow a sale's money down to each purchase and its evidence.

    :raises NothingToTrace: if there is no such sale
    """
    sale = Sale.objects.filter(reference=reference).select_related("project", "buyer").first()
    if sale is None:
        raise NothingToTrace(_("There is no sale %(reference)s.") % {"reference": reference}, next_step=_("Look it up in the list of sales."))
    tranches = list(Tranche.objects.filter(id__in=tranches_of_sale(sale)).order_by("received_on", "id"))
    steps: dict[int, list[Step]] = defaultdict(list)
    for step in trace_down([tranche.pk for tranche in tranches]):
        steps[step.tranche_id].append(step)
    known = _Known.of([step for found in steps.values() for step in found])
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


@dataclass
class _Known:
    """The documents that the steps name, read once: no query for each row."""

    disbursements: dict[int, Disbursement]
    records: dict[int, SpendingRecord]
    proofs: dict[int, list[Proof]]
    pots: dict[str, Pot]
    runs: dict[int, AllocationRun] = field(default_factory=dict)

    @classmethod
    def of(cls, steps: Sequence[Step]) -> _Known:
        lots = {step.lot for step in steps if step.lot}
        entries = {step.entry_id for step in steps if step.event == chart.SPEND}
        records = list(SpendingRecord.objects.filter(entry_id__in=entries).select_related("category").prefetch_related("evidence__file"))
        runs = AllocationRun.objects.filter(tranche_id__in={step.tranche_id for step in steps}, status=AllocationRun.Status.ALLOCATED)
        return cls(
            disbursements={row.pk: row for row in Disbursement.objects.filter(id__in=lots).select_related("recipient", "pot__project")},
            records={row.entry_id: row for row in records if row.entry_id},
            proofs={row.pk: proofs_of(row) for row in records},
            pots={pot.ledger_code: pot for pot in Pot.objects.select_related("project")},
            runs={
                run.tranche_id: run
                for run in runs.select_related("plan_version__project").prefetch_related("lines__pot__project", "lines__recipient")
            },
        )


def proofs_of(record: SpendingRecord) -> list[Proof]:
    """Return the files behind a record."""
    return [Proof(row.pk, row.kind, row.file.original_name, row.file.sha256) for row in record.evidence.all()]


def _receipt(tranche: Tranche, steps: list[Step], known: _Known) -> ReceiptTrace:
    received = sum(_signed(step, chart.RECEIVED, debit=-1) for step in steps)
    places = {kind: amount for kind in chart.OURS if (amount := sum(_signed(step, kind) for step in steps))}
    run = known.runs.get(tranche.pk)
    by = f"{run.plan_version.project.code} v{run.plan_version.number}" if run and run.plan_version else ""
    pots = [_pot(line, steps, known) for line in run.lines.all()] if run else []
    return ReceiptTrace(tranche.code, tranche.received_on, received, by, places, received - sum(places.values()), pots)


def _signed(step: Step, kind: str, *, debit: int = 1) -> int:
    return step.amount_minor * debit * ((step.debit.kind == kind) - (step.credit.kind == kind))


def _pot(line: AllocationLine, steps: list[Step], known: _Known) -> FromPot:
    kind = {AllocationLine.State.HELD: chart.RESERVE, AllocationLine.State.WITHHELD: chart.WITHHELD}.get(AllocationLine.State(line.state), chart.POT)
    if line.release_entry_id:
        kind = chart.POT
    code, holder = line.pot.ledger_code, line.recipient.code if line.recipient else ""
    here = [step for step in steps if _is_at(step.debit, kind, code, holder) or _is_at(step.credit, kind, code, holder)]
    left = sum(step.amount_minor * (_is_at(step.debit, kind, code, holder) - _is_at(step.credit, kind, code, holder)) for step in here)
    lots = sorted({step.lot for step in here if step.lot and step.event == chart.APPROVE})
    paid = [_paid_out(known.disbursements[lot], lot, code, holder, steps, known) for lot in lots if lot in known.disbursements]
    return FromPot(
        code, own_name(line.pot.title, line.pot.title_km), line.pot.purpose,
        own_name(line.recipient.name, line.recipient.name_km) if line.recipient else "", line.amount_minor, line.how, left, kind, paid,
    )  # fmt: skip


def _is_at(place: chart.Place, kind: str, pot: str, holder: str) -> bool:
    # A reserve has its pot's name too; what is set aside for one recipient is not the shared rest of the pot.
    return place.kind == kind and place.pot in (pot, "") and place.holder == holder


def _paid_out(row: Disbursement, lot: int, pot: str, holder: str, steps: list[Step], known: _Known) -> PaidOut:
    mine = [step for step in steps if step.lot == lot]
    from_here = sum(step.amount_minor for step in mine if step.event == chart.APPROVE and step.credit.holder == holder and step.credit.pot == pot)
    at = {kind: sum(_signed(step, kind) for step in mine) for kind in chart.OURS}
    given_back = sum(step.amount_minor for step in mine if step.debit.kind == chart.POT and step.credit.kind != chart.FX)
    return PaidOut(
        row.reference, row.recipient.code, own_name(row.recipient.name, row.recipient.name_km), row.purpose, row.status, from_here, at[chart.COMMITTED], at[chart.ADVANCE],
        at[chart.SPENT], at[chart.RECOVERABLE], at[chart.LOST], given_back, at[chart.FX], at[chart.CHARGE], _spending(mine, known),
    )  # fmt: skip


def _spending(steps: list[Step], known: _Known) -> list[Spent]:
    amounts: dict[int, list[int]] = defaultdict(lambda: [0, 0])
    for step in steps:
        if step.event == chart.SPEND and step.entry_id in known.records:
            amounts[step.entry_id][0] += step.amount_minor
            amounts[step.entry_id][1] += step.local_minor
    return [
        Spent(
            record.reference, record.spent_on, record.payee, record.description, own_name(record.category.name, record.category.name_km), amounts[entry][0], amounts[entry][1],
            record.currency, known.proofs[record.pk],
        )
        for entry, record in sorted(known.records.items(), key=lambda found: (found[1].spent_on, found[0]))
        if entry in amounts
    ]  # fmt: skip


# --- up from a purchase --------------------------------------------------------------------------------------------------
def trace_spending(reference: str) -> SpendingTrace:
    """
    Follow a purchase up to the payments, receipts, sales and serial numbers that paid for it.

    :raises NothingToTrace: if there is no such record
    """
    record = SpendingRecord.objects.filter(reference=reference).select_related("recipient", "category").prefetch_related("evidence__file").first()
    if record is None:
        raise NothingToTrace(
            _("There is no spending record %(reference)s.") % {"reference": reference}, next_step=_("Look it up in the list of spending.")
        )
    steps = [step for step in steps_of_entries([record.entry_id]) if step.event == chart.SPEND] if record.entry_id else []
    return SpendingTrace(
        record.reference, own_name(record.recipient.name, record.recipient.name_km), record.spent_on, record.payee, record.description, record.amount_minor, record.currency,
        record.status, record.funded_minor or 0, record.not_funded_minor or 0, record.other_minor, record.drawn_minor or 0,
        record.drawn_currency, proofs_of(record), sources_of(steps),
    )  # fmt: skip


def sources_of(steps: Sequence[Step]) -> list[Source]:
    """Return where the money of some draws came from, one source for each tranche and disbursement."""
    tranches = {step.tranche_id for step in steps}
    receipts = {row.tranche_id: row for row in Receipt.objects.filter(tranche_id__in=tranches).select_related("sale__buyer", "sale__project")}
    dated = {tranche.pk: tranche for tranche in Tranche.objects.filter(id__in=tranches)}
    known = _Known.of(steps)
    payments = {
        lot: next((row for row in disbursement.payments.all() if row.status == "PAID"), None) for lot, disbursement in known.disbursements.items()
    }
    return [_source(step, receipts.get(step.tranche_id), dated[step.tranche_id], known, payments.get(step.lot)) for step in steps]


def _source(step: Step, receipt: Receipt | None, tranche: Tranche, known: _Known, payment: object) -> Source:
    disbursement = known.disbursements.get(step.lot)
    run = known.runs.get(step.tranche_id)
    sale = receipt.sale if receipt else None
    line = _line_for(run, disbursement)
    return Source(
        step.amount_minor, step.local_minor, step.local_currency,
        disbursement.reference if disbursement else "",
        getattr(payment, "paid_on", None), getattr(payment, "bank_reference", ""),
        own_name(disbursement.pot.title, disbursement.pot.title_km) if disbursement else "",
        f"{run.plan_version.project.code} v{run.plan_version.number}" if run and run.plan_version else "",
        line.how if line else "",
        tranche.code, tranche.received_on, receipt.bank_reference if receipt else "",
        sale.reference if sale else "", sale.buyer.name if sale else "", sale.project.code if sale else "",
        serials_of(sale) if sale else [],
    )  # fmt: skip


def _line_for(run: AllocationRun | None, disbursement: Disbursement | None) -> AllocationLine | None:
    if run is None or disbursement is None:
        return None
    of_pot = [line for line in run.lines.all() if line.pot_id == disbursement.pot_id]
    return next((line for line in of_pot if line.recipient_id == disbursement.recipient_id), of_pot[0] if of_pot else None)
