from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DisbursementsConfig(AppConfig):
    name = "revenue.disbursements"
    label = "disbursements"
    verbose_name = _("Disbursements")
    default_auto_field = "django.db.models.BigAutoField"
    APPEND_ONLY_TABLES = ("disbursements_acknowledgement", "disbursements_lotclosing", "disbursements_moneyreturn")

    def ready(self) -> None:
        from revenue.disbursements import checks  # noqa: F401 - registers its checks of the books
