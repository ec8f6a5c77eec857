from typing import ClassVar

from django.apps import AppConfig
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core.refusal import Refused


class CoreConfig(AppConfig):
    name = "core"
    label = "core"
    verbose_name = _("Core")
    default_auto_field = "django.db.models.BigAutoField"
    APPEND_ONLY_TABLES = ("core_storedfile", "core_bookcheck")
    KEPT_OTHERWISE: ClassVar[dict[str, str]] = {
        "core_storedfile": "its seal, and the bytes on disk",
        "core_job": "work under way, with leases that change by the minute; no money and no words",
    }

    def ready(self) -> None:
        """Say the refusals of modules that import no Django in the reader's language."""
        Refused.speak_with(gettext)
