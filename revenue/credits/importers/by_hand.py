"""Issuances typed into a sheet by hand, for registries that give no export (the Joint Crediting Mechanism). Saves nothing."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Final

from core.lines import Line, read_file
from core.refusal import Refused, gettext_noop
from core.sheets import Column, Parsed
from revenue.credits.serials import SerialRange, series

COLUMNS: Final = (
    Column("Registry", required=False),
    Column("Project ID", also=("ID",)),
    Column("Issuance Date"),
    Column("Vintage Start"),
    Column("Vintage End"),
    Column("First Serial Number"),
    Column("Last Serial Number"),
    Column("Quantity"),
    Column("Methodology", required=False),
    Column("Note", required=False),
)

UNKNOWN_PROGRAMME: Final = gettext_noop("Project %(said)s is not in the register. Add the project first, or remove the line.")
WRONG_QUANTITY: Final = gettext_noop("%(first)s to %(last)s are %(held)s credits (last − first + 1), but the quantity says %(said)s.")
WRONG_VINTAGE: Final = gettext_noop("The vintage ends before it starts.")


@dataclass(frozen=True, slots=True)
class TypedRow:
    """One block of credits. ``vintage_end`` is its last day, included."""

    line: int
    registry: str
    programme_id: str
    issued_on: date
    vintage_start: date
    vintage_end: date
    numbers: SerialRange
    methodology: str
    note: str

    @property
    def series(self) -> str:
        """Return the series within which the numbers may be compared."""
        return series(
            registry=self.registry,
            programme_id=self.programme_id,
            vintage_start=self.vintage_start,
            vintage_end=self.vintage_end,
        )


def parse_typed_issuances(*, content: bytes, filename: str, programmes: Collection[str]) -> Parsed[TypedRow]:
    """Read a sheet of issuances (CSV or XLSX), one block of serial numbers a line; without a registry it is JCM."""
    return read_file(content=content, filename=filename, columns=COLUMNS, read=lambda line: _read(line, programmes))


def _read(line: Line, programmes: Collection[str]) -> TypedRow | None:
    programme_id = line.text("Project ID").upper()
    if programme_id and programme_id not in programmes:
        line.wrong("Project ID", UNKNOWN_PROGRAMME, said=programme_id)
    start, end = line.day("Vintage Start"), line.day("Vintage End")
    if end < start:
        line.wrong("Vintage End", WRONG_VINTAGE)
    numbers = _numbers(line)
    if numbers is None:
        return None
    return TypedRow(
        line=line.number,
        registry=line.text("Registry", required=False, most=60).upper() or "JCM",
        programme_id=programme_id,
        issued_on=line.day("Issuance Date"),
        vintage_start=start,
        vintage_end=end,
        numbers=numbers,
        methodology=line.text("Methodology", required=False),
        note=line.text("Note", required=False),
    )


def _numbers(line: Line) -> SerialRange | None:
    first, last = line.whole("First Serial Number"), line.whole("Last Serial Number")
    quantity = line.whole("Quantity", least=1)
    try:
        numbers = SerialRange(first, last)
    except Refused as refusal:
        line.refused("Last Serial Number", refusal)
        return None
    if quantity and numbers.quantity != quantity:
        line.wrong("Quantity", WRONG_QUANTITY, first=first, last=last, held=f"{numbers.quantity:,}", said=f"{quantity:,}")
    return numbers
