"""Money as whole minor units of one currency: the only place where decimals and minor units meet."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Context, Decimal, InvalidOperation
from typing import Final

from core.refusal import Refused
from core.refusal import gettext_noop as _

# ISO 4217 exponents of the currencies a programme may hold. The riel has no minor unit in use.
EXPONENTS: Final[dict[str, int]] = {"USD": 2, "KHR": 0, "EUR": 2, "JPY": 0, "KRW": 0}

# bigint holds 9.2e18; this leaves room for sums and is beyond any honest amount.
LARGEST_MINOR: Final = 10**15

# No amount needs more signs. What is judged has room for them all: nothing is rounded before.
_LONGEST: Final = 40
_EXACT: Final = Context(prec=2 * _LONGEST)

_KHMER_DIGITS = str.maketrans("០១២៣៤៥៦៧៨៩", "0123456789")
_BLANK = re.compile(r"[\s\u00a0\u202f]")
_AMOUNT = re.compile(r"^-?\d+(?:\.\d+)?$")
_GROUPED = re.compile(r"^-?\d{1,3}(?:,\d{3})+(?:\.\d+)?$")


class NotAnAmount(Refused):
    """The text is not an amount of this currency."""

    code = "not_an_amount"


@dataclass(frozen=True, slots=True, order=False)
class Money:
    """An exact amount: ``minor`` whole minor units (cents for USD, riel for KHR) of ``currency`` (ISO 4217)."""

    minor: int
    currency: str

    def __post_init__(self) -> None:
        if self.currency not in EXPONENTS:
            raise ValueError(f"unknown currency {self.currency!r}")

    def __add__(self, other: Money) -> Money:
        self._same_currency(other)
        return Money(self.minor + other.minor, self.currency)

    def __sub__(self, other: Money) -> Money:
        self._same_currency(other)
        return Money(self.minor - other.minor, self.currency)

    def __neg__(self) -> Money:
        return Money(-self.minor, self.currency)

    def _same_currency(self, other: Money) -> None:
        if self.currency != other.currency:
            raise ValueError(f"{self.currency} and {other.currency} cannot be added")

    def major(self) -> Decimal:
        """Return the amount in major units, with the currency's own number of decimals."""
        return Decimal(self.minor).scaleb(-EXPONENTS[self.currency])

    def __str__(self) -> str:
        return f"{self.currency} {plain(self)}"


def plain(money: Money) -> str:
    """Write an amount with thousands commas and the currency's decimals: ``12,345.60``."""
    return f"{money.major():,.{EXPONENTS[money.currency]}f}"


def latin_digits(text: str) -> str:
    """Turn Khmer digits into Latin ones, leaving the rest as it is."""
    return text if text.isascii() else text.translate(_KHMER_DIGITS)


def parse_amount(*, text: str, currency: str) -> Money:
    """
    Read an amount as a person writes it: Khmer or Latin digits, thousands commas or spaces.

    :raises NotAnAmount: if it is not a number, has too many decimals, or is absurdly large
    """
    if currency not in EXPONENTS:
        raise NotAnAmount(
            _("“%(text)s” is not a currency used here."),
            next_step=_("Use one of %(list)s."),
            values={"text": currency, "list": ", ".join(EXPONENTS)},
        )
    cleaned = _BLANK.sub("", latin_digits(text))
    if len(cleaned) > _LONGEST or not (_AMOUNT.match(cleaned) or _GROUPED.match(cleaned)):
        raise NotAnAmount(
            _("“%(text)s” is not an amount."), next_step=_("Write it in digits, for example 1,250.00."), values={"text": text[:_LONGEST]}
        )
    try:
        value = Decimal(cleaned.replace(",", ""))
    except InvalidOperation as error:  # pragma: no cover - the pattern above already decided
        raise NotAnAmount(_("“%(text)s” is not an amount."), values={"text": text}) from error
    return from_decimal(value=value, currency=currency)


def from_decimal(*, value: Decimal, currency: str) -> Money:
    """
    Turn a decimal in major units into money, exactly.

    :raises NotAnAmount: if the currency has fewer decimals than the value, or the amount is absurd
    """
    scaled = value.scaleb(EXPONENTS[currency], _EXACT)
    if scaled != scaled.to_integral_value():
        raise NotAnAmount(
            _("%(value)s has more decimals than %(currency)s has."),
            next_step=_("%(currency)s amounts have %(places)s decimals."),
            values={"value": value, "currency": currency, "places": EXPONENTS[currency]},
        )
    minor = int(scaled)
    if abs(minor) > LARGEST_MINOR:
        raise NotAnAmount(
            _("%(value)s %(currency)s is too large to be right."),
            next_step=_("Check the number of zeros."),
            values={"value": f"{value:,}", "currency": currency},
        )
    return Money(minor, currency)
