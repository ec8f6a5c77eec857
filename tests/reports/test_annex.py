"""The auditor's annex lists every line behind a report, adds up to it, and says the same in PDF, XLSX and CSV."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import jsonschema
import pikepdf
import pypdfium2
import pytest
from django.utils.translation import override
from python_calamine import CalamineWorkbook

from core import jobs
from core.audit.hashing import canonical
from core.models import Job
from core.people.access import NotYours
from reports import services
from reports.models import Report
from reports.render.annex import BETWEEN, AnnexColumn, AnnexTable, annex_csv, annex_xlsx, decimal_text
from reports.render.annex_pages import ROWS, annex_pdf, figures
from reports.render.words import UnknownLanguage
from reports.services import annexes
from revenue.disbursements.models import Payment
from revenue.ledger import chart
from revenue.ledger.models import Posting
from tests.flows.programme import AFTER, Journey, kept_for_module
from tests.reports.making import make

SCHEMA = Path(__file__).parents[2] / "reports" / "schemas" / "annex-1.json"
HEAD: dict[str, Any] = {
    "schema": "forest-dividend/annex-1", "kind": "annex", "report": {"name": {"en": "Keo Seima", "km": "កែវសីមា"}, "version": 1, "sha256": "a" * 64},
    "period": {"label": "2026Q3", "first": "2026-07-01", "end": "2026-10-01"}, "currency": "USD", "authority": {"en": "Ministry", "km": ""},
    "demonstration": True, "frozen_at": "2026-10-05T03:00:00Z", "lists": [],
    "control": [{"member": "spent", "in_report_minor": 500, "in_lines_minor": 500, "difference_minor": 0}],
}  # fmt: skip
COLUMNS = (AnnexColumn("day", "day", 12), AnnexColumn("recipient", share=40), AnnexColumn("amount", "money", 20, 3), AnnexColumn("currency"))


def table(*lines: tuple[Any, ...]) -> AnnexTable:
    return AnnexTable("postings", COLUMNS, len(lines), lambda: iter(lines))


@pytest.fixture(scope="module")
def report(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Report]:
    media = tmp_path_factory.mktemp("media")
    with kept_for_module(django_db_blocker, media):
        journey = Journey()
        (mine,) = [one for one in journey.close() if one.project]
        made = make(mine)
        job = services.ask_annex(report_id=made.pk, by=journey.officer, at=AFTER)
        jobs.run(job_id=job.pk)
        made.__dict__.update(journey=journey, media=media)
        yield made


def file_of(report: Report, kind: str, language: str = "en") -> bytes:
    sha256 = report.files.get(format=kind, language=language).file.sha256
    return bytes((report.__dict__["media"] / sha256[:2] / sha256).read_bytes())


def csv_of(report: Report, name: str) -> list[dict[str, str]]:
    with zipfile.ZipFile(io.BytesIO(file_of(report, "ACSV"))) as archive:
        return list(csv.DictReader(io.StringIO(archive.read(f"{name}.csv").decode("utf-8-sig"))))


def pages(pdf: bytes) -> list[str]:
    with pypdfium2.PdfDocument(pdf) as document:
        return [page.get_textpage().get_text_range() for page in document]


@pytest.mark.django_db
class TestOfAReport:
    def test_in_both_languages_each_line_says_what_moved_where_and_who_in_both(self, report: Report) -> None:
        shown = pages(file_of(report, "APDF", "both"))
        text, squeezed = " ".join(shown), "".join("".join(shown).split())
        for label in (chart.EVENT_NAMES[chart.PAY], chart.KIND_NAMES[chart.ADVANCE], Payment.Status.PAID.label):
            for language, said in (("en", text), ("km", squeezed)):
                with override(language):
                    words = str(label)
                assert ("".join(words.split()) if language == "km" else words) in said
        assert "Pu Char" in text

    def test_every_posting_of_the_period_is_a_line(self, report: Report) -> None:
        lines = csv_of(report, "postings")
        postings = Posting.objects.filter(day__lt=report.period.end, day__gte=report.period.first)
        assert len(lines) == postings.count() > 20
        assert sum(Decimal(line["amount"]) for line in lines) * 100 == sum(posting.amount_minor for posting in postings)

    def test_the_lines_add_up_to_the_report_with_no_difference(self, report: Report) -> None:
        control = csv_of(report, "control")
        assert {line["member"] for line in control} >= {"received", "spent", "with_recipients", "pots"}
        assert {line["difference"] for line in control} == {"0.00"}
        assert report.snapshot
        movement = json.loads(report.snapshot.text)["equation"]["movement"]
        said = {line["member"]: Decimal(line["in_lines"]) for line in control}
        assert {name: int(said[name] * 100) for name in movement["members"]} == movement["members"]

    def test_a_line_names_places_tranche_and_document(self, report: Report) -> None:
        paid = [line for line in csv_of(report, "postings") if line["event"] == "Advance paid" and line["local_currency"] == "KHR"]
        assert paid
        assert all(line["from_place"].startswith("Committed main keo-seima/community") and "pu-char" in line["to_place"] for line in paid)
        assert sum(int(line["local_amount"]) for line in paid) == 123_000_000

    def test_spending_names_the_sha256_of_its_evidence(self, report: Report) -> None:
        journey: Journey = report.__dict__["journey"]
        lines = {line["reference"]: line for line in csv_of(report, "spending")}
        assert lines[journey.pumps.reference]["evidence_sha256"] == journey.pumps.evidence.get().file.sha256
        assert (lines[journey.bare.reference]["evidence"], lines[journey.bare.reference]["evidence_sha256"]) == ("0", "")

    def test_payments_and_acknowledgements_are_listed(self, report: Report) -> None:
        assert len(csv_of(report, "payments")) == 3
        assert [line["signatures"] for line in csv_of(report, "acknowledgements")] == ["Chan Thy, Sok Mealea"] * 2

    @pytest.mark.parametrize("name", ["postings", "payments", "acknowledgements", "spending"])
    def test_the_workbook_has_the_figures_of_the_csv(self, report: Report, name: str) -> None:
        sheet = CalamineWorkbook.from_filelike(io.BytesIO(file_of(report, "AXLSX"))).get_sheet_by_name(name).to_python()
        lines = csv_of(report, name)
        assert len(sheet) == len(lines) + 1
        for at, column in enumerate(lines[0]):
            if column in {"amount", "local_amount", "fee", "drawn", "not_funded"}:
                assert [Decimal(str(row[at] or 0)) for row in sheet[1:]] == [Decimal(line[column] or 0) for line in lines]

    @pytest.mark.parametrize("language", ["en", "km"])
    def test_every_amount_of_the_csv_is_in_the_pdf(self, report: Report, language: str) -> None:
        text = " ".join(pages(file_of(report, "APDF", language)))
        for line in csv_of(report, "postings"):
            assert f"{Decimal(line['amount']):,.2f}" in text

    def test_the_pdf_states_the_report_it_belongs_to(self, report: Report) -> None:
        assert report.snapshot
        cover = pages(file_of(report, "APDF"))[0]
        assert report.snapshot.sha256 in cover
        with pikepdf.open(io.BytesIO(file_of(report, "APDF"))) as document:
            head = json.loads(document.attachments["annex.json"].get_file().read_bytes())
        jsonschema.validate(head, json.loads(SCHEMA.read_text(encoding="utf-8")))
        assert head["report"]["sha256"] == report.snapshot.sha256

    def test_it_is_made_once_however_often_it_is_asked_for(self, report: Report) -> None:
        journey: Journey = report.__dict__["journey"]
        again = services.ask_annex(report_id=report.pk, by=journey.officer, at=AFTER + timedelta(hours=1))
        assert Job.objects.filter(kind="annex").count() == 1
        assert again.state == Job.State.DONE
        jobs.run(job_id=again.pk)
        assert report.files.filter(format__in=["APDF", "AXLSX", "ACSV"]).count() == 6

    def test_made_again_its_files_are_the_same(self, report: Report) -> None:
        for kind in ("APDF", "AXLSX", "ACSV"):
            assert annexes.annex_bytes(report, kind, "en") == file_of(report, kind)  # type: ignore[arg-type]

    def test_only_who_reads_the_books_may_ask(self, report: Report) -> None:
        journey: Journey = report.__dict__["journey"]
        for person in (journey.liaison, journey.administrator):
            with pytest.raises(NotYours):
                services.ask_annex(report_id=report.pk, by=person, at=AFTER)

    def test_a_report_without_figures_has_no_annex(self, report: Report) -> None:
        journey: Journey = report.__dict__["journey"]
        waiting = journey.ask("2026Q4")
        with pytest.raises(services.NotReady):
            services.ask_annex(report_id=waiting.pk, by=journey.officer, at=AFTER)

    def test_a_failed_annex_is_tried_again_when_asked_for(self, report: Report) -> None:
        journey: Journey = report.__dict__["journey"]
        Job.objects.filter(kind="annex").update(state=Job.State.FAILED, message="no room on the disk")
        assert services.ask_annex(report_id=report.pk, by=journey.officer, at=AFTER)
        assert Job.objects.get(kind="annex").state == Job.State.WAITING


class TestFiles:
    @pytest.mark.parametrize(("count", "length"), [(0, 2), (1, 2), (ROWS, 2), (ROWS + 1, 3), (3 * ROWS, 4)])
    def test_a_list_takes_as_many_pages_as_it_needs_and_says_so_on_each(self, count: int, length: int) -> None:
        lines = [("2026-07-01", f"Recipient {at}", 100 + at, "USD") for at in range(count)]
        shown = pages(annex_pdf(head=HEAD, tables=[table(*lines)], language="en"))
        assert len(shown) == length
        assert all(f"Page {number} of {length}" in text for number, text in enumerate(shown, start=1))

    @pytest.mark.parametrize("text", ["=1+1", "+855", "-2", "@SUM(A1)", "\t=1", "＝1"])
    def test_no_text_is_a_formula(self, text: str) -> None:
        made = table(("2026-07-01", text, 100, "USD"))
        with zipfile.ZipFile(io.BytesIO(annex_csv(head=HEAD, tables=[made]))) as archive:
            (line,) = csv.DictReader(io.StringIO(archive.read("postings.csv").decode("utf-8-sig")))
        assert line["recipient"] == f"'{text}"
        with zipfile.ZipFile(io.BytesIO(annex_xlsx(head=HEAD, tables=[made], language="en"))) as book:
            assert not any(b"<f>" in book.read(name) for name in book.namelist())

    def test_a_long_text_is_cut_on_paper_and_whole_in_the_csv(self) -> None:
        long = "A village committee with a very long name (and brackets) \\ " * 6
        made = table(("2026-07-01", long.strip(), 100, "USD"))
        text = pages(annex_pdf(head=HEAD, tables=[made], language="en"))[1]
        assert "A village committee" in text
        assert "..." in text
        with zipfile.ZipFile(io.BytesIO(annex_csv(head=HEAD, tables=[made]))) as archive:
            assert long.strip() in archive.read("postings.csv").decode()

    def test_khmer_names_come_out_as_khmer(self) -> None:
        made = table(("2026-07-01", "គណៈកម្មការភូមិអណ្តូងក្រឡឹង", 100, "USD"))
        text = "".join(pages(annex_pdf(head=HEAD, tables=[made], language="km"))[1].split())
        assert "គណៈកម្មការភូមិអណ្តូងក្រឡឹង" in text

    def test_a_difference_from_the_report_is_printed_and_not_hidden(self) -> None:
        wrong = {**HEAD, "control": [{"member": "spent", "in_report_minor": 500, "in_lines_minor": 812, "difference_minor": 312}]}
        assert "3.12" in pages(annex_pdf(head=wrong, tables=[], language="en"))[0]

    def test_an_edition_of_both_languages_has_the_english_under_the_khmer_and_half_as_many_lines_a_page(self) -> None:
        lines = [("2026-07-01", f"ភូមិពូចារ{BETWEEN}Pu Char village", at, "USD") for at in range(ROWS // 2 + 1)]
        shown = pages(annex_pdf(head=HEAD, tables=[table(*lines)], language="both"))
        assert len(shown) == 3
        assert shown[1].count("Pu Char village") == "".join(shown[1].split()).count("ភូមិពូចារ") == ROWS // 2
        assert BETWEEN not in "".join(shown)

    def test_a_copy_that_nobody_signed_says_so(self) -> None:
        (shown,) = pages(annex_pdf(head=HEAD, tables=[], language="both"))
        assert "This copy is unsigned" in shown
        assert "គ្មានហត្ថលេខា" in "".join(shown.split())

    def test_an_unknown_language_is_refused(self) -> None:
        with pytest.raises(UnknownLanguage):
            annex_pdf(head=HEAD, tables=[], language="fr")
        with pytest.raises(UnknownLanguage):
            annex_xlsx(head=HEAD, tables=[], language="fr")

    def test_a_long_list_goes_on_in_a_second_sheet(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("reports.render.annex.SHEET_LINES", 3)
        made = table(*((f"2026-07-0{at + 1}", f"R{at}", at, "USD") for at in range(7)))
        book = CalamineWorkbook.from_filelike(io.BytesIO(annex_xlsx(head=HEAD, tables=[made], language="en")))
        assert book.sheet_names == ["control", "postings", "postings 2", "postings 3"]
        assert book.get_sheet_by_name("postings 3").to_python()[1][:2] == [date(2026, 7, 7), "R6"]


@pytest.mark.parametrize(
    ("minor", "currency", "plain", "shown"),
    [(5, "USD", "0.05", "0.05"), (-1_234_567, "USD", "-12345.67", "-12,345.67"), (123_000, "KHR", "123000", "KHR 123,000")],
)
def test_amounts_are_exact(minor: int, currency: str, plain: str, shown: str) -> None:
    assert (decimal_text(minor, currency), figures(minor, currency)) == (plain, shown)


def test_the_head_keeps_its_schema() -> None:
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(json.loads(canonical(HEAD)), schema)
