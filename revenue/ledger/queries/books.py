"""Which days are open."""

from __future__ import annotations

from datetime import date, timedelta

from django.db.models import Max

from revenue.ledger.models import BookClosing


def first_open_day(*, happened_on: date) -> date:
    """Return the day to post something on: the day it happened, or the first open day when that one is closed."""
    closed: date | None = BookClosing.objects.aggregate(last=Max("closed_through"))["last"]
    return happened_on if closed is None or happened_on > closed else closed + timedelta(days=1)
