"""Quarters of a year: their names and days. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from core.refusal import Refused
from core.refusal import gettext_noop as _


class NotAPeriod(Refused):
    """The text does not name a quarter."""

    code = "not_a_period"


@dataclass(frozen=True, slots=True, order=True)
class Quarter:
    """A quarter, [first, end)."""

    year: int
    number: int

    @property
    def first(self) -> date:
        """The first day."""
        return date(self.year, 3 * self.number - 2, 1)

    @property
    def end(self) -> date:
        """The day after the last."""
        return self.next.first

    @property
    def next(self) -> Quarter:
        """The quarter after this one."""
        return Quarter(self.year + self.number // 4, self.number % 4 + 1)

    def __str__(self) -> str:
        return f"{self.year}Q{self.number}"


def quarter_of(day: date) -> Quarter:
    """Return the quarter a day is in."""
    return Quarter(day.year, (day.month - 1) // 3 + 1)


def parse_quarter(text: str) -> Quarter:
    """
    Read "2026Q3".

    :raises NotAPeriod: if it is anything else
    """
    found = re.fullmatch(r"(20\d\d)Q([1-4])", text.strip().upper())
    if not found:
        raise NotAPeriod(_("“%(text)s” is not a quarter."), next_step=_("Write the year and the quarter, for example 2026Q3."), values={"text": text})
    return Quarter(int(found[1]), int(found[2]))
