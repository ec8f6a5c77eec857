"""Quarters close in order and for good; reports are asked for, made, tried again and issued."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core import clock, files, jobs
from core.audit.models import AuditRecord
from core.models import Job
from core.people.access import NotYours, OwnRequest
from reports import services
from reports.models import Period, Report, Snapshot
from reports.periods import NotAPeriod
from revenue.credits.models import Project
from revenue.ledger.models import BookClosing
from tests.flows.programme import AFTER, QUARTER, SmallProgramme
from tests.reports.making import QuickFiles, make

pytestmark = pytest.mark.django_db


@pytest.fixture
def programme() -> SmallProgramme:
    programme = SmallProgramme()
    programme.receive(programme.sell(), 1_000_000, on=date(2026, 7, 6))
    return programme


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> QuickFiles:
    return QuickFiles(monkeypatch)


# --- Quarters --------------------------------------------------------------------------------------------------------------
def test_quarters_are_made_from_the_first_money_to_today_and_ended_ones_proposed_once(programme: SmallProgramme) -> None:
    assert [str(period) for period in services.propose_periods(today=date(2027, 1, 2))] == ["2026Q3", "2026Q4"]
    assert services.propose_periods(today=date(2027, 1, 2)) == []
    assert list(Period.objects.order_by("first").values_list("label", "status")) == [
        ("2026Q3", "PROPOSED"),
        ("2026Q4", "PROPOSED"),
        ("2027Q1", "OPEN"),
    ]


def test_nothing_is_proposed_before_any_money_came() -> None:
    SmallProgramme()
    assert services.propose_periods(today=date(2027, 1, 2)) == []
    assert not Period.objects.exists()


def test_a_quarter_is_not_proposed_on_its_own_last_day(programme: SmallProgramme) -> None:
    assert services.propose_periods(today=date(2026, 9, 30)) == []
    assert [str(period) for period in services.propose_periods(today=date(2026, 10, 1))] == ["2026Q3"]


def test_closing_closes_the_books_and_asks_for_a_report_of_each_project_and_the_whole(programme: SmallProgramme) -> None:
    made = programme.close()
    assert {(report.project, report.is_interim, report.status) for report in made} == {
        (programme.project, False, "WAITING"),
        (None, False, "WAITING"),
    }
    assert BookClosing.objects.get().closed_through == date(2026, 9, 30)
    assert AuditRecord.objects.filter(act="period.close").count() == 1


def test_a_quarter_is_not_closed_while_it_has_days_to_come(programme: SmallProgramme) -> None:
    services.propose_periods(today=date(2026, 9, 30))
    period = Period.objects.get(label=QUARTER)
    with pytest.raises(services.PeriodNotOver, match="interim"):
        services.close_period(period_id=period.pk, by=programme.officer, at=datetime(2026, 9, 30, 16, 59, tzinfo=UTC))
    assert not BookClosing.objects.exists()


def test_the_day_that_counts_is_the_programmes_own_and_not_londons(programme: SmallProgramme) -> None:
    services.propose_periods(today=date(2026, 9, 30))
    # 17:00 in London's winter is midnight in Phnom Penh: there the quarter is over.
    services.close_period(period_id=Period.objects.get(label=QUARTER).pk, by=programme.officer, at=datetime(2026, 9, 30, 17, 0, tzinfo=UTC))
    assert Period.objects.get(label=QUARTER).status == "CLOSED"


def test_a_quarter_is_closed_once(programme: SmallProgramme) -> None:
    programme.close()
    with pytest.raises(services.AlreadyClosed):
        services.close_period(period_id=Period.objects.get(label=QUARTER).pk, by=programme.officer, at=AFTER)
    assert Report.objects.count() == 2


def test_quarters_close_in_their_order(programme: SmallProgramme) -> None:
    services.propose_periods(today=date(2027, 1, 2))
    with pytest.raises(services.EarlierPeriodOpen, match="2026Q3"):
        services.close_period(period_id=Period.objects.get(label="2026Q4").pk, by=programme.officer, at=datetime(2027, 1, 2, tzinfo=UTC))
    assert not BookClosing.objects.exists()


@pytest.mark.parametrize("who", ["liaison", "auditor", "administrator"])
def test_only_finance_closes_a_quarter(programme: SmallProgramme, who: str) -> None:
    services.propose_periods(today=AFTER.date())
    with pytest.raises(NotYours):
        services.close_period(period_id=Period.objects.get(label=QUARTER).pk, by=getattr(programme, who), at=AFTER)


# --- Asking ----------------------------------------------------------------------------------------------------------------
def test_a_report_of_an_open_quarter_is_interim_and_stops_today(programme: SmallProgramme, quick: QuickFiles) -> None:
    programme.receive(None, 500, on=date(2026, 8, 20))
    asked = datetime(2026, 8, 19, 3, 0, tzinfo=UTC)
    report = make(programme.ask(at=asked))
    assert (report.is_interim, report.status) == (True, "READY")
    assert report.snapshot
    figures = _figures(report)
    assert (figures["period"]["end"], figures["books"]["closed"]) == ("2026-08-20", False)


def test_a_closed_quarter_has_one_report(programme: SmallProgramme) -> None:
    programme.close()
    with pytest.raises(services.AlreadyReported):
        programme.ask()
    with pytest.raises(services.AlreadyReported):
        programme.ask(project="")


def test_two_who_ask_for_a_report_at_once_wait_for_each_other(programme: SmallProgramme) -> None:
    with CaptureQueriesContext(connection) as asked:
        services.ask_report(period=QUARTER, project_code="keo-seima", by=programme.officer, at=AFTER)
    said = [query["sql"] for query in asked]
    held = next(at for at, sql in enumerate(said) if '"reports_period"' in sql and "FOR UPDATE" in sql)
    assert held < next(at for at, sql in enumerate(said) if "ledger_bookclosing" in sql or '"reports_report"' in sql)


def test_interim_versions_count_on_and_the_final_one_follows_them(programme: SmallProgramme) -> None:
    during = datetime(2026, 8, 19, 3, 0, tzinfo=UTC)
    assert [programme.ask(at=during).version, programme.ask(at=during).version] == [1, 2]
    final = next(report for report in programme.close() if report.project)
    assert (final.version, final.is_interim) == (3, False)


@pytest.mark.parametrize(("label", "error"), [("2026Q5", NotAPeriod), ("soon", NotAPeriod), ("2026Q4", services.NotReady)])
def test_a_quarter_that_is_none_or_has_not_begun_is_refused(programme: SmallProgramme, label: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        programme.ask(label, at=datetime(2026, 9, 30, 3, 0, tzinfo=UTC))
    assert not Report.objects.exists()


def test_a_project_that_is_none_is_refused(programme: SmallProgramme) -> None:
    with pytest.raises(services.NotReady, match="no-such"):
        programme.ask(project="no-such")


def test_the_message_leaves_only_when_the_asking_is_committed(
    programme: SmallProgramme, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    sent: list[int] = []
    monkeypatch.setattr(jobs, "send", sent.append)
    with django_capture_on_commit_callbacks(execute=True):
        report = programme.ask()
        assert sent == []
    assert sent == [report.job_id]


# --- Making ----------------------------------------------------------------------------------------------------------------
def test_a_report_is_made_of_one_snapshot_and_seven_files(programme: SmallProgramme, quick: QuickFiles) -> None:
    report = make(programme.ask())
    assert report.status == "READY"
    assert quick.made == ["pdf en", "xlsx en", "pdf km", "xlsx km", "pdf both", "csv_zip en"]
    assert report.files.count() == 7
    assert (report.job.state, report.job.percent) == ("DONE", 100)


def test_progress_is_told_file_by_file(programme: SmallProgramme, quick: QuickFiles) -> None:
    seen: list[tuple[int, int]] = []
    report = programme.ask()
    quick.before = lambda _what: seen.append(Job.objects.values_list("done_units", "total_units").get(id=report.job_id))
    make(report)
    assert seen == [(1, 7), (2, 7), (3, 7), (4, 7), (5, 7), (6, 7)]


def test_a_rendering_that_fails_marks_the_report_failed_and_leaves_nothing_half(programme: SmallProgramme, quick: QuickFiles) -> None:
    report = programme.ask()
    quick.before = _fail_at("pdf km")
    with pytest.raises(RuntimeError):
        make(report)
    report.refresh_from_db()
    assert (report.status, report.files.count()) == ("FAILED", 3)
    job = Job.objects.get(id=report.job_id)
    assert (job.state, job.message) == ("FAILED", "no paper")


def test_tried_again_it_goes_on_from_there_with_the_same_snapshot(programme: SmallProgramme, quick: QuickFiles) -> None:
    report = programme.ask()
    quick.before = _fail_at("pdf km")
    with pytest.raises(RuntimeError):
        make(report)
    before = Snapshot.objects.get()
    # Money that came meanwhile is not in it: the snapshot stands.
    programme.receive(None, 70_000, on=date(2026, 9, 1))
    quick.before = lambda _what: None
    services.retry_report(report_id=report.pk, by=programme.officer, at=AFTER)
    report = make(report)
    assert (report.status, report.snapshot, report.files.count()) == ("READY", before, 7)
    assert quick.made == ["pdf en", "xlsx en", "pdf km", "xlsx km", "pdf both", "csv_zip en"]


def test_a_report_that_did_not_fail_is_not_tried_again(programme: SmallProgramme, quick: QuickFiles) -> None:
    report = programme.ask()
    with pytest.raises(services.NotReady):
        services.retry_report(report_id=report.pk, by=programme.officer, at=AFTER)
    make(report)
    with pytest.raises(services.NotReady):
        services.retry_report(report_id=report.pk, by=programme.officer, at=AFTER)


class Killed(BaseException):
    """What a worker's process feels of kill -9: nothing after it runs."""


def test_a_worker_killed_in_the_middle_loses_nothing_and_doubles_nothing(
    programme: SmallProgramme, quick: QuickFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = programme.ask()
    quick.before = _fail_at("xlsx km", Killed)
    with pytest.raises(Killed):
        make(report)
    report.refresh_from_db()
    assert (report.status, Job.objects.get(id=report.job_id).state) == ("WAITING", "RUNNING")
    quick.before = lambda _what: None
    make(report)  # the lease has not run out: nobody may take it
    assert report.files.count() == 4
    sent: list[int] = []
    monkeypatch.setattr(jobs, "send", sent.append)
    later = clock.now() + timedelta(hours=1)
    assert jobs.sweep(now=later) == 1
    assert sent == [report.job_id]
    monkeypatch.setattr(clock, "now", lambda: later)
    report = make(report)
    assert report.status == "READY"
    assert (Snapshot.objects.count(), report.files.count(), Report.objects.count()) == (1, 7, 1)
    assert quick.made == ["pdf en", "xlsx en", "pdf km", "xlsx km", "pdf both", "csv_zip en"]


def test_a_report_killed_in_each_attempt_is_given_up_and_shown_as_failed(
    programme: SmallProgramme, quick: QuickFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = programme.ask()
    quick.before = _fail_at("pdf en", Killed)
    now = clock.now()
    for attempt in range(jobs.MOST_ATTEMPTS):
        monkeypatch.setattr(clock, "now", lambda at=now + attempt * timedelta(hours=1): at)
        with pytest.raises(Killed):
            make(report)
    assert jobs.sweep(now=now + timedelta(days=1)) == 0
    assert (Job.objects.get(id=report.job_id).state, Report.objects.get().status) == ("FAILED", "FAILED")
    services.retry_report(report_id=report.pk, by=programme.officer, at=AFTER)
    quick.before = lambda _what: None
    assert make(report).status == "READY"


def test_a_second_message_for_a_report_that_is_made_makes_nothing(programme: SmallProgramme, quick: QuickFiles) -> None:
    report = make(programme.ask())
    make(report)
    assert len(quick.made) == 6
    assert Snapshot.objects.count() == 1


def _fail_at(where: str, error: type[BaseException] = RuntimeError) -> Any:
    def before(what: str) -> None:
        if what == where:
            raise error("no paper")

    return before


def _figures(report: Report) -> dict[str, Any]:
    import json

    assert report.snapshot
    found: dict[str, Any] = json.loads(report.snapshot.text)
    return found


# --- Issuing ---------------------------------------------------------------------------------------------------------------
@pytest.fixture
def ready(programme: SmallProgramme, quick: QuickFiles) -> Report:
    return make(next(report for report in programme.close() if report.project))


def test_a_report_is_reviewed_and_then_issued_and_the_trail_keeps_its_hash_twice(programme: SmallProgramme, ready: Report) -> None:
    ready = programme.issue(ready)
    assert (ready.status, ready.reviewed_by, ready.issued_by, ready.issued_at) == ("ISSUED", programme.officer, programme.approver, AFTER)
    assert ready.snapshot
    for act in ("report.review", "report.issue"):
        assert ready.snapshot.sha256 in AuditRecord.objects.get(act=act).content


def test_a_report_is_reviewed_and_issued_once(programme: SmallProgramme, ready: Report) -> None:
    programme.issue(ready)
    with pytest.raises(services.NotReady):
        services.review_report(report_id=ready.pk, by=programme.officer, at=AFTER)
    with pytest.raises(services.NotReady):
        services.issue_report(report_id=ready.pk, by=programme.approver, at=AFTER)


def test_a_draft_that_nobody_read_is_not_issued(programme: SmallProgramme, ready: Report) -> None:
    with pytest.raises(services.NotReady, match="has not been reviewed"):
        services.issue_report(report_id=ready.pk, by=programme.approver, at=AFTER)


def test_who_reviewed_a_report_does_not_issue_it(programme: SmallProgramme, ready: Report) -> None:
    services.review_report(report_id=ready.pk, by=programme.approver, at=AFTER)
    with pytest.raises(services.ReviewedByYou, match="another approver"):
        services.issue_report(report_id=ready.pk, by=programme.approver, at=AFTER)


def test_who_closed_the_quarter_cannot_issue_its_report(programme: SmallProgramme, quick: QuickFiles) -> None:
    services.propose_periods(today=AFTER.date())
    made = services.close_period(period_id=Period.objects.get(label=QUARTER).pk, by=programme.approver, at=AFTER)
    make(made[0])
    services.review_report(report_id=made[0].pk, by=programme.officer, at=AFTER)
    with pytest.raises(OwnRequest):
        services.issue_report(report_id=made[0].pk, by=programme.approver, at=AFTER)


@pytest.mark.parametrize("who", ["liaison", "auditor", "administrator"])
def test_only_finance_reviews(programme: SmallProgramme, ready: Report, who: str) -> None:
    with pytest.raises(NotYours):
        services.review_report(report_id=ready.pk, by=getattr(programme, who), at=AFTER)


def test_an_officer_does_not_issue(programme: SmallProgramme, ready: Report) -> None:
    with pytest.raises(NotYours):
        services.issue_report(report_id=ready.pk, by=programme.officer, at=AFTER)


def test_an_interim_report_is_not_issued(programme: SmallProgramme, quick: QuickFiles) -> None:
    report = make(programme.ask(at=datetime(2026, 8, 19, 3, 0, tzinfo=UTC)))
    with pytest.raises(services.NotReady, match="interim"):
        services.issue_report(report_id=report.pk, by=programme.approver, at=AFTER)


def test_a_report_that_is_not_made_is_not_issued(programme: SmallProgramme) -> None:
    waiting = programme.close()[0]
    with pytest.raises(services.NotReady):
        services.issue_report(report_id=waiting.pk, by=programme.approver, at=AFTER)


def test_an_issued_report_is_not_marked_failed_by_a_late_worker(programme: SmallProgramme, ready: Report, quick: QuickFiles) -> None:
    programme.issue(ready)
    quick.before = _fail_at("pdf en")
    services.build(progress=jobs.Progress(ready.job_id), report_id=ready.pk)
    ready.refresh_from_db()
    assert ready.status == "ISSUED"


def test_files_are_called_by_scope_quarter_version_and_language(programme: SmallProgramme, ready: Report) -> None:
    assert services.file_name(report=ready, kind="PDF", language="km") == "keo-seima-2026Q3-v1-km.pdf"
    whole = Report.objects.get(project=None)
    assert services.file_name(report=whole, kind="CSV", language="en") == "programme-2026Q3-v1-en.zip"


def test_two_projects_close_together(programme: SmallProgramme, quick: QuickFiles) -> None:
    from revenue.credits import services as selling

    selling.create_project(
        code="tumring", name="Tumring", registry="VERRA", programme_id="1689", standard="VCS", mechanism="bilateral", host_authority="MAFF",
        by=programme.officer, at=AFTER,
    )  # fmt: skip
    made = programme.close()
    assert [report.project.code if report.project else "" for report in made] == ["keo-seima", "tumring", ""]
    empty = make(made[1])
    figures = _figures(empty)
    assert figures["equation"]["closing"]["received_minor"] == figures["headline"]["period"]["received_minor"] == 0
    assert files.read(empty.files.get(format="JSON").file).decode() == empty.snapshot.text if empty.snapshot else False
    assert Project.objects.count() == 2
