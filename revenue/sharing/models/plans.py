"""Plan versions, the pots they name, and who belongs to a project."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.utils.translation import gettext_lazy as _

from communities.registry.models import Recipient
from core.models import StoredFile
from revenue.credits.models import Project


class _DateRange(Func):
    """``daterange(from, to)``: half-open, an empty end is unbounded."""

    function = "daterange"
    output_field = DateRangeField()


class Purpose(models.TextChoices):
    """What money is promised for. Costs and reserve are not purposes of the promise, and are shown apart."""

    FOREST_PROTECTION = "forest_protection", _("forest protection")
    COMMUNITY_DEVELOPMENT = "community_development", _("community development")
    TRAINING = "training", _("training")
    COSTS = "costs", _("operating costs")
    RESERVE = "reserve", _("reserve")


SPENDING_PURPOSES = (Purpose.FOREST_PROTECTION, Purpose.COMMUNITY_DEVELOPMENT, Purpose.TRAINING, Purpose.COSTS)


class PlanVersion(models.Model):
    """One version of a project's benefit-sharing plan: the file is the rule, its text is kept whole."""

    class Status(models.TextChoices):
        DRAFT = "DRAFT", _("draft")
        PROPOSED = "PROPOSED", _("proposed")
        APPROVED = "APPROVED", _("approved")
        REFUSED = "REFUSED", _("refused")
        WITHDRAWN = "WITHDRAWN", _("withdrawn")

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="plan_versions", verbose_name=_("project"))
    number = models.PositiveSmallIntegerField(_("version"))
    title = models.CharField(_("title"), max_length=200)
    text = models.TextField(_("plan file"))
    sha256 = models.CharField(_("sha256"), max_length=64)
    effective_from = models.DateField(_("in force from"))
    # Set when the next version is approved; empty means until further notice.
    effective_to = models.DateField(_("in force until"), null=True, blank=True)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.DRAFT)
    document = models.ForeignKey(StoredFile, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("signed document"))
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("proposed by"))
    proposed_at = models.DateTimeField(_("proposed at"))
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("decided by")
    )
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("plan version")
        verbose_name_plural = _("plan versions")
        constraints = [
            models.UniqueConstraint(fields=["project", "number"], name="plan_version_number_once"),
            models.CheckConstraint(condition=Q(effective_to=None) | Q(effective_to__gt=F("effective_from")), name="plan_ends_after_it_begins"),
            models.CheckConstraint(condition=~Q(decided_by=F("proposed_by")), name="plan_maker_is_not_checker"),
            models.CheckConstraint(
                condition=Q(status__in=["DRAFT", "PROPOSED", "WITHDRAWN"], decided_by=None, decided_at=None)
                | Q(status__in=["APPROVED", "REFUSED"], decided_by__isnull=False, decided_at__isnull=False),
                name="plan_decision_matches_status",
            ),
            ExclusionConstraint(
                name="plan_one_in_force",
                expressions=[
                    ("project", RangeOperators.EQUAL),
                    (_DateRange("effective_from", "effective_to"), RangeOperators.OVERLAPS),
                ],
                condition=Q(status="APPROVED"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.project.code} v{self.number}"


class Pot(models.Model):
    """Money set aside by a plan for one purpose. Its ledger name is ``<project code>/<code>``."""

    class Draw(models.TextChoices):
        FIFO = "FIFO", _("oldest money first")
        PROPORTIONAL = "PROPORTIONAL", _("in proportion")

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="pots", verbose_name=_("project"))
    code = models.SlugField(_("code"), max_length=40)
    title = models.CharField(_("title"), max_length=160)
    title_km = models.CharField(_("title in Khmer"), max_length=160, blank=True)
    purpose = models.CharField(_("purpose"), max_length=24, choices=Purpose)
    draw = models.CharField(_("draw"), max_length=12, choices=Draw, default=Draw.FIFO)
    # Days from receipt to payment that the plan promises; None where it promises nothing.
    deadline_days = models.PositiveSmallIntegerField(_("days to pay"), null=True, blank=True)

    class Meta:
        verbose_name = _("pot")
        verbose_name_plural = _("pots")
        constraints = [models.UniqueConstraint(fields=["project", "code"], name="pot_code_once")]

    def __str__(self) -> str:
        return self.title

    @property
    def ledger_code(self) -> str:
        """How the ledger names this pot."""
        return f"{self.project.code}/{self.code}"


class Beneficiary(models.Model):
    """A recipient's place in a group of a project's plan ("villages", "rangers") during [from_date, to_date)."""

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="beneficiaries", verbose_name=_("project"))
    recipient = models.ForeignKey(Recipient, on_delete=models.PROTECT, related_name="beneficiaries", verbose_name=_("recipient"))
    group = models.SlugField(_("group"), max_length=40)
    from_date = models.DateField(_("from"))
    to_date = models.DateField(_("until"), null=True, blank=True)

    class Meta:
        verbose_name = _("beneficiary")
        verbose_name_plural = _("beneficiaries")
        constraints = [
            models.CheckConstraint(condition=Q(to_date=None) | Q(to_date__gt=F("from_date")), name="beneficiary_ends_after_it_begins"),
            ExclusionConstraint(
                name="beneficiary_once_at_a_time",
                expressions=[
                    ("project", RangeOperators.EQUAL),
                    ("recipient", RangeOperators.EQUAL),
                    ("group", RangeOperators.EQUAL),
                    (_DateRange("from_date", "to_date"), RangeOperators.OVERLAPS),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.project.code} {self.group}: {self.recipient}"
