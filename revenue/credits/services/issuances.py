"""Credits that a registry issued."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from core.audit.services import record
from core.clock import day_of
from core.people.access import MAKERS, require_role
from core.people.models import User
from revenue.credits.models import Issuance, Project
from revenue.credits.refusals import SerialsTaken, WrongValue, check_day, sentences
from revenue.credits.serials import SerialRange, series


def record_issuance(
    *,
    project_id: int,
    first: int,
    last: int,
    serial_text: str,
    vintage_start: date,
    vintage_end: date,
    issued_on: date,
    by: User,
    at: datetime,
    unit_type: str = Issuance.UnitType.REDUCTION,
    methodology: str = "",
    certifications: str = "",
) -> Issuance:
    """
    Record one block of credits by hand; both serial numbers and both days of the vintage are included.

    The same block recorded twice is one.

    :raises SerialsTaken: if some of the credits are in another block of the series
    :raises NotARange, WrongValue: if the numbers or dates cannot be right
    """
    require_role(person=by, roles=MAKERS)
    numbers = SerialRange(first, last)
    check_day(day=issued_on, today=day_of(at), field="issued_on")
    if vintage_end < vintage_start:
        raise WrongValue(_("The vintage ends before it starts."), field="vintage_end")
    check_day(day=vintage_start, today=issued_on, field="vintage_start")
    with sentences(), transaction.atomic():
        project = Project.objects.get(id=project_id)
        issuance = Issuance(
            project=project,
            series=series(registry=project.registry, programme_id=project.programme_id, vintage_start=vintage_start, vintage_end=vintage_end),
            serial_text=serial_text.strip() or f"{project.programme_id} {first}-{last}",
            first=first, last=last, quantity=numbers.quantity, vintage_start=vintage_start, vintage_end=vintage_end,
            issued_on=issued_on, unit_type=Issuance.UnitType(unit_type), methodology=methodology, certifications=certifications,
        )  # fmt: skip
        before = overlapping(series_key=issuance.series, numbers=numbers)
        if before is not None and _same(before, issuance):
            return before
        if before is not None:
            raise taken(before)
        issuance.save()
        after = {"first": first, "last": last, "quantity": numbers.quantity, "series": issuance.series}
        record(act="issuance.record", subject=f"project:{project.code}", by=by, at=at, after=after)
    return issuance


def overlapping(*, series_key: str, numbers: SerialRange) -> Issuance | None:
    """Return a block of the series that holds one of these credits already."""
    return Issuance.objects.filter(series=series_key, first__lte=numbers.last, last__gte=numbers.first).order_by("first").first()


def taken(before: Issuance) -> SerialsTaken:
    """Say in which block some of the credits are."""
    return SerialsTaken(
        _("Some of these credits were issued in %(block)s already.") % {"block": f"{before.first}–{before.last} ({before.issued_on.isoformat()})"},
        field="first",
        next_step=_("Compare them with the issuances of this project."),
    )


def _same(one: Issuance, other: Issuance) -> bool:
    facts = ("project_id", "first", "last", "serial_text", "issued_on", "unit_type")
    return all(getattr(one, fact) == getattr(other, fact) for fact in facts)
