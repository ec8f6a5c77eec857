"""Read access to the independent check. Amounts in minor units."""

from __future__ import annotations

from typing import ClassVar

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema_field
from rest_framework import permissions, serializers, viewsets

from communities.callbacks.models import Sample, SampledPayment
from communities.callbacks.queries import match_rate_of, with_checks, with_results
from core.api import ReadsBooks


class SampleSerializer(serializers.ModelSerializer[Sample]):
    project = serializers.CharField(source="project.code", default=None, read_only=True, allow_null=True)
    match_rate_percent = serializers.SerializerMethodField()

    class Meta:
        model = Sample
        fields = ("id", "project", "first_day", "end_day", "size", "seed", "frame_sha256", "drawn_at", "match_rate_percent")

    @extend_schema_field(serializers.CharField())
    def get_match_rate_percent(self, sample: Sample) -> str:
        return match_rate_of(sample).percent


class SampledPaymentSerializer(serializers.ModelSerializer[SampledPayment]):
    disbursement = serializers.CharField(source="payment.disbursement.reference", read_only=True)
    recipient = serializers.CharField(source="payment.disbursement.recipient.code", read_only=True)
    paid_on = serializers.DateField(source="payment.paid_on", read_only=True)
    amount_minor = serializers.IntegerField(source="payment.local_minor", read_only=True)
    currency = serializers.CharField(source="payment.local_currency", read_only=True)
    result = serializers.CharField(read_only=True)

    class Meta:
        model = SampledPayment
        fields = ("id", "sample", "position", "stratum", "disbursement", "recipient", "paid_on", "amount_minor", "currency", "result")


class SampleViewSet(viewsets.ReadOnlyModelViewSet[Sample]):
    """Samples of payments, each with its seed and what came of it."""

    serializer_class = SampleSerializer
    permission_classes = (permissions.IsAuthenticated, ReadsBooks)
    queryset = with_checks(Sample.objects.select_related("project")).order_by("id")
    filterset_fields: ClassVar = ["project__code"]


class SampledPaymentViewSet(viewsets.ReadOnlyModelViewSet[SampledPayment]):
    """Payments that were drawn, each with what the village said about it."""

    serializer_class = SampledPaymentSerializer
    permission_classes = (permissions.IsAuthenticated, ReadsBooks)
    queryset = SampledPayment.objects.none()
    filterset_fields: ClassVar = ["sample"]

    def get_queryset(self) -> QuerySet[SampledPayment]:
        return with_results(SampledPayment.objects.select_related("payment__disbursement__recipient")).order_by("sample_id", "position")
