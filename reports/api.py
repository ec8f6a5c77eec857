"""Read access to reports and the trace, and asking for a report with the same rules as the pages."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, ClassVar

from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import permissions, serializers, status, viewsets
from rest_framework.parsers import FormParser, MultiPartParser
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core import clock
from core.api import ErrorAnswer, KeepableJSON, ReadsBooks
from core.people.access import OFFICERS, READERS, may
from core.people.models import User
from reports import services
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


class AskReportInput(serializers.Serializer[Any]):
    """Which report to make."""

    period = serializers.CharField(max_length=24, help_text="2026Q3, 2026-05, 2026 or 2026-05-01..2026-08-15")
    project = serializers.CharField(
        max_length=40, required=False, allow_blank=True, default="", help_text="Code of a project; empty: the whole programme"
    )


class AsksReports(permissions.BasePermission):
    """Finance officers and approvers ask for reports, as on the pages."""

    def has_permission(self, request: Request, view: object) -> bool:
        return may(request.user, OFFICERS)


class AskReport(APIView):
    """
    Ask for a report; a worker makes it, and its own address says how it stands.

    While a day of the period is open the report is interim. Closed days have one report: a second one is refused.
    """

    permission_classes = (permissions.IsAuthenticated, AsksReports)
    parser_classes = (KeepableJSON, MultiPartParser, FormParser)

    @extend_schema(
        request=AskReportInput,
        responses={
            202: ReportSerializer,
            400: OpenApiResponse(ErrorAnswer),
            403: OpenApiResponse(ErrorAnswer),
            422: OpenApiResponse(ErrorAnswer),
        },
    )
    def post(self, request: Request) -> Response:
        asked = AskReportInput(data=request.data)
        asked.is_valid(raise_exception=True)
        person = request.user
        assert isinstance(person, User)  # IsAuthenticated let nobody else in
        report = services.ask_report(period=asked.validated_data["period"], project_code=asked.validated_data["project"], by=person, at=clock.now())
        return Response(ReportSerializer(report, context={"request": request}).data, status=status.HTTP_202_ACCEPTED)


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
