"""A writer that posts and records, one entry a transaction, and says each key once it was confirmed: ``python -m tests.races.burst NAME ENTRIES``."""

from __future__ import annotations

import os
import sys
import time
from datetime import UTC, date, datetime

import django

DAY, AT = date(2026, 3, 2), datetime(2026, 3, 2, 8, tzinfo=UTC)
PATIENCE_SECONDS = 60


def write(name: str, entries: int) -> None:
    from django.db import DatabaseError, InterfaceError, connection

    until = time.monotonic() + PATIENCE_SECONDS
    for number in range(entries):
        key = f"{name} {number}"
        while True:
            try:
                _post(key)
                break
            except (DatabaseError, InterfaceError):
                # What was asked is not known to be done: asked again, with the same key, it is done once.
                if time.monotonic() > until:
                    raise
                connection.close()
                time.sleep(0.05)
        sys.stdout.write(f"{key}\n")
        sys.stdout.flush()


def _post(key: str) -> None:
    from django.db import transaction

    from core.audit.models import AuditRecord
    from core.audit.services import record
    from revenue.ledger import services
    from revenue.ledger.chart import Row
    from revenue.ledger.models import Tranche
    from tests.revenue.ledger_books import RECEIVED, UNALLOCATED

    with transaction.atomic():
        row = Row(UNALLOCATED, RECEIVED, 1, Tranche.objects.get(code="T1").pk)
        services.post(event="receipt", day=DAY, rows=[row], key=key, document="receipt:burst", by_id=None)
        if not AuditRecord.objects.filter(subject=key).exists():
            record(act="burst.post", subject=key, by=None, at=AT, after={"amount_minor": 1})


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    write(sys.argv[1], int(sys.argv[2]))
