"""Money that no plan shares: interest and what donors gave, put into a named pot by two people."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from communities.registry.models import Recipient
from revenue.credits.models.proposals import Proposal
from revenue.ledger.models import Entry, Tranche
from revenue.sharing.models.plans import Pot


class AssignedMoney(Proposal):
    """A part of one tranche of interest or donor money, and the pot it is for: proposed by one person, approved by another."""

    reference = models.CharField(_("reference"), max_length=40, unique=True)
    tranche = models.ForeignKey(Tranche, on_delete=models.PROTECT, related_name="assigned_money", verbose_name=_("tranche"))
    pot = models.ForeignKey(Pot, on_delete=models.PROTECT, related_name="assigned_money", verbose_name=_("pot"))
    recipient = models.ForeignKey(
        Recipient, on_delete=models.PROTECT, null=True, blank=True, related_name="assigned_money", verbose_name=_("for one recipient")
    )
    amount_minor = models.BigIntegerField(_("amount"))
    currency = models.CharField(_("currency"), max_length=3)
    why = models.CharField(_("why"), max_length=300)
    entry = models.OneToOneField(Entry, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("ledger entry"))

    class Meta(Proposal.Meta):
        abstract = False
        verbose_name = _("money assigned to a pot")
        verbose_name_plural = _("money assigned to pots")
        constraints = [
            *Proposal.Meta.constraints,
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="assignment_is_positive"),
            models.CheckConstraint(condition=~Q(why=""), name="assignment_says_why"),
            models.CheckConstraint(
                condition=Q(status="APPROVED", entry__isnull=False) | ~Q(status="APPROVED") & Q(entry=None), name="assignment_is_posted_when_approved"
            ),
        ]

    def __str__(self) -> str:
        return self.reference
