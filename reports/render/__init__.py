"""
Renderings of a frozen snapshot: PDF, XLSX and CSV, all from the same tables.

Nothing here reads the database or the clock: a snapshot goes in, bytes come out, and the
same snapshot gives the same bytes. The libraries are loaded only when a file is made.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.audit.hashing import canonical, digest

LANGUAGES = ("en", "km")


def fingerprint(*, snapshot: Mapping[str, Any]) -> str:
    """Return the sha256 of the snapshot's canonical text: what the report prints and the attachment hashes to."""
    return digest(canonical(snapshot))


def render_pdf(*, snapshot: Mapping[str, Any], language: str) -> bytes:
    """
    Render a report as PDF/A-3b with its snapshot attached as ``snapshot.json``.

    :raises reports.render.words.UnknownLanguage: if reports are not made in this language
    :raises pikepdf.pdfa.PdfaError: if the result would not be a valid archive file
    """
    from reports.render.pdf import report_pdf

    return report_pdf(snapshot=snapshot, language=language)


def render_xlsx(*, snapshot: Mapping[str, Any], language: str) -> bytes:
    """
    Render the report's tables as one workbook, a sheet a table.

    :raises reports.render.words.UnknownLanguage: if reports are not made in this language
    """
    from reports.render.xlsx import workbook

    return workbook(snapshot=snapshot, language=language, fingerprint=fingerprint(snapshot=snapshot))


def render_csv(*, snapshot: Mapping[str, Any]) -> dict[str, bytes]:
    """Render the report's tables as CSV files in both languages, by file name."""
    from reports.render.csv_rows import csv_files

    return csv_files(snapshot=snapshot)


def render_csv_zip(*, snapshot: Mapping[str, Any]) -> bytes:
    """Render the CSV files and the snapshot itself as one archive."""
    from reports.render.csv_rows import zipped

    return zipped({**render_csv(snapshot=snapshot), "snapshot.json": canonical(snapshot).encode()})
