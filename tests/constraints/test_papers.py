"""What a paper said when it was drawn stays, and its hash is of its text."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import IntegrityError, connection, transaction

from core.audit.hashing import digest
from reports.models import Paper
from tests.revenue.credits_office import AT, officer

pytestmark = pytest.mark.django_db


def kept(*, sha256: str = digest("{}")) -> Paper:
    return Paper.objects.create(kind=Paper.Kind.VOUCHER, subject="D-2026-000001", text="{}", sha256=sha256, drawn_at=AT, drawn_by=officer())


def raw(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


@pytest.mark.parametrize(
    "attempt",
    [
        lambda: Paper.objects.update(subject="another"),
        lambda: Paper.objects.all().delete(),
        lambda: raw("UPDATE reports_paper SET text = '{1}'"),
        lambda: raw("DELETE FROM reports_paper"),
    ],
)
def test_a_paper_is_never_changed_or_removed(attempt: Callable[[], object]) -> None:
    kept()
    with pytest.raises(Exception, match="append-only|permission denied"), transaction.atomic():
        attempt()
    assert Paper.objects.get().text == "{}"


def test_the_hash_of_a_paper_is_of_its_text() -> None:
    with pytest.raises(IntegrityError, match="paper_hash_is_of_its_text"), transaction.atomic():
        kept(sha256="0" * 64)
    with pytest.raises(IntegrityError, match="paper_hash_is_of_its_text"), transaction.atomic():
        raw(
            f"INSERT INTO reports_paper (kind, subject, text, sha256, drawn_at, drawn_by_id) VALUES ('LIST', 'x', '{{}}', '1', now(), {officer().pk})"
        )


def test_what_a_paper_says_is_kept_once() -> None:
    kept()
    with pytest.raises(IntegrityError, match="sha256"), transaction.atomic():
        kept()
