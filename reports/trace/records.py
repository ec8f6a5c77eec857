"""What of each spending record was paid by which receipt through which disbursement: its acceptance, and all that came after."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import product

from communities.spending.models import LaterCover, Recoverable, Settlement, SpendingRecord
from revenue.ledger import chart
from revenue.ledger.models import Entry
from revenue.ledger.queries import Step, moves_of_lot

Key = tuple[int, int, int]  # record, disbursement, tranche


@dataclass(frozen=True, slots=True)
class Part:
    """What of a record one receipt paid through one disbursement, net: minor units of the books, and of the payment's currency."""

    record_id: int
    lot: int
    tranche_id: int
    amount_minor: int
    local_minor: int
    local_currency: str


def parts_of(steps: Sequence[Step]) -> list[Part]:
    """
    Return what is spent for each record that the steps name: spent and covered later, less what was disallowed or undone.

    Where another receipt has paid for what was spent since, the record has gone over to that receipt.
    """
    crossed = {step.lot for step in steps if step.lot and step.event == chart.REFUND and _sign(step)}
    listed = [step for step in steps if step.lot not in crossed] + [step for lot in sorted(crossed) for step in moves_of_lot(lot)]
    records = _records_of({step.entry_id for step in listed if _sign(step)})
    held: dict[Key, tuple[int, int]] = defaultdict(lambda: (0, 0))
    moved: dict[int, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    currencies: dict[int, str] = {}
    for step in listed:
        if step.entry_id in records:
            key = (records[step.entry_id], step.lot, step.tranche_id)
            held[key] = (held[key][0] + _sign(step) * step.amount_minor, held[key][1] + _sign(step) * step.local_minor)
            currencies[step.lot] = step.local_currency or currencies.get(step.lot, "")
        elif step.event == chart.REFUND:
            moved[step.lot][step.tranche_id] += _sign(step) * step.amount_minor
    for lot in crossed:
        _cross(held, lot, moved[lot])
    return [Part(*key, amount, local, currencies.get(key[1], "")) for key, (amount, local) in sorted(held.items()) if amount or local]


def _sign(step: Step) -> int:
    return (step.debit.kind == chart.SPENT) - (step.credit.kind == chart.SPENT)


def _records_of(entry_ids: Collection[int]) -> dict[int, int]:
    """Return the record of each entry that moved what is spent for one, a reversal's being that of the entry it undoes."""
    debts = Recoverable.objects.exclude(origin=Recoverable.Origin.ADVANCE).filter(spending__isnull=False)
    allowed = Settlement.objects.filter(kind=Settlement.Kind.ALLOWED, recoverable__in=debts)
    found: dict[int, int] = {}
    for documents, record in (
        (SpendingRecord.objects.all(), "pk"), (LaterCover.objects.all(), "spending_id"), (debts, "spending_id"), (allowed, "recoverable__spending_id"),
    ):  # fmt: skip
        found |= dict(documents.filter(entry_id__in=entry_ids).values_list("entry_id", record))
    undoing = dict(Entry.objects.filter(id__in=set(entry_ids) - set(found), reverses__isnull=False).values_list("id", "reverses_id"))
    undone = _records_of(set(undoing.values())) if undoing else {}
    return found | {entry: undone[original] for entry, original in undoing.items() if original in undone}


def _cross(held: dict[Key, tuple[int, int]], lot: int, moved: dict[int, int]) -> None:
    """Let a disbursement's records follow what a covering exchanged between receipts: the oldest record first."""
    records = sorted({record for record, of, _tranche in held if of == lot})
    for source, target, record in product(sorted(moved), sorted(moved), records):
        there, here = (record, lot, source), (record, lot, target)
        some = min(-moved[source], moved[target], held[there][0])
        if some <= 0:
            continue
        amount, local = held[there]
        share = local if some == amount else local * some // amount
        held[there] = (amount - some, local - share)
        held[here] = (held[here][0] + some, held[here][1] + share)
        moved[source], moved[target] = moved[source] + some, moved[target] - some
