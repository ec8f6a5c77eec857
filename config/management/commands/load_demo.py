"""Load the demonstration programme."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from config.demonstration.loading import load_newest
from core.models import Programme


class Command(BaseCommand):
    help = "Load the demonstration programme into an empty database: its newest quarters now, the older ones by the worker."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--newest", action="store_true", help="the newest quarters now, the rest by the worker (always so)")

    def handle(self, *_args: Any, **_options: Any) -> None:
        programme = Programme.objects.filter(id=1).first()
        if programme is not None and not programme.is_demonstration:
            raise CommandError(f"This database holds a real programme, {programme.name}: the demonstration is never mixed into one.")
        loaded = load_newest()
        self.stdout.write("The newest quarters are loaded; the worker loads the rest." if loaded else "The demonstration is there already.")
