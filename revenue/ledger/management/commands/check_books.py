"""Check the books: silent when all is well."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from revenue.ledger import checks


class Command(BaseCommand):
    help = "Check the books. Silent, and exit status 0, when all is well; else one sentence for each thing wrong, and exit status 1."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("names", nargs="*", help="run only these checks")
        parser.add_argument("--list", action="store_true", help="name the checks and run none")

    def handle(self, *_args: Any, **options: Any) -> None:
        if options["list"]:
            self.stdout.write("\n".join(checks.names()))
            return
        unknown = sorted(set(options["names"]) - set(checks.names()))
        if unknown:
            raise CommandError(f"There is no check called {', '.join(unknown)}. Run check_books --list.")
        wrong = False
        for finding in checks.run(options["names"]):
            wrong = True
            self.stdout.write(f"{finding.check}: {finding.sentence}")
        if wrong:
            sys.exit(1)
