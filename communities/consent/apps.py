from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ConsentConfig(AppConfig):
    name = "communities.consent"
    label = "consent"
    verbose_name = _("Consent")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from communities.consent import checks, queries  # noqa: F401 - registers its checks of the books
        from revenue.sharing import conditions

        conditions.register(code="community_consent", name=_("community consent recorded"), answer=queries.who_consents)
        conditions.register(code="work_plan_approved", name=_("work plan approved"), answer=queries.who_has_a_plan)
