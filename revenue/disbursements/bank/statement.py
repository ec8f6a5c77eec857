"""What a bank statement says, whatever file it came in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Final

from core.money import Money
from core.refusal import gettext_noop
from core.sheets import LineError

DOES_NOT_ADD_UP: Final = gettext_noop(
    "After this line the bank says %(said)s, but the lines before add to %(held)s. A line may be missing or changed."
)
CLOSING_DIFFERS: Final = gettext_noop(
    "The statement closes at %(said)s, but its opening balance and its lines add to %(held)s. A line may be missing."
)
TWO_CURRENCIES: Final = gettext_noop("This line is in %(second)s, the lines before are in %(first)s. One account has one currency.")


@dataclass(frozen=True, slots=True)
class StatementRow:
    """
    One movement on an account.

    ``amount_minor`` is positive when money came in, negative when it went out; ``balance_minor`` is what the bank
    says was on the account afterwards, if it says so. ``reference`` is the bank's own, "" if none was found.
    """

    line: int
    value_date: date
    amount_minor: int
    currency: str
    reference: str
    description: str
    balance_minor: int | None = None


@dataclass(frozen=True, slots=True)
class Statement:
    """
    A statement: its movements from the oldest to the newest, and every line that could not be read.

    ``opening_minor`` and ``closing_minor`` are None where the file says nothing from which they follow.
    """

    rows: tuple[StatementRow, ...]
    errors: tuple[LineError, ...] = ()
    account: str = ""
    currency: str = ""
    opening_minor: int | None = None
    closing_minor: int | None = None

    @property
    def readable(self) -> bool:
        """Say whether every line could be read and the balances agree."""
        return not self.errors


def build_statement(
    *,
    rows: Sequence[StatementRow],
    errors: Sequence[LineError] = (),
    account: str = "",
    opening_minor: int | None = None,
    closing_minor: int | None = None,
) -> Statement:
    """
    Put a statement together and check it: one currency, running balances, opening + movements = closing.

    Lines given newest first are turned round. Balances the file does not state are taken from the lines' own.
    Nothing is checked against lines that could not be read, since the sum would be wrong for a known reason.
    """
    ordered = _oldest_first(rows)
    if opening_minor is None and ordered and ordered[0].balance_minor is not None:
        opening_minor = ordered[0].balance_minor - ordered[0].amount_minor
    if closing_minor is None and ordered:
        closing_minor = ordered[-1].balance_minor
    found = list(errors) or [*_currency_errors(ordered), *_balance_errors(ordered, opening_minor, closing_minor)]
    return Statement(
        rows=tuple(ordered),
        errors=tuple(found),
        account=account,
        currency=ordered[0].currency if ordered else "",
        opening_minor=opening_minor,
        closing_minor=closing_minor,
    )


def _oldest_first(rows: Sequence[StatementRow]) -> list[StatementRow]:
    if rows and rows[0].value_date > rows[-1].value_date:
        return list(reversed(rows))
    if _runs(rows) or not _runs(list(reversed(rows))):
        return list(rows)
    return list(reversed(rows))


def _runs(rows: Sequence[StatementRow]) -> bool:
    """Say whether each stated balance follows from the one before, in this order."""
    return all(
        before.balance_minor is None or row.balance_minor is None or before.balance_minor + row.amount_minor == row.balance_minor
        for before, row in pairwise(rows)
    )


def _currency_errors(rows: Sequence[StatementRow]) -> list[LineError]:
    first = rows[0].currency if rows else ""
    return [LineError(row.line, "Currency", TWO_CURRENCIES, {"first": first, "second": row.currency}) for row in rows if row.currency != first][:1]


def _balance_errors(rows: Sequence[StatementRow], opening: int | None, closing: int | None) -> list[LineError]:
    """Name the first line whose stated balance does not follow, and a closing balance that does not."""
    if opening is None or not rows or _currency_errors(rows):
        return []
    held = opening
    for row in rows:
        held += row.amount_minor
        if row.balance_minor is not None and row.balance_minor != held:
            return [LineError(row.line, "Balance", DOES_NOT_ADD_UP, _sums(row.balance_minor, held, row.currency))]
    if closing is not None and closing != held:
        return [LineError(0, "", CLOSING_DIFFERS, _sums(closing, held, rows[0].currency))]
    return []


def _sums(said: int, held: int, currency: str) -> dict[str, object]:
    return {"said": str(Money(said, currency)), "held": str(Money(held, currency))}
