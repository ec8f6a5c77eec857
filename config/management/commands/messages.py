"""Collect the sentences to translate and compile the translations."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from config import translations


class Command(BaseCommand):
    help = "Collect the sentences to translate into locale/, drop those no longer used, compile, and say what is not translated."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--language", default="km", help="which translations (default: %(default)s)")

    def handle(self, *_args: Any, **options: Any) -> None:
        language = options["language"]
        catalogue = translations.renew(language)
        translations.write(catalogue, language)
        empty = [message for message in catalogue if message.id and not any(_texts(message.string))]
        for message in empty:
            self.stdout.write(f"Not translated: {_texts(message.id)[0]!r} ({', '.join(place for place, _line in message.locations)})")
        self.stdout.write(f"{len(catalogue)} sentences, {len(empty)} not translated.")


def _texts(text: object) -> tuple[str, ...]:
    return tuple(text) if isinstance(text, (tuple, list)) else (str(text or ""),)
