"""The money that arrives: bank accounts, receipts, whose they are, and what was there when the books began."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Cast, Coalesce, NullIf
from django.utils.translation import gettext_lazy as _

from core.models import StoredFile
from revenue.credits.models.projects import Project
from revenue.credits.models.proposals import Proposal
from revenue.credits.models.sales import Sale
from revenue.ledger.models import Entry, Tranche


class BankAccount(models.Model):
    """An account of the programme where revenue arrives. Its code is the ledger's ``bank``."""

    code = models.SlugField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=160)
    institution = models.CharField(_("bank"), max_length=80)
    account_number = models.CharField(_("account number"), max_length=40)
    currency = models.CharField(_("currency"), max_length=3, default="USD")

    class Meta:
        verbose_name = _("bank account")
        verbose_name_plural = _("bank accounts")
        constraints = [models.UniqueConstraint(fields=["institution", "account_number"], name="bank_account_once")]

    def __str__(self) -> str:
        return self.name


class Receipt(models.Model):
    """
    Money that a bank credited: one instalment of a sale, or not yet known whose.

    ``gross_minor`` is what was sent, ``sender_fee_minor`` what banks kept on the way; the bank credited the
    difference. These are in the bank account's currency; ``invoice_minor`` is how much of the sale the receipt
    settled, in the sale's currency, and ``rate`` what the bank's advice says (printed, never multiplied).

    What was held as not ours and is later known to pay a sale is a receipt of its own, ``part_of`` this one: it has
    its own tranche, and is shared out like any other.
    """

    class Status(models.TextChoices):
        UNIDENTIFIED = "UNIDENTIFIED", _("unidentified")
        IDENTIFIED = "IDENTIFIED", _("identified")
        REFUNDED = "REFUNDED", _("refunded")
        RECALLED = "RECALLED", _("recalled")

    reference = models.CharField(_("reference"), max_length=40, unique=True)
    bank_account = models.ForeignKey(BankAccount, on_delete=models.PROTECT, related_name="receipts", verbose_name=_("bank account"))
    bank_reference = models.CharField(_("bank reference"), max_length=80)
    value_date = models.DateField(_("value date"))
    currency = models.CharField(_("currency"), max_length=3)
    gross_minor = models.BigIntegerField(_("gross amount"))
    sender_fee_minor = models.BigIntegerField(_("kept by the sender's bank"), default=0)
    # What of the gross is not ours (overpaid, or all of it until identified): held apart, outside "received".
    not_ours_minor = models.BigIntegerField(_("of it not ours"), default=0)
    invoice_currency = models.CharField(_("currency of the sale"), max_length=3, blank=True)
    invoice_minor = models.BigIntegerField(_("settled of the sale"), null=True, blank=True)
    rate = models.CharField(_("exchange rate"), max_length=40, blank=True)
    status = models.CharField(_("status"), max_length=12, choices=Status, default=Status.IDENTIFIED)
    part_of = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="parts", verbose_name=_("part of"))
    sale = models.ForeignKey(Sale, on_delete=models.PROTECT, null=True, blank=True, related_name="receipts", verbose_name=_("sale"))
    tranche = models.OneToOneField(Tranche, on_delete=models.PROTECT, related_name="receipt", verbose_name=_("tranche"))
    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="+", verbose_name=_("ledger entry"))
    refunded_minor = models.BigIntegerField(_("refunded"), default=0)
    refunded_on = models.DateField(_("refunded on"), null=True, blank=True)
    refund_reference = models.CharField(_("bank reference of the refund"), max_length=80, blank=True)
    # What became of it later: taken back of what was ours, taken back of what was held, and known since to pay a sale.
    recalled_minor = models.BigIntegerField(_("taken back"), default=0)
    recalled_held_minor = models.BigIntegerField(_("taken back of what was held"), default=0)
    passed_minor = models.BigIntegerField(_("identified later"), default=0)
    # What of the sale it settles now: less when some of it was taken back.
    settled_minor = models.GeneratedField(
        expression=F("invoice_minor")
        - Coalesce(
            Cast(
                Func(
                    Cast("invoice_minor", models.DecimalField(max_digits=38, decimal_places=0)) * F("recalled_minor"),
                    Cast(NullIf(F("gross_minor") - F("not_ours_minor"), Value(0)), models.DecimalField(max_digits=38, decimal_places=0)),
                    function="div",
                    output_field=models.DecimalField(max_digits=38, decimal_places=0),
                ),
                models.BigIntegerField(),
            ),
            Value(0),
        ),
        output_field=models.BigIntegerField(_("settled of the sale"), null=True),
        db_persist=True,
    )
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("recorded by"))
    recorded_at = models.DateTimeField(_("recorded at"))

    class Meta:
        verbose_name = _("receipt")
        verbose_name_plural = _("receipts")
        constraints = [
            models.UniqueConstraint(fields=["bank_account", "bank_reference"], condition=Q(part_of=None), name="receipt_bank_reference_once"),
            models.CheckConstraint(
                condition=Q(gross_minor__gt=0, sender_fee_minor__gte=0, sender_fee_minor__lt=F("gross_minor")), name="receipt_is_positive"
            ),
            models.CheckConstraint(condition=Q(not_ours_minor__gte=0, not_ours_minor__lte=F("gross_minor")), name="receipt_not_ours_within_gross"),
            models.CheckConstraint(
                condition=Q(status="IDENTIFIED", sale__isnull=False, invoice_minor__isnull=False)
                | ~Q(status="IDENTIFIED") & Q(sale=None, not_ours_minor=F("gross_minor")),
                name="receipt_identified_has_sale",
            ),
            models.CheckConstraint(
                condition=Q(refunded_minor=0, refunded_on=None, refund_reference="") & ~Q(status="REFUNDED")
                | Q(refunded_minor__gt=0, refunded_on__isnull=False) & ~Q(refund_reference="") & ~Q(status="UNIDENTIFIED"),
                name="receipt_refund_has_its_reference",
            ),
            models.UniqueConstraint(
                fields=["bank_account", "refund_reference"], condition=~Q(refund_reference=""), name="receipt_refund_reference_once"
            ),
            models.CheckConstraint(
                condition=Q(recalled_minor__gte=0, recalled_held_minor__gte=0, passed_minor__gte=0)
                & Q(recalled_minor__lte=F("gross_minor") - F("not_ours_minor"))
                & Q(not_ours_minor__gte=F("refunded_minor") + F("recalled_held_minor") + F("passed_minor")),
                name="receipt_what_left_was_there",
            ),
            models.CheckConstraint(
                condition=Q(rate="") | ~Q(invoice_currency="") & ~Q(invoice_currency=F("currency")), name="receipt_rate_where_exchanged"
            ),
            models.CheckConstraint(
                condition=Q(part_of=None) | Q(status="IDENTIFIED", sender_fee_minor=0, not_ours_minor=0), name="receipt_part_is_of_a_sale"
            ),
            models.CheckConstraint(
                condition=~Q(status="RECALLED") | Q(recalled_held_minor=F("gross_minor") - F("sender_fee_minor")),
                name="receipt_recalled_wholly",
            ),
        ]
        indexes = [models.Index(fields=["value_date"], name="receipt_by_day")]

    def __str__(self) -> str:
        return self.reference

    @property
    def credited_minor(self) -> int:
        """What the bank credited, in minor units of its currency."""
        return self.gross_minor - self.sender_fee_minor

    @property
    def ours_minor(self) -> int:
        """What of the gross is ours: the part that the sale still owed."""
        return self.gross_minor - self.not_ours_minor

    @property
    def fee_borne_minor(self) -> int:
        """What of the sender's bank's fee falls on the money that is ours."""
        return min(self.sender_fee_minor, self.ours_minor)

    @property
    def held_minor(self) -> int:
        """What the bank holds of it that is not ours: not refunded, not taken back, not known to pay a sale."""
        gone = self.refunded_minor + self.recalled_held_minor + self.passed_minor
        return self.credited_minor - (self.ours_minor - self.fee_borne_minor) - gone

    @property
    def kept_minor(self) -> int:
        """What of the gross is ours and was not taken back."""
        return self.ours_minor - self.recalled_minor


class Identification(models.Model):
    """
    Whose money a tranche is, as somebody said it on a day. Append-only: a wrong match is followed by a right one.

    The latest row of a tranche holds. Interest, grants and opening balances name the project without a sale.
    """

    tranche = models.ForeignKey(Tranche, on_delete=models.PROTECT, related_name="identifications", verbose_name=_("tranche"))
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="identifications", verbose_name=_("project"))
    sale = models.ForeignKey(Sale, on_delete=models.PROTECT, null=True, blank=True, related_name="identifications", verbose_name=_("sale"))
    number = models.PositiveSmallIntegerField(_("number"), default=1)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    identified_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("identified by"))
    identified_at = models.DateTimeField(_("identified at"))
    # Who approved it, where it corrects an earlier one.
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("approved by")
    )

    class Meta:
        verbose_name = _("identification")
        verbose_name_plural = _("identifications")
        constraints = [
            models.UniqueConstraint(fields=["tranche", "number"], name="identification_in_order"),
            models.CheckConstraint(
                condition=Q(number=1) | Q(approved_by__isnull=False) & ~Q(approved_by=F("identified_by")) & ~Q(reason=""),
                name="identification_corrected_by_two",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.tranche} → {self.sale or self.project}"


class Correction(Proposal):
    """A wrong identification: what one person says is wrong and what is right, and another decides. No money moves."""

    receipt = models.ForeignKey(Receipt, on_delete=models.PROTECT, related_name="corrections", verbose_name=_("receipt"))
    from_sale = models.ForeignKey(Sale, on_delete=models.PROTECT, related_name="+", verbose_name=_("sale until now"))
    to_sale = models.ForeignKey(Sale, on_delete=models.PROTECT, related_name="+", verbose_name=_("right sale"))
    invoice_minor = models.BigIntegerField(_("paid of the invoice"), null=True, blank=True)
    why = models.CharField(_("why"), max_length=300)

    class Meta(Proposal.Meta):
        abstract = False
        verbose_name = _("correction of an identification")
        verbose_name_plural = _("corrections of identifications")
        constraints = [
            *Proposal.Meta.constraints,
            models.CheckConstraint(condition=~Q(from_sale=F("to_sale")), name="correction_changes_the_sale"),
            models.CheckConstraint(condition=~Q(why=""), name="correction_says_why"),
            models.UniqueConstraint(fields=["receipt"], condition=Q(status="PROPOSED"), name="correction_one_at_a_time"),
        ]

    def __str__(self) -> str:
        return f"{self.receipt}: {self.from_sale} → {self.to_sale}"


class OpeningPosition(models.Model):
    """Money that was already there when the books began: entered with its document by one person, approved by another."""

    class Status(models.TextChoices):
        PROPOSED = "PROPOSED", _("proposed")
        APPROVED = "APPROVED", _("approved")
        REFUSED = "REFUSED", _("refused")

    reference = models.CharField(_("reference"), max_length=40, unique=True)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="opening_positions", verbose_name=_("project"))
    sale = models.ForeignKey(Sale, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("sale"))
    bank_account = models.ForeignKey(BankAccount, on_delete=models.PROTECT, related_name="+", verbose_name=_("bank account"))
    as_of = models.DateField(_("as of"))
    currency = models.CharField(_("currency"), max_length=3)
    amount_minor = models.BigIntegerField(_("amount in the bank"))
    document = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+", verbose_name=_("document"))
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.PROPOSED)
    tranche = models.OneToOneField(Tranche, on_delete=models.PROTECT, null=True, blank=True, related_name="opening", verbose_name=_("tranche"))
    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("ledger entry"))
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("proposed by"))
    proposed_at = models.DateTimeField(_("proposed at"))
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("decided by")
    )
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("opening position")
        verbose_name_plural = _("opening positions")
        constraints = [
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="opening_is_positive"),
            models.CheckConstraint(condition=~Q(decided_by=F("proposed_by")), name="opening_maker_is_not_checker"),
            models.CheckConstraint(
                condition=Q(status="PROPOSED", decided_by=None, entry=None)
                | Q(status="APPROVED", decided_by__isnull=False, decided_at__isnull=False, entry__isnull=False, tranche__isnull=False)
                | Q(status="REFUSED", decided_by__isnull=False, decided_at__isnull=False, entry=None),
                name="opening_decision_matches_status",
            ),
        ]

    def __str__(self) -> str:
        return self.reference
