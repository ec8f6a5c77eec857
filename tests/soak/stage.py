"""What a soak needs: a database made for it, a small programme in it, and the numbers that its clients share."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from django.core.management import call_command
from django.db import connection
from django.db.backends.signals import connection_created
from django.test import override_settings
from psycopg import OperationalError

from communities.registry import services as registry
from communities.spending.models import Category
from config import rights
from config.devdb import Server, ServerProblem
from config.environment import APPLICATION_ROLE, parse_database_url
from core import files
from revenue.credits import services as selling
from tests.database import become_application, connect
from tests.flows.programme import BEGINS, SmallProgramme, morning

ISSUED_FROM: Final = 9_000_001
SERIALS_EACH: Final = 1_000
SECONDS_TO_RECOVER: Final = 60


@dataclass(frozen=True, slots=True)
class Stage:
    """The ids that acts are planned with; ``payees`` are (pot, recipient id), ``spenders`` (recipient id, category)."""

    operations_each: int
    bank_id: int
    other_bank_id: int
    document_id: int
    serial_text: str
    payees: tuple[tuple[str, int], ...]
    spenders: tuple[tuple[int, str], ...]


@contextmanager
def server(*, wanted: bool) -> Iterator[Server | None]:
    """Start a server whose only work is this soak, if one is wanted, and let every connection turn to it."""
    if not wanted:
        yield None
        return
    folder = Path(tempfile.mkdtemp(prefix="forest-soak-pg-"))
    if os.geteuid() == 0:
        folder.chmod(0o711)  # nobody walks through it to a folder of its own
    own = Server(folder / "pg")
    before = dict(connection.settings_dict)
    connection.close()
    try:
        own.start()
        connection.settings_dict.update(parse_database_url(own.url(database="postgres")))
        _on_the_server(f"CREATE ROLE {connection.ops.quote_name(APPLICATION_ROLE)} LOGIN")
        with override_settings(DATABASE_OWNER=None):  # of another server
            yield own
    finally:
        connection.close()
        connection.settings_dict.update(before)
        own.stop()
        own.remove()
        shutil.rmtree(folder, ignore_errors=True)


def killed(own: Server) -> None:
    """Kill a server as if its machine had lost power, and start it again: it recovers from what it had promised to keep."""
    assert own.process is not None
    own.process.kill()
    own.process.wait()
    until = time.monotonic() + SECONDS_TO_RECOVER
    while True:
        try:
            own.start()
            return
        except ServerProblem:  # sessions of the dead server are still on their way out
            if time.monotonic() > until:
                raise
            time.sleep(0.2)


def recovered(*, without: int) -> None:
    """Wait until the server answers again and does not know a process any more that was killed."""
    until = time.monotonic() + SECONDS_TO_RECOVER
    while True:
        try:
            with connect() as owner:
                if not owner.execute("SELECT FROM pg_stat_activity WHERE pid = %s", [without]).fetchall():
                    return
        except OperationalError:
            if time.monotonic() > until:
                raise
        time.sleep(0.1)


@contextmanager
def database() -> Iterator[str]:
    """Make a database beside the configured one, let every connection turn to it, and drop it at the end."""
    settled = connection.settings_dict["NAME"]
    made = f"{settled}_soak_{os.getpid()}"
    name = connection.ops.quote_name(made)
    connection.close()
    with rights.as_owner():
        _on_the_server(f"CREATE DATABASE {name}")
    try:
        connection.settings_dict["NAME"] = made
        call_command("migrate", verbosity=0)
        has_role = rights.role_exists(APPLICATION_ROLE)
        connection.close()
        if has_role:
            connection_created.connect(become_application)
        yield made
    finally:
        connection_created.disconnect(become_application)
        connection.close()
        connection.settings_dict["NAME"] = settled
        with rights.as_owner():
            _on_the_server(f"DROP DATABASE {name} WITH (FORCE)")


def _on_the_server(sql: str) -> None:
    with connection._nodb_cursor() as cursor:
        cursor.execute(sql)


def made(*, operations_each: int, clients: int) -> Stage:
    """Write the programme that the clients work on; everything after it is theirs."""
    programme, at = SmallProgramme(), morning(BEGINS)
    last = ISSUED_FROM + clients * operations_each * SERIALS_EACH - 1
    issued = selling.record_issuance(
        project_id=programme.project.pk, first=ISSUED_FROM, last=last, serial_text=f"9001-{ISSUED_FROM}-{last}-VCS-VCU-1650",
        vintage_start=date(2025, 1, 1), vintage_end=date(2025, 12, 31), issued_on=date(2026, 1, 1), by=programme.officer, at=at,
    )  # fmt: skip
    other = selling.create_bank_account(
        code="second", name="Second account", institution="Canadia", account_number="0009-22334455", currency="USD", by=programme.officer, at=at
    )
    for village in list(programme.villages.values())[1:]:
        registry.assign(person_id=programme.liaison.pk, recipient_id=village.pk, from_date=BEGINS, by=programme.administrator, at=at)
    registry.assign(person_id=programme.liaison.pk, recipient_id=programme.rangers.pk, from_date=BEGINS, by=programme.administrator, at=at)
    paper = files.store(data=b"%PDF-1.4 decision", media_type="application/pdf", original_name="decision.pdf", by=programme.officer, at=at)
    villages = [village.pk for village in programme.villages.values()]
    return Stage(
        operations_each, programme.bank.pk, other.pk, paper.pk, issued.serial_text,
        payees=(*(("community", village) for village in villages), ("rangers", programme.rangers.pk), ("training", programme.trainer.pk)),
        spenders=(*((village, _code(programme.well)) for village in villages), (programme.rangers.pk, _code(programme.patrol))),
    )  # fmt: skip


def _code(category: Category) -> str:
    return category.code
