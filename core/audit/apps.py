from typing import ClassVar

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AuditConfig(AppConfig):
    name = "core.audit"
    label = "audit"
    verbose_name = _("Audit trail")
    default_auto_field = "django.db.models.BigAutoField"
    APPEND_ONLY_TABLES: ClassVar[tuple[str, ...]] = ("audit_auditrecord", "audit_seal", "audit_sealitem")
    # Filled by triggers, and emptied by a function that lets go only what is sealed.
    READ_ONLY_TABLES: ClassVar[tuple[str, ...]] = ("audit_unsealed",)

    def ready(self) -> None:
        from core.audit import sources  # noqa: F401 - registers what the floor itself seals
