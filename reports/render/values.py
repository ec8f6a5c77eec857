"""The kinds of values that stand in a report's tables, and how a person reads them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from core.money import EXPONENTS, Money, plain
from reports.render.words import KHMER, MONTHS, word


@dataclass(frozen=True, slots=True)
class Text:
    """A text in both languages; where the Khmer is missing the English is printed."""

    en: str
    km: str

    @classmethod
    def of(cls, both: Mapping[str, str]) -> Text:
        """Read a text as the snapshot holds it."""
        return cls(both["en"], both["km"])

    def read(self, language: str) -> str:
        """Return it in one language."""
        return self.km or self.en if language == KHMER else self.en


@dataclass(frozen=True, slots=True)
class Word:
    """One of the report's own words, by its key."""

    key: str

    def read(self, language: str) -> str:
        """Return it in one language."""
        return word(self.key, language)


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a whole, printed as a percentage; of nothing there is no percentage."""

    part: int
    whole: int

    def tenths(self) -> int | None:
        """Return tenths of a percent, rounded half up."""
        return None if self.whole <= 0 else (2000 * self.part + self.whole) // (2 * self.whole)


@dataclass(frozen=True, slots=True)
class Month:
    """A month, written 2026-10 by machines."""

    text: str

    def read(self, language: str) -> str:
        """Return it as people write it: Oct 2026."""
        return month(self.text, language)


Value = Text | Word | Month | Part | Money | date | int | str | None


def read(value: Value, language: str) -> str:
    """Write a value as a person reads it in a table; nothing at all is an en dash."""
    if value is None or value == "":
        return "–"
    if isinstance(value, Text | Word | Month):
        return value.read(language)
    if isinstance(value, Money):
        return amount(value)
    if isinstance(value, Part):
        return percent(value)
    if isinstance(value, date):
        return day(value, language)
    return f"{value:,}" if isinstance(value, int) else value


def amount(money: Money) -> str:
    """Write an amount with commas and a true minus sign, without its currency."""
    return plain(money).replace("-", "−")


def rounded(money: Money) -> str:
    """Write an amount in whole major units, rounded half away from zero: for charts and tiles only."""
    unit = 10 ** EXPONENTS[money.currency]
    whole = (abs(money.minor) + unit // 2) // unit
    return f"{'−' if money.minor < 0 and whole else ''}{whole:,}"


def percent(part: Part) -> str:
    """Write a part as a percentage with one decimal."""
    tenths = part.tenths()
    return "–" if tenths is None else f"{tenths // 10}.{tenths % 10} %"


def day(value: date, language: str) -> str:
    """Write a date: 9 Oct 2026."""
    return f"{value.day} {MONTHS[language][value.month - 1]} {value.year}"


def month(text: str, language: str) -> str:
    """Write a month given as 2026-10: Oct 2026."""
    year, number = text.split("-")
    return f"{MONTHS[language][int(number) - 1]} {year}"
