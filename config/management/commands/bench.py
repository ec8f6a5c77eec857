"""Measure how costs grow with the history."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from config import rights


class Command(BaseCommand):
    help = (
        "Print how posting, balance, trace and report cost grow with the number of postings, on databases made for it and thrown away,"
        " and how the plan engine's cost grows with the number of recipients."
    )
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--sizes", default="10000,100000,1000000", help="postings, separated by commas (default: %(default)s)")
        parser.add_argument("--only", default="", help="some of: balance, trace, report, checks, post, batch, engine")
        parser.add_argument("--recipients", default="10,1000,100000", help="recipients for the plan engine (default: %(default)s)")
        parser.add_argument("--json", action="store_true", help="print all measures as JSON")

    def handle(self, *_args: Any, **options: Any) -> None:
        from tests.benchmarks import engine, ledger, page

        sizes, recipients = _numbers(options["sizes"]), _numbers(options["recipients"])
        only = [name.strip() for name in options["only"].split(",") if name.strip()]
        unknown = sorted(set(only) - {*ledger.MEASURES, engine.NAME})
        if unknown or min(*sizes, *recipients) < 1:
            raise CommandError(f"Choose from {', '.join((*ledger.MEASURES, engine.NAME))}, and sizes above zero.")
        if not only or engine.NAME in only:
            times = engine.run(sizes=recipients, say=self.stderr.write)
            self.stdout.write(engine.as_plain(times) if options["json"] else engine.as_text(times))
            only = [name for name in only if name != engine.NAME]
            if options["only"] and not only:
                return
        with rights.as_owner():
            measures, disk = ledger.run(sizes=sizes, only=only, say=self.stderr.write)
        self.stdout.write(page.as_json(measures, disk) if options["json"] else page.as_text(measures, disk))


def _numbers(text: str) -> list[int]:
    try:
        return [int(size.replace("_", "")) for size in text.split(",")]
    except ValueError as error:
        raise CommandError("Sizes are whole numbers separated by commas.") from error
