from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class GrievancesConfig(AppConfig):
    name = "communities.grievances"
    label = "grievances"
    verbose_name = _("Grievances")
    default_auto_field = "django.db.models.BigAutoField"
    APPEND_ONLY_TABLES = ("grievances_contact", "grievances_event", "grievances_publication")
