"""Money that banks move after it arrived: receipts taken back, and transfers between our own accounts."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from core.models import StoredFile
from revenue.credits.models.receipts import BankAccount, Receipt
from revenue.ledger.models import Entry


class Recall(models.Model):
    """
    What the buyer's bank took back of a receipt, wholly or in part. A fact: rows never change.

    ``held_minor`` of it was not ours and leaves what is held; the rest was ours and is less received.
    """

    reference = models.CharField(_("reference"), max_length=40, unique=True)
    receipt = models.ForeignKey(Receipt, on_delete=models.PROTECT, related_name="recalls", verbose_name=_("receipt"))
    bank_account = models.ForeignKey(BankAccount, on_delete=models.PROTECT, related_name="+", verbose_name=_("bank account"))
    bank_reference = models.CharField(_("bank reference"), max_length=80)
    value_date = models.DateField(_("value date"))
    currency = models.CharField(_("currency"), max_length=3)
    amount_minor = models.BigIntegerField(_("amount taken back"))
    held_minor = models.BigIntegerField(_("of it not ours"), default=0)
    shortfall_minor = models.BigIntegerField(_("of it used before: shortfall"), default=0)
    reason = models.CharField(_("reason the bank gives"), max_length=300)
    document = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+", verbose_name=_("document"))
    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("ledger entry"))
    held_entry = models.ForeignKey(
        Entry, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("entry of what was not ours")
    )
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("recorded by"))
    recorded_at = models.DateTimeField(_("recorded at"))

    class Meta:
        verbose_name = _("recalled receipt")
        verbose_name_plural = _("recalled receipts")
        constraints = [
            models.UniqueConstraint(fields=["bank_account", "bank_reference"], name="recall_bank_reference_once"),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="recall_is_positive"),
            models.CheckConstraint(
                condition=Q(held_minor__gte=0, shortfall_minor__gte=0, amount_minor__gte=F("held_minor") + F("shortfall_minor")),
                name="recall_parts_within_amount",
            ),
            models.CheckConstraint(
                condition=(Q(held_minor=0, held_entry=None) | Q(held_minor__gt=0, held_entry__isnull=False))
                & (Q(held_minor=F("amount_minor"), entry=None) | Q(held_minor__lt=F("amount_minor"), entry__isnull=False)),
                name="recall_is_posted",
            ),
            models.CheckConstraint(condition=~Q(bank_reference="") & ~Q(reason=""), name="recall_has_reference_and_reason"),
        ]
        indexes = [models.Index(fields=["value_date"], name="recall_by_day")]

    def __str__(self) -> str:
        return self.reference

    @property
    def ours_minor(self) -> int:
        """What of it was ours: so much less was received."""
        return self.amount_minor - self.held_minor


class BankTransfer(models.Model):
    """
    Money moved between two bank accounts of the programme, from the lines of both statements. Rows never change.

    ``sent_minor`` left the one, ``credited_minor`` reached the other; what a bank kept on the way is the difference.
    """

    reference = models.CharField(_("reference"), max_length=40, unique=True)
    from_account = models.ForeignKey(BankAccount, on_delete=models.PROTECT, related_name="+", verbose_name=_("from"))
    to_account = models.ForeignKey(BankAccount, on_delete=models.PROTECT, related_name="+", verbose_name=_("to"))
    currency = models.CharField(_("currency"), max_length=3)
    sent_reference = models.CharField(_("reference of the debit"), max_length=80)
    sent_on = models.DateField(_("debited on"))
    sent_minor = models.BigIntegerField(_("debited"))
    credited_reference = models.CharField(_("reference of the credit"), max_length=80)
    credited_on = models.DateField(_("credited on"))
    credited_minor = models.BigIntegerField(_("credited"))
    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="+", verbose_name=_("ledger entry"))
    fee_entry = models.ForeignKey(Entry, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("entry of the fee"))
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("recorded by"))
    recorded_at = models.DateTimeField(_("recorded at"))

    class Meta:
        verbose_name = _("transfer between banks")
        verbose_name_plural = _("transfers between banks")
        constraints = [
            models.CheckConstraint(condition=~Q(from_account=F("to_account")), name="transfer_between_two_accounts"),
            models.CheckConstraint(condition=Q(credited_minor__gt=0, sent_minor__gte=F("credited_minor")), name="transfer_amounts_in_order"),
            models.CheckConstraint(condition=Q(credited_on__gte=F("sent_on")), name="transfer_days_in_order"),
            models.CheckConstraint(
                condition=Q(sent_minor=F("credited_minor"), fee_entry=None) | Q(sent_minor__gt=F("credited_minor"), fee_entry__isnull=False),
                name="transfer_fee_is_posted",
            ),
            models.UniqueConstraint(fields=["from_account", "sent_reference"], name="transfer_debit_once"),
            models.UniqueConstraint(fields=["to_account", "credited_reference"], name="transfer_credit_once"),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def fee_minor(self) -> int:
        """What a bank kept on the way."""
        return self.sent_minor - self.credited_minor
