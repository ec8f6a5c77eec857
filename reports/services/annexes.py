"""The lines behind a report: the auditor's annex."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Final

from django.db import transaction
from django.utils.translation import gettext as _

from core import jobs
from core.audit.services import record
from core.jobs import Progress
from core.models import Job
from core.people.access import OFFICERS, require_role
from core.people.models import User
from reports.models import Report, ReportFile
from reports.services.kept import ANNEX, EDITIONS_OF, keep
from reports.services.moment import one_moment
from reports.services.refusals import NotReady
from reports.snapshot.annex import annex_head, annex_scope, annex_tables

ANNEX_KIND: Final = "annex"


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
    wanted = [(kind, edition) for kind in ANNEX for edition in EDITIONS_OF[kind]]
    for done, (kind, language) in enumerate(wanted):
        # Outside the long read: the lease must be seen to be renewed.
        progress.report(done=done, total=len(wanted), message=_("Rendering %(kind)s (%(language)s)") % {"kind": kind, "language": language})
        if not report.files.filter(format=kind, language=language).exists():
            with one_moment():
                data = annex_bytes(report, kind, language)
            keep(report=report, kind=kind, language=language, data=data)
    return _("The annex of %(report)s is ready.") % {"report": report}


def annex_bytes(report: Report, kind: ReportFile.Format, language: str) -> bytes:
    # Loaded only when a file is made, as the report's own renderings are.
    from reports.render.annex import annex_csv, annex_xlsx
    from reports.render.annex_pages import annex_pdf

    assert report.snapshot is not None
    content = json.loads(report.snapshot.text)
    tables = annex_tables(scope=annex_scope(report=report, content=content), language="en" if language == "en" else "km")
    head = annex_head(report=report, content=content, sha256=report.snapshot.sha256, tables=tables)
    if kind == ReportFile.Format.ANNEX_PDF:
        return annex_pdf(head=head, tables=tables, language=language)
    if kind == ReportFile.Format.ANNEX_XLSX:
        return annex_xlsx(head=head, tables=tables, language=language)
    return annex_csv(head=head, tables=tables)
