"""Who bought credits, under which contract, which serials, and what Article 6 says of them."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from revenue.credits.models.issuances import Int8Range, Issuance
from revenue.credits.models.projects import Project


class Buyer(models.Model):
    """Who bought credits."""

    name = models.CharField(_("name"), max_length=160, unique=True)
    country = models.CharField(_("country"), max_length=2, blank=True)
    registry_account = models.CharField(_("registry account"), max_length=60, blank=True)

    class Meta:
        verbose_name = _("buyer")
        verbose_name_plural = _("buyers")

    def __str__(self) -> str:
        return self.name


class Sale(models.Model):
    """A contract that sells serial ranges at a price. Its money arrives later, in receipts."""

    class Authorisation(models.TextChoices):
        NONE = "NONE", _("not authorised")
        NDC = "NDC", _("authorised for NDC use")
        OIMP = "OIMP", _("authorised for other international mitigation purposes")

    class Status(models.TextChoices):
        AGREED = "AGREED", _("agreed")
        DELIVERED = "DELIVERED", _("delivered")
        CANCELLED = "CANCELLED", _("cancelled")

    reference = models.CharField(_("reference"), max_length=40, unique=True)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="sales", verbose_name=_("project"))
    buyer = models.ForeignKey(Buyer, on_delete=models.PROTECT, related_name="sales", verbose_name=_("buyer"))
    contract_reference = models.CharField(_("contract reference"), max_length=80)
    sale_date = models.DateField(_("sale date"))
    currency = models.CharField(_("currency"), max_length=3)
    quantity = models.BigIntegerField(_("quantity (tCO2e)"))
    # Prices go below the cent (USD 4.125 a tonne); the amount does not.
    unit_price = models.DecimalField(_("price per tonne"), max_digits=14, decimal_places=6)
    amount_minor = models.BigIntegerField(_("amount"))
    fees_minor = models.BigIntegerField(_("fees agreed (broker, registry)"), default=0)
    authorisation = models.CharField(_("Article 6 authorisation"), max_length=5, choices=Authorisation)
    authorisation_reference = models.CharField(_("letter of authorisation"), max_length=80, blank=True)
    price_is_public = models.BooleanField(_("price may be published"), default=False)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.AGREED)
    delivered_on = models.DateField(_("delivered on"), null=True, blank=True)
    cancelled_on = models.DateField(_("cancelled on"), null=True, blank=True)
    cancel_reason = models.CharField(_("reason for cancelling"), max_length=300, blank=True)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("recorded by"))
    recorded_at = models.DateTimeField(_("recorded at"))

    class Meta:
        verbose_name = _("sale")
        verbose_name_plural = _("sales")
        constraints = [
            models.CheckConstraint(condition=Q(quantity__gt=0, amount_minor__gt=0, unit_price__gt=0), name="sale_is_positive"),
            models.CheckConstraint(condition=Q(fees_minor__gte=0, fees_minor__lte=F("amount_minor")), name="sale_fees_within_amount"),
            models.CheckConstraint(
                condition=Q(status="AGREED", delivered_on=None, cancelled_on=None)
                | Q(status="DELIVERED", delivered_on__isnull=False, cancelled_on=None)
                | Q(status="CANCELLED", cancelled_on__isnull=False) & ~Q(cancel_reason=""),
                name="sale_status_has_its_dates",
            ),
            models.CheckConstraint(condition=Q(authorisation="NONE") | ~Q(authorisation_reference=""), name="sale_authorisation_names_its_letter"),
        ]
        indexes = [models.Index(fields=["project", "sale_date"], name="sale_by_project")]

    def __str__(self) -> str:
        return self.reference


class SaleLot(models.Model):
    """A serial range sold: inside one issuance, and in no other live sale."""

    sale = models.ForeignKey(Sale, on_delete=models.PROTECT, related_name="lots", verbose_name=_("sale"))
    issuance = models.ForeignKey(Issuance, on_delete=models.PROTECT, related_name="sale_lots", verbose_name=_("issuance"))
    series = models.CharField(_("series"), max_length=120)
    issuance_first = models.BigIntegerField()
    issuance_last = models.BigIntegerField()
    first = models.BigIntegerField(_("first serial"))
    last = models.BigIntegerField(_("last serial"))
    # False when the sale was cancelled: the serials may be sold again.
    is_live = models.BooleanField(_("live"), default=True)

    class Meta:
        verbose_name = _("serials sold")
        verbose_name_plural = _("serials sold")
        constraints = [
            models.CheckConstraint(condition=Q(last__gte=F("first")), name="sale_lot_last_not_before_first"),
            models.CheckConstraint(condition=Q(first__gte=F("issuance_first"), last__lte=F("issuance_last")), name="sale_lot_was_issued"),
            ExclusionConstraint(
                name="sale_lot_serials_once",
                expressions=[("series", RangeOperators.EQUAL), (Int8Range("first", "last"), RangeOperators.OVERLAPS)],
                condition=Q(is_live=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sale}: {self.first}-{self.last}"

    @property
    def quantity(self) -> int:
        """Credits in the range (tCO2e)."""
        return self.last - self.first + 1


class Article6Event(models.Model):
    """A step under Article 6: authorisation, first transfer, corresponding adjustment."""

    class Kind(models.TextChoices):
        NO_OBJECTION = "NO_OBJECTION", _("letter of no objection")
        AUTHORISATION = "AUTHORISATION", _("letter of authorisation")
        FIRST_TRANSFER = "FIRST_TRANSFER", _("first transfer")
        ADJUSTMENT = "ADJUSTMENT", _("corresponding adjustment")

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="article6_events", verbose_name=_("project"))
    sale = models.ForeignKey(Sale, on_delete=models.PROTECT, null=True, blank=True, related_name="article6_events", verbose_name=_("sale"))
    kind = models.CharField(_("kind"), max_length=15, choices=Kind)
    happened_on = models.DateField(_("date"))
    document_reference = models.CharField(_("document"), max_length=120)
    quantity = models.BigIntegerField(_("quantity (tCO2e)"), null=True, blank=True)

    class Meta:
        verbose_name = _("Article 6 event")
        verbose_name_plural = _("Article 6 events")
        constraints = [models.CheckConstraint(condition=Q(quantity=None) | Q(quantity__gt=0), name="article6_quantity_positive")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.happened_on}"
