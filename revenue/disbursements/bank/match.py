"""Which expected receipt or payment a line of the statement may be. It only suggests: a person decides."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Final

from revenue.disbursements.bank.statement import StatementRow

# Banks book an order on the next working day; New Year holidays make it several days later.
DAYS_APART: Final = 5
# Shorter references turn up inside other words by chance.
SHORTEST_REFERENCE: Final = 4


class Reason(Enum):
    """Why a line is suggested, the surest first."""

    REFERENCE_AND_AMOUNT = 1
    AMOUNT_AND_DAY = 2
    REFERENCE_ONLY = 3


@dataclass(frozen=True, slots=True)
class Expected:
    """
    Something that should turn up on the statement: a receipt (positive) or a payment (negative).

    ``key`` is the caller's own name for it; ``references`` all that a bank may print for it.
    """

    key: str
    amount_minor: int
    currency: str
    due_on: date
    references: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A statement line that may be an expected item. ``difference_minor`` is line minus expected; ``only_one`` when
    neither has another equally sure partner."""

    line: int
    key: str
    reason: Reason
    difference_minor: int
    only_one: bool


def suggest(*, rows: Sequence[StatementRow], expected: Sequence[Expected], days_apart: int = DAYS_APART) -> tuple[Suggestion, ...]:
    """
    Suggest, for each line, the expected items it may be: same reference, or same amount within some days.

    A line or item that is matched by reference and amount is not offered for anything less sure. Money in is never
    matched with a payment, nor across currencies. The order is that of the lines, the surest first.
    """
    by_amount: dict[tuple[int, str], list[Expected]] = defaultdict(list)
    by_reference: dict[str, list[Expected]] = defaultdict(list)
    for item in expected:
        by_amount[item.amount_minor, item.currency].append(item)
        for reference in item.references:
            by_reference[_folded(reference)].append(item)
    found = [(row, item, reason) for row in rows for item, reason in _partners(row, by_amount, by_reference, days_apart).values()]
    return _suggestions(_without_settled(found))


Pair = tuple[StatementRow, Expected, Reason]


def _partners(
    row: StatementRow,
    by_amount: dict[tuple[int, str], list[Expected]],
    by_reference: dict[str, list[Expected]],
    days_apart: int,
) -> dict[str, tuple[Expected, Reason]]:
    partners: dict[str, tuple[Expected, Reason]] = {}
    for word in _words(row):
        for item in by_reference.get(word, ()):
            if item.currency == row.currency and (item.amount_minor > 0) == (row.amount_minor > 0):
                same = item.amount_minor == row.amount_minor
                partners[item.key] = (item, Reason.REFERENCE_AND_AMOUNT if same else Reason.REFERENCE_ONLY)
    for item in by_amount.get((row.amount_minor, row.currency), ()):
        if abs((row.value_date - item.due_on).days) <= days_apart:
            partners.setdefault(item.key, (item, Reason.AMOUNT_AND_DAY))
    return partners


def _words(row: StatementRow) -> set[str]:
    """Return what in a line may be a reference: the bank's own, and each word of the text with a digit in it."""
    words = {_folded(word) for word in re.split(r"[\s,;:()|]+", row.description) if re.search(r"\d", word)}
    return {word for word in (*words, _folded(row.reference)) if len(word) >= SHORTEST_REFERENCE}


def _folded(reference: str) -> str:
    return re.sub(r"[^0-9a-z]", "", reference.casefold())


def _without_settled(found: Sequence[Pair]) -> list[Pair]:
    sure = [(row.line, item.key) for row, item, reason in found if reason is Reason.REFERENCE_AND_AMOUNT]
    lines, keys = {line for line, _ in sure}, {key for _, key in sure}
    return [pair for pair in found if pair[2] is Reason.REFERENCE_AND_AMOUNT or (pair[0].line not in lines and pair[1].key not in keys)]


def _suggestions(found: Sequence[Pair]) -> tuple[Suggestion, ...]:
    lines: dict[tuple[int, Reason], int] = defaultdict(int)
    keys: dict[tuple[str, Reason], int] = defaultdict(int)
    for row, item, reason in found:
        lines[row.line, reason] += 1
        keys[item.key, reason] += 1
    ordered = sorted(found, key=lambda pair: (pair[0].line, pair[2].value, pair[1].due_on, pair[1].key))
    return tuple(
        Suggestion(
            line=row.line,
            key=item.key,
            reason=reason,
            difference_minor=row.amount_minor - item.amount_minor,
            only_one=lines[row.line, reason] == keys[item.key, reason] == 1,
        )
        for row, item, reason in ordered
    )
