"""Texts in both languages, for a snapshot that is read in either."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext

Text = dict[str, str]


def both(text: str | Promise, **values: object) -> Text:
    """Return a translatable text in English and Khmer; empty Khmer where there is no translation yet."""
    # A lazy text keeps its English words as the only argument of its proxy: asking in each language is enough.
    return _in_both(lambda: str(text) % values if values else str(text))


def sentence(text: str, **values: object) -> Text:
    """Return a message given by its English text (marked with gettext_noop) in both languages."""
    return _in_both(lambda: gettext(text) % values if values else gettext(text))


def named(row: Any) -> Text:
    """Return a row's own name in both languages: its fields ``name`` and ``name_km``."""
    return {"en": row.name, "km": row.name_km}


def titled(row: Any) -> Text:
    """Return a row's own title in both languages: its fields ``title`` and ``title_km``."""
    return {"en": row.title, "km": row.title_km}


def own_name(english: str, khmer: str) -> str:
    """Return a row's own name or title in the reader's language: the Khmer one on Khmer pages, if it has one."""
    return khmer if khmer and translation.get_language() == "km" else english


def plain(text: str) -> Text:
    """Return a text that stands for itself in both languages."""
    return {"en": text, "km": ""}


def _in_both(say: Callable[[], str]) -> Text:
    spoken = {}
    for language in ("en", "km"):
        with translation.override(language):
            spoken[language] = say()
    return {"en": spoken["en"], "km": spoken["km"] if spoken["km"] != spoken["en"] else ""}
