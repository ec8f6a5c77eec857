"""Celery's way in. One service call a task, no rules here."""

from __future__ import annotations

from celery import shared_task

from communities.grievances import services
from core import clock


@shared_task(ignore_result=True)
def escalate_overdue(**_later_arguments: object) -> None:
    services.escalate_overdue(at=clock.now())


@shared_task(ignore_result=True)
def publish_counts(**_later_arguments: object) -> None:
    services.publish_counts(at=clock.now())
