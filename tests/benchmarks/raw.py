"""The same rows in tables without rules, written and read by plain SQL: what everything is compared with."""

from __future__ import annotations

from typing import Any

from django.db import connection, transaction

_TABLES = """
CREATE TABLE raw_entry (LIKE ledger_entry INCLUDING ALL);
CREATE TABLE raw_posting (LIKE ledger_posting INCLUDING ALL);
ALTER TABLE raw_posting
    ADD FOREIGN KEY (entry_id) REFERENCES raw_entry (id),
    ADD FOREIGN KEY (debit_id) REFERENCES ledger_account (id),
    ADD FOREIGN KEY (credit_id) REFERENCES ledger_account (id),
    ADD FOREIGN KEY (tranche_id) REFERENCES ledger_tranche (id);
-- Entries written here alone are numbered far above those that are copied.
ALTER TABLE raw_entry ALTER id RESTART WITH 1000000000000;
"""
_COLUMNS = "entry_id, line, event, day, debit_id, credit_id, tranche_id, lot, amount_minor, currency, local_minor, local_currency"


def execute(sql: str, arguments: Any = None) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, arguments)
        return cursor.fetchall() if cursor.description else []


def make_tables() -> None:
    execute(_TABLES)


def catch_up(*, after: int) -> int:
    """Copy the entries of the history after an id, and return the last id."""
    execute("INSERT INTO raw_entry OVERRIDING SYSTEM VALUE SELECT * FROM ledger_entry WHERE id > %s", [after])
    execute(
        f"INSERT INTO raw_posting ({_COLUMNS}) SELECT {_COLUMNS} FROM ledger_posting WHERE entry_id > %s ORDER BY id",
        [after],
    )
    return int(execute("SELECT coalesce(max(id), 0) FROM ledger_entry")[0][0])


def post_one(*, debit: int, credit: int, tranche: int, key: str) -> None:
    """Write an entry with one posting, in one statement."""
    execute(
        "WITH entry AS (INSERT INTO raw_entry (event, day, occurred_on, key, document, line_count)"
        " VALUES ('reallocate', '2200-01-01', '2200-01-01', %s, 'bench', 1) RETURNING id)"
        f" INSERT INTO raw_posting ({_COLUMNS}) SELECT id, 1, 'reallocate', '2200-01-01', %s, %s, %s, 0, 1, 'USD', 0, '' FROM entry",
        [key, debit, credit, tranche],
    )


def copy_like(entry_ids: list[int]) -> tuple[str, str]:
    """Return the entries and postings with these ids as COPY text, for ``copy_in``."""
    between = f"BETWEEN {min(entry_ids)} AND {max(entry_ids)}"
    entries = f"COPY (SELECT id, event, day, occurred_on, key, document, line_count FROM ledger_entry WHERE id {between}) TO STDOUT"
    postings = f"COPY (SELECT {_COLUMNS} FROM ledger_posting WHERE entry_id {between}) TO STDOUT"
    return _copy_out(entries), _copy_out(postings)


def _copy_out(sql: str) -> str:
    with connection.cursor() as cursor, cursor.copy(sql) as out:
        return b"".join(bytes(part) for part in out).decode()


def copy_in(texts: tuple[str, str]) -> None:
    """Write entries and postings by COPY, in one transaction."""
    entries, postings = texts
    with transaction.atomic(), connection.cursor() as cursor:
        with cursor.copy("COPY raw_entry (id, event, day, occurred_on, key, document, line_count) FROM STDIN") as copy:
            copy.write(entries)
        with cursor.copy(f"COPY raw_posting ({_COLUMNS}) FROM STDIN") as copy:
            copy.write(postings)


def balance(account: int) -> None:
    execute(
        "SELECT sum(CASE WHEN debit_id = %s THEN amount_minor ELSE -amount_minor END) FROM raw_posting WHERE debit_id = %s OR credit_id = %s",
        [account] * 3,
    )


def trial_balance() -> None:
    execute(
        "SELECT account_id, sum(amount_minor) FROM (SELECT debit_id AS account_id, amount_minor FROM raw_posting"
        " UNION ALL SELECT credit_id, -amount_minor FROM raw_posting) side GROUP BY 1"
    )


def report(first: object, end: object, *, by_tranche: bool = False) -> None:
    """Sum a quarter with the date on the entry only, as most ledgers keep it."""
    tranche = ", p.tranche_id" if by_tranche else ""
    execute(
        f"SELECT e.event, p.debit_id, p.credit_id{tranche}, sum(p.amount_minor) FROM raw_posting p JOIN raw_entry e ON e.id = p.entry_id"
        f" WHERE e.day >= %s AND e.day < %s GROUP BY e.event, p.debit_id, p.credit_id{tranche}",
        [first, end],
    )


def trace(tranche: int) -> None:
    execute("SELECT p.*, e.document FROM raw_posting p JOIN raw_entry e ON e.id = p.entry_id WHERE p.tranche_id = %s ORDER BY p.id", [tranche])
