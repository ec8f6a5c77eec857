"""Every act leaves a record that nobody can change."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.db import DatabaseError, connection, transaction

from core.audit.hashing import digest
from core.audit.models import AuditRecord
from core.audit.services import record
from core.people.models import Role, User

NOW = datetime(2026, 10, 1, tzinfo=UTC)


@pytest.fixture
def officer(db: None) -> User:
    return User.objects.create_user("sokha", "a long enough one", full_name="Sokha", role=Role.FINANCE_OFFICER)


def test_a_record_is_hashed_over_the_text_it_keeps(officer: User) -> None:
    written = record(act="sale.record", subject="sale:SL-1", by=officer, at=NOW, after={"amount_minor": 5}, reason="first")
    assert written.sha256 == digest(written.content)
    assert '"amount_minor":5' in written.content
    assert written.actor_name == "Sokha"


@pytest.mark.parametrize("statement", ["UPDATE audit_auditrecord SET act = 'x'", "DELETE FROM audit_auditrecord", "TRUNCATE audit_auditrecord"])
def test_a_record_cannot_be_changed_by_the_application(officer: User, statement: str) -> None:
    record(act="sale.record", subject="sale:SL-1", by=officer, at=NOW)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert AuditRecord.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_record_outside_a_transaction_is_a_programmers_mistake() -> None:
    with pytest.raises(RuntimeError, match="transaction"):
        record(act="x", subject="y", by=None, at=NOW)
