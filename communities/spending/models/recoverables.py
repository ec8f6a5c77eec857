"""Money that a recipient owes back, and what became of it; spending that a later advance paid for."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from communities.registry.models import Recipient
from communities.spending.models.records import Category, SpendingRecord
from core.models import StoredFile
from revenue.credits.models import BankAccount
from revenue.disbursements.models import Disbursement
from revenue.ledger.models import Entry
from revenue.sharing.models import Purpose


class Recoverable(models.Model):
    """
    Money that carbon revenue paid and a recipient owes back, until it is repaid, written off or allowed after all.

    ``local_minor`` is in the currency it was spent or held in, ``amount_minor`` what the books carry for it. What is
    left of both is kept by the database and reaches zero together.
    """

    class Origin(models.TextChoices):
        DISALLOWED = "DISALLOWED", _("accepted spending, not allowed afterwards")
        PART = "PART", _("part of spending that was not eligible")
        ADVANCE = "ADVANCE", _("advance that was not accounted for")

    reference = models.CharField(_("reference"), max_length=40, unique=True)
    client_key = models.UUIDField(_("form key"), unique=True)
    origin = models.CharField(_("how it came about"), max_length=10, choices=Origin)
    recipient = models.ForeignKey(Recipient, on_delete=models.PROTECT, related_name="recoverables", verbose_name=_("recipient"))
    purpose = models.CharField(_("purpose"), max_length=24, choices=Purpose)
    spending = models.ForeignKey(
        SpendingRecord, on_delete=models.PROTECT, null=True, blank=True, related_name="recoverables", verbose_name=_("spending record")
    )
    disbursement = models.ForeignKey(
        Disbursement, on_delete=models.PROTECT, null=True, blank=True, related_name="recoverables", verbose_name=_("from which payment")
    )
    category = models.ForeignKey(Category, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("what it was in truth"))
    local_minor = models.BigIntegerField(_("amount"))
    local_currency = models.CharField(_("currency"), max_length=3)
    amount_minor = models.BigIntegerField(_("amount on the books"))
    currency = models.CharField(_("currency of the books"), max_length=3)
    left_local_minor = models.BigIntegerField(_("still owed"))
    left_minor = models.BigIntegerField(_("still owed on the books"))
    reason = models.CharField(_("reason"), max_length=500)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("by"))
    made_at = models.DateTimeField(_("at"))
    made_on = models.DateField(_("since"))
    entry = models.OneToOneField(Entry, on_delete=models.PROTECT, related_name="+", verbose_name=_("ledger entry"))

    class Meta:
        verbose_name = _("money to be repaid")
        verbose_name_plural = _("money to be repaid")
        constraints = [
            models.CheckConstraint(condition=Q(local_minor__gt=0, amount_minor__gte=0), name="recoverable_is_positive"),
            models.CheckConstraint(
                condition=Q(left_local_minor__gte=0, left_local_minor__lte=F("local_minor"), left_minor__gte=0, left_minor__lte=F("amount_minor")),
                name="recoverable_left_within_amount",
            ),
            models.CheckConstraint(condition=Q(left_local_minor__gt=0) | Q(left_minor=0), name="recoverable_ends_at_zero"),
            models.CheckConstraint(condition=~Q(reason=""), name="recoverable_has_reason"),
            models.CheckConstraint(
                condition=Q(origin__in=["DISALLOWED", "PART"], spending__isnull=False, disbursement=None)
                | Q(origin="ADVANCE", disbursement__isnull=False),
                name="recoverable_says_of_what",
            ),
        ]
        indexes = [models.Index(fields=["recipient", "purpose"], name="recoverable_by_recipient")]

    def __str__(self) -> str:
        return self.reference


class Settlement(models.Model):
    """
    What became of some of a recoverable: repaid (a fact), or written off, allowed after all, or a repayment that was a mistake
    taken back whole (asked by one, decided by another).

    ``local_minor`` is of the recoverable's own currency; ``amount_minor`` what left the books' recoverable with it;
    ``credited_minor`` what the bank credited, in the books' currency. ``is_undone`` is written by the database.
    """

    class Kind(models.TextChoices):
        REPAID = "REPAID", _("repaid")
        WRITE_OFF = "WRITE_OFF", _("written off")
        ALLOWED = "ALLOWED", _("allowed after all")
        TAKEN_BACK = "TAKEN_BACK", _("repayment taken back")

    class Status(models.TextChoices):
        PROPOSED = "PROPOSED", _("waiting for a decision")
        DONE = "DONE", _("done")
        REFUSED = "REFUSED", _("refused")

    recoverable = models.ForeignKey(Recoverable, on_delete=models.PROTECT, related_name="settlements", verbose_name=_("money to be repaid"))
    client_key = models.UUIDField(_("form key"), unique=True)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    status = models.CharField(_("status"), max_length=10, choices=Status)
    local_minor = models.BigIntegerField(_("amount"))
    amount_minor = models.BigIntegerField(_("amount on the books"), null=True, blank=True)
    bank_account = models.ForeignKey(BankAccount, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("bank account"))
    bank_reference = models.CharField(_("bank reference"), max_length=80, blank=True)
    repaid_on = models.DateField(_("repaid on"), null=True, blank=True)
    credited_minor = models.BigIntegerField(_("credited by the bank"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    document = models.ForeignKey(
        StoredFile, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("document of the decision")
    )
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("by"))
    asked_at = models.DateTimeField(_("at"))
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("decided by")
    )
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    answer = models.CharField(_("words of the decision"), max_length=500, blank=True)
    entry = models.OneToOneField(Entry, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("ledger entry"))
    undoes = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="take_backs", verbose_name=_("which repayment"))
    is_undone = models.BooleanField(_("taken back"), default=False)

    class Meta:
        verbose_name = _("step of a recovery")
        verbose_name_plural = _("steps of recoveries")
        constraints = [
            models.CheckConstraint(condition=Q(local_minor__gt=0), name="settlement_is_positive"),
            models.CheckConstraint(condition=~Q(decided_by=F("asked_by")), name="settlement_maker_is_not_checker"),
            models.CheckConstraint(
                condition=Q(status="DONE", entry__isnull=False, amount_minor__gte=0)
                | Q(status__in=["PROPOSED", "REFUSED"], entry=None, amount_minor=None),
                name="settlement_done_has_entry",
            ),
            models.CheckConstraint(
                condition=Q(kind="REPAID", status="DONE", decided_by=None, bank_account__isnull=False, repaid_on__isnull=False, credited_minor__gte=0)
                & ~Q(bank_reference="")
                | Q(kind__in=["WRITE_OFF", "ALLOWED", "TAKEN_BACK"], bank_account=None, bank_reference="", repaid_on=None, credited_minor=None)
                & ~Q(reason="")
                & (
                    Q(status="PROPOSED", decided_by=None, decided_at=None)
                    | Q(status="DONE", decided_by__isnull=False, decided_at__isnull=False)
                    | Q(status="REFUSED", decided_by__isnull=False, decided_at__isnull=False) & ~Q(answer="")
                ),
                name="settlement_kind_has_its_facts",
            ),
            models.CheckConstraint(condition=~Q(kind="WRITE_OFF") | Q(document__isnull=False), name="settlement_write_off_has_document"),
            models.CheckConstraint(
                condition=Q(kind="TAKEN_BACK", undoes__isnull=False) | ~Q(kind="TAKEN_BACK") & Q(undoes=None),
                name="settlement_take_back_names_repayment",
            ),
            models.CheckConstraint(condition=Q(is_undone=False) | Q(kind="REPAID"), name="settlement_undone_is_repayment"),
            models.UniqueConstraint(
                fields=["bank_account", "bank_reference"], condition=Q(kind="REPAID", is_undone=False), name="settlement_bank_reference_once"
            ),
            models.UniqueConstraint(fields=["undoes"], condition=Q(status__in=["PROPOSED", "DONE"]), name="settlement_taken_back_once"),
            models.UniqueConstraint(fields=["recoverable"], condition=Q(status="PROPOSED"), name="settlement_one_waits"),
        ]

    def __str__(self) -> str:
        return f"{self.recoverable} {self.get_kind_display()}"


class LaterCover(models.Model):
    """Spending beyond the advances, of which a later advance paid ``funded_minor`` (the record's currency). Append-only."""

    spending = models.ForeignKey(SpendingRecord, on_delete=models.PROTECT, related_name="covers", verbose_name=_("spending record"))
    number = models.PositiveSmallIntegerField(_("number"))
    funded_minor = models.BigIntegerField(_("paid from carbon revenue"))
    drawn_minor = models.BigIntegerField(_("drawn from the advances"))
    drawn_currency = models.CharField(_("currency of the advances"), max_length=3)
    entry = models.OneToOneField(Entry, on_delete=models.PROTECT, related_name="+", verbose_name=_("ledger entry"))
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("by"))
    made_at = models.DateTimeField(_("at"))
    made_on = models.DateField(_("on"))

    class Meta:
        verbose_name = _("later cover")
        verbose_name_plural = _("later covers")
        constraints = [
            models.CheckConstraint(condition=Q(funded_minor__gt=0, drawn_minor__gte=0), name="cover_is_positive"),
            models.UniqueConstraint(fields=["spending", "number"], name="cover_once"),
        ]

    def __str__(self) -> str:
        return f"{self.spending} +{self.number}"
