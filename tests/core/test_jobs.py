"""A job's row is the truth: lost messages, killed workers and double presses change nothing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from core import jobs
from core.models import Job

NOW = datetime(2026, 10, 1, 1, 0, tzinfo=UTC)
done: list[str] = []


@pytest.fixture(autouse=True)
def sent(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """Keep what would be sent to the broker, and register a kind of work."""
    messages: list[int] = []
    done.clear()

    def work(*, progress: jobs.Progress, name: str) -> str:
        progress.report(done=1, total=2, message="half")
        if name == "bad":
            raise ValueError("no paper")
        done.append(name)
        return f"did {name}"

    monkeypatch.setitem(jobs._kinds, "test", work)
    monkeypatch.setattr(jobs, "send", messages.append)
    monkeypatch.setattr(jobs.clock, "now", lambda: NOW)
    return messages


def _job(**fields: Any) -> Job:
    values: dict[str, Any] = {"kind": "test", "key": "one", "arguments": {"name": "good"}, "created_at": NOW, **fields}
    return Job.objects.create(**values)


@pytest.mark.django_db(transaction=True)
def test_the_same_key_is_one_job_and_one_message(sent: list[int]) -> None:
    first = jobs.enqueue(kind="test", key="k", arguments={"name": "good"}, at=NOW)
    second = jobs.enqueue(kind="test", key="k", arguments={"name": "good"}, at=NOW)
    assert first == second
    assert sent == [first.pk]


@pytest.mark.django_db
def test_a_job_runs_once_however_often_its_message_comes() -> None:
    job = _job()
    for _message in range(3):
        jobs.run(job_id=job.pk)
    job.refresh_from_db()
    assert done == ["good"]
    assert (job.state, job.message, job.attempts, job.percent) == ("DONE", "did good", 1, 100)


@pytest.mark.django_db
def test_a_running_job_is_not_taken_while_its_lease_lasts() -> None:
    job = _job(state="RUNNING", attempts=1, lease_until=NOW + timedelta(seconds=1))
    assert jobs.claim(job_id=job.pk, now=NOW) is None


@pytest.mark.django_db
def test_a_job_whose_worker_was_lost_is_sent_and_taken_again(sent: list[int]) -> None:
    job = _job(state="RUNNING", attempts=1, lease_until=NOW - timedelta(seconds=1))
    assert jobs.sweep(now=NOW) == 1
    assert sent == [job.pk]
    jobs.run(job_id=job.pk)
    assert done == ["good"]


@pytest.mark.django_db
def test_a_message_that_was_lost_is_sent_again_after_a_moment(sent: list[int]) -> None:
    _job()
    assert jobs.sweep(now=NOW) == 0
    assert jobs.sweep(now=NOW + timedelta(seconds=6)) == 1
    assert len(sent) == 1


@pytest.mark.django_db
def test_a_job_in_a_long_queue_is_not_told_at_every_sweep(sent: list[int]) -> None:
    _job(sent_at=NOW)
    assert jobs.sweep(now=NOW + timedelta(seconds=20)) == 0
    assert jobs.sweep(now=NOW + timedelta(seconds=31)) == 1
    assert len(sent) == 1


@pytest.mark.django_db
def test_a_job_that_was_lost_five_times_is_given_up_aloud() -> None:
    job = _job(state="RUNNING", attempts=5, lease_until=NOW - timedelta(seconds=1))
    assert jobs.sweep(now=NOW) == 0
    job.refresh_from_db()
    assert job.state == "FAILED"
    assert "5 attempts" in job.sentence


@pytest.mark.django_db
def test_a_failure_is_written_on_the_row_and_can_be_tried_again() -> None:
    job = _job(arguments={"name": "bad"})
    with pytest.raises(ValueError, match="no paper"):
        jobs.run(job_id=job.pk)
    job.refresh_from_db()
    assert (job.state, job.message) == ("FAILED", "no paper")
    assert jobs.retry(job_id=job.pk, at=NOW)
    assert not jobs.retry(job_id=job.pk, at=NOW)


@pytest.mark.django_db
def test_a_worker_that_lost_its_lease_cannot_finish_the_next_ones_work() -> None:
    job = _job()
    mine = jobs.claim(job_id=job.pk, now=NOW)
    assert mine is not None
    Job.objects.filter(id=job.pk).update(lease_until=NOW - timedelta(seconds=1))
    theirs = jobs.claim(job_id=job.pk, now=NOW)
    assert theirs is not None
    jobs._finish(job=mine, state=Job.State.DONE, message="late")
    job.refresh_from_db()
    assert job.state == "RUNNING"
