from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ReportsConfig(AppConfig):
    name = "reports"
    label = "reports"
    verbose_name = _("Reports")
    default_auto_field = "django.db.models.BigAutoField"
    APPEND_ONLY_TABLES = ("reports_snapshot", "reports_reportfile", "reports_paper")

    def ready(self) -> None:
        # The job's work is registered when its module is read.
        from reports import services  # noqa: F401
