"""Two people at once: one decision a record, one record a form, and an advance that is never overdrawn."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import close_old_connections, connection

from communities.spending import services
from communities.spending.models import ReviewStep, SpendingRecord
from core.refusal import Refused
from revenue.ledger import checks
from revenue.ledger.models import Entry
from tests.communities.village import NOW, TODAY, Village, receipt_photo

pytestmark = pytest.mark.django_db(transaction=True)


def together(works: list[Callable[[], Any]]) -> list[object]:
    """Run each work in a thread of its own, all starting at once; return what each returned, or its refusal."""
    start = Barrier(len(works))

    def one(work: Callable[[], Any]) -> object:
        close_old_connections()
        start.wait()
        try:
            return work()
        except Refused as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(one, works))


def accepting(record: SpendingRecord, village: Village, by: str) -> Callable[[], SpendingRecord]:
    return lambda: services.accept_spending(record_id=record.pk, by=getattr(village, by), at=NOW, on=TODAY)


def test_two_officers_accept_at_once_and_exactly_one_does() -> None:
    village = Village()
    village.advance(usd=100_00, riel=410_000)
    for _round in range(5):
        record = village.log(amount_minor=50_000)
        results = together([accepting(record, village, "officer"), accepting(record, village, "second")])
        assert sorted(type(one).__name__ for one in results) == ["AlreadyDecided", "SpendingRecord"]
        assert Entry.objects.filter(event="spend", document=record.reference).count() == 1
        assert ReviewStep.objects.filter(spending=record).count() == 1
    assert village.held()[0][3] == 410_000 - 5 * 50_000


def test_one_accepts_while_another_refuses_and_one_of_them_is_told() -> None:
    village = Village()
    village.advance(usd=100_00, riel=410_000)
    for _round in range(5):
        record = village.log(amount_minor=10_000)
        refusing = lambda record=record: services.refuse_spending(record_id=record.pk, words="No.", by=village.second, at=NOW)  # noqa: E731
        results = together([accepting(record, village, "officer"), refusing])
        assert sorted(type(one).__name__ for one in results) == ["AlreadyDecided", "SpendingRecord"]
        record.refresh_from_db()
        assert Entry.objects.filter(event="spend", document=record.reference).exists() == (record.status == "ACCEPTED")


def test_many_records_accepted_at_once_never_overdraw_the_advance() -> None:
    village = Village()
    village.advance(usd=100_00, riel=410_000, parts={"T1": 60_00, "T2": 40_00})
    village.advance(usd=10_00, riel=40_000)
    records = [village.log(amount_minor=100_000) for _ in range(8)]
    results = together([accepting(record, village, "officer") for record in records])
    assert all(isinstance(one, SpendingRecord) for one in results)
    accepted = SpendingRecord.objects.filter(pk__in=[record.pk for record in records])
    assert sum(one.funded_minor or 0 for one in accepted) == 450_000
    assert sum(one.not_funded_minor or 0 for one in accepted) == 350_000
    assert sum(one.drawn_minor or 0 for one in accepted) == 110_00
    assert village.held() == []
    assert list(checks.run()) == []


def test_the_same_form_sent_twice_at_once_is_one_record() -> None:
    village = Village()
    for number in range(5):
        facts = village.facts(photos=[receipt_photo(f"#00000{number}")])
        results = together([lambda facts=facts: services.log_spending(**facts)] * 2)  # type: ignore[misc]
        assert len({one.pk for one in results if isinstance(one, SpendingRecord)}) == 1
        assert all(isinstance(one, SpendingRecord) for one in results)
        assert SpendingRecord.objects.filter(client_key=facts["client_key"]).count() == 1
