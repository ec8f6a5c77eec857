"""Which plan is in force, and whose money a tranche is."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db import models
from django.db.models import Case, Q, QuerySet, Value, When
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from revenue.credits.models import Identification, Project
from revenue.sharing.engine import Plan
from revenue.sharing.models import PlanVersion
from revenue.sharing.planfile import parse


class Standing(models.TextChoices):
    """Where a plan version stands on a day."""

    DRAFT = "draft", _("draft")
    PROPOSED = "proposed", _("proposed")
    COMING = "coming", _("approved, to come into force")
    IN_FORCE = "in_force", _("in force")
    SUPERSEDED = "superseded", _("superseded")
    REFUSED = "refused", _("refused")
    WITHDRAWN = "withdrawn", _("withdrawn")


def standing(*, version: PlanVersion, on: date) -> Standing:
    """Say where a version stands on a day."""
    if version.status != PlanVersion.Status.APPROVED:
        return Standing(version.status.lower())
    if on < version.effective_from:
        return Standing.COMING
    return Standing.IN_FORCE if version.effective_to is None or on < version.effective_to else Standing.SUPERSEDED


def with_standing(versions: QuerySet[PlanVersion], *, on: date) -> QuerySet[Any]:
    """Add where each version stands on a day, as ``standing``."""
    approved = Q(status=PlanVersion.Status.APPROVED)
    return versions.annotate(
        standing=Case(
            When(approved & Q(effective_from__gt=on), then=Value(Standing.COMING)),
            When(approved & Q(effective_to__isnull=False, effective_to__lte=on), then=Value(Standing.SUPERSEDED)),
            When(approved, then=Value(Standing.IN_FORCE)),
            default=Lower("status"),
            output_field=models.CharField(),
        )
    )


def plan_in_force(*, project_id: int, on: date) -> PlanVersion | None:
    """Return the approved version in force on a day, if there is one."""
    return (
        PlanVersion.objects.filter(Q(effective_to=None) | Q(effective_to__gt=on), project_id=project_id, status=PlanVersion.Status.APPROVED)
        .filter(effective_from__lte=on)
        .select_related("project")
        .first()
    )


def plan_of(version: PlanVersion) -> Plan:
    """
    Return a version's file as a plan.

    :raises PlanRefused: if the file can no longer be read
    """
    return parse(version.text)


def project_of_tranche(*, tranche_id: int) -> Project | None:
    """Return the project a tranche was last identified with, if it was."""
    said = Identification.objects.filter(tranche_id=tranche_id).select_related("project").order_by("-number").first()
    return said.project if said else None


def projects_of_tranches(*, tranche_ids: Iterable[int]) -> dict[int, Project]:
    """Return the project of each tranche that was identified, by the tranche's id."""
    said = Identification.objects.filter(tranche_id__in=list(tranche_ids)).select_related("project").order_by("tranche_id", "number")
    return {one.tranche_id: one.project for one in said}
