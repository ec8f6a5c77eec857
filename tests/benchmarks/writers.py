"""Eight processes at one account, and at accounts beside one another, against inserts that nobody guards."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import count
from multiprocessing import get_context
from time import perf_counter
from typing import Any, Final

from django.db import connection, transaction

from core import clock
from core.audit.services import record
from revenue.ledger import queries
from revenue.ledger.chart import Place, Row
from revenue.ledger.places import account_ids, open_accounts
from revenue.ledger.refusals import NotEnoughMoney
from revenue.ledger.services import open_tranche, post, retry_on_deadlock
from tests.benchmarks import raw, workload

WRITERS: Final = 8
ATTEMPTS: Final = 125
ENOUGH_FOR: Final = 500
ROUNDS: Final = 20
_numbers = count(1)
Attempt = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Round:
    """What all writers together were granted, and how many attempts they made a second."""

    accepted: int
    a_second: float


def together(attempt: Attempt) -> Round:
    """Let every writer, a process each, make its attempts at once; an attempt that is refused raises NotEnoughMoney."""
    context = get_context("fork")
    ready, answers = context.Barrier(WRITERS + 1), context.Queue()
    connection.close()
    writers = [context.Process(target=_write, args=(attempt, number, ready, answers)) for number in range(WRITERS)]
    for writer in writers:
        writer.start()
    ready.wait()
    began = perf_counter()
    accepted = sum(answers.get() for _writer in writers)
    took = perf_counter() - began
    for writer in writers:
        writer.join()
    return Round(accepted, WRITERS * ATTEMPTS / took)


def _write(attempt: Attempt, number: int, ready: Any, answers: Any) -> None:
    connection.ensure_connection()
    ready.wait()
    accepted = 0
    for turn in range(ATTEMPTS):
        try:
            attempt(number, turn)
            accepted += 1
        except NotEnoughMoney:
            continue
    connection.close()
    answers.put(accepted)


def _post(event: str, row: Row, key: str, *, audited: bool) -> None:
    day = workload.FIRST_DAY.replace(year=2200)
    if not audited:
        retry_on_deadlock(partial(post, event=event, day=day, rows=[row], key=key, document="bench", by_id=None))()
        return

    def both() -> None:
        with transaction.atomic():
            post(event=event, day=day, rows=[row], key=key, document="bench", by_id=None)
            record(act="bench.post", subject=key, by=None, at=clock.now(), after={"amount_minor": row.amount_minor})

    retry_on_deadlock(both)()


def one_account(*, audited: bool) -> tuple[Round, Round, int]:
    """Return a round at one guarded account that can pay half of what is asked, one of bare inserts, and what was left."""
    mark = next(_numbers)
    tranche = _money(f"writers-{mark}-{audited}", {workload.pot(0): ENOUGH_FOR})
    held = Place("committed", "USD", bank="X", pot=workload.pot(0).pot)
    before = _lies(workload.pot(0), tranche)

    def ours(number: int, turn: int) -> None:
        _post("approve", Row(held, workload.pot(0), 1, tranche, lot=1), f"w{mark}/{audited}/{number}/{turn}", audited=audited)

    open_accounts([held])
    guarded = together(ours)
    left = before - guarded.accepted - _lies(workload.pot(0), tranche)
    return guarded, together(_bare(mark, tranche, held, workload.pot(0))), left


def beside_each_other(*, audited: bool) -> tuple[Round, Round]:
    """Return a round in which each writer pays into an account of its own from one bank, and one of bare inserts."""
    mark = next(_numbers)
    pots = [Place("pot", "USD", bank="X", pot=f"project/writer-{number}") for number in range(WRITERS)]
    open_accounts(pots)
    tranches = [_money(f"beside-{mark}-{audited}-{number}", {}) for number in range(WRITERS)]

    def ours(number: int, turn: int) -> None:
        _post("allocate", Row(pots[number], workload.UNALLOCATED, 1, tranches[number]), f"b{mark}/{audited}/{number}/{turn}", audited=audited)

    return together(ours), together(_bare(mark, tranches[0], pots[0], workload.UNALLOCATED))


def _bare(mark: int, tranche: int, debit: Place, credit: Place) -> Attempt:
    ids = account_ids([debit, credit])

    def bare(number: int, turn: int) -> None:
        raw.post_one(debit=ids[debit.code], credit=ids[credit.code], tranche=tranche, key=f"r{mark}/{debit.kind}/{number}/{turn}/{perf_counter()}")

    return bare


def _money(code: str, places: dict[Place, int]) -> int:
    day = workload.FIRST_DAY.replace(year=2200)
    tranche = open_tranche(source="SALE", received_on=day, currency="USD", code=code).pk
    post(event="receipt", day=day, rows=[Row(workload.UNALLOCATED, workload.RECEIVED, 100_000, tranche)], key=code, document="bench", by_id=None)
    for place, minor in places.items():
        rows = [Row(place, workload.UNALLOCATED, minor, tranche)]
        post(event="allocate", day=day, rows=rows, key=f"{code}/{place.pot}", document="bench", by_id=None)
    return tranche


def _lies(place: Place, tranche: int) -> int:
    return sum(found.amount_minor for found in queries.balances_by_tranche(place) if found.tranche_id == tranche)


def run(*, rounds: int = ROUNDS) -> dict[str, tuple[float, str, float, bool]]:
    """Return value, unit, limit and whether more is better, by the id of each measure."""
    found: dict[str, tuple[float, str, float, bool]] = {}
    for audited, suffix in ((False, ""), (True, "+audit")):
        one = [one_account(audited=audited) for _round in range(rounds)]
        beside = [beside_each_other(audited=audited) for _round in range(max(3, rounds // 3))]
        wrong = sum(guarded.accepted != ENOUGH_FOR for guarded, _bare_one, _left in one)
        lost = sum(abs(left) for _guarded, _bare_one, left in one)
        found[f"ledger.6{suffix}"] = (statistics.median(mine.a_second / bare.a_second for mine, bare, _left in one), "x unguarded", 0.5, True)
        found[f"ledger.6{suffix}.wrong_rounds"] = (wrong, f"of {rounds} rounds", 0, False)
        found[f"ledger.6{suffix}.lost"] = (lost, "postings", 0, False)
        found[f"ledger.7{suffix}"] = (statistics.median(mine.a_second / bare.a_second for mine, bare in beside), "x unguarded", 0.6, True)
    return found
