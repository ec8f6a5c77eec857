"""Periods, frozen snapshots, and the files made from them."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from core.models import Job, StoredFile
from revenue.credits.models import Project


class Period(models.Model):
    """A quarter of the whole programme: [first, end). Closed, its books never move."""

    class Status(models.TextChoices):
        OPEN = "OPEN", _("open")
        PROPOSED = "PROPOSED", _("due to be closed")
        CLOSED = "CLOSED", _("closed")

    label = models.CharField(_("period"), max_length=10, unique=True)
    first = models.DateField(_("first day"), unique=True)
    end = models.DateField(_("end (day after)"))
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.OPEN)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("closed by")
    )
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)

    class Meta:
        verbose_name = _("period")
        verbose_name_plural = _("periods")
        constraints = [
            models.CheckConstraint(condition=Q(end__gt=F("first")), name="period_ends_after_it_begins"),
            models.CheckConstraint(
                condition=Q(status="CLOSED", closed_by__isnull=False, closed_at__isnull=False)
                | ~Q(status="CLOSED") & Q(closed_by=None, closed_at=None),
                name="period_closed_by_someone",
            ),
        ]

    def __str__(self) -> str:
        return self.label


class Snapshot(models.Model):
    """The figures of one report, frozen: canonical JSON and its sha256. Append-only; every file is drawn from it."""

    period = models.ForeignKey(Period, on_delete=models.PROTECT, related_name="snapshots", verbose_name=_("period"))
    project = models.ForeignKey(Project, on_delete=models.PROTECT, null=True, blank=True, related_name="snapshots", verbose_name=_("project"))
    schema = models.CharField(_("schema"), max_length=40)
    text = models.TextField(_("content"))
    sha256 = models.CharField(_("sha256"), max_length=64)
    frozen_at = models.DateTimeField(_("frozen at"))

    class Meta:
        verbose_name = _("snapshot")
        verbose_name_plural = _("snapshots")

    def __str__(self) -> str:
        return f"{self.period} {self.project or ''} {self.sha256[:10]}"


class Report(models.Model):
    """
    A reinvestment report: one scope (a project, or the programme when empty) and one period.

    Made from a snapshot by a job; issued by an approver who did not ask for it; a corrected report is
    the next version and names the one it replaces.
    """

    class Status(models.TextChoices):
        WAITING = "WAITING", _("waiting")
        READY = "READY", _("ready to be issued")
        ISSUED = "ISSUED", _("issued")
        FAILED = "FAILED", _("failed")

    period = models.ForeignKey(Period, on_delete=models.PROTECT, related_name="reports", verbose_name=_("period"))
    project = models.ForeignKey(Project, on_delete=models.PROTECT, null=True, blank=True, related_name="reports", verbose_name=_("project"))
    version = models.PositiveSmallIntegerField(_("version"), default=1)
    # Interim: asked for while the period was open; never published as final.
    is_interim = models.BooleanField(_("interim"), default=False)
    replaces = models.OneToOneField("self", on_delete=models.PROTECT, null=True, blank=True, related_name="replaced_by", verbose_name=_("replaces"))
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.WAITING)
    snapshot = models.OneToOneField(Snapshot, on_delete=models.PROTECT, null=True, blank=True, related_name="report", verbose_name=_("snapshot"))
    job = models.ForeignKey(Job, on_delete=models.PROTECT, related_name="+", verbose_name=_("job"))
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("asked by")
    )
    asked_at = models.DateTimeField(_("asked at"))
    issued_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("issued by")
    )
    issued_at = models.DateTimeField(_("issued at"), null=True, blank=True)

    class Meta:
        verbose_name = _("report")
        verbose_name_plural = _("reports")
        constraints = [
            models.UniqueConstraint(fields=["period", "project", "version"], name="report_version_once", nulls_distinct=False),
            models.CheckConstraint(condition=~Q(issued_by=F("asked_by")), name="report_maker_is_not_checker"),
            models.CheckConstraint(
                condition=Q(status__in=["WAITING", "FAILED"], issued_by=None)
                | Q(status="READY", snapshot__isnull=False, issued_by=None)
                | Q(status="ISSUED", snapshot__isnull=False, issued_by__isnull=False, issued_at__isnull=False),
                name="report_status_has_its_snapshot",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.project or _('programme')} {self.period} v{self.version}"

    def listed_files(self) -> list[ReportFile]:
        """Return the files that are published with it, as people look for them: the PDF first."""
        order = list(ReportFile.Format)
        public = (row for row in self.files.all() if row.is_public)
        return sorted(public, key=lambda row: (order.index(ReportFile.Format(row.format)), row.language))

    def annex_files(self) -> list[ReportFile]:
        """Return the files of its auditor's annex, which are not published."""
        return sorted((row for row in self.files.all() if not row.is_public), key=lambda row: (row.format, row.language))


class ReportFile(models.Model):
    """One rendering of a report. Append-only: the same snapshot gives the same bytes."""

    class Format(models.TextChoices):
        PDF = "PDF", "PDF"
        XLSX = "XLSX", "XLSX"
        CSV = "CSV", "CSV (zip)"
        JSON = "JSON", "JSON"
        ANNEX_PDF = "APDF", _("auditor's annex, PDF")
        ANNEX_XLSX = "AXLSX", _("auditor's annex, XLSX")
        ANNEX_CSV = "ACSV", _("auditor's annex, CSV (zip)")

    report = models.ForeignKey(Report, on_delete=models.PROTECT, related_name="files", verbose_name=_("report"))
    format = models.CharField(_("format"), max_length=5, choices=Format)
    language = models.CharField(_("language"), max_length=2, choices=[("en", "English"), ("km", "ខ្មែរ")], default="en")
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+", verbose_name=_("file"))

    class Meta:
        verbose_name = _("report file")
        verbose_name_plural = _("report files")
        constraints = [models.UniqueConstraint(fields=["report", "format", "language"], name="report_file_once")]

    def __str__(self) -> str:
        return f"{self.report} {self.format} {self.language}"

    @property
    def is_public(self) -> bool:
        """Whether it is published with its report: an annex names people, and is for who reads the books."""
        return self.format in (self.Format.PDF, self.Format.XLSX, self.Format.CSV, self.Format.JSON)
