"""The register: which file, content or code is of what was issued here. Reads only, and only what was issued."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from core.audit.models import Seal as SealRow
from core.audit.models import SealItem
from core.clock import day_of
from core.models import StoredFile
from reports.models import Paper, Report, ReportFile, SetStatement, StatementSet
from reports.verification.verdict import Issued, Newer, Seal

FILE_KIND = "file"


def file_issued(*, sha256: str) -> Issued | None:
    """Return of which issued report this is a file, its annex included."""
    row = (
        ReportFile.objects.filter(file__sha256=sha256, report__status=Report.Status.ISSUED)
        .select_related("file", "report__period", "report__project", "report__snapshot")
        .first()
    )
    return _of_report(row.report, kind=row.get_format_display(), file=row.file) if row else _in_a_set(sha256)


def _in_a_set(sha256: str) -> Issued | None:
    """Return of which set of statements this is a file: one community's, all as one PDF, or the zip."""
    one = _set_statements().filter(pdf__sha256=sha256).first()
    if one:
        return _of_set_statement(one)
    whole = StatementSet.objects.filter(Q(pdf__sha256=sha256) | Q(zip__sha256=sha256)).select_related("period", "pdf", "zip").first()
    if whole is None or whole.pdf is None:
        return None
    file = whole.pdf if whole.pdf.sha256 == sha256 else whole.zip
    seal = _over(file) if file else None
    return Issued(_("set of community statements"), str(whole), 0, _day(whole.asked_at), sha256, file_seal=seal)


def paper_of(*, sha256: str) -> Paper | None:
    """Return the paper that says exactly this; ``sha256`` is that of its content."""
    return Paper.objects.filter(sha256=sha256).first()


def code_issued(*, code: str) -> Issued | None:
    """Return the one issued report or paper whose frozen text's sha256 begins with a code; None where there is none, or more than one."""
    reports = Report.objects.filter(status=Report.Status.ISSUED, snapshot__sha256__startswith=code).select_related("period", "project", "snapshot")[
        :2
    ]
    papers = Paper.objects.filter(sha256__startswith=code)[:2]
    statements = _set_statements().filter(sha256__startswith=code)[:2]
    found = [
        *(_of_report(report, kind=_("reinvestment report")) for report in reports),
        *map(of_paper, papers),
        *map(_of_set_statement, statements),
    ]
    return found[0] if len(found) == 1 else None


def _of_report(report: Report, *, kind: str, file: StoredFile | None = None) -> Issued:
    assert report.snapshot is not None
    content = json.loads(report.snapshot.text)
    newer = Report.objects.filter(replaces=report, status=Report.Status.ISSUED).first()
    files = [(row.get_format_display() + " " + row.get_language_display(), row.file.sha256) for row in report.listed_files()]
    return Issued(
        kind=kind,
        title=f"{report.project or _('programme')} {report.period}",
        version=report.version,
        issued_on=_day(report.issued_at),
        snapshot_sha256=report.snapshot.sha256,
        report_id=report.pk,
        newer=Newer(newer.version, _day(newer.issued_at), newer.pk) if newer else None,
        books_seal=_printed(content.get("seal")),
        file_seal=_over(file) if file else None,
        files=tuple(files),
    )


def of_paper(paper: Paper) -> Issued:
    """Return what everybody may know of a paper: what it is about and when it was drawn, never who or how much."""
    newer = Paper.objects.filter(kind=paper.kind, subject=paper.subject, id__gt=paper.pk).order_by("-id").first()
    return Issued(
        kind=paper.get_kind_display(),
        title=paper.subject,
        version=0,
        issued_on=_day(paper.drawn_at),
        snapshot_sha256=paper.sha256,
        newer=Newer(0, _day(newer.drawn_at), None) if newer else None,
    )


def _set_statements() -> QuerySet[SetStatement]:
    """Return the statements of sets that are drawn: the others nobody can hold yet."""
    return SetStatement.objects.filter(pdf__isnull=False).select_related("of__period", "recipient", "pdf")


def _of_set_statement(row: SetStatement) -> Issued:
    later = _set_statements().filter(of__period=row.of.period, recipient=row.recipient, of__number__gt=row.of.number)
    newer = later.order_by("-of__number").first()
    files = ((_("community statement"), row.pdf.sha256),) if row.pdf else ()
    return Issued(
        kind=_("community statement"),
        title=f"{row.recipient.code} {row.of.period}",
        version=0,
        issued_on=_day(row.of.asked_at),
        snapshot_sha256=row.sha256,
        newer=Newer(0, _day(newer.of.asked_at), None) if newer else None,
        file_seal=_over(row.pdf) if row.pdf else None,
        files=files,
    )


def _day(at: datetime | None) -> date | None:
    """Return the day of a moment where the programme is."""
    return day_of(at) if at else None


def _printed(seal: Mapping[str, Any] | None) -> Seal | None:
    """Return the seal that a snapshot names, and whether the books still have it."""
    if not seal:
        return None
    here = SealRow.objects.filter(number=seal["number"], root=seal["root"]).exists()
    return Seal(seal["number"], seal["root"], datetime.fromisoformat(seal["sealed_at"]), here)


def _over(file: StoredFile) -> Seal | None:
    """Return the seal that covers a file's hash; None for a minute, until there is one."""
    item = SealItem.objects.filter(kind=FILE_KIND, item_id=file.pk).select_related("seal").first()
    return Seal(item.seal.number, item.seal.root, item.seal.sealed_at, is_here=True) if item else None
