"""The lines behind a report: the auditor's annex."""

from __future__ import annotations

import json
from collections import Counter
from datetime import datetime
from typing import Final

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from core import clock, jobs
from core.audit.services import record
from core.jobs import Progress
from core.models import Job
from core.people.access import OFFICERS, require_role
from core.people.models import User
from reports import signing
from reports.models import Report, ReportFile
from reports.services.kept import ANNEX, EDITIONS_OF, keep
from reports.services.moment import one_moment
from reports.services.refusals import NotReady
from reports.services.signatures import keep_signed
from reports.snapshot.annex import annex_head, annex_scope, annex_tables

ANNEX_KIND: Final = "annex"


@transaction.atomic
def ask_annex(*, report_id: int, by: User, at: datetime) -> Job:
    """
    Ask for the lines behind a report's figures; asked twice it is made once, and one that failed or is not signed yet is taken up again.

    :raises NotYours: if the person is not a finance officer or approver
    :raises NotReady: if the report's own figures are not frozen yet
    """
    require_role(person=by, roles=OFFICERS)
    report = Report.objects.get(id=report_id)
    if report.snapshot_id is None:
        raise NotReady(_("This report has no figures yet."), next_step=_("Wait until it is made."))
    key = f"annex:{report.pk}"
    job = jobs.enqueue(kind=ANNEX_KIND, key=key, arguments={"report_id": report.pk}, at=at, asked_by=by)
    if job.state == Job.State.DONE and not is_complete(report=report):
        # It was made and issued before the settings named a certificate.
        job = jobs.enqueue(kind=ANNEX_KIND, key=f"{key}:signed", arguments={"report_id": report.pk}, at=at, asked_by=by)
    jobs.retry(job_id=job.pk, at=at)
    record(act="report.annex", subject=f"report:{report}", by=by, at=at)
    return job


@jobs.kind(ANNEX_KIND, gettext_lazy("Making an auditor's annex"))
def build_annex(*, progress: Progress, report_id: int) -> str:
    """Make each file of a report's annex that is not there yet. Each is read as of one moment, and says how it agrees with the report."""
    report = Report.objects.select_related("period", "project", "snapshot").get(id=report_id)
    wanted = [(kind, edition) for kind in ANNEX for edition in EDITIONS_OF[kind]]
    for done, (kind, language) in enumerate(wanted):
        # Outside the long read: the lease must be seen to be renewed.
        progress.report(done=done, total=len(wanted), message=gettext_noop("Rendering %(kind)s (%(language)s)"), kind=kind, language=language)
        if not report.files.filter(format=kind, language=language).exists():
            with one_moment():
                data = annex_bytes(report, kind, language)
            keep(report=report, kind=kind, language=language, data=data)
    _sign_if_issued(report_id)
    return _("The annex of %(report)s is ready.") % {"report": report}


@transaction.atomic
def _sign_if_issued(report_id: int) -> None:
    # Locked, as by who issues it: one of the two sees the other's work, and signs.
    report = Report.objects.select_for_update(of=("self",)).select_related("period", "project").get(id=report_id)
    if report.status == Report.Status.ISSUED:
        keep_signed(report=report, at=clock.now())


def is_complete(*, report: Report) -> bool:
    """Return whether all files of a report's annex are there; of an issued report the signed ones, too."""
    there = Counter(row.format for row in report.annex_files())
    wanted = {kind: len(EDITIONS_OF[kind]) for kind in ANNEX}
    if report.status == Report.Status.ISSUED and signing.is_configured():
        wanted[ReportFile.Format.ANNEX_SIGNED_PDF] = wanted[ReportFile.Format.ANNEX_PDF]
    return all(there[kind] >= number for kind, number in wanted.items())


def annex_bytes(report: Report, kind: ReportFile.Format, language: str) -> bytes:
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
