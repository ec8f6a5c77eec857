"""The two database roles: the owner migrates, the application may only do what each table allows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import connection, transaction
from psycopg import sql


class UnknownTable(Exception):
    """An app limits the rights on a table that does not exist."""


def append_only_tables() -> frozenset[str]:
    """Return the tables on which the application may only SELECT and INSERT, as each app declares them."""
    return _declared("APPEND_ONLY_TABLES")


def read_only_tables() -> frozenset[str]:
    """Return the tables that only triggers and migrations write."""
    return _declared("READ_ONLY_TABLES") | {"django_migrations"}


def _declared(attribute: str) -> frozenset[str]:
    return frozenset(table for app in apps.get_app_configs() for table in getattr(app, attribute, ()))


@contextmanager
def as_owner() -> Iterator[None]:
    """Work on the same database as its owner, where DATABASE_OWNER_URL names one."""
    owner: dict[str, Any] | None = settings.DATABASE_OWNER
    if owner is None:
        yield
        return
    before = dict(connection.settings_dict)
    connection.close()
    # Not NAME: in a test run that is the test database.
    connection.settings_dict.update({key: owner[key] for key in ("USER", "PASSWORD", "HOST", "PORT", "OPTIONS")})
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict.update(before)


def role_exists(role: str) -> bool:
    """Return whether the server knows this role."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role])
        return cursor.fetchone() is not None


def grant(*, role: str) -> None:
    """
    Give the application's role its rights on every table of the present schema, and take all others away.

    Run by the owner of the tables, after each migration. One transaction: a running application never sees less.

    :raises UnknownTable: if an app declares a table that does not exist
    """
    with transaction.atomic(), connection.cursor() as cursor:
        tables = set(connection.introspection.table_names(cursor))
        append_only, read_only = append_only_tables(), read_only_tables()
        unknown = (append_only | read_only) - tables
        if unknown:
            raise UnknownTable(", ".join(sorted(unknown)))
        for statement in _statements(role=role, read_only=read_only, append_only=append_only - read_only):
            cursor.execute(statement)


def _statements(*, role: str, read_only: Iterable[str], append_only: Iterable[str]) -> Iterator[sql.Composed]:
    who = sql.Identifier(role)
    for text in (
        "REVOKE CREATE ON SCHEMA public FROM PUBLIC, {who}",
        "GRANT USAGE ON SCHEMA public TO {who}",
        "REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {who}",
        "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {who}",
        "REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM {who}",
        "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {who}",
    ):
        yield sql.SQL(text).format(who=who)
    for table in sorted(append_only):
        yield sql.SQL("REVOKE UPDATE, DELETE ON {table} FROM {who}").format(table=sql.Identifier(table), who=who)
    for table in sorted(read_only):
        yield sql.SQL("REVOKE INSERT, UPDATE, DELETE ON {table} FROM {who}").format(table=sql.Identifier(table), who=who)
