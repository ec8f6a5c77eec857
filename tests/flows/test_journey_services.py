"""From the sale to the issued report through services, to the cent; the report is made once for all these tests."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import zipfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import jsonschema
import pypdfium2
import pytest
from django.core.management import call_command
from python_calamine import CalamineWorkbook

from core import files, jobs
from core.people.access import OwnRequest
from reports import services
from reports.models import Report
from reports.trace import trace_sale, trace_spending
from revenue.ledger import chart, checks
from revenue.ledger.models import Entry
from revenue.ledger.refusals import BooksClosed
from revenue.ledger.services import Place, Row, post
from revenue.sharing.models import AllocationRun
from tests.database import tampered
from tests.flows.programme import AFTER, AMOUNT, SOLD, Journey, kept_for_module

pytestmark = pytest.mark.django_db
SCHEMA = Path(__file__).parents[2] / "reports" / "schemas" / "snapshot-1.json"

# What each pot and village gets of 250,000.01 and of 160,004.09: 5 % and 10 % of the whole, 60 / 25 / 15 % of the
# rest, and the 60 % by 37, 61 and 102 households; the cents left over go by largest remainder.
OF_FIRST = {"costs": 1_250_000, "reserve": 2_500_000, "rangers": 5_312_500, "training": 3_187_500}
VILLAGES_OF_FIRST = {"pu-char": 2_358_750, "andoung-kraloeng": 3_888_750, "o-rona": 6_502_501}
OF_SECOND = {"costs": 800_020, "reserve": 1_600_040, "rangers": 3_400_087, "training": 2_040_052}
VILLAGES_OF_SECOND = {"pu-char": 1_509_639, "andoung-kraloeng": 2_488_864, "o-rona": 4_161_707}

# Riel: 30,000.00 dollars became 123,000,000 riel; what is spent takes its part of the dollars, rounded down a tranche.
PAID = 3_000_000 + 800_000 + 200_000
PUMPS, FOOD, BARE, FINAL, FEE = 2_497_560, 123_457, 24_390, 200_000, 250
SPENT = PUMPS + FOOD + BARE + FINAL


class Made:
    """The journey with both its reports made and the project's one issued."""

    def __init__(self) -> None:
        self.journey = Journey()
        self.project, self.programme = self.journey.close()
        for report in (self.project, self.programme):
            jobs.run(job_id=report.job_id)
            report.refresh_from_db()
        self.journey.issue(self.project)
        self.project.refresh_from_db()
        assert self.project.snapshot
        self.figures: dict[str, Any] = json.loads(self.project.snapshot.text)

    def file(self, kind: str, language: str = "en") -> bytes:
        return files.read(self.project.files.get(format=kind, language=language).file)


@pytest.fixture(scope="module")
def media(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("journey")


@pytest.fixture(scope="module")
def made(django_db_setup: None, django_db_blocker: Any, media: Path) -> Iterator[Made]:
    with kept_for_module(django_db_blocker, media):
        yield Made()


@pytest.fixture(autouse=True)
def _files_of_the_module(_own_files: None, media: Path, settings: Any) -> None:
    settings.MEDIA_ROOT = media


# --- what was done ---------------------------------------------------------------------------------------------------------
def allocated(run: AllocationRun) -> tuple[dict[str, int], dict[str, int]]:
    lines = list(run.lines.select_related("pot", "recipient"))
    return (
        {line.pot.code: line.amount_minor for line in lines if line.recipient is None},
        {line.recipient.code: line.amount_minor for line in lines if line.recipient},
    )


def test_each_receipt_is_shared_out_by_the_plan_to_the_last_cent(made: Made) -> None:
    first, second = (AllocationRun.objects.get(tranche_id=receipt.tranche_id) for receipt in (made.journey.first, made.journey.second))
    assert allocated(first) == (OF_FIRST, VILLAGES_OF_FIRST)
    assert allocated(second) == (OF_SECOND, VILLAGES_OF_SECOND)
    assert sum(map(sum, (part.values() for part in (*allocated(first), *allocated(second))))) == AMOUNT


def test_spending_draws_the_cents_behind_its_riel(made: Made) -> None:
    drawn = [row.drawn_minor for row in (made.journey.pumps, made.journey.food, made.journey.bare)]
    assert drawn == [PUMPS, FOOD, BARE]


def test_the_books_are_whole_after_the_journey(made: Made) -> None:
    assert [finding.sentence for finding in checks.run()] == []


# --- the snapshot ----------------------------------------------------------------------------------------------------------
def test_the_snapshot_keeps_its_schema(made: Made) -> None:
    validator = jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))
    for report in (made.project, made.programme):
        assert report.snapshot
        assert [f"{error.json_path}: {error.message}" for error in validator.iter_errors(json.loads(report.snapshot.text))] == []


def test_its_hash_is_the_hash_of_its_text(made: Made) -> None:
    assert made.project.snapshot
    assert hashlib.sha256(made.project.snapshot.text.encode()).hexdigest() == made.project.snapshot.sha256


def test_the_equation_closes_without_a_cent_of_difference(made: Made) -> None:
    equation = made.figures["equation"]
    assert equation["closing"] == {
        "received_minor": AMOUNT,
        "members": {
            "unallocated": 0, "pots": AMOUNT - 4_100_040 - PAID - FEE, "reserve": 4_100_040, "withheld": 0, "committed": 0, "shortfall": 0,
            "with_recipients": PAID - SPENT, "recoverable": 0, "spent": SPENT, "charges": FEE, "lost": 0, "fx": 0,
        },
        "difference_minor": 0,
    }  # fmt: skip
    assert [row["difference_minor"] for row in (equation["opening"], equation["movement"], *equation["by_tranche"])] == [0, 0, 0, 0]


def test_the_headline_says_what_was_done(made: Made) -> None:
    period = made.figures["headline"]["period"]
    assert period == {
        "units_sold": SOLD, "sold_minor": AMOUNT, "received_minor": AMOUNT, "allocated_minor": AMOUNT, "paid_minor": PAID,
        "acknowledged_minor": 3_800_000, "spent_minor": SPENT, "evidenced_minor": PUMPS + FOOD,
        "training_women_person_days": 2 * 11, "training_men_person_days": 2 * 8, "training_person_days": 2 * (11 + 8),
    }  # fmt: skip
    assert made.figures["headline"]["to_date"] == period
    assert made.figures["headline"]["balances"] == {
        "at_bank_opening_minor": 0, "at_bank_closing_minor": AMOUNT - PAID - FEE, "with_recipients_opening_minor": 0,
        "with_recipients_closing_minor": PAID - SPENT,
    }  # fmt: skip


def test_what_is_late_or_missing_is_named(made: Made) -> None:
    found = {row["code"]: (row["reference"], row["amount_minor"]) for row in made.figures["exceptions"]}
    assert found == {
        "not_acknowledged": (made.journey.final.disbursement.reference, FINAL),
        "no_evidence": (made.journey.bare.reference, BARE),
    }


def test_purposes_and_recipients_add_up_to_the_headline(made: Made) -> None:
    measures = ("allocated_minor", "paid_minor", "acknowledged_minor", "spent_minor", "evidenced_minor")
    for name in measures:
        assert sum(row["period"][name] for row in made.figures["by_purpose"]) == made.figures["headline"]["period"][name], name
    village = next(row for row in made.figures["by_recipient"] if row["code"] == "pu-char")
    assert village["period"] == {
        "allocated_minor": 2_358_750 + 1_509_639, "paid_minor": 3_000_000, "acknowledged_minor": 3_000_000, "spent_minor": PUMPS + BARE,
        "evidenced_minor": PUMPS,
    }  # fmt: skip
    assert village["with_recipient_minor"] == 3_000_000 - PUMPS - BARE


def test_of_one_project_the_programme_says_the_same(made: Made) -> None:
    assert made.programme.snapshot
    whole = json.loads(made.programme.snapshot.text)
    assert whole["headline"] == made.figures["headline"]
    assert whole["equation"]["by_project"][0]["members"] == made.figures["equation"]["closing"]["members"]


# --- the files -------------------------------------------------------------------------------------------------------------
def test_a_report_has_its_files_drawn_from_one_snapshot(made: Made) -> None:
    kinds = set(made.project.files.values_list("format", "language"))
    assert kinds == {("PDF", "en"), ("PDF", "km"), ("PDF", "both"), ("XLSX", "en"), ("XLSX", "km"), ("CSV", "en"), ("JSON", "en")}
    assert made.project.snapshot
    assert made.file("JSON").decode() == made.project.snapshot.text


def test_the_pdf_prints_the_amounts_and_the_hash(made: Made) -> None:
    document = pypdfium2.PdfDocument(made.file("PDF"))
    text = "\n".join(page.get_textpage().get_text_bounded() for page in document)
    assert made.project.snapshot
    for wanted in ("410,004.10", "40,000.00", "28,454.07", made.project.snapshot.sha256[:12], made.journey.sale.reference):
        assert wanted in text, wanted


def test_the_workbook_holds_the_amounts_as_numbers(made: Made) -> None:
    book = CalamineWorkbook.from_filelike(io.BytesIO(made.file("XLSX")))
    numbers = {cell for name in book.sheet_names for row in book.get_sheet_by_name(name).to_python() for cell in row if isinstance(cell, int | float)}
    assert {410_004.10, 40_000.00, 28_454.07} <= numbers


def test_the_csv_holds_one_line_a_disbursement(made: Made) -> None:
    with zipfile.ZipFile(io.BytesIO(made.file("CSV"))) as archive:
        name = next(name for name in archive.namelist() if "disbursements" in name)
        lines = list(csv.DictReader(io.StringIO(archive.read(name).decode("utf-8-sig"))))
    assert {line["reference"] for line in lines} == {
        payment.disbursement.reference for payment in (made.journey.in_riel, made.journey.in_dollars, made.journey.final)
    }


# --- closed is closed ------------------------------------------------------------------------------------------------------
def test_nothing_is_posted_into_the_closed_quarter(made: Made) -> None:
    pot = Place(chart.POT, "USD", bank="main", pot="keo-seima/costs")
    spent = Place(chart.CHARGE, "USD", pot="keo-seima/costs")
    with pytest.raises(BooksClosed):
        post(
            event=chart.BANK_FEE, day=date(2026, 9, 30), rows=[Row(spent, pot, 100, made.journey.first.tranche_id)], key="late", document="late",
            by_id=None,
        )  # fmt: skip


def test_money_that_is_found_late_stands_on_the_first_open_day(made: Made) -> None:
    other = made.journey.sell(on=date(2026, 9, 1), first=1_200_001, quantity=100)
    receipt = made.journey.receive(other, 10_000, on=date(2026, 9, 28))
    entry = Entry.objects.get(document=receipt.reference)
    assert (entry.day, entry.occurred_on) == (date(2026, 10, 1), date(2026, 9, 28))


def test_spending_of_the_closed_quarter_is_posted_on_the_first_open_day(made: Made) -> None:
    late = made.journey.accept(made.journey.log(5_000_000, on=date(2026, 9, 20), currency="KHR"), on=date(2026, 10, 6))
    assert late.entry
    assert (late.entry.day, late.entry.occurred_on) == (date(2026, 10, 6), date(2026, 9, 20))


def test_the_one_who_closed_the_quarter_cannot_issue_its_report(made: Made) -> None:
    with tampered():
        Report.objects.filter(id=made.programme.pk).update(asked_by=made.journey.approver)
    with pytest.raises(OwnRequest):
        services.issue_report(report_id=made.programme.pk, by=made.journey.approver, at=AFTER)


# --- followed both ways ----------------------------------------------------------------------------------------------------
def test_the_sale_is_followed_down_without_a_cent_of_difference(made: Made) -> None:
    trace = trace_sale(made.journey.sale.reference)
    assert (trace.received_minor, sum(trace.places.values()), trace.difference_minor) == (AMOUNT, AMOUNT, 0)
    assert [(row.received_minor, row.difference_minor) for row in trace.receipts] == [(25_000_001, 0), (AMOUNT - 25_000_001, 0)]
    assert trace.places["spent"] == SPENT
    assert [(row.first, row.last, row.quantity) for row in trace.serials] == [(1_000_001, 1_100_001, SOLD)]


def test_each_hop_down_is_the_sum_of_the_next(made: Made) -> None:
    for receipt in trace_sale(made.journey.sale.reference).receipts:
        assert sum(pot.allocated_minor for pot in receipt.pots) == receipt.received_minor
        for paid in (paid for pot in receipt.pots for paid in pot.disbursements):
            rest = paid.committed_minor + paid.with_recipient_minor + paid.spent_minor + paid.recoverable_minor + paid.lost_minor
            assert paid.drawn_minor == rest + paid.given_back_minor + paid.fx_minor + paid.charges_minor
            final = paid.reference == made.journey.final.disbursement.reference
            assert paid.spent_minor == (FINAL if final else sum(spent.amount_minor for spent in paid.spending))


def test_the_way_down_ends_at_the_photo_of_the_receipt(made: Made) -> None:
    spent = [
        record
        for receipt in trace_sale(made.journey.sale.reference).receipts
        for pot in receipt.pots
        for paid in pot.disbursements
        for record in paid.spending
        if record.reference == made.journey.pumps.reference
    ]
    assert sum(record.amount_minor for record in spent) == PUMPS
    evidence = made.journey.pumps.evidence.get()
    assert {proof.sha256 for record in spent for proof in record.proofs} == {evidence.file.sha256}


def test_a_purchase_is_followed_up_to_both_receipts_and_the_serials(made: Made) -> None:
    trace = trace_spending(made.journey.pumps.reference)
    assert sum(source.amount_minor for source in trace.sources) == trace.drawn_minor == PUMPS
    assert sum(source.local_minor for source in trace.sources) == trace.funded_minor == 102_400_000
    assert [source.receipt for source in trace.sources] == [made.journey.first.reference, made.journey.second.reference]
    assert {source.sale for source in trace.sources} == {made.journey.sale.reference}
    assert all(source.serials[0].first == 1_000_001 for source in trace.sources)


@pytest.mark.parametrize("what", ["sale", "spending"])
def test_the_command_prints_the_same_exact_sums_as_json(made: Made, what: str) -> None:
    out = io.StringIO()
    reference = made.journey.sale.reference if what == "sale" else made.journey.pumps.reference
    call_command("trace", what, reference, "--json", stdout=out)
    told = json.loads(out.getvalue())
    if what == "sale":
        assert told["received_minor"] == sum(told["places"].values()) == AMOUNT
        assert told["difference_minor"] == 0
    else:
        assert sum(source["amount_minor"] for source in told["sources"]) == told["drawn_minor"] == PUMPS


def test_the_command_says_each_hop_in_words(made: Made) -> None:
    out = io.StringIO()
    call_command("trace", "sale", made.journey.sale.reference, stdout=out)
    call_command("trace", "spending", made.journey.pumps.reference, stdout=out)
    assert made.journey.in_riel.disbursement.reference in out.getvalue()
    assert "serials 1000001-1100001" in out.getvalue()
