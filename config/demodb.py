"""The database of a demo: made where it is missing, with its two roles."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qs, quote, urlencode, urlsplit, urlunsplit

import psycopg
from psycopg import sql

from config.devdb import Server
from config.environment import APPLICATION_ROLE, OWNER_ROLE, NotConfigured, parse_database_url

DATABASE: Final = "forest_dividend"
OLDEST_SERVER: Final = 150000
SECONDS_TO_CONNECT: Final = 8

Connection = psycopg.Connection[tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the application signs in, and where the owner of its tables does."""

    application: str
    owner: str


def on_own_server(server: Server) -> Addresses:
    """Make roles and database on the server that was started for this demo, where they are missing."""
    with psycopg.connect(server.url(database="postgres"), autocommit=True) as connection:
        for role in (OWNER_ROLE, APPLICATION_ROLE):
            _make_role(connection, role)
        _make_database(connection, DATABASE, owner=OWNER_ROLE)
    return Addresses(
        application=server.url(database=DATABASE, user=APPLICATION_ROLE),
        owner=server.url(database=DATABASE, user=OWNER_ROLE),
    )


def on_given_server(*, url: str, owner_url: str) -> Addresses:
    """
    Use the database that the environment names; make it, and the application's role, where that is allowed.

    :raises NotConfigured: if it cannot be reached or is too old
    """
    parse_database_url(url)
    if owner_url:
        parse_database_url(owner_url, name="DATABASE_OWNER_URL")
        _connect(url).close()
        _connect(owner_url, name="DATABASE_OWNER_URL").close()
        return Addresses(application=url, owner=owner_url)
    with _connect_or_make(url) as connection:
        if not _may_take_on_application(connection):
            return Addresses(application=url, owner=url)
    return Addresses(application=taking_on(url, APPLICATION_ROLE), owner=url)


def taking_on(url: str, role: str) -> str:
    """Return the same address, signing in as before but working under another role."""
    parts = urlsplit(url)
    query = {key: values[-1] for key, values in parse_qs(parts.query).items()}
    query["options"] = f"{query.get('options', '')} -c role={role}".strip()
    return urlunsplit(parts._replace(query=urlencode(query, quote_via=quote)))


def _connect(url: str, *, name: str = "DATABASE_URL") -> Connection:
    try:
        connection = psycopg.connect(url, autocommit=True, connect_timeout=SECONDS_TO_CONNECT)
    except psycopg.Error as error:
        raise NotConfigured(f"{name} leads to no database that can be used: {_first_line(error)}") from error
    if connection.info.server_version < OLDEST_SERVER:
        version = connection.info.server_version // 10000
        connection.close()
        raise NotConfigured(f"{name} leads to PostgreSQL {version}, and 15 or newer is needed")
    return connection


def _connect_or_make(url: str) -> Connection:
    try:
        return _connect(url)
    except NotConfigured:
        name = parse_database_url(url)["NAME"]
        try:
            with _connect(urlunsplit(urlsplit(url)._replace(path="/postgres"))) as server:
                if server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
                    raise
                _make_database(server, name)
        except (NotConfigured, psycopg.Error):
            pass
        return _connect(url)


def _may_take_on_application(connection: Connection) -> bool:
    """Make the application's role where it is missing; return whether this user may work as it."""
    try:
        _make_role(connection, APPLICATION_ROLE)
        connection.execute(sql.SQL("GRANT {role} TO CURRENT_USER").format(role=sql.Identifier(APPLICATION_ROLE)))
        connection.execute(sql.SQL("SET ROLE {role}").format(role=sql.Identifier(APPLICATION_ROLE)))
    except psycopg.Error:
        return False
    return True


def _make_role(connection: Connection, role: str) -> None:
    if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone():
        connection.execute(sql.SQL("CREATE ROLE {role} LOGIN").format(role=sql.Identifier(role)))


def _make_database(connection: Connection, name: str, *, owner: str | None = None) -> None:
    if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
        return
    connection.execute(sql.SQL("CREATE DATABASE {name}").format(name=sql.Identifier(name)))
    if owner:
        connection.execute(sql.SQL("ALTER DATABASE {name} OWNER TO {owner}").format(name=sql.Identifier(name), owner=sql.Identifier(owner)))


def _first_line(error: psycopg.Error) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0] if lines else type(error).__name__
