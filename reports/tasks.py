"""Celery's way in. One service call a task, no rules here."""

from __future__ import annotations

from celery import shared_task

from core import clock
from core.models import BookCheck
from reports import services
from revenue.ledger import checks


@shared_task(ignore_result=True)
def propose_periods(**_later_arguments: object) -> None:
    services.propose_periods(today=clock.today())


@shared_task(ignore_result=True)
def check_books_nightly(**_later_arguments: object) -> None:
    findings = [{"check": finding.check, "sentence": finding.sentence} for finding in checks.run()]
    BookCheck.objects.create(checked_at=clock.now(), findings=findings)


@shared_task(ignore_result=True)
def make_due_reports(**_later_arguments: object) -> None:
    services.make_due(at=clock.now())


@shared_task(ignore_result=True)
def sweep_notices(**_later_arguments: object) -> None:
    services.sweep_notices(at=clock.now())
