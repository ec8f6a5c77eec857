"""What is missing and who bears it: shortfalls and exchange losses covered by decision, and the last cents of a lot."""

from __future__ import annotations

from typing import Final

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.models import StoredFile
from revenue.credits.models.proposals import Proposal
from revenue.disbursements.models.disbursements import Disbursement
from revenue.ledger.models import Account, Entry, Tranche

# The most of a lot that an officer may close alone, in minor units: one dollar, or the riel of about one.
LAST_CENTS: Final = {"USD": 100, "EUR": 100, "KHR": 5_000, "JPY": 150, "KRW": 1_500}


class Covering(Proposal):
    """
    A shortfall or an exchange loss of one tranche, to be borne by a pot or the reserve: asked by one, decided by another.

    ``gap`` is the ledger's account of what is missing, ``source`` the one that bears it, both of one currency.
    ``amount_minor`` is in its minor units. Nothing is posted before the decision.
    """

    class Kind(models.TextChoices):
        SHORTFALL = "SHORTFALL", _("shortfall")
        FX = "FX", _("exchange loss")

    reference = models.CharField(_("reference"), max_length=40, unique=True)
    client_key = models.UUIDField(_("form key"), unique=True)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    tranche = models.ForeignKey(Tranche, on_delete=models.PROTECT, related_name="coverings", verbose_name=_("receipt that is short"))
    gap = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", verbose_name=_("what is missing"))
    source = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", verbose_name=_("borne by"))
    currency = models.CharField(_("currency"), max_length=3)
    amount_minor = models.BigIntegerField(_("amount"))
    why = models.CharField(_("why"), max_length=300)
    document = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+", verbose_name=_("decision paper"))
    cover_entry = models.OneToOneField(
        Entry, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("entry within the receipt")
    )
    refund_entry = models.OneToOneField(
        Entry, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("entry across receipts")
    )

    class Meta(Proposal.Meta):
        abstract = False
        verbose_name = _("covering")
        verbose_name_plural = _("coverings")
        constraints = [
            *Proposal.Meta.constraints,
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="covering_is_positive"),
            models.CheckConstraint(condition=~Q(why=""), name="covering_says_why"),
            models.CheckConstraint(
                condition=Q(status="APPROVED") & (Q(cover_entry__isnull=False) | Q(refund_entry__isnull=False))
                | ~Q(status="APPROVED") & Q(cover_entry=None, refund_entry=None),
                name="covering_is_posted_when_approved",
            ),
            models.UniqueConstraint(fields=["gap", "tranche"], condition=Q(status="PROPOSED"), name="covering_one_at_a_time"),
        ]

    def __str__(self) -> str:
        return self.reference


def _is_small(column: str, currency: str) -> Q:
    within = Q()
    for code, most in LAST_CENTS.items():
        within |= Q(**{currency: code, f"{column}__lte": most})
    return within


class LotClosing(models.Model):
    """The last cents or riel of an advance, which nobody can spend or send any more, closed to exchange differences."""

    disbursement = models.ForeignKey(Disbursement, on_delete=models.PROTECT, related_name="closings", verbose_name=_("disbursement"))
    closed_on = models.DateField(_("closed on"))
    amount_minor = models.BigIntegerField(_("amount on the books"))
    currency = models.CharField(_("currency"), max_length=3)
    local_minor = models.BigIntegerField(_("amount with the recipient"))
    local_currency = models.CharField(_("currency paid out"), max_length=3)
    reason = models.CharField(_("reason"), max_length=300)
    entry = models.OneToOneField(Entry, on_delete=models.PROTECT, related_name="+", verbose_name=_("ledger entry"))
    closed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("recorded by"))
    recorded_at = models.DateTimeField(_("recorded at"))

    class Meta:
        verbose_name = _("closing of the last cents")
        verbose_name_plural = _("closings of the last cents")
        constraints = [
            models.CheckConstraint(
                condition=Q(amount_minor__gte=0, local_minor__gt=0)
                & _is_small("amount_minor", "currency")
                & _is_small("local_minor", "local_currency"),
                name="lot_closing_is_small",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="lot_closing_says_why"),
        ]

    def __str__(self) -> str:
        return f"{self.disbursement} {self.closed_on}"


class Uncovered(Tranche):
    """A tranche with something missing in it: a shortfall, or an exchange loss that nobody has borne yet."""

    class Meta:
        proxy = True
        verbose_name = _("shortfall or exchange loss")
        verbose_name_plural = _("shortfalls and exchange losses")
