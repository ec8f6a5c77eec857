"""Statements as tables (CSV, XLSX): presets for banks, or columns a person names."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from core.lines import Line, read_lines, unreadable
from core.money import EXPONENTS
from core.refusal import gettext_noop
from core.sheets import Column, GridLine, NotASheet, Sheet, find_table, read_grid
from revenue.disbursements.bank.statement import Statement, StatementRow, build_statement

NO_AMOUNT: Final = gettext_noop("This line has no amount. Fill in money in or money out.")
TWO_AMOUNTS: Final = gettext_noop("This line has money in and money out. One line is one movement.")
NO_CURRENCY: Final = gettext_noop("This line does not say its currency. Choose the currency of the account when uploading.")
UNKNOWN_CURRENCY: Final = gettext_noop("%(currency)s is not a currency used here.")

_REFERENCE = re.compile(r"(?:REF\s?#|HASH\s?#|\bRef(?:erence)?(?:\.|:| No\.?:?))\s*([A-Z0-9][A-Z0-9/_-]{2,})", re.IGNORECASE)
_ACCOUNT = re.compile(r"account\s*(?:no\.?|number|#)?\s*:?\s*((?:\d[\s-]?){6,20})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Layout:
    """
    Which column of a statement means what; "" where the bank has no such column.

    Either ``amount`` holds the signed movement, or ``money_in`` and ``money_out`` hold one each. A currency column
    may be named per direction. ``currency`` is that of the account, used where a line does not say its own.
    """

    date: str
    description: str
    money_in: str = ""
    money_out: str = ""
    amount: str = ""
    balance: str = ""
    reference: str = ""
    currency_column: str = ""
    currency: str = ""
    ends_with: tuple[str, ...] = ("Total", "Closing Balance")

    def columns(self) -> tuple[Column, ...]:
        """Return the columns to look for; the date, the description and the amounts must be there."""
        needed = [name for name in (self.date, self.description, self.amount, self.money_in, self.money_out) if name]
        extra = [name for name in (self.balance, self.reference, self.currency_column) if name]
        return (*(Column(name) for name in needed), *(Column(name, required=False) for name in extra))


ABA: Final = Layout(
    date="Date",
    description="Transaction Details",
    money_in="Money In",
    money_out="Money Out",
    balance="Balance",
)
ACLEDA: Final = Layout(
    date="DATE",
    description="DESCRIPTIONS",
    money_in="CASH IN",
    money_out="CASH OUT",
    balance="BALANCE",
)
# What a person may choose from; anything else is a layout of their own.
PRESETS: Final[Mapping[str, Layout]] = {"ABA": ABA, "ACLEDA": ACLEDA}


def parse_table(*, content: bytes, filename: str, layout: Layout, currency: str = "") -> Statement:
    """
    Read a statement from a CSV or XLSX file.

    ``currency`` is that of the account (ISO 4217): used where the lines do not name one. A file that is no such
    statement gives one error for the whole file (line 0).
    """
    try:
        grid = read_grid(content=content, filename=filename)
        sheet = find_table(grid=_one_currency_column(grid), columns=_with_currency(layout).columns())
    except NotASheet as refusal:
        return Statement((), unreadable(refusal).errors)
    parsed = read_lines(sheet=sheet, read=lambda line: _read(line, _with_currency(layout), currency or layout.currency))
    return build_statement(rows=parsed.rows, errors=parsed.errors, account=_account(sheet))


def _with_currency(layout: Layout) -> Layout:
    """Look for a column “Currency” where the layout names none: ABA has it after each amount."""
    if layout.currency_column:
        return layout
    return replace(layout, currency_column="Currency")


def _one_currency_column(grid: tuple[GridLine, ...]) -> tuple[GridLine, ...]:
    """
    Join a bank's several currency columns into the first.

    ABA writes “Currency” (or “Ccy”) after money in, money out and the balance, filling only what the line uses.
    """
    places: list[int] = []
    joined: list[GridLine] = []
    for line in grid:
        headings = [place for place, cell in enumerate(line.cells) if cell.casefold() in ("currency", "ccy")]
        places = places or headings
        joined.append(GridLine(line.line, _joined(line.cells, places), line.formulas) if places else line)
    return tuple(joined)


def _joined(cells: tuple[str, ...], places: list[int]) -> tuple[str, ...]:
    values = [cells[place] for place in places if place < len(cells) and cells[place]]
    said = "Currency" if values and values[0].casefold() == "ccy" else next(iter(values), "")
    return tuple(said if place == places[0] else "" if place in places else cell for place, cell in enumerate(cells))


def _read(line: Line, layout: Layout, account_currency: str) -> StatementRow | None:
    if _ends(line, layout):
        return None
    day = line.day(layout.date)
    description = line.text(layout.description, required=False, most=2000)
    currency = (line.text(layout.currency_column, required=False) or account_currency).upper()
    if currency not in EXPONENTS:
        line.wrong(layout.currency_column, UNKNOWN_CURRENCY if currency else NO_CURRENCY, currency=currency)
        return None
    return StatementRow(
        line=line.number,
        value_date=day,
        amount_minor=_signed_amount(line, layout, currency),
        currency=currency,
        reference=_reference(line, layout, description),
        description=description,
        balance_minor=_balance(line, layout, currency),
    )


def _ends(line: Line, layout: Layout) -> bool:
    """Say whether this is a line of sums or page text under the table: no date of its own, and known words."""
    first = line.peek(layout.date) or line.peek(layout.description)
    return first.casefold().startswith(tuple(word.casefold() for word in layout.ends_with))


def _signed_amount(line: Line, layout: Layout, currency: str) -> int:
    if layout.amount:
        return line.amount(layout.amount, currency=currency)
    money_in = line.amount(layout.money_in, currency=currency, required=False)
    money_out = abs(line.amount(layout.money_out, currency=currency, required=False))
    if money_in and money_out:
        line.wrong(layout.money_in, TWO_AMOUNTS)
    if not money_in and not money_out and not line.errors:
        line.wrong(layout.money_in, NO_AMOUNT)
    return money_in - money_out


def _reference(line: Line, layout: Layout, description: str) -> str:
    if layout.reference and (given := line.text(layout.reference, required=False)):
        return given
    found = _REFERENCE.search(description)
    return found[1] if found else ""


def _balance(line: Line, layout: Layout, currency: str) -> int | None:
    if not layout.balance or not line.peek(layout.balance):
        return None
    return line.amount(layout.balance, currency=currency)


def _account(sheet: Sheet) -> str:
    """Find the account number in what stands above the table, if it is there."""
    for above in sheet.preamble:
        if found := _ACCOUNT.search(" ".join(above.cells)):
            return re.sub(r"\D", "", found[1])
    return ""
