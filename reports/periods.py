"""The days a report is about: a month, a quarter, a year, or any others. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from core.refusal import Refused
from core.refusal import gettext_noop as _

# The months of each kind that calendars know; any other days are a range.
MONTHS: Final = {"MONTH": 1, "QUARTER": 3, "YEAR": 12}
RANGE: Final = "RANGE"
LONGEST_YEARS: Final = 30


class NotAPeriod(Refused):
    """The text does not name a period."""

    code = "not_a_period"


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """
    Days that follow each other, [first, end).

    The same days are the same span however they were written: 2026-04-01..2026-06-30 is 2026Q2.
    """

    first: date
    end: date

    @property
    def kind(self) -> str:
        """``MONTH``, ``QUARTER``, ``YEAR`` or ``RANGE``."""
        return next((kind for kind in MONTHS if span_of(self.first, kind=kind) == self), RANGE)

    @property
    def last(self) -> date:
        """The last day."""
        return self.end - timedelta(days=1)

    @property
    def next(self) -> Span:
        """The span of the same kind after this one; as many days, for a range."""
        return self._beside(forward=True)

    @property
    def previous(self) -> Span:
        """The span of the same kind before this one; as many days, for a range."""
        return self._beside(forward=False)

    def _beside(self, *, forward: bool) -> Span:
        if self.kind == RANGE:
            days = (self.end - self.first) * (1 if forward else -1)
            return Span(self.first + days, self.end + days)
        return span_of(self.end if forward else self.first - timedelta(days=1), kind=self.kind)

    def __str__(self) -> str:
        if self.kind == "MONTH":
            return f"{self.first:%Y-%m}"
        if self.kind == "QUARTER":
            return f"{self.first.year}Q{self.first.month // 3 + 1}"
        return str(self.first.year) if self.kind == "YEAR" else f"{self.first}..{self.last}"


def span_of(day: date, *, kind: str) -> Span:
    """Return the month, quarter or year that a day is in."""
    months = MONTHS[kind]
    first = (day.month - 1) // months * months
    after = day.year * 12 + first + months
    return Span(date(day.year, first + 1, 1), date(after // 12, after % 12 + 1, 1))


def quarter_of(day: date) -> Span:
    """Return the quarter a day is in."""
    return span_of(day, kind="QUARTER")


def parse_period(text: str) -> Span:
    """
    Read "2026-05", "2026Q2", "2026" or "2026-05-01..2026-08-15" (first and last day).

    :raises NotAPeriod: if it is anything else
    """
    text = text.strip().upper()
    if found := re.fullmatch(r"(20\d\d)Q([1-4])", text):
        return span_of(date(int(found[1]), 3 * int(found[2]), 1), kind="QUARTER")
    if found := re.fullmatch(r"(20\d\d)-(0[1-9]|1[0-2])", text):
        return span_of(date(int(found[1]), int(found[2]), 1), kind="MONTH")
    if re.fullmatch(r"20\d\d", text):
        return span_of(date(int(text), 1, 1), kind="YEAR")
    if found := re.fullmatch(r"(20\d\d-\d\d-\d\d)\.\.(20\d\d-\d\d-\d\d)", text):
        return _range(found[1], found[2], text)
    raise NotAPeriod(_("“%(text)s” is not a period."), next_step=_HOW, values={"text": text})


_HOW: Final = _("Write a quarter (2026Q3), a month (2026-05), a year (2026), or the first and last day (2026-05-01..2026-08-15).")


def _range(first: str, last: str, text: str) -> Span:
    try:
        span = Span(date.fromisoformat(first), date.fromisoformat(last) + timedelta(days=1))
    except ValueError as error:
        raise NotAPeriod(_("“%(text)s” names a day that no calendar has."), next_step=_HOW, values={"text": text}) from error
    if span.first >= span.end:
        raise NotAPeriod(_("“%(text)s” ends before it begins."), next_step=_HOW, values={"text": text})
    if span.end.year - span.first.year > LONGEST_YEARS:
        raise NotAPeriod(_("“%(text)s” is longer than a report can be."), next_step=_HOW, values={"text": text})
    return span


def parse_quarter(text: str) -> Span:
    """
    Read "2026Q3", where only a quarter will do.

    :raises NotAPeriod: if it is anything else
    """
    span = parse_period(text) if re.fullmatch(r"\s*20\d\d[Qq][1-4]\s*", text) else None
    if span is None:
        raise NotAPeriod(_("“%(text)s” is not a quarter."), next_step=_("Write the year and the quarter, for example 2026Q3."), values={"text": text})
    return span
