"""Processes killed, sessions cut off, a disk that is full and a broker that is down: nothing confirmed is lost, nothing is twice."""

from __future__ import annotations

import errno
import os
import signal
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import InterfaceError, OperationalError, connection

from core import clock, files, jobs, stores, tasks
from core.audit.models import AuditRecord
from core.models import Job, StoredFile
from revenue.disbursements import services as paying
from revenue.disbursements.models import Disbursement, Payment
from revenue.ledger import checks
from revenue.ledger.models import Entry
from revenue.sharing import services as sharing
from revenue.sharing.models import AllocationRun
from revenue.sharing.refusals import AlreadyDecided
from tests.database import connect
from tests.revenue.sharing_stage import AT, Stage, held

pytestmark = pytest.mark.django_db(transaction=True)
ON = date(2026, 3, 2)
BELOW = {"ledger", "credits", "sharing", "audit"}
PATIENCE_SECONDS = 20


def _is_clean() -> bool:
    return [one.sentence for one in checks.run([name for name in checks.names() if name.split(".")[0] in BELOW])] == []


def _in_a_process(act: Callable[[], Any]) -> int:
    """Do it in a process of its own, with a session of its own; return its number."""
    connection.close()
    child = os.fork()
    if child:
        return child
    try:
        act()
    finally:
        os._exit(0)


def _at_work(where: str) -> int:
    """Count the other sessions at work; asked in a session of its own, since one transaction sees only one picture of them."""
    asked = (
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()"
        f" AND {where}"
    )
    with connect() as owner:
        found = owner.execute(asked.encode()).fetchone()
    assert found is not None
    return int(found[0])


def _until(true: Callable[[], bool], what: str) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while not true():
        assert time.monotonic() < until, what
        time.sleep(0.02)


def test_a_web_process_killed_in_the_middle_of_a_payment_leaves_nothing_of_it_and_it_can_be_paid() -> None:
    stage = Stage()
    stage.shared()
    facts = stage.payment_facts(stage.promised())
    with connect() as owner, owner.transaction():
        # The payment's postings are written when it comes to its own row, and wait there for the lock.
        owner.execute("LOCK TABLE disbursements_payment IN SHARE MODE")
        child = _in_a_process(lambda: paying.pay_disbursement(**facts))
        _until(lambda: _at_work("wait_event_type = 'Lock'") == 1, "the payment came to its row")
        os.kill(child, signal.SIGKILL)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
    _until(lambda: _at_work("state <> 'idle'") == 0, "the server noticed")
    assert (Payment.objects.count(), Entry.objects.filter(event="pay").count(), held("committed")) == (0, 0, 100_000)
    assert [paying.pay_disbursement(**facts).pk for _time in range(2)] == [Payment.objects.get().pk] * 2
    assert (held("committed"), held("advance")) == (0, 100_000)
    assert _is_clean()


def test_a_process_killed_in_the_middle_of_an_allocation_leaves_nothing_of_it_and_it_is_shared_once() -> None:
    stage = Stage()
    receipt = stage.receipt()
    run = sharing.propose_allocation(tranche_id=receipt.tranche_id, by=stage.officer, at=AT)

    def share() -> AllocationRun:
        return sharing.approve_allocation(run_id=run.pk, by=stage.approver, at=AT, day=date(2026, 2, 1))

    with connect() as owner, owner.transaction():
        # Its postings are written when it comes to its lines, and wait there for the lock.
        owner.execute("LOCK TABLE sharing_allocationline IN SHARE MODE")
        child = _in_a_process(share)
        _until(lambda: _at_work("wait_event_type = 'Lock'") == 1, "the allocation came to its lines")
        os.kill(child, signal.SIGKILL)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
    _until(lambda: _at_work("state <> 'idle'") == 0, "the server noticed")
    run.refresh_from_db()
    assert (run.status, run.lines.count(), Entry.objects.filter(event="allocate").count()) == ("PROPOSED", 0, 0)
    assert (held("unallocated"), held("pot"), held("reserve")) == (1_000_000, 0, 0)
    assert not AuditRecord.objects.filter(act="allocation.post").exists()
    assert share().status == "ALLOCATED"
    with pytest.raises(AlreadyDecided):
        share()
    assert (Entry.objects.filter(event="allocate").count(), held("unallocated"), held("pot") + held("reserve")) == (1, 0, 1_000_000)
    assert _is_clean()


def test_sessions_cut_off_in_a_burst_of_payments_lose_nothing_and_pay_nothing_twice() -> None:
    stage = Stage()
    stage.shared()
    asked = [stage.payment_facts(stage.promised(stage.rangers, 10_000, "protection")) for _number in range(16)]
    cuts = 0

    def pay(facts: dict[str, Any]) -> int:
        while True:
            try:
                return paying.pay_disbursement(**facts).pk
            except (OperationalError, InterfaceError):
                connection.close()

    def in_thread(facts: dict[str, Any]) -> int:
        try:
            return pay(facts)
        finally:
            connection.close()

    connection.close()
    with connect() as owner, ThreadPoolExecutor(max_workers=4) as pool:
        paid = [pool.submit(in_thread, facts) for facts in asked]
        until = time.monotonic() + PATIENCE_SECONDS
        while not all(one.done() for one in paid) and time.monotonic() < until:
            cuts += len(owner.execute(_CUT_ONE_AT_WORK).fetchall())
            time.sleep(0.05)
        confirmed = [one.result(PATIENCE_SECONDS) for one in paid]
    assert cuts > 0
    assert sorted(confirmed) == sorted(Payment.objects.values_list("pk", flat=True))
    assert (len(set(confirmed)), Entry.objects.filter(event="pay").count(), held("advance")) == (16, 16, 160_000)
    assert not Disbursement.objects.filter(status="APPROVED").exists()
    assert _is_clean()


_CUT_ONE_AT_WORK = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    " AND backend_type = 'client backend' AND xact_start IS NOT NULL ORDER BY random() LIMIT 1"
)


def test_a_full_disk_refuses_a_file_whole_and_takes_it_when_there_is_room(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage()

    def store() -> StoredFile:
        return files.store(data=b"%PDF-1.4 minutes", media_type="application/pdf", original_name="minutes.pdf", by=stage.officer, at=AT)

    def is_full(_handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as full:
        full.setattr(stores.os, "fsync", is_full)
        with pytest.raises(OSError, match="No space left"):
            store()
    assert not StoredFile.objects.exists()
    assert [path for path in Path(django_settings.MEDIA_ROOT).rglob("*") if path.is_file()] == []
    assert {store().pk for _time in range(2)} == {StoredFile.objects.get().pk}
    assert files.read(StoredFile.objects.get()) == b"%PDF-1.4 minutes"


def test_what_an_officer_asks_for_while_the_broker_is_down_is_sent_by_the_sweep(monkeypatch: pytest.MonkeyPatch) -> None:
    stage, now, sent = Stage(), clock.now(), []

    def is_down(**_told: Any) -> None:
        raise ConnectionRefusedError(errno.ECONNREFUSED, "Connection refused")

    monkeypatch.setattr(tasks.run_job, "apply_async", is_down)
    job = jobs.enqueue(kind="reports.render", key="report:1", arguments={"report_id": 1}, at=now, asked_by=stage.officer)
    assert (Job.objects.get().state, Job.objects.get().sent_at) == ("WAITING", None)
    monkeypatch.setattr(tasks.run_job, "apply_async", lambda **told: sent.append(told["kwargs"]["job_id"]))
    later = now + timedelta(minutes=10)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert [jobs.sweep(now=later), jobs.sweep(now=later)] == [1, 0]
    assert sent == [job.pk]
    assert jobs.claim(job_id=job.pk, now=later) is not None
    assert jobs.claim(job_id=job.pk, now=later) is None
