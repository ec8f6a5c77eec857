"""Close a quarter, ask for a report, make it, issue it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import OperationalError, connection, transaction
from django.db.models import Max, Min, Q
from django.utils.translation import gettext as _
from psycopg.errors import SerializationFailure

from core import clock, files, jobs
from core.audit.seals import seal_now
from core.audit.services import record
from core.audit.sources import iso
from core.jobs import Progress
from core.models import Job
from core.people.access import CHECKERS, OFFICERS, require_other_person, require_role
from core.people.models import User
from core.refusal import Refused
from reports import queries
from reports.models import Period, Report, ReportFile, Snapshot
from reports.periods import parse_quarter, quarter_of
from reports.render import render_csv_zip, render_pdf, render_xlsx
from reports.snapshot import SCHEMA, freeze
from reports.snapshot.annex import annex_head, annex_scope, annex_tables
from revenue.credits.models import Project
from revenue.ledger.models import Tranche
from revenue.ledger.services import close_books

JOB_KIND: Final = "report"
ANNEX_KIND: Final = "annex"
LANGUAGES: Final = ("en", "km")


class PeriodNotOver(Refused):
    """The quarter has not ended."""

    code = "period_not_over"


class EarlierPeriodOpen(Refused):
    """An earlier quarter is still open."""

    code = "earlier_period_open"


class AlreadyClosed(Refused):
    """Somebody closed the quarter first."""

    code = "already_closed"


class AlreadyReported(Refused):
    """The closed quarter has its report."""

    code = "already_reported"


class NotReady(Refused):
    """The report is not one that can be issued now."""

    code = "not_ready"


# --- Periods -------------------------------------------------------------------------------------------------------------
def propose_periods(*, today: date, since: date | None = None) -> list[Period]:
    """
    Make a row for each quarter since the first money, and propose the ended ones for closing; returns the newly proposed.

    ``since`` names an earlier day, where older money is still to be entered: no later quarter can be closed before its own.
    """
    oldest = min(filter(None, (since, Tranche.objects.aggregate(first=Min("received_on"))["first"])), default=None)
    if oldest is None:
        return []
    quarter, proposed = quarter_of(oldest), []
    while quarter.first <= today:
        period, _created = Period.objects.get_or_create(label=str(quarter), defaults={"first": quarter.first, "end": quarter.end})
        if quarter.end <= today and Period.objects.filter(id=period.pk, status=Period.Status.OPEN).update(status=Period.Status.PROPOSED):
            proposed.append(period)
        quarter = quarter.next
    return proposed


@transaction.atomic
def close_period(*, period_id: int, by: User, at: datetime) -> list[Report]:
    """
    Close a quarter's books for good, and ask for its reports: one for each project and one for the programme.

    :raises NotYours: if the person is not a finance officer or approver
    :raises PeriodNotOver: if the quarter has days to come
    :raises EarlierPeriodOpen: if an earlier quarter is open
    :raises AlreadyClosed: if somebody closed it first
    """
    require_role(person=by, roles=OFFICERS)
    period = Period.objects.get(id=period_id)
    _refuse_unless_closable(period=period, today=_local_day(at))
    closed = Period.objects.filter(id=period_id).exclude(status=Period.Status.CLOSED).update(status=Period.Status.CLOSED, closed_by=by, closed_at=at)
    if closed != 1:
        raise AlreadyClosed(_("%(period)s is already closed.") % {"period": period}, next_step=_("Look at its reports."))
    close_books(through=period.end - timedelta(days=1), by_id=by.pk, at=at)
    made = [_new_report(period=period, project=project, by=by, at=at, is_interim=False) for project in [*Project.objects.order_by("code"), None]]
    record(act="period.close", subject=f"period:{period.label}", by=by, at=at, after={"closed_through": (period.end - timedelta(days=1)).isoformat()})
    return made


def _refuse_unless_closable(*, period: Period, today: date) -> None:
    if period.end > today:
        raise PeriodNotOver(
            _("%(period)s ends on %(last)s.") % {"period": period, "last": period.end - timedelta(days=1)},
            next_step=_("Ask for an interim report instead."),
        )
    earlier = Period.objects.filter(first__lt=period.first).exclude(status=Period.Status.CLOSED).order_by("first").first()
    if earlier:
        raise EarlierPeriodOpen(_("%(period)s is still open.") % {"period": earlier}, next_step=_("Close it first: books close in order."))


def _local_day(at: datetime) -> date:
    return at.astimezone(ZoneInfo(settings.TIME_ZONE)).date()


# --- Reports -------------------------------------------------------------------------------------------------------------
@transaction.atomic
def ask_report(*, period: str, project_code: str, by: User | None, at: datetime) -> Report:
    """
    Ask for the report of a project (or of the programme: empty code) and a quarter such as "2026Q3".

    While the quarter is open the report is interim; a closed quarter has one report, and a second one is refused.

    :raises NotAPeriod: if the text names no quarter
    :raises AlreadyReported: if the closed quarter has its report
    :raises NotReady: if the quarter has not begun, or there is no such project
    """
    if by is not None:
        require_role(person=by, roles=OFFICERS)
    quarter = parse_quarter(period)
    if quarter.first > _local_day(at):
        raise NotReady(_("%(period)s has not begun.") % {"period": quarter}, next_step=_("Choose a quarter that has."))
    project = Project.objects.filter(code=project_code).first() if project_code else None
    if project_code and project is None:
        raise NotReady(_("There is no project “%(code)s”.") % {"code": project_code}, next_step=_("Choose one of the list."))
    row, _created = Period.objects.get_or_create(label=str(quarter), defaults={"first": quarter.first, "end": quarter.end})
    closed = row.status == Period.Status.CLOSED
    if closed and Report.objects.filter(period=row, project=project, is_interim=False).exists():
        raise AlreadyReported(_("%(period)s is closed and has its report.") % {"period": row}, next_step=_("Open it from the list of reports."))
    return _new_report(period=row, project=project, by=by, at=at, is_interim=not closed)


def make_report(*, period: str, project_code: str, at: datetime) -> Report:
    """
    Return a report with all its files: a closed quarter's own, else one that waits, else a new one, made in this process.

    :raises NotAPeriod: if the text names no quarter
    :raises NotReady: if there can be no such report, or another worker is making it
    """
    scope = Q(project__code=project_code) if project_code else Q(project=None)
    kept = Q(is_interim=False) | Q(status__in=[Report.Status.WAITING, Report.Status.FAILED]) & ~Q(period__status=Period.Status.CLOSED)
    found = Report.objects.filter(scope, kept, period__label=str(parse_quarter(period))).order_by("-version").first()
    report = found or ask_report(period=period, project_code=project_code, by=None, at=at)
    jobs.retry(job_id=report.job_id, at=at)
    jobs.run(job_id=report.job_id)
    report = Report.objects.select_related("period", "project", "snapshot").get(id=report.pk)
    if report.status not in (Report.Status.READY, Report.Status.ISSUED):
        raise NotReady(_("A worker is making this report now."), next_step=_("Ask again in a minute."))
    return report


def _new_report(*, period: Period, project: Project | None, by: User | None, at: datetime, is_interim: bool) -> Report:
    # Two people asking at once: the second waits for the first, and takes the next number.
    Period.objects.select_for_update().get(id=period.pk)
    highest = Report.objects.filter(period=period, project=project).aggregate(highest=Max("version"))["highest"] or 0
    version = highest + 1
    key = f"report:{period.label}:{project.code if project else 'programme'}:v{version}"
    job = Job.objects.create(kind=JOB_KIND, key=key, arguments={}, created_at=at, asked_by=by)
    report = Report.objects.create(period=period, project=project, version=version, is_interim=is_interim, job=job, asked_by=by, asked_at=at)
    Job.objects.filter(id=job.pk).update(arguments={"report_id": report.pk})
    transaction.on_commit(lambda: jobs.send(job.pk))
    record(act="report.ask", subject=key, by=by, at=at, after={"interim": is_interim})
    return report


@jobs.kind(JOB_KIND)
def build(*, progress: Progress, report_id: int) -> str:
    """
    Make a report: freeze its snapshot once, then render each file that is not there yet.

    A worker killed in the middle leaves what it finished; the next one goes on from there.
    """
    report = Report.objects.select_related("period", "project", "snapshot").get(id=report_id)
    try:
        snapshot = report.snapshot or _freeze(report)
        _render_missing(report=report, snapshot=snapshot, progress=progress)
    except Exception:
        # Only while nobody else has made it meanwhile: a worker that lost its lease does not spoil a report that is ready.
        Report.objects.filter(id=report_id, status=Report.Status.WAITING).update(status=Report.Status.FAILED)
        raise
    Report.objects.filter(id=report_id, status__in=[Report.Status.WAITING, Report.Status.FAILED]).update(status=Report.Status.READY)
    return _("Report %(report)s is ready.") % {"report": report}


@jobs.when_given_up(JOB_KIND)
def _give_up(*, report_id: int) -> None:
    Report.objects.filter(id=report_id, status=Report.Status.WAITING).update(status=Report.Status.FAILED)


def _freeze(report: Report) -> Snapshot:
    try:
        _freeze_once(report)
    except OperationalError as error:
        # Another worker froze it while this one read: its snapshot stands.
        if not isinstance(error.__cause__, SerializationFailure):
            raise
    report.refresh_from_db()
    assert report.snapshot is not None
    return report.snapshot


def _freeze_once(report: Report) -> None:
    asked_on = _local_day(report.asked_at)
    end = min(report.period.end, asked_on + timedelta(days=1)) if report.is_interim else report.period.end
    seal = _seal_of_the_books()
    with _one_moment():
        scope = queries.scope_of(project=report.project, first=report.period.first, end=end)
        frozen = freeze(
            scope=scope,
            label=report.period.label,
            version=report.version,
            replaces=None,
            closed_on=_local_day(report.period.closed_at) if report.period.closed_at else None,
            at=report.asked_at,
            seal=seal,
        )
        snapshot = Snapshot.objects.create(
            period=report.period, project=report.project, schema=SCHEMA, text=frozen.text, sha256=frozen.sha256, frozen_at=report.asked_at
        )
        # Compare-and-set: if another worker froze it first, its snapshot stands and this one was for nothing.
        if Report.objects.filter(id=report.pk, snapshot=None).update(snapshot=snapshot) != 1:
            transaction.set_rollback(True)


def _seal_of_the_books() -> dict[str, Any] | None:
    """Seal what is new, so that the report prints a seal over everything it reads."""
    sealed = seal_now(at=clock.now())
    return {"number": sealed.number, "root": sealed.root, "sealed_at": iso(sealed.sealed_at)} if sealed else None


@contextmanager
def _one_moment() -> Iterator[None]:
    """Read everything as of one moment, whatever is posted meanwhile."""
    nested = connection.in_atomic_block
    with transaction.atomic():
        if not nested:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        yield


def _render_missing(*, report: Report, snapshot: Snapshot, progress: Progress) -> None:
    content = json.loads(snapshot.text)
    wanted = [(ReportFile.Format.JSON, "en"), *((kind, language) for language in LANGUAGES for kind in _BY_LANGUAGE), (ReportFile.Format.CSV, "en")]
    made = set(report.files.values_list("format", "language"))
    for done, (kind, language) in enumerate(wanted):
        progress.report(done=done, total=len(wanted), message=_("Rendering %(kind)s (%(language)s)") % {"kind": kind, "language": language})
        if (kind, language) not in made:
            _keep(report=report, kind=kind, language=language, data=_rendered(kind, language, content, snapshot.text))


_BY_LANGUAGE: Final = (ReportFile.Format.PDF, ReportFile.Format.XLSX)
_MEDIA: Final = {
    ReportFile.Format.PDF: ("application/pdf", "pdf"),
    ReportFile.Format.XLSX: ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx"),
    ReportFile.Format.CSV: ("application/zip", "zip"),
    ReportFile.Format.JSON: ("application/json", "json"),
    ReportFile.Format.ANNEX_PDF: ("application/pdf", "pdf"),
    ReportFile.Format.ANNEX_XLSX: ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx"),
    ReportFile.Format.ANNEX_CSV: ("application/zip", "zip"),
}


def _rendered(kind: ReportFile.Format, language: str, content: dict[str, Any], text: str) -> bytes:
    if kind == ReportFile.Format.PDF:
        return render_pdf(snapshot=content, language=language)
    if kind == ReportFile.Format.XLSX:
        return render_xlsx(snapshot=content, language=language)
    if kind == ReportFile.Format.CSV:
        return render_csv_zip(snapshot=content)
    return text.encode()


def file_name(*, report: Report, kind: str, language: str) -> str:
    """Return what a report's file is called when it is downloaded: ``keo-seima-2026Q3-v1-en.pdf``."""
    scope = report.project.code if report.project else "programme"
    suffix = _MEDIA[ReportFile.Format(kind)][1]
    annex = "-annex" if kind in _ANNEX else ""
    return f"{scope}-{report.period.label}-v{report.version}{annex}-{language}.{suffix}"


@transaction.atomic
def _keep(*, report: Report, kind: ReportFile.Format, language: str, data: bytes) -> None:
    stored = files.store(
        data=data, media_type=_MEDIA[kind][0], original_name=file_name(report=report, kind=kind, language=language), by=None, at=clock.now()
    )
    ReportFile.objects.get_or_create(report=report, format=kind, language=language, defaults={"file": stored})


# --- The auditor's annex -------------------------------------------------------------------------------------------------
_ANNEX: Final = (ReportFile.Format.ANNEX_PDF, ReportFile.Format.ANNEX_XLSX, ReportFile.Format.ANNEX_CSV)


@transaction.atomic
def ask_annex(*, report_id: int, by: User, at: datetime) -> Job:
    """
    Ask for the lines behind a report's figures; asked twice it is made once, and a failed one is tried again.

    :raises NotYours: if the person is not a finance officer or approver
    :raises NotReady: if the report's own figures are not frozen yet
    """
    require_role(person=by, roles=OFFICERS)
    report = Report.objects.get(id=report_id)
    if report.snapshot_id is None:
        raise NotReady(_("This report has no figures yet."), next_step=_("Wait until it is made."))
    job = jobs.enqueue(kind=ANNEX_KIND, key=f"annex:{report.pk}", arguments={"report_id": report.pk}, at=at, asked_by=by)
    jobs.retry(job_id=job.pk, at=at)
    record(act="report.annex", subject=f"report:{report}", by=by, at=at)
    return job


@jobs.kind(ANNEX_KIND)
def build_annex(*, progress: Progress, report_id: int) -> str:
    """Make each file of a report's annex that is not there yet. Each is read as of one moment, and says how it agrees with the report."""
    report = Report.objects.select_related("period", "project", "snapshot").get(id=report_id)
    wanted = [(kind, language) for language in LANGUAGES for kind in _ANNEX if kind != ReportFile.Format.ANNEX_CSV or language == "en"]
    for done, (kind, language) in enumerate(wanted):
        # Outside the long read: the lease must be seen to be renewed.
        progress.report(done=done, total=len(wanted), message=_("Rendering %(kind)s (%(language)s)") % {"kind": kind, "language": language})
        if not report.files.filter(format=kind, language=language).exists():
            with _one_moment():
                data = _annex(report, kind, language)
            _keep(report=report, kind=kind, language=language, data=data)
    return _("The annex of %(report)s is ready.") % {"report": report}


def _annex(report: Report, kind: ReportFile.Format, language: str) -> bytes:
    # Loaded only when a file is made, as the report's own renderings are.
    from reports.render.annex import annex_csv, annex_xlsx
    from reports.render.annex_pages import annex_pdf

    assert report.snapshot is not None
    content = json.loads(report.snapshot.text)
    tables = annex_tables(scope=annex_scope(report=report, content=content), language=language)
    head = annex_head(report=report, content=content, sha256=report.snapshot.sha256, tables=tables)
    if kind == ReportFile.Format.ANNEX_PDF:
        return annex_pdf(head=head, tables=tables, language=language)
    if kind == ReportFile.Format.ANNEX_XLSX:
        return annex_xlsx(head=head, tables=tables, language=language)
    return annex_csv(head=head, tables=tables)


@transaction.atomic
def issue_report(*, report_id: int, by: User, at: datetime) -> None:
    """
    Issue a report of a closed quarter: from now on the public reads it.

    :raises NotYours: if the person is not an approver
    :raises OwnRequest: if the person asked for it
    :raises NotReady: if it is interim, not made yet, or issued already
    """
    require_role(person=by, roles=CHECKERS)
    report = Report.objects.select_related("period", "project").get(id=report_id)
    require_other_person(person=by, maker_id=report.asked_by_id)
    if report.is_interim:
        raise NotReady(_("An interim report is not issued."), next_step=_("Close the quarter: its report can be issued."))
    issued = Report.objects.filter(id=report_id, status=Report.Status.READY).update(status=Report.Status.ISSUED, issued_by=by, issued_at=at)
    if issued != 1:
        raise NotReady(_("This report is not waiting to be issued."), next_step=_("See where it stands."))
    record(act="report.issue", subject=f"report:{report}", by=by, at=at, after={"sha256": report.snapshot.sha256 if report.snapshot else ""})


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
