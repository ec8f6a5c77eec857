"""The reinvestment equation, and what moved in a period. Amounts are minor units."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import Any, Final

from revenue.ledger import chart
from revenue.ledger.chart import Place
from revenue.ledger.queries.rows import Places, rows


@dataclass(frozen=True, slots=True)
class Equation:
    """The reinvestment equation: what was received is always somewhere. ``received`` is positive here."""

    currency: str
    received: int
    unallocated: int
    pot: int
    reserve: int
    withheld: int
    committed: int
    shortfall: int
    advance: int
    recoverable: int
    spent: int
    charge: int
    lost: int
    fx: int

    @property
    def places(self) -> int:
        """Return the sum of the right side."""
        return sum(getattr(self, kind) for kind in chart.OURS)

    @property
    def difference(self) -> int:
        """Return received less all places: 0."""
        return self.received - self.places

    @property
    def disbursed(self) -> int:
        """Return what has left the banks, whatever became of it."""
        return sum(getattr(self, kind) for kind in chart.DISBURSED)

    def before(self, flows: Iterable[Flow]) -> Equation:
        """Return the equation as it was before these flows, which are all that moved since."""
        lay = {kind: getattr(self, kind) for kind in _MEMBERS}
        lay["received"] = -lay["received"]
        for flow in flows:
            for kind, amount in ((flow.debit.kind, flow.amount_minor), (flow.credit.kind, -flow.amount_minor)):
                if kind in lay:
                    lay[kind] -= amount
        return equation_of(self.currency, lay)


_MEMBERS: Final = tuple(field.name for field in fields(Equation) if field.name != "currency")


@dataclass(frozen=True, slots=True)
class Flow:
    """The sum of what moved from ``credit`` to ``debit`` for one event in one tranche, and in how many postings."""

    event: str
    debit: Place
    credit: Place
    tranche_id: int
    amount_minor: int
    postings: int


def equation(*, currency: str = "USD", tranche_ids: Sequence[int] | None = None, through: date | None = None) -> Equation:
    """
    Return every member of the reinvestment equation, for all tranches of a currency or for some.

    ``through`` (not included) gives it as of the evening before: today's balances less the postings since, by the day's
    index. A posting of a closed day cannot come later, so a closed quarter always gives the same.
    """
    if tranche_ids is not None:
        return equations_by_tranche(currency=currency, tranche_ids=tranche_ids, through=through).get(0) or equation_of(currency, {})
    return equation_of(currency, dict(rows(_WHOLE, {"currency": currency, "through": through or date.max})))


_WHOLE: Final = """
SELECT kind, sum(amount_minor)::bigint
FROM (
    SELECT a.kind, s.amount_minor FROM ledger_total s JOIN ledger_account a ON a.id = s.account_id WHERE a.currency = %(currency)s
    UNION ALL
    SELECT a.kind, later.amount_minor
    FROM (
        SELECT debit_id AS account_id, -sum(amount_minor) AS amount_minor FROM ledger_posting
        WHERE day >= %(through)s::date AND currency = %(currency)s GROUP BY 1
        UNION ALL
        SELECT credit_id, sum(amount_minor) FROM ledger_posting
        WHERE day >= %(through)s::date AND currency = %(currency)s GROUP BY 1
    ) later JOIN ledger_account a ON a.id = later.account_id
) places
GROUP BY 1
"""


def equations_by_tranche(*, currency: str = "USD", tranche_ids: Sequence[int] | None = None, through: date | None = None) -> dict[int, Equation]:
    """Return the reinvestment equation of each tranche by its id, and of all of them together as 0."""
    sums: dict[int, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for tranche_id, kind, amount in rows(_AS_OF, _as_of_arguments(currency, tranche_ids, through)):
        sums[tranche_id][kind] += amount
        sums[0][kind] += amount
    return {tranche_id: equation_of(currency, by_kind) for tranche_id, by_kind in sums.items()}


_AS_OF: Final = """
SELECT tranche_id, kind, sum(amount_minor)::bigint
FROM (
    SELECT b.tranche_id, a.kind, b.amount_minor
    FROM ledger_balance b JOIN ledger_account a ON a.id = b.account_id
    WHERE a.currency = %(currency)s AND (%(tranches)s::bigint[] IS NULL OR b.tranche_id = ANY(%(tranches)s::bigint[]))
    UNION ALL
    SELECT later.tranche_id, a.kind, later.amount_minor
    FROM (
        SELECT tranche_id, debit_id AS account_id, -sum(amount_minor) AS amount_minor FROM ledger_posting
        WHERE day >= %(through)s::date AND currency = %(currency)s
            AND (%(tranches)s::bigint[] IS NULL OR tranche_id = ANY(%(tranches)s::bigint[]))
        GROUP BY 1, 2
        UNION ALL
        SELECT tranche_id, credit_id, sum(amount_minor) FROM ledger_posting
        WHERE day >= %(through)s::date AND currency = %(currency)s
            AND (%(tranches)s::bigint[] IS NULL OR tranche_id = ANY(%(tranches)s::bigint[]))
        GROUP BY 1, 2
    ) later JOIN ledger_account a ON a.id = later.account_id
) places
GROUP BY 1, 2
"""


def _as_of_arguments(currency: str, tranche_ids: Sequence[int] | None, through: date | None) -> dict[str, Any]:
    tranches = None if tranche_ids is None else list(tranche_ids)
    return {"currency": currency, "tranches": tranches, "through": through or date.max}


def equation_of(currency: str, by_kind: Mapping[str, int]) -> Equation:
    """Return the equation of what lies in each kind of account, debits less credits."""
    members = {kind: by_kind.get(kind, 0) for kind in _MEMBERS}
    members["received"] = -members["received"]
    return Equation(currency, **members)


def flows(first: date, end: date, *, currency: str = "USD", tranche_ids: Sequence[int] | None = None, by_tranche: bool = True) -> list[Flow]:
    """
    Return what moved from first up to but not including end, summed by event, both places and tranche.

    Without ``by_tranche`` the tranches are added up, and the flows name tranche 0: far fewer rows.

    The cost follows the period, not the history.
    """
    return _flows("day >= %(first)s AND day < %(end)s", {"first": first, "end": end}, currency, tranche_ids, by_tranche=by_tranche)


def flows_by_span(starts: Sequence[date], end: date, *, currency: str = "USD", tranche_ids: Sequence[int] | None = None) -> dict[date, list[Flow]]:
    """
    Return what moved from the first of ``starts`` up to but not including end, in one reading of the postings.

    The days are cut into spans that begin at ``starts``, in order; each flow is in the span of its day, tranches added up.
    """
    found = rows(
        _BY_SPAN,
        {
            "starts": list(starts),
            "first": starts[0],
            "end": end,
            "currency": currency,
            "tranches": None if tranche_ids is None else list(tranche_ids),
        },
    )
    place = Places()
    spans: dict[date, list[Flow]] = {start: [] for start in starts}
    for span, event, debit, credit, amount, postings in found:
        spans[starts[span - 1]].append(Flow(event, place[debit], place[credit], 0, amount, postings))
    return spans


_BY_SPAN: Final = """
SELECT f.span, f.event, d.code, c.code, f.amount_minor, f.postings
FROM (
    SELECT width_bucket(day, %(starts)s::date[]) AS span, event, debit_id, credit_id, sum(amount_minor)::bigint AS amount_minor, count(*) AS postings
    FROM ledger_posting
    WHERE day >= %(first)s AND day < %(end)s AND currency = %(currency)s
        AND (%(tranches)s::bigint[] IS NULL OR tranche_id = ANY(%(tranches)s::bigint[]))
    GROUP BY 1, 2, 3, 4
) f
JOIN ledger_account d ON d.id = f.debit_id JOIN ledger_account c ON c.id = f.credit_id
ORDER BY f.span, f.event, d.code, c.code
"""


def flows_of_entries(entry_ids: Sequence[int], *, currency: str = "USD", tranche_ids: Sequence[int] | None = None) -> list[Flow]:
    """Return what some entries moved, summed in the same way."""
    return _flows("entry_id = ANY(%(entries)s)", {"entries": list(entry_ids)}, currency, tranche_ids) if entry_ids else []


def _flows(where: str, arguments: dict[str, Any], currency: str, tranche_ids: Sequence[int] | None, *, by_tranche: bool = True) -> list[Flow]:
    tranche = "tranche_id" if by_tranche else "0::bigint"
    found = rows(
        "SELECT f.event, d.code, c.code, f.tranche_id, f.amount_minor, f.postings"  # noqa: S608 -- one of the two conditions above
        f" FROM (SELECT event, debit_id, credit_id, {tranche} AS tranche_id, sum(amount_minor)::bigint AS amount_minor, count(*) AS postings"
        f" FROM ledger_posting WHERE {where} AND currency = %(currency)s"
        " AND (%(tranches)s::bigint[] IS NULL OR tranche_id = ANY(%(tranches)s::bigint[]))"
        " GROUP BY 1, 2, 3, 4) f"
        " JOIN ledger_account d ON d.id = f.debit_id JOIN ledger_account c ON c.id = f.credit_id"
        " ORDER BY f.event, d.code, c.code, f.tranche_id",
        {**arguments, "currency": currency, "tranches": None if tranche_ids is None else list(tranche_ids)},
    )
    place = Places()
    return [Flow(event, place[debit], place[credit], tranche, amount, postings) for event, debit, credit, tranche, amount, postings in found]
