"""Measure how costs grow with the history."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from config import rights


class Command(BaseCommand):
    help = "Print how posting, balance, trace and report cost grow with the number of postings, on databases made for it and thrown away."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--sizes", default="10000,100000,1000000", help="postings, separated by commas (default: %(default)s)")
        parser.add_argument("--only", default="", help="some of: balance, trace, report, checks, post, batch")
        parser.add_argument("--json", action="store_true", help="print all measures as JSON")

    def handle(self, *_args: Any, **options: Any) -> None:
        from tests.benchmarks import ledger, page

        try:
            sizes = [int(size.replace("_", "")) for size in options["sizes"].split(",")]
        except ValueError as error:
            raise CommandError("Sizes are whole numbers separated by commas.") from error
        only = [name.strip() for name in options["only"].split(",") if name.strip()]
        unknown = sorted(set(only) - set(ledger.MEASURES))
        if unknown or min(sizes) < 1:
            raise CommandError(f"Choose from {', '.join(ledger.MEASURES)}, and sizes above zero.")
        with rights.as_owner():
            measures, disk = ledger.run(sizes=sizes, only=only, say=self.stderr.write)
        self.stdout.write(page.as_json(measures, disk) if options["json"] else page.as_text(measures, disk))
