"""What one person proposes and another decides."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class Proposal(models.Model):
    """Proposed by one person, approved or refused by another; a refusal says why."""

    class Status(models.TextChoices):
        PROPOSED = "PROPOSED", _("proposed")
        APPROVED = "APPROVED", _("approved")
        REFUSED = "REFUSED", _("refused")

    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.PROPOSED)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("proposed by"))
    proposed_at = models.DateTimeField(_("proposed at"))
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("decided by")
    )
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    reason = models.CharField(_("remark of the decision"), max_length=300, blank=True)

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(condition=~Q(decided_by=F("proposed_by")), name="%(class)s_maker_is_not_checker"),
            models.CheckConstraint(
                condition=Q(status="PROPOSED", decided_by=None, decided_at=None)
                | Q(status="APPROVED", decided_by__isnull=False, decided_at__isnull=False)
                | Q(status="REFUSED", decided_by__isnull=False, decided_at__isnull=False) & ~Q(reason=""),
                name="%(class)s_decision_matches_status",
            ),
        ]
