"""Verify records, files and seals: silent when all is well."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand

from core.audit import checks


class Command(BaseCommand):
    help = (
        "Recompute the hash of every audit record, stored file and seal. Silent, and exit status 0, when all is well; "
        "else one sentence for each thing wrong, and exit status 1."
    )

    def handle(self, *_args: Any, **_options: Any) -> None:
        wrong = False
        for sentence in checks.findings():
            wrong = True
            self.stdout.write(sentence)
        if wrong:
            sys.exit(1)
