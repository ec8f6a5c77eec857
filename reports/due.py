"""The reports part of the officers' first page: what is due, running, failed or issued."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from reports.models import DueReport, Report
from reports.words import own_name

MOST_SHOWN = 12
# What was issued stays in sight for so long.
SHOWN_AFTER = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class DueLine:
    """One report that is or was due: what it is about, where it stands, and what can be done."""

    title: str
    due_on: str
    state: str
    sentence: str
    percent: int | None
    url: str
    retry_url: str


def due_lines(*, at: datetime) -> list[DueLine]:
    """Return what is due and not issued, oldest first, and then what was issued lately."""
    rows = DueReport.objects.select_related("calendar__project", "period", "report__job", "interim__job", "report__replaced_by")
    issued = Q(report__status=Report.Status.ISSUED)
    waiting = list(rows.exclude(issued).order_by("due_on", "id")[:MOST_SHOWN])
    lately = list(rows.filter(issued, report__issued_at__gte=at - SHOWN_AFTER).order_by("-due_on", "-id")[: MOST_SHOWN // 2])
    return [_line(row) for row in [*waiting, *lately]]


def _line(row: DueReport) -> DueLine:
    project = row.calendar.project
    about = own_name(project.name, project.name_km) if project else _("The whole programme")
    report = row.newest
    state, sentence = _standing(row, report)
    return DueLine(
        title=f"{about} {row.period.label}",
        due_on=row.due_on.isoformat(),
        state=state,
        sentence=sentence,
        percent=report.job.percent if report and report.status == Report.Status.WAITING else None,
        url=reverse("admin:reports_report_change", args=[report.pk]) if report else reverse("admin:reports_duereport_changelist"),
        retry_url=reverse("admin:reports_report_act", args=[report.pk, "retry"]) if report and state == "failed" else "",
    )


def _standing(row: DueReport, report: Report | None) -> tuple[str, str]:
    if report is None:
        return "due", _("due")
    if report.status == Report.Status.WAITING:
        return "running", report.job.sentence or _("waiting for a worker")
    if report.status == Report.Status.FAILED:
        return "failed", report.job.sentence
    if row.report is None:
        return "open", _("interim; its own comes when the books are closed")
    return ("issued" if report.status == Report.Status.ISSUED else "ready"), report.get_status_display()
