from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RegistryConfig(AppConfig):
    name = "communities.registry"
    label = "registry"
    verbose_name = _("Recipients")
    default_auto_field = "django.db.models.BigAutoField"
    APPEND_ONLY_TABLES = ("registry_indicatorsnapshot", "registry_indicatorvalue")
