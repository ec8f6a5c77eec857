"""Read access to village plans and consents: readers see all, liaisons their communities'. Amounts in minor units."""

from __future__ import annotations

from typing import ClassVar

from django.db.models import QuerySet
from rest_framework import serializers, viewsets

from communities.consent.access import consents_of, plans_of
from communities.consent.models import Activity, BudgetLine, Consent, VillagePlan
from communities.registry.models import Recipient
from core import clock


class BudgetLineSerializer(serializers.ModelSerializer[BudgetLine]):
    class Meta:
        model = BudgetLine
        fields = ("id", "year", "currency", "amount_minor")


class ActivitySerializer(serializers.ModelSerializer[Activity]):
    lines = BudgetLineSerializer(many=True, read_only=True)

    class Meta:
        model = Activity
        fields = ("id", "number", "name", "purpose", "lines")


class VillagePlanSerializer(serializers.ModelSerializer[VillagePlan]):
    recipient = serializers.SlugRelatedField[Recipient](slug_field="code", read_only=True)
    activities = ActivitySerializer(many=True, read_only=True)
    minutes_sha256 = serializers.CharField(source="minutes.sha256", default=None, read_only=True, allow_null=True)

    class Meta:
        model = VillagePlan
        fields = (
            "id", "recipient", "number", "title", "first_year", "last_year", "status", "met_on", "women", "men", "minutes_sha256", "decided_at", "reason",
            "activities",
        )  # fmt: skip


class ConsentSerializer(serializers.ModelSerializer[Consent]):
    recipient = serializers.SlugRelatedField[Recipient](slug_field="code", read_only=True)
    project = serializers.CharField(source="plan_version.project.code", read_only=True)
    plan_number = serializers.IntegerField(source="plan_version.number", read_only=True)
    document_sha256 = serializers.CharField(source="document.sha256", default=None, read_only=True, allow_null=True)

    class Meta:
        model = Consent
        fields = (
            "id", "recipient", "project", "plan_number", "kind", "happened_on", "said_by", "women", "men", "spoken_language", "reason", "document_sha256",
            "status", "entered_at", "decided_at",
        )  # fmt: skip


class VillagePlanViewSet(viewsets.ReadOnlyModelViewSet[VillagePlan]):
    """Village plans, version by version, with their activities and budgets."""

    serializer_class = VillagePlanSerializer
    queryset = VillagePlan.objects.none()
    filterset_fields: ClassVar = ["status", "recipient__code", "first_year", "last_year"]

    def get_queryset(self) -> QuerySet[VillagePlan]:
        if not self.request.user.is_authenticated:
            return VillagePlan.objects.none()
        mine = plans_of(person=self.request.user, on=clock.today())
        return mine.select_related("recipient", "minutes").prefetch_related("activities__lines").order_by("id")


class ConsentViewSet(viewsets.ReadOnlyModelViewSet[Consent]):
    """What communities said about plan versions, in the order it was entered."""

    serializer_class = ConsentSerializer
    queryset = Consent.objects.none()
    filterset_fields: ClassVar = ["kind", "status", "recipient__code", "plan_version__project__code", "plan_version__number"]

    def get_queryset(self) -> QuerySet[Consent]:
        if not self.request.user.is_authenticated:
            return Consent.objects.none()
        mine = consents_of(person=self.request.user, on=clock.today())
        return mine.select_related("recipient", "plan_version__project", "document").order_by("id")
