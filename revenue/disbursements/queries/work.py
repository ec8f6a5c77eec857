"""The queues: what waits for an approver, for the bank, for a recipient; and what is late."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet

from revenue.disbursements.models import Disbursement, Payment
from revenue.disbursements.states import Status
from revenue.ledger import chart
from revenue.ledger.queries import balances


@dataclass(frozen=True, slots=True)
class LateAdvance:
    """An advance that should have been accounted for: what the recipient still holds, and since when it is late."""

    disbursement: Disbursement
    amount_minor: int
    local_minor: int
    local_currency: str
    days_late: int


def to_approve() -> QuerySet[Disbursement]:
    """Return the requests that wait for an approver, oldest first."""
    return Disbursement.objects.filter(status=Status.REQUESTED).select_related("recipient", "pot", "project").order_by("requested_on", "id")


def to_pay() -> QuerySet[Disbursement]:
    """Return what is approved and not paid, the most urgent first."""
    return Disbursement.objects.filter(status=Status.APPROVED).select_related("recipient", "pot", "project").order_by("due_on", "id")


def to_acknowledge() -> QuerySet[Payment]:
    """Return the payments that no recipient has acknowledged yet, oldest first."""
    waiting = Payment.objects.filter(status=Payment.Status.PAID, acknowledgement=None)
    return waiting.select_related("disbursement__recipient").order_by("paid_on", "id")


def far_above(*, since: date) -> QuerySet[Payment]:
    """Return the payments since a day whose debit lay far above what was approved, as the officer confirmed, the newest first."""
    found = Payment.objects.filter(above_confirmed=True, paid_on__gte=since)
    return found.select_related("disbursement__recipient", "disbursement__project").order_by("-paid_on", "-id")


def late_advances(*, on: date) -> list[LateAdvance]:
    """Return the advances that should have been accounted for before a day and are not, the latest first."""
    due = {
        one.pk: one
        for one in Disbursement.objects.filter(
            status=Status.PAID, kind=Disbursement.Kind.ADVANCE, account_by__lt=on
        ).select_related("recipient", "project")
    }  # fmt: skip
    held = balances(grouped=["lot", "currency", "local_currency"], kinds=[chart.ADVANCE], lots=due)
    found = [
        LateAdvance(due[one.key[0]], one.amount_minor, one.local_minor, one.key[2], (on - account_by).days)
        for one in held
        if (account_by := due[one.key[0]].account_by) is not None
    ]
    return sorted(found, key=lambda late: (-late.days_late, late.disbursement.pk))
