"""Villages as a gazetteer lists them, and what was counted in them: bytes to rows. Saves nothing."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Final

from core.lines import Line, each_once, read_file
from core.money import latin_digits
from core.refusal import gettext_noop
from core.sheets import Column, Parsed

VILLAGE_COLUMNS: Final = (
    Column("village_code", also=("code", "gazetteer code")),
    Column("name"),
    Column("name_km"),
    Column("commune"),
    Column("district"),
    Column("province"),
    Column("province_km", required=False),
    Column("indigenous_group", required=False),
)
# What may be counted in a village, and how many decimals each may have. A sheet has one column each, none required.
INDICATORS: Final = {
    "households": 0,
    "poor_households": 0,
    "population": 0,
    "population_female": 0,
    "population_male": 0,
    "area_ha": 4,
    "eligible_area_ha": 4,
}
LARGEST_COUNT: Final = Decimal(10_000_000)

BAD_CODE: Final = gettext_noop("“%(text)s” is not a village code. It has 8 digits, for example 11010101.")
CODE_TWICE: Final = gettext_noop("Village %(text)s is on line %(first)s already. List each village once.")
UNKNOWN_VILLAGE: Final = gettext_noop("Village %(text)s is not in the register. Add the village first, or correct its code.")
BAD_COUNT: Final = gettext_noop("“%(text)s” is not a count. Write a number, for example 214 or 1,250.5.")
TOO_FINE: Final = gettext_noop("“%(text)s” has more than %(places)s decimals.")
WRONG_POPULATION: Final = gettext_noop("The population is %(total)s, but women and men together are %(parts)s.")
NOTHING_COUNTED: Final = gettext_noop("This line holds no count. Fill in at least one of: %(choices)s.")

_CODE = re.compile(r"^\d{8}$")


@dataclass(frozen=True, slots=True)
class VillageRow:
    """A village; ``code`` has 8 digits: province, district, commune, village."""

    line: int
    code: str
    name: str
    name_km: str
    commune: str
    district: str
    province: str
    province_km: str
    indigenous_group: str


@dataclass(frozen=True, slots=True)
class CountRow:
    """What was counted in one village. Counts that the sheet leaves empty are absent, which is not the same as 0."""

    line: int
    village_code: str
    values: dict[str, Decimal]


def parse_villages(*, content: bytes, filename: str) -> Parsed[VillageRow]:
    """Read a list of villages (CSV or XLSX), one a line, each code once."""
    parsed = read_file(content=content, filename=filename, columns=VILLAGE_COLUMNS, read=_read_village)
    return each_once(parsed=parsed, keys={row.line: row.code for row in parsed.rows}, column="village_code", sentence=CODE_TWICE)


def parse_counts(*, content: bytes, filename: str, villages: Collection[str]) -> Parsed[CountRow]:
    """
    Read what was counted in villages (CSV or XLSX): a column ``village_code`` and one for each indicator.

    ``villages`` are the codes of the villages that are known.
    """
    columns = (VILLAGE_COLUMNS[0], *(Column(name, required=False) for name in INDICATORS))
    parsed = read_file(content=content, filename=filename, columns=columns, read=lambda line: _read_count(line, villages))
    return each_once(parsed=parsed, keys={row.line: row.village_code for row in parsed.rows}, column="village_code", sentence=CODE_TWICE)


def village_code(*, line: Line, column: str, text: str) -> str:
    """
    Read one village code; "" and a mistake on the line if it is none.

    A spreadsheet that took the code for a number drops the zero in front of provinces 01 to 09: it is put back.
    """
    code = latin_digits(text).replace(" ", "")
    code = code.zfill(8) if len(code) == 7 else code
    if not _CODE.match(code):
        if text:
            line.wrong(column, BAD_CODE, text=text)
        return ""
    return code


def _read_village(line: Line) -> VillageRow:
    return VillageRow(
        line=line.number,
        code=village_code(line=line, column="village_code", text=line.text("village_code")),
        name=line.text("name", most=120),
        name_km=line.text("name_km", required=False, most=120),
        commune=line.text("commune", most=120),
        district=line.text("district", most=120),
        province=line.text("province", most=120),
        province_km=line.text("province_km", required=False, most=120),
        indigenous_group=line.text("indigenous_group", required=False, most=60),
    )


def _read_count(line: Line, villages: Collection[str]) -> CountRow:
    code = village_code(line=line, column="village_code", text=line.text("village_code"))
    if code and code not in villages:
        line.wrong("village_code", UNKNOWN_VILLAGE, text=code)
    counted = {name: _count(line, name, places) for name, places in INDICATORS.items()}
    values = {name: value for name, value in counted.items() if value is not None}
    _check_people(line, values)
    if not values and not line.errors:
        line.wrong("households", NOTHING_COUNTED, choices=", ".join(INDICATORS))
    return CountRow(line.number, code, values)


def _check_people(line: Line, values: dict[str, Decimal]) -> None:
    """Compare the population with women and men, where all three were counted."""
    total, women, men = (values.get(name) for name in ("population", "population_female", "population_male"))
    if total is not None and women is not None and men is not None and total != women + men:
        line.wrong("population", WRONG_POPULATION, total=total, parts=women + men)


def _count(line: Line, column: str, places: int) -> Decimal | None:
    text = line.text(column, required=False)
    if not text:
        return None
    try:
        value = Decimal(latin_digits(text).replace(",", "").replace(" ", ""))
    except InvalidOperation:
        value = Decimal(-1)
    if not value.is_finite() or not 0 <= value <= LARGEST_COUNT:
        line.wrong(column, BAD_COUNT, text=text)
        return None
    if value != round(value, places):
        line.wrong(column, TOO_FINE, text=text, places=places)
    return value
