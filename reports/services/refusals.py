"""What is not done to a period or a report, and what to do instead."""

from __future__ import annotations

from core.refusal import Refused


class PeriodNotOver(Refused):
    """The quarter has not ended."""

    code = "period_not_over"


class EarlierPeriodOpen(Refused):
    """An earlier quarter is still open."""

    code = "earlier_period_open"


class AlreadyClosed(Refused):
    """Somebody closed the quarter first."""

    code = "already_closed"


class AlreadyReported(Refused):
    """The closed quarter has its report."""

    code = "already_reported"


class NotReady(Refused):
    """The report is not one that can be issued now."""

    code = "not_ready"


class ReviewedByYou(Refused):
    """Who reviewed a report does not issue it."""

    code = "reviewed_by_you"


class NotACalendar(Refused):
    """Reports cannot be due like that."""

    code = "not_a_calendar"


class NotASubscription(Refused):
    """This address cannot be told of reports."""

    code = "not_a_subscription"
