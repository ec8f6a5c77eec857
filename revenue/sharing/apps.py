from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SharingConfig(AppConfig):
    name = "revenue.sharing"
    label = "sharing"
    verbose_name = _("Benefit sharing")
    default_auto_field = "django.db.models.BigAutoField"
    APPEND_ONLY_TABLES = ("sharing_statedfact", "sharing_payoutrate", "sharing_usedcount")

    def ready(self) -> None:
        from revenue.sharing import checks  # noqa: F401 - registers its checks of the books
