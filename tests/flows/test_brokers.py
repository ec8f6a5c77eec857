"""A real worker process on each broker: a report is made, also when the worker is killed in the middle of it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode, urlsplit
from uuid import uuid4

import pytest
from django.conf import settings as django_settings
from django.db import connection
from kombu import Connection, Queue

from config.environment import APPLICATION_ROLE
from core import clock, jobs
from core.models import Job
from core.tasks import run_job
from reports.models import Report, ReportFile, Snapshot
from tests.flows.programme import SmallProgramme

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
ROOT = Path(__file__).parents[2]
BROKERS = ["filesystem://", "redis://127.0.0.1:6379/13", "amqp://guest:guest@127.0.0.1:5672//"]
LEASE_SECONDS = 2
PATIENCE_SECONDS = 45


def is_reachable(broker: str) -> bool:
    address = urlsplit(broker)
    if address.hostname is None:
        return True
    try:
        with socket.create_connection((address.hostname, address.port or 0), timeout=1):
            return True
    except OSError:
        return False


class Workers:
    """Worker processes of one test, on a broker and queue of their own and on the test's database and files."""

    def __init__(self, broker: str, folder: Path) -> None:
        self.broker, self.folder = broker, folder
        self.queue = f"forest-test-{uuid4().hex[:12]}"
        self.started: list[subprocess.Popen[bytes]] = []
        self.transport: dict[str, Any] = {}
        if broker.startswith("filesystem"):
            at = folder / "broker"
            self.transport = {
                "data_folder_in": str(at / "queue"),
                "data_folder_out": str(at / "queue"),
                "processed_folder": str(at / "processed"),
                "control_folder": str(at / "control"),
                "store_processed": False,
            }
            for name in ("queue", "processed", "control"):
                (at / name).mkdir(parents=True)

    def send(self, job_id: int) -> None:
        """Send a job's message as the application does, to this test's queue."""
        with Connection(self.broker, transport_options=self.transport) as broker:
            run_job.apply_async(kwargs={"job_id": job_id}, connection=broker, queue=Queue(self.queue, routing_key=self.queue))

    def start(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "celery", "-A", "config", "worker", "-c", "1", "-Q", self.queue, "-l", "WARNING"]
        quiet = ["--without-gossip", "--without-mingle", "--without-heartbeat"]
        with (self.folder / f"worker-{len(self.started)}.log").open("wb") as log:
            process = subprocess.Popen([*command, *quiet], cwd=ROOT, env=self._environment(), stdout=log, stderr=log, start_new_session=True)
        self.started.append(process)
        return process

    def _environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "DATABASE_URL": test_database_url(),
            "CELERY_BROKER_URL": self.broker,
            "FOREST_DATA": str(self.folder),
            "MEDIA_ROOT": str(django_settings.MEDIA_ROOT),
            "JOB_LEASE_SECONDS": str(LEASE_SECONDS),
            "JOB_SEND_AGAIN_SECONDS": "2",
            "LOG_LEVEL": "ERROR",
        }

    @staticmethod
    def kill(process: subprocess.Popen[bytes]) -> None:
        """End a worker and its children as a power cut does."""
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)

    def forget(self) -> None:
        for process in self.started:
            self.kill(process)
        with Connection(self.broker, transport_options=self.transport) as broker, closing(broker.channel()) as channel:
            channel.queue_delete(self.queue)

    def said(self) -> str:
        return "\n".join(log.read_text(errors="replace")[-3000:] for log in sorted(self.folder.glob("worker-*.log")))


def test_database_url() -> str:
    described = connection.settings_dict
    user = quote(described["USER"]) + (f":{quote(described['PASSWORD'])}" if described["PASSWORD"] else "")
    options = {"options": f"-c role={APPLICATION_ROLE}"}
    host, port = described["HOST"], f":{described['PORT']}" if described["PORT"] else ""
    if host.startswith("/") or not host:
        options |= {"host": host} if host else {}
        host = ""
    return f"postgresql://{user}@{host}{port}/{described['NAME']}?{urlencode(options, quote_via=quote)}"


test_database_url.__test__ = False  # type: ignore[attr-defined]


@pytest.fixture(params=BROKERS, ids=["filesystem", "redis", "rabbitmq"])
def workers(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workers]:
    if not is_reachable(request.param):
        pytest.skip(f"No broker answers at {request.param}.")
    workers = Workers(request.param, tmp_path)
    monkeypatch.setattr(jobs, "send", workers.send)
    yield workers
    workers.forget()


def wait_until(true: Callable[[], bool], *, workers: Workers, what: str) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        if true():
            return
        time.sleep(0.1)
    pytest.fail(f"{what} did not happen in {PATIENCE_SECONDS} seconds.\n{workers.said()}")


def test_a_killed_worker_loses_nothing_and_another_makes_the_report_once(workers: Workers) -> None:
    programme = SmallProgramme()
    programme.allocate(programme.receive(programme.sell(), 1_000_000, on=date(2026, 7, 6)), on=date(2026, 7, 7))
    report = programme.ask()  # its message leaves with this
    first = workers.start()
    wait_until(lambda: ReportFile.objects.filter(format="JSON").exists(), workers=workers, what="The first file of the report")
    workers.kill(first)
    made_before = ReportFile.objects.count()
    assert Report.objects.get().status == "WAITING", "the worker was faster than the test: nothing was interrupted"
    assert made_before < 6
    kept = set(ReportFile.objects.values_list("pk", "file__sha256"))
    workers.start()

    def is_ready() -> bool:
        jobs.sweep(now=clock.now())
        return Report.objects.get().status == "READY"

    wait_until(is_ready, workers=workers, what="The report")
    wait_until(lambda: Job.objects.get().state == "DONE", workers=workers, what="The end of the job")
    assert (Report.objects.get().pk, Snapshot.objects.count(), ReportFile.objects.count()) == (report.pk, 1, 6)
    assert kept <= set(ReportFile.objects.values_list("pk", "file__sha256"))
    assert Job.objects.get().attempts >= 2
