"""Django's own migrate, as the owner of the tables, with witnesses on every table and the application's rights at its end."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import CommandError
from django.core.management.commands import migrate

from config import rights
from core.audit import witnesses


class Command(migrate.Command):
    def handle(self, *args: Any, **options: Any) -> None:
        with rights.as_owner():
            super().handle(*args, **options)
            if options.get("app_label") or options.get("plan") or options.get("check_unapplied"):
                return
            witnesses.let_witness()
            self._grant(verbosity=int(options["verbosity"]))

    def _grant(self, *, verbosity: int) -> None:
        """Leave the rights as they are where one role does everything: there is nobody to grant them to."""
        role = settings.DATABASE_APP_ROLE
        if not rights.role_exists(role):
            if verbosity:
                self.stdout.write(f"There is no database role {role}: one role does everything. See docs/operations.md.")
            return
        try:
            rights.grant(role=role)
        except rights.UnknownTable as error:
            raise CommandError(f"An app declares rights for a table that does not exist: {error}.") from error
