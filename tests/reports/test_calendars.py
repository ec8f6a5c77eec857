"""Reports that are due are made once, however late anybody looks and whoever looks at the same time."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from core import clock, jobs
from core.models import Job
from core.people.access import NotYours
from reports import services
from reports.models import Calendar, DueReport, Period, Report
from reports.models.calendars import DueReport as Due
from tests.flows.programme import AFTER, SmallProgramme, morning
from tests.reports.making import QuickFiles, make

pytestmark = pytest.mark.django_db
SET_AT = morning(date(2026, 7, 1))


@pytest.fixture
def programme() -> SmallProgramme:
    programme = SmallProgramme()
    programme.receive(programme.sell(), 1_000_000, on=date(2026, 7, 6))
    return programme


def calendar(programme: SmallProgramme, **other: Any) -> Calendar:
    facts = {"project_code": "keo-seima", "every": "QUARTER", "days_after": 15, "begins": date(2026, 7, 1), "by": programme.officer, "at": SET_AT}
    return services.set_calendar(**{**facts, **other})


def due() -> list[tuple[str, str, bool]]:
    return [(row.period.label, row.due_on.isoformat(), row.report_id is not None) for row in DueReport.objects.order_by("due_on", "id")]


def test_nothing_is_due_a_day_early(programme: SmallProgramme) -> None:
    calendar(programme)
    assert services.make_due(at=morning(date(2026, 10, 15))) == []
    assert not DueReport.objects.exists()


def test_an_open_period_gets_an_interim_report_on_its_day_and_its_own_when_it_is_closed(programme: SmallProgramme) -> None:
    calendar(programme)
    (interim,) = services.make_due(at=morning(date(2026, 10, 16)))
    assert (interim.is_interim, due()) == (True, [("2026Q3", "2026-10-16", False)])
    assert services.make_due(at=morning(date(2026, 10, 17))) == []
    of_project = next(report for report in programme.close(at=morning(date(2026, 10, 20))) if report.project)
    assert services.make_due(at=morning(date(2026, 10, 21))) == []  # closing asked for it already
    assert DueReport.objects.get().report == of_project


def test_a_beat_that_was_stopped_over_the_due_dates_makes_all_of_them_once(programme: SmallProgramme) -> None:
    calendar(programme, every="MONTH", days_after=10)
    programme.close()
    made = services.make_due(at=morning(date(2026, 12, 11)))
    assert [row.period.label for row in DueReport.objects.order_by("due_on")] == ["2026-07", "2026-08", "2026-09", "2026-10", "2026-11"]
    assert [(report.period.label, report.is_interim) for report in made] == [
        ("2026-07", False), ("2026-08", False), ("2026-09", False), ("2026-10", True), ("2026-11", True),
    ]  # fmt: skip
    assert services.make_due(at=morning(date(2026, 12, 12))) == []
    assert Report.objects.filter(period__kind="MONTH").count() == 5


def test_a_year_is_due_when_its_quarters_are_closed(programme: SmallProgramme) -> None:
    calendar(programme, every="YEAR", days_after=30, project_code="")
    after = morning(date(2027, 2, 1))
    programme.close("2026Q4", at=after)
    (report,) = services.make_due(at=after)
    assert (report.period.label, report.project, report.is_interim) == ("2026", None, False)


def test_a_failed_report_is_tried_again_a_few_times_and_then_left_to_people(programme: SmallProgramme, monkeypatch: pytest.MonkeyPatch) -> None:
    quick = QuickFiles(monkeypatch)
    calendar(programme)
    programme.close()
    at = morning(date(2026, 10, 16))
    services.make_due(at=at)
    report = DueReport.objects.get().report
    assert report

    def fails(_what: str) -> None:
        raise OSError("no paper")

    quick.before = fails
    tried = 0
    for _hour in range(12):
        at += timedelta(hours=1)
        monkeypatch.setattr(clock, "now", lambda at=at: at)
        if Job.objects.get(id=report.job_id).state == Job.State.WAITING:
            tried += 1
            with pytest.raises(OSError, match="no paper"):
                jobs.run(job_id=report.job_id)
        services.make_due(at=at + timedelta(minutes=30))
    assert tried == 4  # once, and three times again
    report.refresh_from_db()
    assert (report.status, DueReport.objects.get().retries) == ("FAILED", 3)
    quick.before = lambda _what: None
    services.retry_report(report_id=report.pk, by=programme.officer, at=at)
    assert make(report).status == "READY"


def test_a_stopped_calendar_makes_nothing_more(programme: SmallProgramme) -> None:
    made = calendar(programme)
    services.stop_calendar(calendar_id=made.pk, by=programme.officer, at=AFTER)
    assert services.make_due(at=morning(date(2027, 3, 1))) == []
    with pytest.raises(services.NotACalendar, match="stopped already"):
        services.stop_calendar(calendar_id=made.pk, by=programme.officer, at=AFTER)


@pytest.mark.parametrize(
    "facts",
    [
        {"project_code": "no-such"}, {"every": "RANGE"}, {"days_after": -1}, {"days_after": 367}, {"begins": date(1999, 1, 1)},
        {"begins": date(2040, 1, 1)},
    ],
)  # fmt: skip
def test_a_calendar_that_makes_no_sense_is_refused(programme: SmallProgramme, facts: dict[str, Any]) -> None:
    with pytest.raises(services.NotACalendar):
        calendar(programme, **facts)
    assert not Calendar.objects.exists()


def test_a_project_has_one_calendar_of_a_kind(programme: SmallProgramme) -> None:
    calendar(programme)
    calendar(programme, project_code="")
    for project in ("keo-seima", ""):
        with pytest.raises(services.NotACalendar, match="such a calendar"):
            calendar(programme, project_code=project, days_after=20)


@pytest.mark.parametrize("who", ["liaison", "auditor", "administrator"])
def test_only_finance_sets_calendars(programme: SmallProgramme, who: str) -> None:
    with pytest.raises(NotYours):
        calendar(programme, by=getattr(programme, who))


def test_the_newest_report_of_a_due_row_is_its_own(programme: SmallProgramme) -> None:
    calendar(programme)
    services.make_due(at=datetime(2026, 10, 16, 3, tzinfo=UTC))
    row = Due.objects.get()
    assert row.newest == row.interim
    assert Period.objects.filter(label="2026Q3").exists()
