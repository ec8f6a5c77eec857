"""How an amount is written for people in the villages: the sign they know, no codes."""

from __future__ import annotations

from core import digits
from core.money import Money, plain

_SIGNS = {"KHR": "{}\u00a0៛", "USD": "${}"}


def shown(minor: int, currency: str) -> str:
    """Write an amount in minor units with its sign: ``12,500 ៛``, ``$12.50``; other currencies with their code."""
    money = Money(minor, currency)
    return digits.shown(_SIGNS[currency].format(plain(money)) if currency in _SIGNS else str(money))
