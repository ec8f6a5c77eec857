"""The main journey and a year's statements on each broker, with real worker processes that are killed in the middle."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode, urlsplit
from uuid import uuid4

import pytest
from django.conf import settings as django_settings
from django.db import connection, transaction
from django.db.models import Count
from django.urls import reverse
from kombu import Connection, Queue

from config.environment import APPLICATION_ROLE
from core import jobs
from core.models import Job
from core.tasks import run_job
from reports import services
from reports.models import Report, ReportFile, SetStatement, Snapshot, StatementSet
from revenue.ledger import checks
from tests.flows.programme import AFTER, SmallProgramme
from tests.flows.test_journey_http import Walk

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
ROOT = Path(__file__).parents[2]
BROKERS = ["filesystem://", "redis://127.0.0.1:6379/13", "amqp://guest:guest@127.0.0.1:5672//"]
LEASE_SECONDS = SEND_AGAIN_SECONDS = 2
PATIENCE_SECONDS = 120
FILES_OF_A_REPORT = 7


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
        Job.objects.filter(id=job_id).update(sent_at=datetime.now(UTC))

    def start(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "celery", "-A", "config", "worker", "-c", "1", "-Q", self.queue, "-l", "WARNING"]
        # RabbitMQ turns away a second worker of the same name.
        quiet = ["--hostname", f"{self.queue}-{len(self.started)}@%h", "--without-gossip", "--without-mingle", "--without-heartbeat"]
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
            "JOB_SEND_AGAIN_SECONDS": str(SEND_AGAIN_SECONDS),
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

    def wait_until(self, true: Callable[[], bool], what: str) -> None:
        until = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < until:
            if true():
                return
            time.sleep(0.1)
        left = list(Job.objects.exclude(state="DONE").values_list("key", "state", "attempts", "message"))
        pytest.fail(f"{what} did not happen in {PATIENCE_SECONDS} seconds. Left: {left}\n{self.said()}")

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


@contextmanager
def workers_on(broker: str, folder: Path) -> Iterator[Workers]:
    """Let all jobs go to workers of their own on a broker; end those that are left."""
    if not is_reachable(broker):
        pytest.skip(f"No broker answers at {broker}.")
    folder.mkdir(exist_ok=True)
    workers = Workers(broker, folder)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(jobs, "send", workers.send)
        patched.setattr(jobs, "SEND_AGAIN", timedelta(seconds=SEND_AGAIN_SECONDS))
        try:
            yield workers
        finally:
            workers.forget()


@pytest.fixture(params=BROKERS, ids=["filesystem", "redis", "rabbitmq"])
def workers(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Workers]:
    with workers_on(request.param, tmp_path) as workers:
        yield workers


class WalkWithWorkers(Walk):
    """The journey through the pages, whose reports are made by worker processes: the first is killed at work."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, workers: Workers) -> None:
        self.workers = workers
        super().__init__(monkeypatch)

    def make_reports(self) -> None:
        first = self.workers.start()
        self.workers.wait_until(lambda: ReportFile.objects.filter(format="JSON").exists(), "The first file of a report")
        self.workers.kill(first)
        self.kept = set(ReportFile.objects.values_list("pk", "file__sha256"))
        self.were_ready = Report.objects.filter(status="READY").count()
        self.workers.start()
        self.workers.wait_until(self._all_are_ready, "The reports")
        self.workers.wait_until(lambda: not Job.objects.exclude(state="DONE").exists(), "The end of the jobs")

    @staticmethod
    def _all_are_ready() -> bool:
        jobs.sweep(now=datetime.now(UTC))  # the workers live today, whatever day the pages are at
        return not Report.objects.exclude(status="READY").exists()


def test_the_journey_ends_well_although_a_worker_is_killed(workers: Workers, monkeypatch: pytest.MonkeyPatch) -> None:
    walk = WalkWithWorkers(monkeypatch, workers)
    made = len(walk.reports)
    assert walk.were_ready < made, "the worker was faster than the test: nothing was interrupted"
    assert (Report.objects.count(), Snapshot.objects.count()) == (made, made)
    assert set(ReportFile.objects.values_list("report").annotate(made=Count("id")).values_list("made", flat=True)) == {FILES_OF_A_REPORT}
    assert walk.kept <= set(ReportFile.objects.values_list("pk", "file__sha256"))
    assert Job.objects.order_by("-attempts").values_list("attempts", flat=True)[0] >= 2
    assert walk.issued.status == "ISSUED"
    assert walk.issued.snapshot
    assert json.loads(walk.issued.snapshot.text)["equation"]["closing"]["difference_minor"] == 0
    assert walk.record.reference in walk.auditor.read(reverse("reports:trace_sale", args=[walk.sale.reference]))
    assert [finding.sentence for finding in checks.run()] == []


# --- the yearly set of statements -----------------------------------------------------------------------------------------------
class ManyRecipients(SmallProgramme):
    """The small programme with more who take part: a statement each."""

    STATEMENTS = 8

    def _recipients(self) -> None:
        super()._recipients()
        for number in range(2, 2 + self.STATEMENTS - 5):
            self._recipient(f"rangers-{number}", "RANGER_UNIT", "rangers")


@pytest.fixture
def programme() -> ManyRecipients:
    programme = ManyRecipients()
    programme.allocate(programme.receive(programme.sell(), 10_000_001, on=date(2026, 7, 6)), on=date(2026, 7, 7))
    programme.pay_out(programme.pu_char, 300_000, on=date(2026, 8, 10))
    return programme


def ask(programme: SmallProgramme) -> StatementSet:
    return services.ask_statement_set(period="2026", by=programme.officer, at=AFTER)


def end_of(asked: StatementSet, workers: Workers) -> StatementSet:
    """Return the set when its workers are done with it, and everything they were asked for is done once."""

    def done() -> bool:
        jobs.sweep(now=datetime.now(UTC))
        return not Job.objects.exclude(state="DONE").exists() and StatementSet.objects.filter(id=asked.pk, status="READY").exists()

    workers.wait_until(done, "The statements")
    assert SetStatement.objects.filter(of=asked).exclude(pdf=None).count() == ManyRecipients.STATEMENTS
    assert Job.objects.filter(kind="statement_merge", arguments={"set_id": asked.pk}).count() == 1
    return StatementSet.objects.get(id=asked.pk)


def by_two_workers_after_one_is_killed(programme: SmallProgramme, workers: Workers) -> StatementSet:
    """Kill a worker in the middle of a statement, and let two others end the set, each of which draws some of it."""
    asked = ask(programme)
    jobs.run(job_id=asked.job_id)
    rows = SetStatement.objects.filter(of=asked)
    with transaction.atomic():
        # Two are free; a worker that draws another waits here before it can keep it.
        held = rows.filter(position__gte=2)
        list(held.select_for_update())
        killed = workers.start()
        workers.wait_until(lambda: held.filter(job__state="RUNNING").exists(), "A statement in the middle")
        workers.kill(killed)
        left = held.get(job__state="RUNNING").job_id
        for _worker in range(2):
            workers.start()
        # A worker does one thing at a time: two at once are in the hands of two workers.
        taken = Job.objects.filter(id__in=held.values("job_id"), state="RUNNING").exclude(id=left, attempts=1)
        workers.wait_until(lambda: taken.count() == 2, "A statement in the hands of each of two workers")
        in_hand = dict(taken.values_list("id", "attempts"))
    # Nothing is sent again meanwhile: who took each also ends it.
    ended_by_them = Job.objects.filter(id__in=in_hand, state="DONE")
    workers.wait_until(lambda: ended_by_them.count() == 2, "The end of the statement that each of two workers drew")
    assert dict(ended_by_them.values_list("id", "attempts")) == in_hand
    ended = end_of(asked, workers)
    assert max(rows.values_list("job__attempts", flat=True)) >= 2
    return ended


def content(of: StatementSet) -> tuple[str, str, list[str]]:
    """Return the hashes of everything a set gave."""
    assert of.zip
    assert of.pdf
    return of.zip.sha256, of.pdf.sha256, list(of.statements.order_by("position").values_list("pdf__sha256", flat=True))


def test_one_worker_and_two_that_follow_a_killed_one_make_the_same_statements(programme: ManyRecipients, tmp_path: Path) -> None:
    with workers_on(BROKERS[0], tmp_path) as workers:
        alone = workers.start()
        by_one = end_of(ask(programme), workers)
        workers.kill(alone)
        assert content(by_two_workers_after_one_is_killed(programme, workers)) == content(by_one)


def test_statements_are_the_same_bytes_whichever_broker_brought_them(programme: ManyRecipients, tmp_path: Path) -> None:
    found = []
    for number, broker in enumerate(BROKERS[1:]):
        with workers_on(broker, tmp_path / str(number)) as workers:
            found.append(content(by_two_workers_after_one_is_killed(programme, workers)))
    on_redis, on_rabbitmq = found
    assert on_redis == on_rabbitmq
