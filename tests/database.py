"""The tests' database: the tables belong to its owner, every test works as the application, and the owner empties them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from django.conf import settings
from django.db import connection, transaction
from django.test import TransactionTestCase
from psycopg import sql

from config.environment import APPLICATION_ROLE

Connection = psycopg.Connection[tuple[Any, ...]]


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
