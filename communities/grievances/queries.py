"""Complaints as they may be read: counts for the public with small numbers held back, and what is late."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import QuerySet

from communities.grievances.models import OPEN, Case, Publication

# Fewer than this could point at somebody.
SMALLEST: Final = 5
Counts = dict[str, int | None]


def published_counts(*, first: date, end: date) -> dict[str, Any]:
    """
    Count the complaints received in [first, end) by category and by status; None stands for a number held back.

    Numbers from 1 to 4 are held back, and further ones with them where the rest could be worked out from the total: at least two
    are held back, of at least five complaints together; where that cannot be, the total and all of them are.
    """
    zone = ZoneInfo(settings.TIME_ZONE)
    since, before = (datetime.combine(day, time(), zone) for day in (first, end))
    rows = list(Case.objects.filter(received_at__gte=since, received_at__lt=before).values_list("category", "status"))
    categories = suppressed({name: Counter(row[0] for row in rows)[name] for name in Case.Category.values})
    statuses = suppressed({name: Counter(row[1] for row in rows)[name] for name in Case.Status.values})
    if categories is None or statuses is None:
        return {
            "total": None if rows else 0,
            "by_category": _held(Case.Category.values, {row[0] for row in rows}),
            "by_status": _held(Case.Status.values, {row[1] for row in rows}),
        }
    return {"total": len(rows), "by_category": categories, "by_status": statuses}


def suppressed(counts: Mapping[str, int]) -> Counts | None:
    """Hold back small numbers and what would give them away; return None if the total would still give them away."""
    in_order = sorted((number, name) for name, number in counts.items() if number)
    held = [(number, name) for number, name in in_order if number < SMALLEST]
    rest = in_order[len(held) :]
    while held and (len(held) < 2 or sum(number for number, _name in held) < SMALLEST):
        if not rest:
            return None
        held.append(rest.pop(0))
    names = {name for _number, name in held}
    return {name: None if name in names else number for name, number in counts.items()}


def _held(names: list[str], present: set[str]) -> Counts:
    # Not even which are empty is said: with few complaints that is half of it.
    return dict.fromkeys(names, None if present else 0)


def overdue(*, on: date) -> QuerySet[Case]:
    """Return the complaints that should have been answered before a day."""
    return Case.objects.filter(status__in=sorted(OPEN), answer_by__lt=on)


def publications() -> QuerySet[Publication]:
    """Return what was published, the latest quarter first."""
    return Publication.objects.order_by("-first")
