"""SQL that makes a table append-only, or holds its columns, for everybody but its owner's hand on the trigger itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.db.migrations import RunSQL

FUNCTION = """
CREATE OR REPLACE FUNCTION forest_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, lower(TG_OP)
        USING ERRCODE = 'restrict_violation';
END $$;
"""


def append_only(table: str) -> RunSQL:
    """Return the migration step that refuses update, delete and truncate on a table."""
    return RunSQL(
        sql=f"""
        {FUNCTION}
        CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}
            FOR EACH STATEMENT EXECUTE FUNCTION forest_refuse_change();
        CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}
            FOR EACH STATEMENT EXECUTE FUNCTION forest_refuse_change();
        """,
        reverse_sql=f"""
        DROP TRIGGER IF EXISTS {table}_append_only ON {table};
        DROP TRIGGER IF EXISTS {table}_no_truncate ON {table};
        """,
    )


FROZEN_FUNCTION = """
CREATE OR REPLACE FUNCTION forest_refuse_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% refused: what the books were made from does not change', lower(TG_OP)
        USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME, TABLE = TG_TABLE_NAME;
END $$;
"""


def frozen(
    table: str,
    *,
    always: Sequence[str],
    once: Sequence[str] = (),
    then: Mapping[str, Sequence[str]] | None = None,
    final: str = "",
    kept: bool = True,
) -> RunSQL:
    """
    Return the migration step that holds the columns of a table which money was posted or decided by.

    ``always`` never change; ``once`` are written once and stay; ``then`` maps an SQL condition on ``OLD`` to columns that
    stay from there on; a row for which the condition ``final`` held does not change at all; ``kept`` rows are not deleted. Checked after the row's own constraints,
    so that each mistake keeps its name.
    """
    changed = [f"ROW ({_of('OLD', always)}) IS DISTINCT FROM ROW ({_of('NEW', always)})"]
    changed += [f"OLD.{column} IS NOT NULL AND NEW.{column} IS DISTINCT FROM OLD.{column}" for column in once]
    changed += [
        f"({condition}) AND ROW ({_of('OLD', columns)}) IS DISTINCT FROM ROW ({_of('NEW', columns)})" for condition, columns in (then or {}).items()
    ]
    if final:
        changed.append(f"({final}) AND OLD.* IS DISTINCT FROM NEW.*")
    when = " OR ".join(f"({one})" for one in changed)
    keep = f"CREATE TRIGGER {table}_kept AFTER DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION forest_refuse_frozen();"
    return RunSQL(
        sql=f"""
        {FROZEN_FUNCTION}
        CREATE TRIGGER {table}_frozen AFTER UPDATE ON {table} FOR EACH ROW WHEN ({when})
            EXECUTE FUNCTION forest_refuse_frozen();
        {keep if kept else ""}
        """,
        reverse_sql=f"""
        DROP TRIGGER IF EXISTS {table}_frozen ON {table};
        DROP TRIGGER IF EXISTS {table}_kept ON {table};
        """,
    )


def _of(row: str, columns: Sequence[str]) -> str:
    return ", ".join(f"{row}.{column}" for column in columns)
