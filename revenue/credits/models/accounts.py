"""What was said of our own bank accounts' numbers: by one person, decided by another."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from revenue.credits.models.proposals import Proposal
from revenue.credits.models.receipts import BankAccount


class BankAccountChange(Proposal):
    """
    Another bank or number for one of our own accounts. A wrong number sends buyers' money away, so two people change it.

    The account carries what its newest approved change says; the database holds it to that.
    """

    bank_account = models.ForeignKey(BankAccount, on_delete=models.PROTECT, related_name="changes", verbose_name=_("bank account"))
    old_institution = models.CharField(_("bank until now"), max_length=80)
    old_number = models.CharField(_("account number until now"), max_length=40)
    institution = models.CharField(_("bank"), max_length=80)
    account_number = models.CharField(_("account number"), max_length=40)
    why = models.CharField(_("why"), max_length=300)

    class Meta(Proposal.Meta):
        abstract = False
        verbose_name = _("change of a bank account")
        verbose_name_plural = _("changes of bank accounts")
        constraints = [
            *Proposal.Meta.constraints,
            models.CheckConstraint(
                condition=~Q(institution=F("old_institution")) | ~Q(account_number=F("old_number")), name="bankaccountchange_changes_something"
            ),
            models.CheckConstraint(condition=~Q(why="") & ~Q(institution="") & ~Q(account_number=""), name="bankaccountchange_is_whole"),
            models.UniqueConstraint(fields=["bank_account"], condition=Q(status="PROPOSED"), name="bankaccountchange_one_at_a_time"),
        ]

    def __str__(self) -> str:
        return f"{self.bank_account}: {self.institution} {self.account_number}"
