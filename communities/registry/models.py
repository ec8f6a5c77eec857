"""Who receives: the bodies that hold accounts, the villages they cover, and what is counted there."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.utils.translation import gettext_lazy as _

from core.models import StoredFile


class _DateRange(Func):
    """``daterange(from, to)``: half-open, an empty end is unbounded."""

    function = "daterange"
    output_field = DateRangeField()


class Village(models.Model):
    """A village of the national gazetteer, as it was filed in ``source``."""

    code = models.CharField(_("gazetteer code"), max_length=8, unique=True)
    name = models.CharField(_("name"), max_length=120)
    name_km = models.CharField(_("name in Khmer"), max_length=120, blank=True)
    commune = models.CharField(_("commune"), max_length=120)
    district = models.CharField(_("district"), max_length=120)
    province = models.CharField(_("province"), max_length=120)
    province_km = models.CharField(_("province in Khmer"), max_length=120, blank=True)
    indigenous_group = models.CharField(_("indigenous group"), max_length=60, blank=True)
    source = models.CharField(_("source"), max_length=200)

    class Meta:
        verbose_name = _("village")
        verbose_name_plural = _("villages")

    def __str__(self) -> str:
        return f"{self.name} ({self.code})"


class Place(models.Model):
    """
    A province, district, commune or village of the national gazetteer during [valid_from, valid_to).

    Its code is never the only key: the lists in use repeat some, and give an old code to a new place.
    """

    class Level(models.TextChoices):
        PROVINCE = "PROVINCE", _("province")
        DISTRICT = "DISTRICT", _("district")
        COMMUNE = "COMMUNE", _("commune")
        VILLAGE = "VILLAGE", _("village")

    code = models.CharField(_("gazetteer code"), max_length=8, db_index=True)
    level = models.CharField(_("level"), max_length=8, choices=Level)
    name = models.CharField(_("name"), max_length=120)
    name_km = models.CharField(_("name in Khmer"), max_length=120, blank=True)
    valid_from = models.DateField(_("from"))
    valid_to = models.DateField(_("until"), null=True, blank=True)
    successor = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="merged_from", verbose_name=_("became part of")
    )
    source = models.CharField(_("source"), max_length=200)

    class Meta:
        verbose_name = _("place")
        verbose_name_plural = _("gazetteer")
        constraints = [
            models.UniqueConstraint(fields=["code", "name"], condition=Q(valid_to=None), name="place_once_in_force"),
            models.CheckConstraint(
                condition=Q(level="PROVINCE", code__regex=r"^\d{2}$")
                | Q(level="DISTRICT", code__regex=r"^\d{4}$")
                | Q(level="COMMUNE", code__regex=r"^\d{6}$")
                | Q(level="VILLAGE", code__regex=r"^\d{8}$"),
                name="place_code_has_its_level",
            ),
            models.CheckConstraint(condition=Q(valid_to=None) | Q(valid_to__gt=F("valid_from")), name="place_ends_after_it_begins"),
            models.CheckConstraint(
                condition=Q(successor=None) | Q(valid_to__isnull=False) & ~Q(successor=F("id")), name="place_successor_of_one_that_ended"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.code})"


class PlaceName(models.Model):
    """How else people write a place, in either script."""

    place = models.ForeignKey(Place, on_delete=models.PROTECT, related_name="other_names", verbose_name=_("place"))
    name = models.CharField(_("also written"), max_length=120)

    class Meta:
        verbose_name = _("other name")
        verbose_name_plural = _("other names")
        constraints = [
            models.UniqueConstraint(fields=["place", "name"], name="place_name_once"),
            models.CheckConstraint(condition=~Q(name=""), name="place_name_not_empty"),
        ]

    def __str__(self) -> str:
        return self.name


class Recipient(models.Model):
    """A body that may be paid: it holds the account, and answers for the money."""

    class Kind(models.TextChoices):
        VILLAGE_COMMITTEE = "VILLAGE_COMMITTEE", _("village committee")
        PROTECTED_AREA_COMMUNITY = "CPA", _("protected area community")
        FOREST_COMMUNITY = "CFMC", _("community forest")
        INDIGENOUS_COMMUNITY = "ICC", _("indigenous community")
        COMMUNE = "COMMUNE", _("commune")
        RANGER_UNIT = "RANGER_UNIT", _("ranger unit")
        PARTNER = "PARTNER", _("implementing partner")
        TRAINING_PROVIDER = "TRAINING_PROVIDER", _("training provider")

    COMMUNITY_KINDS = (
        Kind.VILLAGE_COMMITTEE,
        Kind.PROTECTED_AREA_COMMUNITY,
        Kind.FOREST_COMMUNITY,
        Kind.INDIGENOUS_COMMUNITY,
        Kind.COMMUNE,
    )

    code = models.SlugField(_("code"), max_length=40, unique=True)
    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    name = models.CharField(_("name"), max_length=160)
    name_km = models.CharField(_("name in Khmer"), max_length=160, blank=True)
    province = models.CharField(_("province"), max_length=120, blank=True)
    villages: models.ManyToManyField[Village, RecipientVillage] = models.ManyToManyField(
        Village, through="RecipientVillage", related_name="recipients", verbose_name=_("villages")
    )
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("recipient")
        verbose_name_plural = _("recipients")
        constraints = [models.CheckConstraint(condition=~Q(code=""), name="recipient_has_code")]

    def __str__(self) -> str:
        return self.name

    @property
    def is_community(self) -> bool:
        """Whether this is a body of villagers, not a ranger unit, partner or provider."""
        return self.kind in self.COMMUNITY_KINDS


class RecipientVillage(models.Model):
    """A village covered by a recipient during [from_date, to_date)."""

    recipient = models.ForeignKey(Recipient, on_delete=models.PROTECT, related_name="cover", verbose_name=_("recipient"))
    village = models.ForeignKey(Village, on_delete=models.PROTECT, related_name="cover", verbose_name=_("village"))
    from_date = models.DateField(_("from"))
    to_date = models.DateField(_("until"), null=True, blank=True)

    class Meta:
        verbose_name = _("village covered")
        verbose_name_plural = _("villages covered")
        constraints = [
            models.CheckConstraint(condition=Q(to_date=None) | Q(to_date__gt=F("from_date")), name="cover_ends_after_it_begins"),
            ExclusionConstraint(
                name="cover_once_at_a_time",
                expressions=[
                    ("recipient", RangeOperators.EQUAL),
                    ("village", RangeOperators.EQUAL),
                    (_DateRange("from_date", "to_date"), RangeOperators.OVERLAPS),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.recipient}: {self.village}"


class PayeeAccount(models.Model):
    """Where a recipient is paid. Changed by two people: one proposes, another approves."""

    class Channel(models.TextChoices):
        BANK = "BANK", _("bank account")
        WALLET = "WALLET", _("e-wallet")
        AGENT = "AGENT", _("cash agent")

    class Status(models.TextChoices):
        PROPOSED = "PROPOSED", _("proposed")
        APPROVED = "APPROVED", _("approved")
        REFUSED = "REFUSED", _("refused")
        REPLACED = "REPLACED", _("replaced")

    recipient = models.ForeignKey(Recipient, on_delete=models.PROTECT, related_name="accounts", verbose_name=_("recipient"))
    channel = models.CharField(_("channel"), max_length=10, choices=Channel)
    institution = models.CharField(_("bank or provider"), max_length=80)
    account_name = models.CharField(_("account name"), max_length=160)
    account_number = models.CharField(_("account number"), max_length=40)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.PROPOSED)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("proposed by"))
    proposed_at = models.DateTimeField(_("proposed at"))
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("decided by")
    )
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)

    class Meta:
        verbose_name = _("payee account")
        verbose_name_plural = _("payee accounts")
        constraints = [
            models.UniqueConstraint(fields=["recipient"], condition=Q(status="APPROVED"), name="payee_one_approved_account"),
            models.UniqueConstraint(fields=["recipient"], condition=Q(status="PROPOSED"), name="payee_one_proposed_account"),
            models.CheckConstraint(condition=~Q(decided_by=F("proposed_by")), name="payee_maker_is_not_checker"),
            models.CheckConstraint(
                condition=Q(status="PROPOSED", decided_by=None, decided_at=None)
                | ~Q(status="PROPOSED") & Q(decided_by__isnull=False, decided_at__isnull=False),
                name="payee_decision_matches_status",
            ),
        ]

    def __str__(self) -> str:
        digits = "".join(sign for sign in self.account_number if sign.isdigit())
        return f"{self.institution} ···{digits[-4:]}"


class Assignment(models.Model):
    """A person who logs for a recipient during [from_date, to_date): a liaison, or a member tied to a unit or partner."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="assignments", verbose_name=_("person"))
    recipient = models.ForeignKey(Recipient, on_delete=models.PROTECT, related_name="assignments", verbose_name=_("recipient"))
    from_date = models.DateField(_("from"))
    to_date = models.DateField(_("until"), null=True, blank=True)

    class Meta:
        verbose_name = _("assignment")
        verbose_name_plural = _("assignments")
        constraints = [
            models.CheckConstraint(condition=Q(to_date=None) | Q(to_date__gt=F("from_date")), name="assignment_ends_after_it_begins"),
            ExclusionConstraint(
                name="assignment_once_at_a_time",
                expressions=[
                    ("person", RangeOperators.EQUAL),
                    ("recipient", RangeOperators.EQUAL),
                    (_DateRange("from_date", "to_date"), RangeOperators.OVERLAPS),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person}: {self.recipient}"


class IndicatorSnapshot(models.Model):
    """What was counted in the villages on a day, from a named source. Never changed: a new count is a new snapshot."""

    code = models.SlugField(_("code"), max_length=40, unique=True)
    as_of = models.DateField(_("as of"))
    source = models.CharField(_("source"), max_length=300)
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("file"))
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("recorded by"))
    recorded_at = models.DateTimeField(_("recorded at"))

    class Meta:
        verbose_name = _("indicator snapshot")
        verbose_name_plural = _("indicator snapshots")

    def __str__(self) -> str:
        return f"{self.code} ({self.as_of})"


class IndicatorValue(models.Model):
    """One count in one village: households, population_female, population_male, area_ha, eligible_area_ha, …"""

    snapshot = models.ForeignKey(IndicatorSnapshot, on_delete=models.PROTECT, related_name="values", verbose_name=_("snapshot"))
    village = models.ForeignKey(Village, on_delete=models.PROTECT, related_name="indicators", verbose_name=_("village"))
    indicator = models.SlugField(_("indicator"), max_length=40)
    value = models.DecimalField(_("value"), max_digits=18, decimal_places=4)

    class Meta:
        verbose_name = _("indicator value")
        verbose_name_plural = _("indicator values")
        constraints = [
            models.UniqueConstraint(fields=["snapshot", "village", "indicator"], name="indicator_once_a_village"),
            models.CheckConstraint(condition=Q(value__gte=0), name="indicator_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.village} {self.indicator} {self.value}"
