"""Read access to reports and the trace."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, ClassVar

from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, viewsets
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core.api import ReadsBooks
from core.people.access import READERS, may
from reports.models import Report, ReportFile
from reports.trace import trace_sale, trace_spending


class ReportFileSerializer(serializers.ModelSerializer[ReportFile]):
    sha256 = serializers.CharField(source="file.sha256", read_only=True)
    address = serializers.HyperlinkedIdentityField(view_name="reports:file", lookup_url_kwarg="file_id")

    class Meta:
        model = ReportFile
        fields = ("format", "language", "sha256", "address")


class ReportSerializer(serializers.ModelSerializer[Report]):
    period = serializers.CharField(source="period.label", read_only=True)
    project = serializers.CharField(source="project.code", default=None, read_only=True, allow_null=True)
    snapshot_sha256 = serializers.CharField(source="snapshot.sha256", default=None, read_only=True, allow_null=True)
    files = ReportFileSerializer(source="listed_files", many=True, read_only=True)

    class Meta:
        model = Report
        fields = ("id", "period", "project", "version", "is_interim", "status", "issued_at", "snapshot_sha256", "files")


class ReportViewSet(viewsets.ReadOnlyModelViewSet[Report]):
    """Reports: issued ones for everybody, all of them for who reads the books."""

    permission_classes = (AllowAny,)
    serializer_class = ReportSerializer
    queryset = Report.objects.none()
    filterset_fields: ClassVar = ["period__label", "project__code", "status"]

    def get_queryset(self) -> QuerySet[Report]:
        found = Report.objects.select_related("period", "project", "snapshot").prefetch_related("files__file").order_by("id")
        return found if may(self.request.user, READERS) else found.filter(status=Report.Status.ISSUED)


class SaleTraceView(APIView):
    """Where the money of a sale went, hop by hop; amounts in minor units."""

    permission_classes = (ReadsBooks,)

    @extend_schema(responses={200: OpenApiTypes.OBJECT, 404: OpenApiTypes.OBJECT})
    def get(self, _request: Request, reference: str) -> Response:
        return Response(_plain(trace_sale(reference)))


class SpendingTraceView(APIView):
    """Which sales and serial numbers paid for a purchase; amounts in minor units."""

    permission_classes = (ReadsBooks,)

    @extend_schema(responses={200: OpenApiTypes.OBJECT, 404: OpenApiTypes.OBJECT})
    def get(self, _request: Request, reference: str) -> Response:
        return Response(_plain(trace_spending(reference)))


def _plain(found: Any) -> dict[str, Any]:
    return asdict(found)
