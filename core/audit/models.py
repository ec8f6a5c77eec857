"""Audit records: who did what, when, from where, before and after. Append-only."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class AuditRecord(models.Model):
    """
    One act by one person (or by the system, when ``actor`` is empty).

    ``content`` is the exact text that was hashed; the other columns repeat parts of it
    for finding. The name is kept as text, so that history outlives the account.
    """

    at = models.DateTimeField(_("at"), db_index=True)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("who"))
    actor_name = models.CharField(_("name"), max_length=120, blank=True)
    act = models.CharField(_("act"), max_length=60)
    subject = models.CharField(_("about"), max_length=120, db_index=True)
    reason = models.TextField(_("reason"), blank=True)
    address = models.CharField(_("from address"), max_length=60, blank=True)
    content = models.TextField(_("content"))
    sha256 = models.CharField(_("sha256"), max_length=64)

    class Meta:
        verbose_name = _("audit record")
        verbose_name_plural = _("audit records")

    def __str__(self) -> str:
        return f"{self.act} {self.subject}"
