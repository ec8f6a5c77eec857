"""Money out: asked for by one person, approved by another, paid by the bank, acknowledged by who received it."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from communities.registry.models import PayeeAccount, Recipient
from core.models import StoredFile
from revenue.credits.models import BankAccount, Project
from revenue.disbursements.states import Status
from revenue.ledger.models import Entry
from revenue.sharing.models import Pot, Purpose


class Disbursement(models.Model):
    """
    Money from one pot to one recipient, for one purpose. Its id is the ledger's ``lot``.

    ``amount_minor`` is in the pot's currency. An ADVANCE is accounted for by spending
    records; a FINAL payment is spent when it is paid.
    """

    Status = Status

    class Kind(models.TextChoices):
        ADVANCE = "ADVANCE", _("advance, accounted for by spending")
        FINAL = "FINAL", _("final payment")

    reference = models.CharField(_("reference"), max_length=40, unique=True)
    client_key = models.UUIDField(_("form key"), unique=True)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="disbursements", verbose_name=_("project"))
    pot = models.ForeignKey(Pot, on_delete=models.PROTECT, related_name="disbursements", verbose_name=_("pot"))
    bank_account = models.ForeignKey(BankAccount, on_delete=models.PROTECT, related_name="disbursements", verbose_name=_("paid from"))
    recipient = models.ForeignKey(Recipient, on_delete=models.PROTECT, related_name="disbursements", verbose_name=_("recipient"))
    purpose = models.CharField(_("purpose"), max_length=24, choices=Purpose)
    kind = models.CharField(_("kind"), max_length=8, choices=Kind, default=Kind.ADVANCE)
    amount_minor = models.BigIntegerField(_("amount"))
    currency = models.CharField(_("currency"), max_length=3)
    description = models.CharField(_("what it is for"), max_length=300)
    due_on = models.DateField(_("to be paid by"), null=True, blank=True)
    account_by = models.DateField(_("to be accounted for by"), null=True, blank=True)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.REQUESTED)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("requested by"))
    requested_at = models.DateTimeField(_("requested at"))
    requested_on = models.DateField(_("requested on"))
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("decided by")
    )
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    decided_on = models.DateField(_("decided on"), null=True, blank=True)
    decision_reason = models.CharField(_("reason"), max_length=300, blank=True)
    approval_entry = models.ForeignKey(Entry, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("approval entry"))
    cancel_entry = models.ForeignKey(Entry, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("cancelling entry"))

    class Meta:
        verbose_name = _("disbursement")
        verbose_name_plural = _("disbursements")
        constraints = [
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="disbursement_is_positive"),
            models.CheckConstraint(condition=~Q(decided_by=F("requested_by")), name="disbursement_maker_is_not_checker"),
            models.CheckConstraint(
                condition=Q(status="REQUESTED", decided_by=None, decided_at=None, decided_on=None, approval_entry=None)
                | Q(status="REJECTED", decided_by__isnull=False, decided_at__isnull=False, decided_on__isnull=False, approval_entry=None)
                & ~Q(decision_reason="")
                | Q(
                    status__in=["APPROVED", "PAID"],
                    decided_by__isnull=False,
                    decided_at__isnull=False,
                    decided_on__isnull=False,
                    approval_entry__isnull=False,
                    cancel_entry=None,
                )
                | Q(status="CANCELLED", decided_by__isnull=False, approval_entry__isnull=False, cancel_entry__isnull=False),
                name="disbursement_decision_matches_status",
            ),
        ]
        indexes = [
            models.Index(fields=["status", "requested_on"], name="disbursement_queue"),
            models.Index(fields=["recipient", "purpose"], name="disbursement_by_recipient"),
            models.Index(fields=["project", "requested_on"], name="disbursement_by_project"),
        ]

    def __str__(self) -> str:
        return self.reference


class Payment(models.Model):
    """
    What the bank debited for a disbursement, once.

    ``amount_minor`` left our account; ``local_minor`` of ``local_currency`` reached the payee
    (the same amount and currency where nothing was exchanged). ``rate`` is printed, never multiplied.
    """

    class Status(models.TextChoices):
        PAID = "PAID", _("paid")
        SENT_BACK = "SENT_BACK", _("sent back by the bank")

    disbursement = models.ForeignKey(Disbursement, on_delete=models.PROTECT, related_name="payments", verbose_name=_("disbursement"))
    bank_account = models.ForeignKey(BankAccount, on_delete=models.PROTECT, related_name="payments", verbose_name=_("paid from"))
    payee_account = models.ForeignKey(PayeeAccount, on_delete=models.PROTECT, related_name="payments", verbose_name=_("paid to"))
    bank_reference = models.CharField(_("bank or wallet reference"), max_length=80)
    paid_on = models.DateField(_("paid on"))
    amount_minor = models.BigIntegerField(_("debited"))
    currency = models.CharField(_("currency"), max_length=3)
    fee_minor = models.BigIntegerField(_("bank fee"), default=0)
    local_minor = models.BigIntegerField(_("amount paid out"))
    local_currency = models.CharField(_("currency paid out"), max_length=3)
    rate = models.CharField(_("exchange rate"), max_length=40, blank=True)
    # The officer said in so many words that the bank took far more than was approved.
    above_confirmed = models.BooleanField(_("debit above the approval confirmed"), default=False)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.PAID)
    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="+", verbose_name=_("ledger entry"))
    sent_back_on = models.DateField(_("sent back on"), null=True, blank=True)
    sent_back_entry = models.ForeignKey(
        Entry, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("entry of the return")
    )
    paid_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("recorded by"))
    recorded_at = models.DateTimeField(_("recorded at"))

    class Meta:
        verbose_name = _("payment")
        verbose_name_plural = _("payments")
        constraints = [
            models.UniqueConstraint(fields=["bank_account", "bank_reference"], name="payment_bank_reference_once"),
            models.UniqueConstraint(fields=["disbursement"], condition=Q(status="PAID"), name="disbursement_paid_once"),
            models.CheckConstraint(condition=Q(amount_minor__gt=0, local_minor__gt=0, fee_minor__gte=0), name="payment_is_positive"),
            models.CheckConstraint(
                condition=Q(local_currency=F("currency"), local_minor=F("amount_minor")) | ~Q(local_currency=F("currency")) & ~Q(rate=""),
                name="payment_exchange_has_rate",
            ),
            models.CheckConstraint(
                condition=Q(status="PAID", sent_back_on=None, sent_back_entry=None)
                | Q(status="SENT_BACK", sent_back_on__isnull=False, sent_back_entry__isnull=False),
                name="payment_sent_back_has_entry",
            ),
        ]
        indexes = [models.Index(fields=["paid_on"], name="payment_by_day")]

    def __str__(self) -> str:
        return f"{self.disbursement} {self.bank_reference}"


class Acknowledgement(models.Model):
    """The recipient says it arrived: how much, when, and which two people signed."""

    payment = models.OneToOneField(Payment, on_delete=models.PROTECT, related_name="acknowledgement", verbose_name=_("payment"))
    client_key = models.UUIDField(_("form key"), unique=True)
    received_on = models.DateField(_("received on"))
    local_minor = models.BigIntegerField(_("amount received"))
    local_currency = models.CharField(_("currency"), max_length=3)
    signed_by = models.CharField(_("signed by"), max_length=160)
    also_signed_by = models.CharField(_("also signed by"), max_length=160, blank=True)
    photo = models.ForeignKey(StoredFile, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("photo"))
    acknowledged_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("recorded by"))
    acknowledged_at = models.DateTimeField(_("recorded at"))

    class Meta:
        verbose_name = _("acknowledgement")
        verbose_name_plural = _("acknowledgements")
        constraints = [
            models.CheckConstraint(condition=Q(local_minor__gt=0), name="acknowledgement_is_positive"),
            models.CheckConstraint(condition=~Q(signed_by="") & ~Q(signed_by=F("also_signed_by")), name="acknowledgement_two_signatures_differ"),
        ]

    def __str__(self) -> str:
        return f"{self.payment} {self.received_on}"


class MoneyReturn(models.Model):
    """Unspent money that came back from a recipient to our bank: what they gave, and what the bank credited."""

    disbursement = models.ForeignKey(Disbursement, on_delete=models.PROTECT, related_name="returns", verbose_name=_("disbursement"))
    bank_account = models.ForeignKey(BankAccount, on_delete=models.PROTECT, related_name="+", verbose_name=_("bank account"))
    bank_reference = models.CharField(_("bank reference"), max_length=80)
    returned_on = models.DateField(_("returned on"))
    local_minor = models.BigIntegerField(_("amount given back"))
    local_currency = models.CharField(_("currency given back"), max_length=3)
    credited_minor = models.BigIntegerField(_("credited by the bank"))
    reason = models.CharField(_("reason"), max_length=300)
    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="+", verbose_name=_("ledger entry"))
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("recorded by"))
    recorded_at = models.DateTimeField(_("recorded at"))

    class Meta:
        verbose_name = _("return of money")
        verbose_name_plural = _("returns of money")
        constraints = [
            models.UniqueConstraint(fields=["bank_account", "bank_reference"], name="return_bank_reference_once"),
            models.CheckConstraint(condition=Q(local_minor__gt=0, credited_minor__gte=0), name="return_is_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.disbursement} {self.returned_on}"
