"""Which rows cover what is missing: from the same receipt, from another that pays in its place, or as a loss that a pot bears."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from revenue.disbursements.draws import Part, Purse, parts_in
from revenue.ledger import chart
from revenue.ledger.chart import Place, Row, place_of
from revenue.ledger.models import Tranche
from revenue.ledger.portions import split
from revenue.ledger.queries.rows import rows
from revenue.ledger.riel import part as local_part

# What a receipt has paid for, in the order in which another takes it over: what is done before what still moves.
TAKEN_OVER: Final = (chart.SPENT, chart.CHARGE, chart.LOST, chart.RECOVERABLE, chart.FX, chart.ADVANCE)


@dataclass(frozen=True, slots=True)
class Used:
    """What a tranche has paid for in one place and lot, in minor units, with what is held of it in local currency."""

    place: Place
    lot: int
    amount_minor: int
    local_minor: int
    local_currency: str


# What a tranche paid for, by place and lot; first what the very entries paid that left the gap, then their lots, then the rest.
_USED: Final = """
WITH made AS (
    SELECT DISTINCT entry_id FROM ledger_posting WHERE credit_id = (SELECT id FROM ledger_account WHERE code = %(gap)s) AND tranche_id = %(tranche)s
), near AS (
    SELECT debit_id, lot FROM ledger_posting WHERE entry_id IN (SELECT entry_id FROM made) AND tranche_id = %(tranche)s
)
SELECT a.code, side.lot, sum(side.amount)::bigint, sum(side.local)::bigint, max(side.local_currency)
FROM (
    SELECT debit_id AS account_id, lot, amount_minor AS amount, local_minor AS local, local_currency FROM ledger_posting WHERE tranche_id = %(tranche)s
    UNION ALL
    SELECT credit_id, lot, -amount_minor, -local_minor, local_currency FROM ledger_posting WHERE tranche_id = %(tranche)s
) side
JOIN ledger_account a ON a.id = side.account_id
WHERE a.kind = ANY(%(kinds)s)
GROUP BY a.id, a.code, a.kind, side.lot
HAVING sum(side.amount) > 0
ORDER BY (a.id, side.lot) IN (SELECT debit_id, lot FROM near) DESC, (side.lot > 0 AND side.lot IN (SELECT lot FROM near)) DESC,
    array_position(%(kinds)s, a.kind), side.lot, a.code
"""


def used_by(*, tranche_id: int, gap: Place) -> list[Used]:
    """Return what a tranche has paid for and another may take over, what left the gap first."""
    found = rows(_USED, {"gap": gap.code, "tranche": tranche_id, "kinds": list(TAKEN_OVER)})
    return [Used(place_of(code), *facts) for code, *facts in found]


def may_pay_for(tranche: Tranche) -> Collection[int]:
    """Return the tranches that may pay in the place of one: what a donor gave pays for donors' money only."""
    donors = Tranche.objects.filter(source=chart.DONOR)
    return set((donors if tranche.source == chart.DONOR else Tranche.objects.exclude(source=chart.DONOR)).values_list("id", flat=True)) - {tranche.pk}


def within(*, gap: Place, source: Place, tranche_id: int, amount_minor: int) -> list[Row]:
    """Cover up to an amount of a shortfall with what the same tranche has in the source."""
    taken, _left = Purse(parts_in(source, tranche_ids=[tranche_id])).take(amount_minor)
    return [Row(gap, part.place, part.amount_minor, tranche_id) for part in taken]


def across(*, gap: Place, source: Place, tranche_id: int, others: Collection[int], used: Sequence[Used], amount_minor: int) -> list[Row]:
    """
    Cover up to an amount of a shortfall from other tranches in the source, which pay for what the short one had paid.

    In pairs of rows, of the same amount and lot: the trace then says truly which receipt paid.
    """
    parts, _left = Purse(parts_in(source, tranche_ids=others)).take(amount_minor)
    return [row for piece, part in _paired(used, parts) for row in _pair(gap, source, tranche_id, piece, part)]


def _paired(used: Sequence[Used], parts: Sequence[Part]) -> Iterator[tuple[Used, Part]]:
    """Lay what was paid for and who pays now side by side, cutting both where either ends."""
    waiting = list(parts)
    for piece in used:
        mine: list[Part] = []
        left = piece.amount_minor
        while waiting and left:
            some = min(left, waiting[0].amount_minor)
            mine.append(replace(waiting[0], amount_minor=some))
            left -= some
            waiting[0] = replace(waiting[0], amount_minor=waiting[0].amount_minor - some)
            if not waiting[0].amount_minor:
                waiting.pop(0)
        amounts = [part.amount_minor for part in mine]
        moved = sum(amounts)
        if not moved:
            return
        local = local_part(amount_minor=piece.local_minor, local_minor=piece.amount_minor, drawn_local=moved)
        for part, in_hand in zip(mine, split(amount=local, weights=amounts), strict=True):
            yield replace(piece, amount_minor=part.amount_minor, local_minor=in_hand), part


def _pair(gap: Place, source: Place, tranche_id: int, piece: Used, part: Part) -> tuple[Row, Row]:
    held = (piece.local_minor, piece.local_currency if piece.local_minor else "")
    return (
        Row(piece.place, source, piece.amount_minor, part.tranche_id, piece.lot, *held),
        Row(gap, piece.place, piece.amount_minor, tranche_id, piece.lot, *held),
    )


def borne(*, gap: Place, source: Place, tranche_id: int, others: Collection[int], amount_minor: int) -> list[Row]:
    """
    Let a pot or the reserve bear an exchange loss: it becomes a charge there, and the pot that lost is made whole.

    Where the pot that lost bears it itself, nothing else moves.
    """
    charge = Place(chart.CHARGE, gap.currency, pot=source.pot)
    loss = Row(charge, gap, amount_minor, tranche_id)
    if bears_itself(gap=gap, source=source):
        return [loss]
    home = Place(chart.POT, gap.currency, bank=source.bank, pot=gap.pot)
    parts, _left = Purse(parts_in(source, tranche_ids={tranche_id, *others})).take(amount_minor)
    return [loss, *(Row(home, part.place, part.amount_minor, part.tranche_id) for part in parts)]


def bears_itself(*, gap: Place, source: Place) -> bool:
    """Say whether the pot that lost by the exchange is the one that bears it."""
    return source.kind == chart.POT and source.pot == gap.pot
