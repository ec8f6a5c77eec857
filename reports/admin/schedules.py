"""The office pages of calendars, of what is due, and of who is told by e-mail."""

from __future__ import annotations

from django.contrib import admin
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.acts import Act, Asked
from core.admin import HouseAdmin, row_link
from core.people.access import OFFICERS
from reports import services
from reports.forms import CalendarForm, SubscriberForm
from reports.models import Calendar, DueReport, Notice, Report, Subscriber
from reports.words import own_name


def _set(asked: Asked) -> str:
    made = services.set_calendar(
        project_code=asked.data["project"], every=asked.data["every"], days_after=asked.data["days_after"], begins=asked.data["begins"],
        by=asked.by, at=asked.at,
    )  # fmt: skip
    return _("The calendar “%(calendar)s” is set: its reports are asked for by themselves.") % {"calendar": made}


def _stop(asked: Asked) -> str:
    services.stop_calendar(calendar_id=asked.row.pk, by=asked.by, at=asked.at)
    return _("The calendar “%(calendar)s” is stopped.") % {"calendar": asked.row}


def _enter(asked: Asked) -> str:
    made = services.enter_subscriber(
        email=asked.data["email"], language=asked.data["language"], project_code=asked.data["project"], by=asked.by, at=asked.at
    )
    return _("%(email)s is told of issued reports from now on.") % {"email": made.email}


def standing_of(row: DueReport) -> str:
    """Say where a report that is due stands."""
    report = row.newest
    if report is None:
        return _("due")
    if report.status == Report.Status.WAITING:
        return _("running: %(percent)s %%") % {"percent": report.job.percent}
    if report.status == Report.Status.FAILED:
        return _("failed: %(why)s") % {"why": report.job.sentence}
    if row.report is None:
        return _("interim, of %(day)s; its own comes when the books are closed") % {"day": date_format(report.asked_at, "DATE_FORMAT")}
    return report.get_status_display()


@admin.register(Calendar)
class CalendarAdmin(HouseAdmin):
    list_display = ("name", "every", "days_after", "begins", "set_by", "stopped_at")
    list_filter = ("every", "project")
    ordering = ("project__name", "every")
    list_select_related = ("project", "set_by")
    empty_list_sentence = gettext_lazy("No calendar yet: reports are made when a quarter is closed, or when somebody asks.")
    new_acts = (
        Act(
            name="set",
            title=gettext_lazy("Set a calendar"),
            roles=OFFICERS,
            run=_set,
            form=CalendarForm,
            explanation=gettext_lazy(
                "On its day each report is asked for by itself, once, even if nothing was running on that day. While the books of its days are open "
                "it is interim; the one that can be issued follows when they are closed."
            ),
        ),
    )
    acts = (
        Act(
            name="stop",
            title=gettext_lazy("Stop this calendar"),
            roles=OFFICERS,
            run=_stop,
            possible=lambda row: row.stopped_at is None,
            explanation=gettext_lazy("Nothing more becomes due by it. What was made stays."),
        ),
    )

    @admin.display(description=gettext_lazy("about"))
    def name(self, row: Calendar) -> str:
        return own_name(row.project.name, row.project.name_km) if row.project else _("The whole programme")


@admin.register(DueReport)
class DueReportAdmin(HouseAdmin):
    list_display = ("about", "period", "due_on", "standing", "report_page", "retries")
    list_filter = ("calendar__every", "calendar__project")
    ordering = ("-due_on", "-id")
    list_select_related = (
        "calendar__project",
        "period",
        "report__job",
        "report__period",
        "report__project",
        "interim__job",
        "interim__period",
        "interim__project",
    )
    empty_list_sentence = gettext_lazy("Nothing has become due yet.")

    @admin.display(description=gettext_lazy("about"))
    def about(self, row: DueReport) -> str:
        project = row.calendar.project
        return own_name(project.name, project.name_km) if project else _("The whole programme")

    @admin.display(description=gettext_lazy("where it stands"))
    def standing(self, row: DueReport) -> str:
        return standing_of(row)

    @admin.display(description=gettext_lazy("report"))
    def report_page(self, row: DueReport) -> str:
        return row_link(row.newest)


@admin.register(Subscriber)
class SubscriberAdmin(HouseAdmin):
    list_display = ("email", "language", "project", "entered_by", "asked_at", "confirmed_at", "left_at")
    list_filter = ("language", "project")
    search_fields = ("email",)
    ordering = ("email",)
    list_select_related = ("project", "entered_by")
    empty_list_sentence = gettext_lazy("Nobody yet: people subscribe on the page of published reports, or you enter their address.")
    new_acts = (
        Act(
            name="enter",
            title=gettext_lazy("Enter an address"),
            roles=OFFICERS,
            run=_enter,
            form=SubscriberForm,
            explanation=gettext_lazy("Only for somebody who asked you. Each e-mail has a link by which they leave."),
        ),
    )


@admin.register(Notice)
class NoticeAdmin(HouseAdmin):
    list_display = ("report", "subscriber", "state", "attempts", "sent_at", "message")
    list_filter = ("state",)
    ordering = ("-id",)
    list_select_related = ("report__period", "report__project", "subscriber")
    empty_list_sentence = gettext_lazy("No e-mail yet: they are sent when a report is issued.")
