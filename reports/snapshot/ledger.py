"""
What a snapshot reads of the ledger, in two readings: what moved until the end, and what lay where then.

Every section adds up what these two brought; none of them reads the postings again. Amounts are minor units.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from reports.queries import Scope, to_the_end
from revenue.ledger import chart
from revenue.ledger.queries import Equation, Flow, equation_of, flows_by_span, flows_of_entries
from revenue.ledger.queries.rows import rows

BEGINNING: Final = date(1990, 1, 1)
MONTHS_SHOWN: Final = 12


@dataclass(frozen=True, slots=True)
class Ledger:
    """The ledger of a scope: flows by the first day of their span, the tranches' equations at the end, and what lay in which kind, pot and holder."""

    first: date
    spans: Mapping[date, list[Flow]]
    closing: Mapping[int, Equation]
    places: Mapping[tuple[str, str, str], int]

    @property
    def opening(self) -> Equation | None:
        """The equation of all tranches on the evening before the period: that of its end less what moved in it."""
        at_end = self.closing.get(0)
        return at_end and at_end.before(flow for start, moved in self.spans.items() if start >= self.first for flow in moved)

    @property
    def unallocated(self) -> dict[int, int]:
        """What of each tranche was not allocated at the end, by its id."""
        return {tranche: one.unallocated for tranche, one in self.closing.items() if tranche and one.unallocated}

    @property
    def with_recipients(self) -> dict[str, int]:
        """What lay with each recipient at the end, by code."""
        held: dict[str, int] = defaultdict(int)
        for (kind, _pot, holder), amount in self.places.items():
            if kind in (chart.ADVANCE, chart.RECOVERABLE):
                held[holder] += amount
        return {holder: amount for holder, amount in held.items() if amount}

    @property
    def set_aside(self) -> list[tuple[str, str, int]]:
        """What lay at the bank set aside at the end: (kind, pot, minor units)."""
        kinds = (chart.POT, chart.RESERVE, chart.WITHHELD, chart.COMMITTED)
        return [(kind, pot, amount) for (kind, pot, _holder), amount in self.places.items() if kind in kinds and amount]


def read(scope: Scope) -> Ledger:
    """Read the postings before the scope's end once, and once the balances as of then."""
    closing, places = _at_the_end(scope)
    return Ledger(scope.first, _spans(scope), closing, places)


def last_months(end: date) -> list[tuple[date, date]]:
    """Return the twelve months before ``end``, oldest first, each half-open."""
    months = []
    last = end
    for _count in range(MONTHS_SHOWN):
        first = date(last.year - (last.month == 1), (last.month - 2) % 12 + 1, 1)
        months.append((first, last))
        last = first
    return months[::-1]


def _spans(scope: Scope) -> dict[date, list[Flow]]:
    starts = sorted({BEGINNING, scope.first, *(first for first, _end in last_months(scope.end))})
    whose = scope.tranche_ids
    found = flows_by_span(starts, scope.end, currency=scope.currency, tranche_ids=whose)
    back: dict[date, list[int]] = defaultdict(list)
    for entry, day in scope.counted_back.items():
        if starts[0] <= day < scope.end:
            back[starts[bisect_right(starts, day) - 1]].append(entry)
    for start, entries in back.items():
        found[start] += flows_of_entries(entries, currency=scope.currency, tranche_ids=whose)
    return found


# As of the evening before the end: today's balances less what was posted since. It costs what came since, not the history.
_LIES: Final = """
FROM (
    SELECT account_id, tranche_id, amount_minor AS amount FROM ledger_balance WHERE tranche_id = ANY(%(tranches)s) AND amount_minor <> 0
    UNION ALL
    SELECT debit_id, tranche_id, -amount_minor FROM ledger_posting
     WHERE day >= %(end)s AND tranche_id = ANY(%(tranches)s) AND NOT entry_id = ANY(%(back)s)
    UNION ALL
    SELECT credit_id, tranche_id, amount_minor FROM ledger_posting
     WHERE day >= %(end)s AND tranche_id = ANY(%(tranches)s) AND NOT entry_id = ANY(%(back)s)
) lies JOIN ledger_account a ON a.id = lies.account_id
WHERE a.currency = %(currency)s
"""
_PLACES: Final = (
    f"SELECT lies.tranche_id, a.kind, a.pot, a.holder, sum(lies.amount)::bigint {_LIES}"
    " GROUP BY GROUPING SETS ((lies.tranche_id, a.kind), (a.kind, a.pot, a.holder)) ORDER BY 2, 3, 4, 1"
)
_SHORTFALLS: Final = (
    f"SELECT lies.tranche_id, a.bank, sum(lies.amount)::bigint {_LIES} AND a.kind = 'shortfall'"
    " GROUP BY 1, 2 HAVING sum(lies.amount) <> 0 ORDER BY 1, 2"
)


def _at_the_end(scope: Scope) -> tuple[dict[int, Equation], dict[tuple[str, str, str], int]]:
    sums: dict[int, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    places: dict[tuple[str, str, str], int] = {}
    for tranche, kind, pot, holder, amount in rows(_PLACES, to_the_end(scope)):
        if tranche is None:
            places[kind, pot, holder] = amount
            sums[0][kind] += amount
        else:
            sums[tranche][kind] = amount
    return {tranche: equation_of(scope.currency, by_kind) for tranche, by_kind in sums.items()}, places


def shortfalls(scope: Scope, ledger: Ledger) -> list[tuple[int, str, int]]:
    """Return what banks took at the end beyond what a tranche had, as (tranche, bank code, minor units below zero)."""
    # Nobody's shortfall is above zero, so that a sum of zero is none: most reports need no look at them one by one.
    return rows(_SHORTFALLS, to_the_end(scope)) if any(one.shortfall for one in ledger.closing.values()) else []
