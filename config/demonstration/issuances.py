"""The registry's side of the demonstration: an export in Verra's columns, and blocks typed by hand for the others."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from config.demonstration.sales import BUYERS, Sale, vintage_days

VERRA_COLUMNS: Final = (
    "Issuance Date", "Sustainable Development Goals", "Vintage Start", "Vintage End", "ID", "Name", "Country/Area", "Project Type", "Methodology",
    "Total Vintage Quantity", "Quantity Issued", "Serial Number", "Additional Certifications", "Retirement/Cancellation Date",
    "Retirement Beneficiary", "Retirement Reason", "Retirement Details",
)  # fmt: skip
BY_HAND_COLUMNS: Final = (
    "Registry", "Project ID", "Issuance Date", "Vintage Start", "Vintage End", "First Serial Number", "Last Serial Number", "Quantity",
    "Methodology", "Note",
)  # fmt: skip
# Before the registry suspended the project (19 June 2023); the later ones follow after 10 September 2024.
FIRST_OF_SOUTHERN_CARDAMOM: Final = date(2023, 5, 16)
NAMES: Final = {
    "1650": "Keo Seima",
    "1748": "Southern Cardamom",
    "1689": "Tumring",
}


def verra_rows(*, made: list[Sale]) -> list[list[str]]:
    """Return the export: the block that was sold (retired, when it is old) and what is left of the vintage."""
    rows: list[list[str]] = []
    for place, sale in enumerate(made):
        if sale.programme.registry != "VERRA" or sale.cancelled:
            continue
        end, last = sale.first + sale.quantity - 1, sale.first + sale.issued - 1
        retired = sale.on + timedelta(days=200)
        if retired < date(2026, 6, 30):
            rows.append(_verra_row(place, sale, sale.first, end, f"{retired:%d/%m/%Y}"))
            rows.append(_verra_row(place, sale, end + 1, last, ""))
        else:
            rows.append(_verra_row(place, sale, sale.first, last, ""))
    return rows


def _verra_row(place: int, sale: Sale, first: int, last: int, retired: str) -> list[str]:
    start, end = vintage_days(sale=sale)
    project = sale.programme.programme_id
    serial = f"{90000 + place}-{first}-{last}-VCS-VCU-263-VER-KH-14-{project}-{start:%d%m%Y}-{end:%d%m%Y}-1"
    beneficiary = BUYERS[place % len(BUYERS)][0] if retired else ""
    return [
        f"{_issued(sale):%d/%m/%Y}", "13; 15; 1", f"{start:%d/%m/%Y}", f"{end:%d/%m/%Y}", project, NAMES[project], "Cambodia",
        "Agriculture Forestry and Other Land Use", "", f"{sale.issued:,}", f"{last - first + 1:,}", serial,
        "CCB-Gold", retired, beneficiary, "Environmental Benefit" if retired else "", "Demonstration data" if retired else "",
    ]  # fmt: skip


def by_hand_rows(*, made: list[Sale]) -> list[list[str]]:
    """Return the blocks of registries without an export."""
    rows: list[list[str]] = []
    for sale in made:
        if sale.programme.registry == "VERRA":
            continue
        days = [f"{day:%d/%m/%Y}" for day in (_issued(sale), *vintage_days(sale=sale))]
        published = sale.programme.registry == "JCM" and sale.number == 1
        note = "Issuance and vintage dates as published; numbers invented" if published else "Invented"
        rows.append(
            [sale.programme.registry, sale.programme.programme_id, *days, str(sale.first), str(sale.first + sale.issued - 1),
             f"{sale.issued:,}", "KH_AM004" if sale.programme.registry == "JCM" else "", f"{note} (demonstration data)"]
        )  # fmt: skip
    return rows


def _issued(sale: Sale) -> date:
    """Return the day of issuance: before the sale; the first of Prey Lang is the published one."""
    if sale.programme.registry == "JCM" and sale.number == 1:
        return date(2023, 12, 22)
    if sale.programme.programme_id == "1748" and sale.number == 1:
        return FIRST_OF_SOUTHERN_CARDAMOM
    return sale.on - timedelta(days=45 + 7 * sale.number)
