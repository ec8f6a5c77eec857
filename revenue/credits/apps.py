from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CreditsConfig(AppConfig):
    name = "revenue.credits"
    label = "credits"
    verbose_name = _("Credits and sales")
    default_auto_field = "django.db.models.BigAutoField"
    APPEND_ONLY_TABLES = ("credits_identification", "credits_recall", "credits_banktransfer")

    def ready(self) -> None:
        from revenue.credits import checks  # noqa: F401 - register the checks of its documents
