"""Celery's way into the jobs. No rules here."""

from __future__ import annotations

from celery import shared_task

from core import clock, jobs


@shared_task(acks_late=True, ignore_result=True, soft_time_limit=900, time_limit=960)
def run_job(*, job_id: int, **_later_arguments: object) -> None:
    jobs.run(job_id=job_id)


@shared_task(ignore_result=True, expires=30)
def sweep_jobs(**_later_arguments: object) -> int:
    return jobs.sweep(now=clock.now())
