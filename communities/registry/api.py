"""Read access to recipients: readers see all, liaisons theirs."""

from __future__ import annotations

from typing import ClassVar

from django.db.models import QuerySet
from rest_framework import serializers, viewsets

from communities.registry.access import recipients_of
from communities.registry.models import Recipient, Village
from core import clock


class RecipientVillageSerializer(serializers.ModelSerializer[Village]):
    class Meta:
        model = Village
        fields = ("code", "name", "name_km", "commune", "district", "province", "indigenous_group")


class RecipientSerializer(serializers.ModelSerializer[Recipient]):
    villages = RecipientVillageSerializer(many=True, read_only=True)

    class Meta:
        model = Recipient
        fields = ("id", "code", "kind", "name", "name_km", "province", "is_active", "villages")


class RecipientViewSet(viewsets.ReadOnlyModelViewSet[Recipient]):
    """Bodies that may be paid, and the villages they cover."""

    serializer_class = RecipientSerializer
    queryset = Recipient.objects.none()
    filterset_fields: ClassVar = ["kind", "code"]

    def get_queryset(self) -> QuerySet[Recipient]:
        if not self.request.user.is_authenticated:
            return Recipient.objects.none()
        return recipients_of(person=self.request.user, on=clock.today()).prefetch_related("villages").order_by("code")
