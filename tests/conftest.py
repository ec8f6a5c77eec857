"""What every test stands on: two database roles, Chromium, and a database emptied by its owner."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.db.backends.signals import connection_created
from django.test import TransactionTestCase
from psycopg import sql

from config.environment import APPLICATION_ROLE

# --- Two roles: the tables belong to the owner, every test works as the application -------------------------------------


def connect(*, database: str | None = None, role: str | None = None) -> psycopg.Connection[tuple[Any, ...]]:
    """Open a connection of its own to the tests' server, in the test database unless another is named."""
    described = settings.DATABASES["default"]
    options = f"-c role={role}" if role else None
    return psycopg.connect(
        dbname=database or connection.settings_dict["NAME"],
        user=described["USER"] or None,
        password=described["PASSWORD"] or None,
        host=described["HOST"] or None,
        port=described["PORT"] or None,
        options=options,
        autocommit=True,
    )


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


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """Keep the rows that migrations wrote, and let every later connection be the application's."""
    with django_db_blocker.unblock(), connect() as owner:
        _first_rows.update(_rows_of(owner, _filled_tables(owner)))
        connection_created.connect(_become_application)
        connection.close()


def _become_application(sender: object, connection: Any, **_arguments: object) -> None:
    with connection.connection.cursor() as cursor:
        cursor.execute(sql.SQL("SET ROLE {role}").format(role=sql.Identifier(APPLICATION_ROLE)))


# --- Emptying: only what a test filled, by the owner; the migrations' own rows come back ----------------------------------

_first_rows: dict[str, bytes] = {}


def _filled_tables(owner: psycopg.Connection[tuple[Any, ...]]) -> list[str]:
    names = [
        row[0]
        for row in owner.execute(
            "SELECT c.relname FROM pg_class c WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace AND c.relname <> 'django_migrations'"
        )
    ]
    if not names:
        return []
    asked = sql.SQL(" UNION ALL ").join(
        sql.SQL("SELECT {name} WHERE EXISTS (SELECT 1 FROM {table})").format(name=sql.Literal(name), table=sql.Identifier(name)) for name in names
    )
    return [row[0] for row in owner.execute(asked)]


def _rows_of(owner: psycopg.Connection[tuple[Any, ...]], tables: list[str]) -> dict[str, bytes]:
    rows = {}
    for table in tables:
        with owner.cursor().copy(sql.SQL("COPY {table} TO STDOUT (FORMAT binary)").format(table=sql.Identifier(table))) as out:
            rows[table] = b"".join(bytes(part) for part in out)
    return rows


def _empty_tables(_case: TransactionTestCase) -> None:
    """Take the place of Django's flush, which the application's role may not do."""
    connection.close()
    with connect() as owner, owner.transaction():
        owner.execute("SET LOCAL lock_timeout = '10s'")  # a connection that a test left open is named, not waited for
        # Append-only triggers and foreign keys rest in this transaction; they stay switched on for every test.
        owner.execute("SET LOCAL session_replication_role = replica")
        filled = _filled_tables(owner)
        if filled:
            owner.execute(sql.SQL("TRUNCATE {tables} CASCADE").format(tables=sql.SQL(", ").join(map(sql.Identifier, filled))))
        for table, rows in _first_rows.items():
            with owner.cursor().copy(sql.SQL("COPY {table} FROM STDIN (FORMAT binary)").format(table=sql.Identifier(table))) as into:
                into.write(rows)


TransactionTestCase._fixture_teardown = _empty_tables  # type: ignore[attr-defined]


@pytest.fixture
def owner_connection(transactional_db: None) -> Iterator[psycopg.Connection[tuple[Any, ...]]]:
    """Give a raw connection to the test database as the owner of the tables; each statement commits."""
    with connect() as owner:
        yield owner


@pytest.fixture
def app_connection(transactional_db: None) -> Iterator[psycopg.Connection[tuple[Any, ...]]]:
    """Give a raw connection to the test database as the application's role; each statement commits."""
    with connect(role=APPLICATION_ROLE) as application:
        yield application


@pytest.fixture
def new_app_connection(transactional_db: None) -> Callable[[], psycopg.Connection[tuple[Any, ...]]]:
    """Give a way to open any number of the application's connections, for races."""
    return lambda: connect(role=APPLICATION_ROLE)


@pytest.fixture(autouse=True)
def _own_files(settings: Any, tmp_path: Path) -> None:
    """Let each test keep its uploads to itself, and start with an empty cache."""
    settings.MEDIA_ROOT = tmp_path / "files"
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
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


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if find_chromium():
        return
    skip = pytest.mark.skip(reason="No Chromium was found: install one, or set CHROMIUM to its path.")
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(skip)


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Start one Chromium for all browser tests of this process."""
    path = find_chromium()
    if path is None:
        pytest.skip("No Chromium was found: install one, or set CHROMIUM to its path.")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
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
    context = browser.new_context(locale="en-US", timezone_id="Asia/Phnom_Penh", viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    context.set_default_timeout(15_000)
    yield context.new_page()
    context.close()


def pytest_sessionfinish() -> None:
    folder = os.environ.get("FOREST_DATA", "")
    if Path(folder).name.startswith("forest-test-") and Path(folder).parent == Path(tempfile.gettempdir()):
        shutil.rmtree(folder, ignore_errors=True)
