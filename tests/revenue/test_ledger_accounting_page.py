"""The worked example of docs/accounting.md is posted as it is printed, and ends where the page says."""

from __future__ import annotations

import re
from dataclasses import asdict
from datetime import date
from itertools import groupby
from pathlib import Path

import pytest
from django.conf import settings

from revenue.ledger import chart, checks, queries, services
from revenue.ledger.chart import Place, Row
from revenue.ledger.models import Entry
from tests.revenue.ledger_books import cents

pytestmark = pytest.mark.django_db
PAGE = Path(settings.BASE_DIR) / "docs" / "accounting.md"
DAY = date(2026, 3, 2)


def _cells() -> list[list[str]]:
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("| ")]


def _place(words: str) -> Place:
    """Read a place as the page prints it: ``X pot A``, ``advance B``, ``fx``."""
    first, *rest = words.split()
    bank, kind, rest = (first, rest[0], rest[1:]) if first in ("X", "Y") else ("", first, rest)
    code = rest[0] if rest else ""
    held_by = "holder" if kind in (*chart.WITH_RECIPIENTS, chart.SPENT) else "pot"
    return Place(kind, "USD", bank=bank, **{held_by: code})


def _local(words: str) -> tuple[int, str]:
    if not words:
        return 0, ""
    currency, amount = words.split()
    return (cents(amount) if currency == "USD" else int(amount.replace(",", ""))), currency


def _row(cells: list[str]) -> Row:
    _number, _event, debit, credit, amount, tranche, lot, local = cells
    number = int(re.sub(r"\D", "", tranche)) if tranche.startswith("T") else 20
    opened = services.open_tranche(source="SALE", received_on=date(2026, 1, number), currency="USD", code=tranche)
    return Row(_place(debit), _place(credit), cents(amount), opened.pk, int(lot.removeprefix("D") or 0), *_local(local))


def _undone(rows: list[Row]) -> Entry:
    """Find the entry of which these rows are the other way round."""
    wanted = [(row.credit.code, row.debit.code, row.amount_minor, row.lot) for row in rows]
    for entry in Entry.objects.order_by("-id"):
        if list(entry.postings.order_by("line").values_list("debit__code", "credit__code", "amount_minor", "lot")) == wanted:
            return entry
    raise AssertionError("the page reverses an entry that it does not show")


def test_the_worked_example_ends_where_the_page_says() -> None:
    table = _cells()
    printed = [cells for cells in table if len(cells) == 8 and cells[0].isdigit()]
    for (number, event), lines in groupby(printed, key=lambda cells: (cells[0], cells[1])):
        rows = [_row(cells) for cells in lines]
        if event in chart.REVERSING:
            original = _undone(rows)
            services.reverse(entry_id=original.pk, day=DAY, key=number, by_id=1, document="page", event=event)
        else:
            services.post(event=event, day=DAY, rows=rows, key=number, document="page", by_id=1)
    members = {cells[0]: cents(cells[1]) for cells in table if len(cells) == 2 and cells[1][:1].isdigit()}
    equation = asdict(queries.equation())
    assert members == {name: amount for name, amount in equation.items() if name != "currency"}
    assert len(members) == 13
    assert not list(checks.run(name for name in checks.names() if name.startswith("ledger.")))


def test_the_page_knows_every_kind_and_every_event() -> None:
    words = PAGE.read_text(encoding="utf-8")
    assert [name for name in (*chart.KINDS, *chart.EVENTS) if not re.search(rf"\b{name}\b", words)] == []
