"""Print whole minor units as an amount: ``{{ row.amount_minor|amount:row.currency }}``."""

from __future__ import annotations

from django import template

from core import digits
from core.money import Money, plain

register = template.Library()


@register.filter
def amount(minor: int | None, currency: str) -> str:
    """Write minor units with thousands commas and the currency's decimals, without its name."""
    return digits.shown(plain(Money(int(minor), currency))) if minor is not None and currency else ""


@register.filter
def money(minor: int | None, currency: str) -> str:
    """Write minor units with the currency before them."""
    return f"{currency} {amount(minor, currency)}" if minor is not None and currency else ""


@register.filter
def in_language(text: dict[str, str], language: str) -> str:
    """Pick a snapshot's text in a language, English where there is none."""
    return text.get(language[:2]) or text.get("en", "")


@register.filter
def item(mapping: dict[str, object], key: str) -> object:
    """Look a key up, giving the key itself where it is unknown."""
    return mapping.get(key, key)
