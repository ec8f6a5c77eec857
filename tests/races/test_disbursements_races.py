"""Real threads on real PostgreSQL: one approval, one payment, one allocation, and never more than the pot has."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Barrier
from typing import Any

import pytest
from django.db import connection

from core.refusal import Refused
from revenue.disbursements import services as paying
from revenue.disbursements.models import Disbursement, Payment
from revenue.ledger import checks
from revenue.ledger.models import Entry
from revenue.sharing import services
from revenue.sharing.models import AllocationRun
from tests.revenue import credits_office as office
from tests.revenue.sharing_stage import AT, Stage, held

pytestmark = pytest.mark.django_db(transaction=True)
ON = date(2026, 3, 2)


def race(*acts: Callable[[], Any]) -> Counter[str]:
    """Let all begin at the same moment; count the outcomes by the refusal's name."""
    barrier = Barrier(len(acts))

    def run(act: Callable[[], Any]) -> str:
        try:
            barrier.wait(timeout=10)
            act()
        except Refused as refusal:
            return type(refusal).__name__
        finally:
            connection.close()
        return "done"

    with ThreadPoolExecutor(max_workers=len(acts)) as pool:
        return Counter(pool.map(run, acts))


def approving(asked: Disbursement, approver: Any) -> Callable[[], Any]:
    return lambda: paying.approve_disbursement(disbursement_id=asked.pk, by=approver, at=AT, on=ON)


def test_of_two_approvals_of_one_request_exactly_one_counts() -> None:
    stage = Stage()
    stage.shared()
    asked, other = stage.asked(), office.person("FINANCE_APPROVER", "second_approver")
    assert race(approving(asked, stage.approver), approving(asked, other)) == {"done": 1, "NotAtThisStep": 1}
    assert (held("committed"), Entry.objects.filter(event="approve").count()) == (100_000, 1)


def test_of_two_requests_for_the_same_money_exactly_one_is_approved() -> None:
    stage = Stage()
    stage.shared()
    requests = [stage.asked(amount=100_000) for _ in range(2)]
    assert race(*(approving(one, stage.approver) for one in requests)) == {"done": 1, "NotEnoughInPot": 1}
    assert held("pot", pot="community", holder="pu-char") == 53_000
    assert list(checks.run()) == []


def test_eight_requests_for_one_pot_never_take_more_than_it_has() -> None:
    stage = Stage()
    stage.shared()
    requests = [stage.asked(stage.rangers, 100_000, "protection") for _ in range(8)]
    assert race(*(approving(one, stage.approver) for one in requests)) == {"done": 3, "NotEnoughInPot": 5}
    assert held("pot", pot="protection") == 40_000


def test_of_two_payments_of_one_disbursement_exactly_one_counts() -> None:
    stage = Stage()
    stage.shared()
    promised = stage.promised()
    facts = [stage.payment_facts(promised) for _ in range(2)]
    outcome = race(*(lambda one=one: paying.pay_disbursement(**one) for one in facts))  # type: ignore[misc]
    assert outcome == {"done": 1, "NotAtThisStep": 1}
    assert (Payment.objects.count(), held("advance")) == (1, 100_000)


def test_the_same_payment_sent_twice_at_once_is_one_payment() -> None:
    stage = Stage()
    stage.shared()
    facts = stage.payment_facts(stage.promised())
    assert race(*[lambda: paying.pay_disbursement(**facts)] * 2) == {"done": 2}
    assert Payment.objects.count() == 1


def test_a_receipt_allocated_by_four_people_at_once_is_shared_once() -> None:
    stage = Stage()
    tranche_id = stage.receipt().tranche_id
    sharing = lambda: services.allocate_tranche(tranche_id=tranche_id, by=stage.officer, at=AT, day=ON)  # noqa: E731
    assert race(*[sharing] * 4) == {"done": 4}
    assert (AllocationRun.objects.count(), held("unallocated")) == (1, 0)
    assert list(checks.run()) == []
