"""The days reports are about."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class Period(models.Model):
    """
    Days of the whole programme, [first, end). Books are closed by quarter, and a closed quarter never moves.

    A month, a year or any other days are a period of a report too; their books are closed once the quarters they
    lie in are, so that such a row itself stays as it is.
    """

    class Kind(models.TextChoices):
        MONTH = "MONTH", _("month")
        QUARTER = "QUARTER", _("quarter")
        YEAR = "YEAR", _("year")
        RANGE = "RANGE", _("other days")

    class Status(models.TextChoices):
        OPEN = "OPEN", _("open")
        PROPOSED = "PROPOSED", _("due to be closed")
        CLOSED = "CLOSED", _("closed")

    label = models.CharField(_("period"), max_length=24, unique=True)
    kind = models.CharField(_("kind"), max_length=8, choices=Kind, default=Kind.QUARTER)
    first = models.DateField(_("first day"))
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
            models.UniqueConstraint(fields=["first", "end"], name="period_days_once"),
            models.UniqueConstraint(fields=["first"], condition=Q(kind="QUARTER"), name="period_quarter_once"),
            models.CheckConstraint(condition=Q(kind="QUARTER") | Q(status="OPEN"), name="period_only_quarters_close"),
            models.CheckConstraint(
                condition=Q(status="CLOSED", closed_by__isnull=False, closed_at__isnull=False)
                | ~Q(status="CLOSED") & Q(closed_by=None, closed_at=None),
                name="period_closed_by_someone",
            ),
        ]

    def __str__(self) -> str:
        return self.label
