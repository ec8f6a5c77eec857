"""What a recall takes back of a tranche at a bank, and what of it was used before."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from revenue.ledger import chart
from revenue.ledger.chart import Place, Row
from revenue.ledger.portions import in_proportion, oldest_first
from revenue.ledger.queries import balances
from revenue.ledger.services.draws import lock_places

# Whoever posts meanwhile can open only so many places.
_LOOKS: Final = 8


@dataclass(frozen=True, slots=True)
class TakenBack:
    """The rows of a recall. ``lots`` are the disbursements that lost what was promised to them, ``shortfall_minor`` what was used before."""

    rows: list[Row]
    lots: list[int]
    shortfall_minor: int


@dataclass(frozen=True, slots=True)
class _Lies:
    place: Place
    lot: int
    amount_minor: int


def take_back(*, tranche_id: int, bank: str, currency: str, amount_minor: int) -> TakenBack:
    """
    Say what a bank's taking back of ``amount_minor`` of a tranche takes from where, and hold those places.

    First what is unallocated, then the reserve; then pots and withheld money in proportion to what lies there; then
    what is promised and not paid, the latest promise first. Only places at that bank: no money elsewhere was debited.
    What is used, or lies at another bank, is a shortfall. Call it inside a transaction, and post its rows.
    """
    found = _held(tranche_id=tranche_id, bank=bank, currency=currency)
    left, rows, lots = amount_minor, list[Row](), list[int]()
    unallocated = Place(chart.UNALLOCATED, currency, bank=bank)
    for lies, some in _taken(found, amount_minor):
        left -= some
        if lies.place != unallocated:
            rows.append(Row(unallocated, lies.place, some, tranche_id, lies.lot))
        if lies.lot:
            lots.append(lies.lot)
    received = Place(chart.RECEIVED, currency)
    shortfall = Place(chart.SHORTFALL, currency, bank=bank)
    both = ((unallocated, amount_minor - left), (shortfall, left))
    rows += [Row(received, place, some, tranche_id) for place, some in both if some]
    return TakenBack(rows, lots, left)


def _taken(found: Sequence[_Lies], amount: int) -> Iterator[tuple[_Lies, int]]:
    for kinds in ((chart.UNALLOCATED,), (chart.RESERVE,), (chart.POT, chart.WITHHELD), (chart.COMMITTED,)):
        here = [lies for lies in found if lies.place.kind in kinds]
        take = min(amount, sum(lies.amount_minor for lies in here))
        portion = in_proportion if chart.POT in kinds else oldest_first
        parts = portion(available=[lies.amount_minor for lies in here], amount=take)
        yield from ((lies, some) for lies, some in zip(here, parts, strict=True) if some)
        amount -= take


def _held(*, tranche_id: int, bank: str, currency: str) -> list[_Lies]:
    """Hold the places where the tranche lies at the bank, and read them; again if some were opened meanwhile."""
    ours = [Place(chart.UNALLOCATED, currency, bank=bank), Place(chart.SHORTFALL, currency, bank=bank), Place(chart.RECEIVED, currency)]
    locked: set[Place] = set()
    for _look in range(_LOOKS):
        found = _read(tranche_id=tranche_id, bank=bank, currency=currency)
        places = {*ours, *(lies.place for lies in found)}
        if places <= locked:
            break
        locked |= places
        lock_places(places=places)
    # The latest promise first; pots in the order of their codes.
    return sorted(found, key=lambda lies: (-lies.lot, lies.place.code))


def _read(*, tranche_id: int, bank: str, currency: str) -> list[_Lies]:
    kinds = (chart.UNALLOCATED, chart.RESERVE, chart.POT, chart.WITHHELD, chart.COMMITTED)
    lying = balances(grouped=["kind", "pot", "holder", "purpose", "lot"], currency=currency, kinds=kinds, tranche_ids=[tranche_id], banks=[bank])
    return [
        _Lies(Place(kind, currency, bank, pot, holder, purpose), lot, one.amount_minor)
        for one in lying
        for kind, pot, holder, purpose, lot in [one.key]
    ]
