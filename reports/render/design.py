"""How reports look: paper, colours and letter sizes, in one place. Lengths are points."""

from __future__ import annotations

from typing import Final

from reportlab.lib.colors import Color, HexColor
from reportlab.lib.pagesizes import A4, landscape

from reports.render.words import KHMER

PAGE: Final = A4
WIDE_PAGE: Final = landscape(A4)
MARGIN: Final = 51.0
TOP: Final = 66.0
BOTTOM: Final = 72.0

# Where a report's cover has room for a signature: left, bottom, width, height.
SIGNATURE: Final = (74.0, 26.0, 461.0, 38.0)
# The same on the first page of an auditor's annex.
ANNEX_SIGNATURE: Final = (34.0, 84.0, 461.0, 38.0)

INK: Final = HexColor("#1B2420")
MUTED: Final = HexColor("#5B6A62")
FOREST: Final = HexColor("#1F4D36")
OCHRE: Final = HexColor("#B4690E")
RUST: Final = HexColor("#9A3412")
HAIR: Final = HexColor("#D3DCD6")
WASH: Final = HexColor("#F1F5F2")
OCHRE_WASH: Final = HexColor("#FBF1DF")
WHITE: Final = HexColor("#FFFFFF")

# Told apart by lightness as well as by hue, so that they survive colour blindness and a black-and-white copier.
SERIES: Final[dict[str, Color]] = {
    "received": HexColor("#6B7A72"),
    "allocated": HexColor("#1F4D36"),
    "paid": HexColor("#3D7EA6"),
    "spent": HexColor("#DDA032"),
    "evidenced": HexColor("#B9D0BF"),
}
PLACES: Final[dict[str, Color]] = {
    "spent": HexColor("#1F4D36"),
    "with_recipients": HexColor("#3D7EA6"),
    "recoverable": HexColor("#9A3412"),
    "committed": HexColor("#8FB8CF"),
    "pots": HexColor("#A9C4B0"),
    "reserve": HexColor("#DDA032"),
    "withheld": HexColor("#EBCB8B"),
    "unallocated": HexColor("#C9CFCB"),
    "shortfall": HexColor("#9A3412"),
    "charges": HexColor("#6B7A72"),
    "lost": HexColor("#4A2317"),
    "fx": HexColor("#8A8F8C"),
}

BODY: Final = 9.0
SMALL: Final = 7.5
TABLE_SIZES: Final = (8.0, 7.5, 7.0, 6.5, 6.0)


def leading(size: float, language: str) -> float:
    """Return the distance between baselines: Khmer stacks letters above and below the line."""
    return size * (1.72 if language == KHMER else 1.38)
