"""Which step may follow which, for a disbursement."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Status(models.TextChoices):
    """Where a disbursement stands. That the money arrived, and what became of it, are other facts."""

    REQUESTED = "REQUESTED", _("requested")
    APPROVED = "APPROVED", _("approved")
    PAID = "PAID", _("paid")
    REJECTED = "REJECTED", _("rejected")
    CANCELLED = "CANCELLED", _("cancelled")


STEPS: dict[Status, frozenset[Status]] = {
    Status.REQUESTED: frozenset({Status.APPROVED, Status.REJECTED}),
    Status.APPROVED: frozenset({Status.PAID, Status.CANCELLED}),
    # A payment that the bank sent back puts the disbursement where it can be paid again or cancelled.
    Status.PAID: frozenset({Status.APPROVED}),
    Status.REJECTED: frozenset(),
    Status.CANCELLED: frozenset(),
}
