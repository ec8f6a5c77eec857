"""Which sales paid for a purchase: exact, hop by hop. Amounts are minor units."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from communities.spending.models import SpendingRecord
from communities.spending.parts import entries_of
from reports.trace.documents import Known, NothingToTrace, Proof, Serials, proofs_of, sales_of, serials_of
from reports.trace.records import Part, parts_of
from reports.words import own_name
from revenue.credits.models import Receipt, Sale
from revenue.disbursements.models import Disbursement
from revenue.ledger.models import Tranche
from revenue.ledger.queries import moves_of_lot, steps_of_entries
from revenue.sharing.models import AllocationLine, AllocationRun


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
    parts = _parts(record)
    funded = sum(part.local_minor for part in parts)
    not_funded = record.amount_minor - record.other_minor - funded if record.status == SpendingRecord.Status.ACCEPTED else 0
    return SpendingTrace(
        record.reference, own_name(record.recipient.name, record.recipient.name_km), record.spent_on, record.payee, record.description, record.amount_minor, record.currency,
        record.status, funded, not_funded, record.other_minor, sum(part.amount_minor for part in parts), _books_of(record),
        proofs_of(record), _sources(parts),
    )  # fmt: skip


def _parts(record: SpendingRecord) -> list[Part]:
    """Return what is spent for a record now, by payment and receipt: the payments it names say all that became of them."""
    lots = {step.lot for step in steps_of_entries(entries_of(record)) if step.lot}
    return [part for part in parts_of([step for lot in sorted(lots) for step in moves_of_lot(lot)]) if part.record_id == record.pk]


def _books_of(record: SpendingRecord) -> str:
    cover = None if record.drawn_currency else record.covers.first()
    return cover.drawn_currency if cover else record.drawn_currency


def _sources(parts: Sequence[Part]) -> list[Source]:
    """Return where the money came from, one source for each tranche and disbursement."""
    tranches = {part.tranche_id for part in parts}
    receipts = {row.tranche_id: row for row in Receipt.objects.filter(tranche_id__in=tranches)}
    sales = sales_of(tranches)
    dated = {tranche.pk: tranche for tranche in Tranche.objects.filter(id__in=tranches)}
    known = Known.of(lots={part.lot for part in parts}, tranche_ids=tranches, parts=parts)
    payments = {
        lot: next((row for row in disbursement.payments.all() if row.status == "PAID"), None) for lot, disbursement in known.disbursements.items()
    }
    return [
        _source(part, receipts.get(part.tranche_id), sales.get(part.tranche_id), dated[part.tranche_id], known, payments.get(part.lot))
        for part in parts
    ]


def _source(part: Part, receipt: Receipt | None, sale: Sale | None, tranche: Tranche, known: Known, payment: object) -> Source:
    disbursement = known.disbursements.get(part.lot)
    run = known.runs.get(part.tranche_id)
    line = _line_for(run, disbursement)
    return Source(
        part.amount_minor, part.local_minor, part.local_currency,
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
