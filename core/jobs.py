"""Jobs: the row is the truth, the message only a hint, and a sweep re-sends."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext_noop

from core import clock
from core.models import Job
from core.people.models import User

logger = logging.getLogger(__name__)

# How long a worker may be silent before its job is taken from it, and how long a message may take before it is sent again.
LEASE = timedelta(seconds=settings.JOB_LEASE_SECONDS)
SEND_AGAIN = timedelta(seconds=settings.JOB_SEND_AGAIN_SECONDS)
PATIENCE = timedelta(seconds=settings.JOB_PATIENCE_SECONDS)
MOST_ATTEMPTS = 5

Work = Callable[["Progress"], str]
_kinds: dict[str, Callable[..., str]] = {}
_titles: dict[str, Any] = {}
_given_up: dict[str, Callable[..., None]] = {}


class Progress:
    """How a running job says how far it is; each report also renews the lease."""

    def __init__(self, job_id: int) -> None:
        self.job_id = job_id

    def report(self, *, done: int, total: int, message: str = "", **details: str) -> None:
        """Show ``done`` of ``total`` units on the pages that watch this job; ``message`` is marked by gettext_noop and holds %(names)s of details."""
        Job.objects.filter(id=self.job_id, state=Job.State.RUNNING).update(
            done_units=done, total_units=total, message=message[:300], details=details, lease_until=clock.now() + LEASE
        )


def kind(name: str, title: object = "") -> Callable[[Callable[..., str]], Callable[..., str]]:
    """Register the function that does jobs of this kind, ``fn(*, progress, **arguments) -> message``, and what people call it."""

    def register(work: Callable[..., str]) -> Callable[..., str]:
        _kinds[name] = work
        _titles[name] = title or name
        return work

    return register


def title_of(name: str) -> str:
    """Return what people call the work of jobs of this kind."""
    return str(_titles.get(name, name))


def when_given_up(name: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Register what to write down when a job of this kind is given up: ``fn(**arguments)``."""

    def register(told: Callable[..., None]) -> Callable[..., None]:
        _given_up[name] = told
        return told

    return register


def enqueue(*, kind: str, key: str, arguments: dict[str, Any], at: datetime, asked_by: User | None = None) -> Job:
    """
    Ask for work once: the same key gives the same job, whatever is pressed twice.

    The message leaves when the caller's transaction commits.
    """
    job, created = Job.objects.get_or_create(key=key, defaults={"kind": kind, "arguments": arguments, "created_at": at, "asked_by": asked_by})
    if created:
        transaction.on_commit(lambda: send(job.pk))
    return job


def retry(*, job_id: int, at: datetime) -> bool:
    """Put a failed job back in the queue; return whether this call did it."""
    again = Job.objects.filter(id=job_id, state=Job.State.FAILED).update(
        state=Job.State.WAITING, attempts=0, created_at=at, finished_at=None, message=""
    )
    if again:
        transaction.on_commit(lambda: send(job_id))
    return bool(again)


def send(job_id: int) -> None:
    """Tell the broker. A broker that is down costs a delay, not the job: the sweep sends again."""
    from core.tasks import run_job

    try:
        run_job.apply_async(kwargs={"job_id": job_id}, retry=False)
    except Exception:  # any broker's own error: the row stays, the sweep re-sends
        logger.warning("Job %s could not be sent; the sweep will send it", job_id, exc_info=True)
    else:
        Job.objects.filter(id=job_id).update(sent_at=clock.now())


def claim(*, job_id: int, now: datetime) -> Job | None:
    """Take a waiting job, or a running one whose worker was lost; None if another has it or it is done."""
    taken = (
        Job.objects.filter(Q(state=Job.State.WAITING) | Q(state=Job.State.RUNNING, lease_until__lt=now), id=job_id, attempts__lt=MOST_ATTEMPTS)
        .update(state=Job.State.RUNNING, attempts=F("attempts") + 1, lease_until=now + LEASE)
    )  # fmt: skip
    return Job.objects.get(id=job_id) if taken else None


def run(*, job_id: int) -> None:
    """Claim the job and do it; a failure is written on the row and raised."""
    job = claim(job_id=job_id, now=clock.now())
    if job is None:
        return
    try:
        message = _kinds[job.kind](progress=Progress(job.pk), **job.arguments)
    except Exception as error:
        _finish(job=job, state=Job.State.FAILED, message=str(error) or type(error).__name__)
        raise
    _finish(job=job, state=Job.State.DONE, message=message)


def _finish(*, job: Job, state: Job.State, message: str) -> None:
    # Compare-and-set on the attempt too: a worker that lost its lease may not speak for the one that has it.
    Job.objects.filter(id=job.pk, state=Job.State.RUNNING, attempts=job.attempts).update(
        state=state, lease_until=None, finished_at=clock.now(), message=message[:300], details={}
    )


def sweep(*, now: datetime) -> int:
    """Send again what nobody took and what a lost worker left; give up after five attempts. Returns how many were sent."""
    lost = Q(state=Job.State.RUNNING, lease_until__lt=now)
    _give_up(lost=lost, now=now)
    waiting = Q(state=Job.State.WAITING, created_at__lt=now - PATIENCE)
    told_lately = Q(sent_at__gte=now - SEND_AGAIN)
    due = Job.objects.filter(waiting | lost).exclude(told_lately).order_by("id")
    ids = list(due.values_list("id", flat=True)[:100])
    for job_id in ids:
        send(job_id)
    return len(ids)


def _give_up(*, lost: Q, now: datetime) -> None:
    for job in Job.objects.filter(lost, attempts__gte=MOST_ATTEMPTS):
        with transaction.atomic():
            given_up = Job.objects.filter(lost, id=job.pk, attempts=job.attempts).update(
                state=Job.State.FAILED,
                lease_until=None,
                finished_at=now,
                message=gettext_noop("Given up after %(attempts)s attempts."),
                details={"attempts": MOST_ATTEMPTS},
            )
            if given_up and job.kind in _given_up:
                _given_up[job.kind](**job.arguments)
