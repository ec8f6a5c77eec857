"""Celery's way to the sealer. No rules here."""

from __future__ import annotations

from celery import shared_task

from core import clock
from core.audit import seals


@shared_task(ignore_result=True, expires=50, soft_time_limit=600, time_limit=660)
def seal(**_later_arguments: object) -> None:
    seals.seal_now(at=clock.now())
