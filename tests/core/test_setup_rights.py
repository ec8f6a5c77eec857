"""The application's database role may do what each table allows, and nothing else."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from config import rights
from config.environment import APPLICATION_ROLE

Connection = psycopg.Connection[tuple[Any, ...]]


@pytest.mark.django_db
def test_the_suite_itself_runs_as_the_application() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        assert cursor.fetchone() == (APPLICATION_ROLE,)


def _rights_on(owner: Connection, table: str) -> set[str]:
    kinds = ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "TRIGGER", "REFERENCES")
    return {kind for kind in kinds if owner.execute("SELECT has_table_privilege(%s, %s, %s)", [APPLICATION_ROLE, table, kind]).fetchone() == (True,)}


def test_each_table_grants_exactly_what_its_app_declares(owner_connection: Connection) -> None:
    append_only, read_only = rights.append_only_tables(), rights.read_only_tables()
    for table in connection.introspection.table_names():
        expected = {"SELECT", "INSERT", "UPDATE", "DELETE"}
        if table in append_only:
            expected = {"SELECT", "INSERT"}
        if table in read_only:
            expected = {"SELECT"}
        assert _rights_on(owner_connection, table) == expected, table


def test_the_application_makes_no_tables(app_connection: Connection) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        app_connection.execute("CREATE TABLE mine (id int)")


def test_the_application_empties_no_tables(app_connection: Connection) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        app_connection.execute("TRUNCATE core_job")


def test_the_application_does_not_change_a_record_of_the_audit(app_connection: Connection) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        app_connection.execute("UPDATE audit_auditrecord SET id = id")


def test_a_missing_role_is_named_with_the_statement_that_makes_it(transactional_db: None, settings: Any) -> None:
    settings.DATABASE_APP_ROLE = "forest_nobody_made"
    with pytest.raises(CommandError, match="CREATE ROLE forest_nobody_made LOGIN"):
        call_command("grant_rights", verbosity=0)


def test_a_limit_on_a_table_that_does_not_exist_is_refused(owner_connection: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rights, "append_only_tables", lambda: frozenset({"core_misspelt"}))
    with pytest.raises(CommandError, match="core_misspelt"):
        call_command("grant_rights", verbosity=0)


def test_rows_that_a_test_left_are_gone_in_the_next(owner_connection: Connection) -> None:
    for _time in range(2):
        assert owner_connection.execute("SELECT count(*) FROM django_session").fetchone() == (0,)
    owner_connection.execute("INSERT INTO django_session VALUES ('left', '', now())")


def test_rows_that_a_test_left_are_gone_in_the_next_seen_again(owner_connection: Connection) -> None:
    test_rows_that_a_test_left_are_gone_in_the_next(owner_connection)


def test_rows_that_migrations_wrote_are_there_for_each_test(owner_connection: Connection) -> None:
    assert owner_connection.execute("SELECT count(*) > 0 FROM django_content_type").fetchone() == (True,)


def test_rows_that_migrations_wrote_are_there_for_each_test_seen_again(owner_connection: Connection) -> None:
    test_rows_that_migrations_wrote_are_there_for_each_test(owner_connection)
