"""Reports that are due again and again: set their calendars, and make what is due."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Final

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from core import jobs
from core.audit.services import record
from core.models import Job
from core.people.access import OFFICERS, require_role
from core.people.models import User
from reports import queries
from reports.models import Calendar, DueReport, Period, Report
from reports.models.calendars import LONGEST_WAIT
from reports.periods import span_of
from reports.services.asking import local_day, new_report, period_row
from reports.services.refusals import NotACalendar
from revenue.credits.models import Project

# A rendering that failed is tried again by itself so often, each time after twice the wait.
MOST_RETRIES: Final = 3
RETRY_AFTER: Final = timedelta(minutes=10)
EARLIEST: Final = date(2000, 1, 1)


@transaction.atomic
def set_calendar(*, project_code: str, every: str, days_after: int, begins: date, by: User, at: datetime) -> Calendar:
    """
    Let a report be due ``days_after`` the end of each month, quarter or year, from the period of the day ``begins``.

    :raises NotYours: if the person is not a finance officer or approver
    :raises NotACalendar: if there is no such project, the days are too many, or the project has such a calendar
    """
    require_role(person=by, roles=OFFICERS)
    project = Project.objects.filter(code=project_code).first() if project_code else None
    if project_code and project is None:
        raise NotACalendar(_("There is no project “%(code)s”.") % {"code": project_code}, next_step=_("Choose one of the list."))
    if every not in Calendar.Every.values or not 0 <= days_after <= LONGEST_WAIT:
        raise NotACalendar(_("A report is due within a year of its period's end."), field="days_after")
    if not EARLIEST <= begins <= local_day(at) + timedelta(days=LONGEST_WAIT):
        raise NotACalendar(_("This day is too far away."), field="begins", next_step=_("Choose a day of the first period that is to be reported."))
    try:
        with transaction.atomic():
            made = Calendar.objects.create(project=project, every=every, days_after=days_after, begins=begins, set_by=by, set_at=at)
    except IntegrityError as error:
        raise NotACalendar(_("There is such a calendar already."), next_step=_("Stop it first, if its days are to be others.")) from error
    record(act="calendar.set", subject=f"calendar:{made.pk}", by=by, at=at, after={"every": every, "days_after": days_after, "project": project_code})
    return made


@transaction.atomic
def stop_calendar(*, calendar_id: int, by: User, at: datetime) -> None:
    """
    Let nothing more be due by a calendar; what it made stays.

    :raises NotACalendar: if it is stopped already
    """
    require_role(person=by, roles=OFFICERS)
    if Calendar.objects.filter(id=calendar_id, stopped_at=None).update(stopped_by=by, stopped_at=at) != 1:
        raise NotACalendar(_("This calendar is stopped already."))
    record(act="calendar.stop", subject=f"calendar:{calendar_id}", by=by, at=at)


def make_due(*, at: datetime) -> list[Report]:
    """
    Ask for every report that is due and not asked for yet, however long nobody looked; returns those that this call asked for.

    A period whose books are open gets an interim report once, and its own once they are closed. What failed is tried
    again a few times.
    """
    for calendar in Calendar.objects.filter(stopped_at=None).order_by("id"):
        _note_what_is_due(calendar, today=local_day(at))
    open_rows = DueReport.objects.filter(report=None).order_by("due_on", "id").values_list("id", flat=True)
    made = [_make_one(row_id, at) for row_id in list(open_rows)]
    _try_failed_again(at)
    return [report for report in made if report]


def _note_what_is_due(calendar: Calendar, *, today: date) -> None:
    newest = calendar.due.order_by("-period__first").select_related("period").first()
    span = span_of(newest.period.end if newest else calendar.begins, kind=calendar.every)
    while (due_on := span.end + timedelta(days=calendar.days_after)) <= today:
        DueReport.objects.get_or_create(calendar=calendar, period=period_row(span=span), defaults={"due_on": due_on})
        span = span.next


@transaction.atomic
def _make_one(row_id: int, at: datetime) -> Report | None:
    # Another beat that looks at the same row does its work; this one goes on to the next.
    row = (
        DueReport.objects.select_for_update(skip_locked=True, of=("self",))
        .filter(id=row_id, report=None)
        .select_related("period", "calendar__project")
        .first()
    )
    if row is None:
        return None
    # Whoever closes the quarter at this moment asks for its report too: one of both comes first.
    Period.objects.select_for_update().get(id=row.period_id)
    closed = queries.books_closed_at(end=row.period.end) is not None
    if not closed and row.interim_id:
        return None
    standing = (
        Report.objects.filter(period=row.period, project=row.calendar.project, is_interim=False).order_by("-version").first() if closed else None
    )
    report = standing or new_report(period=row.period, project=row.calendar.project, by=None, at=at, is_interim=not closed)
    DueReport.objects.filter(id=row_id).update(**{"report" if closed else "interim": report})
    return None if standing else report


def _try_failed_again(at: datetime) -> None:
    rows = DueReport.objects.filter(retries__lt=MOST_RETRIES).select_related("report__job", "interim__job")
    for row in rows.filter(report__status=Report.Status.FAILED) | rows.filter(report=None, interim__status=Report.Status.FAILED):
        report = row.newest
        if report is None or _is_too_early(report.job, row.retries, at):
            continue
        with transaction.atomic():
            if DueReport.objects.filter(id=row.pk, retries=row.retries).update(retries=row.retries + 1) == 1 and jobs.retry(
                job_id=report.job_id, at=at
            ):
                Report.objects.filter(id=report.pk, status=Report.Status.FAILED).update(status=Report.Status.WAITING)


def _is_too_early(job: Job, retries: int, at: datetime) -> bool:
    return job.finished_at is not None and at < job.finished_at + RETRY_AFTER * 2**retries
