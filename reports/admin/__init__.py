"""The office pages of periods, reports, their calendars, who is told, and the statements of communities."""

from reports.admin import reports, schedules, statements

__all__ = ["reports", "schedules", "statements"]
