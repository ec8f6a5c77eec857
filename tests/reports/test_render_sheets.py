"""The workbook and the CSV files hold the same figures as the snapshot, and run nothing."""

from __future__ import annotations

import csv
import io
import time
import zipfile
from decimal import Decimal
from typing import Any

import pypdfium2
import pytest
from python_calamine import CalamineWorkbook

from reports.render import render_csv, render_csv_zip, render_pdf, render_xlsx
from reports.render.csv_rows import harmless
from reports.render.iati import iati_xml
from reports.render.tables import COUNTS, HEADLINE, MEASURES, MEMBERS, report_tables
from reports.render.words import UnknownLanguage
from tests.golden.snapshot import empty_snapshot, golden_snapshot, programme_snapshot

FORMULAS = ["=1+1", "+855 12 345", "-2", "@SUM(A1)", "\t=1", "  =1", "|cmd", "＝1", "%0A"]


def sheet(snapshot: dict[str, Any], name: str, language: str = "en") -> list[list[Any]]:
    book = CalamineWorkbook.from_filelike(io.BytesIO(render_xlsx(snapshot=snapshot, language=language)))
    return book.get_sheet_by_name(name).to_python()


def lines(snapshot: dict[str, Any], name: str) -> list[dict[str, str]]:
    text = render_csv(snapshot=snapshot)[f"{name}.csv"].decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def cents(value: object) -> int:
    return int((Decimal(str(value)) * 100).to_integral_exact())


@pytest.mark.parametrize("span", ["opening", "movement", "closing"])
def test_the_equation_is_the_same_in_csv_xlsx_and_snapshot(span: str) -> None:
    snapshot = golden_snapshot()
    column = snapshot["equation"][span]
    expected = [column["received_minor"], *(column["members"][name] for name in MEMBERS), column["difference_minor"]]
    assert [cents(row[span]) for row in lines(snapshot, "equation")] == expected
    at = 1 + ["opening", "movement", "closing"].index(span)
    assert [cents(row[at]) for row in sheet(snapshot, "equation")[1:]] == expected


@pytest.mark.parametrize(("table", "span"), [("purpose", "period"), ("purpose_to_date", "to_date")])
def test_purposes_are_the_same_in_csv_xlsx_and_snapshot(table: str, span: str) -> None:
    snapshot = golden_snapshot()
    expected = [[row[span][f"{name}_minor"] for name in MEASURES] for row in snapshot["by_purpose"]]
    assert [[cents(row[name]) for name in MEASURES] for row in lines(snapshot, table)] == expected
    rows = sheet(snapshot, table)
    assert [[cents(value) for value in row[1:6]] for row in rows[1:-1]] == expected
    assert cents(rows[-1][1]) == snapshot["headline"][span]["allocated_minor"]


def test_the_headline_is_the_same_in_csv_and_xlsx() -> None:
    snapshot = golden_snapshot()
    figures = snapshot["headline"]["period"]
    expected = [figures.get(f"{name}_minor", figures.get(name)) for name in HEADLINE]
    written = [row["in_period"] for row in lines(snapshot, "headline")]
    assert [cents(value) if "." in value else int(value) for value in written] == expected
    counts = {at for at, name in enumerate(HEADLINE) if name in COUNTS}
    in_book = [row[1] for row in sheet(snapshot, "headline")[1:]]
    assert [int(value) if at in counts else cents(value) for at, value in enumerate(in_book)] == expected


def test_every_table_is_a_sheet_and_a_file_with_the_same_number_of_rows() -> None:
    snapshot = programme_snapshot()
    tables = report_tables(snapshot)
    for key, table in tables.items():
        extra = 1 if table.totals else 0
        assert len(lines(snapshot, key)) == len(table.rows)
        assert len(sheet(snapshot, key)) == 1 + max(1, len(table.rows) + extra)


def test_csv_columns_do_not_depend_on_the_rows() -> None:
    full, empty = render_csv(snapshot=golden_snapshot()), render_csv(snapshot=empty_snapshot())
    assert {name: text.split(b"\r\n")[0] for name, text in full.items()} == {name: text.split(b"\r\n")[0] for name, text in empty.items()}


def test_csv_states_both_languages_and_the_currency() -> None:
    row = lines(golden_snapshot(), "disbursements")[0]
    assert (row["recipient_en"], row["recipient_km"]) == ("Andoung Kraloeng village committee", "គណៈកម្មការភូមិអណ្តូងក្រឡឹង")
    assert (row["amount"], row["currency"], row["local_amount"], row["local_currency"]) == ("9000.00", "USD", "36900000", "KHR")


@pytest.mark.parametrize("text", FORMULAS)
def test_csv_text_is_never_a_formula(text: str) -> None:
    snapshot = golden_snapshot()
    snapshot["sales"][0]["buyer"] = {"en": text, "km": text}
    row = lines(snapshot, "sales")[0]
    assert row["buyer_en"] == row["buyer_km"] == f"'{text}"


@pytest.mark.parametrize("text", FORMULAS)
def test_xlsx_text_is_never_a_formula(text: str) -> None:
    snapshot = golden_snapshot()
    snapshot["sales"][0]["buyer"] = {"en": text, "km": text}
    with zipfile.ZipFile(io.BytesIO(render_xlsx(snapshot=snapshot, language="en"))) as book:
        assert not any(b"<f>" in book.read(name) or b"<hyperlink" in book.read(name) for name in book.namelist())
    assert text in {row[3] for row in sheet(snapshot, "sales")}


@pytest.mark.parametrize("text", ["Keo Seima", "", "1650", "គណៈកម្មការ", "a=b"])
def test_harmless_text_is_left_alone(text: str) -> None:
    assert harmless(text) == text


def test_a_negative_amount_stays_a_number_in_csv() -> None:
    snapshot = golden_snapshot()
    snapshot["equation"]["closing"]["members"]["fx"] = -300
    (row,) = [row for row in lines(snapshot, "equation") if row["member"] == "Exchange difference"]
    assert row["closing"] == "-3.00"


@pytest.mark.parametrize("language", ["en", "km"])
def test_the_same_snapshot_gives_the_same_workbook_and_archive(language: str) -> None:
    first = render_xlsx(snapshot=golden_snapshot(), language=language), render_csv_zip(snapshot=golden_snapshot())
    time.sleep(2.1)  # zip times have steps of two seconds
    assert (render_xlsx(snapshot=golden_snapshot(), language=language), render_csv_zip(snapshot=golden_snapshot())) == first


def test_an_empty_table_says_so_in_the_workbook() -> None:
    assert sheet(empty_snapshot(), "sales")[1][0] == "No credits were sold."


def test_the_workbook_refuses_an_unknown_language() -> None:
    with pytest.raises(UnknownLanguage):
        render_xlsx(snapshot=golden_snapshot(), language="fr")


def hidden_snapshot() -> dict[str, Any]:
    """Return the golden snapshot as it is frozen where no price may be published."""
    snapshot = golden_snapshot()
    for sale in snapshot["sales"]:
        sale |= {"quantity": None, "blocks": [], **dict.fromkeys(("unit_price", "amount_minor", "received_minor", "outstanding_minor"))}
    for receipt in snapshot["receipts"]:
        receipt |= {"sale": None, "bank_reference": None}
    for row in (*snapshot["allocations"], *snapshot["equation"]["by_tranche"]):
        row["sale"] = None
    for figures in (snapshot["headline"]["period"], snapshot["headline"]["to_date"]):
        figures |= {"units_sold": 0, "sold_minor": None}
    return snapshot


def test_what_may_not_be_published_is_said_to_be_not_shown() -> None:
    snapshot = hidden_snapshot()
    columns = ("quantity", "unit_price", "amount", "received", "outstanding")
    assert {row[name] for row in lines(snapshot, "sales") for name in columns} == {"Not shown"}
    assert {row[name] for row in lines(snapshot, "receipts") for name in ("sale", "bank_reference")} == {"Not shown"}
    assert "Not shown" in {row["sale"] for row in lines(snapshot, "equation_tranche")}
    assert "Not shown" in {row["sale"] for row in lines(snapshot, "allocation")}
    for language, said in (("en", "Not shown"), ("km", "មិនបង្ហាញ")):
        rows = sheet(snapshot, "sales", language)
        assert {row[at] for row in rows[1:] for at in (4, 7, 8, 9)} == {said}  # the totals too
        assert sheet(snapshot, "headline", language)[2][1:] == [said, said]


@pytest.mark.parametrize(("language", "said"), [("en", "Not shown"), ("km", "មិនបង្ហាញ")])
def test_a_pdf_and_an_iati_file_are_drawn_without_what_may_not_be_published(language: str, said: str) -> None:
    whole, hidden = golden_snapshot(), hidden_snapshot()
    pdf = pypdfium2.PdfDocument(render_pdf(snapshot=hidden, language=language))
    pages = "".join(page.get_textpage().get_text_range() for page in pdf)
    assert said in pages
    assert not [block["first"] for sale in whole["sales"] for block in sale["blocks"] if block["first"] in pages]
    pdf.close()
    assert b'transaction-type code="11"' in iati_xml(snapshot=whole)
    assert b'transaction-type code="11"' not in iati_xml(snapshot=hidden)
