"""Periods, frozen figures, reports and papers, when they are due, who is told, and the sets for notice boards."""

from reports.models.calendars import Calendar, DueReport
from reports.models.papers import Paper
from reports.models.periods import Period
from reports.models.reports import Report, ReportFile, Snapshot
from reports.models.statements import SetStatement, StatementSet
from reports.models.subscriptions import Notice, Subscriber

__all__ = [
    "Calendar",
    "DueReport",
    "Notice",
    "Paper",
    "Period",
    "Report",
    "ReportFile",
    "SetStatement",
    "Snapshot",
    "StatementSet",
    "Subscriber",
]
