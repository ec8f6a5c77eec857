"""The auditor's annex as XLSX and CSV, line by line: however long it is, only a part of it is in memory."""

from __future__ import annotations

import csv
import io
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, Literal

from core.audit.hashing import canonical
from core.money import EXPONENTS, Money
from reports.render.annex_words import word
from reports.render.csv_rows import harmless
from reports.render.words import check_language
from reports.render.words import word as report_word

Json = Mapping[str, Any]
Line = Sequence[Any]
# How many lines a sheet of a workbook takes; Excel itself ends at 1,048,576.
SHEET_LINES: Final = 1_000_000
# Stands between the two languages of a text, in lines for an edition of both; nobody can type it.
BETWEEN: Final = "\x1f"


@dataclass(frozen=True, slots=True)
class AnnexColumn:
    """
    A column of a list. ``share`` is its part of the page's width; 0 leaves it out on paper.

    Money is whole minor units; ``currency_at`` is the place, in the line, of its currency.
    """

    key: str
    kind: Literal["text", "day", "count", "money"] = "text"
    share: int = 0
    currency_at: int = -1


@dataclass(frozen=True, slots=True)
class AnnexTable:
    """A list that is read line by line, each time anew; ``count`` is how many lines it has."""

    key: str
    columns: Sequence[AnnexColumn]
    count: int
    lines: Callable[[], Iterator[Line]]


def decimal_text(minor: int, currency: str) -> str:
    """Write an amount with a point and the currency's decimals, without commas: 12345.60."""
    places = EXPONENTS[currency]
    if not places:
        return str(minor)
    sign, whole = ("-", -minor) if minor < 0 else ("", minor)
    return f"{sign}{whole // 10**places}.{whole % 10**places:0{places}d}"


def annex_csv(*, head: Json, tables: Sequence[AnnexTable]) -> bytes:
    """
    Return a zip of the lists as CSV (UTF-8 with a byte order mark), the control sums, and ``annex.json``.

    Amounts are decimals in major units with their currency in a column beside; no cell begins a formula.
    """
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(_member("annex.json"), canonical(head))
        with archive.open(_member("control.csv"), "w") as part, io.TextIOWrapper(part, "utf-8-sig", newline="") as written:
            writer = csv.writer(written, lineterminator="\r\n")
            writer.writerow(["member", "in_report", "in_lines", "difference", "currency"])
            writer.writerows(_control_line(row, head["currency"]) for row in head["control"])
        for table in tables:
            with archive.open(_member(f"{table.key}.csv"), "w") as part, io.TextIOWrapper(part, "utf-8-sig", newline="") as written:
                writer = csv.writer(written, lineterminator="\r\n")
                writer.writerow([column.key for column in table.columns])
                writer.writerows(_csv_line(table.columns, line) for line in table.lines())
    return packed.getvalue()


def _member(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    info.compress_type = zipfile.ZIP_STORED
    return info


def _control_line(row: Json, currency: str) -> list[str]:
    return [row["member"], *(decimal_text(row[name], currency) for name in ("in_report_minor", "in_lines_minor", "difference_minor")), currency]


def _csv_line(columns: Sequence[AnnexColumn], line: Line) -> list[str]:
    return [_csv_cell(column, value, line) for column, value in zip(columns, line, strict=True)]


def _csv_cell(column: AnnexColumn, value: Any, line: Line) -> str:
    if value is None or value == "":
        return ""
    if column.kind == "money":
        return decimal_text(value, line[column.currency_at]) if line[column.currency_at] else ""
    return harmless(value) if column.kind == "text" else str(value)


def annex_xlsx(*, head: Json, tables: Sequence[AnnexTable], language: str) -> bytes:
    """
    Return the lists as a workbook, a sheet a list, after a sheet with the control sums.

    :raises UnknownLanguage: if reports are not made in this language
    """
    import xlsxwriter  # only when a workbook is made

    check_language(language)
    written = io.BytesIO()
    with tempfile.TemporaryDirectory() as folder:
        options = {
            "constant_memory": True, "tmpdir": folder, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False,
        }  # fmt: skip
        book = xlsxwriter.Workbook(written, options)
        frozen_at = datetime.fromisoformat(head["frozen_at"]).replace(tzinfo=None)
        book.set_properties({"title": word("title", language), "created": frozen_at})
        formats = _Formats(book)
        _control_sheet(book, formats, head, language)
        for table in tables:
            _sheets(book, formats, table, language)
        book.close()
    return written.getvalue()


class _Formats:
    """The few cell formats of the workbook."""

    def __init__(self, book: Any) -> None:
        base = {"font_name": "Noto Sans Khmer", "font_size": 9}
        self.text = book.add_format(base)
        self.title = book.add_format({**base, "bold": True, "font_size": 15, "font_color": "#1F4D36"})
        self.head = book.add_format({**base, "bold": True, "font_color": "#FFFFFF", "bg_color": "#1F4D36", "text_wrap": True})
        self.day = book.add_format({**base, "num_format": "yyyy-mm-dd", "align": "left"})
        self.money = {places: book.add_format({**base, "num_format": "#,##0" + (".00" if places else "")}) for places in (0, 2)}


def _control_sheet(book: Any, formats: _Formats, head: Json, language: str) -> None:
    sheet = book.add_worksheet("control")
    sheet.set_column(0, 0, 36)
    sheet.set_column(1, 3, 20)
    sheet.write_string(0, 0, word("title", language), formats.title)
    sheet.write_string(1, 0, f"{head['report']['name'][language] or head['report']['name']['en']} {head['period']['label']}", formats.text)
    sheet.write_string(2, 0, f"{word('fingerprint', language)} {head['report']['sha256']}", formats.text)
    if head["demonstration"]:
        sheet.write_string(3, 0, word("demonstration", language), formats.text)
    for column, key in enumerate(("control", "in_report", "in_lines", "difference")):
        sheet.write_string(4, column, word(key, language), formats.head)
    money = formats.money[EXPONENTS[head["currency"]]]
    for at, row in enumerate(head["control"], start=5):
        sheet.write_string(at, 0, report_word(row["member"], language), formats.text)
        for column, name in enumerate(("in_report_minor", "in_lines_minor", "difference_minor"), start=1):
            sheet.write_number(at, column, Money(row[name], head["currency"]).major(), money)


def _sheets(book: Any, formats: _Formats, table: AnnexTable, language: str) -> None:
    """Write a list; one that is longer than a sheet goes on in the next."""
    sheet = _new_sheet(book, formats, table, language, 1)
    for at, line in enumerate(table.lines()):
        if at and at % SHEET_LINES == 0:
            sheet = _new_sheet(book, formats, table, language, at // SHEET_LINES + 1)
        for column, (one, value) in enumerate(zip(table.columns, line, strict=True)):
            _write(sheet, formats, at % SHEET_LINES + 1, column, one, value, line)


def _new_sheet(book: Any, formats: _Formats, table: AnnexTable, language: str, number: int) -> Any:
    sheet = book.add_worksheet(table.key if number == 1 else f"{table.key} {number}")
    sheet.freeze_panes(1, 0)
    for column, one in enumerate(table.columns):
        sheet.set_column(column, column, max(10, one.share * 0.9))
        sheet.write_string(0, column, word(one.key, language), formats.head)
    return sheet


def _write(sheet: Any, formats: _Formats, row: int, at: int, column: AnnexColumn, value: Any, line: Line) -> None:
    if value is None or value == "":
        return
    if column.kind == "money":
        currency = line[column.currency_at]
        if currency:
            sheet.write_number(row, at, Money(value, currency).major(), formats.money[EXPONENTS[currency]])
    elif column.kind == "day":
        sheet.write_datetime(row, at, date.fromisoformat(value), formats.day)
    elif column.kind == "count":
        sheet.write_number(row, at, value, formats.money[0])
    else:
        sheet.write_string(row, at, value, formats.text)
