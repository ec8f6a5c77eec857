"""Two workers at one report, two officers at one quarter, two approvers at one report: real threads, real locks."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.db import connection

from core import jobs
from core.models import Job
from core.people.models import Role, User
from core.refusal import Refused
from reports import services
from reports.models import DueReport, Period, Report, ReportFile, Snapshot
from reports.services import building
from revenue.credits.models import Receipt
from revenue.ledger.models import BookClosing, Entry
from revenue.ledger.refusals import BooksClosed
from tests.flows.programme import AFTER, PASSWORD, QUARTER, SmallProgramme, morning
from tests.reports.making import QuickFiles

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*acts: Callable[[], object]) -> list[object]:
    """Do all at the same moment, each on its own connection; returns what each gave or raised, in their order."""
    given: list[object] = [None] * len(acts)
    start = threading.Barrier(len(acts))

    def do(place: int, act: Callable[[], object]) -> None:
        try:
            start.wait(10)
            given[place] = act()
        except Exception as error:
            given[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=do, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert not any(thread.is_alive() for thread in threads)
    return given


@pytest.fixture
def programme() -> SmallProgramme:
    programme = SmallProgramme()
    programme.allocate(programme.receive(programme.sell(), 1_000_000, on=date(2026, 7, 6)), on=date(2026, 7, 7))
    return programme


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> QuickFiles:
    return QuickFiles(monkeypatch)


def test_two_messages_of_one_job_make_one_report(programme: SmallProgramme, quick: QuickFiles) -> None:
    report = programme.ask()
    given = at_once(*[lambda: jobs.run(job_id=report.job_id)] * 4)
    assert given == [None] * 4
    assert Report.objects.get().status == "READY"
    assert (Snapshot.objects.count(), ReportFile.objects.count(), len(quick.made)) == (1, 7, 6)


def test_two_workers_that_both_believe_in_their_lease_freeze_one_snapshot(
    programme: SmallProgramme, quick: QuickFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = programme.ask()
    meet = threading.Barrier(2)
    frozen = building.freeze

    def freeze_together(**arguments: Any) -> Any:
        found = frozen(**arguments)
        meet.wait(10)  # both have read, neither has written
        return found

    monkeypatch.setattr(building, "freeze", freeze_together)
    given = at_once(*[lambda: services.build(progress=jobs.Progress(report.job_id), report_id=report.pk)] * 2)
    assert [error for error in given if isinstance(error, Exception)] == []
    assert Report.objects.get().status == "READY"
    assert (Snapshot.objects.count(), ReportFile.objects.count()) == (1, 7)


def test_a_worker_that_fails_after_another_finished_does_not_spoil_the_report(programme: SmallProgramme, quick: QuickFiles) -> None:
    report = programme.ask()
    services.build(progress=jobs.Progress(report.job_id), report_id=report.pk)

    class SlowProgress(jobs.Progress):
        def report(self, *, done: int, total: int, message: str = "", **details: object) -> None:
            raise OSError("the disk is full")

    with pytest.raises(OSError, match="full"):
        services.build(progress=SlowProgress(report.job_id), report_id=report.pk)
    assert Report.objects.get().status == "READY"


def test_two_officers_closing_a_quarter_close_it_once(programme: SmallProgramme) -> None:
    second = User.objects.create_user("sothea", PASSWORD, full_name="Sothea", role=Role.FINANCE_OFFICER)
    services.propose_periods(today=AFTER.date())
    period = Period.objects.get(label=QUARTER)
    given = at_once(*[lambda who=who: services.close_period(period_id=period.pk, by=who, at=AFTER) for who in (programme.officer, second)])
    assert sorted(isinstance(one, services.AlreadyClosed) for one in given) == [False, True]
    assert (Report.objects.count(), Job.objects.count(), BookClosing.objects.count()) == (2, 2, 1)


def test_two_people_asking_get_two_versions(programme: SmallProgramme) -> None:
    given = at_once(*[programme.ask] * 3)
    assert sorted(report.version for report in given if isinstance(report, Report)) == [1, 2, 3]


def test_two_approvers_issue_a_report_once(programme: SmallProgramme, quick: QuickFiles) -> None:
    second = User.objects.create_user("sothea", PASSWORD, full_name="Sothea", role=Role.FINANCE_APPROVER)
    report = programme.close()[0]
    jobs.run(job_id=report.job_id)
    services.review_report(report_id=report.pk, by=programme.officer, at=AFTER)
    given = at_once(*[lambda who=who: services.issue_report(report_id=report.pk, by=who, at=AFTER) for who in (programme.approver, second)])
    assert sorted(isinstance(one, Refused) for one in given) == [False, True]


def test_money_recorded_while_the_quarter_closes_is_in_this_report_or_in_the_next_and_never_lost(
    programme: SmallProgramme, quick: QuickFiles
) -> None:
    sale = programme.sell(first=1_200_001, quantity=1000)
    services.propose_periods(today=AFTER.date())
    period = Period.objects.get(label=QUARTER)
    given = at_once(
        lambda: services.close_period(period_id=period.pk, by=programme.officer, at=AFTER),
        *[lambda: programme.receive(sale, 1_000, on=date(2026, 9, 30))] * 3,
    )
    assert not isinstance(given[0], Exception)
    assert all(isinstance(one, Receipt | BooksClosed) for one in given[1:])  # who is refused asks again, for the open day
    for report in Report.objects.all():
        jobs.run(job_id=report.job_id)
    late = Entry.objects.filter(event="receipt", day__gte=date(2026, 10, 1)).count()
    taken = Receipt.objects.count() - late
    for snapshot in Snapshot.objects.all():
        closing = json.loads(snapshot.text)["equation"]["closing"]
        assert (closing["difference_minor"], closing["received_minor"]) == (0, 1_000_000 + 1_000 * (taken - 1))


def test_beats_that_look_at_once_after_the_due_dates_make_each_report_once(programme: SmallProgramme) -> None:
    after = morning(date(2026, 12, 11))
    for every in ("MONTH", "QUARTER"):
        services.set_calendar(
            project_code="keo-seima", every=every, days_after=10, begins=date(2026, 7, 1), by=programme.officer, at=morning(date(2026, 7, 1))
        )
    given = at_once(*[lambda: services.make_due(at=after)] * 3)
    assert [error for error in given if isinstance(error, Exception)] == []
    made = sorted(report.period.label for one in given if isinstance(one, list) for report in one)
    assert made == ["2026-07", "2026-08", "2026-09", "2026-10", "2026-11", "2026Q3"]
    assert sorted(Report.objects.values_list("period__label", flat=True)) == made
    assert Job.objects.filter(kind="report").count() == len(made)
    assert DueReport.objects.filter(interim=None).count() == 0
    assert services.make_due(at=after) == []
