from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CallbacksConfig(AppConfig):
    name = "communities.callbacks"
    label = "callbacks"
    verbose_name = _("Independent check")
    default_auto_field = "django.db.models.BigAutoField"
    APPEND_ONLY_TABLES = ("callbacks_sample", "callbacks_sampledpayment", "callbacks_asking", "callbacks_answer")

    def ready(self) -> None:
        from communities.callbacks import checks  # noqa: F401 - registers its check of the books
        from communities.callbacks.queries import to_ask_rows
        from communities.spending.phone_queries import ASKED

        ASKED["checks"] = to_ask_rows
