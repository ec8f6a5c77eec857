"""Tables as people upload them: read, or refused with the place and the reason."""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime

import pytest
import xlsxwriter

from core.lines import Line, parse_day, read_file
from core.sheets import Column, NotASheet, looks_like_formula, parse_xml, read_sheet

COLUMNS = (Column("Date"), Column("Paid To", also=("Payee",)), Column("Amount"), Column("Note", required=False))


def workbook(*rows: list[object], formula: tuple[int, int] | None = None) -> bytes:
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True})
    sheet = book.add_worksheet()
    day = book.add_format({"num_format": "dd/mm/yyyy"})
    for place, row in enumerate(rows):
        for column, cell in enumerate(row):
            if isinstance(cell, datetime):
                sheet.write_datetime(place, column, cell, day)
            elif isinstance(cell, str):
                sheet.write_string(place, column, cell)
            else:
                sheet.write(place, column, cell)
    if formula:
        sheet.write_formula(*formula, "=1+1", None, 2)
    book.close()
    return target.getvalue()


def cells(content: bytes, filename: str = "list.csv") -> list[tuple[int, dict[str, str]]]:
    sheet = read_sheet(content=content, filename=filename, columns=COLUMNS)
    return [(line.line, dict(line.cells)) for line in sheet.lines]


def test_a_csv_line_is_given_by_column_name_with_its_line_number() -> None:
    assert cells(b"Date,Payee,Amount\n2026-01-02,Sokha,5\n") == [(2, {"Date": "2026-01-02", "Paid To": "Sokha", "Amount": "5"})]


def test_semicolons_and_the_mark_that_excel_puts_first_are_read() -> None:
    content = "\ufeffdate;PAID  TO;amount\n2026-01-02;សុខា;5\n".encode()
    assert cells(content)[0][1]["Paid To"] == "សុខា"


def test_a_tabbed_file_in_utf_16_is_read() -> None:
    content = "Date\tPaid to\tAmount\n2026-01-02\tសុខា\t5\n".encode("utf-16")
    assert cells(content)[0][1]["Paid To"] == "សុខា"


def test_a_comma_inside_quotation_marks_does_not_decide_the_delimiter() -> None:
    content = b'Date;Paid to;Amount\n2026-01-02;"a,b,c,d,e,f";5\n'
    assert cells(content)[0][1]["Paid To"] == "a,b,c,d,e,f"


def test_line_numbers_stay_true_after_empty_lines_and_broken_cells() -> None:
    content = b'Date,Payee,Amount\n\n2026-01-02,"two\nlines",5\n2026-01-03,x,6\n'
    assert [line for line, _ in cells(content)] == [3, 5]


def test_lines_above_the_header_are_kept_as_preamble() -> None:
    sheet = read_sheet(content=b"Statement of 2026\n\nDate,Payee,Amount\n2026-01-02,x,5\n", filename="a.csv", columns=COLUMNS)
    assert (sheet.header_line, sheet.preamble[0].cells) == (3, ("Statement of 2026",))


def test_a_missing_column_is_named() -> None:
    with pytest.raises(NotASheet, match=r"The columns “Paid To”, “Amount” are missing"):
        read_sheet(content=b"Date,Name\n2026-01-02,x\n", filename="a.csv", columns=COLUMNS)


def test_a_column_that_stands_twice_is_named() -> None:
    with pytest.raises(NotASheet, match=r"“Paid To” 2 times"):
        read_sheet(content=b"Date,Paid to,Payee,Amount\n", filename="a.csv", columns=COLUMNS)


def test_letters_that_are_not_utf_8_are_refused_at_their_line() -> None:
    with pytest.raises(NotASheet, match=r"Line 2 .*CSV UTF-8"):
        read_sheet(content=b"Date,Payee,Amount\n2026-01-02,\xe9t\xe9,5\n", filename="a.csv", columns=COLUMNS)


@pytest.mark.parametrize("content", [b"", b"  \n ", b"\x89PNG\r\n\x00\x00", b"PK\x03\x04not a zip"])
def test_what_is_no_table_is_refused(content: bytes) -> None:
    with pytest.raises(NotASheet):
        read_sheet(content=content, filename="photo.csv", columns=COLUMNS)


def test_a_file_over_the_limit_is_refused_before_it_is_read() -> None:
    with pytest.raises(NotASheet, match="larger than 10 MB"):
        read_sheet(content=b"a" * (10 * 1024 * 1024 + 1), filename="a.csv", columns=COLUMNS)


def test_an_unclosed_quotation_mark_is_refused_at_its_line() -> None:
    with pytest.raises(NotASheet, match=r"Line 2 cannot be read"):
        read_sheet(content=b'Date,Payee,Amount\n2026-01-02,"x,5\n', filename="a.csv", columns=COLUMNS)


def test_a_workbooks_numbers_and_dates_come_as_a_person_reads_them() -> None:
    content = workbook(["Date", "Payee", "Amount"], [datetime(2026, 1, 2), "x", 289118799], [datetime(2026, 1, 3), "y", 1234.56])
    assert [(row["Date"], row["Amount"]) for _, row in cells(content, "a.xlsx")] == [
        ("2026-01-02", "289118799"),
        ("2026-01-03", "1234.56"),
    ]


def test_a_workbooks_formula_is_an_error_at_its_cell() -> None:
    content = workbook(["Date", "Payee", "Amount"], ["2026-01-02", "x", 5], ["2026-01-03", "y", 5], formula=(2, 2))
    parsed = read_file(content=content, filename="a.xlsx", columns=COLUMNS, read=lambda line: line.amount("Amount", currency="USD"))
    assert parsed.rows == (500,)
    assert [(error.line, error.column) for error in parsed.errors] == [(3, "Amount")]


def test_a_csv_formula_is_an_error_at_its_cell() -> None:
    content = b'Date,Payee,Amount\n2026-01-02,"=HYPERLINK(""http://x"")",5\n'
    parsed = read_file(content=content, filename="a.csv", columns=COLUMNS, read=lambda line: line.text("Paid To"))
    assert parsed.rows == ()
    assert parsed.errors[0].message == "“Paid To” holds a formula. Put the value itself into the cell."


@pytest.mark.parametrize("text", ["=1", "@SUM(A1)", "+cmd|'/c calc'!A0", "-2+3*cmd"])
def test_what_a_spreadsheet_would_run_is_a_formula(text: str) -> None:
    assert looks_like_formula(text=text)


@pytest.mark.parametrize("text", ["-5.00", "+855 12 345 678", "-", "(5.00)", "a=b", "5"])
def test_numbers_and_telephones_are_no_formulas(text: str) -> None:
    assert not looks_like_formula(text=text)


def test_a_workbook_that_unfolds_without_end_is_refused() -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"0" * (121 * 1024 * 1024))
    with pytest.raises(NotASheet, match="unfolds to more"):
        read_sheet(content=target.getvalue(), filename="a.xlsx", columns=COLUMNS)


def test_xml_with_a_document_type_is_refused() -> None:
    bomb = b'<!DOCTYPE a [<!ENTITY x "xx"><!ENTITY y "&x;&x;">]><a>&y;</a>'
    with pytest.raises(NotASheet, match="document type"):
        parse_xml(content=bomb)


def test_every_mistake_of_a_line_is_found_at_once() -> None:
    def read(line: Line) -> tuple[date, str, int]:
        return line.day("Date"), line.text("Paid To"), line.amount("Amount", currency="KHR")

    parsed = read_file(content=b"Date,Payee,Amount\n31/02/2026,,12.5\n", filename="a.csv", columns=COLUMNS, read=read)
    assert [error.column for error in parsed.errors] == ["Date", "Paid To", "Amount"]
    assert parsed.rows == ()


def test_a_file_that_is_no_table_gives_one_error_without_a_line() -> None:
    parsed = read_file(content=b"x\n", filename="a.csv", columns=COLUMNS, read=lambda line: line.number)
    assert [error.line for error in parsed.errors] == [0]


@pytest.mark.parametrize("text", ["2026-07-08", "08/07/2026", "8-7-2026", "Jul 8, 2026", "8 July 2026", "០៨/០៧/២០២៦", "2026-07-08 00:00:00"])
def test_a_day_is_read_however_it_is_written(text: str) -> None:
    assert parse_day(text=text) == date(2026, 7, 8)


@pytest.mark.parametrize("text", ["", "31/02/2026", "07/25/2026", "2026", "8 Foo 2026", "0001-01-01", "yesterday"])
def test_what_is_no_day_is_not_guessed(text: str) -> None:
    assert parse_day(text=text) is None


def far(*places: str) -> bytes:
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True})
    sheet = book.add_worksheet()
    for column, name in enumerate(("Date", "Payee", "Amount")):
        sheet.write_string(0, column, name)
    for place in places:
        sheet.write_string(place, "x")
    book.close()
    return target.getvalue()


@pytest.mark.parametrize("place", ["A1048576", "XFD1", "XFD1048576"])
def test_one_cell_in_a_far_corner_does_not_fill_the_memory(place: str) -> None:
    with pytest.raises(NotASheet, match="more than"):
        cells(far(place), "list.xlsx")


def rewritten(content: bytes, part: str, *changes: tuple[bytes, bytes]) -> bytes:
    """Give a workbook with one part changed."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            data = old.read(entry)
            if entry.filename == part:
                for before, after in changes:
                    assert before in data
                    data = data.replace(before, after)
            new.writestr(entry.filename, data)
    return target.getvalue()


@pytest.mark.parametrize("change", [(b'<c r="C1"', b"<c r='XFD1048576'"), (b'<row r="1"', b'<row x=">" r = "1048576"')])
def test_a_far_cell_is_found_however_it_is_written(change: tuple[bytes, bytes]) -> None:
    content = far()
    content = rewritten(content, "xl/worksheets/sheet1.xml", (b'<c r="A1"', b"<c"), (b'<c r="B1"', b"<c"), change)
    with pytest.raises(NotASheet, match="more than"):
        cells(content, "list.xlsx")


def test_a_workbook_that_hides_how_much_it_unfolds_to_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.sheets.LARGEST_UNFOLDED", 1024 * 1024)
    target = io.BytesIO(far())
    zeros = 2 * 1024 * 1024 + 77
    with zipfile.ZipFile(target, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/zeros.xml", b"0" * zeros)
    # The size stands before the part itself and in the directory at the end.
    honest = target.getvalue()
    assert honest.count(zeros.to_bytes(4, "little")) == 2
    lying = honest.replace(zeros.to_bytes(4, "little"), (10).to_bytes(4, "little"))
    with pytest.raises(NotASheet, match="unfolds to more"):
        cells(lying, "list.xlsx")
