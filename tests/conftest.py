"""What every test stands on: two database roles, Chromium, and a database emptied by its owner."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from django.core.cache import cache
from django.db import connection
from django.db.backends.signals import connection_created
from django.test import TransactionTestCase, override_settings
from psycopg import sql

from config.environment import APPLICATION_ROLE
from tests.database import Connection, become_application, connect, empty_tables, filled_tables, first_rows, migrated_template, rows_of

# The same examples on each run: what is tested does not depend on luck. HYPOTHESIS_PROFILE=explore draws others.
hypothesis.settings.register_profile("same", derandomize=True)
hypothesis.settings.register_profile("explore", derandomize=False)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))

# --- Two roles: the tables belong to the owner, every test works as the application -------------------------------------


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """Make the application's role before the test database, so that migrate grants its rights."""
    with connect(database="postgres") as server:
        known = server.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user").fetchone()
        if known != (True,):
            pytest.exit("The tests make roles and empty tables: DATABASE_URL has to sign in as a superuser of a test server.", returncode=1)
        server.execute(
            sql.SQL("DO $$ BEGIN CREATE ROLE {role} LOGIN; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$").format(
                role=sql.Identifier(APPLICATION_ROLE)
            )
        )
        connection.settings_dict["TEST"]["TEMPLATE"] = migrated_template(server)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Keep the rows that migrations wrote, and let every later connection be the application's."""
    with django_db_blocker.unblock(), connect() as owner:
        first_rows.update(rows_of(owner, filled_tables(owner)))
        connection_created.connect(become_application)
        connection.close()
    yield
    connection_created.disconnect(become_application)


TransactionTestCase._fixture_teardown = empty_tables  # type: ignore[attr-defined]


@pytest.fixture
def owner_connection(transactional_db: None) -> Iterator[Connection]:
    """Give a raw connection to the test database as the owner of the tables; each statement commits."""
    with connect() as owner:
        yield owner


@pytest.fixture
def app_connection(transactional_db: None) -> Iterator[Connection]:
    """Give a raw connection to the test database as the application's role; each statement commits."""
    with connect(role=APPLICATION_ROLE) as application:
        yield application


@pytest.fixture
def new_app_connection(transactional_db: None) -> Callable[[], Connection]:
    """Give a way to open any number of the application's connections, for races."""
    return lambda: connect(role=APPLICATION_ROLE)


@pytest.fixture(scope="session", autouse=True)
def _quick_passwords() -> Iterator[None]:
    """Hash passwords in no time, those of people whom a whole file shares as well."""
    with override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"]):
        yield


@pytest.fixture(autouse=True)
def _own_files(settings: Any, tmp_path: Path) -> None:
    """Let each test keep its uploads to itself, and start with an empty cache."""
    settings.MEDIA_ROOT = tmp_path / "files"
    cache.clear()


# --- A real browser --------------------------------------------------------------------------------------------------

CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--lang=en-US",
]


def find_chromium() -> str | None:
    """Return the Chromium of this machine, if there is one."""
    named = os.environ.get("CHROMIUM")
    if named:
        return named if Path(named).is_file() else None
    return next((path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None)


LONG_FILES = (
    "test_matrix.py", "test_brokers.py", "test_bad_input_sweep.py", "test_journey_browser.py", "test_setup_demo.py", "test_phone_offline.py",
    "test_pages.py", "test_journey_http.py", "test_demonstration.py", "test_papers.py", "test_histories.py", "test_api_schema.py",
    "test_journey_services.py", "test_verification.py", "test_render_pdf.py", "test_bad_input.py", "test_reports_rules.py",
    "test_setup_settings.py", "test_bundle.py", "test_callbacks_pages.py", "test_spending_phone.py", "test_phone_firefox.py",
)  # fmt: skip


def pytest_make_parametrize_id(val: object) -> str | None:
    """Name no test after a file's bytes: a workbook made twice differs by its time, and parallel runs must collect the same names."""
    return "bytes" if isinstance(val, bytes) else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    # A browser and a worker process share two cores with all else: what they miss once is tried again, and named with an R.
    # Nothing else is: a race that is lost once is lost.
    for item in items:
        if item.get_closest_marker("browser") or "tests/flows/" in item.nodeid:
            item.add_marker(pytest.mark.flaky(reruns=1))
    # A file to a process: the long files first, or one process is still at the last of them when the other has nothing left.
    items.sort(key=lambda item: LONG_FILES.index(name) if (name := item.path.name) in LONG_FILES else len(LONG_FILES))
    if find_chromium():
        return
    skip = pytest.mark.skip(reason="No Chromium was found: install one, or set CHROMIUM to its path.")
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(skip)


@pytest.fixture(scope="module")
def playwright() -> Iterator[Any]:
    """
    Start Playwright for the tests of a file: a process holds one at a time.

    It keeps a loop of asyncio running, in which nothing else can start one: signing a report does.
    """
    from playwright.sync_api import sync_playwright

    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="module")
def browser(playwright: Any) -> Iterator[Any]:
    """Start one Chromium for the browser tests of a file."""
    path = find_chromium()
    if path is None:
        pytest.skip("No Chromium was found: install one, or set CHROMIUM to its path.")
    chromium = playwright.chromium.launch(executable_path=path, args=CHROMIUM_FLAGS, headless=True)
    yield chromium
    chromium.close()


@pytest.fixture
def browser_context(browser: Any) -> Iterator[Any]:
    """Give a fresh profile, in English, with a phone's or a desk's window set by the test through new_page."""
    context = browser.new_context(locale="en-US", timezone_id="Asia/Phnom_Penh")
    context.set_default_timeout(15_000)
    yield context
    context.close()


@pytest.fixture
def browser_page(browser_context: Any) -> Any:
    """Give a page in a real Chromium."""
    return browser_context.new_page()


@pytest.fixture
def phone_page(browser: Any) -> Iterator[Any]:
    """Give a page 390 px wide with touch, as on a phone."""
    context = browser.new_context(
        locale="en-US", timezone_id="Asia/Phnom_Penh", viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True
    )
    context.set_default_timeout(15_000)
    yield context.new_page()
    context.close()
