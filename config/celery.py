"""The Celery application of worker, beat and web."""

from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path

from celery import Celery
from django.conf import settings
from kombu.transport import TRANSPORT_ALIASES

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

TRANSPORT_ALIASES["filesystem"] = "config.broker:Transport"
app = Celery("forest_dividend")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


def make_broker_folders() -> None:
    """Make the folders of the broker that needs no server; other people of the machine may not look in."""
    if not settings.CELERY_BROKER_URL.startswith("filesystem"):
        return
    options = settings.CELERY_BROKER_TRANSPORT_OPTIONS
    for key in ("data_folder_in", "processed_folder", "control_folder"):
        Path(options[key]).mkdir(parents=True, exist_ok=True, mode=0o700)


make_broker_folders()


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def end_with_starter() -> None:
    """
    End this process group when the demo that started it is gone.

    The kernel's signal at a parent's death does it too, but one that comes while Celery is starting is lost.
    """
    starter = int(os.environ.get("FOREST_STARTER", "0"))
    if not starter:
        return

    def watch() -> None:
        parent = os.getppid()
        while _is_alive(starter) and os.getppid() == parent:
            time.sleep(1)
        os.killpg(os.getpgid(0), signal.SIGKILL)

    threading.Thread(target=watch, name="end with starter", daemon=True).start()


end_with_starter()
