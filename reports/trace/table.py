"""A trace as rows of a table, for CSV: the amounts of a sale's rows add up to what it brought."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date

from reports.trace.down import ReceiptTrace, SaleTrace
from reports.trace.places import PlaceTrace
from reports.trace.pots import FromPot, PaidOut
from reports.trace.up import SpendingTrace
from revenue.ledger import chart

Row = tuple[object, ...]
SALE_HEAD = (
    "receipt",
    "received_on",
    "pot",
    "for",
    "disbursement",
    "recipient",
    "where",
    "record",
    "spent_on",
    "evidence_sha256",
    "currency",
    "amount_minor",
)
ORIGIN_HEAD = ("what", "currency", "amount_minor", "receipt", "received_on", "bank_reference", "sale", "buyer", "project", "serials")


def rows_of_sale(trace: SaleTrace) -> Iterator[Row]:
    """Yield the head, then one row for each amount that lies somewhere or was used, down to the records."""
    yield SALE_HEAD
    for receipt in trace.receipts:
        told: dict[str, int] = defaultdict(int)
        for pot in receipt.pots:
            for at, where, record, minor in _of_pot(pot):
                told[where] += minor
                yield _row(trace, receipt, (pot.title, pot.recipient), at, where, record, minor)
        for kind in chart.OURS:
            rest = receipt.places.get(kind, 0) - told[kind]
            if rest:
                yield _row(trace, receipt, ("", ""), None, kind, None, rest)


Record = tuple[str, date, str] | None


def _of_pot(pot: FromPot) -> Iterator[tuple[PaidOut | None, str, Record, int]]:
    if pot.left_minor:
        yield None, pot.kind, None, pot.left_minor
    for paid in pot.disbursements:
        for spent in paid.spending:
            hashes = " ".join(proof.sha256 for proof in spent.proofs)
            yield paid, chart.SPENT, (spent.reference, spent.spent_on, hashes), spent.amount_minor
        without_record = paid.spent_minor - sum(spent.amount_minor for spent in paid.spending)
        others = {
            chart.SPENT: without_record, chart.COMMITTED: paid.committed_minor, chart.ADVANCE: paid.with_recipient_minor,
            chart.RECOVERABLE: paid.recoverable_minor, chart.LOST: paid.lost_minor, chart.FX: paid.fx_minor, chart.CHARGE: paid.charges_minor,
        }  # fmt: skip
        for kind, minor in others.items():
            if minor:
                yield paid, kind, None, minor


def _row(trace: SaleTrace, receipt: ReceiptTrace, pot: tuple[str, str], paid: PaidOut | None, where: str, record: Record, minor: int) -> Row:
    to = (paid.reference, paid.recipient) if paid else ("", "")
    return (receipt.reference, receipt.received_on, *pot, *to, where, *(record or ("", "", "")), trace.currency, minor)


def rows_of_spending(trace: SpendingTrace) -> Iterator[Row]:
    """Yield the head, then one row for each receipt that paid for the purchase."""
    yield ORIGIN_HEAD
    for source in trace.sources:
        serials = " ".join(f"{one.first}-{one.last}" for one in source.serials)
        facts = (source.receipt, source.received_on, source.receipt_bank_reference, source.sale, source.buyer, source.project, serials)
        yield (trace.reference, trace.drawn_currency, source.amount_minor, *facts)


def rows_of_place(trace: PlaceTrace) -> Iterator[Row]:
    """Yield the head, then one row for each receipt behind the money."""
    yield ORIGIN_HEAD
    for backing in trace.backings:
        for origin in backing.origins:
            serials = " ".join(f"{one.first}-{one.last}" for one in origin.serials)
            facts = (origin.tranche, origin.received_on, origin.bank_reference, origin.sale, origin.buyer, origin.project, serials)
            yield (trace.reference, backing.currency, origin.amount_minor, *facts)
