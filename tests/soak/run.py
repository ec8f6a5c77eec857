"""Let clients work on a small programme for a long time while things are broken on purpose, and judge what is left."""

from __future__ import annotations

import multiprocessing
import os
import signal
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any, Final

from django.db import connections
from django.test import override_settings
from psycopg import OperationalError

from config.devdb import Server
from tests.database import connect
from tests.soak import stage as staging
from tests.soak.client import Client
from tests.soak.verdict import Verdict, judge

_FORK: Final = multiprocessing.get_context("fork")
OPERATIONS_PER_KILL: Final = 250
OPERATIONS_PER_CUT: Final = 60
OPERATIONS_PER_CRASH: Final = 800
MOST_FALLS: Final = 50


@dataclass
class Soak:
    """The clients at work, and the faults so far."""

    clients: list[Client]
    random: Random
    say: Callable[[str], None]
    server: Server | None = None
    running: dict[int, Any] = field(default_factory=dict)
    faults: Counter[str] = field(default_factory=Counter)
    falls: int = 0

    @property
    def done(self) -> int:
        return sum(self.clients[0].done)

    def start(self, client: Client) -> None:
        connections.close_all()  # a fork must not share a session with its parent
        process = _FORK.Process(target=_work, args=(client,), daemon=True)
        process.start()
        self.running[client.number] = process

    def go_on(self) -> None:
        """Start again each client that was ended, and forget those that are ready."""
        for number, process in list(self.running.items()):
            if process.exitcode is None:
                continue
            process.join()
            del self.running[number]
            if process.exitcode not in (0, -signal.SIGKILL):
                self.falls += 1
            if process.exitcode != 0 and self.falls < MOST_FALLS:
                self.start(self.clients[number])

    def kill(self) -> None:
        process = self.random.choice(list(self.running.values()))
        if process.exitcode is None:
            os.kill(process.pid, signal.SIGKILL)
            self.faults["kill -9 of a client"] += 1

    def cut(self) -> None:
        with connect() as owner:
            cut = owner.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
                " AND backend_type = 'client backend' ORDER BY random() LIMIT 1"
            ).fetchall()
        self.faults["pg_terminate_backend of a session"] += len(cut)

    def crash(self) -> None:
        """Kill the whole server, or one process of it, after which it throws all sessions out and recovers by itself."""
        assert self.server is not None
        if self.random.random() < 0.5:
            staging.killed(self.server)
            self.faults["kill -9 of the database server"] += 1
            return
        with connect() as owner:
            (found,) = owner.execute("SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' ORDER BY random() LIMIT 1").fetchall()
            os.kill(found[0], signal.SIGKILL)
        staging.recovered(without=found[0])
        self.faults["kill -9 of a server process"] += 1

    def until_done(self, operations: int) -> None:
        faults = {self.kill: OPERATIONS_PER_KILL, self.cut: OPERATIONS_PER_CUT}
        if self.server is not None:
            faults[self.crash] = OPERATIONS_PER_CRASH
        due, told = dict(faults), 0
        for client in self.clients:
            self.start(client)
        while self.running:
            time.sleep(0.02)
            self.go_on()
            for fault, every in faults.items():
                if self.running and self.done >= due[fault]:
                    with suppress(OperationalError):  # it was about to strike while the server recovers from another
                        fault()
                    due[fault] += every
            if self.done * 10 // operations > told:
                told = self.done * 10 // operations
                self.say(f"{self.done:,} operations, {sum(self.faults.values())} faults …")


def _work(client: Client) -> None:
    connections.close_all()
    client.work()


def run(*, operations: int, clients: int, seed: int, say: Callable[[str], None], own_server: bool = False) -> tuple[Verdict, dict[str, int], float]:
    """
    Do so many operations by so many processes, on a database made for it; return the verdict, the faults and the seconds of work.

    With ``own_server`` that database is on a server started for it, which is killed too.
    """
    each = -(-operations // clients)
    with (
        tempfile.TemporaryDirectory(prefix="forest-soak-") as kept,
        override_settings(MEDIA_ROOT=Path(kept) / "files"),
        staging.server(wanted=own_server) as server,
        staging.database(),
    ):
        say("making the programme …")
        stage = staging.made(operations_each=each, clients=clients)
        done = _FORK.RawArray("q", clients)
        shares = [min(each, operations - each * number) for number in range(clients)]
        logs = [Path(kept) / f"client-{number}.jsonl" for number in range(clients)]
        at_work = [Client(number, max(0, shares[number]), seed, logs[number], stage, done) for number in range(clients)]
        soak = Soak(at_work, Random(seed), say, server)
        began = time.monotonic()
        soak.until_done(operations)
        seconds = time.monotonic() - began
        say("judging …")
        verdict = judge(logs)
        if soak.falls:
            verdict.broken.append(f"clients fell over {soak.falls} times")
    return verdict, dict(soak.faults), seconds
