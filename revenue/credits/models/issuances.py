"""Credits as a registry issued them, in serial ranges."""

from __future__ import annotations

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import BigIntegerRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value
from django.utils.translation import gettext_lazy as _

from core.models import ImportRun
from revenue.credits.models.projects import Project


class Int8Range(Func):
    """``int8range(first, last, '[]')``: serial numbers, both ends included."""

    function = "int8range"
    output_field = BigIntegerRangeField()

    def __init__(self, first: str, last: str) -> None:
        super().__init__(F(first), F(last), Value("[]"))


class Issuance(models.Model):
    """A block of credits as the registry issued it. ``series`` is where its numbers are unique."""

    class UnitType(models.TextChoices):
        REDUCTION = "REDUCTION", _("reduction")
        REMOVAL = "REMOVAL", _("removal")

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="issuances", verbose_name=_("project"))
    series = models.CharField(_("series"), max_length=120)
    serial_text = models.CharField(_("serial number as given"), max_length=160)
    first = models.BigIntegerField(_("first serial"))
    last = models.BigIntegerField(_("last serial"))
    quantity = models.BigIntegerField(_("quantity (tCO2e)"))
    vintage_start = models.DateField(_("vintage from"))
    vintage_end = models.DateField(_("vintage to"))
    issued_on = models.DateField(_("issued on"))
    unit_type = models.CharField(_("unit type"), max_length=10, choices=UnitType, default=UnitType.REDUCTION)
    methodology = models.CharField(_("methodology"), max_length=60, blank=True)
    certifications = models.CharField(_("additional certifications"), max_length=160, blank=True)
    import_run = models.ForeignKey(ImportRun, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("import"))
    import_line = models.PositiveIntegerField(_("line of the file"), null=True, blank=True)

    class Meta:
        verbose_name = _("issuance")
        verbose_name_plural = _("issuances")
        constraints = [
            models.CheckConstraint(condition=Q(first__gte=0, last__gte=F("first")), name="issuance_last_not_before_first"),
            models.CheckConstraint(condition=Q(quantity=F("last") - F("first") + 1), name="issuance_quantity_is_its_serials"),
            models.CheckConstraint(condition=Q(vintage_end__gte=F("vintage_start")), name="issuance_vintage_in_order"),
            # The target of a composite key: a sold range repeats its issuance's own range.
            models.UniqueConstraint(fields=["id", "series", "first", "last"], name="issuance_range_key"),
            ExclusionConstraint(
                name="issuance_serials_once",
                expressions=[("series", RangeOperators.EQUAL), (Int8Range("first", "last"), RangeOperators.OVERLAPS)],
            ),
        ]

    def __str__(self) -> str:
        return self.serial_text
