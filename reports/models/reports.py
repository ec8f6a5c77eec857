"""Frozen figures, the reports they are in, and the files made from them."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from core.models import Job, StoredFile
from reports.models.periods import Period
from revenue.credits.models import Project


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

    Made from a snapshot by a job; reviewed by one person and issued by another, an approver who did not ask for it.
    A corrected report is the next version: it names the one it replaces, and says why.
    """

    class Status(models.TextChoices):
        WAITING = "WAITING", _("waiting")
        READY = "READY", _("draft, to be reviewed")
        REVIEWED = "REVIEWED", _("reviewed, to be issued")
        ISSUED = "ISSUED", _("issued")
        FAILED = "FAILED", _("failed")

    period = models.ForeignKey(Period, on_delete=models.PROTECT, related_name="reports", verbose_name=_("period"))
    project = models.ForeignKey(Project, on_delete=models.PROTECT, null=True, blank=True, related_name="reports", verbose_name=_("project"))
    version = models.PositiveSmallIntegerField(_("version"), default=1)
    # Interim: asked for while the period was open; never published as final.
    is_interim = models.BooleanField(_("interim"), default=False)
    replaces = models.OneToOneField("self", on_delete=models.PROTECT, null=True, blank=True, related_name="replaced_by", verbose_name=_("replaces"))
    # Why a report was made again, as its cover says it.
    reason = models.TextField(_("reason"), blank=True, default="")
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.WAITING)
    snapshot = models.OneToOneField(Snapshot, on_delete=models.PROTECT, null=True, blank=True, related_name="report", verbose_name=_("snapshot"))
    job = models.ForeignKey(Job, on_delete=models.PROTECT, related_name="+", verbose_name=_("job"))
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("asked by")
    )
    asked_at = models.DateTimeField(_("asked at"))
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("reviewed by")
    )
    reviewed_at = models.DateTimeField(_("reviewed at"), null=True, blank=True)
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
            models.CheckConstraint(condition=~Q(issued_by=F("reviewed_by")), name="report_reviewer_does_not_issue"),
            models.CheckConstraint(condition=~Q(is_interim=True, status="ISSUED"), name="report_interim_is_not_issued"),
            models.CheckConstraint(
                condition=Q(replaces=None, reason="") | Q(replaces__isnull=False) & ~Q(reason=""), name="report_made_again_says_why"
            ),
            models.CheckConstraint(
                condition=Q(status__in=["WAITING", "FAILED"], reviewed_by=None, issued_by=None)
                | Q(status="READY", snapshot__isnull=False, reviewed_by=None, issued_by=None)
                | Q(status="REVIEWED", snapshot__isnull=False, reviewed_by__isnull=False, reviewed_at__isnull=False, issued_by=None)
                | Q(
                    status="ISSUED",
                    snapshot__isnull=False,
                    reviewed_by__isnull=False,
                    reviewed_at__isnull=False,
                    issued_by__isnull=False,
                    issued_at__isnull=False,
                ),
                name="report_status_has_its_people",
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
        SIGNED_PDF = "SPDF", _("PDF, signed")
        XLSX = "XLSX", "XLSX"
        CSV = "CSV", "CSV (zip)"
        JSON = "JSON", "JSON"
        ANNEX_PDF = "APDF", _("auditor's annex, PDF")
        ANNEX_SIGNED_PDF = "ASPDF", _("auditor's annex, PDF, signed")
        ANNEX_XLSX = "AXLSX", _("auditor's annex, XLSX")
        ANNEX_CSV = "ACSV", _("auditor's annex, CSV (zip)")

    report = models.ForeignKey(Report, on_delete=models.PROTECT, related_name="files", verbose_name=_("report"))
    format = models.CharField(_("format"), max_length=5, choices=Format)
    language = models.CharField(
        _("language"), max_length=4, choices=[("en", "English"), ("km", "ខ្មែរ"), ("both", _("Khmer and English"))], default="en"
    )
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
        return self.format in (self.Format.PDF, self.Format.SIGNED_PDF, self.Format.XLSX, self.Format.CSV, self.Format.JSON)
