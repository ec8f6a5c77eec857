"""Propose the quarters that have ended, and close one."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Min
from django.utils.translation import gettext as _

from core.audit.services import record
from core.people.access import OFFICERS, require_role
from core.people.models import User
from reports.models import Period, Report
from reports.periods import quarter_of
from reports.services.asking import local_day, new_report, period_row
from reports.services.refusals import AlreadyClosed, EarlierPeriodOpen, PeriodNotOver
from revenue.credits.models import Project
from revenue.ledger.models import Tranche
from revenue.ledger.services import close_books


def propose_periods(*, today: date, since: date | None = None) -> list[Period]:
    """
    Make a row for each quarter since the first money, and propose the ended ones for closing; returns the newly proposed.

    ``since`` names an earlier day, where older money is still to be entered: no later quarter can be closed before its own.
    """
    oldest = min(filter(None, (since, Tranche.objects.aggregate(first=Min("received_on"))["first"])), default=None)
    if oldest is None:
        return []
    quarter, proposed = quarter_of(oldest), []
    while quarter.first <= today:
        period = period_row(span=quarter)
        if quarter.end <= today and Period.objects.filter(id=period.pk, status=Period.Status.OPEN).update(status=Period.Status.PROPOSED):
            proposed.append(period)
        quarter = quarter.next
    return proposed


@transaction.atomic
def close_period(*, period_id: int, by: User, at: datetime) -> list[Report]:
    """
    Close a quarter's books for good, and ask for its reports: one for each project and one for the programme.

    :raises NotYours: if the person is not a finance officer or approver
    :raises PeriodNotOver: if the quarter has days to come
    :raises EarlierPeriodOpen: if an earlier quarter is open
    :raises AlreadyClosed: if somebody closed it first
    """
    require_role(person=by, roles=OFFICERS)
    period = Period.objects.get(id=period_id)
    _refuse_unless_closable(period=period, today=local_day(at))
    closed = Period.objects.filter(id=period_id).exclude(status=Period.Status.CLOSED).update(status=Period.Status.CLOSED, closed_by=by, closed_at=at)
    if closed != 1:
        raise AlreadyClosed(_("%(period)s is already closed.") % {"period": period}, next_step=_("Look at its reports."))
    close_books(through=period.end - timedelta(days=1), by_id=by.pk, at=at)
    made = [new_report(period=period, project=project, by=by, at=at, is_interim=False) for project in [*Project.objects.order_by("code"), None]]
    record(act="period.close", subject=f"period:{period.label}", by=by, at=at, after={"closed_through": (period.end - timedelta(days=1)).isoformat()})
    return made


def _refuse_unless_closable(*, period: Period, today: date) -> None:
    if period.end > today:
        raise PeriodNotOver(
            _("%(period)s ends on %(last)s.") % {"period": period, "last": period.end - timedelta(days=1)},
            next_step=_("Ask for an interim report instead."),
        )
    earlier = Period.objects.filter(kind=Period.Kind.QUARTER, first__lt=period.first).exclude(status=Period.Status.CLOSED).order_by("first").first()
    if earlier:
        raise EarlierPeriodOpen(_("%(period)s is still open.") % {"period": earlier}, next_step=_("Close it first: books close in order."))
