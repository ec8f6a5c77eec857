"""Who is told by e-mail that a report was issued, and what was sent."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from reports.models.reports import Report
from revenue.credits.models import Project


class Subscriber(models.Model):
    """
    An address that is told of issued reports, of one project or of all.

    It counts once its owner confirmed it, or an officer entered it; its owner can leave at any time.
    """

    email = models.EmailField(_("e-mail"))
    language = models.CharField(_("language"), max_length=2, choices=[("en", "English"), ("km", "ខ្មែរ")], default="km")
    project = models.ForeignKey(Project, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("project"))
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("entered by")
    )
    asked_at = models.DateTimeField(_("asked at"))
    confirmed_at = models.DateTimeField(_("confirmed at"), null=True, blank=True)
    left_at = models.DateTimeField(_("left at"), null=True, blank=True)

    class Meta:
        verbose_name = _("subscriber")
        verbose_name_plural = _("subscribers")
        constraints = [
            models.UniqueConstraint(Lower("email"), "project", name="subscriber_once", nulls_distinct=False),
        ]

    def __str__(self) -> str:
        return self.email


class Notice(models.Model):
    """
    The e-mail about one report to one subscriber: one row, and sent once.

    Whoever sends it claims it first. One that was claimed and never finished may have gone out: it is not sent again.
    """

    class State(models.TextChoices):
        WAITING = "WAITING", _("waiting")
        SENDING = "SENDING", _("being sent")
        SENT = "SENT", _("sent")
        FAILED = "FAILED", _("not sent")

    report = models.ForeignKey(Report, on_delete=models.PROTECT, related_name="notices", verbose_name=_("report"))
    subscriber = models.ForeignKey(Subscriber, on_delete=models.PROTECT, related_name="notices", verbose_name=_("subscriber"))
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    claimed_at = models.DateTimeField(_("claimed at"), null=True, blank=True)
    sent_at = models.DateTimeField(_("sent at"), null=True, blank=True)
    message = models.CharField(_("message"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        constraints = [
            models.UniqueConstraint(fields=["report", "subscriber"], name="notice_once"),
            models.CheckConstraint(
                condition=Q(state="SENT", sent_at__isnull=False) | ~Q(state="SENT") & Q(sent_at=None), name="notice_sent_has_its_time"
            ),
            models.CheckConstraint(condition=~Q(state="SENDING") | Q(claimed_at__isnull=False), name="notice_claimed_has_its_time"),
        ]

    def __str__(self) -> str:
        return f"{self.report} → {self.subscriber}"
