"""Let many clients work for a long time while things are broken on purpose."""

from __future__ import annotations

import secrets
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser


class Command(BaseCommand):
    help = (
        "Let client processes do random operations through the real services, on a database made for it and thrown away, while clients are"
        " killed and sessions cut off; then compare what was confirmed to each client with the books. Exit status 1 if anything was lost."
    )
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--operations", type=int, default=10_000, help="operations of all clients together (default: %(default)s)")
        parser.add_argument("--clients", type=int, default=8, help="processes at work at one time (default: %(default)s)")
        parser.add_argument("--seed", type=int, help="plan the same operations again (default: another each time)")
        parser.add_argument("--own-server", action="store_true", help="start a PostgreSQL for it, and kill that one too")
        parser.add_argument("--json", action="store_true", help="print the result as JSON")

    def handle(self, *_args: Any, **options: Any) -> None:
        from tests.soak import run, verdict

        operations, clients = options["operations"], options["clients"]
        if operations < 1 or not 1 <= clients <= 40:
            raise CommandError("At least one operation, and between 1 and 40 clients.")
        seed = secrets.randbelow(1_000_000) if options["seed"] is None else options["seed"]
        found, faults, seconds = run.run(operations=operations, clients=clients, seed=seed, say=self.stderr.write, own_server=options["own_server"])
        told = verdict.as_json if options["json"] else verdict.as_text
        self.stdout.write(told(found, faults, seconds, seed))
        if not found.is_clean:
            sys.exit(1)
