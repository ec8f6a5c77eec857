"""Make one report in this process, write its files to a folder, and print their hashes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from core import clock, files
from core.refusal import Refused
from reports import services
from reports.models import Report

PROGRAMME = "programme"


class Command(BaseCommand):
    help = (
        "Make the report of a period: make_report --project keo-seima --period 2026Q2 --language km --output DIR. "
        "Closed days have one report, which is found again; while a day is open the report is interim."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--project", required=True, help=f"a project's code, or “{PROGRAMME}” for all of them")
        parser.add_argument("--period", required=True, help="2026Q2, 2026-05, 2026 or 2026-05-01..2026-08-15")
        parser.add_argument(
            "--language", choices=[*services.EDITIONS, "all"], default="all", help="which PDF and XLSX to write (both: one PDF, Khmer first)"
        )
        parser.add_argument("--output", required=True, type=Path, help="the folder to write to; it is made if it is not there")
        parser.add_argument("--json", action="store_true", help="print what was made as JSON")

    def handle(self, *_args: Any, project: str, period: str, language: str, output: Path, **options: Any) -> None:
        try:
            report = services.make_report(period=period, project_code="" if project == PROGRAMME else project, at=clock.now())
        except Refused as refusal:
            raise CommandError(str(refusal)) from refusal
        made = _write(report=report, language=language, output=output)
        if options["json"]:
            self.stdout.write(json.dumps(made, ensure_ascii=False, indent=2))
            return
        self.stdout.write(f"{report}: {made['status']}, snapshot sha256 {made['snapshot_sha256']}")
        for one in made["files"]:
            self.stdout.write(f"{one['sha256']}  {one['path']}")


def _write(*, report: Report, language: str, output: Path) -> dict[str, Any]:
    """Write the files of one language, and those that have none of their own (JSON, CSV)."""
    output.mkdir(parents=True, exist_ok=True)
    written = []
    for row in report.listed_files():
        of_both = row.format in {row.Format.CSV, row.Format.JSON}
        if of_both or language in {"all", row.language}:
            path = output / services.file_name(report=report, kind=row.format, language=row.language)
            path.write_bytes(files.read(row.file))
            written.append({"path": str(path), "format": row.format, "language": row.language, "sha256": row.file.sha256, "bytes": row.file.size})
    return {
        "report": str(report),
        "period": report.period.label,
        "project": report.project.code if report.project else None,
        "version": report.version,
        "is_interim": report.is_interim,
        "status": report.status,
        "snapshot_sha256": report.snapshot.sha256 if report.snapshot else None,
        "files": written,
    }
