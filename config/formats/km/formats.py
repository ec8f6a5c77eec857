"""How numbers and days are written on Khmer pages: as on the bank's papers, 1,250.00 and 31 ធ្នូ 2026."""

from __future__ import annotations

from typing import Final

DATE_FORMAT: Final = "j F Y"
DATETIME_FORMAT: Final = "j F Y, G:i"
MONTH_DAY_FORMAT: Final = "j F"
YEAR_MONTH_FORMAT: Final = "F Y"
SHORT_DATE_FORMAT: Final = "d/m/Y"
SHORT_DATETIME_FORMAT: Final = "d/m/Y G:i"
DECIMAL_SEPARATOR: Final = "."
THOUSAND_SEPARATOR: Final = ","
NUMBER_GROUPING: Final = 3
