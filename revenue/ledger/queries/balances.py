"""What lies where now, and how it came to be there. Amounts are minor units."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Literal

from revenue.ledger.chart import Place, place_of
from revenue.ledger.queries.rows import rows

BalanceField = Literal["kind", "currency", "bank", "pot", "holder", "purpose", "tranche_id", "lot", "local_currency"]
_GROUPABLE: Final = {
    "kind": "a.kind",
    "currency": "a.currency",
    "bank": "a.bank",
    "pot": "a.pot",
    "holder": "a.holder",
    "purpose": "a.purpose",
    "tranche_id": "b.tranche_id",
    "lot": "b.lot",
    "local_currency": "b.local_currency",
}


@dataclass(frozen=True, slots=True)
class Held:
    """What lies somewhere, debits less credits; ``key`` are the values of the fields asked for, in their order."""

    key: tuple[Any, ...]
    amount_minor: int
    local_minor: int


@dataclass(frozen=True, slots=True)
class TrancheBalance:
    """What lies in one place of one tranche and lot."""

    tranche_id: int
    lot: int
    amount_minor: int
    local_minor: int
    local_currency: str


@dataclass(frozen=True, slots=True)
class AccountTotal:
    """One line of the trial balance: what lies in an account, debits less credits."""

    place: Place
    amount_minor: int


@dataclass(frozen=True, slots=True)
class StatementRow:
    """One movement of a place: ``amount_minor`` is positive when money came in; ``balance_minor`` is after it."""

    day: date
    occurred_on: date
    event: str
    document: str
    entry_id: int
    other: Place
    tranche_id: int
    lot: int
    amount_minor: int
    balance_minor: int
    local_minor: int
    local_currency: str


@dataclass(frozen=True, slots=True)
class Statement:
    """What moved in a place in a half-open period, between what lay there before and after."""

    place: Place
    opening_minor: int
    closing_minor: int
    rows: list[StatementRow]


def balance(place: Place) -> int:
    """Return what lies in a place, all tranches: debits less credits, so the two world accounts are negative."""
    asked = "SELECT coalesce(sum(s.amount_minor), 0) FROM ledger_total s JOIN ledger_account a ON a.id = s.account_id WHERE a.code = %s"
    return int(rows(asked, [place.code])[0][0])


def balances_by_tranche(place: Place) -> list[TrancheBalance]:
    """Return what lies in a place by tranche and lot, oldest tranche first, nothing that is zero."""
    return [
        TrancheBalance(*row)
        for row in rows(
            "SELECT b.tranche_id, b.lot, b.amount_minor, b.local_minor, b.local_currency"
            " FROM ledger_balance b JOIN ledger_account a ON a.id = b.account_id JOIN ledger_tranche t ON t.id = b.tranche_id"
            " WHERE a.code = %s AND (b.amount_minor <> 0 OR b.local_minor <> 0) ORDER BY t.received_on, t.id, b.lot",
            [place.code],
        )
    ]


def balances(
    *,
    grouped: Sequence[BalanceField],
    currency: str | None = None,
    kinds: Iterable[str] | None = None,
    tranche_ids: Iterable[int] | None = None,
    banks: Iterable[str] | None = None,
    pots: Iterable[str] | None = None,
    holders: Iterable[str] | None = None,
    lots: Iterable[int] | None = None,
) -> list[Held]:
    """
    Return what lies where, summed by the fields asked for, nothing that is zero; each filter left out means all.

    :raises ValueError: if neither one currency is asked for nor currency is among the fields
    """
    if currency is None and "currency" not in grouped:
        raise ValueError("never a sum across currencies: name one, or group by currency")
    columns = ", ".join(_GROUPABLE[name] for name in grouped) or "a.currency"
    wanted = [
        ("a.currency", None if currency is None else [currency]),
        ("a.kind", kinds),
        ("b.tranche_id", tranche_ids),
        ("a.bank", banks),
        ("a.pot", pots),
        ("a.holder", holders),
        ("b.lot", lots),
    ]
    given = [(column, list(values)) for column, values in wanted if values is not None]
    where = " AND ".join(["true", *(f"{column} = ANY(%s)" for column, _values in given)])
    found = rows(
        f"SELECT sum(b.amount_minor)::bigint, sum(b.local_minor)::bigint, {columns}"  # noqa: S608 - names from this module
        f" FROM ledger_balance b JOIN ledger_account a ON a.id = b.account_id WHERE {where}"
        f" GROUP BY {columns} HAVING sum(b.amount_minor) <> 0 OR sum(b.local_minor) <> 0 ORDER BY {columns}",
        [values for _column, values in given],
    )
    return [Held(tuple(row[2 : 2 + len(grouped)]), row[0], row[1]) for row in found]


def trial_balance(currency: str) -> list[AccountTotal]:
    """Return what lies in every account of a currency, by code; the sum is 0."""
    return [
        AccountTotal(place_of(code), amount)
        for code, amount in rows(
            "SELECT a.code, sum(s.amount_minor)::bigint FROM ledger_account a JOIN ledger_total s ON s.account_id = a.id"
            " WHERE a.currency = %s GROUP BY a.code ORDER BY a.code",
            [currency],
        )
    ]


_STATEMENT: Final = """
WITH account AS (SELECT id FROM ledger_account WHERE code = %(code)s), now AS (
    SELECT coalesce(sum(amount_minor), 0)::bigint AS amount_minor FROM ledger_total WHERE account_id = (SELECT id FROM account)
), moved AS (
    SELECT 1 AS sign, credit_id AS other_id, d.* FROM ledger_posting d WHERE d.debit_id = (SELECT id FROM account) AND d.day >= %(first)s
    UNION ALL
    SELECT -1, debit_id, c.* FROM ledger_posting c WHERE c.credit_id = (SELECT id FROM account) AND c.day >= %(first)s
)
SELECT now.amount_minor, m.day, e.occurred_on, m.event, e.document, m.entry_id, o.code, m.tranche_id, m.lot, m.sign * m.amount_minor,
    m.sign * m.local_minor, m.local_currency
FROM now LEFT JOIN moved m ON true LEFT JOIN ledger_entry e ON e.id = m.entry_id LEFT JOIN ledger_account o ON o.id = m.other_id
ORDER BY m.day, m.id
"""


def statement(place: Place, first: date, end: date) -> Statement:
    """
    Return the movements of a place from first up to but not including end, with the balance after each.

    The opening is today's balance less what was posted since, so the cost follows the period and not the history.
    """
    found = rows(_STATEMENT, {"code": place.code, "first": first})
    since = [row[1:] for row in found if row[1] is not None]
    opening = found[0][0] - sum(row[8] for row in since)
    moves, running = [], opening
    for day, occurred_on, event, document, entry_id, other, tranche_id, lot, amount, local, local_currency in since:
        if day >= end:
            break
        running += amount
        moves.append(
            StatementRow(day, occurred_on, event, document, entry_id, place_of(other), tranche_id, lot, amount, running, local, local_currency)
        )
    return Statement(place, opening, running, moves)
