"""The tests' database: the tables belong to its owner, every test works as the application, and the owner empties them."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
from django.conf import settings
from django.db import connection, transaction
from django.test import TransactionTestCase
from psycopg import sql

from config.environment import APPLICATION_ROLE

Connection = psycopg.Connection[tuple[Any, ...]]
ROOT = Path(__file__).resolve().parent.parent
TEMPLATES = "forest_tests_"


def connect(*, database: str | None = None, role: str | None = None) -> Connection:
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


def become_application(sender: object, connection: Any, **_arguments: object) -> None:
    with connection.connection.cursor() as cursor:
        cursor.execute(sql.SQL("SET ROLE {role}").format(role=sql.Identifier(APPLICATION_ROLE)))


def _migrations() -> str:
    """Return a hash of everything that decides what a migrated database holds."""
    found = sorted(path for room in ("config", "core", "revenue", "communities", "reports") for path in (ROOT / room).rglob("*.py"))
    of_them = [path for path in found if "migrations" in path.parts or path.name in ("rights.py", "chart.py", "apps.py", "witnesses.py")]
    beside = [path for room in ("core", "revenue", "communities", "reports") for path in sorted((ROOT / room).rglob("migrations/*.sql"))]
    whole = hashlib.sha256()
    for path in (*of_them, *beside, ROOT / "requirements.txt"):
        whole.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes())
    return whole.hexdigest()[:16]


def migrated_template(server: Connection) -> str:
    """Return a database to copy: migrated once for all the workers of a run, and for the runs after it until a migration changes."""
    name = f"{TEMPLATES}{_migrations()}"
    with server.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(731099)")
        try:
            known: dict[str, bool] = dict(
                cursor.execute("SELECT datname, now() - (pg_stat_file('base/' || oid)).modification > '1 day' FROM pg_database").fetchall()
            )
            for old in (one for one, is_old in known.items() if one.startswith(TEMPLATES) and one != name and is_old):
                cursor.execute(sql.SQL("DROP DATABASE IF EXISTS {old}").format(old=sql.Identifier(old)))
            if name not in known:
                _migrate_into(server, name)
        finally:
            cursor.execute("SELECT pg_advisory_unlock(731099)")
    return name


def _migrate_into(server: Connection, name: str) -> None:
    making = f"{name}_making"
    for asked in ("DROP DATABASE IF EXISTS {making}", "CREATE DATABASE {making} TEMPLATE template0"):
        server.execute(sql.SQL(asked).format(making=sql.Identifier(making)))
    environment = {**os.environ, "DATABASE_URL": _address(making)}
    subprocess.run([sys.executable, "manage.py", "migrate", "--verbosity", "0"], cwd=ROOT, env=environment, check=True)
    server.execute(sql.SQL("ALTER DATABASE {making} RENAME TO {name}").format(making=sql.Identifier(making), name=sql.Identifier(name)))


def _address(database: str) -> str:
    parts = urlsplit(os.environ["DATABASE_URL"])
    return urlunsplit(parts._replace(path=f"/{database}"))


# What migrations wrote comes back after each emptying.
first_rows: dict[str, bytes] = {}


def filled_tables(owner: Connection) -> list[str]:
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


def rows_of(owner: Connection, tables: list[str]) -> dict[str, bytes]:
    rows = {}
    for table in tables:
        with owner.cursor().copy(sql.SQL("COPY {table} TO STDOUT (FORMAT binary)").format(table=sql.Identifier(table))) as out:
            rows[table] = b"".join(bytes(part) for part in out)
    return rows


def empty_tables(_case: TransactionTestCase) -> None:
    """Take the place of Django's flush, which the application's role may not do."""
    connection.close()
    with connect() as owner, owner.transaction():
        owner.execute("SET LOCAL lock_timeout = '10s'")  # a connection that a test left open is named, not waited for
        # Append-only triggers and foreign keys rest in this transaction; they stay switched on for every test.
        owner.execute("SET LOCAL session_replication_role = replica")
        filled = filled_tables(owner)
        if filled:
            owner.execute(sql.SQL("TRUNCATE {tables} CASCADE").format(tables=sql.SQL(", ").join(map(sql.Identifier, filled))))
        for table, rows in first_rows.items():
            with owner.cursor().copy(sql.SQL("COPY {table} FROM STDIN (FORMAT binary)").format(table=sql.Identifier(table))) as into:
                into.write(rows)


@contextmanager
def tampered() -> Iterator[None]:
    """Work for a moment as somebody who has the whole server in his hands, triggers at rest: what check_books is for."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
        cursor.execute("SET LOCAL session_replication_role = replica")
        yield
        cursor.execute("SET LOCAL session_replication_role = origin")
        cursor.execute(sql.SQL("SET ROLE {role}").format(role=sql.Identifier(APPLICATION_ROLE)))
