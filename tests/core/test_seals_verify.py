"""verify_audit and check_books name the row that somebody damaged behind the database's back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import transaction

from core import files
from core.audit import seals
from core.audit.hashing import canonical, digest
from core.audit.models import AuditRecord, Seal
from core.audit.services import record
from core.models import StoredFile
from revenue.ledger import services
from revenue.ledger.chart import Row
from revenue.ledger.models import Posting
from tests.database import Connection
from tests.revenue.ledger_books import RECEIVED, UNALLOCATED, pot

pytestmark = pytest.mark.django_db(transaction=True)
NOW = datetime(2026, 10, 1, 8, tzinfo=UTC)
DAY = date(2026, 3, 2)


@pytest.fixture(autouse=True)
def books() -> None:
    """Two entries, two records, a file and two seals over them; quarter-old books are closed."""
    tranche = services.open_tranche(source="SALE", received_on=DAY, currency="USD", code="T1")
    rows = [Row(UNALLOCATED, RECEIVED, 20000, tranche.pk)]
    services.post(event="receipt", day=DAY, rows=rows, key="receipt:1", document="receipt:RC-1", by_id=1)
    files.store(data=b"photo", media_type="image/png", original_name="well.png", by=None, at=NOW)
    note("receipt:RC-1")
    seals.seal_now(at=NOW)
    rows = [Row(pot("A"), UNALLOCATED, 5000, tranche.pk), Row(pot("B"), UNALLOCATED, 5000, tranche.pk)]
    services.post(event="allocate", day=DAY, rows=rows, key="allocate:1", document="allocation:1", by_id=1)
    note("allocation:1")
    seals.seal_now(at=NOW)
    services.close_books(through=date(2026, 3, 31), by_id=1, at=NOW)


def note(subject: str) -> AuditRecord:
    with transaction.atomic():
        return record(act="thing.done", subject=subject, by=None, at=NOW, after={"amount_minor": 5})


def said(command: str) -> list[str]:
    """Run the command; it leaves with status 1 exactly when it says something."""
    out, status = StringIO(), 0
    try:
        call_command(command, stdout=out)
    except SystemExit as left:
        status = int(str(left.code))
    found = out.getvalue().splitlines()
    assert status == bool(found)
    return found


@contextmanager
def triggers_off(owner: Connection) -> Iterator[None]:
    owner.execute("SET session_replication_role = replica")
    yield
    owner.execute("RESET session_replication_role")


def damage(owner: Connection, statement: str) -> None:
    with triggers_off(owner):
        assert owner.execute(statement).rowcount > 0


def test_books_that_are_well_are_passed_in_silence() -> None:
    assert said("verify_audit") == []
    assert said("check_books") == []


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("UPDATE audit_auditrecord SET content = replace(content, '5', '6') WHERE subject = 'allocation:1'", "(thing.done allocation:1): its content"),
        ("UPDATE audit_auditrecord SET sha256 = repeat('0', 64) WHERE subject = 'allocation:1'", "(thing.done allocation:1): its content"),
        ("UPDATE audit_auditrecord SET reason = 'x' WHERE subject = 'allocation:1'", "(thing.done allocation:1): its column reason"),
        ("UPDATE audit_auditrecord SET at = at + interval '1 day' WHERE subject = 'allocation:1'", "(thing.done allocation:1): its column at"),
        ("DELETE FROM audit_auditrecord WHERE subject = 'allocation:1'", "was sealed by seal 2 and is gone"),
        ("UPDATE core_storedfile SET original_name = 'other.png'", "(other.png) is not what seal 1 sealed"),
        ("UPDATE core_storedfile SET sha256 = repeat('0', 64)", "(well.png) is not on disk"),
        ("DELETE FROM core_storedfile", "was sealed by seal 1 and is gone"),
        ("UPDATE ledger_posting SET amount_minor = 20001 WHERE event = 'receipt'", "receipt for receipt:RC-1) is not what seal 1 sealed"),
        ("UPDATE ledger_posting SET lot = 7 WHERE event = 'receipt'", "receipt for receipt:RC-1) is not what seal 1 sealed"),
        ("UPDATE ledger_posting SET credit_id = (SELECT id FROM ledger_account WHERE kind = 'received') WHERE line = 2", "(line 2 of entry"),
        ("DELETE FROM ledger_posting WHERE line = 2", "was sealed by seal 2 and is gone"),
        ("UPDATE ledger_entry SET document = 'receipt:RC-2' WHERE event = 'receipt'", "receipt for receipt:RC-2) is not what seal 1 sealed"),
        ("UPDATE ledger_entry SET made_by_id = 2 WHERE event = 'receipt'", "receipt for receipt:RC-1) is not what seal 1 sealed"),
        ("DELETE FROM ledger_entry WHERE event = 'receipt'", "is not what seal 1 sealed"),
        ("UPDATE ledger_account SET pot = 'C' WHERE pot = 'B'", "allocate for allocation:1) is not what seal 2 sealed"),
        ("UPDATE ledger_tranche SET received_on = '2025-01-01'", "receipt for receipt:RC-1) is not what seal 1 sealed"),
        ("UPDATE audit_seal SET root = repeat('1', 64) WHERE number = 1", "Seal 1: its root is not the hash"),
        ("UPDATE audit_seal SET previous_root = repeat('1', 64) WHERE number = 2", "Seal 2 does not name the root"),
        ("UPDATE audit_seal SET sealed_at = sealed_at + interval '1 day' WHERE number = 2", "Seal 2 is not over the members"),
        ("UPDATE audit_seal SET item_count = 7 WHERE number = 2", "Seal 2 is not over the members"),
        ("UPDATE audit_seal SET content = '[]' WHERE number = 2", "Seal 2 is not over the members"),
        ("DELETE FROM audit_seal WHERE number = 1", "Seal 2 follows seal 0"),
        ("UPDATE audit_sealitem SET leaf = sha256('x') WHERE kind = 'file'", "(well.png) is not what seal 1 sealed"),
        ("UPDATE audit_sealitem SET seal_id = 2 WHERE kind = 'file'", "Seal 1 is not over the members"),
        ("UPDATE audit_sealitem SET kind = 'other' WHERE kind = 'file'", "Nothing is known of the kind other"),
        ("DELETE FROM audit_sealitem WHERE kind = 'file'", "(well.png) has no seal and does not wait for one"),
        ("INSERT INTO audit_sealitem (seal_id, kind, item_id, leaf) VALUES (1, 'audit', 99999, sha256('x'))", "Audit 99999 was sealed by seal 1 and is gone"),
    ],
)  # fmt: skip
def test_verify_audit_names_a_damaged_row(owner_connection: Connection, statement: str, named: str) -> None:
    damage(owner_connection, statement)
    assert [line for line in said("verify_audit") if named in line]


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("UPDATE ledger_posting SET amount_minor = 20001 WHERE event = 'receipt'", "ledger.balances: The balance of received|USD"),
        ("DELETE FROM ledger_posting WHERE line = 2", "declares 2 lines and has 1"),
        ("UPDATE ledger_entry SET day = '2026-02-01' WHERE event = 'receipt'", "carry another event or day"),
        ("UPDATE ledger_entry SET line_count = 9 WHERE event = 'receipt'", "declares 9 lines and has 1"),
        ("UPDATE ledger_account SET currency = 'KHR' WHERE pot = 'B'", "ledger.currency"),
        ("UPDATE ledger_tranche SET currency = 'KHR'", "ledger.currency"),
        ("UPDATE ledger_bookclosing SET posting_count = 9", "The books closed through 2026-03-31 held 9 postings and hold 3 now"),
        ("UPDATE ledger_balance SET amount_minor = 6000 FROM ledger_account a WHERE a.id = account_id AND a.pot = 'B'", "pot|USD|X|B||"),
        # More than the sums over all balances can carry: on the posting, and on both.
        ("UPDATE ledger_posting SET amount_minor = 9000000000000000000 WHERE event = 'receipt'", "ledger.balances: The balance of received|USD"),
        (
            """WITH p AS (UPDATE ledger_posting SET amount_minor = 2000000000000 WHERE event = 'receipt')
            UPDATE ledger_balance SET amount_minor = -3000000000000 FROM ledger_account a WHERE a.id = account_id AND a.kind = 'received'""",
            "ledger.balances: The balance of received|USD",
        ),
        # A cent more here and one less there: the sum of all balances is what it was.
        (
            """UPDATE ledger_balance SET amount_minor = amount_minor + CASE a.pot WHEN 'B' THEN 1 ELSE -1 END
            FROM ledger_account a WHERE a.id = account_id AND a.kind = 'pot'""",
            "ledger.balances: The balance of pot|USD|X|B||",
        ),
        ("DELETE FROM ledger_balance USING ledger_account a WHERE a.id = account_id AND a.pot = 'B'", "pot|USD|X|B||"),
        ("UPDATE ledger_total SET amount_minor = 1 FROM ledger_account a WHERE a.id = account_id AND a.pot = 'B'", "The total of pot|USD|X|B||"),
    ],
)  # fmt: skip
def test_check_books_names_a_damaged_row(owner_connection: Connection, statement: str, named: str) -> None:
    damage(owner_connection, statement)
    assert [line for line in said("check_books") if named in line]


def test_check_books_names_an_allowed_pair_that_was_slipped_in(owner_connection: Connection) -> None:
    with triggers_off(owner_connection):
        owner_connection.execute("INSERT INTO ledger_allowedpair VALUES ('spend', 'spent', 'pot', true, true, true, false)")
    try:
        assert [line for line in said("check_books") if "The allowed pair spend: spent / pot differs" in line]
    finally:
        with triggers_off(owner_connection):
            owner_connection.execute("DELETE FROM ledger_allowedpair WHERE (event, debit_kind, credit_kind) = ('spend', 'spent', 'pot')")


def test_a_row_that_was_never_queued_is_found_by_comparing_all_rows(owner_connection: Connection) -> None:
    with triggers_off(owner_connection):
        note_id = note("sale:SL-9").pk
        owner_connection.execute("DELETE FROM audit_unsealed")
    assert said("verify_audit") == [f"Audit record {note_id} (thing.done sale:SL-9) has no seal and does not wait for one."]


def test_a_row_that_was_passed_over_by_later_seals_is_named(owner_connection: Connection) -> None:
    pk = note("sale:SL-9").pk
    owner_connection.execute("UPDATE audit_unsealed SET queued_at = '2026-09-01'")
    assert said("verify_audit") == [f"Audit {pk}: waiting for a seal since 2026-09-01T00:00:00+00:00."]


def test_a_row_written_just_now_may_wait() -> None:
    note("sale:SL-9")
    assert said("verify_audit") == []


def test_a_record_rewritten_with_a_fresh_hash_is_found_by_its_seal(owner_connection: Connection) -> None:
    row = AuditRecord.objects.get(subject="allocation:1")
    content = canonical({"act": row.act, "actor": None, "actor_name": "", "address": "", "after": {}, "at": "2026-10-01T08:00:00+00:00", "before": {}, "reason": "", "subject": row.subject})  # fmt: skip
    with triggers_off(owner_connection):
        owner_connection.execute("UPDATE audit_auditrecord SET content = %s, sha256 = %s WHERE id = %s", [content, digest(content), row.pk])
    assert said("verify_audit") == [f"Audit record {row.pk} (thing.done allocation:1) is not what seal 2 sealed."]


def test_a_file_whose_bytes_changed_on_disk_is_named() -> None:
    path = files.path_of(StoredFile.objects.get().sha256)
    path.write_bytes(b"other")
    assert said("verify_audit") == [f"File {StoredFile.objects.get().pk} (well.png) has other bytes on disk than were stored."]


def test_a_file_that_is_gone_from_the_disk_is_named() -> None:
    files.path_of(StoredFile.objects.get().sha256).unlink()
    assert said("verify_audit") == [f"File {StoredFile.objects.get().pk} (well.png) is not on disk."]


@pytest.mark.parametrize(
    ("table", "trigger"),
    [("ledger_posting", "ledger_posting_await_seal"), ("audit_seal", "audit_seal_append_only"), ("core_storedfile", "core_storedfile_await_seal")],
)
def test_a_trigger_that_is_switched_off_is_named(owner_connection: Connection, table: str, trigger: str) -> None:
    owner_connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER {trigger}")
    try:
        assert said("verify_audit") == [f"The trigger {trigger} is missing or switched off."]
    finally:
        owner_connection.execute(f"ALTER TABLE {table} ENABLE TRIGGER {trigger}")


def test_the_newest_seals_cannot_vanish_without_their_members(owner_connection: Connection) -> None:
    with triggers_off(owner_connection):
        owner_connection.execute("DELETE FROM audit_seal WHERE number = 2")
        owner_connection.execute("DELETE FROM audit_sealitem WHERE seal_id = 2")
    assert Seal.objects.count() == 1
    assert len([line for line in said("verify_audit") if "has no seal" in line]) == 1 + Posting.objects.filter(event="allocate").count()
