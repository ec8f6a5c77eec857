"""Money that recipients owe back: what is open, and what waits for a decision."""

from __future__ import annotations

from django.db.models import QuerySet

from communities.spending.models import Recoverable, Settlement


def open_recoverables() -> QuerySet[Recoverable]:
    """Return what is still owed back, oldest first."""
    return Recoverable.objects.filter(left_local_minor__gt=0).select_related("recipient", "spending", "disbursement").order_by("made_on", "id")


def settlements_to_decide() -> QuerySet[Settlement]:
    """Return the write-offs and allowances that wait for an approver, oldest first."""
    return (
        Settlement.objects.filter(status=Settlement.Status.PROPOSED).select_related("recoverable__recipient", "asked_by").order_by("asked_at", "id")
    )
