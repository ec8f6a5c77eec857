"""Write the audit bundle of a quarter."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from core import clock
from core.refusal import Refused
from reports.bundle import export_bundle
from reports.periods import parse_quarter


class Command(BaseCommand):
    help = "Write a quarter's postings, documents, audit records, file hashes and seals to a ZIP, with the program that verifies it anywhere."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--period", required=True, help="the quarter, for example 2026Q3")
        parser.add_argument("--output", required=True, type=Path, help="the ZIP file to write")

    def handle(self, *_args: Any, period: str, output: Path, **_options: Any) -> None:
        try:
            root = export_bundle(quarter=parse_quarter(period), path=output, at=clock.now())
        except (Refused, OSError) as problem:
            raise CommandError(str(problem)) from problem
        self.stdout.write(f"{output}: sealed by {root}\nVerify it on any machine: python3 verify.py {output.name} --root {root[:16]}")
