"""What each receipt was split into: proposed by one person, approved by another; and the money that waits."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from communities.registry.models import IndicatorSnapshot, Recipient
from revenue.credits.models import Project
from revenue.ledger.models import Entry, Tranche
from revenue.sharing.models.plans import PlanVersion, Pot

_PERSON = settings.AUTH_USER_MODEL


class AllocationRun(models.Model):
    """
    What one tranche is split into, by which version and which counts; or why it could not be split yet.

    A run that ``corrects`` another shares the same money again after a late fact: its entry holds only the differences.
    """

    class Status(models.TextChoices):
        UNALLOCATED = "UNALLOCATED", _("unallocated")
        PROPOSED = "PROPOSED", _("proposed")
        WITHDRAWN = "WITHDRAWN", _("withdrawn")
        REFUSED = "REFUSED", _("refused")
        ALLOCATED = "ALLOCATED", _("allocated")
        CORRECTED = "CORRECTED", _("corrected since")
        REVERSED = "REVERSED", _("reversed")

    tranche = models.ForeignKey(Tranche, on_delete=models.PROTECT, related_name="allocation_runs", verbose_name=_("tranche"))
    corrects = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="corrections", verbose_name=_("corrects"))
    # The allocation that the money was first shared by, where this one corrects it.
    first = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("first shared by"))
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="allocation_runs", verbose_name=_("project"))
    plan_version = models.ForeignKey(
        PlanVersion, on_delete=models.PROTECT, null=True, blank=True, related_name="runs", verbose_name=_("plan version")
    )
    # The newest of the counts that it was shared by; all of them are its ``counts``.
    snapshot = models.ForeignKey(
        IndicatorSnapshot, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("indicator snapshot")
    )
    status = models.CharField(_("status"), max_length=12, choices=Status)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    amount_minor = models.BigIntegerField(_("amount"))
    currency = models.CharField(_("currency"), max_length=3)
    # The engine's own canonical answer, and its hash: the proof of how each line came about, and of what was approved.
    result = models.TextField(_("result"), blank=True)
    sha256 = models.CharField(_("sha256"), max_length=64, blank=True)
    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("ledger entry"))
    run_by = models.ForeignKey(_PERSON, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("proposed by"))
    run_at = models.DateTimeField(_("proposed at"))
    decided_by = models.ForeignKey(_PERSON, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("decided by"))
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    reversal_asked_by = models.ForeignKey(
        _PERSON, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("reversal asked for by")
    )
    reversal_reason = models.CharField(_("reason for the reversal"), max_length=300, blank=True)
    reversed_by = models.ForeignKey(_PERSON, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("reversed by"))
    reversed_at = models.DateTimeField(_("reversed at"), null=True, blank=True)
    reversal_entry = models.ForeignKey(Entry, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("reversal entry"))

    class Meta:
        verbose_name = _("allocation")
        verbose_name_plural = _("allocations")
        constraints = [
            models.UniqueConstraint(fields=["tranche"], condition=Q(status="ALLOCATED"), name="tranche_allocated_once"),
            models.UniqueConstraint(fields=["tranche"], condition=Q(status="PROPOSED"), name="tranche_proposed_once"),
            models.CheckConstraint(
                condition=Q(status="UNALLOCATED", entry=None) & ~Q(reason="")
                | Q(status__in=["PROPOSED", "WITHDRAWN", "REFUSED"], entry=None, plan_version__isnull=False) & ~Q(sha256="")
                | Q(status__in=["ALLOCATED", "CORRECTED", "REVERSED"], entry__isnull=False, plan_version__isnull=False),
                name="allocation_has_plan_or_reason",
            ),
            models.CheckConstraint(condition=Q(decided_by=None) | ~Q(decided_by=F("run_by")), name="allocation_maker_is_not_checker"),
            models.CheckConstraint(
                condition=Q(corrects=None, first=None) | Q(corrects__isnull=False, first__isnull=False), name="allocation_correction_has_first"
            ),
            models.CheckConstraint(
                condition=Q(status__in=["UNALLOCATED", "PROPOSED", "WITHDRAWN"], decided_by=None, decided_at=None)
                | Q(status="REFUSED", decided_by__isnull=False, decided_at__isnull=False) & ~Q(reason="")
                # Those from before two people shared a receipt have no second.
                | Q(status__in=["ALLOCATED", "CORRECTED", "REVERSED"]),
                name="allocation_decision_matches_status",
            ),
            models.CheckConstraint(
                condition=Q(reversal_asked_by=None, reversal_reason="") | Q(reversal_asked_by__isnull=False) & ~Q(reversal_reason=""),
                name="allocation_reversal_has_reason",
            ),
            models.CheckConstraint(
                condition=Q(status="REVERSED", reversed_by__isnull=False, reversed_at__isnull=False, reversal_entry__isnull=False)
                & Q(reversal_asked_by__isnull=False)
                & ~Q(reversed_by=F("reversal_asked_by"))
                | ~Q(status="REVERSED") & Q(reversed_by=None, reversed_at=None, reversal_entry=None),
                name="allocation_reversed_by_two",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.tranche} {self.get_status_display()}"


class UsedCount(models.Model):
    """One sheet of counts that an allocation was shared by: a plan may use several, each for other numbers. Append-only."""

    run = models.ForeignKey(AllocationRun, on_delete=models.PROTECT, related_name="counts", verbose_name=_("allocation"))
    snapshot = models.ForeignKey(IndicatorSnapshot, on_delete=models.PROTECT, related_name="+", verbose_name=_("indicator snapshot"))

    class Meta:
        verbose_name = _("counts used")
        verbose_name_plural = _("counts used")
        constraints = [models.UniqueConstraint(fields=["run", "snapshot"], name="used_count_once_a_run")]

    def __str__(self) -> str:
        return f"{self.run}: {self.snapshot}"


class AllocationLine(models.Model):
    """
    One share of a run: how much, for which pot and recipient, and how it came about.

    ``rule_minor`` is what the rule gives where the books could not follow it: a correction takes back only what is
    still there, so that more may be held than is due (recovered from later receipts), or less (still to come).
    """

    class State(models.TextChoices):
        ALLOCATED = "allocated", _("allocated")
        HELD = "held", _("held in reserve")
        WITHHELD = "withheld", _("withheld")

    run = models.ForeignKey(AllocationRun, on_delete=models.PROTECT, related_name="lines", verbose_name=_("allocation"))
    position = models.PositiveIntegerField(_("position"))
    pot = models.ForeignKey(Pot, on_delete=models.PROTECT, related_name="lines", verbose_name=_("pot"))
    recipient = models.ForeignKey(
        Recipient, on_delete=models.PROTECT, null=True, blank=True, related_name="allocation_lines", verbose_name=_("recipient")
    )
    state = models.CharField(_("state"), max_length=10, choices=State)
    amount_minor = models.BigIntegerField(_("amount"))
    rule_minor = models.BigIntegerField(_("amount by the rule"), null=True, blank=True)
    exact = models.CharField(_("exact value"), max_length=80, blank=True)
    how = models.TextField(_("how it came about"))
    how_km = models.TextField(_("how it came about, in Khmer"), blank=True)
    steps = models.JSONField(_("steps"), default=list)
    released_by = models.ForeignKey(_PERSON, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("released by"))
    released_at = models.DateTimeField(_("released at"), null=True, blank=True)
    release_reason = models.CharField(_("reason for release"), max_length=300, blank=True)
    release_entry = models.ForeignKey(Entry, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("release entry"))
    # Set for a reserve: where it went, and how much of it was still there.
    released_to = models.ForeignKey(Pot, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("released into"))
    released_minor = models.BigIntegerField(_("amount released"), null=True, blank=True)

    class Meta:
        verbose_name = _("allocation line")
        verbose_name_plural = _("allocation lines")
        constraints = [
            models.UniqueConstraint(fields=["run", "position"], name="allocation_line_position_once"),
            models.CheckConstraint(condition=Q(amount_minor__gte=0), name="allocation_line_not_negative"),
            models.CheckConstraint(condition=Q(rule_minor=None) | Q(rule_minor__gte=0), name="allocation_line_rule_not_negative"),
            models.CheckConstraint(
                condition=Q(release_entry=None, released_by=None, released_at=None, released_to=None, released_minor=None)
                | Q(release_entry__isnull=False, released_by__isnull=False, released_at__isnull=False) & ~Q(release_reason=""),
                name="allocation_line_release_is_whole",
            ),
            models.CheckConstraint(
                condition=Q(released_to=None, released_minor=None)
                | Q(state="held", released_to__isnull=False, released_minor__gt=0, released_minor__lte=F("amount_minor")) & ~Q(released_to=F("pot")),
                name="allocation_line_reserve_released",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pot} {self.recipient or ''} {self.amount_minor}"


class WithheldLine(AllocationLine):
    """A line as the office sees it while a plan holds it back from its recipient."""

    class Meta:
        proxy = True
        verbose_name = _("money withheld")
        verbose_name_plural = _("money withheld")


class HeldLine(AllocationLine):
    """A line as the office sees it while a plan holds it in reserve."""

    class Meta:
        proxy = True
        verbose_name = _("money in reserve")
        verbose_name_plural = _("money in reserve")


class WaitingTranche(Tranche):
    """A tranche as the office sees it while money of it is unallocated."""

    class Meta:
        proxy = True
        verbose_name = _("money to be allocated")
        verbose_name_plural = _("money to be allocated")
