"""The statements of all communities for one period, made as one job of many tasks."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from communities.registry.models import Recipient
from core.models import Job, StoredFile
from reports.models.periods import Period


class StatementSet(models.Model):
    """
    A set: frozen in one moment, drawn by many workers, merged once by whoever finishes last.

    ``status`` moves by compare-and-set; a worker killed in the middle leaves what it finished.
    """

    class Status(models.TextChoices):
        FREEZING = "FREEZING", _("being frozen")
        DRAWING = "DRAWING", _("being drawn")
        MERGING = "MERGING", _("being put together")
        READY = "READY", _("ready")

    period = models.ForeignKey(Period, on_delete=models.PROTECT, related_name="statement_sets", verbose_name=_("period"))
    number = models.PositiveSmallIntegerField(_("number"), default=1)
    status = models.CharField(_("status"), max_length=8, choices=Status, default=Status.FREEZING)
    job = models.ForeignKey(Job, on_delete=models.PROTECT, related_name="+", verbose_name=_("job"))
    merge_job = models.ForeignKey(Job, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("merge"))
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("asked by"))
    asked_at = models.DateTimeField(_("asked at"))
    zip = models.ForeignKey(StoredFile, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("zip"))
    pdf = models.ForeignKey(StoredFile, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("merged PDF"))

    class Meta:
        verbose_name = _("set of community statements")
        verbose_name_plural = _("sets of community statements")
        constraints = [
            models.UniqueConstraint(fields=["period", "number"], name="statement_set_number_once"),
            models.CheckConstraint(
                condition=Q(status="READY", zip__isnull=False, pdf__isnull=False) | ~Q(status="READY") & Q(zip=None, pdf=None),
                name="statement_set_ready_has_its_files",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.period} ({self.number})"


class SetStatement(models.Model):
    """One community's statement of a set: its frozen text, its own task, and the PDF once it is drawn."""

    of = models.ForeignKey(StatementSet, on_delete=models.PROTECT, related_name="statements", verbose_name=_("set"))
    position = models.PositiveIntegerField(_("position"))
    recipient = models.ForeignKey(Recipient, on_delete=models.PROTECT, related_name="+", verbose_name=_("community"))
    text = models.TextField(_("content"))
    sha256 = models.CharField(_("sha256"), max_length=64)
    job = models.ForeignKey(Job, on_delete=models.PROTECT, related_name="+", verbose_name=_("job"))
    pdf = models.ForeignKey(StoredFile, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("PDF"))

    class Meta:
        verbose_name = _("community statement of a set")
        verbose_name_plural = _("community statements of sets")
        constraints = [
            models.UniqueConstraint(fields=["of", "recipient"], name="statement_of_a_set_once"),
            models.UniqueConstraint(fields=["of", "position"], name="statement_position_once"),
        ]

    def __str__(self) -> str:
        return f"{self.of} {self.recipient.code}"
