"""
Lists of names in the order of their reader's alphabet, sorted by the database, so that paged lists are too.

Khmer order is that of Chuon Nath's dictionary, as the Unicode project writes it down for Khmer (CLDR, ``km``): consonants, with ឫ ឬ
after រ and ឭ ឮ after ល, and a vowel that stands alone as អ with that vowel; then vowels; then ុំ ំ ាំ ះ ិះ ុះ េះ ោះ, each one sign; then subscripts. Signs above a letter do not count. A server
built without ICU has no such collation, so each name is rewritten in signs whose code points stand in that order.
"""

from __future__ import annotations

from typing import Final, Protocol

from django.contrib.admin import display
from django.db.models import CharField, F, Func, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce, Collate, Lower, NullIf, Replace
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

_CONSONANTS: Final = "កខគឃងចឆជឈញដឋឌឍណតថទធនបផពភមយរឫឬលឭឮវឝឞសហឡអៜ"
# Vowels that stand alone are sorted as អ with its vowel.
_ALONE: Final = {
    "ឣ": "អ", "ឤ": "អា", "ឥ": "អិ", "ឦ": "អី", "ឧ": "អុ", "ឨ": "អុក", "ឩ": "អូ", "ឪ": "អូវ", "ឯ": "អែ", "ឰ": "អៃ", "ឱ": "អោ", "ឲ": "អោ", "ឳ": "អៅ",
}  # fmt: skip
_VOWELS: Final = [chr(code) for code in range(0x17B6, 0x17C6)]
_TOGETHER: Final = ["ុំ", "ំ", "ាំ", "ះ", "ិះ", "ុះ", "េះ", "ោះ"]
_SUBSCRIPT: Final = "\u17d2"
_IN_ORDER: Final = [*_CONSONANTS, *_VOWELS, *_TOGETHER, _SUBSCRIPT]
# Inherent vowels, signs above letters, and the invisible breaks between words.
_NOT_COUNTED: Final = "\u17b4\u17b5\u17c8\u17c9\u17ca\u17cb\u17cc\u17cd\u17ce\u17cf\u17d0\u17d1\u17d3\u17dd\u200b\u200c\u200d"
# Private signs: after all letters of other scripts, and after one another.
_RANKS: Final = {sign: chr(0xE000 + rank) for rank, sign in enumerate(_IN_ORDER)}
_DIGITS: Final = {khmer: str(digit) for digit, khmer in enumerate("០១២៣៤៥៦៧៨៩")}


def in_khmer_order(name: Combinable) -> Collate:
    """Return what a name is sorted by. Latin letters stand before Khmer ones, capitals or not."""
    counted: Combinable = _translated(name, "".join(_DIGITS) + _NOT_COUNTED, "".join(_DIGITS.values()))
    together = {sign: _RANKS[sign] for sign in _TOGETHER if len(sign) > 1}
    for signs, instead in {**_ALONE, **together}.items():
        counted = Replace(counted, Value(signs), Value(instead))
    single = {sign: rank for sign, rank in _RANKS.items() if len(sign) == 1}
    return Collate(Lower(_translated(counted, "".join(single), "".join(single.values()))), "C")


def _translated(name: Combinable, signs: str, into: str) -> Func:
    """Rewrite sign by sign; those without a counterpart are left out."""
    return Func(name, Value(signs), Value(into), function="translate", output_field=CharField())


class HasKhmerName(Protocol):
    name_km: str


class KhmerNames:
    """An office list's column of Khmer names, sorted in Khmer order by a click on its title."""

    @display(description=_("name in Khmer"), ordering=in_khmer_order(F("name_km")), empty_value="–")
    def khmer_name(self, row: HasKhmerName) -> str:
        return row.name_km


def by_own_name(of: str = "") -> tuple[Combinable | str, ...]:
    """
    Order rows by the name their reader sees: the Khmer one on Khmer pages, where there is one.

    ``of`` leads to what is named: ``"recipient__"``.
    """
    if get_language() != "km":
        return (f"{of}name", f"{of}id")
    return (in_khmer_order(Coalesce(NullIf(F(f"{of}name_km"), Value("")), F(f"{of}name"))), f"{of}id")
