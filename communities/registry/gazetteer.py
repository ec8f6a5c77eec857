"""The codes of the gazetteer: two digits for a province, and two more for each step down."""

from __future__ import annotations

import re
from typing import Final

# Digits of a code: what it stands for. The order is from the widest down.
DIGITS: Final = {2: "PROVINCE", 4: "DISTRICT", 6: "COMMUNE", 8: "VILLAGE"}
_CODE: Final = re.compile(r"^(\d\d){1,4}$")


def level_of(code: str) -> str:
    """Return what a code stands for; "" if it is none."""
    return DIGITS[len(code)] if _CODE.match(code) else ""


def above(code: str) -> list[str]:
    """Return the codes of the places that hold this one, the province first."""
    return [code[:digits] for digits in DIGITS if digits < len(code)]
