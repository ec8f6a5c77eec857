"""What the calendar does: take complaints nobody answered to the next level, and publish the counts of a quarter that is over."""

from __future__ import annotations

from datetime import date, datetime

from django.db import IntegrityError, transaction

from communities.grievances.models import LEVELS, OPEN, Case, Event, Publication
from communities.grievances.queries import published_counts
from communities.grievances.services.steps import next_level, subject, take
from core.audit.services import record
from core.clock import day_of


def escalate_overdue(*, at: datetime) -> int:
    """Take every complaint whose day has passed to the next level, once for that day; return how many. The ministry's stay, and are shown as late."""
    late = Case.objects.filter(status__in=sorted(OPEN), answer_by__lt=day_of(at)).exclude(level=LEVELS[-1])
    return sum(_escalate_one(case_id=pk, at=at) for pk in late.order_by("pk").values_list("pk", flat=True))


@transaction.atomic
def _escalate_one(*, case_id: int, at: datetime) -> bool:
    case = Case.objects.select_for_update().get(pk=case_id)
    missed, level = case.answer_by, next_level(case.level)
    if case.status not in OPEN or missed is None or missed >= day_of(at) or not level:
        return False
    take(case=case, kind=Event.Kind.ESCALATED, status=Case.Status(case.status), level=level, by=None, at=at, text="", missed=missed)
    record(act="complaint.escalate", subject=subject(case), by=None, at=at, after={"level": level, "missed": missed.isoformat()})
    return True


def publish_counts(*, at: datetime) -> Publication | None:
    """Freeze the counts of the last whole quarter, once; return None if they were published before."""
    first, end = _last_quarter(day_of(at))
    if Publication.objects.filter(first=first).exists():
        return None
    try:
        with transaction.atomic():
            counts = published_counts(first=first, end=end)
            made = Publication.objects.create(first=first, end=end, counts=counts, published_at=at)
            record(act="complaint.publish", subject=f"complaints:{first.isoformat()}", by=None, at=at)
            return made
    except IntegrityError:
        return None


def _last_quarter(today: date) -> tuple[date, date]:
    end = date(today.year, (today.month - 1) // 3 * 3 + 1, 1)
    first = date(end.year - 1, 10, 1) if end.month == 1 else date(end.year, end.month - 3, 1)
    return first, end
