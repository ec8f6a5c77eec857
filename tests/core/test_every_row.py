"""Every column of every table, damaged by who has the whole server in his hands: check_books and verify_audit name the row."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction

from communities.grievances.models import Publication
from communities.registry import models as registry
from config.environment import APPLICATION_ROLE
from core.audit import checks as audit
from core.audit import seals, witnesses
from core.audit.hashing import digest
from reports.models import Paper
from revenue.ledger import checks as books
from tests.flows.scene import NOW, Scene, kept_scene, taken_back

# Tables whose rows decide nothing that anybody relies on: the reason stands in their app and in docs/database-rules.md.
NOT_LOOKED_AT = {"core_job", "spending_upload", "spending_uploadpart"}
OTHER = {
    "bool": "NOT coalesce({c}, false)",
    "date": "coalesce({c}, date '2026-01-01') + 1",
    "timestamptz": "coalesce({c}, timestamptz '2026-01-01 00:00Z') + interval '1 day'",
    "jsonb": "jsonb_build_array({c})",
    "uuid": "gen_random_uuid()",
    "bytea": "coalesce({c}, '')::bytea || '\\x01'::bytea",
    **dict.fromkeys(("varchar", "text"), "CASE WHEN {c} LIKE 'x%' THEN 'y' ELSE 'x' END || coalesce(substr({c}, 2), '')"),
    **dict.fromkeys(("int2", "int4", "int8", "numeric"), "coalesce({c}, 0) + 1"),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("files")


@pytest.fixture(scope="module")
def kept(django_db_setup: None, django_db_blocker: Any, folder: Path) -> Iterator[Scene]:
    with kept_scene(blocker=django_db_blocker, folder=folder) as scene:
        Publication.objects.create(first=date(2026, 7, 1), end=date(2026, 10, 1), counts={"all": 5}, published_at=NOW)
        Paper.objects.create(kind="LIST", subject="main 2026-08-10", text="{}", sha256=digest("{}"), drawn_at=NOW, drawn_by=scene.officer)
        registry.PlaceName.objects.create(place=registry.Place.objects.get(), name="Keo Seima")
        _covered_later(scene)
        seals.seal_now(at=NOW)
        yield scene


def _covered_later(scene: Scene) -> None:
    """Write a row from before there were witnesses: the next migration gives it one."""
    with owner() as cursor:
        cursor.execute(
            "INSERT INTO spending_latercover (spending_id, number, funded_minor, drawn_minor, drawn_currency, entry_id, made_by_id, made_at, made_on)"
            " SELECT %s, 1, 5, 5, 'USD', min(id), %s, %s, %s FROM ledger_entry",
            [scene.bare.pk, scene.officer.pk, NOW, NOW.date()],
        )
        cursor.execute("SELECT audit_let_witness('spending_latercover')")


@pytest.fixture
def _django_db_helper(kept: Scene, django_db_blocker: Any, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Take the place of pytest-django's own: it closes the connection, and with it the rows that all tests here share."""
    with taken_back(blocker=django_db_blocker, folder=folder, monkeypatch=monkeypatch):
        yield


@pytest.fixture(autouse=True)
def _files_of_the_module(db: None, _own_files: None, folder: Path, settings: Any) -> None:
    settings.MEDIA_ROOT = folder


@contextmanager
def owner() -> Iterator[Any]:
    """Work as the owner of the tables, triggers at rest."""
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
        cursor.execute("SET session_replication_role = replica")
        try:
            yield cursor
        finally:
            cursor.execute("RESET session_replication_role")
            cursor.execute(f"SET ROLE {APPLICATION_ROLE}")


@contextmanager
def damaged(statement: str) -> Iterator[None]:
    """Let one statement do its damage, and take it back. One that the database refuses even to its owner raises."""
    with transaction.atomic():
        with owner() as cursor, transaction.atomic():
            cursor.execute(statement)
            assert cursor.rowcount == 1
        yield
        transaction.set_rollback(True)


def columns_of(table: str) -> list[tuple[str, str]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT attname::text, typname::text FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid"
            " WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped AND attname <> 'id' AND attgenerated = '' ORDER BY attnum",
            [table],
        )
        found: list[tuple[str, str]] = cursor.fetchall()
    return found


def worked_out_in(table: str) -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT attname::text FROM pg_attribute WHERE attrelid = %s::regclass AND attgenerated <> ''", [table])
        return {name for (name,) in cursor.fetchall()}


def differing(table: str) -> list[tuple[int, str, list[str]]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM audit_differing(%s)", [table])
        found: list[tuple[int, str, list[str]]] = cursor.fetchall()
    return found


def first_row(table: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT min(id) FROM {table}")
        (pk,) = cursor.fetchone()
    assert pk is not None, f"{table} has no row: let the scene or this module make one"
    return int(pk)


def test_rows_that_are_well_are_passed_in_silence() -> None:
    assert list(witnesses.differing()) == []
    assert list(audit.findings()) == []


@pytest.mark.parametrize("table", witnesses.witnessed())
def test_each_column_that_somebody_changed_is_named_with_its_row(table: str) -> None:
    pk, changed, worked_out = first_row(table), 0, worked_out_in(table)
    for column, kind in columns_of(table):
        other = OTHER[kind].format(c=f'"{column}"')
        try:
            with damaged(f'UPDATE {table} SET "{column}" = {other} WHERE id = {pk}'):
                ((found, what, named),) = differing(table)
                # Columns that PostgreSQL works out from this one change with it.
                assert (found, what, set(named) - worked_out) == (pk, "changed", {column})
                changed += 1
        except DatabaseError:
            continue  # a constraint holds this value on this row even against the owner
    assert changed


@pytest.mark.parametrize("table", witnesses.witnessed())
def test_a_row_that_somebody_took_away_is_named(table: str) -> None:
    pk = first_row(table)
    with damaged(f"DELETE FROM {table} WHERE id = {pk}"):
        assert differing(table) == [(pk, "gone", differing(table)[0][2])]
        (said,) = witnesses.differing()
        assert f" {pk} " in said and f"table {table})" in said


# What the sentence of the other checks says of a damaged row in the tables that have no witness.
OTHERWISE = [
    ("audit_auditrecord", "UPDATE audit_auditrecord SET reason = 'x' WHERE id = (SELECT min(id) FROM audit_auditrecord)", "its column reason"),
    ("audit_seal", "UPDATE audit_seal SET item_count = item_count + 1 WHERE number = 1", "Seal 1 is not over the members it has"),
    ("audit_sealitem", "DELETE FROM audit_sealitem WHERE ctid = (SELECT min(ctid) FROM audit_sealitem WHERE kind = 'posting')", "has no seal and does not wait"),
    ("audit_unsealed", "INSERT INTO audit_unsealed (kind, items, queued_at) VALUES ('posting', '{1}', '2020-01-01')", "Posting 1: waiting for a seal since 2020"),
    ("audit_witness", "UPDATE audit_witness SET facts = facts - 'amount_minor' WHERE kind = 'credits_sale' AND item_id = (SELECT min(id) FROM credits_sale)", "changed behind the rules: amount_minor"),
    ("audit_witness", "DELETE FROM audit_witness WHERE kind = 'credits_sale' AND item_id = (SELECT min(id) FROM credits_sale)", "was not written through the rules"),
    ("core_storedfile", "UPDATE core_storedfile SET size = size + 1 WHERE id = (SELECT min(id) FROM core_storedfile)", "has another size than was recorded"),
    ("ledger_entry", "UPDATE ledger_entry SET occurred_on = occurred_on - 1 WHERE id = (SELECT min(id) FROM ledger_entry)", "is not what seal 1 sealed"),
    ("ledger_posting", "UPDATE ledger_posting SET lot = lot + 1 WHERE id = (SELECT min(id) FROM ledger_posting)", "is not what seal 1 sealed"),
    ("ledger_balance", "UPDATE ledger_balance SET amount_minor = amount_minor + 1 WHERE ctid = (SELECT min(ctid) FROM ledger_balance)", "The balance of"),
    ("ledger_total", "UPDATE ledger_total SET amount_minor = amount_minor + 1 WHERE ctid = (SELECT min(ctid) FROM ledger_total)", "The total of"),
    ("ledger_allowedpair", "DELETE FROM ledger_allowedpair WHERE ctid = (SELECT min(ctid) FROM ledger_allowedpair)", "The allowed pair"),
]  # fmt: skip


@pytest.mark.parametrize(("table", "statement", "named"), OTHERWISE)
def test_a_damaged_row_without_a_witness_is_named_by_what_keeps_it(table: str, statement: str, named: str) -> None:
    with damaged(statement):
        found = [*audit.findings(), *(one.sentence for one in books.run())]
        assert [sentence for sentence in found if named in sentence]


def test_no_table_is_forgotten() -> None:
    ours = {
        model._meta.db_table
        for app in apps.get_app_configs()
        if app.name.split(".")[0] in witnesses.ROOMS
        for model in app.get_models(include_auto_created=True)
    }
    assert ours == {*witnesses.witnessed(), *(table for table, *_rest in OTHERWISE), *NOT_LOOKED_AT}
    told = Path("docs/database-rules.md").read_text(encoding="utf-8")
    assert all(f"| `{table}` | {why} |" in told for table, why in witnesses.kept_otherwise().items())


def test_a_row_that_somebody_added_is_named() -> None:
    with damaged("INSERT INTO credits_buyer (name, country, registry_account) VALUES ('Nobody', '', '')"):
        assert [one.sentence for one in books.run(["audit.rows"])] == list(witnesses.differing())
        assert [said for said in audit.findings() if "was not written through the rules" in said and "credits_buyer" in said]


@pytest.mark.parametrize("trigger", witnesses.TRIGGERS)
def test_a_witness_that_was_sent_away_is_missed(trigger: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
        cursor.execute(f"DROP TRIGGER credits_buyer_{trigger} ON credits_buyer")
        cursor.execute(f"SET ROLE {APPLICATION_ROLE}")
    assert list(audit.triggers_are_switched_on()) == [f"The trigger credits_buyer_{trigger} is missing or switched off."]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_witness SET facts = '{}'",
        "DELETE FROM audit_witness",
        "TRUNCATE audit_witness",
        "INSERT INTO audit_witness (kind, item_id, facts) VALUES ('credits_buyer', 99, '{}')",
        "SELECT audit_let_witness('credits_buyer')",
    ],
)
def test_the_application_writes_no_witness(statement: str) -> None:
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_a_column_that_came_later_is_witnessed_and_the_others_keep_their_witness() -> None:
    pk = first_row("credits_buyer")
    with owner() as cursor:
        cursor.execute("UPDATE credits_buyer SET country = 'XX' WHERE id = %s", [pk])
        cursor.execute("ALTER TABLE credits_buyer ADD COLUMN later text DEFAULT 'yes', DROP COLUMN registry_account")
    assert differing("credits_buyer")
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
    witnesses.let_witness()
    assert differing("credits_buyer") == [(pk, "changed", ["country"])]


def test_both_commands_say_it(capsys: pytest.CaptureFixture[str]) -> None:
    with damaged(f"UPDATE credits_receipt SET invoice_currency = 'THB' WHERE id = {first_row('credits_receipt')}"):
        for command in ("check_books", "verify_audit"):
            with pytest.raises(SystemExit):
                call_command(command)
            assert "was changed behind the rules: invoice_currency." in capsys.readouterr().out
