"""What is new is sealed: all of it, once, in one chain."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from core import files
from core.audit import seals, sources
from core.audit.hashing import NO_ROOT, Tree, digest, leaf
from core.audit.models import AuditRecord, Seal, SealItem, Unsealed
from core.audit.services import record
from core.audit.tasks import seal
from revenue.ledger import services
from revenue.ledger.chart import Row
from revenue.ledger.models import Posting
from revenue.ledger.refusals import constraint_of
from tests.revenue.ledger_books import RECEIVED, UNALLOCATED

NOW = datetime(2026, 10, 1, 8, tzinfo=UTC)
DAY = date(2026, 3, 2)


def note(subject: str = "sale:SL-1") -> AuditRecord:
    with transaction.atomic():
        return record(act="sale.record", subject=subject, by=None, at=NOW)


def post(key: str, lines: int = 1) -> None:
    tranche = services.open_tranche(source="SALE", received_on=DAY, currency="USD", code=key)
    rows = [Row(UNALLOCATED, RECEIVED, 100 + line, tranche.pk) for line in range(lines)]
    services.post(event="receipt", day=DAY, rows=rows, key=key, document="receipt:1", by_id=1)


def newest() -> Seal:
    found = seals.seal_now(at=NOW)
    assert found is not None
    return found


@pytest.mark.django_db
def test_books_with_nothing_in_them_have_no_seal() -> None:
    assert seals.seal_now(at=NOW) is None


@pytest.mark.django_db
def test_records_files_and_postings_are_sealed_together() -> None:
    note()
    files.store(data=b"photo", media_type="image/png", original_name="a.png", by=None, at=NOW)
    post("one", lines=3)
    made = newest()
    assert (made.number, made.previous_root, made.item_count) == (1, NO_ROOT, 5)
    assert set(SealItem.objects.values_list("kind", flat=True)) == {"audit", "file", "posting"}
    assert not Unsealed.objects.exists()


@pytest.mark.django_db
def test_the_root_is_the_hash_of_the_tree_over_the_rows_as_they_are() -> None:
    note()
    post("one", lines=2)
    made = newest()
    tree = Tree()
    for kind in sources.kinds():
        for item in sources.source_of(kind).texts(list(SealItem.objects.filter(kind=kind).values_list("item_id", flat=True))):
            tree.add(leaf(item.text))
    assert made.root == digest(made.content)
    assert f'"tree":"{tree.root()}"' in made.content
    assert '"posting":{"count":2,"first":"2026-03-02","last":"2026-03-02"}' in made.content


@pytest.mark.django_db
def test_each_seal_names_the_root_before() -> None:
    note()
    first = newest()
    note()
    second = newest()
    assert (second.number, second.previous_root) == (2, first.root)


@pytest.mark.django_db
def test_no_seal_is_made_when_nothing_is_new() -> None:
    note()
    assert newest() == newest()


@pytest.mark.django_db(transaction=True)
def test_the_minutes_task_seals() -> None:
    note()
    seal()
    assert Seal.objects.count() == 1


@pytest.mark.django_db
def test_a_large_backlog_is_sealed_in_seals_of_bounded_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seals, "ITEMS_A_SEAL", 500)
    monkeypatch.setattr(seals, "ROWS_AT_ONCE", 70)
    post("large", lines=1700)
    newest()
    assert SealItem.objects.count() == 1700
    # A queue row holds at most 200 ids, and the one that crosses the limit is taken whole.
    assert max(Seal.objects.values_list("item_count", flat=True)) <= 500 + 200
    assert not Unsealed.objects.exists()


@pytest.mark.django_db
def test_rows_queued_a_second_time_keep_their_seal() -> None:
    note()
    first = newest()
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
        cursor.execute("INSERT INTO audit_unsealed (kind, items) SELECT kind, array_agg(item_id) FROM audit_sealitem GROUP BY kind")
    assert newest() == first
    assert not Unsealed.objects.exists()


@pytest.mark.django_db
def test_a_queued_row_that_is_gone_does_not_stop_the_others() -> None:
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
        cursor.execute("INSERT INTO audit_unsealed (kind, items) VALUES ('audit', '{987654321}')")
    note()
    assert newest().item_count == 1
    assert list(Unsealed.objects.values_list("items", flat=True)) == [[987654321]]


@pytest.mark.django_db
def test_an_act_undone_leaves_nothing_to_seal() -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        note()
        raise ZeroDivisionError
    assert not Unsealed.objects.exists()


@pytest.mark.django_db
def test_two_tables_are_not_sealed_under_one_name() -> None:
    with pytest.raises(ValueError, match="audit"):
        sources.register(kind="audit", table="elsewhere", trigger="elsewhere", texts=lambda ids: [])


ROOT = "a" * 64
SEAL = "INSERT INTO audit_seal (number, previous_root, root, item_count, sealed_at, content) VALUES (%s, %s, %s, 1, now(), 'x')"


@pytest.mark.django_db
@pytest.mark.parametrize(("number", "previous"), [(2, ROOT), (3, None), (1, None), (2, NO_ROOT)])
def test_the_database_refuses_a_seal_that_does_not_follow(number: int, previous: str | None) -> None:
    note()
    made = newest()
    with pytest.raises(DatabaseError, match="does not follow"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(SEAL, [number, previous or made.root, "b" * 64])


@pytest.mark.django_db
def test_the_database_refuses_a_member_slipped_under_an_older_seal() -> None:
    note()
    newest()
    note()
    newest()
    with pytest.raises(DatabaseError, match="all together") as caught, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("INSERT INTO audit_sealitem (seal_id, kind, item_id, leaf) VALUES (1, 'audit', 99, '\\x00')")
    assert constraint_of(caught.value) == "audit_seal_whole"


@pytest.mark.django_db
def test_the_database_refuses_a_second_seal_for_one_thing() -> None:
    note()
    made = newest()
    with pytest.raises(DatabaseError, match="audit_sealitem_pk"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(SEAL, [2, made.root, ROOT])
        cursor.execute("INSERT INTO audit_sealitem (seal_id, kind, item_id, leaf) SELECT 2, kind, item_id, leaf FROM audit_sealitem")


@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_seal SET root = 'x'",
        "DELETE FROM audit_seal",
        "TRUNCATE audit_seal CASCADE",
        "UPDATE audit_sealitem SET item_id = 0",
        "DELETE FROM audit_sealitem",
        "TRUNCATE audit_sealitem",
        "INSERT INTO audit_unsealed (kind, items) VALUES ('audit', '{1}')",
        "UPDATE audit_unsealed SET items = '{}'",
        "DELETE FROM audit_unsealed",
        "ALTER TABLE audit_auditrecord DISABLE TRIGGER ALL",
    ],
)
def test_the_application_may_not_touch_seals_or_their_queue(statement: str) -> None:
    note()
    newest()
    note()
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.django_db
def test_nothing_leaves_the_queue_without_a_seal() -> None:
    note()
    with connection.cursor() as cursor:
        cursor.execute("SELECT audit_forget_sealed(array(SELECT id FROM audit_unsealed))")
    assert Unsealed.objects.count() == 1


@pytest.mark.django_db
def test_a_batch_of_postings_costs_few_rows_in_the_queue() -> None:
    post("batch", lines=450)
    assert Unsealed.objects.filter(kind="posting").count() == 3
    assert sum(len(row.items) for row in Unsealed.objects.filter(kind="posting")) == Posting.objects.count()


@pytest.mark.django_db
def test_a_seal_says_when_it_was_made() -> None:
    note()
    made = seals.seal_now(at=NOW + timedelta(hours=2))
    assert made is not None
    assert '"sealed_at":"2026-10-01T10:00:00+00:00"' in made.content
