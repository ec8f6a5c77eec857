"""The files of a report: which there are, what they are called, and how they are kept."""

from __future__ import annotations

from typing import Final

from django.db import transaction

from core import clock, files
from reports.models import Report, ReportFile

LANGUAGES: Final = ("en", "km")
EDITIONS: Final = (*LANGUAGES, "both")
# A workbook's words are headings: one language is enough. What is read on paper comes in both, too.
EDITIONS_OF: Final = {
    ReportFile.Format.PDF: EDITIONS, ReportFile.Format.XLSX: LANGUAGES,
    ReportFile.Format.ANNEX_PDF: EDITIONS, ReportFile.Format.ANNEX_XLSX: LANGUAGES, ReportFile.Format.ANNEX_CSV: ("en",),
}  # fmt: skip
MEDIA: Final = {
    ReportFile.Format.PDF: ("application/pdf", "pdf"),
    ReportFile.Format.SIGNED_PDF: ("application/pdf", "pdf"),
    ReportFile.Format.XLSX: ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx"),
    ReportFile.Format.CSV: ("application/zip", "zip"),
    ReportFile.Format.JSON: ("application/json", "json"),
    ReportFile.Format.ANNEX_PDF: ("application/pdf", "pdf"),
    ReportFile.Format.ANNEX_SIGNED_PDF: ("application/pdf", "pdf"),
    ReportFile.Format.ANNEX_XLSX: ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx"),
    ReportFile.Format.ANNEX_CSV: ("application/zip", "zip"),
}
ANNEX: Final = (ReportFile.Format.ANNEX_PDF, ReportFile.Format.ANNEX_XLSX, ReportFile.Format.ANNEX_CSV)


def file_name(*, report: Report, kind: str, language: str) -> str:
    """Return what a report's file is called when it is downloaded: ``keo-seima-2026Q3-v1-en.pdf``."""
    scope = report.project.code if report.project else "programme"
    period = report.period.label.replace("..", "_")
    suffix = MEDIA[ReportFile.Format(kind)][1]
    annex = "-annex" if kind in (*ANNEX, ReportFile.Format.ANNEX_SIGNED_PDF) else ""
    signed = "-signed" if kind in (ReportFile.Format.SIGNED_PDF, ReportFile.Format.ANNEX_SIGNED_PDF) else ""
    return f"{scope}-{period}-v{report.version}{annex}-{language}{signed}.{suffix}"


@transaction.atomic
def keep(*, report: Report, kind: ReportFile.Format, language: str, data: bytes) -> None:
    stored = files.store(
        data=data, media_type=MEDIA[kind][0], original_name=file_name(report=report, kind=kind, language=language), by=None, at=clock.now()
    )
    ReportFile.objects.get_or_create(report=report, format=kind, language=language, defaults={"file": stored})
