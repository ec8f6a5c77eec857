"""Ask for a report, and put one that failed back in the queue."""

from __future__ import annotations

from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.db.models import Max, Q
from django.utils.translation import gettext as _

from core import jobs
from core.audit.services import record
from core.models import Job
from core.people.access import OFFICERS, require_role
from core.people.models import User
from reports import queries
from reports.models import Period, Report
from reports.periods import Span, parse_period
from reports.services.refusals import AlreadyReported, NotReady
from revenue.credits.models import Project

JOB_KIND: Final = "report"


@transaction.atomic
def ask_report(*, period: str, project_code: str, by: User | None, at: datetime) -> Report:
    """
    Ask for the report of a project (or of the programme: empty code) and a period such as "2026Q3" or "2026-05".

    While a day of it is open the report is interim; closed days have one report, and a second one is refused.

    :raises NotAPeriod: if the text names no period
    :raises AlreadyReported: if the closed period has its report
    :raises NotReady: if the period has not begun, or there is no such project
    """
    if by is not None:
        require_role(person=by, roles=OFFICERS)
    span = parse_period(period)
    if span.first > local_day(at):
        raise NotReady(_("%(period)s has not begun.") % {"period": span}, next_step=_("Choose a period that has."))
    project = Project.objects.filter(code=project_code).first() if project_code else None
    if project_code and project is None:
        raise NotReady(_("There is no project “%(code)s”.") % {"code": project_code}, next_step=_("Choose one of the list."))
    # Two who ask at once: the second sees the report that the first asked for.
    row = Period.objects.select_for_update().get(id=period_row(span=span).pk)
    closed = queries.books_closed_at(end=row.end) is not None
    if closed and Report.objects.filter(period=row, project=project, is_interim=False).exists():
        raise AlreadyReported(
            _("%(period)s is closed and has its report.") % {"period": row},
            next_step=_("Open it from the list of reports; a corrected one is asked for there."),
        )
    return new_report(period=row, project=project, by=by, at=at, is_interim=not closed)


def make_report(*, period: str, project_code: str, at: datetime) -> Report:
    """
    Return a report with all its files: a closed period's own, else one that waits, else a new one, made in this process.

    :raises NotAPeriod: if the text names no period
    :raises NotReady: if there can be no such report, or another worker is making it
    """
    span = parse_period(period)
    scope = Q(project__code=project_code) if project_code else Q(project=None)
    closed = queries.books_closed_at(end=span.end) is not None
    kept = Q(is_interim=False) if closed else Q(status__in=[Report.Status.WAITING, Report.Status.FAILED])
    found = Report.objects.filter(scope, kept, period__label=str(span)).order_by("-version").first()
    report = found or ask_report(period=period, project_code=project_code, by=None, at=at)
    jobs.retry(job_id=report.job_id, at=at)
    jobs.run(job_id=report.job_id)
    report = Report.objects.select_related("period", "project", "snapshot").get(id=report.pk)
    if report.status in (Report.Status.WAITING, Report.Status.FAILED):
        raise NotReady(_("A worker is making this report now."), next_step=_("Ask again in a minute."))
    return report


def period_row(*, span: Span) -> Period:
    """Return the row of a period; it is made when it is first spoken of."""
    return Period.objects.get_or_create(label=str(span), defaults={"kind": span.kind, "first": span.first, "end": span.end})[0]


def new_report(
    *, period: Period, project: Project | None, by: User | None, at: datetime, is_interim: bool, replaces: Report | None = None, reason: str = ""
) -> Report:
    """Make the row of the next version of a report, and queue its job. Within the caller's transaction."""
    # Two people asking at once: the second waits for the first, and takes the next number.
    Period.objects.select_for_update().get(id=period.pk)
    highest = Report.objects.filter(period=period, project=project).aggregate(highest=Max("version"))["highest"] or 0
    version = highest + 1
    key = f"report:{period.label}:{project.code if project else 'programme'}:v{version}"
    job = Job.objects.create(kind=JOB_KIND, key=key, arguments={}, created_at=at, asked_by=by)
    report = Report.objects.create(
        period=period, project=project, version=version, is_interim=is_interim, replaces=replaces, reason=reason, job=job, asked_by=by, asked_at=at
    )
    Job.objects.filter(id=job.pk).update(arguments={"report_id": report.pk})
    transaction.on_commit(lambda: jobs.send(job.pk))
    corrected = {"replaces": replaces.version} if replaces else {}
    record(act="report.ask", subject=key, by=by, at=at, reason=reason, after={"interim": is_interim, **corrected})
    return report


@transaction.atomic
def retry_report(*, report_id: int, by: User, at: datetime) -> None:
    """
    Put a failed report back in the queue.

    :raises NotReady: if it did not fail
    """
    require_role(person=by, roles=OFFICERS)
    report = Report.objects.get(id=report_id)
    if not jobs.retry(job_id=report.job_id, at=at):
        raise NotReady(_("This report has not failed."), next_step=_("Wait for it: its progress is on the page."))
    Report.objects.filter(id=report_id, status=Report.Status.FAILED).update(status=Report.Status.WAITING)
    record(act="report.retry", subject=f"report:{report.pk}", by=by, at=at)


def local_day(at: datetime) -> date:
    """Return the day it is in the programme's own time zone."""
    return at.astimezone(ZoneInfo(settings.TIME_ZONE)).date()
