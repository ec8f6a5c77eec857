"""What phones sent, word for word: also what a person set aside because something else had been said meanwhile."""

from __future__ import annotations

from django.contrib import admin

from communities.spending.models import Arrival
from core.admin import HouseAdmin


@admin.register(Arrival)
class ArrivalAdmin(HouseAdmin):
    list_display = ("arrived_at", "kind", "spending", "training", "payment", "is_set_aside", "sent_by")
    list_filter = ("kind", "is_set_aside")
    list_select_related = ("spending", "training", "payment__disbursement", "sent_by")
    search_fields = ("spending__reference", "training__reference", "payment__disbursement__reference", "key")
    ordering = ("-id",)
