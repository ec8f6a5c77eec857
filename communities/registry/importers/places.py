"""The gazetteer: provinces, districts, communes and villages, one a line. Bytes to rows; saves nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from communities.registry.gazetteer import level_of
from core.lines import Line, each_once, read_file
from core.money import latin_digits
from core.refusal import gettext_noop
from core.sheets import Column, Parsed

COLUMNS: Final = (
    Column("code", also=("place_code", "gazetteer code")),
    Column("name"),
    Column("name_km", required=False),
    Column("other_names", required=False),
    Column("valid_from", required=False),
    Column("valid_to", required=False),
    Column("successor", required=False),
)

BAD_PLACE: Final = gettext_noop("“%(text)s” is no code of a place. A province has 2 digits, a district 4, a commune 6, a village 8.")
PLACE_TWICE: Final = gettext_noop("%(text)s is on line %(first)s already. List each code and name once.")
ENDS_TOO_EARLY: Final = gettext_noop("The last day must be after the first.")
NOT_ENDED: Final = gettext_noop("Only a place that has ended has a successor. Fill in valid_to.")


@dataclass(frozen=True, slots=True)
class PlaceRow:
    """A place as the list has it; ``valid_from`` None means: from the day of the list."""

    line: int
    code: str
    level: str
    name: str
    name_km: str
    other_names: tuple[str, ...]
    valid_from: date | None
    valid_to: date | None
    successor: str


def parse_places(*, content: bytes, filename: str) -> Parsed[PlaceRow]:
    """
    Read a gazetteer (CSV or XLSX).

    The lists in use repeat some codes with another name: a line is told by its code and its name together.
    """
    parsed = read_file(content=content, filename=filename, columns=COLUMNS, read=_read)
    return each_once(parsed=parsed, keys={row.line: f"{row.code} {row.name}" for row in parsed.rows}, column="code", sentence=PLACE_TWICE)


def _code(line: Line, column: str, *, required: bool = True) -> str:
    """Read a code. A spreadsheet that took it for a number dropped the zero in front: it is put back."""
    text = line.text(column, required=required)
    code = latin_digits(text).replace(" ", "")
    code = f"0{code}" if len(code) % 2 else code
    if text and not level_of(code):
        line.wrong(column, BAD_PLACE, text=text)
        return ""
    return code if text else ""


def _read(line: Line) -> PlaceRow:
    code, successor = _code(line, "code"), _code(line, "successor", required=False)
    first, end = line.optional_day("valid_from"), line.optional_day("valid_to")
    if first and end and end <= first:
        line.wrong("valid_to", ENDS_TOO_EARLY)
    if successor and end is None:
        line.wrong("successor", NOT_ENDED)
    others = (one.strip() for one in line.text("other_names", required=False).split(";"))
    return PlaceRow(
        line=line.number,
        code=code,
        level=level_of(code),
        name=line.text("name", most=120),
        name_km=line.text("name_km", required=False, most=120),
        other_names=tuple(dict.fromkeys(one[:120] for one in others if one)),
        valid_from=first,
        valid_to=end,
        successor=successor,
    )
