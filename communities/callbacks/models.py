"""Samples of payments, drawn at random, and what villagers said when they were asked about them. All of it append-only."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from core.models import StoredFile
from revenue.credits.models import Project
from revenue.disbursements.models import Payment


class Sample(models.Model):
    """
    A draw from the payments of [first_day, end_day), of one project or of all, by strata (one a project).

    ``frame`` is what it was drawn from, as ``[payment id, stratum]``; with the seed it gives the same payments again.
    """

    client_key = models.UUIDField(_("form key"), unique=True)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, null=True, blank=True, related_name="samples", verbose_name=_("project"))
    first_day = models.DateField(_("payments from"))
    end_day = models.DateField(_("payments before"))
    size = models.PositiveIntegerField(_("payments drawn"))
    frame = models.JSONField(_("drawn from"))
    frame_sha256 = models.CharField(_("sha256 of what it was drawn from"), max_length=64)
    seed = models.CharField(_("seed"), max_length=64)
    drawn_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("drawn by"))
    drawn_at = models.DateTimeField(_("drawn at"))

    class Meta:
        verbose_name = _("sample of payments")
        verbose_name_plural = _("samples of payments")
        constraints = [
            models.CheckConstraint(condition=Q(end_day__gt=F("first_day")), name="sample_days_in_order"),
            models.CheckConstraint(condition=Q(size__gt=0), name="sample_is_of_something"),
            models.CheckConstraint(condition=~Q(seed=""), name="sample_has_seed"),
        ]

    def __str__(self) -> str:
        return f"{self.first_day} – {self.end_day}, {self.size}"


class SampledPayment(models.Model):
    """A payment that was drawn: a villager is to be asked about it."""

    sample = models.ForeignKey(Sample, on_delete=models.PROTECT, related_name="payments", verbose_name=_("sample"))
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="samples", verbose_name=_("payment"))
    stratum = models.CharField(_("stratum"), max_length=40)
    position = models.PositiveIntegerField(_("position"))

    class Meta:
        verbose_name = _("payment to check")
        verbose_name_plural = _("payments to check")
        constraints = [
            models.UniqueConstraint(fields=["sample", "payment"], name="sampled_payment_once"),
            models.UniqueConstraint(fields=["sample", "position"], name="sampled_position_once"),
        ]

    def __str__(self) -> str:
        return f"{self.payment}"


class Asking(models.Model):
    """Who was asked to call or visit about a payment; the latest counts."""

    item = models.ForeignKey(SampledPayment, on_delete=models.PROTECT, related_name="askings", verbose_name=_("payment to check"))
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("who asks the village"))
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("sent by"))
    asked_at = models.DateTimeField(_("sent at"))

    class Meta:
        verbose_name = _("request to check")
        verbose_name_plural = _("requests to check")

    def __str__(self) -> str:
        return f"{self.item}: {self.person}"


class Answer(models.Model):
    """
    One call or visit about a payment: nobody was reached, or what the villager said.

    Of several, the latest in which somebody was reached counts. Whoever had a hand in the payment, or helps the
    community, does not ask.
    """

    class Channel(models.TextChoices):
        CALL = "CALL", _("telephone call")
        VISIT = "VISIT", _("visit")

    client_key = models.UUIDField(_("form key"), unique=True)
    item = models.ForeignKey(SampledPayment, on_delete=models.PROTECT, related_name="answers", verbose_name=_("payment to check"))
    channel = models.CharField(_("how"), max_length=10, choices=Channel)
    asked_on = models.DateField(_("asked on"))
    was_reached = models.BooleanField(_("somebody was reached"))
    # Empty where nobody was reached; amount and day are empty where nothing was received or nobody remembered.
    was_received = models.BooleanField(_("says that money was received"), null=True, blank=True)
    amount_minor = models.BigIntegerField(_("amount received"), null=True, blank=True)
    currency = models.CharField(_("currency"), max_length=3, blank=True)
    received_on = models.DateField(_("received on"), null=True, blank=True)
    spoken_to = models.CharField(_("who answered"), max_length=160, blank=True)
    words = models.CharField(_("in their words"), max_length=500, blank=True)
    photo = models.ForeignKey(StoredFile, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("photo"))
    recording = models.ForeignKey(StoredFile, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("voice recording"))
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("asked by"))
    recorded_at = models.DateTimeField(_("recorded at"))

    class Meta:
        verbose_name = _("villager's answer")
        verbose_name_plural = _("villagers' answers")
        constraints = [
            models.CheckConstraint(
                condition=Q(was_reached=False, was_received=None, amount_minor=None, received_on=None)
                | Q(was_reached=True, was_received__isnull=False) & ~Q(spoken_to=""),
                name="answer_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(amount_minor=None, currency="") | Q(was_received=True, amount_minor__gt=0) & ~Q(currency=""), name="answer_amount_whole"
            ),
        ]
        indexes = [models.Index(fields=["item", "-recorded_at", "-id"], name="answer_latest")]

    def __str__(self) -> str:
        return f"{self.item} {self.asked_on}"
