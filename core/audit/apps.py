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
    READ_ONLY_TABLES: ClassVar[tuple[str, ...]] = ("audit_unsealed", "audit_witness")
    KEPT_OTHERWISE: ClassVar[dict[str, str]] = {
        "audit_auditrecord": "its own hash, and its seal",
        "audit_seal": "the chain of roots",
        "audit_sealitem": "the tree under its seal",
        "audit_unsealed": "rows on their way to a seal: all rows are compared with all seals",
        "audit_witness": "compared with its row from both sides",
    }

    def ready(self) -> None:
        from core.audit import sources  # noqa: F401 - registers what the floor itself seals
