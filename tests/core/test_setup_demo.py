"""``manage.py demo`` on a machine with nothing: it answers, it ends whole, and what stops it is one sentence."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from config import demodb, devdb, supervisor
from config.bootstrap import ROOT
from config.environment import NotConfigured, read_demo_file
from tests.database import connect

MANAGE = [sys.executable, str(ROOT / "manage.py")]
BARE = {name: os.environ[name] for name in ("PATH", "HOME", "FOREST_VENV") if name in os.environ}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Running:
    process: subprocess.Popen[str]
    port: int
    data: Path

    def end(self, how: signal.Signals) -> int:
        self.process.send_signal(how)
        return self.process.wait(40)


def _start(data: Path) -> Running:
    port = _free_port()
    process = subprocess.Popen(
        [*MANAGE, "demo", "--empty", "--port", str(port), "--data", str(data)], env=BARE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    assert process.stdout is not None
    said = []
    for line in process.stdout:
        said.append(line)
        if "Ctrl-C" in line:
            return Running(process, port, data)
    raise AssertionError("".join(said))


def _processes_of(data: Path) -> list[int]:
    """Return the processes that work on this data: by their arguments, or by what they were given."""
    wanted, found = os.fsencode(data), []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            with suppress(OSError):
                if wanted in (entry / "cmdline").read_bytes() or wanted in (entry / "environ").read_bytes():
                    found.append(int(entry.name))
    return found


def _wait_until_gone(data: Path) -> list[int]:
    until = time.monotonic() + 20
    while (left := _processes_of(data)) and time.monotonic() < until:
        time.sleep(0.2)
    return left


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Name a data folder whose path has spaces."""
    folder = tmp_path_factory.mktemp("a forest dividend") / "its data"
    yield folder
    # For root the rows lie elsewhere, where a folder above is closed to others.
    devdb.Server(folder / "postgres").remove()


@pytest.fixture(scope="module")
def running(data: Path) -> Iterator[Running]:
    demo = _start(data)
    yield demo
    if demo.process.poll() is None:
        demo.end(signal.SIGKILL)


@pytest.mark.slow
def test_the_demo_answers(running: Running) -> None:
    with urllib.request.urlopen(f"http://127.0.0.1:{running.port}/health/", timeout=10) as answer:
        assert answer.status == 200


@pytest.mark.slow
def test_the_demo_works_under_two_roles(running: Running) -> None:
    values = read_demo_file(running.data)
    with psycopg.connect(values["DATABASE_URL"]) as application:
        asked = "SELECT current_user, (SELECT rolsuper FROM pg_roles WHERE rolname = current_user), (SELECT tableowner FROM pg_tables WHERE tablename = 'core_job')"
        assert application.execute(asked).fetchone() == ("forest_app", False, "forest_owner")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            application.execute("UPDATE audit_auditrecord SET id = id")


@pytest.mark.slow
def test_another_command_finds_the_demo(running: Running) -> None:
    answer = subprocess.run(
        [*MANAGE, "migrate", "--check"], env={**BARE, "FOREST_DATA": str(running.data)}, capture_output=True, text=True, check=False
    )
    assert answer.returncode == 0, answer.stderr


@pytest.mark.slow
def test_a_second_demo_on_the_same_data_is_refused_with_one_sentence(running: Running) -> None:
    answer = _refused("--port", str(_free_port()), "--data", str(running.data))
    assert answer.startswith("A demo is already running on the data in")


@pytest.mark.slow
def test_the_port_of_a_running_demo_is_refused_before_any_work(running: Running, tmp_path: Path) -> None:
    answer = _refused("--port", str(running.port), "--data", str(tmp_path / "other"))
    assert answer == f"Port {running.port} is taken by another program: stop that, or choose another port with --port."
    assert not (tmp_path / "other").exists()


@pytest.mark.slow
def test_ctrl_c_ends_everything_and_the_data_stays(running: Running, data: Path) -> None:
    key = read_demo_file(data)["SECRET_KEY"]
    assert running.end(signal.SIGINT) == 0
    assert _wait_until_gone(data) == []
    again = _start(data)
    assert read_demo_file(data)["SECRET_KEY"] == key
    # And a starter that is killed takes everything with it.
    again.end(signal.SIGKILL)
    assert _wait_until_gone(data) == []


def _refused(*arguments: str, **environment: str) -> str:
    answer = subprocess.run([*MANAGE, "demo", *arguments], env={**BARE, **environment}, capture_output=True, text=True, check=False, timeout=60)
    assert answer.returncode == 1
    assert "Traceback" not in answer.stderr
    assert len(answer.stderr.strip().splitlines()) == 1, answer.stderr
    return answer.stderr.strip()


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("mysql://root@127.0.0.1/x", "does not begin with postgresql://"),
        ("postgresql://127.0.0.1:1/x", "leads to no database that can be used"),
    ],
)
def test_a_wrong_database_url_is_one_sentence(url: str, said: str, tmp_path: Path) -> None:
    assert said in _refused("--port", str(_free_port()), "--data", str(tmp_path), DATABASE_URL=url)


def test_a_database_of_somebody_elses_is_not_reset(tmp_path: Path) -> None:
    said = _refused("--reset", "--port", str(_free_port()), "--data", str(tmp_path), DATABASE_URL="postgresql://127.0.0.1:1/x")
    assert "dropdb" in said


@pytest.mark.parametrize("port", [0, 65536, -1])
def test_a_port_that_does_not_exist_is_refused(port: int) -> None:
    with pytest.raises(supervisor.DemoProblem, match=f"There is no port {port}"):
        supervisor.check_port(port)


def test_a_full_disk_is_told_before_any_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import shutil

    monkeypatch.setattr(shutil, "disk_usage", lambda _path: shutil._ntuple_diskusage(10**9, 10**9 - 7_000_000, 7_000_000))
    with pytest.raises(supervisor.DemoProblem, match="7 MB are free"):
        supervisor.check_space(tmp_path)


def test_data_of_another_postgresql_is_refused_with_its_version(tmp_path: Path) -> None:
    server = devdb.Server(tmp_path / "pg")
    try:
        server.place.data.mkdir()
        (server.place.data / "PG_VERSION").write_text("12\n")
        with pytest.raises(devdb.ServerProblem, match="was made by PostgreSQL 12"):
            server.start()
    finally:
        server.remove()


def test_a_database_that_is_missing_on_a_given_server_is_made_with_the_role(tmp_path: Path) -> None:
    name = f"forest_given_{os.getpid()}"
    url = os.environ["DATABASE_URL"].split("?")[0].rsplit("/", 1)[0] + f"/{name}"
    query = os.environ["DATABASE_URL"].partition("?")[2]
    try:
        addresses = demodb.on_given_server(url=f"{url}?{query}" if query else url, owner_url="")
        with psycopg.connect(addresses.application) as application, psycopg.connect(addresses.owner) as owner:
            assert application.execute("SELECT current_user, current_database()").fetchone() == ("forest_app", name)
            assert owner.execute("SELECT current_user").fetchone() != ("forest_app",)
    finally:
        with connect(database="postgres") as server:
            server.execute(sql.SQL("DROP DATABASE IF EXISTS {name}").format(name=sql.Identifier(name)))


def test_an_address_to_an_unknown_host_is_one_sentence() -> None:
    with pytest.raises(NotConfigured) as refused:
        demodb.on_given_server(url="postgresql://nobody@no-such-host.invalid/x", owner_url="")
    assert "\n" not in str(refused.value)


def _child(tmp_path: Path, script: str, **more: int) -> supervisor.Child:
    child = supervisor.Child("worker", [sys.executable, "-c", script], tmp_path / "worker.log", **more)
    child.start(dict(os.environ))
    return child


def test_a_part_that_dies_again_is_named_with_the_end_of_its_log(tmp_path: Path) -> None:
    demo = supervisor.Demo(port=1, data=tmp_path, reset=False, empty=True)
    demo.environment = dict(os.environ)
    demo.children = [_child(tmp_path, "print('out of leaves'); raise SystemExit(1)", restarts_left=1)]
    with pytest.raises(supervisor.DemoProblem, match=r"The worker ended by itself.*(?s:.)*out of leaves"):
        for _look in range(200):
            demo._check_children()
            time.sleep(0.05)


def test_what_a_part_started_ends_with_it(tmp_path: Path) -> None:
    child = _child(tmp_path, "import subprocess, sys; p = subprocess.Popen(['sleep', '60']); print(p.pid, flush=True); p.wait()")
    until = time.monotonic() + 10
    while not child.log.read_text().strip() and time.monotonic() < until:
        time.sleep(0.05)
    grandchild = int(child.log.read_text())
    child.ask_to_stop()
    child.end(until=time.monotonic() + 5)
    until = time.monotonic() + 5
    while _alive(grandchild) and time.monotonic() < until:
        time.sleep(0.05)
    assert not _alive(grandchild)


def _alive(process: int) -> bool:
    try:
        return "Z" not in Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except OSError:
        return False
