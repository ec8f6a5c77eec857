"""What phones send: photos in parts, and each thing sent, once."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from communities.spending.models.records import SpendingRecord, TrainingRecord
from core.models import StoredFile
from revenue.disbursements.models import Payment


class Upload(models.Model):
    """
    A photo on its way from a phone, in parts: ``received`` of ``size`` bytes are here.

    When all are and their sha256 is the one announced, ``file`` is the photo and the parts are gone.
    """

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("from"))
    sha256 = models.CharField(_("sha256"), max_length=64)
    size = models.PositiveIntegerField(_("bytes"))
    received = models.PositiveIntegerField(_("bytes received"), default=0)
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("file"))
    started_at = models.DateTimeField(_("started at"))

    class Meta:
        verbose_name = _("photo on its way")
        verbose_name_plural = _("photos on their way")
        constraints = [
            models.UniqueConstraint(fields=["person", "sha256"], name="upload_once_a_person"),
            models.CheckConstraint(condition=Q(size__gt=0, received__lte=F("size")), name="upload_within_size"),
            models.CheckConstraint(condition=Q(file=None) | Q(received=F("size")), name="upload_stored_when_whole"),
        ]

    def __str__(self) -> str:
        return f"{self.sha256[:10]} {self.received}/{self.size}"


class UploadPart(models.Model):
    """Some bytes of a photo on its way, from ``first`` on."""

    upload = models.ForeignKey(Upload, on_delete=models.CASCADE, related_name="parts")
    first = models.PositiveIntegerField()
    data = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["upload", "first"], name="upload_part_once")]

    def __str__(self) -> str:
        return f"{self.upload_id} from {self.first}"


class Arrival(models.Model):
    """
    One thing a phone sent, once, kept word for word. Append-only.

    ``key`` was made on the phone. What a person set aside, because something else had been said meanwhile,
    is kept like what was taken.
    """

    class Kind(models.TextChoices):
        SPENDING = "SPENDING", _("spending")
        TRAINING = "TRAINING", _("training")
        PAYMENT = "PAYMENT", _("confirmation that money arrived")
        ANSWER = "ANSWER", _("answer to the office")
        CORRECTION = "CORRECTION", _("correction of a record")

    key = models.UUIDField(_("key made on the phone"), unique=True)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    content = models.JSONField(_("as it was sent"))
    sha256 = models.CharField(_("sha256"), max_length=64)
    sent_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("sent by"))
    arrived_at = models.DateTimeField(_("arrived at"))
    is_set_aside = models.BooleanField(_("set aside"), default=False)
    spending = models.ForeignKey(
        SpendingRecord, on_delete=models.PROTECT, null=True, blank=True, related_name="arrivals", verbose_name=_("spending record")
    )
    training = models.ForeignKey(
        TrainingRecord, on_delete=models.PROTECT, null=True, blank=True, related_name="arrivals", verbose_name=_("training record")
    )
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("payment"))

    class Meta:
        verbose_name = _("arrival from a phone")
        verbose_name_plural = _("arrivals from phones")
        constraints = [
            models.CheckConstraint(
                condition=Q(spending__isnull=False, training=None, payment=None)
                | Q(spending=None, training__isnull=False, payment=None)
                | Q(spending=None, training=None, payment__isnull=False),
                name="arrival_about_one_thing",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.key}"
