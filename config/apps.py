from django.apps import AppConfig
from django.contrib.admin import apps as admin_apps
from django.utils.translation import gettext_lazy as _


class WiringConfig(AppConfig):
    name = "config"
    label = "config"
    verbose_name = _("Wiring")

    def ready(self) -> None:
        # Every process that queues tasks needs the Celery application, not only the worker. It is not imported in
        # config/__init__.py, since config/bootstrap.py has to work before anything is installed.
        from config import celery  # noqa: F401


class OfficeConfig(admin_apps.AdminConfig):
    """Django's admin with the office's site."""

    default = False
    default_site = "config.site.OfficeSite"
