"""Make a report: freeze its figures once, then render its files."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from django.db import OperationalError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop
from psycopg.errors import SerializationFailure

from core import clock, jobs
from core.audit.seals import seal_now
from core.audit.sources import iso
from core.jobs import Progress
from reports import queries
from reports.models import Report, ReportFile, Snapshot
from reports.render import render_csv_zip, render_pdf, render_xlsx
from reports.services.asking import JOB_KIND, local_day
from reports.services.kept import EDITIONS, EDITIONS_OF, keep
from reports.services.moment import one_moment
from reports.snapshot import SCHEMA, Last, Replaced, freeze


@jobs.kind(JOB_KIND, gettext_lazy("Making a report"))
def build(*, progress: Progress, report_id: int) -> str:
    """
    Make a report: freeze its snapshot once, then render each file that is not there yet.

    A worker killed in the middle leaves what it finished; the next one goes on from there.
    """
    report = Report.objects.select_related("period", "project", "snapshot", "replaces__snapshot").get(id=report_id)
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
    asked_on = local_day(report.asked_at)
    end = min(report.period.end, asked_on + timedelta(days=1)) if report.is_interim else report.period.end
    closed_at = queries.books_closed_at(end=report.period.end)
    seal = _seal_of_the_books()
    with one_moment():
        back = queries.belonging_back(end=end) if report.replaces else None
        scope = queries.scope_of(project=report.project, first=report.period.first, end=end, counted_back=back)
        frozen = freeze(
            scope=scope,
            label=report.period.label,
            version=report.version,
            replaces=_replaced(report),
            last=_last_issued(report),
            closed_on=local_day(closed_at) if closed_at and not report.is_interim else None,
            at=report.asked_at,
            seal=seal,
        )
        snapshot = Snapshot.objects.create(
            period=report.period, project=report.project, schema=SCHEMA, text=frozen.text, sha256=frozen.sha256, frozen_at=report.asked_at
        )
        # Compare-and-set: if another worker froze it first, its snapshot stands and this one was for nothing.
        if Report.objects.filter(id=report.pk, snapshot=None).update(snapshot=snapshot) != 1:
            transaction.set_rollback(True)


def _replaced(report: Report) -> Replaced | None:
    old = report.replaces.snapshot if report.replaces else None
    return Replaced(text=old.text, sha256=old.sha256, reason=report.reason) if old else None


def _last_issued(report: Report) -> Last | None:
    """Return the newest version of the last report of the same scope and kind of period that was issued and ended before this one begins."""
    period = report.period
    issued = Report.objects.filter(status=Report.Status.ISSUED, project=report.project, period__kind=period.kind, period__end__lte=period.first)
    found = issued.select_related("snapshot").order_by("-period__end", "-period__first", "-version").first()
    return Last(text=found.snapshot.text, sha256=found.snapshot.sha256) if found and found.snapshot else None


def _seal_of_the_books() -> dict[str, Any] | None:
    """Seal what is new, so that the report prints a seal over everything it reads."""
    sealed = seal_now(at=clock.now())
    return {"number": sealed.number, "root": sealed.root, "sealed_at": iso(sealed.sealed_at)} if sealed else None


def _render_missing(*, report: Report, snapshot: Snapshot, progress: Progress) -> None:
    content = json.loads(snapshot.text)
    kinds = (ReportFile.Format.PDF, ReportFile.Format.XLSX)
    drawn = [(kind, edition) for edition in EDITIONS for kind in kinds if edition in EDITIONS_OF[kind]]
    wanted = [(ReportFile.Format.JSON, "en"), *drawn, (ReportFile.Format.CSV, "en")]
    made = set(report.files.values_list("format", "language"))
    for done, (kind, language) in enumerate(wanted):
        progress.report(done=done, total=len(wanted), message=gettext_noop("Rendering %(kind)s (%(language)s)"), kind=kind, language=language)
        if (kind, language) not in made:
            keep(report=report, kind=kind, language=language, data=_rendered(kind, language, content, snapshot.text))


def _rendered(kind: ReportFile.Format, language: str, content: dict[str, Any], text: str) -> bytes:
    if kind == ReportFile.Format.PDF:
        return render_pdf(snapshot=content, language=language)
    if kind == ReportFile.Format.XLSX:
        return render_xlsx(snapshot=content, language=language)
    if kind == ReportFile.Format.CSV:
        return render_csv_zip(snapshot=content)
    return text.encode()
