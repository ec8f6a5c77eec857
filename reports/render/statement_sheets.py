"""A community's statement as a workbook and as CSV: the figures of its page, in tables that a spreadsheet program can open without harm."""

from __future__ import annotations

import io
from collections.abc import Iterable
from datetime import datetime
from typing import Final

import xlsxwriter

from core.money import Money
from reports.render.columns import Column, Row, Table
from reports.render.csv_rows import table_csv, zipped
from reports.render.statement_words import word as statement_word
from reports.render.values import Text, Value, Word
from reports.render.words import check_language
from reports.render.xlsx import OPTIONS, Formats, table_sheet

SUMS: Final = {
    "share": "share", "paid": "paid", "spent": "spent", "opening": "opening", "other": "less_other", "closing": "closing",
    "at_bank": "at_bank", "to_repay": "to_repay",
}  # fmt: skip


def statement_csv(*, content: Row) -> bytes:
    """Return a zip of the statement's tables as CSV (UTF-8 with a byte order mark): decimals in major units, their currency beside."""
    return zipped({f"{table.key}.csv": table_csv(table) for table in statement_tables(content)})


def statement_xlsx(*, content: Row, language: str) -> bytes:
    """
    Return the statement's tables as a workbook, a sheet a table.

    :raises UnknownLanguage: if statements are not made in this language
    """
    check_language(language)
    written = io.BytesIO()
    book = xlsxwriter.Workbook(written, OPTIONS)
    book.set_properties({"created": datetime.fromisoformat(content["frozen_at"]).replace(tzinfo=None)})
    formats = Formats(book)
    for table in statement_tables(content):
        table_sheet(book, formats, table.key, table, language)
    book.close()
    return written.getvalue()


def statement_tables(content: Row) -> list[Table]:
    """Return the tables of a statement: about whom, the sums, shares, payments, purchases, what is held, what is late."""
    book: str = content["currency"]
    name = Text.of(content["recipient"]["name"])
    head = [{"key": "recipient", "value": name}, {"key": "period", "value": content["period"]["label"]}]
    if content["demonstration"]:
        head.append({"key": "status", "value": Word("demonstration")})
    money = content["money"]
    sums = [
        {"text": Text(statement_word(key, "en"), statement_word(key, "km")), "minor": money[f"{field}_minor"], "currency": book}
        for field, key in SUMS.items()
    ]
    return [
        _table("statement", [Column("measure", lambda row: Word(row["key"])), _value("title_of", "value")], head),
        _table("sums", [_value("member", "text"), _money("minor")], sums),
        _table("shares", [_text("tranche", "receipt"), _text("received_on"), _both("pot"), _text("state"), _both("reason", "how"), _own(book)],
               content["shares"]),
        _table("payments", [_text("reference"), _text("paid_on"), _both("purpose"), _text("bank", "account"), _own(book),
                            Column("local_currency", lambda row: row["local_currency"]),
                            Column("local_amount", lambda row: Money(row["local_minor"], row["local_currency"]), "money")],
               content["payments"]),
        _table("purchases", [_text("reference"), _text("date", "spent_on"), _both("category"), _text("title_of", "description"),
                             Column("with_evidence", lambda row: Word("yes" if row["has_evidence"] else "no")), _money("amount_minor")],
               content["spending"]),
        _table("held", [_money("minor")], money["held"]),
        _table("late", [_text("kind"), _text("reference"), Column("age_days", lambda row: row["days"], "figure"), _own(book)], content["late"]),
    ]  # fmt: skip


def _table(key: str, columns: Iterable[Column], rows: Iterable[Row]) -> Table:
    listed = tuple(columns)
    return Table(key, listed, tuple(tuple(column.get(row) for column in listed) for row in rows), None, "e_rows")


def _text(key: str, field: str | None = None) -> Column:
    return Column(key, lambda row: row.get(field or key))


def _value(key: str, field: str) -> Column:
    return Column(key, lambda row: row[field], "both")


def _both(key: str, field: str | None = None) -> Column:
    return Column(key, lambda row: Text.of(row[field or key]), "both")


def _money(field: str) -> Column:
    return Column("amount", lambda row: Money(row[field], row["currency"]), "money")


def _own(currency: str) -> Column:
    def amount(row: Row) -> Value:
        return Money(row["amount_minor"], currency)

    return Column("amount", amount, "money")
