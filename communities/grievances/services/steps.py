"""One step of a complaint: the row that says so, then where it stands."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from communities.grievances.models import LEVELS, OPEN, Case, Event
from core.clock import day_of
from core.people.models import User

# How long each level has for its answer.
TO_ANSWER = timedelta(days=14)


def take(
    *, case: Case, kind: Event.Kind, status: Case.Status, level: str, by: User | None, at: datetime, text: str, missed: date | None = None
) -> Event:
    """Write the step and move the complaint; the caller holds its lock and records audit."""
    event = Event.objects.create(case=case, kind=kind, text=text, level=level, by=by, at=at, missed=missed)
    case.status, case.level = status, level
    case.answer_by = day_of(at) + TO_ANSWER if status in OPEN else None
    case.save(update_fields=["status", "level", "answer_by"])
    return event


def next_level(level: str) -> str:
    """Return the level above, or an empty text above the ministry."""
    place = LEVELS.index(Case.Level(level)) + 1
    return LEVELS[place] if place < len(LEVELS) else ""


def subject(case: Case) -> str:
    """Return the name of a complaint in the audit trail: it says nothing about anybody."""
    return f"complaint:{case.pk}"
