"""Papers that are drawn on demand, kept so that whoever holds one can ask about it."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Paper(models.Model):
    """
    What a voucher, a list of payments or a statement said when it was drawn: canonical JSON and its sha256. Append-only.

    So that whoever holds the paper can ask whether it came from here, and whether a newer one exists. While nothing
    changes in the books the same paper is drawn again.
    """

    class Kind(models.TextChoices):
        VOUCHER = "VOUCHER", _("disbursement voucher")
        PAYMENT_LIST = "LIST", _("list of payments")
        STATEMENT = "STATEMENT", _("community statement")

    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    # What it is about, as people name it: a disbursement's reference, a bank account and day, a community and period.
    subject = models.CharField(_("about"), max_length=80)
    text = models.TextField(_("content"))
    sha256 = models.CharField(_("sha256"), max_length=64, unique=True)
    drawn_at = models.DateTimeField(_("drawn at"))
    drawn_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("drawn by"))

    class Meta:
        verbose_name = _("paper")
        verbose_name_plural = _("papers")
        indexes = [models.Index(fields=["kind", "subject", "id"], name="paper_of_a_subject")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.subject}"
