"""Run everything on this machine; manage.py takes a shorter way to the same place."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand

from config import supervisor


class Command(BaseCommand):
    help = "Run everything on this machine, with a programme in it to try: database, pages, worker and clock."
    requires_system_checks = []

    def run_from_argv(self, argv: list[str]) -> None:
        sys.exit(supervisor.main(argv[2:]))

    def handle(self, *args: Any, **options: Any) -> None:
        sys.exit(supervisor.main([]))
