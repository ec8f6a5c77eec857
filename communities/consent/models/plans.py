"""Village plans: activities and what each may cost, by year, as a community's own meeting agreed to them."""

from __future__ import annotations

from typing import Final

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import IntegerRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value
from django.utils.translation import gettext_lazy as _

from communities.registry.models import Recipient
from core.models import StoredFile
from revenue.sharing.models import Purpose

EARLIEST_YEAR: Final = 2000
LATEST_YEAR: Final = 2100
MOST_YEARS: Final = 10


class _Years(Func):
    """``int4range(first, last, '[]')``: both years belong to it."""

    function = "int4range"
    output_field = IntegerRangeField()


class VillagePlan(models.Model):
    """
    One version of a recipient's plan for some years. Written as a draft, never changed once it was sent.

    The community's meeting agrees first (day, attendance, minutes), then an officer who did not write it approves.
    A new version replaces the one before for its years; a year it does not cover keeps its plan.
    """

    class Status(models.TextChoices):
        DRAFT = "DRAFT", _("draft")
        PROPOSED = "PROPOSED", _("waiting for approval")
        APPROVED = "APPROVED", _("approved")
        REFUSED = "REFUSED", _("refused")
        REPLACED = "REPLACED", _("replaced for years of a newer version")

    OPEN = (Status.DRAFT, Status.PROPOSED)

    recipient = models.ForeignKey(Recipient, on_delete=models.PROTECT, related_name="village_plans", verbose_name=_("recipient"))
    number = models.PositiveSmallIntegerField(_("version"))
    title = models.CharField(_("title"), max_length=160)
    first_year = models.PositiveSmallIntegerField(_("first year"))
    last_year = models.PositiveSmallIntegerField(_("last year"))
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.DRAFT)
    drafted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("drafted by"))
    drafted_at = models.DateTimeField(_("drafted at"))
    met_on = models.DateField(_("community's meeting on"), null=True, blank=True)
    women = models.PositiveIntegerField(_("women at the meeting"), default=0)
    men = models.PositiveIntegerField(_("men at the meeting"), default=0)
    minutes = models.ForeignKey(StoredFile, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("minutes"))
    sent_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("sent by")
    )
    sent_at = models.DateTimeField(_("sent at"), null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("decided by")
    )
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("village plan")
        verbose_name_plural = _("village plans")
        constraints = [
            models.UniqueConstraint(fields=["recipient", "number"], name="village_plan_number_once"),
            models.UniqueConstraint(fields=["recipient"], condition=Q(status__in=["DRAFT", "PROPOSED"]), name="village_plan_one_open"),
            models.CheckConstraint(
                condition=Q(first_year__gte=EARLIEST_YEAR, last_year__lte=LATEST_YEAR, last_year__gte=F("first_year"))
                & Q(last_year__lt=F("first_year") + MOST_YEARS),
                name="village_plan_years_in_order",
            ),
            models.CheckConstraint(condition=~Q(decided_by=F("drafted_by")) & ~Q(decided_by=F("sent_by")), name="village_plan_maker_is_not_checker"),
            models.CheckConstraint(
                condition=Q(status="DRAFT", met_on=None, minutes=None, sent_by=None, sent_at=None)
                | ~Q(status="DRAFT")
                & Q(met_on__isnull=False, minutes__isnull=False, sent_by__isnull=False, sent_at__isnull=False)
                & (Q(women__gt=0) | Q(men__gt=0)),
                name="village_plan_sent_with_minutes",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["DRAFT", "PROPOSED"], decided_by=None, decided_at=None)
                | Q(status__in=["APPROVED", "REPLACED"], decided_by__isnull=False, decided_at__isnull=False)
                | Q(status="REFUSED", decided_by__isnull=False, decided_at__isnull=False) & ~Q(reason=""),
                name="village_plan_decision_matches_status",
            ),
            ExclusionConstraint(
                name="village_plan_one_approved_a_year",
                expressions=[("recipient", RangeOperators.EQUAL), (_Years("first_year", "last_year", Value("[]")), RangeOperators.OVERLAPS)],
                condition=Q(status="APPROVED"),
            ),
        ]

    def __str__(self) -> str:
        years = f"{self.first_year}" if self.first_year == self.last_year else f"{self.first_year}–{self.last_year}"
        return f"{self.recipient} {years} v{self.number}"


class Activity(models.Model):
    """One thing a plan says will be done. Its number stays the same from one version to the next."""

    plan = models.ForeignKey(VillagePlan, on_delete=models.PROTECT, related_name="activities", verbose_name=_("village plan"))
    number = models.PositiveSmallIntegerField(_("number"))
    name = models.CharField(_("activity"), max_length=160)
    purpose = models.CharField(_("purpose"), max_length=24, choices=Purpose)

    class Meta:
        verbose_name = _("activity")
        verbose_name_plural = _("activities")
        constraints = [
            models.UniqueConstraint(fields=["plan", "number"], name="activity_number_once"),
            models.UniqueConstraint(fields=["plan", "name"], name="activity_name_once"),
            models.CheckConstraint(condition=~Q(name=""), name="activity_has_name"),
        ]

    def __str__(self) -> str:
        return f"{self.number}. {self.name}"


class BudgetLine(models.Model):
    """What an activity may cost in one year, in minor units of one currency (riel or dollars)."""

    activity = models.ForeignKey(Activity, on_delete=models.PROTECT, related_name="lines", verbose_name=_("activity"))
    year = models.PositiveSmallIntegerField(_("year"))
    currency = models.CharField(_("currency"), max_length=3, choices=[("KHR", "KHR"), ("USD", "USD")])
    amount_minor = models.BigIntegerField(_("budget"))
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("added by"))
    added_at = models.DateTimeField(_("added at"))

    class Meta:
        verbose_name = _("budget line")
        verbose_name_plural = _("budget lines")
        constraints = [
            models.UniqueConstraint(fields=["activity", "year"], name="budget_line_once_a_year"),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="budget_line_is_positive"),
            models.CheckConstraint(condition=Q(currency__in=["KHR", "USD"]), name="budget_line_in_riel_or_dollars"),
        ]

    def __str__(self) -> str:
        return f"{self.activity} {self.year}"
