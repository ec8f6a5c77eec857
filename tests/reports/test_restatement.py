"""A report is corrected by its next version: what belongs to closed days counts there, and each changed figure is named."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

import pytest

from core import jobs
from reports import services
from reports.models import Report
from tests.flows.programme import AFTER, SmallProgramme, morning
from tests.reports.making import QuickFiles, make
from tests.reports.test_snapshot_figures import figures_of, of_project, whole

pytestmark = pytest.mark.django_db
Figures = dict[str, Any]


@pytest.fixture
def programme() -> SmallProgramme:
    return SmallProgramme()


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> QuickFiles:
    return QuickFiles(monkeypatch)


def changed(figures: Figures) -> dict[str, tuple[str, str, list[str]]]:
    return {row["figure"]["en"]: (row["before"], row["after"], row["entries"]) for row in figures["changes"]}


def restated(programme: SmallProgramme, report: Report, reason: str = "A bank statement came late") -> Figures:
    second = services.restate_report(report_id=report.pk, reason=reason, by=programme.officer, at=AFTER + timedelta(days=9))
    assert (second.version, second.replaces) == (report.version + 1, report)
    return figures_of(second)


def test_a_receipt_found_after_closing_is_counted_in_the_next_version_and_the_first_one_stays(programme: SmallProgramme) -> None:
    sale = programme.sell()
    programme.allocate(programme.receive(sale, 100_001, on=date(2026, 7, 6)), on=date(2026, 7, 7))
    report = of_project(programme.close())
    first = figures_of(report)
    issued = programme.issue(Report.objects.get(id=report.pk))
    late = programme.receive(sale, 50_000, on=date(2026, 9, 29))
    assert late.entry
    assert late.entry.day == date(2026, 10, 1)

    second = restated(programme, issued)
    assert issued.snapshot
    assert second["replaces"] == {"version": 1, "sha256": issued.snapshot.sha256, "reason": {"en": "A bank statement came late", "km": ""}}
    named = changed(second)
    entry = f"#{late.entry.pk} {late.entry.document}"
    assert named["Received · In the period"] == ("1,000.01", "1,500.01", [entry])
    assert named["Unallocated · Closing"] == ("0.00", "500.00", [entry])
    assert named[f"{late.reference} · Credited"] == ("—", "500.00", [entry])
    assert "Allocated · In the period" not in named  # it was allocated later, if at all
    assert first["headline"]["period"]["received_minor"] == 100_001
    assert json.loads(Report.objects.get(id=report.pk).snapshot.text) == first  # type: ignore[union-attr]
    assert Report.objects.get(id=report.pk).status == "ISSUED"


def test_the_same_entry_stands_in_the_next_quarter_s_report_too_since_the_books_did_not_move(programme: SmallProgramme) -> None:
    sale = programme.sell()
    programme.receive(sale, 100_001, on=date(2026, 7, 6))
    report = of_project(programme.close())
    figures_of(report)
    programme.receive(sale, 50_000, on=date(2026, 9, 29))
    restated(programme, report)
    following = figures_of(of_project(programme.close("2026Q4", at=morning(date(2027, 1, 5)))))
    assert following["headline"]["period"]["received_minor"] == 50_000
    assert following["headline"]["to_date"]["received_minor"] == 150_001


def test_a_late_payment_is_counted_in_the_next_version_with_its_lines_and_the_bank(programme: SmallProgramme) -> None:
    programme.allocate(programme.receive(programme.sell(), 10_000_001, on=date(2026, 7, 6)), on=date(2026, 7, 7))
    asked = programme.approve(programme.request(programme.pu_char, 80_000, on=date(2026, 9, 1)), on=date(2026, 9, 2))
    report = of_project(programme.close())
    first = figures_of(report)
    paid = programme.pay(asked, on=date(2026, 9, 30), fee=250)
    second = restated(programme, report)
    named = changed(second)
    assert named["Paid · In the period"][:2] == ("0.00", "800.00")
    assert named["Bank charges · Closing"][:2] == ("0.00", "2.50")
    assert named["Committed · Closing"][:2] == ("800.00", "0.00")
    assert {row["event"] for row in second["late_entries"]} == {"pay", "bank_fee"} or len(second["late_entries"]) == 1
    assert {row["belongs_on"] for row in second["late_entries"]} == {"2026-09-30"}
    (line,) = [row for row in second["disbursements"] if row["reference"] == asked.reference]
    assert line["paid_on"] == paid.paid_on.isoformat()
    assert first["headline"]["period"]["paid_minor"] == 0


def test_what_the_office_decided_later_is_not_counted_back(programme: SmallProgramme) -> None:
    """Spending counts on the day it was accepted, and an allocation on the day it was made: they belong to the next quarter."""
    first = programme.receive(programme.sell(), 10_000_001, on=date(2026, 7, 6))
    programme.allocate(first, on=date(2026, 7, 7))
    programme.pay_out(programme.pu_char, 300_000, on=date(2026, 8, 10))
    bought = programme.log(5_000, on=date(2026, 9, 20))
    report = of_project(programme.close())
    figures_of(report)
    programme.accept(bought, on=date(2026, 10, 6))
    second = restated(programme, report)
    assert second["late_entries"] == []
    assert second["changes"] == []


def test_an_acknowledgement_that_came_late_is_named_by_its_disbursement(programme: SmallProgramme) -> None:
    programme.allocate(programme.receive(programme.sell(), 10_000_001, on=date(2026, 7, 6)), on=date(2026, 7, 7))
    payment = programme.pay_out(programme.pu_char, 300_000, on=date(2026, 8, 10))
    report = of_project(programme.close())
    figures_of(report)
    from revenue.disbursements import services as paying

    paying.acknowledge_payment(
        client_key="6b1c0ad8-0a31-4a5e-9d8f-0c6f1f3c1a11", payment_id=payment.pk, received_on=date(2026, 8, 12), local_minor=payment.local_minor,
        local_currency="USD", signed_by="Chan Thy", also_signed_by="", photo_id=None, by=programme.liaison, at=AFTER + timedelta(days=1),
    )  # fmt: skip
    named = changed(restated(programme, report))
    assert named["Acknowledged · In the period"] == ("0.00", "3,000.00", [payment.disbursement.reference])


def test_a_third_version_names_the_second(programme: SmallProgramme) -> None:
    sale = programme.sell()
    programme.receive(sale, 100_001, on=date(2026, 7, 6))
    report = of_project(programme.close())
    figures_of(report)
    programme.receive(sale, 50_000, on=date(2026, 9, 29))
    second = services.restate_report(report_id=report.pk, reason="A receipt came late", by=programme.officer, at=AFTER + timedelta(days=9))
    make(second)
    with pytest.raises(services.NotReady, match="next version"):
        services.restate_report(report_id=report.pk, reason="Again", by=programme.officer, at=AFTER)
    with pytest.raises(services.NotReady, match="next version"):
        services.review_report(report_id=report.pk, by=programme.officer, at=AFTER)
    programme.receive(sale, 7_000, on=date(2026, 9, 28))
    third = restated(programme, Report.objects.get(id=second.pk))
    assert third["replaces"]["version"] == 2
    assert changed(third)["Received · In the period"][:2] == ("1,500.01", "1,570.01")


@pytest.mark.parametrize("reason", ["", "   ", "x" * 501])
def test_a_corrected_report_says_why(programme: SmallProgramme, reason: str) -> None:
    programme.receive(programme.sell(), 100_001, on=date(2026, 7, 6))
    report = make(of_project(programme.close()))
    with pytest.raises(services.NotReady, match="says why"):
        services.restate_report(report_id=report.pk, reason=reason, by=programme.officer, at=AFTER)


def test_an_interim_report_and_one_without_figures_are_not_corrected(programme: SmallProgramme) -> None:
    programme.receive(programme.sell(), 100_001, on=date(2026, 7, 6))
    interim = make(programme.ask(at=morning(date(2026, 8, 19))))
    waiting = of_project(programme.close())
    for report, sentence in ((interim, "interim"), (waiting, "no figures yet")):
        with pytest.raises(services.NotReady, match=sentence):
            services.restate_report(report_id=report.pk, reason="Why", by=programme.officer, at=AFTER)


def test_a_killed_worker_leaves_a_corrected_report_to_the_next_one(programme: SmallProgramme, quick: QuickFiles) -> None:
    sale = programme.sell()
    programme.receive(sale, 100_001, on=date(2026, 7, 6))
    report = make(of_project(programme.close()))
    second = services.restate_report(report_id=report.pk, reason="A receipt came late", by=programme.officer, at=AFTER)

    def fails(_what: str) -> None:
        raise OSError("no paper")

    quick.before = fails
    with pytest.raises(OSError, match="no paper"):
        jobs.run(job_id=second.job_id)
    quick.before = lambda _what: None
    services.retry_report(report_id=second.pk, by=programme.officer, at=AFTER)
    again = make(second)
    assert again.snapshot
    whole(json.loads(again.snapshot.text))
