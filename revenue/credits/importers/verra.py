"""Verra's public export of issued units (VCUs): bytes to blocks of credits. Saves nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from core.lines import Line, read_file
from core.refusal import Refused, gettext_noop
from core.sheets import Column, LineError, Parsed
from revenue.credits.serials import CreditBlock, parse_serial

COLUMNS: Final = (
    Column("Issuance Date"),
    Column("Sustainable Development Goals", required=False),
    Column("Vintage Start"),
    Column("Vintage End"),
    Column("ID", also=("Project ID",)),
    Column("Name", also=("Project Name",)),
    Column("Country/Area", also=("Country",), required=False),
    Column("Project Type", required=False),
    Column("Methodology", required=False),
    Column("Total Vintage Quantity", required=False),
    Column("Quantity Issued", also=("Quantity of Units Issued",)),
    Column("Serial Number"),
    Column("Additional Certifications", required=False),
    Column("Retirement/Cancellation Date", required=False),
    Column("Retirement Beneficiary", required=False),
    Column("Retirement Reason", required=False),
    Column("Retirement Details", required=False),
)

WRONG_QUANTITY: Final = gettext_noop(
    "The serial number holds %(held)s credits (last − first + 1), but the quantity says %(said)s. Check both in the registry."
)
WRONG_PROGRAMME: Final = gettext_noop("The serial number belongs to project %(held)s, but the line says %(said)s.")
WRONG_VINTAGE: Final = gettext_noop("The serial number is of vintage %(held)s, but the line says %(said)s.")
NOT_VERRA: Final = gettext_noop("This is not a serial number of Verra's registry.")
UNKNOWN_PROGRAMME: Final = gettext_noop("Project %(said)s is not in the register. Add the project first, or remove the line.")
OVERLAPS: Final = gettext_noop("Credits %(shared)s are on line %(first)s already. Each credit may be listed once.")


@dataclass(frozen=True, slots=True)
class VerraRow:
    """One block of the export. A retired block and a cancelled one cannot be told apart: both have ``retired_on``."""

    line: int
    programme_id: str
    project_name: str
    issued_on: date
    block: CreditBlock
    methodology: str
    certifications: str
    retired_on: date | None
    beneficiary: str
    retirement_reason: str
    retirement_details: str

    @property
    def quantity(self) -> int:
        """Return how many credits the block holds, in tCO2e."""
        return self.block.quantity


def parse_verra_export(*, content: bytes, filename: str, programmes: Collection[str]) -> Parsed[VerraRow]:
    """
    Read Verra's VCU export (CSV or XLSX), one block of serial numbers a line.

    ``programmes`` are the registry's numbers of the projects that are known, without “VCS”. Checked: the quantity
    against the serial numbers, the vintage and project against them, and that no credit stands on two lines.
    """
    parsed = read_file(content=content, filename=filename, columns=COLUMNS, read=lambda line: _read(line, programmes))
    overlaps = _overlaps(parsed.rows)
    bad = {error.line for error in overlaps}
    return Parsed(
        tuple(row for row in parsed.rows if row.line not in bad),
        tuple(sorted((*parsed.errors, *overlaps), key=lambda error: error.line)),
    )


def _read(line: Line, programmes: Collection[str]) -> VerraRow | None:
    programme_id = line.text("ID").upper().removeprefix("VCS").strip(" -")
    if programme_id and programme_id not in programmes:
        line.wrong("ID", UNKNOWN_PROGRAMME, said=programme_id)
    block = _block(line, programme_id)
    return _row(line, programme_id, block) if block else None


def _row(line: Line, programme_id: str, block: CreditBlock) -> VerraRow:
    return VerraRow(
        line=line.number,
        programme_id=programme_id,
        project_name=line.text("Name", required=False),
        issued_on=line.day("Issuance Date"),
        block=block,
        methodology=line.text("Methodology", required=False),
        certifications=line.text("Additional Certifications", required=False),
        retired_on=line.optional_day("Retirement/Cancellation Date"),
        beneficiary=line.text("Retirement Beneficiary", required=False),
        retirement_reason=line.text("Retirement Reason", required=False),
        retirement_details=line.text("Retirement Details", required=False, most=2000),
    )


def _block(line: Line, programme_id: str) -> CreditBlock | None:
    """Read the serial number and compare it with what the other columns say."""
    quantity = line.whole("Quantity Issued", least=1)
    start, end = line.day("Vintage Start"), line.day("Vintage End")
    text = line.text("Serial Number")
    if not text:
        return None
    try:
        block = parse_serial(text=text)
    except Refused as refusal:
        line.refused("Serial Number", refusal)
        return None
    if block.registry != "VERRA":
        line.wrong("Serial Number", NOT_VERRA)
    if quantity and block.quantity != quantity:
        line.wrong("Quantity Issued", WRONG_QUANTITY, held=f"{block.quantity:,}", said=f"{quantity:,}")
    if programme_id and block.programme_id != programme_id:
        line.wrong("Serial Number", WRONG_PROGRAMME, held=block.programme_id, said=programme_id)
    if date.min not in (start, end) and (block.vintage_start, block.vintage_end) != (start, end):
        line.wrong("Vintage Start", WRONG_VINTAGE, held=_vintage(block.vintage_start, block.vintage_end), said=_vintage(start, end))
    return block


def _vintage(start: date, end: date) -> str:
    return f"{start:%d/%m/%Y} – {end:%d/%m/%Y}"


def _overlaps(rows: Sequence[VerraRow]) -> list[LineError]:
    """Name the later line of each two that list the same credit."""
    by_series: dict[str, list[VerraRow]] = defaultdict(list)
    for row in rows:
        by_series[row.block.series].append(row)
    return [error for same in by_series.values() for error in _overlaps_in_series(same)]


def _overlaps_in_series(rows: Sequence[VerraRow]) -> list[LineError]:
    """Compare each block with the one reaching furthest among those that begin before it."""
    errors: list[LineError] = []
    furthest: VerraRow | None = None
    for row in sorted(rows, key=lambda row: row.block.numbers):
        shared = row.block.numbers.overlap(furthest.block.numbers) if furthest else None
        if furthest and shared:
            first, second = sorted((furthest.line, row.line))
            errors.append(LineError(second, "Serial Number", OVERLAPS, {"shared": str(shared), "first": first}))
        if furthest is None or row.block.numbers.last > furthest.block.numbers.last:
            furthest = row
    return errors
