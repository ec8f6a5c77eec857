"""Nobody changes the ledger: not the application, which has no right to, and not the owner, whom triggers refuse."""

from __future__ import annotations

from datetime import date
from typing import Any

import psycopg
import pytest
from django.db import DatabaseError, ProgrammingError, connection, transaction
from django.db.models import Model

from revenue.ledger import checks, services
from revenue.ledger.chart import Row
from revenue.ledger.models import Account, AllowedPair, Balance, BookClosing, Entry, Posting, Total, Tranche
from tests.revenue.ledger_books import RECEIVED, UNALLOCATED

Raw = psycopg.Connection[tuple[Any, ...]]
APPEND_ONLY = ("ledger_account", "ledger_tranche", "ledger_entry", "ledger_posting", "ledger_bookclosing")
KEPT = ("ledger_balance", "ledger_total")
MODELS: tuple[type[Model], ...] = (Account, Tranche, Entry, Posting, BookClosing, Balance, Total, AllowedPair)


def _write() -> Tranche:
    tranche = services.open_tranche(source="SALE", received_on=date(2026, 1, 5), currency="USD", code="T1")
    services.post(event="receipt", day=date(2026, 1, 5), rows=[Row(UNALLOCATED, RECEIVED, 100, tranche.pk)], key="k", document="receipt:1", by_id=1)
    return tranche


@pytest.fixture
def written(transactional_db: None) -> Tranche:
    return _write()


@pytest.mark.django_db
@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("act", ["update", "delete"])
def test_the_application_may_not_change_or_delete_through_the_orm(model: type[Model], act: str) -> None:
    _write()
    rows = model._default_manager.all()
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        if act == "delete":
            rows._raw_delete(connection.alias)  # type: ignore[attr-defined]
        else:
            field = next(field for field in model._meta.local_fields if not field.primary_key and not field.generated)
            rows.update(**{field.attname: None})


@pytest.mark.django_db
@pytest.mark.parametrize("model", [Balance, Total, AllowedPair])
def test_the_application_may_not_add_to_what_the_database_keeps(model: type[Model]) -> None:
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {model._meta.db_table} SELECT * FROM {model._meta.db_table}")


@pytest.mark.django_db
@pytest.mark.parametrize(
    "attempt",
    [
        "SET session_replication_role = replica",
        "ALTER TABLE ledger_posting DISABLE TRIGGER ledger_posting_keep_balances",
        "ALTER TABLE ledger_posting DISABLE TRIGGER ALL",
        "DROP TRIGGER ledger_posting_append_only ON ledger_posting",
        "ALTER TABLE ledger_posting DROP CONSTRAINT ledger_posting_moves_something",
        "CREATE OR REPLACE FUNCTION ledger_keep_balances() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
        "CREATE TRIGGER quiet BEFORE INSERT ON ledger_posting FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change()",
        "CREATE RULE away AS ON INSERT TO ledger_posting DO INSTEAD NOTHING",
        "ALTER TABLE ledger_balance OWNER TO CURRENT_USER",
        "ALTER DEFAULT PRIVILEGES FOR ROLE pg_database_owner GRANT ALL ON TABLES TO CURRENT_USER",
        "ALTER ROLE CURRENT_USER SUPERUSER",
        "ALTER ROLE CURRENT_USER SET session_replication_role = replica",
        "GRANT pg_write_all_data TO CURRENT_USER",
        "UPDATE pg_trigger SET tgenabled = 'D'",
        "DELETE FROM pg_constraint",
    ],
)
def test_the_application_may_not_switch_rules_off_or_give_itself_rights(attempt: str) -> None:
    refusal = "permission denied|must be (owner|superuser|member|able)|must have"
    with pytest.raises(DatabaseError, match=refusal), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(attempt)


@pytest.mark.django_db
@pytest.mark.parametrize("given", ["UPDATE ON ledger_balance", "ALL ON ALL TABLES IN SCHEMA public"])
def test_what_the_application_grants_itself_is_nothing(given: str) -> None:
    with connection.cursor() as cursor:
        # PostgreSQL warns that no privileges were granted, and goes on.
        cursor.execute(f"GRANT {given} TO CURRENT_USER")
        cursor.execute(
            "SELECT has_table_privilege(CURRENT_USER, name, 'UPDATE') FROM unnest(%s::text[]) name", [[*APPEND_ONLY, *KEPT, "audit_auditrecord"]]
        )
        assert {may for (may,) in cursor.fetchall()} == {False}


@pytest.mark.django_db
@pytest.mark.parametrize("table", [*APPEND_ONLY, *KEPT, "ledger_allowedpair"])
def test_the_application_may_not_empty_a_table(table: str) -> None:
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {table} CASCADE")


@pytest.mark.parametrize("table", [*APPEND_ONLY, "ledger_allowedpair"])
@pytest.mark.parametrize("sql", ["DELETE FROM {table}", "UPDATE {table} SET {column} = {column}"])
def test_even_the_owner_may_not_change_or_delete(written: Tranche, owner_connection: Raw, table: str, sql: str) -> None:
    column = "event" if table == "ledger_allowedpair" else "id"
    with pytest.raises(psycopg.errors.RestrictViolation) as refusal:
        owner_connection.execute(sql.format(table=table, column=column))
    assert refusal.value.diag.constraint_name == f"{table}_append_only"


@pytest.mark.parametrize("table", [*APPEND_ONLY, *KEPT, "ledger_allowedpair"])
def test_even_the_owner_may_not_empty_a_table(written: Tranche, owner_connection: Raw, table: str) -> None:
    with pytest.raises(psycopg.errors.RestrictViolation):
        owner_connection.execute(f"TRUNCATE {table} CASCADE")


@pytest.mark.parametrize("table", KEPT)
def test_even_the_owner_may_not_write_a_balance_by_hand(written: Tranche, owner_connection: Raw, table: str) -> None:
    for sql in (f"UPDATE {table} SET amount_minor = amount_minor + 1", f"INSERT INTO {table} SELECT * FROM {table} LIMIT 0"):
        with pytest.raises(psycopg.errors.RestrictViolation) as refusal:
            owner_connection.execute(sql)
        assert refusal.value.diag.constraint_name == f"{table}_kept_by_database"
    with pytest.raises(psycopg.errors.RestrictViolation):
        owner_connection.execute(f"DELETE FROM {table}")


def test_even_the_owner_may_not_allow_a_pair_by_hand(written: Tranche, owner_connection: Raw) -> None:
    with pytest.raises(psycopg.errors.RestrictViolation):
        owner_connection.execute("INSERT INTO ledger_allowedpair VALUES ('spend', 'spent', 'pot', false, false, false, false)")


def test_functions_with_the_owners_rights_fix_their_search_path(owner_connection: Raw) -> None:
    found = owner_connection.execute(
        "SELECT proname, proconfig FROM pg_proc WHERE prosecdef AND proname LIKE 'ledger%' AND pronamespace = 'public'::regnamespace"
    ).fetchall()
    assert {name for name, _config in found} == {"ledger_keep_balances", "ledger_close_forward", "ledger_lock_accounts"}
    assert all("search_path=pg_catalog, public, pg_temp" in config for _name, config in found)


def _tampered(owner: Raw, sql: str) -> None:
    """Change what nobody may change, as somebody with the server in his hands could."""
    with owner.transaction():
        owner.execute("SET LOCAL session_replication_role = replica")
        owner.execute(sql)


@pytest.mark.parametrize(
    ("sql", "names"),
    [
        ("UPDATE ledger_balance SET amount_minor = 99 WHERE amount_minor = 100", {"ledger.balances", "ledger.totals", "ledger.equation"}),
        ("UPDATE ledger_total SET amount_minor = 99 WHERE amount_minor = 100", {"ledger.totals"}),
        ("UPDATE ledger_posting SET amount_minor = 99", {"ledger.balances"}),
        ("UPDATE ledger_posting SET day = '2026-01-06'", {"ledger.entries"}),
        ("DELETE FROM ledger_posting", {"ledger.balances", "ledger.entries"}),
        ("UPDATE ledger_posting SET currency = 'EUR'", {"ledger.currency"}),
        ("UPDATE ledger_balance SET guarded = false", {"ledger.guards"}),
        ("DELETE FROM ledger_allowedpair WHERE event = 'spend'", {"ledger.pairs"}),
    ],
)
def test_the_books_check_finds_what_was_changed_behind_everybodys_back(written: Tranche, owner_connection: Raw, sql: str, names: set[str]) -> None:
    assert list(checks.run()) == []
    _tampered(owner_connection, sql)
    assert {finding.check for finding in checks.run()} == names


def test_the_books_check_finds_a_posting_that_left_closed_books(written: Tranche, owner_connection: Raw) -> None:
    owner_connection.execute(
        "INSERT INTO ledger_bookclosing (closed_through, closed_at, closed_by_id, posting_count) VALUES ('2026-01-31', now(), 1, 0)"
    )
    _tampered(owner_connection, "UPDATE ledger_posting SET day = '2026-02-01'; UPDATE ledger_entry SET day = '2026-02-01'")
    assert [finding.check for finding in checks.run()] == ["ledger.closed_books"]


def test_the_books_check_finds_a_trigger_that_was_switched_off(written: Tranche, owner_connection: Raw) -> None:
    owner_connection.execute("ALTER TABLE ledger_posting DISABLE TRIGGER ledger_posting_append_only")
    try:
        assert [finding.check for finding in checks.run()] == ["ledger.triggers"]
    finally:
        owner_connection.execute("ALTER TABLE ledger_posting ENABLE TRIGGER ledger_posting_append_only")
