"""Read access to projects, issuances, sales and receipts."""

from __future__ import annotations

from typing import ClassVar

from rest_framework import serializers, viewsets

from core.api import ReadsBooks
from revenue.credits.models import BankAccount, Buyer, Issuance, Project, Receipt, Sale, SaleLot


class ProjectSerializer(serializers.ModelSerializer[Project]):
    class Meta:
        model = Project
        fields = (
            "id", "code", "name", "name_km", "registry", "programme_id", "standard", "mechanism", "host_authority", "proponent", "provinces",
            "area_ha", "currency", "status", "status_reason", "facts",
        )  # fmt: skip


class IssuanceSerializer(serializers.ModelSerializer[Issuance]):
    project = serializers.SlugRelatedField[Project](slug_field="code", read_only=True)

    class Meta:
        model = Issuance
        fields = (
            "id", "project", "series", "serial_text", "first", "last", "quantity", "vintage_start", "vintage_end", "issued_on", "unit_type",
            "methodology", "certifications",
        )  # fmt: skip


class SaleLotSerializer(serializers.ModelSerializer[SaleLot]):
    class Meta:
        model = SaleLot
        fields = ("issuance", "series", "first", "last", "is_live")


class SaleSerializer(serializers.ModelSerializer[Sale]):
    project = serializers.SlugRelatedField[Project](slug_field="code", read_only=True)
    buyer = serializers.StringRelatedField[Buyer]()
    lots = SaleLotSerializer(many=True, read_only=True)

    class Meta:
        model = Sale
        fields = (
            "id", "reference", "project", "buyer", "contract_reference", "sale_date", "currency", "quantity", "unit_price", "amount_minor",
            "fees_minor", "authorisation", "authorisation_reference", "status", "delivered_on", "cancelled_on", "lots",
        )  # fmt: skip


class ReceiptSerializer(serializers.ModelSerializer[Receipt]):
    sale = serializers.SlugRelatedField[Sale](slug_field="reference", read_only=True, allow_null=True)
    bank_account = serializers.StringRelatedField[BankAccount]()
    credited_minor = serializers.IntegerField(read_only=True)

    class Meta:
        model = Receipt
        fields = (
            "id", "reference", "sale", "bank_account", "bank_reference", "value_date", "currency", "gross_minor", "sender_fee_minor",
            "not_ours_minor", "credited_minor", "status",
        )  # fmt: skip


class ProjectViewSet(viewsets.ReadOnlyModelViewSet[Project]):
    """Projects, with registry, standard, mechanism and host authority apart."""

    permission_classes = (ReadsBooks,)
    serializer_class = ProjectSerializer
    queryset = Project.objects.order_by("code")
    filterset_fields: ClassVar = ["status", "code"]


class IssuanceViewSet(viewsets.ReadOnlyModelViewSet[Issuance]):
    """Blocks of credits as the registry issued them."""

    permission_classes = (ReadsBooks,)
    serializer_class = IssuanceSerializer
    queryset = Issuance.objects.select_related("project").order_by("id")
    filterset_fields: ClassVar = ["project__code"]


class SaleViewSet(viewsets.ReadOnlyModelViewSet[Sale]):
    """Sales and the serial ranges they sold. Amounts in minor units of the sale's currency."""

    permission_classes = (ReadsBooks,)
    serializer_class = SaleSerializer
    queryset = Sale.objects.select_related("project", "buyer").prefetch_related("lots").order_by("id")
    filterset_fields: ClassVar = ["project__code", "status", "reference"]


class ReceiptViewSet(viewsets.ReadOnlyModelViewSet[Receipt]):
    """Money that banks credited. Amounts in minor units of the bank account's currency."""

    permission_classes = (ReadsBooks,)
    serializer_class = ReceiptSerializer
    queryset = Receipt.objects.select_related("sale", "bank_account").order_by("id")
    filterset_fields: ClassVar = ["status", "sale__reference", "reference"]
