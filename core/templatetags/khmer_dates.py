"""Django's ``date`` filter, in the digits the reader chose. Loaded for all templates."""

from __future__ import annotations

from typing import Any, Final

from django import template
from django.template.defaultfilters import date as django_date

from core import digits

register = template.Library()
# What programs read back: the value of a date input.
_FOR_PROGRAMS: Final = frozenset({"c", "U", "Y-m-d"})


@register.filter(expects_localtime=True, is_safe=False)
def date(value: Any, arg: str | None = None) -> str:
    """Write a day or moment in a format of Django's."""
    text = str(django_date(value, arg))
    return text if arg in _FOR_PROGRAMS else digits.shown(text)
