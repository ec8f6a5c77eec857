"""
``manage.py demo``: everything on one machine, started by one process and gone with it.

It runs without Django, which only its children load: that is quick, and small beside what it watches.
"""

from __future__ import annotations

import argparse
import errno
import fcntl
import importlib
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from config import certificate, demodb, devdb
from config.environment import NotConfigured, read_demo_file, write_demo_file

ROOT: Final = Path(__file__).resolve().parent.parent
HOST: Final = "127.0.0.1"
BYTES_NEEDED: Final = 600 * 1000 * 1000
SECONDS_TO_ANSWER: Final = 90
SECONDS_TO_STOP: Final = 10
# Everything a demo keeps in its data folder: what --reset deletes, and nothing else.
KEPT: Final = ("files", "broker", "logs", "demo.env", certificate.FILE)


class Stop(Exception):
    """Somebody asked the demo to end."""


class DemoProblem(Exception):
    """Why the demo cannot go on, in one sentence."""


@dataclass(slots=True)
class Child:
    """One program that the demo runs, in a session of its own so that all it starts can be ended with it."""

    name: str
    command: Sequence[str]
    log: Path
    dies_by: signal.Signals = signal.SIGTERM
    restarts_left: int = 0
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    def start(self, environment: dict[str, str]) -> None:
        """Start it; it dies with the demo, even when that is killed."""
        with self.log.open("ab") as out:
            self.process = subprocess.Popen(
                list(self.command),
                cwd=ROOT,
                env={**environment, "FOREST_STARTER": str(os.getpid())},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                preexec_fn=devdb.die_with_parent(self.dies_by),
                start_new_session=True,
            )

    def has_died(self) -> bool:
        """Return whether it ended by itself."""
        return self.process is not None and self.process.poll() is not None

    def ask_to_stop(self) -> None:
        """Let it finish what it does."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()

    def end(self, *, until: float) -> None:
        """Wait for it until the given moment, then end it and all it left running."""
        if self.process is None:
            return
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(max(0.1, until - time.monotonic()))
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(10)

    def last_words(self, lines: int = 6) -> str:
        """Return the end of its log."""
        said = [line for line in self.log.read_text(errors="replace").splitlines() if line.strip() and not line.startswith("HINT:")]
        return "\n".join(said[-lines:])


def main(argv: Sequence[str]) -> int:
    """Run the demo until it is stopped; return the exit code."""
    wanted = _arguments(argv)
    demo = Demo(port=wanted.port, data=Path(wanted.data).resolve(), reset=wanted.reset, empty=wanted.empty)
    _stop_on_signals()
    try:
        demo.run()
    except (DemoProblem, NotConfigured, devdb.ServerProblem) as problem:
        print(_sentence(str(problem)), file=sys.stderr)
        return 1
    except OSError as problem:
        print(_of_the_system(problem, data=demo.data), file=sys.stderr)
        return 1
    except (Stop, KeyboardInterrupt):
        return 0
    return 0


def _arguments(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="manage.py demo", description="Run everything on this machine, with a programme in it to try.")
    parser.add_argument("--port", type=int, default=8000, help="where the pages answer (8000)")
    parser.add_argument("--data", default=str(ROOT / "var"), help="the folder that keeps the demo's data (var)")
    parser.add_argument("--reset", action="store_true", help="delete the demo's data first")
    parser.add_argument("--empty", action="store_true", help="load no programme")
    return parser.parse_args(argv)


class Demo:
    """Database, web server, worker and beat, and the order in which they start and stop."""

    def __init__(self, *, port: int, data: Path, reset: bool, empty: bool) -> None:
        self.port, self.data, self.reset, self.empty = port, data, reset, empty
        self.server: devdb.Server | None = None
        self.children: list[Child] = []
        self.environment: dict[str, str] = {}
        self.began = time.monotonic()

    def run(self) -> None:
        """
        Start everything, say where it is, and watch it until somebody stops it.

        :raises DemoProblem: if it cannot start, or a part of it died
        """
        check_port(self.port)
        if self.reset and os.environ.get("DATABASE_URL"):
            raise DemoProblem(
                "--reset deletes only what a demo made itself, not the database of DATABASE_URL: drop and make that one by hand "
                "(dropdb, createdb), then start the demo without --reset."
            )
        self.data.mkdir(parents=True, exist_ok=True, mode=0o711)
        with only_one(self.data):
            check_space(self.data)
            try:
                self._start()
                self._watch()
            finally:
                self._stop()

    def _start(self) -> None:
        self._forget_if_asked()
        logs = self.data / "logs"
        logs.mkdir(exist_ok=True, mode=0o700)
        addresses = self._database()
        self.environment = self._environment(addresses)
        self._prepare(logs)
        self._say("Starting the pages, the worker and the clock.")
        web, *others = programs(port=self.port, logs=logs)
        self.children = []
        self._begin(web)
        # The first page comes before the others take their share of a small machine.
        self._wait_for_pages()
        for child in others:
            self._begin(child)
        print(f"\n{_welcome(self.port)}\n", flush=True)
        if self.data != ROOT / "var":
            print(f"Other commands find this demo with FOREST_DATA={self.data}", flush=True)
        print("Ctrl-C stops everything; the data stays.", flush=True)

    def _forget_if_asked(self) -> None:
        if not self.reset:
            return
        self._say(f"Deleting the data of the last demo in {self.data}.")
        devdb.Server(self.data / "postgres").remove()
        for name in KEPT:
            path = self.data / name
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)

    def _database(self) -> demodb.Addresses:
        given = os.environ.get("DATABASE_URL", "")
        if given:
            return demodb.on_given_server(url=given, owner_url=os.environ.get("DATABASE_OWNER_URL", ""))
        self._say("Starting PostgreSQL.")
        self.server = devdb.Server(self.data / "postgres")
        self.server.start()
        return demodb.on_own_server(self.server)

    def _environment(self, addresses: demodb.Addresses) -> dict[str, str]:
        """Write down how later commands reach this demo, and return what its own children get."""
        before = read_demo_file(self.data)
        values = {
            "DATABASE_URL": addresses.application,
            "DATABASE_OWNER_URL": addresses.owner,
            "SECRET_KEY": before.get("SECRET_KEY") or secrets.token_urlsafe(50),
            "FOREST_DATA": str(self.data),
            "MEDIA_ROOT": str(self.data / "files"),
            "PUBLIC_URL": f"http://{HOST}:{self.port}",
            **certificate.of_demo(self.data, before),
        }
        write_demo_file(self.data, values)
        return {**os.environ, **values, "FOREST_ENV": "development", "ALLOWED_HOSTS": "localhost,127.0.0.1", "PYTHONUNBUFFERED": "1"}

    def _prepare(self, logs: Path) -> None:
        """Bring the tables up to date and load the programme's newest quarter; both do nothing where it is done."""
        self._say("Bringing the database up to date.")
        self._do(Child("migrate", _manage("migrate", "--verbosity", "0"), logs / "migrate.log"))
        if not self.empty and any((ROOT / "config").glob("**/management/commands/load_demo.py")):
            self._say("Loading the programme, its newest quarter first.")
            self._do(Child("load_demo", _manage("load_demo", "--newest"), logs / "load.log"))

    def _begin(self, child: Child) -> None:
        _begin_log(child.log)
        child.start(self.environment)
        self.children.append(child)

    def _do(self, child: Child) -> None:
        """Run a program to its end; its output is in its log."""
        child.log.unlink(missing_ok=True)
        self.children = [child]
        child.start(self.environment)
        assert child.process is not None
        if child.process.wait() != 0:
            raise DemoProblem(self._why(child, f"{child.name} failed ({child.last_words(1).strip()}); all of it is in {child.log}."))

    def _why(self, child: Child, otherwise: str) -> str:
        """Return the sentence for a part that ended: a full disk is the commonest reason and says so in many ways."""
        full = "No space left on device" in child.last_words(60)
        return _disk_full(self.data, shutil.disk_usage(self.data).free) if full else otherwise

    def _wait_for_pages(self) -> None:
        until = time.monotonic() + SECONDS_TO_ANSWER
        while time.monotonic() < until:
            self._check_children()
            if answers(self.port):
                return
            time.sleep(0.1)
        raise DemoProblem(f"The pages did not answer within {SECONDS_TO_ANSWER} seconds; see the logs in {self.data / 'logs'}.")

    def _watch(self) -> None:
        while True:
            self._check_children()
            time.sleep(0.5)

    def _check_children(self) -> None:
        if self.server is not None and self.server.process is not None and self.server.process.poll() is not None:
            raise DemoProblem("PostgreSQL ended by itself, so the demo stops; start it again, the data is kept.")
        for child in self.children:
            if not child.has_died():
                continue
            if child.restarts_left == 0:
                said = f"The {child.name} ended by itself, so the demo stops; its log {child.log} ends with:\n{child.last_words()}"
                raise DemoProblem(self._why(child, said))
            print(f"The {child.name} ended by itself and is started again once; its log is {child.log}", file=sys.stderr, flush=True)
            child.end(until=time.monotonic())
            child.restarts_left -= 1
            child.start(self.environment)

    def _stop(self) -> None:
        """End everything in an order in which nothing misses what it needs; a second Ctrl-C changes nothing."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        for child in reversed(self.children):
            child.ask_to_stop()
        until = time.monotonic() + SECONDS_TO_STOP
        for child in reversed(self.children):
            child.end(until=until)
        if self.server is not None:
            self.server.stop()

    def _say(self, text: str) -> None:
        print(f"{time.monotonic() - self.began:5.1f} s  {text}", flush=True)


def programs(*, port: int, logs: Path) -> list[Child]:
    """Return the programs of a running demo, in the order in which they start."""
    web = [
        "granian", "--interface", "wsgi", "--host", HOST, "--port", str(port), "--workers", "2", "--blocking-threads", "4",
        "--workers-kill-timeout", "5", "--no-ws", "config.wsgi:application",
    ]  # fmt: skip
    worker = ["celery", "-A", "config.celery", "worker", "--concurrency", "2", "--loglevel", "INFO", "--without-gossip", "--without-mingle"]
    beat = ["celery", "-A", "config.celery", "beat", "--loglevel", "WARNING"]
    return [
        Child("web server", _module(web), logs / "web.log"),
        # SIGQUIT ends a worker in the middle of its job, which the next start takes up again.
        Child("worker", _module(worker), logs / "worker.log", dies_by=signal.SIGQUIT, restarts_left=1),
        Child("clock (beat)", _module(beat), logs / "beat.log", restarts_left=1),
    ]


def check_port(port: int) -> None:
    """
    Refuse a port that cannot be had, before any work is done.

    :raises DemoProblem: if another program has it, or this user may not
    """
    if not 0 < port < 65536:
        raise DemoProblem(f"There is no port {port}: choose one between 1 and 65535 with --port.")
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except PermissionError as error:
            raise DemoProblem(f"This user may not use port {port}: choose one from 1024 up with --port.") from error
        except OSError as error:
            raise DemoProblem(f"Port {port} is taken by another program: stop that, or choose another port with --port.") from error


def check_space(data: Path) -> None:
    """
    Refuse to begin what the disk cannot hold.

    :raises DemoProblem: if less is free than a demo needs
    """
    free = shutil.disk_usage(data).free
    if free < BYTES_NEEDED:
        raise DemoProblem(_disk_full(data, free))


@contextmanager
def only_one(data: Path) -> Iterator[None]:
    """
    Keep a second demo away from the same data.

    :raises DemoProblem: if one is running
    """
    with (data / "demo.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise DemoProblem(f"A demo is already running on the data in {data}: stop it, or choose another folder with --data.") from error
        yield


def answers(port: int) -> bool:
    """Return whether the pages answer and reach their database."""
    try:
        with urllib.request.urlopen(f"http://{HOST}:{port}/health/", timeout=10) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _manage(*arguments: str) -> list[str]:
    return [sys.executable, str(ROOT / "manage.py"), *arguments]


def _module(command: Sequence[str]) -> list[str]:
    return [sys.executable, "-m", *command]


def _begin_log(log: Path) -> None:
    """Keep the log of the last run beside the new one."""
    if log.exists():
        log.replace(log.with_suffix(".before.log"))


def _welcome(port: int) -> str:
    """Return what the demonstration tells whoever started it."""
    try:
        said: Callable[[int], str] | None = getattr(importlib.import_module("config.demonstration"), "welcome", None)
    except ModuleNotFoundError:
        said = None
    return said(port) if said else f"Forest Dividend answers at http://{HOST}:{port}/"


def _stop_on_signals() -> None:
    def stop(_number: int, _frame: object) -> None:
        raise Stop

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop)


def _of_the_system(problem: OSError, *, data: Path) -> str:
    if problem.errno in (errno.ENOSPC, errno.EDQUOT):
        return _disk_full(data, 0)
    if problem.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return f"{problem.filename or data} cannot be written by this user: choose a folder of your own with --data."
    return f"The demo cannot go on: {problem}."


def _disk_full(data: Path, free: int) -> str:
    return f"The disk is too full: the demo needs about {BYTES_NEEDED // 1000000} MB in {data}, and {free // 1000000} MB are free."


def _sentence(text: str) -> str:
    return text if text.endswith((".", "\n")) or "\n" in text else f"{text}."
