"""The only place that reads the clock. Called by entry points; the domain gets its dates as arguments."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone


def now() -> datetime:
    """Return the present instant, aware."""
    return timezone.now()


def today() -> date:
    """Return the present day in the programme's own time zone."""
    return day_of(now())


def day_of(at: datetime) -> date:
    """Return the day of an instant in the programme's own time zone."""
    return at.astimezone(ZoneInfo(settings.TIME_ZONE)).date()
