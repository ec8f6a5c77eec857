"""Read access to spending and trainings, and logging of spending, with the same rules as the pages."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import permissions, serializers, status, viewsets
from rest_framework.parsers import FormParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from communities.registry.access import recipient_for
from communities.registry.models import Recipient
from communities.spending import services
from communities.spending.access import LOGGERS, spending_of, trainings_of
from communities.spending.models import Category, Evidence, SpendingRecord, TrainingRecord
from core import clock
from core.api import ErrorAnswer, PlainJSON
from core.files import read_photo
from core.money import EXPONENTS, LARGEST_MINOR
from core.people.access import may
from core.people.models import User
from core.refusal import Refused


class EvidenceSerializer(serializers.ModelSerializer[Evidence]):
    sha256 = serializers.CharField(source="file.sha256", read_only=True)
    size = serializers.IntegerField(source="file.size", read_only=True)

    class Meta:
        model = Evidence
        fields = ("id", "kind", "sha256", "size", "added_at")


class SpendingSerializer(serializers.ModelSerializer[SpendingRecord]):
    recipient = serializers.SlugRelatedField[Recipient](slug_field="code", read_only=True)
    category = serializers.SlugRelatedField[Category](slug_field="code", read_only=True)
    disbursement = serializers.CharField(source="disbursement.reference", default=None, read_only=True, allow_null=True)
    evidence = EvidenceSerializer(many=True, read_only=True)

    class Meta:
        model = SpendingRecord
        fields = (
            "id", "reference", "client_key", "recipient", "category", "disbursement", "spent_on", "amount_minor", "currency", "other_minor",
            "payee", "description", "women", "men", "youth", "indigenous", "poor_households", "version", "status", "funded_minor", "not_funded_minor", "drawn_minor",
            "drawn_currency", "evidence",
        )  # fmt: skip


class TrainingSerializer(serializers.ModelSerializer[TrainingRecord]):
    recipient = serializers.SlugRelatedField[Recipient](slug_field="code", read_only=True)
    evidence = EvidenceSerializer(many=True, read_only=True)

    class Meta:
        model = TrainingRecord
        fields = (
            "id", "reference", "recipient", "topic", "trainer", "place", "first_day", "days", "women", "men", "person_days", "status", "evidence",
        )  # fmt: skip


class SpendingViewSet(viewsets.ReadOnlyModelViewSet[SpendingRecord]):
    """Spending records: readers see all, liaisons their recipients'. Amounts in minor units."""

    serializer_class = SpendingSerializer
    queryset = SpendingRecord.objects.none()
    filterset_fields: ClassVar = ["status", "recipient__code", "category__code", "reference"]

    def get_queryset(self) -> QuerySet[SpendingRecord]:
        if not self.request.user.is_authenticated:
            return SpendingRecord.objects.none()
        mine = spending_of(person=self.request.user, on=clock.today())
        return mine.select_related("recipient", "category", "disbursement").prefetch_related("evidence__file").order_by("id")


class TrainingViewSet(viewsets.ReadOnlyModelViewSet[TrainingRecord]):
    """Training records: readers see all, liaisons their recipients'."""

    serializer_class = TrainingSerializer
    queryset = TrainingRecord.objects.none()
    filterset_fields: ClassVar = ["status", "recipient__code", "reference"]

    def get_queryset(self) -> QuerySet[TrainingRecord]:
        if not self.request.user.is_authenticated:
            return TrainingRecord.objects.none()
        mine = trainings_of(person=self.request.user, on=clock.today())
        return mine.select_related("recipient").prefetch_related("evidence__file").order_by("id")


class LogSpendingInput(serializers.Serializer[Any]):
    """One purchase. ``client_key`` is made by the sender: the same key twice is one record."""

    client_key = serializers.UUIDField()
    recipient = serializers.CharField(max_length=40, help_text="Code of the recipient")
    category = serializers.CharField(max_length=40, help_text="Code of the category")
    spent_on = serializers.DateField()
    amount_minor = serializers.IntegerField(min_value=1, max_value=LARGEST_MINOR)
    currency = serializers.ChoiceField(choices=sorted(EXPONENTS))
    other_minor = serializers.IntegerField(min_value=0, max_value=LARGEST_MINOR, default=0)
    payee = serializers.CharField(max_length=160)
    description = serializers.CharField(max_length=500)
    women = serializers.IntegerField(min_value=0, max_value=100_000, default=0)
    men = serializers.IntegerField(min_value=0, max_value=100_000, default=0)
    youth = serializers.IntegerField(min_value=0, max_value=100_000, default=0)
    indigenous = serializers.IntegerField(min_value=0, max_value=100_000, default=0)
    poor_households = serializers.IntegerField(min_value=0, max_value=100_000, default=0)
    photo = serializers.ImageField(required=False, help_text="JPEG, PNG or WebP, at most 12 MB")

    def validate_category(self, code: str) -> Category:
        found = Category.objects.filter(code=code).first()
        if found is None:
            raise serializers.ValidationError(_("There is no category “%(code)s”.") % {"code": code})
        return found

    def validate_photo(self, upload: Any) -> tuple[bytes, str, str]:
        upload.seek(0)
        try:
            data, media_type = read_photo(upload=upload)
        except Refused as refusal:
            raise serializers.ValidationError(str(refusal)) from refusal
        return data, media_type, upload.name


# The service's names of values, and what they are called in what is sent.
_SENT_AS = {"amount": "amount_minor", "other": "other_minor", "photos": "photo"}


class LogsSpending(permissions.BasePermission):
    """Who logs for a recipient, on a phone or from paper."""

    def has_permission(self, request: Request, view: object) -> bool:
        return may(request.user, LOGGERS)


class LogSpending(APIView):
    """Log one purchase of a recipient that is the sender's."""

    permission_classes = (permissions.IsAuthenticated, LogsSpending)
    parser_classes = (PlainJSON, MultiPartParser, FormParser)

    @extend_schema(
        request=LogSpendingInput,
        responses={
            201: SpendingSerializer,
            400: OpenApiResponse(ErrorAnswer),
            403: OpenApiResponse(ErrorAnswer),
            404: OpenApiResponse(ErrorAnswer),
            422: OpenApiResponse(ErrorAnswer),
        },
    )
    def post(self, request: Request) -> Response:
        asked = LogSpendingInput(data=request.data)
        asked.is_valid(raise_exception=True)
        data = dict(asked.validated_data)
        at = clock.now()
        recipient = Recipient.objects.filter(code=data.pop("recipient")).first()
        # An unknown code and another community's answer alike.
        person = request.user
        assert isinstance(person, User)  # IsAuthenticated let nobody else in
        recipient = recipient_for(person=person, recipient_id=recipient.pk if recipient else 0, on=clock.today())
        photo = data.pop("photo", None)
        try:
            record = services.log_spending(
                recipient_id=recipient.pk,
                category_id=data.pop("category").pk,
                photos=[photo] if photo else [],
                by=person,
                at=at,
                **data,
            )
        except Refused as refusal:
            refusal.field = _SENT_AS.get(refusal.field or "", refusal.field)
            raise
        return Response(SpendingSerializer(record).data, status=status.HTTP_201_CREATED)
