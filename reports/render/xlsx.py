"""The tables as one workbook: numbers are numbers, texts are never formulas, and the same snapshot gives the same bytes."""

from __future__ import annotations

import io
from datetime import date, datetime
from typing import Any, Final

import xlsxwriter

from core.money import EXPONENTS, Money
from reports.render.columns import Row, Table
from reports.render.tables import report_tables
from reports.render.values import Part, Value, read
from reports.render.words import check_language, word

OPTIONS: Final = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
_FONT: Final = "Noto Sans Khmer"
_GREEN: Final = "#1F4D36"
_WIDEST: Final = 48


def workbook(*, snapshot: Row, language: str, fingerprint: str) -> bytes:
    """
    Write every table on a sheet of its own, with a first sheet that says what this is.

    :raises UnknownLanguage: if reports are not made in this language
    """
    check_language(language)
    written = io.BytesIO()
    book = xlsxwriter.Workbook(written, OPTIONS)
    frozen_at = datetime.fromisoformat(snapshot["frozen_at"]).replace(tzinfo=None)
    book.set_properties({"title": word("title", language), "author": _of(snapshot["authority"], language), "created": frozen_at})
    formats = Formats(book)
    _cover(book, formats, snapshot, language, fingerprint)
    for key, table in report_tables(snapshot).items():
        table_sheet(book, formats, key, table, language)
    book.close()
    return written.getvalue()


class Formats:
    """The few cell formats of the workbook."""

    def __init__(self, book: Any) -> None:
        base = {"font_name": _FONT, "font_size": 10, "valign": "top"}
        self.text = book.add_format({**base, "text_wrap": True})
        self.title = book.add_format({**base, "bold": True, "font_size": 16, "font_color": _GREEN})
        self.warning = book.add_format({**base, "bold": True, "font_color": "#9A3412"})
        self.head = book.add_format({**base, "bold": True, "font_color": "#FFFFFF", "bg_color": _GREEN, "text_wrap": True})
        self.day = book.add_format({**base, "num_format": "yyyy-mm-dd", "align": "left"})
        self.count = book.add_format({**base, "num_format": "#,##0"})
        self.percent = book.add_format({**base, "num_format": "0.0 %"})
        self.money = {places: book.add_format({**base, "num_format": _pattern(places)}) for places in (0, 2)}
        total = {**base, "bold": True, "top": 1, "bg_color": "#EEF3EF"}
        self.total = book.add_format(total)
        self.total_count = book.add_format({**total, "num_format": "#,##0"})
        self.total_percent = book.add_format({**total, "num_format": "0.0 %"})
        self.total_money = {places: book.add_format({**total, "num_format": _pattern(places)}) for places in (0, 2)}


def _pattern(places: int) -> str:
    return "#,##0" + (f".{'0' * places}" if places else "")


def _of(text: Row, language: str) -> str:
    return str(text[language] or text["en"])


def _cover(book: Any, formats: Formats, snapshot: Row, language: str, fingerprint: str) -> None:
    sheet = book.add_worksheet(word("title", language)[:31])
    sheet.set_column(0, 0, 34)
    sheet.set_column(1, 1, 76)
    sheet.write_string(0, 0, word("title", language), formats.title)
    period = snapshot["period"]
    facts = [
        ("prepared_by", _of(snapshot["authority"], language)),
        ("project" if snapshot["scope"]["level"] == "project" else "programme", _of(snapshot["scope"]["name"], language)),
        ("period", f"{period['label']} ({period['first']} – {period['end']})"),
        ("version", str(snapshot["version"])),
        ("status", word("closed" if snapshot["books"]["closed"] else "interim", language)),
        ("currency", snapshot["currency"]),
        ("frozen_at", snapshot["frozen_at"]),
        ("fingerprint", fingerprint),
    ]
    for at, (key, text) in enumerate(facts, start=2):
        sheet.write_string(at, 0, word(key, language), formats.text)
        sheet.write_string(at, 1, text, formats.text)
    if snapshot["demonstration"]:
        sheet.write_string(len(facts) + 3, 0, word("demonstration", language), formats.warning)


def table_sheet(book: Any, formats: Formats, key: str, table: Table, language: str) -> None:
    """Add a sheet with one table: its head stays in sight, its totals stand out."""
    sheet = book.add_worksheet(key)
    sheet.freeze_panes(1, 0)
    sheet.repeat_rows(0)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    for column, head in enumerate(table.columns):
        sheet.write_string(0, column, word(head.key, language), formats.head)
        sheet.set_column(column, column, _width(table, column, language))
    if not table.rows:
        sheet.write_string(1, 0, word(table.empty, language), formats.text)
        return
    for line, row in enumerate(table.rows, start=1):
        for column, value in enumerate(row):
            _write(sheet, formats, line, column, value, language, total=False)
    sheet.autofilter(0, 0, len(table.rows), len(table.columns) - 1)
    for column, value in enumerate(table.totals or ()):
        _write(sheet, formats, len(table.rows) + 1, column, value, language, total=True)


def _width(table: Table, column: int, language: str) -> int:
    """Return a column's width in letters, measured on the first rows."""
    found = [word(table.columns[column].key, language), *(read(row[column], language) for row in table.rows[:200])]
    return min(_WIDEST, max(10, max(map(len, found)) + 2))


def _write(sheet: Any, formats: Formats, line: int, column: int, value: Value, language: str, *, total: bool) -> None:
    if value is None:
        sheet.write_blank(line, column, None, formats.total if total else formats.text)
    elif isinstance(value, Money):
        places = EXPONENTS[value.currency]
        sheet.write_number(line, column, value.major(), (formats.total_money if total else formats.money)[places])
    elif isinstance(value, Part):
        _write_part(sheet, formats, line, column, value, total=total)
    elif isinstance(value, int):
        sheet.write_number(line, column, value, formats.total_count if total else formats.count)
    elif isinstance(value, date):
        sheet.write_datetime(line, column, value, formats.day)
    else:
        text = value if isinstance(value, str) else value.read(language)
        sheet.write_string(line, column, text, formats.total if total else formats.text)


def _write_part(sheet: Any, formats: Formats, line: int, column: int, value: Part, *, total: bool) -> None:
    tenths = value.tenths()
    if tenths is None:
        sheet.write_blank(line, column, None, formats.total if total else formats.text)
    else:
        sheet.write_number(line, column, tenths / 1000, formats.total_percent if total else formats.percent)
