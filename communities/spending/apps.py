from typing import ClassVar

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SpendingConfig(AppConfig):
    name = "communities.spending"
    label = "spending"
    verbose_name = _("Spending")
    default_auto_field = "django.db.models.BigAutoField"
    APPEND_ONLY_TABLES = ("spending_evidence", "spending_reviewstep")
    KEPT_OTHERWISE: ClassVar[dict[str, str]] = {
        "spending_upload": "a file on its way; whole, it is a stored file, known by its hash",
        "spending_uploadpart": "a part of such a file",
    }

    def ready(self) -> None:
        from communities.spending import checks, pictures  # noqa: F401 - registers its checks of the books and its jobs
        from communities.spending.queries import repayments  # noqa: F401 - tells the references of repayments
