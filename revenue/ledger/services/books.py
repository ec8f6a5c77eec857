"""Close the books through a day."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction

from revenue.ledger.models import BookClosing
from revenue.ledger.refusals import sentences


def close_books(*, through: date, by_id: int, at: datetime) -> None:
    """
    Close the books through a day: nothing is posted on it or before it any more. Closing the same day twice is once.

    Waits for postings that are being written; those that come later are refused by the database.

    :raises BooksClosed: if they are closed beyond that day
    """
    if BookClosing.objects.filter(closed_through=through).exists():
        return
    with sentences(), transaction.atomic():
        BookClosing.objects.create(closed_through=through, closed_at=at, closed_by_id=by_id)
