"""The audit trail, for reading."""

from __future__ import annotations

from django.contrib import admin

from core.admin import HouseAdmin
from core.audit.models import AuditRecord
from core.people.access import ADMINISTRATORS, READERS


@admin.register(AuditRecord)
class AuditRecordAdmin(HouseAdmin):
    viewers = READERS | ADMINISTRATORS
    list_display = ("at", "actor_name", "act", "subject", "reason", "address", "sha256")
    list_filter = ("act",)
    search_fields = ("subject", "act", "actor_name")
    ordering = ("-id",)
    show_full_result_count = False
    export_columns = (
        ("at", lambda row: row.at.isoformat()),
        ("who", lambda row: row.actor_name),
        ("act", lambda row: row.act),
        ("about", lambda row: row.subject),
        ("reason", lambda row: row.reason),
        ("sha256", lambda row: row.sha256),
    )
