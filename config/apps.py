from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class WiringConfig(AppConfig):
    name = "config"
    label = "config"
    verbose_name = _("Wiring")

    def ready(self) -> None:
        # Every process that queues tasks needs the Celery application, not only the worker. It is not imported in
        # config/__init__.py, since config/bootstrap.py has to work before anything is installed.
        from config import celery  # noqa: F401
