"""What a person can do about reports: close a quarter, ask for a report, have it made, review and issue it, and tell of it."""

from reports.services.annexes import ask_annex, build_annex, is_complete
from reports.services.asking import ask_report, make_report, retry_report
from reports.services.building import build
from reports.services.calendars import make_due, set_calendar, stop_calendar
from reports.services.closing import close_period, propose_periods
from reports.services.issuing import issue_report, restate_report, review_report
from reports.services.kept import EDITIONS, LANGUAGES, file_name
from reports.services.notices import (
    CONFIRM,
    LEAVE,
    confirm_subscriber,
    enter_subscriber,
    leave,
    send_notice,
    subscribe,
    subscriber_of,
    sweep_notices,
)
from reports.services.papers import NoSuchEdition, draw_paper, verify_address
from reports.services.refusals import (
    AlreadyClosed,
    AlreadyReported,
    EarlierPeriodOpen,
    NotACalendar,
    NotASubscription,
    NotReady,
    PeriodNotOver,
    ReviewedByYou,
)
from reports.services.statement_sets import ask_statement_set, progress_of, retry_statement_set

__all__ = [
    "CONFIRM",
    "EDITIONS",
    "LANGUAGES",
    "LEAVE",
    "AlreadyClosed",
    "AlreadyReported",
    "EarlierPeriodOpen",
    "NoSuchEdition",
    "NotACalendar",
    "NotASubscription",
    "NotReady",
    "PeriodNotOver",
    "ReviewedByYou",
    "ask_annex",
    "ask_report",
    "ask_statement_set",
    "build",
    "build_annex",
    "close_period",
    "confirm_subscriber",
    "draw_paper",
    "enter_subscriber",
    "file_name",
    "is_complete",
    "issue_report",
    "leave",
    "make_due",
    "make_report",
    "progress_of",
    "propose_periods",
    "restate_report",
    "retry_report",
    "retry_statement_set",
    "review_report",
    "send_notice",
    "set_calendar",
    "stop_calendar",
    "subscribe",
    "subscriber_of",
    "sweep_notices",
    "verify_address",
]
