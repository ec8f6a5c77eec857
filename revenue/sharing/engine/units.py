"""Which currencies and whole units a plan may be written in, and amounts as text."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Final

from core.money import EXPONENTS, latin_digits

# Whole carbon units, shared before any sale. They have no parts.
CREDITS: Final = "credits"

# ISO 4217 exponents of currencies that other countries' published plans use. A programme's own accounts are kept in
# the currencies of core.money; these exist so that any published plan can be simulated.
_OTHER: Final = {
    "AUD": 2, "BRL": 2, "CDF": 2, "CHF": 2, "CNY": 2, "COP": 2, "CRC": 2, "DOP": 2, "ETB": 2, "FJD": 2, "GBP": 2,
    "GHS": 2, "GTQ": 2, "GYD": 2, "IDR": 2, "INR": 2, "KES": 2, "LAK": 2, "LKR": 2, "MGA": 2, "MMK": 2, "MWK": 2,
    "MXN": 2, "MYR": 2, "MZN": 2, "NOK": 2, "NPR": 2, "PEN": 2, "PGK": 2, "PHP": 2, "RWF": 0, "SGD": 2, "THB": 2,
    "TZS": 2, "UGX": 0, "VND": 0, "XAF": 0, "XOF": 0, "ZAR": 2, "ZMW": 2, "ZWG": 2, "ZWL": 2,
}  # fmt: skip
_EXPONENTS: Final = {**_OTHER, **EXPONENTS, CREDITS: 0}

# No sum of money and no count needs more; thousands of digits could not even be printed.
_LONGEST = 60
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?|-?\d{1,3}(?:,\d{3})+(?:\.\d+)?|\.\d+")


def known(*, currency: str) -> bool:
    """Say whether amounts of this currency (or ``credits``) can be read and written."""
    return currency in _EXPONENTS


def exponent(*, currency: str) -> int:
    """Return the number of decimals of a known currency; 0 for credits."""
    return _EXPONENTS[currency]


def scale(*, currency: str) -> int:
    """Return how many minor units make one major unit."""
    return int(10 ** _EXPONENTS[currency])


def number(*, text: str) -> Fraction | None:
    """Read an exact number (Khmer or Latin digits, thousands commas); None if the text is not one, or has more than 60 characters."""
    cleaned = latin_digits(text).strip().replace(" ", "").replace("\u00a0", "").replace("_", "")
    return Fraction(cleaned.replace(",", "")) if len(cleaned) <= _LONGEST and _NUMBER.fullmatch(cleaned) else None


def in_minor(*, value: Fraction, currency: str) -> int | None:
    """Turn major units into whole minor units; None if the currency has fewer decimals than the value."""
    scaled = value * scale(currency=currency)
    return scaled.numerator if scaled.denominator == 1 else None


def as_text(*, minor: int, currency: str) -> str:
    """Write an amount in major units without commas: ``12345.60``."""
    digits = _EXPONENTS[currency]
    if digits == 0:
        return str(minor)
    whole, part = divmod(abs(minor), 10**digits)
    return f"{'-' if minor < 0 else ''}{whole}.{part:0{digits}d}"


def for_people(*, minor: int, currency: str) -> str:
    """Write an amount in major units with commas: ``12,345.60``."""
    whole, dot, part = as_text(minor=minor, currency=currency).partition(".")
    return f"{int(whole):,}{dot}{part}" if whole != "-0" else f"-0{dot}{part}"
