"""The office pages of periods, reports and their snapshots."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.acts import Act, Asked, Fact
from core.admin import HouseAdmin
from core.people.access import CHECKERS, OFFICERS
from reports import services
from reports.forms import AskReportForm, RestateForm
from reports.models import Period, Report, ReportFile, Snapshot
from reports.words import own_name


def _close(asked: Asked) -> str:
    made = services.close_period(period_id=asked.row.pk, by=asked.by, at=asked.at)
    return _("%(period)s is closed. %(count)d reports are being made.") % {"period": asked.row, "count": len(made)}


def _ask(asked: Asked) -> str:
    report = services.ask_report(period=asked.data["period"], project_code=asked.data["project"], by=asked.by, at=asked.at)
    return _("The report %(report)s is being made.") % {"report": report}


def _issue(asked: Asked) -> str:
    services.issue_report(report_id=asked.row.pk, by=asked.by, at=asked.at)
    return _("%(report)s is issued: the public can read it.") % {"report": asked.row}


def _review(asked: Asked) -> str:
    services.review_report(report_id=asked.row.pk, by=asked.by, at=asked.at)
    return _("%(report)s is reviewed: an approver can issue it.") % {"report": asked.row}


def _restate(asked: Asked) -> str:
    made = services.restate_report(report_id=asked.row.pk, reason=asked.data["reason"], by=asked.by, at=asked.at)
    return _("%(report)s is being made; it replaces version %(version)s.") % {"report": made, "version": asked.row.version}


def _can_be_restated(row: Report) -> bool:
    return row.snapshot_id is not None and not row.is_interim and not hasattr(row, "replaced_by")


def _retry(asked: Asked) -> str:
    services.retry_report(report_id=asked.row.pk, by=asked.by, at=asked.at)
    return _("%(report)s is in the queue again.") % {"report": asked.row}


def _state_of(report: Report) -> str:
    """Say where a report stands; an interim one is never waiting to be issued."""
    if report.is_interim and report.status == Report.Status.READY:
        return _("interim, of %(day)s") % {"day": date_format(report.asked_at, "DATE_FORMAT")}
    return report.get_status_display()


def _annex(asked: Asked) -> str:
    services.ask_annex(report_id=asked.row.pk, by=asked.by, at=asked.at)
    return _("The annex of %(report)s is being made: its files appear on this page.") % {"report": asked.row}


@admin.register(Period)
class PeriodAdmin(HouseAdmin):
    list_display = ("label", "first", "end", "status", "closed_by", "closed_at")
    list_select_related = ("closed_by",)
    list_filter = ("status",)
    ordering = ("-first",)
    empty_list_sentence = gettext_lazy("No quarter yet: they appear with the first receipt.")
    acts = (
        Act(
            name="close",
            title=gettext_lazy("Close this quarter"),
            roles=OFFICERS,
            run=_close,
            possible=lambda row: row.status == Period.Status.PROPOSED,
            explanation=gettext_lazy(
                "Closing is for good: nothing can be posted into these days any more. A record that comes later is posted on the first "
                "open day and shown as late. A report is made for each project and for the programme."
            ),
        ),
    )

    def made_of(self, row: Period) -> Iterable[tuple[str, Iterable[Fact]]]:
        facts = [
            Fact(str(report), _state_of(report), self._report_url(report))
            for report in row.reports.select_related("project").order_by("project__name", "version")
        ]
        yield _("Reports"), facts

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        # Books are closed by quarter: months, years and other days are there for their reports only.
        found: QuerySet[Any] = super().get_queryset(request)
        return found.filter(kind=Period.Kind.QUARTER)

    def _report_url(self, report: Report) -> str:
        return reverse("admin:reports_report_change", args=[report.pk])


@admin.register(Report)
class ReportAdmin(HouseAdmin):
    list_display = ("name", "period", "version", "is_interim", "status", "how_far", "asked_by", "issued_by", "issued_at")
    list_filter = ("status", "is_interim", "period", "project")
    ordering = ("-period__first", "project__name", "-version")
    fields = ("name", "period", "kind", "version", "replaces", "reason", "status", "how_far", "asked_by", "asked_at",
              "reviewed_by", "reviewed_at", "issued_by", "issued_at")  # fmt: skip
    empty_list_sentence = gettext_lazy("No report yet: ask for one, or close a quarter.")
    new_acts = (
        Act(
            name="ask",
            title=gettext_lazy("Ask for a report"),
            roles=OFFICERS,
            run=_ask,
            form=AskReportForm,
            explanation=gettext_lazy("While a day of the period is open its report is interim: it shows how things stand today and is not issued."),
        ),
    )
    acts = (
        Act(
            name="review",
            title=gettext_lazy("Review this draft"),
            button=gettext_lazy("I have read it"),
            roles=OFFICERS,
            run=_review,
            possible=lambda row: row.status == Report.Status.READY and not row.is_interim and not hasattr(row, "replaced_by"),
            explanation=gettext_lazy(
                "Open its PDF and read it to the end: the figures, what is late, and what stands still. Who reviews a report does not issue it."
            ),
        ),
        Act(
            name="issue",
            title=gettext_lazy("Issue this report"),
            roles=CHECKERS,
            run=_issue,
            possible=lambda row: row.status == Report.Status.REVIEWED and not hasattr(row, "replaced_by"),
            maker=lambda row: row.asked_by_id,
            explanation=gettext_lazy(
                "Read its PDF first. An issued report is public and cannot be taken back: a mistake is corrected by a next version."
            ),
        ),
        Act(
            name="restate",
            title=gettext_lazy("Make a corrected version"),
            roles=OFFICERS,
            run=_restate,
            form=RestateForm,
            possible=_can_be_restated,
            explanation=gettext_lazy(
                "For when something that belongs to these days was recorded later, or corrected. The next version counts it where it belongs, "
                "says so on its cover, and lists each changed figure with the entries that changed it. This version stays as it is."
            ),
        ),
        Act(
            name="retry",
            title=gettext_lazy("Try again"),
            roles=OFFICERS,
            run=_retry,
            possible=lambda row: row.status == Report.Status.FAILED,
        ),
        Act(
            name="annex",
            title=gettext_lazy("Make the auditor's annex"),
            roles=OFFICERS,
            run=_annex,
            possible=lambda row: row.snapshot_id is not None and not services.is_complete(report=row),
            explanation=gettext_lazy("Every line behind the figures, as PDF, XLSX and CSV. It names people: it is not published with the report."),
        ),
    )

    @admin.display(description=gettext_lazy("about"))
    def name(self, row: Report) -> str:
        return own_name(row.project.name, row.project.name_km) if row.project else _("The whole programme")

    @admin.display(description=gettext_lazy("kind"))
    def kind(self, row: Report) -> str:
        return _("interim, of open days") if row.is_interim else _("of closed days")

    @admin.display(description=gettext_lazy("progress"))
    def how_far(self, row: Report) -> str | SafeString:
        if row.status not in (Report.Status.WAITING, Report.Status.FAILED):
            return "100 %"
        return format_html("<progress max=100 value={}>{} %</progress> {}", row.job.percent, row.job.percent, row.job.sentence)

    def made_of(self, row: Report) -> Iterable[tuple[str, Iterable[Fact]]]:
        yield _("Files"), [self._file_fact(row, file) for file in row.listed_files()]
        annex = row.annex_files()
        if annex:
            yield _("Auditor's annex"), [self._file_fact(row, file) for file in annex]
        if row.snapshot:
            yield (
                _("Figures"),
                [
                    Fact(_("Main figures"), row.snapshot.sha256[:16], reverse("reports:report", args=[row.pk])),
                    Fact(_("Snapshot"), row.snapshot.sha256, reverse("admin:reports_snapshot_change", args=[row.snapshot.pk])),
                ],
            )
        elif row.status != Report.Status.FAILED:
            yield _("Progress"), [Fact(row.job.sentence or _("waiting"), f"{row.job.percent} %", reverse("reports:progress", args=[row.pk]))]

    def _file_fact(self, row: Report, file: ReportFile) -> Fact:
        name = services.file_name(report=row, kind=file.format, language=file.language)
        return Fact(f"{file.get_format_display()} {file.get_language_display()}", name, reverse("reports:file", args=[file.pk]))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        found: QuerySet[Any] = super().get_queryset(request)
        return found.select_related("period", "project", "job", "snapshot", "replaced_by", "asked_by", "issued_by")


@admin.register(Snapshot)
class SnapshotAdmin(HouseAdmin):
    list_display = ("period", "project", "schema", "sha256", "frozen_at")
    list_select_related = ("period", "project")
    list_filter = ("period", "project")
    ordering = ("-id",)
