"""Money that plans hold in reserve: when it expires, and where it goes then."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from django.db.models import QuerySet

from revenue.sharing.engine import Plan, PlanRefused, Text
from revenue.sharing.engine.plan import Take, walk
from revenue.sharing.models import AllocationLine, AllocationRun, HeldLine
from revenue.sharing.planfile import parse


@dataclass(frozen=True, slots=True)
class Terms:
    """What a plan says of a reserve: when it is released, when it expires (None: never) and which pot it goes to then."""

    release: Text
    expires_on: date | None
    then_to: str | None


@lru_cache(maxsize=64)
def parsed(text: str) -> Plan | None:
    """Return a plan file as a plan, read once; None if it can no longer be read."""
    try:
        return parse(text)
    except PlanRefused:
        return None


def terms_of(line: AllocationLine) -> Terms | None:
    """Return what the plan says of a line in reserve; None where it says nothing, or its file can no longer be read."""
    version = line.run.plan_version
    plan = parsed(version.text) if version else None
    holds = [step for step in walk(plan.steps) if isinstance(step, Take) and step.to == line.pot.code and step.terms] if plan else []
    if not holds or holds[0].terms is None:
        return None
    terms = holds[0].terms
    months = terms.expires_after_months
    return Terms(terms.release, later(line.run.tranche.received_on, months) if months else None, terms.then_to)


def later(day: date, months: int) -> date:
    """Return the day so many months later, the last of the month where it has no such day."""
    year, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + year, month + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def held_lines() -> QuerySet[HeldLine]:
    """Return the lines in reserve that were not released, oldest money first."""
    return (
        HeldLine.objects.filter(state=AllocationLine.State.HELD, release_entry=None, amount_minor__gt=0, run__status=AllocationRun.Status.ALLOCATED)
        .select_related("run__tranche", "run__plan_version__project", "pot__project")
        .order_by("run__tranche__received_on", "id")
    )


def expired(*, on: date, lines: Iterable[HeldLine] | None = None) -> list[HeldLine]:
    """Return the reserves that had expired on a day and still wait for somebody to move them."""
    found = []
    for line in held_lines() if lines is None else lines:
        terms = terms_of(line)
        if terms and terms.expires_on and terms.expires_on <= on:
            found.append(line)
    return found
