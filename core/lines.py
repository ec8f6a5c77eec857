"""Read one line of a table into typed values, gathering what is wrong instead of stopping at the first mistake."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date
from typing import Final, TypeVar

from core.money import NotAnAmount, latin_digits, parse_amount
from core.refusal import Refused, gettext_noop
from core.sheets import Column, LineError, NotASheet, Parsed, Sheet, SheetLine, read_sheet

Row = TypeVar("Row")

LONGEST_TEXT: Final = 500
EARLIEST_YEAR: Final = 1990
LATEST_YEAR: Final = 2100

_MONTHS: Final = {
    name: number for number, name in enumerate(("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), start=1)
}
_ISO = re.compile(r"^(\d{4})-(\d{1,2})-(\d{1,2})(?:[ T]\d{2}:\d{2}.*)?$")
_DAY_FIRST = re.compile(r"^(\d{1,2})[/.\-](\d{1,2})[/.\-](\d{4})$")
_MONTH_NAME = re.compile(r"^([A-Za-z]{3,9})\.? (\d{1,2}),? (\d{4})$")
_DAY_MONTH_NAME = re.compile(r"^(\d{1,2})[ -]([A-Za-z]{3,9})\.?[ -](\d{4})$")
_WHOLE = re.compile(r"^-?\d{1,3}(?:,\d{3})+$|^-?\d+$")

NEEDED: Final = gettext_noop("“%(column)s” is empty. It is needed on every line.")
FORMULA: Final = gettext_noop("“%(column)s” holds a formula. Put the value itself into the cell.")
TOO_LONG: Final = gettext_noop("“%(column)s” is longer than %(most)s characters.")
NOT_A_DATE: Final = gettext_noop("“%(text)s” is not a date. Write it as day/month/year, for example 31/12/2026.")
NOT_WHOLE: Final = gettext_noop("“%(text)s” is not a whole number. Write it in digits, for example 1,250.")
TOO_SMALL: Final = gettext_noop("%(value)s is too small. “%(column)s” is at least %(least)s.")
TOO_LARGE: Final = gettext_noop("%(value)s is too large. “%(column)s” is at most %(most)s.")
NOT_ONE_OF: Final = gettext_noop("“%(text)s” is not known here. “%(column)s” is one of: %(choices)s.")
NOT_AN_AMOUNT: Final = gettext_noop("“%(text)s” is not an amount in %(currency)s. Write it in digits, for example 1,250.")
WRONG: Final = gettext_noop("%(reason)s")


class Line:
    """
    One line being read.

    Each method reads one column. What is wrong is added to ``errors`` and a stand-in of the right type is given
    back, so that one look finds every mistake of the line; a line with errors must not be used.
    """

    def __init__(self, line: SheetLine) -> None:
        self._line = line
        self.number = line.line
        self.errors: list[LineError] = []

    def wrong(self, column: str, sentence: str, /, **values: object) -> None:
        """Add a mistake at a column; ``sentence`` is marked for translation where it is written."""
        self.errors.append(LineError(self.number, column, sentence, values))

    def refused(self, column: str, refusal: Refused) -> None:
        """Add what a domain function refused, in its own words."""
        self.wrong(column, WRONG, reason=str(refusal))

    def text(self, column: str, *, required: bool = True, most: int = LONGEST_TEXT) -> str:
        """Read text; "" if the cell is empty."""
        if column in self._line.formulas:
            self.wrong(column, FORMULA, column=column)
            return ""
        text = self._line.cells.get(column, "")
        if not text and required:
            self.wrong(column, NEEDED, column=column)
        if len(text) > most:
            self.wrong(column, TOO_LONG, column=column, most=most)
        return text

    def peek(self, column: str) -> str:
        """Return what stands in a column without judging it; "" if the file has no such column."""
        return self._line.cells.get(column, "")

    def choice(self, column: str, *, choices: Collection[str], required: bool = True) -> str:
        """Read one of the choices, whatever its capitals; gives it back as the choices spell it."""
        text = self.text(column, required=required)
        for choice in choices:
            if choice.casefold() == text.casefold():
                return choice
        if text:
            self.wrong(column, NOT_ONE_OF, text=text, column=column, choices=", ".join(choices))
        return ""

    def whole(self, column: str, *, required: bool = True, least: int = 0, most: int = 10**15) -> int:
        """Read a whole number in Latin or Khmer digits, with or without thousands commas; 0 if empty."""
        text = latin_digits(self.text(column, required=required))
        if not text:
            return 0
        if not _WHOLE.match(text):
            self.wrong(column, NOT_WHOLE, text=text, column=column)
            return 0
        value = int(text.replace(",", ""))
        if value < least:
            self.wrong(column, TOO_SMALL, value=value, column=column, least=least)
        if value > most:
            self.wrong(column, TOO_LARGE, value=value, column=column, most=most)
        return value

    def day(self, column: str, *, required: bool = True) -> date:
        """Read a date (day first, ISO, or with a month's name); ``date.min`` if empty or wrong."""
        text = self.text(column, required=required)
        if not text:
            return date.min
        found = parse_day(text=text)
        if found is None:
            self.wrong(column, NOT_A_DATE, text=text, column=column)
            return date.min
        return found

    def optional_day(self, column: str) -> date | None:
        """Read a date, or None from an empty cell."""
        found = self.day(column, required=False)
        return None if found == date.min else found

    def amount(self, column: str, *, currency: str, required: bool = True) -> int:
        """Read an amount into minor units of the currency; 0 if empty."""
        text = self.text(column, required=required)
        if not text:
            return 0
        try:
            return parse_amount(text=text, currency=currency).minor
        except NotAnAmount:
            self.wrong(column, NOT_AN_AMOUNT, text=text, currency=currency)
            return 0


def parse_day(*, text: str) -> date | None:
    """Read a date as people and banks write it: 31/12/2026, 2026-12-31, Dec 31, 2026 or 31 Dec 2026; else None."""
    words = latin_digits(" ".join(text.split()))
    parts = _day_parts(words)
    if parts is None or not EARLIEST_YEAR <= parts[0] <= LATEST_YEAR:
        return None
    try:
        return date(*parts)
    except ValueError:
        return None


def _day_parts(words: str) -> tuple[int, int, int] | None:
    if found := _ISO.match(words):
        return int(found[1]), int(found[2]), int(found[3])
    if found := _DAY_FIRST.match(words):
        return int(found[3]), int(found[2]), int(found[1])
    if found := _MONTH_NAME.match(words):
        return int(found[3]), _MONTHS.get(found[1][:3].casefold(), 0), int(found[2])
    if found := _DAY_MONTH_NAME.match(words):
        return int(found[3]), _MONTHS.get(found[2][:3].casefold(), 0), int(found[1])
    return None


def read_lines(*, sheet: Sheet, read: Callable[[Line], Row | None]) -> Parsed[Row]:
    """Read every line of a table; a line with any mistake gives its errors and no row. None skips a line on purpose."""
    rows: list[Row] = []
    errors: list[LineError] = []
    for sheet_line in sheet.lines:
        line = Line(sheet_line)
        row = read(line)
        errors.extend(line.errors)
        if row is not None and not line.errors:
            rows.append(row)
    return Parsed(tuple(rows), tuple(errors))


def read_file(*, content: bytes, filename: str, columns: Sequence[Column], read: Callable[[Line], Row | None]) -> Parsed[Row]:
    """Read a CSV or XLSX file line by line; a file that is no such table gives one error for the whole file (line 0)."""
    try:
        sheet = read_sheet(content=content, filename=filename, columns=columns)
    except NotASheet as refusal:
        return unreadable(refusal)
    return read_lines(sheet=sheet, read=read)


def unreadable(refusal: Refused) -> Parsed[Row]:
    """Give back a file that could not be read at all as one error without a line."""
    return Parsed((), (LineError(0, "", WRONG, {"reason": str(refusal)}),))


def each_once(*, parsed: Parsed[Row], keys: Mapping[int, str], column: str, sentence: str) -> Parsed[Row]:
    """
    Name every line whose key stood on an earlier line already.

    ``keys`` maps line number to key; the sentence may use %(text)s (the key) and %(first)s (the earlier line).
    """
    first: dict[str, int] = {}
    errors: list[LineError] = []
    for line, key in keys.items():
        if first.setdefault(key, line) != line:
            errors.append(LineError(line, column, sentence, {"text": key, "first": first[key]}))
    return Parsed(parsed.rows, tuple(sorted((*parsed.errors, *errors), key=lambda error: error.line)))
