"""The tables as CSV files that a spreadsheet program can open without harm."""

from __future__ import annotations

import csv
import io
import zipfile
from datetime import date

from core.money import EXPONENTS, Money
from reports.render.columns import Cells, Column, Row, Table
from reports.render.tables import report_tables
from reports.render.values import Month, Part, Text, Value, Word
from reports.render.words import ENGLISH

# What spreadsheet programs take for the beginning of a formula, full-width forms included.
FORMULA_LEADS = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%", "＝", "＋", "－", "＠")


def csv_files(*, snapshot: Row) -> dict[str, bytes]:
    """
    Return every table as a CSV file (UTF-8 with a byte order mark), by file name.

    Amounts are decimals in major units, their currency in a column beside; dates
    are ISO; texts stand in both languages; there are no total lines.
    """
    return {f"{key}.csv": table_csv(table) for key, table in report_tables(snapshot).items()}


def zipped(files: dict[str, bytes]) -> bytes:
    """Pack files into one archive whose bytes depend on nothing else."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(files):
            archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), files[name])
    return packed.getvalue()


def harmless(text: str) -> str:
    """Put an apostrophe before a text that a spreadsheet program would run as a formula."""
    return f"'{text}" if text.lstrip(" \u00a0\u200b\ufeff").startswith(FORMULA_LEADS) or text.startswith(FORMULA_LEADS) else text


def table_csv(table: Table) -> bytes:
    """Write one table: a currency column stands beside its amounts unless the table has one."""
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\r\n")
    names = [name for column in table.columns for name in _names(column)]
    states_currency = "currency" not in names and any(column.kind == "money" for column in table.columns)
    writer.writerow([*names, "currency"] if states_currency else names)
    for row in table.rows:
        cells = [cell for column, value in zip(table.columns, row, strict=True) for cell in _cells(column, value)]
        writer.writerow([*cells, _currency(table, row)] if states_currency else cells)
    return written.getvalue().encode("utf-8-sig")


def _currency(table: Table, row: Cells) -> str:
    """Return the currency of a row's amounts; local amounts have a column of their own for it."""
    amounts = zip(table.columns, row, strict=True)
    return next((v.currency for column, v in amounts if isinstance(v, Money) and column.key != "local_amount"), "")


def _names(column: Column) -> tuple[str, ...]:
    return (f"{column.key}_en", f"{column.key}_km") if column.kind == "both" else (column.key,)


def _cells(column: Column, value: Value) -> tuple[str, ...]:
    if isinstance(value, Text):
        return harmless(value.en), harmless(value.km)
    return (_cell(value), "") if column.kind == "both" else (_cell(value),)


def _cell(value: Value) -> str:
    if value is None:
        return ""
    if isinstance(value, Month):
        return value.text
    if isinstance(value, Word):
        return value.read(ENGLISH)
    if isinstance(value, Money):
        return f"{value.major():.{EXPONENTS[value.currency]}f}"
    if isinstance(value, Part):
        tenths = value.tenths()
        return "" if tenths is None else f"{tenths // 10}.{tenths % 10}"
    if isinstance(value, Text | date):
        return value.isoformat() if isinstance(value, date) else harmless(value.en)
    return str(value) if isinstance(value, int) else harmless(str(value))
