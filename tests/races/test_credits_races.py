"""Real threads on real PostgreSQL: serials are sold once, a bank reference is received once, and the loser is told in words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import close_old_connections, connection

from communities.registry import services as registry
from core.people import services as people
from core.people.models import Role, User
from core.refusal import Refused
from revenue.credits import services
from revenue.credits.models import Issuance, Receipt, Sale
from revenue.credits.services.shares import settled_minor
from revenue.ledger.chart import Place
from revenue.ledger.queries import balance
from tests.revenue.credits_office import AT, DAY, approver, bank, buyer, issuance, officer, person, project, receipt, sale

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 5


def together(works: Sequence[Callable[[], object]]) -> list[object]:
    """Run each work in a thread of its own, all starting at once; return what came of each, refusals included."""
    start = Barrier(len(works))

    def one(work: Callable[[], object]) -> object:
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


def refusals(results: Sequence[object]) -> list[Refused]:
    return [result for result in results if isinstance(result, Refused)]


@pytest.fixture
def block() -> Issuance:
    return issuance(project())


def test_two_who_sell_the_same_serials_make_one_sale(block: Issuance) -> None:
    buyer()
    for turn in range(ROUNDS):
        first = 1001 + 100 * turn
        results = together(
            [
                lambda contract=contract, first=first: sale(block.project, (block.pk, first, first + 99), contract_reference=contract)
                for contract in ("A", "B", "C")
            ]  # type: ignore[misc]
        )
        told = refusals(results)
        assert [type(refusal).__name__ for refusal in told] == ["SerialsTaken", "SerialsTaken"]
        assert all(str(refusal) and refusal.field == "lots" for refusal in told)
    assert Sale.objects.count() == ROUNDS


def test_two_who_record_the_same_bank_reference_receive_it_once(block: Issuance) -> None:
    of = sale(block.project, (block.pk, 1001, 2000))
    bank()
    for turn in range(ROUNDS):
        results = together([lambda: receipt(of, 1_000, f"FT{turn}")] * 3)  # noqa: B023 - all threads end within the turn
        assert [type(refusal).__name__ for refusal in refusals(results)] == ["AlreadyThere", "AlreadyThere"]
    assert Receipt.objects.count() == ROUNDS
    assert balance(Place("unallocated", "USD", bank="moe-usd")) == 1_000 * ROUNDS


def test_unidentified_money_with_one_bank_reference_is_held_once() -> None:
    bank()
    officer()
    results = together([lambda: receipt(None, 1_000, "FT1")] * 3)
    assert [(type(refusal).__name__, refusal.field) for refusal in refusals(results)] == [("AlreadyThere", "bank_reference")] * 2
    assert balance(Place("not_ours", "USD", bank="moe-usd")) == 1_000


def test_two_receipts_of_one_sale_never_settle_more_than_it_owes(block: Issuance) -> None:
    of = sale(block.project, (block.pk, 1001, 1100), price="1")
    bank()
    results = together([lambda number=number: receipt(of, 8_000, f"FT{number}") for number in range(3)])  # type: ignore[misc]
    assert refusals(results) == []
    assert settled_minor(of) == of.amount_minor
    assert (balance(Place("unallocated", "USD", bank="moe-usd")), balance(Place("not_ours", "USD", bank="moe-usd"))) == (10_000, 14_000)


def test_a_sale_is_cancelled_or_paid_but_not_both(block: Issuance) -> None:
    bank()
    for turn in range(ROUNDS):
        of = sale(block.project, (block.pk, 1001 + turn, 1001 + turn), contract_reference=f"C{turn}")
        results = together(
            [
                lambda: receipt(of, 100, f"FT{turn}"),  # noqa: B023 - all threads end within the turn
                lambda: services.cancel_sale(sale_id=of.pk, on=DAY, reason="x", by=officer(), at=AT),  # noqa: B023
            ]
        )
        assert len(refusals(results)) == 1
        of.refresh_from_db()
        assert (of.status == Sale.Status.CANCELLED) != Receipt.objects.filter(sale=of).exists()


def test_a_receipt_is_identified_by_one_of_two(block: Issuance) -> None:
    of = sale(block.project, (block.pk, 1001, 2000))
    made = receipt(None, 1_000)
    results = together([lambda: services.identify_receipt(receipt_id=made.pk, sale_id=of.pk, reason="", by=officer(), at=AT)] * 2)
    assert [type(refusal).__name__ for refusal in refusals(results)] == ["NotPossible"]
    assert balance(Place("unallocated", "USD", bank="moe-usd")) == 1_000


def test_one_of_two_decisions_on_an_account_holds() -> None:
    recipient = registry.create_recipient(code="KS", kind="COMMUNE", name="x", by=officer(), at=AT)
    waiting = registry.propose_account(
        recipient_id=recipient.pk, channel="BANK", institution="A", account_name="x", account_number="0001112", reason="x", by=officer(), at=AT
    )
    approver()
    results = together(
        [
            lambda answer=answer: registry.decide_account(account_id=waiting.pk, approve=answer, reason="x", by=approver(), at=AT)
            for answer in (True, False)
        ]  # type: ignore[misc]
    )
    assert len(refusals(results)) == 1


def test_two_administrators_who_suspend_each_other_leave_one() -> None:
    for turn in range(ROUNDS):
        User.objects.filter(role=Role.ADMINISTRATOR).update(is_active=False)
        pair = [person(Role.ADMINISTRATOR, f"admin-{turn}-{name}") for name in "ab"]
        works = [
            lambda by=by, other=other: people.suspend_person(person_id=other.pk, reason="x", by=by, at=AT)  # type: ignore[misc]
            for by, other in (pair, pair[::-1])
        ]
        assert len(refusals(together(works))) == 1
        assert User.objects.filter(role=Role.ADMINISTRATOR, is_active=True).count() == 1
