"""Real threads on real PostgreSQL: what a bank did once is recorded once, and a recall never takes what somebody else takes."""

from __future__ import annotations

import pytest

from revenue.credits import services
from revenue.credits.models import BankTransfer, Issuance, OtherIncome, Recall, Receipt
from revenue.ledger import checks
from revenue.ledger.chart import ALLOCATE, Place, Row
from revenue.ledger.queries import balance
from revenue.ledger.services import post
from tests.races.test_credits_races import refusals, together
from tests.revenue.credits_office import AT, DAY, bank, issuance, officer, project, receipt, sale
from tests.revenue.test_credits_money_in import SHORTFALL, UNALLOCATED, A, approve, document, income, move, recall

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def block() -> Issuance:
    return issuance(project(), 1, 100_000)


@pytest.fixture
def paid(block: Issuance) -> Receipt:
    return receipt(sale(block.project, (block.pk, 1, 2_000), price="10"), 100_000)


def well() -> bool:
    return not list(checks.run(name for name in checks.names() if name.startswith(("ledger.", "credits."))))


def test_one_recall_recorded_by_three_is_one(paid: Receipt) -> None:
    advice = document()
    results = together([lambda: recall(paid, 40_000, document_id=advice)] * 3)
    assert refusals(results) == []
    assert Recall.objects.count() == 1
    assert balance(UNALLOCATED) == 60_000
    assert well()


def test_two_recalls_at_once_take_no_more_than_there_was(paid: Receipt) -> None:
    advice = document()
    results = together([lambda number=number: recall(paid, 60_000, f"RV{number}", document_id=advice) for number in range(2)])  # type: ignore[misc]
    assert [type(refusal).__name__ for refusal in refusals(results)] == ["WrongValue"]
    assert (balance(UNALLOCATED), balance(SHORTFALL)) == (40_000, 0)
    assert well()


def test_a_recall_beside_an_allocation_finds_the_money_wherever_it_is(paid: Receipt) -> None:
    advice = document()
    rows = [Row(A, UNALLOCATED, 70_000, paid.tranche_id)]
    results = together(
        [
            lambda: recall(paid, 90_000, document_id=advice),
            lambda: post(event=ALLOCATE, day=DAY, rows=rows, key="share", document="share", by_id=None),
        ]
    )
    # The allocation may come too late; the recall never does, and takes all that is there.
    assert [refusal.code for refusal in refusals(results)] in ([], ["not_enough_money"])
    assert balance(SHORTFALL) == 0
    assert balance(UNALLOCATED) + balance(A) == 10_000
    assert well()


def test_what_is_held_goes_back_or_is_taken_back_but_not_both(block: Issuance) -> None:
    strange, advice = receipt(None, 50_000), document()
    results = together(
        [
            lambda: services.refund_receipt(receipt_id=strange.pk, day=DAY, bank_reference="OUT1", by=officer(), at=AT),
            lambda: recall(strange, 50_000, document_id=advice),
        ]
    )
    assert len(refusals(results)) == 1
    assert balance(Place("not_ours", "USD", bank="moe-usd")) == 0
    assert well()


def test_one_credit_of_the_bank_is_a_receipt_or_other_income(block: Issuance) -> None:
    of, advice = sale(block.project, (block.pk, 1, 2_000), price="10"), document()
    bank()
    results = together([lambda: receipt(of, 1_000, "FT1"), lambda: income(reference="FT1", document_id=advice)])
    assert [type(refusal).__name__ for refusal in refusals(results)] == ["AlreadyThere"]
    assert Receipt.objects.count() + OtherIncome.objects.count() == 1


def test_interest_approved_by_two_at_once_is_one_tranche(block: Issuance) -> None:
    one, two = income(amount=100, reference="I1"), income(amount=200, reference="I2")
    results = together([lambda: approve(one), lambda: approve(two)])
    assert refusals(results) == []
    assert len({row.tranche_id for row in OtherIncome.objects.all()}) == 1
    assert balance(UNALLOCATED) == 300
    assert well()


def test_one_transfer_recorded_by_three_is_one(paid: Receipt) -> None:
    other = bank("other-usd").pk
    results = together([lambda: move(30_000, other)] * 3)
    assert refusals(results) == []
    assert BankTransfer.objects.count() == 1
    assert balance(UNALLOCATED) == 70_000
    assert well()
