"""Read access to plan versions and allocations."""

from __future__ import annotations

from typing import ClassVar

from rest_framework import serializers, viewsets

from communities.registry.models import Recipient
from core.api import ReadsBooks
from revenue.credits.models import Project
from revenue.ledger.models import Tranche
from revenue.sharing.models import AllocationLine, AllocationRun, PlanVersion


class PlanVersionSerializer(serializers.ModelSerializer[PlanVersion]):
    project = serializers.SlugRelatedField[Project](slug_field="code", read_only=True)

    class Meta:
        model = PlanVersion
        fields = ("id", "project", "number", "title", "effective_from", "effective_to", "status", "sha256", "text")


class AllocationLineSerializer(serializers.ModelSerializer[AllocationLine]):
    pot = serializers.CharField(source="pot.ledger_code", read_only=True)
    recipient = serializers.SlugRelatedField[Recipient](slug_field="code", read_only=True, allow_null=True)

    class Meta:
        model = AllocationLine
        fields = ("position", "pot", "recipient", "state", "amount_minor", "exact", "how", "steps")


class AllocationSerializer(serializers.ModelSerializer[AllocationRun]):
    project = serializers.SlugRelatedField[Project](slug_field="code", read_only=True)
    tranche = serializers.SlugRelatedField[Tranche](slug_field="code", read_only=True)
    lines = AllocationLineSerializer(many=True, read_only=True)

    class Meta:
        model = AllocationRun
        fields = ("id", "tranche", "project", "plan_version", "status", "reason", "amount_minor", "currency", "sha256", "run_at", "lines")


class PlanVersionViewSet(viewsets.ReadOnlyModelViewSet[PlanVersion]):
    """Versions of benefit-sharing plans, with the plan file's text."""

    permission_classes = (ReadsBooks,)
    serializer_class = PlanVersionSerializer
    queryset = PlanVersion.objects.select_related("project").order_by("id")
    filterset_fields: ClassVar = ["project__code", "status"]


class AllocationViewSet(viewsets.ReadOnlyModelViewSet[AllocationRun]):
    """How each receipt was split, line by line. Amounts in minor units."""

    permission_classes = (ReadsBooks,)
    serializer_class = AllocationSerializer
    queryset = AllocationRun.objects.select_related("project", "tranche").prefetch_related("lines__pot__project", "lines__recipient").order_by("id")
    filterset_fields: ClassVar = ["project__code", "status"]
