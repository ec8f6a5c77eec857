"""What the phone pages ask and send: a person's work, photos part by part, and each thing logged, once."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import HttpResponse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.gzip import gzip_page
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import permissions, serializers, status
from rest_framework.parsers import BaseParser, FormParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from communities.spending import phone_queries, services
from communities.spending.access import spending_for, training_for
from communities.spending.models import Arrival, Category, SpendingRecord, TrainingRecord, Upload
from communities.spending.refusals import AlreadyDecided, ChangedMeanwhile, KeyUsedOtherwise, NotFilledIn, NotThisPerson, PhotosMissing
from communities.spending.services.uploads import LARGEST_PART
from core import clock
from core.api import ErrorAnswer, KeepableJSON, answer_refusal
from core.money import EXPONENTS, LARGEST_MINOR
from core.people.access import LIAISONS, may
from core.people.models import User
from core.refusal import Refused
from revenue.disbursements.models import Payment

Kind = Arrival.Kind
_RANGE = re.compile(r"^bytes (\d{1,9})-(\d{1,9})/(\d{1,9})$")
# A person decides with both before them.
_BOTH = (ChangedMeanwhile, AlreadyDecided)


class LogsOnPhone(permissions.BasePermission):
    """Who logs for a recipient on a phone."""

    def has_permission(self, request: Request, view: object) -> bool:
        return may(request.user, LIAISONS)


class PhoneView(APIView):
    """What every call of the phone pages has in common."""

    permission_classes = (permissions.IsAuthenticated, LogsOnPhone)

    @property
    def person(self) -> User:
        """Return who asks: IsAuthenticated let nobody else in."""
        assert isinstance(self.request.user, User)
        return self.request.user


@method_decorator([gzip_page, ensure_csrf_cookie], name="dispatch")
class Work(PhoneView):
    """All that a phone keeps of one person's work. Asked again with its ETag, the answer is empty while nothing changed."""

    @extend_schema(responses={200: OpenApiTypes.OBJECT, 304: None})
    def get(self, request: Request) -> HttpResponse:
        work = phone_queries.work_of(person=self.person, on=clock.today())
        body = json.dumps(work, ensure_ascii=False, separators=(",", ":"))
        etag = f'"{hashlib.sha256(body.encode()).hexdigest()[:32]}"'
        # A proxy or compression may have made the tag a weak one on its way.
        if etag in request.headers.get("If-None-Match", ""):
            return HttpResponse(status=status.HTTP_304_NOT_MODIFIED, headers={"ETag": etag})
        return HttpResponse(body, content_type="application/json", headers={"ETag": etag, "Cache-Control": "private, no-store"})


class BytesParser(BaseParser):
    """Give the bytes of a part as they came."""

    media_type = "application/octet-stream"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None) -> Mapping[str, Any]:
        return {"part": stream.read(LARGEST_PART + 1)}


class UploadAnswer(serializers.Serializer[Any]):
    """How far a photo is."""

    received = serializers.IntegerField(help_text="Bytes that are here: go on from there")
    stored = serializers.BooleanField(help_text="All are here, and their sha256 is the announced one")


class PhotoUpload(PhoneView):
    """One photo on its way: how far it is, or its next part. The photo is named by the sha256 of its bytes."""

    parser_classes = (BytesParser,)
    schema_parameters: ClassVar = [
        OpenApiParameter("Content-Range", str, OpenApiParameter.HEADER, required=True, description="bytes FIRST-LAST/SIZE of this part")
    ]

    @extend_schema(responses={200: UploadAnswer})
    def get(self, request: Request, sha256: str) -> Response:
        return Response(_state(services.upload_of(person=self.person, sha256=sha256)))

    @extend_schema(
        request={"application/octet-stream": bytes},
        parameters=schema_parameters,
        responses={200: UploadAnswer, 422: OpenApiResponse(ErrorAnswer)},
    )
    def put(self, request: Request, sha256: str) -> Response:
        found = _RANGE.match(request.headers.get("Content-Range", ""))
        data: bytes = request.data.get("part", b"")
        if found is None or int(found[2]) - int(found[1]) + 1 != len(data):
            raise NotFilledIn(_("The header Content-Range does not say which bytes these are."), field="photos")
        upload = services.receive_part(sha256=sha256, size=int(found[3]), first=int(found[1]), data=data, by=self.person, at=clock.now())
        return Response(_state(upload))


def _state(upload: Upload | None) -> dict[str, Any]:
    return {"received": upload.received if upload else 0, "stored": bool(upload and upload.file_id)}


# --- What is logged on the phone ------------------------------------------------------------------------------------------


class _Place(serializers.Serializer[Any]):
    latitude = serializers.FloatField(min_value=-90, max_value=90, required=False, allow_null=True)
    longitude = serializers.FloatField(min_value=-180, max_value=180, required=False, allow_null=True)


class PhotoFacts(_Place):
    sha256 = serializers.RegexField(r"^[0-9a-f]{64}$")
    taken_at = serializers.DateTimeField(required=False, allow_null=True)
    original_size = serializers.IntegerField(min_value=1, max_value=LARGEST_MINOR, required=False, allow_null=True)


def _people() -> serializers.IntegerField:
    return serializers.IntegerField(min_value=0, max_value=100_000, default=0)


class SpendingFacts(_Place):
    category = serializers.PrimaryKeyRelatedField[Category](queryset=Category.objects.all())
    spent_on = serializers.DateField()
    amount_minor = serializers.IntegerField(min_value=1, max_value=LARGEST_MINOR)
    currency = serializers.ChoiceField(choices=sorted(EXPONENTS))
    other_minor = serializers.IntegerField(min_value=0, max_value=LARGEST_MINOR, default=0)
    payee = serializers.CharField(max_length=160)
    description = serializers.CharField(max_length=500)
    women, men, youth, indigenous, poor_households = _people(), _people(), _people(), _people(), _people()
    disbursement = serializers.IntegerField(min_value=1, max_value=2**31, required=False, allow_null=True)
    activity = serializers.IntegerField(min_value=1, max_value=2**31, required=False, allow_null=True)


class TrainingFacts(serializers.Serializer[Any]):
    topic = serializers.CharField(max_length=200)
    trainer = serializers.CharField(max_length=160)
    place = serializers.CharField(max_length=160, allow_blank=True, default="")
    first_day = serializers.DateField()
    days = serializers.IntegerField(min_value=1, max_value=1000)
    women, men = _people(), _people()


class PaymentFacts(serializers.Serializer[Any]):
    received_on = serializers.DateField()
    local_minor = serializers.IntegerField(min_value=1, max_value=LARGEST_MINOR)
    local_currency = serializers.ChoiceField(choices=sorted(EXPONENTS))
    signed_by = serializers.CharField(max_length=160)
    also_signed_by = serializers.CharField(max_length=160)


class AnswerFacts(serializers.Serializer[Any]):
    words = serializers.CharField(max_length=500)


_FACTS: Mapping[str, type[serializers.Serializer[Any]]] = {
    Kind.SPENDING: SpendingFacts,
    Kind.CORRECTION: SpendingFacts,
    Kind.TRAINING: TrainingFacts,
    Kind.PAYMENT: PaymentFacts,
    Kind.ANSWER: AnswerFacts,
}


class ArrivalInput(serializers.Serializer[Any]):
    """One thing a phone sends. ``key`` is made on the phone: the same key and content twice is once."""

    key = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=Kind.choices)
    person = serializers.IntegerField(min_value=1, max_value=2**31, help_text="Whose phone it was written on")
    recipient = serializers.IntegerField(min_value=1, max_value=2**31, required=False, help_text="For a new record")
    target = serializers.IntegerField(min_value=1, max_value=2**31, required=False, help_text="The record or payment it is about")
    about = serializers.ChoiceField(choices=["spending", "training"], default="spending")
    based_on = serializers.IntegerField(min_value=0, max_value=2**31, default=0, help_text="The record's turn that the person had seen")
    facts = serializers.DictField(help_text="The values of this kind")
    photos = serializers.ListField(child=PhotoFacts(), default=list, max_length=10)
    own = serializers.DictField(required=False, help_text="What its writer had written before choosing between two versions")
    set_aside = serializers.BooleanField(default=False, help_text="Keep it, and leave what is written")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        needed = "recipient" if attrs["kind"] in (Kind.SPENDING, Kind.TRAINING) and not attrs["set_aside"] else "target"
        if needed not in attrs:
            raise serializers.ValidationError({needed: [_("This is needed.")]})
        facts = _FACTS[attrs["kind"]](data=attrs["facts"])
        facts.is_valid(raise_exception=True)
        attrs["checked"] = dict(facts.validated_data)
        return attrs


class ArrivalAnswer(serializers.Serializer[Any]):
    """What was received: the server's number and time, and the photos read back from where they are kept."""

    reference = serializers.CharField()
    arrived_at = serializers.DateTimeField()
    set_aside = serializers.BooleanField()
    photos = serializers.ListField(child=serializers.CharField(), help_text="Their sha256")


class Arrivals(PhoneView):
    """Take one thing that was logged on a phone."""

    # A form is answered by what is wrong with it, like any other mistake.
    parser_classes = (KeepableJSON, MultiPartParser, FormParser)

    @extend_schema(
        request=ArrivalInput,
        responses={200: ArrivalAnswer, 409: OpenApiResponse(OpenApiTypes.OBJECT), 422: OpenApiResponse(ErrorAnswer)},
    )
    def post(self, request: Request) -> Response:
        asked = ArrivalInput(data=request.data)
        asked.is_valid(raise_exception=True)
        if asked.validated_data["person"] != self.person.pk:
            raise NotThisPerson(_("Somebody else wrote this."), next_step=_("The person whose work it is signs in and sends it."))
        sent = _sent(asked.validated_data, request.data)
        try:
            arrival = services.take(sent=sent, by=self.person, at=clock.now())
        except PhotosMissing as refusal:
            return _refused(refusal, {"missing": refusal.missing}, status.HTTP_409_CONFLICT)
        except _BOTH as refusal:
            return _refused(refusal, {"now": _now(sent, self.person)}, status.HTTP_409_CONFLICT)
        except KeyUsedOtherwise as refusal:
            return _refused(refusal, {}, status.HTTP_409_CONFLICT)
        return Response(
            {
                "reference": _reference(arrival),
                "arrived_at": arrival.arrived_at,
                "set_aside": arrival.is_set_aside,
                "photos": list(sent.photos),
            }
        )


def _sent(data: Mapping[str, Any], word_for_word: Mapping[str, Any]) -> services.Sent:
    kind, facts = data["kind"], dict(data["checked"])
    if kind in (Kind.SPENDING, Kind.CORRECTION):
        facts["category_id"] = facts.pop("category").pk
        facts["disbursement_id"] = facts.pop("disbursement", None)
        facts["activity_id"] = facts.pop("activity", None)
        facts["latitude"], facts["longitude"] = _place(facts)
    if kind in (Kind.SPENDING, Kind.TRAINING):
        facts["recipient_id"] = data.get("recipient", 0)
    return services.Sent(
        key=data["key"],
        kind=kind,
        facts=facts,
        words_for_word=dict(word_for_word),
        target_id=data.get("target", 0),
        about=data["about"],
        based_on=data["based_on"],
        photos={one["sha256"]: _taken(one) for one in data["photos"]},
        is_set_aside=data["set_aside"],
    )


def _taken(photo: Mapping[str, Any]) -> services.Taken:
    latitude, longitude = _place(photo)
    return services.Taken(at=photo.get("taken_at"), latitude=latitude, longitude=longitude, original_size=photo.get("original_size"))


def _place(values: Mapping[str, Any]) -> tuple[Any, Any]:
    """Return degrees with six decimals, about ten centimetres; None for half a place."""
    found = values.get("latitude"), values.get("longitude")
    if None in found:
        return None, None
    latitude, longitude = (round(Decimal(str(one)), 6) for one in found)
    return latitude, longitude


def _reference(arrival: Arrival) -> str:
    if arrival.payment is not None:
        return arrival.payment.disbursement.reference
    return str(arrival.spending or arrival.training)


def _refused(refusal: Refused, more: Mapping[str, Any], code: int) -> Response:
    answer = answer_refusal(refusal, {})
    assert answer is not None  # every refusal has an answer
    return Response({**answer.data, **more}, status=code)


def _now(sent: services.Sent, person: User) -> dict[str, Any]:
    """Return how what it is about stands now, for the phone to show beside its own."""
    if sent.kind == Kind.PAYMENT:
        return phone_queries.payment_row(Payment.objects.select_related("disbursement").get(pk=sent.target_id))
    on = clock.today()
    if sent.about == "training":
        training: TrainingRecord = training_for(person=person, record_id=sent.target_id, on=on)
        return phone_queries.training_row(training, steps=_steps(training), photos=training.evidence.count())
    spending: SpendingRecord = spending_for(person=person, record_id=sent.target_id, on=on)
    return phone_queries.spending_row(spending, steps=_steps(spending), photos=spending.evidence.count())


def _steps(record: SpendingRecord | TrainingRecord) -> QuerySet[Any]:
    return record.steps.select_related("by").order_by("at", "id")
