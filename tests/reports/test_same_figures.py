"""What a PDF prints is, equal, in the workbook, the CSV files and the JSON: read back out of the real files."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from typing import Any

import pikepdf
import pypdfium2
import pytest
from python_calamine import CalamineWorkbook

from core.audit.hashing import canonical
from reports.render import render_csv_zip, render_pdf, render_xlsx
from reports.render.annex import annex_csv, annex_xlsx
from reports.render.annex_pages import annex_pdf
from reports.render.statement import render_statement
from reports.render.statement_sheets import statement_csv, statement_xlsx
from tests.benchmarks import render as made_up
from tests.golden.snapshot import golden_snapshot, programme_snapshot

SNAPSHOTS = {"project": golden_snapshot, "programme": programme_snapshot}
EDITIONS = ("km", "en", "both")
# Figures stand alone: not inside a reference, a hash, a serial number, a date or an address.
AMOUNT = re.compile(r"(?<![\w/.:,-])[−-]?\d[\d,]*\.\d\d(?![\w/.:%,-])")
WHOLE = re.compile(r"(?<![\w/.:,−-])\d{1,3}(?:,\d{3})+(?![\w/.:,-])")


def text_of(pdf: bytes) -> str:
    with pypdfium2.PdfDocument(pdf) as document:
        return "\n".join(page.get_textpage().get_text_range() for page in document)


def amounts_in(text: str) -> set[Decimal]:
    return {Decimal(found.replace(",", "").replace("−", "-")) for found in AMOUNT.findall(text)}


def wholes_in(text: str) -> set[int]:
    return {int(found.replace(",", "")) for found in WHOLE.findall(text)}


def attached(pdf: bytes, name: str) -> dict[str, Any]:
    with pikepdf.open(io.BytesIO(pdf)) as document:
        found: dict[str, Any] = json.loads(document.attachments[name].get_file().read_bytes())
    return found


def leaves(value: Any, key: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every plain value of some JSON with the key it stands under; members of an equation stand under their own."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from leaves(inner, f"{name}_minor" if key == "members" else name)
    elif isinstance(value, list):
        for inner in value:
            yield from leaves(inner, key)
    else:
        yield key, value


@cache
def pdf_of(scope: str, edition: str) -> bytes:
    return render_pdf(snapshot=SNAPSHOTS[scope](), language=edition)


@cache
def in_workbook(scope: str) -> tuple[set[Decimal], set[int]]:
    book = CalamineWorkbook.from_filelike(io.BytesIO(render_xlsx(snapshot=SNAPSHOTS[scope](), language="en")))
    return numbers(cell for name in book.sheet_names for row in book.get_sheet_by_name(name).to_python() for cell in row)


@cache
def csv_tables(scope: str) -> list[list[list[str]]]:
    with zipfile.ZipFile(io.BytesIO(render_csv_zip(snapshot=SNAPSHOTS[scope]()))) as archive:
        texts = [archive.read(name).decode("utf-8-sig") for name in archive.namelist() if name.endswith(".csv")]
    return [list(csv.reader(io.StringIO(text))) for text in texts]


@cache
def in_csv(scope: str) -> set[Decimal]:
    return numbers(cell for table in csv_tables(scope) for row in table for cell in row)[0]


@cache
def sums_of_csv(scope: str) -> set[Decimal]:
    """Add up every column of amounts: CSV holds no totals, since a program would count them twice."""
    sums = set()
    for table in csv_tables(scope):
        for column in zip(*table[1:], strict=True):
            if any(AMOUNT.fullmatch(cell) for cell in column):
                sums.add(sum((Decimal(cell.replace(",", "")) for cell in column if AMOUNT.fullmatch(cell)), Decimal(0)))
    return sums


def numbers(cells: Iterable[object]) -> tuple[set[Decimal], set[int]]:
    """Return the amounts, to the cent, and the whole numbers that stand in some cells."""
    amounts, wholes = set(), set()
    for cell in cells:
        if (isinstance(cell, int | float) and not isinstance(cell, bool)) or (isinstance(cell, str) and re.fullmatch(r"-?\d[\d,]*(\.\d\d)?", cell)):
            amount = Decimal(str(cell).replace(",", "")).quantize(Decimal("0.01"))
            amounts.add(amount)
            if amount == amount.to_integral_value():
                wholes.add(abs(int(amount)))
    return amounts, wholes


def rounded(amounts: Iterable[Decimal]) -> set[int]:
    """Return what charts and tiles print of amounts: whole dollars, rounded half away from zero."""
    return {abs(int(amount.quantize(Decimal(1), ROUND_HALF_UP))) for amount in amounts}


@pytest.mark.parametrize("edition", EDITIONS)
@pytest.mark.parametrize("scope", SNAPSHOTS)
class TestReport:
    def test_every_amount_of_the_pdf_is_in_the_workbook(self, scope: str, edition: str) -> None:
        printed = amounts_in(text_of(pdf_of(scope, edition)))
        assert len(printed) > 100
        assert printed - in_workbook(scope)[0] == set()

    def test_every_amount_of_the_pdf_is_in_the_csv(self, scope: str, edition: str) -> None:
        assert amounts_in(text_of(pdf_of(scope, edition))) - in_csv(scope) - sums_of_csv(scope) == set()

    def test_every_amount_of_the_pdf_is_in_the_json_inside_it_or_the_sum_of_a_column(self, scope: str, edition: str) -> None:
        found = list(leaves(attached(pdf_of(scope, edition), "snapshot.json")))
        known = {Decimal(value) / 100 for key, value in found if key.endswith("_minor") and value}
        known |= {Decimal(value.replace(",", "")) for _key, value in found if isinstance(value, str) and AMOUNT.fullmatch(value)}  # prices
        known |= {-amount for amount in known} | {Decimal(0)}
        printed = amounts_in(text_of(pdf_of(scope, edition)))
        assert printed - known - sums_of_csv(scope) == set()
        assert len(printed & known) > 0.9 * len(printed)

    def test_every_whole_number_is_a_count_there_or_an_amount_rounded_for_a_chart(self, scope: str, edition: str) -> None:
        printed = wholes_in(text_of(pdf_of(scope, edition)))
        amounts, wholes = in_workbook(scope)
        assert len(printed) > 20
        ticks = {number for number in printed if number % 10_000 == 0}
        assert printed - wholes - rounded(amounts) - rounded(groups_of_the_flow(scope)) - ticks == set()


def groups_of_the_flow(scope: str) -> set[Decimal]:
    """Return what the picture of the flow adds up: all there is, what was used, what is at the bank, what is with recipients."""
    members = SNAPSHOTS[scope]()["equation"]["closing"]["members"]
    held = {name: value for name, value in members.items() if value > 0}
    used, gone = {"spent", "charges", "lost", "fx"}, {"with_recipients", "recoverable"}
    groups = (set(held), used, gone, set(held) - used - gone)
    return {Decimal(sum(value for name, value in held.items() if name in group)) / 100 for group in groups}


@pytest.mark.parametrize("scope", SNAPSHOTS)
def test_workbook_and_csv_hold_the_same_amounts(scope: str) -> None:
    assert in_csv(scope) - in_workbook(scope)[0] == set()


# --- The statement ---------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("edition", EDITIONS)
def test_every_figure_of_a_statement_is_in_the_json_inside_it(edition: str) -> None:
    pdf = render_statement(content=made_up.statement(7), language=edition)
    content = attached(pdf, "statement.json")
    assert content == made_up.statement(7)
    rate = content["rate"]
    minor = [value for key, value in leaves(content) if key.endswith("minor") and value is not None]
    dollars = {Decimal(value) / 100 for value in minor}
    riel = set(minor) | {value * rate["local_minor"] // rate["amount_minor"] for value in minor}
    riel |= {sum(row["amount_minor"] for row in content["spending"])}
    counts = {value for key, value in leaves(content) if key == "quantity"}
    printed = text_of(pdf).replace("$", " ")
    assert len(amounts_in(printed)) > 8
    assert {abs(amount) for amount in amounts_in(printed)} - dollars == set()
    assert wholes_in(printed) - riel - counts == set()


# --- The annex -------------------------------------------------------------------------------------------------------------------
LINES = 95


@cache
def annex() -> tuple[list[Any], dict[str, Any]]:
    table = made_up.AnnexTable("postings", made_up.COLUMNS, LINES, lambda: made_up.lines(LINES))
    return [table], {**made_up.HEAD, "control": [{"member": "spent", "in_report_minor": 712_345, "in_lines_minor": 712_344, "difference_minor": -1}]}


@pytest.mark.parametrize("edition", EDITIONS)
def test_the_lists_of_an_annex_are_the_same_in_pdf_workbook_and_csv(edition: str) -> None:
    tables, head = annex()
    pdf = annex_pdf(head=head, tables=tables, language=edition)
    printed = Counter(Decimal(found.replace(",", "").replace("−", "-")) for found in AMOUNT.findall(text_of(pdf)))
    book = CalamineWorkbook.from_filelike(io.BytesIO(annex_xlsx(head=head, tables=tables, language="en")))
    rows = book.get_sheet_by_name("postings").to_python()[1:]
    with zipfile.ZipFile(io.BytesIO(annex_csv(head=head, tables=tables))) as archive:
        lines = list(csv.DictReader(io.StringIO(archive.read("postings.csv").decode("utf-8-sig"))))
        control = list(csv.DictReader(io.StringIO(archive.read("control.csv").decode("utf-8-sig"))))
        assert archive.read("annex.json").decode() == canonical(head)
    in_book = Counter(Decimal(str(row[6])).quantize(Decimal("0.01")) for row in rows)
    in_lines = Counter(Decimal(line["amount"]) for line in lines)
    assert in_book == in_lines
    sums = Counter(Decimal(control[0][name]) for name in ("in_report", "in_lines", "difference"))
    assert printed == in_lines + sums
    assert attached(pdf, "annex.json") == head


def test_the_figures_of_a_statement_are_the_same_in_workbook_and_csv_and_run_no_formula() -> None:
    content = made_up.statement(7)
    content["spending"][0]["description"] = "=1+1"
    printed = {abs(amount) for amount in amounts_in(text_of(render_statement(content=content)).replace("$", " "))}
    book = CalamineWorkbook.from_filelike(io.BytesIO(statement_xlsx(content=content, language="km")))
    in_book = numbers(cell for name in book.sheet_names for row in book.get_sheet_by_name(name).to_python() for cell in row)[0]
    with zipfile.ZipFile(io.BytesIO(statement_csv(content=content))) as archive:
        texts = {name: archive.read(name).decode("utf-8-sig") for name in archive.namelist()}
    in_lines = numbers(cell for text in texts.values() for row in csv.reader(io.StringIO(text)) for cell in row)[0]
    assert len(printed) > 8
    assert printed - {abs(amount) for amount in in_book} == set()
    assert printed - {abs(amount) for amount in in_lines} == set()
    assert "'=1+1" in texts["purchases.csv"]
    assert "=1+1" in [row[3] for row in book.get_sheet_by_name("purchases").to_python()]
