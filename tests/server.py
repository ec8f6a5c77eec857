"""A throw-away PostgreSQL for the whole run, unless DATABASE_URL names a server; loaded before Django reads its settings."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile


def prepare_environment() -> None:
    """Set what the settings read: never a demo's database, never its files."""
    os.environ["FOREST_ENV"] = "development"
    # Two roles are made by the tests themselves, from the one address.
    os.environ.pop("DATABASE_OWNER_URL", None)
    folder = tempfile.mkdtemp(prefix="forest-test-")
    atexit.register(_forget, folder, os.getpid())
    os.environ["FOREST_DATA"] = os.environ["MEDIA_ROOT"] = folder
    # Messages go nowhere: a test that wants a worker starts one with a broker of its own.
    os.environ["CELERY_BROKER_URL"] = os.environ.get("TEST_BROKER_URL", "memory://")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    if "PYTEST_XDIST_WORKER" not in os.environ and not os.environ.get("DATABASE_URL"):
        from config import devdb

        os.environ["DATABASE_URL"] = devdb.ephemeral().url(database="forest_dividend")


def _forget(folder: str, starter: int) -> None:
    if os.getpid() == starter:  # a fork is not the starter
        shutil.rmtree(folder, ignore_errors=True)


prepare_environment()
