"""kill -9 of PostgreSQL itself, with all its sessions, in a burst of postings: a server of its own, so that no other test feels it."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest

from config import devdb
from config.environment import APPLICATION_ROLE
from tests.database import ROOT

WRITERS, ENTRIES, PATIENCE_SECONDS = 2, 150, 40


class Server:
    """A PostgreSQL that can be killed, and started again on what it left."""

    def __init__(self, programs: Path, data: Path) -> None:
        self.programs, self.data = programs, data
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.who = devdb.identity()
        made = [str(programs / "initdb"), "--pgdata", str(data), "--username=owner", "--auth=trust", "--encoding=UTF8", "--no-sync"]
        subprocess.run(made, check=True, capture_output=True, cwd="/", **self.who)

    def _begin(self) -> None:
        command = [str(self.programs / "postgres"), "-D", str(self.data), "-p", str(self.port), "-h", "127.0.0.1", "-k", "", "-c", "fsync=off"]
        # The server is killed, the machine is not: what was written is there, and a busy disk need not be waited for.
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/", **self.who)

    def start(self) -> None:
        self._begin()
        until = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                self.ask("SELECT 1", database="postgres")
                return
            except psycopg.OperationalError:
                assert time.monotonic() < until, "the server did not come up"
                time.sleep(0.05)
                if self.process.poll() is not None:
                    self._begin()  # a session of the one before was still letting go of its memory

    def kill(self) -> None:
        """The server and all its sessions at once, as when the machine goes down."""
        sessions = [pid for (pid,) in self.ask("SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid()")]
        for pid in (self.process.pid, *sessions):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait()

    def address(self, database: str = "burst") -> str:
        return f"postgresql://owner@127.0.0.1:{self.port}/{database}"

    def ask(self, sql: str, *, database: str = "burst") -> list[tuple[Any, ...]]:
        with psycopg.connect(self.address(database), autocommit=True, connect_timeout=5) as connection:
            found = connection.execute(sql.encode())
            return found.fetchall() if found.description else []


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """The migrated books on a server of their own, with one tranche."""
    data = tmp_path / "server"
    data.mkdir()
    if os.geteuid() == 0:
        shutil.chown(data, devdb.NOBODY)
        for parent in data.parents[:-2]:
            parent.chmod(parent.stat().st_mode | 0o011)
    server = Server(devdb.programs(), data)
    server.start()
    try:
        _migrated(server)
        yield server
    finally:
        if server.process.poll() is None:
            server.kill()


def _migrated(server: Server) -> None:
    server.ask(f"CREATE ROLE {APPLICATION_ROLE} LOGIN", database="postgres")
    server.ask("CREATE DATABASE burst", database="postgres")
    assert _program(server, "manage.py", "migrate", "--verbosity", "0").wait() == 0
    server.ask("INSERT INTO ledger_tranche (code, source, received_on, currency) VALUES ('T1', 'SALE', '2026-01-05', 'USD')")


def _program(server: Server, *arguments: str, **more: Any) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, *arguments], cwd=ROOT, env={**os.environ, "DATABASE_URL": server.address()}, text=True, stdout=subprocess.PIPE, **more
    )


def test_a_server_killed_in_a_burst_of_postings_loses_nothing_it_confirmed_and_nothing_is_there_twice(server: Server) -> None:
    writers = [_program(server, "-m", "tests.races.burst", f"writer {number}", str(ENTRIES)) for number in range(WRITERS)]
    until = time.monotonic() + PATIENCE_SECONDS
    while server.ask("SELECT count(*) FROM ledger_entry")[0][0] < WRITERS * ENTRIES // 4:
        assert time.monotonic() < until, "the writers do not write"
        time.sleep(0.01)
    server.kill()
    assert all(writer.poll() is None for writer in writers), "it was to be killed while they wrote"
    server.start()
    # They come back by themselves and end their work, without anybody telling them how far they had come.
    confirmed = [key for writer in writers for key in writer.communicate(timeout=PATIENCE_SECONDS * 2)[0].splitlines()]
    assert [writer.returncode for writer in writers] == [0] * WRITERS
    assert len(confirmed) == len(set(confirmed)) == WRITERS * ENTRIES
    assert sorted(key for (key,) in server.ask("SELECT key FROM ledger_entry")) == sorted(confirmed)
    recorded = Counter(subject for (subject,) in server.ask("SELECT subject FROM audit_auditrecord WHERE act = 'burst.post'"))
    assert recorded == Counter(confirmed)
    assert server.ask("SELECT sum(amount_minor) FROM ledger_total WHERE amount_minor > 0") == [(WRITERS * ENTRIES,)]
    for command in ("check_books", "verify_audit"):
        with _program(server, "manage.py", command) as checked:
            assert (checked.communicate()[0], checked.returncode) == ("", 0)
