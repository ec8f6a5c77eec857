"""What officers state for the plans: values with their source, payout rates, and what people decided."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from core.models import StoredFile
from revenue.credits.models import Project
from revenue.ledger.models import Tranche

_PERSON = settings.AUTH_USER_MODEL


class StatedFact(models.Model):
    """
    A number or a word that a plan asks for: costs to recover, a charge, a price, a rate, an age.

    It holds for one tranche, or for the project's receipts from a day on. Append-only: the latest statement holds.
    """

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="stated_facts", verbose_name=_("project"))
    tranche = models.ForeignKey(Tranche, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("only for the receipt"))
    name = models.SlugField(_("name in the plan"), max_length=40)
    value = models.CharField(_("value"), max_length=60)
    from_date = models.DateField(_("from"))
    source = models.CharField(_("source"), max_length=200)
    document = models.ForeignKey(StoredFile, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("document"))
    stated_by = models.ForeignKey(_PERSON, on_delete=models.PROTECT, related_name="+", verbose_name=_("stated by"))
    stated_at = models.DateTimeField(_("stated at"))

    class Meta:
        verbose_name = _("stated fact")
        verbose_name_plural = _("stated facts")
        indexes = [models.Index(fields=["project", "name", "from_date"], name="stated_fact_latest")]
        constraints = [
            models.CheckConstraint(condition=~Q(name="") & ~Q(value="") & ~Q(source=""), name="stated_fact_is_whole"),
        ]

    def __str__(self) -> str:
        return f"{self.name}: {self.value}"


class PayoutRate(models.Model):
    """How many units of a currency are paid for one unit of another on a day. Append-only: the latest statement of a day holds."""

    base = models.CharField(_("one unit of"), max_length=3)
    currency = models.CharField(_("is paid in"), max_length=3)
    rate = models.DecimalField(_("rate"), max_digits=18, decimal_places=6)
    on = models.DateField(_("day of the rate"))
    source = models.CharField(_("source"), max_length=200)
    stated_by = models.ForeignKey(_PERSON, on_delete=models.PROTECT, related_name="+", verbose_name=_("stated by"))
    stated_at = models.DateTimeField(_("stated at"))

    class Meta:
        verbose_name = _("payout rate")
        verbose_name_plural = _("payout rates")
        constraints = [
            models.CheckConstraint(condition=Q(rate__gt=0) & ~Q(source=""), name="payout_rate_above_zero"),
            models.CheckConstraint(condition=~Q(base=F("currency")), name="payout_rate_of_two_currencies"),
        ]

    def __str__(self) -> str:
        return f"{self.base} 1 = {self.currency} {self.rate.normalize():f} ({self.on})"


class Ruling(models.Model):
    """
    What people decided about one step of the plan for one receipt: the recipients' own division, or a departure from the rule.

    Entered with its document by one person, decided by another. The rule's own result stays beside it in the allocation.
    """

    class Kind(models.TextChoices):
        MANUAL = "MANUAL", _("the recipients' own division")
        OVERRIDE = "OVERRIDE", _("a departure from the rule")

    class Status(models.TextChoices):
        PROPOSED = "PROPOSED", _("proposed")
        APPROVED = "APPROVED", _("approved")
        REFUSED = "REFUSED", _("refused")

    tranche = models.ForeignKey(Tranche, on_delete=models.PROTECT, related_name="rulings", verbose_name=_("receipt"))
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+", verbose_name=_("project"))
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    step = models.CharField(_("step of the plan"), max_length=40)
    authority = models.CharField(_("authority"), max_length=160)
    title = models.CharField(_("document"), max_length=160)
    document = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+", verbose_name=_("document's file"))
    decided_on = models.DateField(_("day of the decision"))
    why = models.CharField(_("why"), max_length=300, blank=True)
    women_present = models.PositiveIntegerField(_("women present"), null=True, blank=True)
    men_present = models.PositiveIntegerField(_("men present"), null=True, blank=True)
    # {"shares": {code: "70 %"}} or {"amounts": {code: "700.00"}}: as it was typed, read by the plan file's own reader.
    parts = models.JSONField(_("parts"))
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.PROPOSED)
    made_by = models.ForeignKey(_PERSON, on_delete=models.PROTECT, related_name="+", verbose_name=_("entered by"))
    made_at = models.DateTimeField(_("entered at"))
    ruled_by = models.ForeignKey(_PERSON, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("decided by"))
    ruled_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    reason = models.CharField(_("remark"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("decision about a step")
        verbose_name_plural = _("decisions about steps")
        constraints = [
            models.UniqueConstraint(fields=["tranche", "step"], condition=~Q(status="REFUSED"), name="ruling_once_a_step"),
            models.CheckConstraint(condition=Q(ruled_by=None) | ~Q(ruled_by=F("made_by")), name="ruling_maker_is_not_checker"),
            models.CheckConstraint(
                condition=Q(status="PROPOSED", ruled_by=None, ruled_at=None)
                | ~Q(status="PROPOSED") & Q(ruled_by__isnull=False, ruled_at__isnull=False),
                name="ruling_decision_matches_status",
            ),
            models.CheckConstraint(condition=~Q(kind="OVERRIDE", why=""), name="override_says_why"),
            models.CheckConstraint(
                condition=~Q(kind="MANUAL") | Q(women_present__isnull=False, men_present__isnull=False), name="own_division_has_attendance"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.tranche} {self.step}: {self.title}"
