"""Consent to a benefit-sharing plan: given, refused or withdrawn by a community; and what was withheld after it."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from communities.registry.models import Recipient
from core.models import StoredFile
from revenue.ledger.models import Entry
from revenue.sharing.models import PlanVersion


class Consent(models.Model):
    """
    What a community said on a day about one version of a plan. Never edited: what it says later is another row.

    Entered by one person and confirmed by another. A consent counts once it is confirmed; a refusal or a withdrawal
    counts from the moment it is entered, so that a doubt holds money back and never pays it.
    """

    class Kind(models.TextChoices):
        GIVEN = "GIVEN", _("consent given")
        REFUSED = "REFUSED", _("consent refused")
        WITHDRAWN = "WITHDRAWN", _("consent withdrawn")

    class Status(models.TextChoices):
        ENTERED = "ENTERED", _("to be confirmed")
        CONFIRMED = "CONFIRMED", _("confirmed")
        REJECTED = "REJECTED", _("not confirmed")

    AGAINST = (Kind.REFUSED, Kind.WITHDRAWN)

    client_key = models.UUIDField(_("form key"), unique=True)
    recipient = models.ForeignKey(Recipient, on_delete=models.PROTECT, related_name="consents", verbose_name=_("recipient"))
    plan_version = models.ForeignKey(PlanVersion, on_delete=models.PROTECT, related_name="consents", verbose_name=_("plan version"))
    kind = models.CharField(_("community's answer"), max_length=10, choices=Kind)
    happened_on = models.DateField(_("said on"))
    said_by = models.CharField(_("who said it"), max_length=200)
    women = models.PositiveIntegerField(_("women at the meeting"), default=0)
    men = models.PositiveIntegerField(_("men at the meeting"), default=0)
    spoken_language = models.CharField(_("language of the meeting"), max_length=60, blank=True)
    reason = models.CharField(_("reason given"), max_length=500, blank=True)
    document = models.ForeignKey(StoredFile, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("minutes or photo"))
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.ENTERED)
    entered_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("entered by"))
    entered_at = models.DateTimeField(_("entered at"))
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("decided by")
    )
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    remark = models.CharField(_("remark of who decided"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        constraints = [
            models.CheckConstraint(condition=~Q(said_by=""), name="consent_said_by_somebody"),
            models.CheckConstraint(
                condition=Q(kind="WITHDRAWN") | Q(document__isnull=False) & ~Q(spoken_language="") & (Q(women__gt=0) | Q(men__gt=0)),
                name="consent_meeting_has_minutes",
            ),
            models.CheckConstraint(condition=Q(kind="GIVEN") | ~Q(reason=""), name="consent_against_has_reason"),
            models.CheckConstraint(condition=~Q(decided_by=F("entered_by")), name="consent_maker_is_not_checker"),
            models.CheckConstraint(
                condition=Q(status="ENTERED", decided_by=None, decided_at=None)
                | Q(status="CONFIRMED", decided_by__isnull=False, decided_at__isnull=False)
                | Q(status="REJECTED", decided_by__isnull=False, decided_at__isnull=False) & ~Q(remark=""),
                name="consent_decision_matches_status",
            ),
        ]
        indexes = [models.Index(fields=["plan_version", "recipient", "-happened_on", "-id"], name="consent_standing")]

    def __str__(self) -> str:
        return f"{self.recipient}: {self.plan_version}, {self.happened_on}"


class Withholding(models.Model):
    """
    Money set aside for a recipient and not yet paid, held back because its consent was refused or withdrawn.

    ``entry`` moved it from the pots into what is withheld, ``release_entry`` moves the same rows back.
    """

    consent = models.ForeignKey(Consent, on_delete=models.PROTECT, related_name="withholdings", verbose_name=_("because of"))
    amount_minor = models.BigIntegerField(_("amount"))
    currency = models.CharField(_("currency"), max_length=3)
    entry = models.OneToOneField(Entry, on_delete=models.PROTECT, related_name="+", verbose_name=_("ledger entry"))
    withheld_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("withheld by"))
    withheld_at = models.DateTimeField(_("withheld at"))
    release_entry = models.OneToOneField(Entry, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("release entry"))
    released_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("released by")
    )
    released_at = models.DateTimeField(_("released at"), null=True, blank=True)
    release_reason = models.CharField(_("reason for release"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("money withheld")
        verbose_name_plural = _("money withheld")
        constraints = [
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="withholding_is_positive"),
            models.CheckConstraint(
                condition=Q(release_entry=None, released_by=None, released_at=None)
                | Q(release_entry__isnull=False, released_by__isnull=False, released_at__isnull=False) & ~Q(release_reason=""),
                name="withholding_release_is_whole",
            ),
            models.CheckConstraint(condition=~Q(released_by=F("withheld_by")), name="withholding_released_by_another"),
        ]

    def __str__(self) -> str:
        return f"{self.consent.recipient} {self.withheld_at:%Y-%m-%d}"
