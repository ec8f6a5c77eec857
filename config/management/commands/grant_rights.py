"""Give the application's database role its rights."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from config import rights


class Command(BaseCommand):
    help = "Give the application's database role its rights on every table. Migrate does this by itself at its end."

    def handle(self, *args: Any, **options: Any) -> None:
        role = settings.DATABASE_APP_ROLE
        with rights.as_owner():
            if not rights.role_exists(role):
                raise CommandError(f"The database has no role {role}. Make it with: CREATE ROLE {role} LOGIN; see docs/operations.md.")
            try:
                rights.grant(role=role)
            except rights.UnknownTable as error:
                raise CommandError(f"An app declares rights for a table that does not exist: {error}.") from error
        if options["verbosity"]:
            self.stdout.write(f"{role} has its rights.")
