"""When reports are due, and what became of each."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from reports.models.periods import Period
from reports.models.reports import Report
from revenue.credits.models import Project

LONGEST_WAIT = 366


class Calendar(models.Model):
    """A report that is due again and again: of a project (or the programme), so many days after each month, quarter or year."""

    class Every(models.TextChoices):
        MONTH = "MONTH", _("month")
        QUARTER = "QUARTER", _("quarter")
        YEAR = "YEAR", _("year")

    project = models.ForeignKey(Project, on_delete=models.PROTECT, null=True, blank=True, related_name="calendars", verbose_name=_("project"))
    every = models.CharField(_("every"), max_length=8, choices=Every)
    days_after = models.PositiveSmallIntegerField(_("days after its end"))
    begins = models.DateField(_("from the period of this day"))
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("set by"))
    set_at = models.DateTimeField(_("set at"))
    stopped_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("stopped by")
    )
    stopped_at = models.DateTimeField(_("stopped at"), null=True, blank=True)

    class Meta:
        verbose_name = _("calendar of reports")
        verbose_name_plural = _("calendars of reports")
        constraints = [
            models.UniqueConstraint(fields=["project", "every"], condition=Q(stopped_at=None), name="calendar_once", nulls_distinct=False),
            models.CheckConstraint(condition=Q(days_after__lte=LONGEST_WAIT), name="calendar_within_a_year"),
            models.CheckConstraint(
                condition=Q(stopped_at=None, stopped_by=None) | Q(stopped_at__isnull=False, stopped_by__isnull=False),
                name="calendar_stopped_by_someone",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.project or _('programme')}: {self.get_every_display()}"


class DueReport(models.Model):
    """
    One report that a calendar made due. The row is made once, whoever looks first and however late.

    While the books of its days are open it has an interim report; its own comes when they are closed.
    """

    calendar = models.ForeignKey(Calendar, on_delete=models.PROTECT, related_name="due", verbose_name=_("calendar"))
    period = models.ForeignKey(Period, on_delete=models.PROTECT, related_name="+", verbose_name=_("period"))
    due_on = models.DateField(_("due on"))
    interim = models.ForeignKey(Report, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("interim report"))
    report = models.ForeignKey(Report, on_delete=models.PROTECT, null=True, blank=True, related_name="due", verbose_name=_("report"))
    retries = models.PositiveSmallIntegerField(_("tried again"), default=0)

    class Meta:
        verbose_name = _("report that is due")
        verbose_name_plural = _("reports that are due")
        constraints = [models.UniqueConstraint(fields=["calendar", "period"], name="due_report_once")]

    def __str__(self) -> str:
        return f"{self.calendar.project or _('programme')} {self.period}"

    @property
    def newest(self) -> Report | None:
        """The report itself, or the interim one while there is no other."""
        return self.report or self.interim
