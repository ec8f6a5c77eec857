"""Real threads on real PostgreSQL: money is spent once, nobody is refused while there is money, nothing locks up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from threading import Barrier

import pytest
from django.db import OperationalError, close_old_connections, connection, transaction

from core.refusal import Refused
from revenue.ledger import checks, queries, services
from revenue.ledger.chart import Place, Row
from revenue.ledger.models import Entry, Tranche
from revenue.ledger.services import retry_on_deadlock
from tests.revenue.ledger_books import RECEIVED, RESERVE, UNALLOCATED, committed, pot

pytestmark = pytest.mark.django_db(transaction=True)
DAY = date(2026, 3, 2)
THREADS = 8


def together(works: Iterable[Callable[[], object]]) -> Counter[str]:
    """Run each work in a thread of its own, all starting at once; count what came of them by name."""
    list_of_works = list(works)
    start = Barrier(len(list_of_works))

    def one(work: Callable[[], object]) -> str:
        close_old_connections()
        start.wait()
        try:
            work()
        except (Refused, OperationalError) as error:
            return type(error).__name__
        else:
            return "done"
        finally:
            connection.close()

    with ThreadPoolExecutor(len(list_of_works)) as pool:
        return Counter(pool.map(one, list_of_works))


@pytest.fixture
def tranches() -> list[Tranche]:
    """Five tranches, 100.00 of each in pot A and in pot B."""
    made = [services.open_tranche(source="SALE", received_on=date(2026, 1, day), currency="USD", code=f"T{day}") for day in range(1, 6)]
    for one in made:
        rows = [Row(UNALLOCATED, RECEIVED, 20000, one.pk)]
        services.post(event="receipt", day=DAY, rows=rows, key=f"receipt {one.code}", document="doc:1", by_id=1)
        rows = [Row(pot(code), UNALLOCATED, 10000, one.pk) for code in ("A", "B")]
        services.post(event="allocate", day=DAY, rows=rows, key=f"allocate {one.code}", document="doc:1", by_id=1)
    return made


def move(source: Place, target: Place, amount: int, key: str) -> None:
    with transaction.atomic():
        drawn = services.draw(sources=[source], others=[target], amount_minor=amount)
        rows = [Row(target, one.place, one.amount_minor, one.tranche_id) for one in drawn]
        services.post(event="reallocate", day=DAY, rows=rows, key=key, document="doc:1", by_id=1)


def approve(lot: int, amount: int) -> None:
    with transaction.atomic():
        drawn = services.draw(sources=[pot("A")], others=[committed("A")], amount_minor=amount)
        rows = [Row(committed("A"), one.place, one.amount_minor, one.tranche_id, lot) for one in drawn]
        services.post(event="approve", day=DAY, rows=rows, key=f"approve {lot}", document="doc:1", by_id=1)


def well() -> bool:
    return not list(checks.run(name for name in checks.names() if name.startswith("ledger.")))


def test_a_pot_is_not_spent_twice_and_nobody_is_refused_while_it_holds_money(tranches: list[Tranche]) -> None:
    seen: Counter[str] = Counter()
    for turn in range(2):
        seen += together(lambda lot=turn * THREADS + thread + 1: approve(lot, 7000) for thread in range(THREADS))  # type: ignore[misc]
    assert seen == {"done": 7, "NotEnoughMoney": 9}
    assert queries.balance(pot("A")) == 1000
    assert well()


def test_posting_without_a_draw_overspends_nothing_either(tranches: list[Tranche]) -> None:
    def post(number: int) -> None:
        rows = [Row(RESERVE, pot("A"), 3000, tranches[0].pk)]
        services.post(event="reallocate", day=DAY, rows=rows, key=f"race {number}", document="doc:1", by_id=1)

    assert together(lambda number=number: post(number) for number in range(THREADS)) == {"done": 3, "NotEnoughMoney": 5}  # type: ignore[misc]
    assert queries.balance(RESERVE) == 9000
    assert well()


def test_money_going_there_and_back_at_once_does_not_lock_up(tranches: list[Tranche]) -> None:
    def many(thread: int) -> None:
        source, target = (pot("A"), pot("B")) if thread % 2 else (pot("B"), pot("A"))
        for number in range(15):
            move(source, target, 900, f"{thread}/{number}")

    assert together(lambda thread=thread: many(thread) for thread in range(THREADS)) == {"done": THREADS}  # type: ignore[misc]
    assert queries.balance(pot("A")) + queries.balance(pot("B")) == 100000
    assert well()


def test_batches_that_open_the_same_balances_do_not_lock_up(tranches: list[Tranche]) -> None:
    def batch(thread: int) -> None:
        pots = [pot(f"new-{number}") for number in range(20)]
        if thread % 2:
            pots.reverse()
        services.post_many(
            entries=[
                services.EntryDraft("reallocate", DAY, [Row(place, pot("A"), 1, one.pk)], f"{thread} {place.pot} {one.code}", "doc:1", 1)
                for place in pots
                for one in tranches
            ]
        )

    assert together(lambda thread=thread: batch(thread) for thread in range(THREADS)) == {"done": THREADS}  # type: ignore[misc]
    assert queries.balance(pot("new-0")) == THREADS * len(tranches)
    assert well()


def test_the_same_entry_posted_by_many_at_once_is_one_entry(tranches: list[Tranche]) -> None:
    def post() -> None:
        rows = [Row(RESERVE, pot("A"), 100, tranches[0].pk)]
        services.post(event="reallocate", day=DAY, rows=rows, key="once", document="doc:1", by_id=1)

    assert together([post] * THREADS) == {"done": THREADS}
    assert queries.balance(RESERVE) == 100
    assert Entry.objects.filter(key="once").count() == 1


def test_an_entry_reversed_by_many_at_once_is_reversed_once(tranches: list[Tranche]) -> None:
    rows = [Row(RESERVE, pot("A"), 100, tranches[0].pk)]
    entry = services.post(event="reallocate", day=DAY, rows=rows, key="once", document="doc:1", by_id=1)

    def undo(thread: int) -> None:
        services.reverse(entry_id=entry.pk, day=DAY, key=f"undo {thread}", by_id=1, document="doc:1")

    assert together(lambda thread=thread: undo(thread) for thread in range(THREADS)) == {"done": 1, "AlreadyReversed": THREADS - 1}  # type: ignore[misc]
    assert queries.balance(RESERVE) == 0


def test_nothing_slips_into_books_that_are_being_closed(tranches: list[Tranche]) -> None:
    def post(number: int) -> None:
        rows = [Row(RESERVE, pot("A"), 1, tranches[0].pk)]
        services.post(event="reallocate", day=DAY, rows=rows, key=f"race {number}", document="doc:1", by_id=1)

    def close() -> None:
        services.close_books(through=DAY, by_id=1, at=datetime(2026, 4, 1, tzinfo=UTC))

    seen = together([*(lambda number=number: post(number) for number in range(THREADS)), close])  # type: ignore[misc]
    assert seen["done"] + seen["BooksClosed"] == THREADS + 1
    assert queries.balance(RESERVE) == seen["done"] - 1
    assert well()


def test_a_service_that_loses_a_deadlock_is_tried_again(tranches: list[Tranche]) -> None:
    first = Barrier(2)
    tries: Counter[str] = Counter()

    @retry_on_deadlock
    def crossing(name: str, one: Place, other: Place) -> None:
        tries[name] += 1
        with transaction.atomic():
            services.lock_places(places=[one])
            if tries[name] == 1:
                first.wait()
            services.lock_places(places=[other])

    assert together([lambda: crossing("a", pot("A"), pot("B")), lambda: crossing("b", pot("B"), pot("A"))]) == {"done": 2}
    assert sum(tries.values()) == 3


def test_inside_anothers_transaction_nothing_is_tried_again(tranches: list[Tranche]) -> None:
    tries: list[int] = []

    @retry_on_deadlock
    def losing() -> None:
        tries.append(1)
        error = OperationalError()
        error.__cause__ = type("Deadlock", (Exception,), {"sqlstate": "40P01"})()
        raise error

    with pytest.raises(OperationalError), transaction.atomic():
        losing()
    assert len(tries) == 1
