"""Money that no sale brought: a bank's interest, grants, co-funding, and money advanced before a sale."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.models import StoredFile
from revenue.credits.models.projects import Project
from revenue.credits.models.proposals import Proposal
from revenue.credits.models.receipts import BankAccount
from revenue.ledger import chart
from revenue.ledger.models import Entry, Tranche


class OtherIncome(Proposal):
    """
    Money a bank credited that no sale brought: entered with its document by one person, approved by another.

    Interest of a bank account is one tranche a year, whatever the bank credits when; of a donor, each payment is one.
    """

    class Kind(models.TextChoices):
        INTEREST = "INTEREST", _("interest of the bank account")
        GRANT = "GRANT", _("grant")
        COFUNDING = "COFUNDING", _("co-funding")
        PREFINANCING = "PREFINANCING", _("pre-financing")

    reference = models.CharField(_("reference"), max_length=40, unique=True)
    kind = models.CharField(_("kind"), max_length=14, choices=Kind)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="other_incomes", verbose_name=_("project"))
    bank_account = models.ForeignKey(BankAccount, on_delete=models.PROTECT, related_name="+", verbose_name=_("bank account"))
    bank_reference = models.CharField(_("bank reference"), max_length=80)
    value_date = models.DateField(_("value date"))
    currency = models.CharField(_("currency"), max_length=3)
    amount_minor = models.BigIntegerField(_("amount credited"))
    payer = models.CharField(_("who gave it"), max_length=160, blank=True)
    document = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+", verbose_name=_("document"))
    tranche = models.ForeignKey(Tranche, on_delete=models.PROTECT, null=True, blank=True, related_name="incomes", verbose_name=_("tranche"))
    entry = models.OneToOneField(Entry, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("ledger entry"))

    class Meta(Proposal.Meta):
        abstract = False
        verbose_name = _("other income")
        verbose_name_plural = _("other income")
        constraints = [
            *Proposal.Meta.constraints,
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="income_is_positive"),
            models.CheckConstraint(condition=Q(kind="INTEREST", payer="") | ~Q(kind="INTEREST") & ~Q(payer=""), name="income_names_its_payer"),
            models.CheckConstraint(
                condition=Q(status="APPROVED", entry__isnull=False, tranche__isnull=False) | ~Q(status="APPROVED") & Q(entry=None, tranche=None),
                name="income_is_posted_when_approved",
            ),
            models.UniqueConstraint(fields=["bank_account", "bank_reference"], condition=~Q(status="REFUSED"), name="income_bank_reference_once"),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def source(self) -> str:
        """What kind of tranche it is: what a donor gave keeps an equation of its own."""
        return chart.INTEREST if self.kind == self.Kind.INTEREST else chart.DONOR
