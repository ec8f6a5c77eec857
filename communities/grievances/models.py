"""Complaints: what was said, who said it (kept apart), what became of it, and the counts that are published."""

from __future__ import annotations

from typing import Final

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from communities.registry.models import Village
from communities.spending.models import SpendingRecord
from core.models import StoredFile
from revenue.disbursements.models import Payment


class Case(models.Model):
    """
    One complaint and where it stands. Its words never change, and its names are kept in Contact.

    ``code_sha256`` is the keyed hash of the receipt code; the code itself is kept nowhere.
    """

    class Category(models.TextChoices):
        MONEY = "MONEY", _("our share or a payment")
        SPENDING = "SPENDING", _("how money was spent")
        LAND = "LAND", _("land or boundaries")
        CONSENT = "CONSENT", _("we were not asked or not told")
        CONDUCT = "CONDUCT", _("how somebody behaved")
        THREAT = "THREAT", _("threat or violence")
        OTHER = "OTHER", _("something else")

    class Channel(models.TextChoices):
        PAGE = "PAGE", _("public page")
        LIAISON = "LIAISON", _("community liaison")
        TELEPHONE = "TELEPHONE", _("telephone")

    class Level(models.TextChoices):
        VILLAGE = "VILLAGE", _("village")
        COMMUNE = "COMMUNE", _("commune")
        PROVINCE = "PROVINCE", _("province")
        MINISTRY = "MINISTRY", _("ministry")

    class Status(models.TextChoices):
        RECEIVED = "RECEIVED", _("received")
        ANSWERED = "ANSWERED", _("answered")
        APPEALED = "APPEALED", _("appealed")
        CLOSED = "CLOSED", _("closed")

    code_sha256 = models.CharField(_("hash of the receipt code"), max_length=64, unique=True)
    category = models.CharField(_("about"), max_length=10, choices=Category)
    place = models.CharField(_("place"), max_length=160, blank=True)
    village = models.ForeignKey(Village, on_delete=models.PROTECT, null=True, blank=True, related_name="complaints", verbose_name=_("village"))
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, null=True, blank=True, related_name="complaints", verbose_name=_("payment"))
    spending = models.ForeignKey(
        SpendingRecord, on_delete=models.PROTECT, null=True, blank=True, related_name="complaints", verbose_name=_("spending")
    )
    text = models.TextField(_("what happened"), max_length=4000, blank=True)
    language = models.CharField(_("language"), max_length=2, choices=[("en", "English"), ("km", "ខ្មែរ")])
    photo = models.ForeignKey(StoredFile, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("photo"))
    recording = models.ForeignKey(StoredFile, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("voice recording"))
    channel = models.CharField(_("received by"), max_length=10, choices=Channel)
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("entered by")
    )
    received_at = models.DateTimeField(_("received at"))
    level = models.CharField(_("level"), max_length=10, choices=Level, default=Level.VILLAGE)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.RECEIVED)
    # Empty once answered.
    answer_by = models.DateField(_("answer until"), null=True, blank=True)

    class Meta:
        verbose_name = _("complaint")
        verbose_name_plural = _("complaints")
        constraints = [
            models.CheckConstraint(condition=~Q(text="") | Q(recording__isnull=False), name="complaint_says_something"),
            models.CheckConstraint(
                condition=Q(channel="PAGE", entered_by=None) | Q(channel__in=["LIAISON", "TELEPHONE"], entered_by__isnull=False),
                name="complaint_entered_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["RECEIVED", "APPEALED"], answer_by__isnull=False) | Q(status__in=["ANSWERED", "CLOSED"], answer_by=None),
                name="complaint_deadline_matches_status",
            ),
            models.CheckConstraint(condition=Q(level__in=["VILLAGE", "COMMUNE", "PROVINCE", "MINISTRY"]), name="complaint_level_is_known"),
            models.CheckConstraint(condition=Q(code_sha256__regex=r"^[0-9a-f]{64}$"), name="complaint_code_is_hashed"),
        ]
        indexes = [models.Index(fields=["status", "answer_by"], name="complaint_waiting")]

    def __str__(self) -> str:
        return f"C-{self.pk}"


LEVELS: Final = tuple(Case.Level)
OPEN: Final = frozenset({Case.Status.RECEIVED, Case.Status.APPEALED})


class Contact(models.Model):
    """Who complained, where they said so. A complaint without this row is anonymous."""

    case = models.OneToOneField(Case, on_delete=models.PROTECT, related_name="contact", verbose_name=_("complaint"))
    name = models.CharField(_("name"), max_length=120, blank=True)
    phone = models.CharField(_("telephone"), max_length=40, blank=True)

    class Meta:
        verbose_name = _("who complained")
        verbose_name_plural = _("who complained")
        constraints = [models.CheckConstraint(condition=~Q(name="") | ~Q(phone=""), name="contact_is_somebody")]

    def __str__(self) -> str:
        return str(self.case)


class Event(models.Model):
    """One thing that happened to a complaint. ``by`` is empty for who complained and for the calendar."""

    class Kind(models.TextChoices):
        RECEIVED = "RECEIVED", _("received")
        ANSWERED = "ANSWERED", _("answered")
        ESCALATED = "ESCALATED", _("taken to the next level")
        APPEALED = "APPEALED", _("appealed")
        CLOSED = "CLOSED", _("closed")

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="events", verbose_name=_("complaint"))
    kind = models.CharField(_("what happened"), max_length=10, choices=Kind)
    text = models.TextField(_("words"), max_length=4000, blank=True)
    level = models.CharField(_("level"), max_length=10, choices=Case.Level)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("by"))
    at = models.DateTimeField(_("at"))
    # The day that passed without an answer, where the calendar escalated.
    missed = models.DateField(_("missed day"), null=True, blank=True)

    class Meta:
        verbose_name = _("step of a complaint")
        verbose_name_plural = _("steps of complaints")
        constraints = [
            models.UniqueConstraint(fields=["case", "missed"], condition=Q(missed__isnull=False), name="complaint_missed_day_once"),
            models.UniqueConstraint(fields=["case"], condition=Q(kind="RECEIVED"), name="complaint_received_once"),
            models.CheckConstraint(condition=Q(missed=None) | Q(kind="ESCALATED", by=None), name="complaint_missed_is_escalated"),
            models.CheckConstraint(
                condition=~Q(kind__in=["ANSWERED", "CLOSED"]) | Q(by__isnull=False) & ~Q(text=""), name="complaint_answer_has_words"
            ),
        ]
        indexes = [models.Index(fields=["case", "-id"], name="complaint_latest_step")]

    def __str__(self) -> str:
        return f"{self.case}: {self.get_kind_display()}"


class Publication(models.Model):
    """The counts of one quarter [first, end) as the public sees them; small numbers are already held back."""

    first = models.DateField(_("first day"), unique=True)
    end = models.DateField(_("end"))
    counts = models.JSONField(_("counts"))
    published_at = models.DateTimeField(_("published at"))

    class Meta:
        verbose_name = _("published count of complaints")
        verbose_name_plural = _("published counts of complaints")
        constraints = [models.CheckConstraint(condition=Q(end__gt=F("first")), name="complaint_counts_days_in_order")]

    def __str__(self) -> str:
        return f"{self.first} – {self.end}"
