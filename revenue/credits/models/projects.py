"""Forest-carbon projects."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Project(models.Model):
    """A forest-carbon project. Registry, standard, mechanism and host authority are four different things."""

    class Status(models.TextChoices):
        ACTIVE = "ACTIVE", _("active")
        SUSPENDED = "SUSPENDED", _("suspended")
        CLOSED = "CLOSED", _("closed")

    class Registry(models.TextChoices):
        VERRA = "VERRA", _("Verra")
        GOLD_STANDARD = "GOLD_STANDARD", _("Gold Standard")
        JCM = "JCM", _("Joint Crediting Mechanism")
        NATIONAL = "NATIONAL", _("national registry")

    code = models.SlugField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=160)
    name_km = models.CharField(_("name in Khmer"), max_length=160, blank=True)
    registry = models.CharField(_("registry"), max_length=60, choices=Registry)
    programme_id = models.CharField(_("programme id"), max_length=40)
    standard = models.CharField(_("standard"), max_length=60)
    mechanism = models.CharField(_("mechanism"), max_length=80)
    host_authority = models.CharField(_("host authority"), max_length=160)
    proponent = models.CharField(_("proponent"), max_length=200, blank=True)
    provinces = models.CharField(_("provinces"), max_length=200, blank=True)
    area_ha = models.DecimalField(_("area (ha)"), max_digits=12, decimal_places=2, null=True, blank=True)
    currency = models.CharField(_("currency"), max_length=3, default="USD")
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.ACTIVE)
    status_reason = models.CharField(_("reason for the status"), max_length=300, blank=True)
    facts = models.TextField(_("published facts and their sources"), blank=True)

    class Meta:
        verbose_name = _("project")
        verbose_name_plural = _("projects")
        constraints = [models.UniqueConstraint(fields=["registry", "programme_id"], name="project_once_in_a_registry")]

    def __str__(self) -> str:
        return self.name
