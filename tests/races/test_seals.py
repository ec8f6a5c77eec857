"""Sealing beside everybody else's work: nothing is missed, nothing is sealed twice, the chain does not fork."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from itertools import pairwise
from pathlib import Path
from threading import Event

import pytest
from django.conf import settings
from django.db import close_old_connections, connection, transaction

from config import devdb
from config.environment import APPLICATION_ROLE
from core.audit import seals
from core.audit.checks import findings
from core.audit.models import AuditRecord, Seal, SealItem, Unsealed
from core.audit.services import record
from revenue.ledger import services
from revenue.ledger.chart import Row
from revenue.ledger.models import Posting, Tranche
from tests.database import Connection, connect
from tests.revenue.ledger_books import RECEIVED, UNALLOCATED

pytestmark = pytest.mark.django_db(transaction=True)
NOW = datetime(2026, 10, 1, 8, tzinfo=UTC)
DAY = date(2026, 3, 2)
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def tranche() -> Tranche:
    return services.open_tranche(source="SALE", received_on=DAY, currency="USD", code="T1")


def act(tranche: Tranche, key: str) -> None:
    """Post and record, as a service does, in one transaction."""
    with transaction.atomic():
        rows = [Row(UNALLOCATED, RECEIVED, 100, tranche.pk)]
        services.post(event="receipt", day=DAY, rows=rows, key=key, document="receipt:1", by_id=1)
        record(act="receipt.record", subject=f"receipt:{key}", by=None, at=NOW)


def in_thread(work: Callable[[], object]) -> Callable[[], object]:
    def done() -> object:
        close_old_connections()
        try:
            return work()
        finally:
            connection.close()

    return done


def everything_is_sealed_once() -> bool:
    members = list(SealItem.objects.values_list("kind", "item_id"))
    rows = {("posting", pk) for pk in Posting.objects.values_list("pk", flat=True)} | {
        ("audit", pk) for pk in AuditRecord.objects.values_list("pk", flat=True)
    }
    return len(members) == len(set(members)) and set(members) == rows and not Unsealed.objects.exists()


def chain_is_one_line() -> bool:
    rows = list(Seal.objects.order_by("number").values_list("number", "previous_root", "root"))
    return [number for number, _previous, _root in rows] == list(range(1, len(rows) + 1)) and all(
        later[1] == earlier[2] for earlier, later in pairwise(rows)
    )


def test_nothing_is_missed_and_nothing_forks_while_others_write(tranche: Tranche) -> None:
    over = Event()

    def keep_sealing() -> None:
        while not over.is_set():
            seals.seal_now(at=NOW)

    def write(thread: int) -> None:
        for number in range(25):
            act(tranche, f"{thread}/{number}")

    with ThreadPoolExecutor(8) as pool:
        sealers = [pool.submit(in_thread(keep_sealing)) for _ in range(2)]
        writers = [pool.submit(in_thread(lambda thread=thread: write(thread))) for thread in range(5)]  # type: ignore[misc]
        for writer in writers:
            writer.result()
        over.set()
        for sealer in sealers:
            sealer.result()
    seals.seal_now(at=NOW)
    assert Posting.objects.count() == 125
    assert Seal.objects.count() > 1
    assert everything_is_sealed_once()
    assert chain_is_one_line()
    assert list(findings()) == []


def test_an_act_that_commits_late_is_sealed_although_later_ones_were_sealed_before(tranche: Tranche) -> None:
    written, may_commit = Event(), Event()

    def late() -> None:
        with transaction.atomic():
            act(tranche, "late")
            written.set()
            assert may_commit.wait(20), "something waited for this transaction to end"

    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(in_thread(late))
        assert written.wait(20)
        # A posting to the same account would wait for the late one: then nothing would be late.
        with transaction.atomic():
            record(act="receipt.record", subject="receipt:soon", by=None, at=NOW)
        seals.seal_now(at=NOW)
        sealed_before = set(SealItem.objects.filter(kind="audit").values_list("item_id", flat=True))
        may_commit.set()
        waiting.result()
    late_record = AuditRecord.objects.get(subject="receipt:late")
    # The very case that a high-water mark would lose.
    assert late_record.pk < max(sealed_before)
    assert late_record.pk not in sealed_before
    seals.seal_now(at=NOW)
    assert everything_is_sealed_once()
    assert chain_is_one_line()


def test_two_sealers_at_once_make_one_chain(tranche: Tranche) -> None:
    for number in range(40):
        act(tranche, str(number))
    with ThreadPoolExecutor(4) as pool:
        made = [future.result() for future in [pool.submit(in_thread(lambda: seals.seal_now(at=NOW))) for _ in range(4)]]
    assert made == [made[0]] * 4
    assert Seal.objects.count() == 1
    assert everything_is_sealed_once()


@pytest.mark.parametrize("step", ["_gather", "_write"])
def test_a_sealer_that_fails_in_the_middle_leaves_nothing_half(tranche: Tranche, step: str, monkeypatch: pytest.MonkeyPatch) -> None:
    act(tranche, "one")
    real = getattr(seals, step)

    def fail(*arguments: object, **named: object) -> None:
        real(*arguments, **named)
        raise RuntimeError("the worker is gone")

    with monkeypatch.context() as broken:
        broken.setattr(seals, step, fail)
        with pytest.raises(RuntimeError, match="gone"):
            seals.seal_now(at=NOW)
    assert not Seal.objects.exists()
    assert not SealItem.objects.exists()
    seals.seal_now(at=NOW)
    assert everything_is_sealed_once()


_SEALER = """
import os, time
import django
django.setup()
from django.db import connection
connection.settings_dict["NAME"] = os.environ["SEALED_DATABASE"]
from core import clock
from core.audit import seals
real = seals._write
def slowly(gathered, *, at):
    real(gathered, at=at)
    print("written", flush=True)
    time.sleep(60)
seals._write = slowly
seals.seal_now(at=clock.now())
"""


def test_a_sealer_that_is_killed_leaves_nothing_half_and_no_lock(tranche: Tranche) -> None:
    act(tranche, "one")
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings", "SEALED_DATABASE": connection.settings_dict["NAME"]}
    sealer = subprocess.Popen([sys.executable, "-c", _SEALER], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
    try:
        assert sealer.stdout is not None
        assert sealer.stdout.readline() == "written\n"
    finally:
        sealer.send_signal(signal.SIGKILL)
        sealer.communicate()
    assert not Seal.objects.exists()
    seals.seal_now(at=NOW)
    assert everything_is_sealed_once()
    assert chain_is_one_line()


def _client_programs() -> Path:
    """Return the folder with a pg_dump of the server's own version: the machine's, or the packaged server's."""
    found = shutil.which("pg_dump")
    for folder in [*([Path(found).parent] if found else []), devdb.programs()]:
        said = subprocess.run([str(folder / "pg_dump"), "--version"], capture_output=True, text=True).stdout
        if f" {connection.pg_version // 10000}." in said:  # type: ignore[attr-defined]
            return folder
    pytest.skip("No pg_dump of the server's version was found: install PostgreSQL's client programs.")


@pytest.fixture
def restored(tranche: Tranche, tmp_path: Path) -> Iterator[str]:
    """Seal, go on writing, dump, and restore under another name."""
    programs = _client_programs()
    act(tranche, "sealed")
    seals.seal_now(at=NOW)
    act(tranche, "waiting")
    source, target = str(connection.settings_dict["NAME"]), f"{connection.settings_dict['NAME']}_restored"
    described = settings.DATABASES["default"]
    server = [f"--host={described['HOST']}", f"--port={described['PORT'] or 5432}", f"--username={described['USER']}"]
    environment = {**os.environ, "PGPASSWORD": described["PASSWORD"] or ""}
    dump = tmp_path / "dump"
    dumped = [str(programs / "pg_dump"), *server, "--format=custom", f"--file={dump}", source]
    subprocess.run(dumped, env=environment, check=True, capture_output=True)
    with connect(database="postgres") as admin:
        admin.execute(f'DROP DATABASE IF EXISTS "{target}"')
        admin.execute(f'CREATE DATABASE "{target}"')
    subprocess.run([str(programs / "pg_restore"), *server, f"--dbname={target}", str(dump)], env=environment, check=True, capture_output=True)
    yield target
    connection.close()
    with connect(database="postgres") as admin:
        admin.execute(f'DROP DATABASE "{target}" WITH (FORCE)')


def test_sealing_goes_on_after_a_restore_from_a_dump(restored: str, tranche: Tranche) -> None:
    first = Seal.objects.get()
    before = connection.settings_dict["NAME"]
    connection.close()
    connection.settings_dict["NAME"] = restored
    try:
        assert Unsealed.objects.count() == 2
        act(tranche, "after the restore")
        second = seals.seal_now(at=NOW)
        assert second is not None
        assert (second.number, second.previous_root) == (2, first.root)
        assert everything_is_sealed_once()
        assert list(findings()) == []
    finally:
        connection.close()
        connection.settings_dict["NAME"] = before


def test_rows_restored_as_data_alone_are_not_sealed_twice(tranche: Tranche, owner_connection: Connection) -> None:
    act(tranche, "one")
    seals.seal_now(at=NOW)
    # What a restore of data alone does: the rows are written again, and the triggers queue them again.
    owner_connection.execute("INSERT INTO audit_unsealed (kind, items) SELECT kind, array_agg(item_id) FROM audit_sealitem GROUP BY kind")
    act(tranche, "two")
    seals.seal_now(at=NOW)
    assert everything_is_sealed_once()
    assert chain_is_one_line()


def test_a_sealer_does_not_hold_up_who_posts(tranche: Tranche) -> None:
    act(tranche, "one")
    with connect(role=APPLICATION_ROLE) as sealer, sealer.transaction():
        sealer.execute("SELECT pg_advisory_xact_lock(%s)", [seals.CHAIN_LOCK])
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL lock_timeout = '1s'")  # to wait for the sealer is an error, however slow the machine is
            act(tranche, "two")
    assert Posting.objects.count() == 2
