"""How far the books are closed."""

from __future__ import annotations

from datetime import date, timedelta

from django.db.models import Max

from revenue.ledger.models import BookClosing


def first_open_day(*, on: date) -> date:
    """Return the day something that happened on this day is posted on: the same, or the first day after the closed books."""
    closed: date | None = BookClosing.objects.aggregate(last=Max("closed_through"))["last"]
    return on if closed is None or on > closed else closed + timedelta(days=1)
