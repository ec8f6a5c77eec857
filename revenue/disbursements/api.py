"""Read access to disbursements, their payments and acknowledgements."""

from __future__ import annotations

from typing import ClassVar

from rest_framework import serializers, viewsets

from communities.registry.models import Recipient
from core.api import ReadsBooks
from revenue.credits.models import Project
from revenue.disbursements.models import Acknowledgement, Disbursement, Payment


class AcknowledgementSerializer(serializers.ModelSerializer[Acknowledgement]):
    class Meta:
        model = Acknowledgement
        fields = ("received_on", "local_minor", "local_currency")


class PaymentSerializer(serializers.ModelSerializer[Payment]):
    acknowledgement = AcknowledgementSerializer(read_only=True, allow_null=True, default=None)

    class Meta:
        model = Payment
        fields = (
            "id", "paid_on", "bank_reference", "amount_minor", "currency", "fee_minor", "local_minor", "local_currency", "rate", "status",
            "sent_back_on", "acknowledgement",
        )  # fmt: skip


class DisbursementSerializer(serializers.ModelSerializer[Disbursement]):
    project = serializers.SlugRelatedField[Project](slug_field="code", read_only=True)
    pot = serializers.CharField(source="pot.ledger_code", read_only=True)
    recipient = serializers.SlugRelatedField[Recipient](slug_field="code", read_only=True)
    payments = PaymentSerializer(many=True, read_only=True)

    class Meta:
        model = Disbursement
        fields = (
            "id", "reference", "project", "pot", "recipient", "purpose", "kind", "amount_minor", "currency", "description", "status",
            "requested_on", "decided_on", "decision_reason", "due_on", "account_by", "payments",
        )  # fmt: skip


class DisbursementViewSet(viewsets.ReadOnlyModelViewSet[Disbursement]):
    """Money from a pot to a recipient. Amounts in minor units."""

    permission_classes = (ReadsBooks,)
    serializer_class = DisbursementSerializer
    queryset = (
        Disbursement.objects.select_related("project", "pot__project", "recipient").prefetch_related("payments__acknowledgement").order_by("id")
    )
    filterset_fields: ClassVar = ["project__code", "status", "purpose", "recipient__code", "reference"]
