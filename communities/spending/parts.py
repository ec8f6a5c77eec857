"""Which lots and tranches an amount lies in, read from the entries of the documents that moved it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from communities.spending.models import Recoverable, Settlement, SpendingRecord
from revenue.ledger import chart, riel
from revenue.ledger.chart import Place
from revenue.ledger.queries import moves_of_lot, steps_of_entries
from revenue.ledger.riel import Held


def advance_place(*, recipient_code: str, purpose: str, currency: str) -> Place:
    """Return where a recipient holds advances of one purpose, on books in this currency."""
    return Place(kind=chart.ADVANCE, currency=currency, holder=recipient_code, purpose=purpose)


def spent_place(*, recipient_code: str, purpose: str, currency: str) -> Place:
    """Return where money spent by a recipient on one purpose is counted."""
    return Place(kind=chart.SPENT, currency=currency, holder=recipient_code, purpose=purpose)


def recoverable_place(*, recipient_code: str, purpose: str, currency: str) -> Place:
    """Return where money that a recipient owes back is counted."""
    return Place(kind=chart.RECOVERABLE, currency=currency, holder=recipient_code, purpose=purpose)


def lost_place(*, recipient_code: str, purpose: str, currency: str) -> Place:
    """Return where money written off is counted."""
    return Place(kind=chart.LOST, currency=currency, holder=recipient_code, purpose=purpose)


def entries_of(record: SpendingRecord) -> list[int]:
    """Return the entries that say what carbon revenue paid of a record: its acceptance, later covers, and what was disallowed or allowed again."""
    found: list[int | None] = [record.entry_id, *record.covers.order_by("number").values_list("entry_id", flat=True)]
    debts = record.recoverables.exclude(origin=Recoverable.Origin.ADVANCE).order_by("id")
    found += debts.values_list("entry_id", flat=True)
    allowed = Settlement.objects.filter(recoverable__in=debts, kind=Settlement.Kind.ALLOWED, status=Settlement.Status.DONE)
    return [number for number in (*found, *allowed.order_by("id").values_list("entry_id", flat=True)) if number is not None]


def spent_parts(record: SpendingRecord) -> list[Held]:
    """Return what is spent for an accepted record now, in the order it was drawn."""
    return parts_at(chart.SPENT, entries_of(record))


def owed_parts(recoverable: Recoverable) -> list[Held]:
    """Return what is still owed of a recoverable, in the order it came about."""
    done = recoverable.settlements.filter(status=Settlement.Status.DONE).order_by("id").values_list("entry_id", flat=True)
    return parts_at(chart.RECOVERABLE, [recoverable.entry_id, *done])


def parts_at(kind: str, entry_ids: Iterable[int]) -> list[Held]:
    """Return what some entries brought to places of a kind and did not take away again, by lot and tranche."""
    ids = list(entry_ids)
    order = {number: place for place, number in enumerate(ids)}
    held: dict[tuple[int, int], Held] = {}
    for step in sorted(steps_of_entries(ids), key=lambda one: order[one.entry_id]):
        sign = (step.debit.kind == kind) - (step.credit.kind == kind)
        key = (step.lot, step.tranche_id)
        before = held.get(key, Held(*key, 0, 0))
        held[key] = replace(
            before, amount_minor=before.amount_minor + sign * step.amount_minor, local_minor=before.local_minor + sign * step.local_minor
        )
    return list(_net(held.values()))


def _net(parts: Iterable[Held]) -> Iterator[Held]:
    """Take what left under another tranche of the same lot from the tranches that are left of it."""
    over: dict[int, tuple[int, int]] = defaultdict(lambda: (0, 0))
    found = list(parts)
    for one in found:
        amount, local = over[one.lot]
        over[one.lot] = (amount - min(0, one.amount_minor), local - min(0, one.local_minor))
    for one in found:
        amount, local = (min(over[one.lot][side], max(0, value)) for side, value in enumerate((one.amount_minor, one.local_minor)))
        over[one.lot] = (over[one.lot][0] - amount, over[one.lot][1] - local)
        left = replace(one, amount_minor=max(0, one.amount_minor) - amount, local_minor=max(0, one.local_minor) - local)
        if left.local_minor or left.amount_minor:
            yield left


def take(parts: list[Held], local_minor: int) -> list[Held]:
    """
    Take an amount in the recipient's currency from parts, first part first, so that both currencies end at zero together.

    :raises ValueError: if the parts hold less
    """
    taken, missing = riel.take(held=parts, local_minor=local_minor)
    if missing:
        raise ValueError("more is taken than there is")
    return taken


def moved(parts: Sequence[Held], place: Place) -> list[Held]:
    """
    Say from which tranches parts leave a place, where the money of a lot was exchanged for another tranche's meanwhile.

    Of each lot its own tranche goes first. Where nothing of the lot is there, the ledger itself refuses, and says why.
    """
    left: dict[tuple[int, int], int] = defaultdict(int)
    for lot in {part.lot for part in parts}:
        for step in moves_of_lot(lot):
            left[lot, step.tranche_id] += step.amount_minor * ((step.debit == place) - (step.credit == place))
    if all(left[part.lot, part.tranche_id] >= part.amount_minor for part in parts):
        return list(parts)
    return [piece for part in parts for piece in _pieces(part, left)]


def _pieces(part: Held, left: dict[tuple[int, int], int]) -> Iterator[Held]:
    others = sorted(tranche for lot, tranche in left if lot == part.lot and tranche != part.tranche_id)
    wanted, local = part.amount_minor, part.local_minor
    for tranche in (part.tranche_id, *others):
        some = min(wanted, max(0, left[part.lot, tranche]))
        if some:
            left[part.lot, tranche] -= some
            yield Held(part.lot, tranche, some, local)
            wanted, local = wanted - some, 0
    if wanted or local:
        yield replace(part, amount_minor=wanted, local_minor=local)
