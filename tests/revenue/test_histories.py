"""Random histories through the real services: after every step nothing is gone, and at the end the traces meet in the middle."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date
from itertools import pairwise
from random import Random
from typing import Any

import pytest
from django.db import connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from core.refusal import Refused
from reports.trace import rows_of_sale, trace_sale
from revenue.credits.models import Receipt, Sale
from revenue.disbursements import services as paying
from revenue.disbursements.draws import pot_parts
from revenue.disbursements.models import Disbursement
from revenue.ledger import chart, checks, riel
from revenue.ledger.models import Balance, Tranche
from revenue.ledger.queries import balances, equations_by_tranche
from tests.flows.programme import SmallProgramme, morning
from tests.soak import stage as staging
from tests.soak.acts import ACTS
from tests.soak.verdict import down_from_sales, up_from_spending

pytestmark = pytest.mark.django_db
STEPS = 200
PAID_ON, USED_ON = date(2026, 8, 10), date(2026, 8, 20)


@pytest.fixture
def stage(db: None) -> staging.Stage:
    return staging.made(operations_each=STEPS, clients=1)


class History:
    """Acts of one seed, one after the other, and what the bank was told of each."""

    def __init__(self, stage: staging.Stage, seed: int) -> None:
        self.stage, self.seed = stage, seed
        self.at_bank = 0
        self.done: Counter[str] = Counter()

    def step(self, number: int) -> None:
        random = Random(f"{self.seed} {number}")
        facts = None
        while facts is None:
            name = random.choices(list(ACTS), [act.weight for act in ACTS.values()])[0]
            facts = ACTS[name].plan(self.stage, random, f"0-{number}")
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                ACTS[name].do(self.stage, facts)
                # What the database looks at on commit, it looks at now: each step is one transaction.
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
                cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        except Refused:
            return
        self.done[name] += 1
        self.at_bank += ACTS[name].moves(facts)


@pytest.mark.parametrize("seed", [1, 2])
def test_whatever_people_do_no_cent_appears_or_goes(stage: staging.Stage, seed: int) -> None:
    history = History(stage, seed)
    for number in range(STEPS):
        history.step(number)
        _every_tranche_is_whole()
        assert _at_banks() == history.at_bank, f"after step {number}"
    assert len(history.done) > 15, history.done
    # The replay of all postings is one of the checks.
    assert [finding.sentence for finding in checks.run() if finding.check != "disbursements.statements"] == []
    down, up = down_from_sales(), up_from_spending()
    assert up
    assert down == up
    _the_rows_of_each_sale_add_up()


def _every_tranche_is_whole() -> None:
    documents: dict[int, int] = defaultdict(int)
    for receipt in Receipt.objects.all():
        documents[receipt.tranche_id] += receipt.kept_minor
    documents[0] = sum(documents.values())  # all of them together
    for tranche_id, equation in equations_by_tranche().items():
        assert (equation.received, equation.difference) == (documents[tranche_id], 0)


def _at_banks() -> int:
    return sum(one.amount_minor for one in balances(grouped=["bank"], currency="USD", kinds=chart.AT_BANK))


def _the_rows_of_each_sale_add_up() -> None:
    for sale in Sale.objects.all():
        trace = trace_sale(sale.reference)
        head, *rows = rows_of_sale(trace)
        assert sum(int(str(row[-1])) for row in rows) == trace.received_minor
        # What is told of each place is never more than lies there: nothing is told twice.
        assert [row for row in rows if int(str(row[-1])) < 0 and row[head.index("where")] not in (chart.SHORTFALL, chart.FX)] == []


def test_a_cent_that_a_second_receipt_paid_after_the_bank_sent_the_first_payment_back_is_traced_both_ways(db: None) -> None:
    programme = SmallProgramme()
    first, second = programme.sell(quantity=50_000), programme.sell(quantity=50_000, first=1_050_001)
    for sale, day in ((first, date(2026, 7, 6)), (second, date(2026, 7, 20))):
        programme.allocate(programme.receive(sale, 5_000_000, on=day), on=day)
    asked = programme.approve(programme.request(programme.pu_char, 50_000, on=PAID_ON), on=PAID_ON)
    payment = paying.pay_disbursement(
        disbursement_id=asked.pk, bank_reference="LESS-1", paid_on=PAID_ON, amount_minor=49_900, fee_minor=0, local_minor=49_900, local_currency="USD",
        rate="", by=programme.officer, at=morning(PAID_ON),
    )  # fmt: skip
    paying.payment_sent_back(payment_id=payment.pk, on=PAID_ON, by=programme.officer, at=morning(PAID_ON))
    # The rest that went back to the pot is promised to another plan of work, with all else that the first sale left there.
    left = next(one.amount_minor for parts in pot_parts(asked) for one in parts)
    programme.approve(programme.request(programme.pu_char, left, on=PAID_ON), on=PAID_ON)
    programme.pay(asked, on=PAID_ON)
    record = programme.accept(programme.log(50_000, on=USED_ON, photos=[]), on=USED_ON)
    expected = {(first.reference, record.reference): 49_900, (second.reference, record.reference): 100}
    assert down_from_sales() == expected
    assert up_from_spending() == expected


# --- Riel -------------------------------------------------------------------------------------------------------------------


class Riel(SmallProgramme):
    """One village that is paid in riel twice, at two rates, by the money of two receipts."""

    def __init__(self, random: Random) -> None:
        self.random = random
        super().__init__()
        sale = self.sell()
        for gross, day in ((random.randrange(3_000_000, 9_000_000), date(2026, 7, 6)), (20_000_001, date(2026, 7, 20))):
            self.allocate(self.receive(sale, gross, on=day), on=day)
        self.advances = [self._advance(rate) for rate in (4_087, 4_103)]
        self.in_hand = sum(payment.local_minor for payment in self.advances)

    def _advance(self, rate: int) -> Any:
        amount = self.random.randrange(400_000, 1_100_000)
        asked = self.approve(self.request(self.pu_char, amount, on=PAID_ON), on=PAID_ON)
        return self.pay(asked, on=PAID_ON, riel=amount * rate // 100 // 100 * 100, rate=f"{rate:,}")

    def spend(self, local: int) -> int:
        return self.accept(self.log(local, on=USED_ON, currency="KHR", photos=[]), on=USED_ON).drawn_minor or 0

    def give_back(self, disbursement: Disbursement, local: int, rate: int) -> int:
        credited = local * 100 // rate
        paying.return_money(
            disbursement_id=disbursement.pk, bank_account_id=self.bank.pk, bank_reference=f"REST-{next(self._numbers)}", returned_on=USED_ON,
            local_minor=local, credited_minor=credited, reason="Not used", by=self.officer, at=morning(USED_ON),
        )  # fmt: skip
        return credited


@pytest.mark.parametrize("seed", [11, 12, 13])
def test_riel_paid_at_two_rates_spent_in_parts_and_returned_in_part_end_at_zero_in_both_currencies(seed: int) -> None:
    village = Riel(random := Random(seed))
    topped_up = village.advances[1]
    # What is kept for the end is given back of the second advance, in two parts; all before it is spent oldest first.
    kept = random.randrange(2, topped_up.local_minor)
    cuts = sorted({0, village.in_hand - kept, *(random.randrange(1, village.in_hand - kept) for _part in range(7))})
    spent = sum(village.spend(end - begin) for begin, end in pairwise(cuts))
    assert _with_recipients()[1] == kept
    first = random.randrange(1, kept)
    credited = sum(village.give_back(topped_up.disbursement, local, rate) for local, rate in ((first, 4_120), (kept - first, 4_060)))
    assert _with_recipients() == (0, 0)
    paid = sum(payment.amount_minor for payment in village.advances)
    assert paid == spent + credited + _held(chart.FX)
    assert _held(chart.SPENT) == spent
    for tranche in Tranche.objects.all():
        assert equations_by_tranche()[tranche.pk].difference == 0


def _with_recipients() -> tuple[int, int]:
    """Return what lies in recipients' hands: every row, so that a cent over here and a cent missing there are seen."""
    found = Balance.objects.filter(account__kind=chart.ADVANCE)
    assert all(one.amount_minor >= 0 and one.local_minor >= 0 for one in found)
    return sum(one.amount_minor for one in found), sum(one.local_minor for one in found)


def _held(kind: str) -> int:
    return sum(one.amount_minor for one in balances(grouped=["kind"], currency="USD", kinds=[kind]))


@given(
    lots=st.lists(st.tuples(st.integers(0, 10**8), st.integers(1, 10**12)), min_size=1, max_size=4),
    cuts=st.lists(st.floats(0, 1, exclude_max=True), max_size=12),
)
def test_lots_drawn_in_any_parts_end_at_zero_together(lots: list[tuple[int, int]], cuts: list[float]) -> None:
    held = [riel.Held(number, 1, cents, local) for number, (cents, local) in enumerate(lots)]
    total, cents = sum(one.local_minor for one in held), sum(one.amount_minor for one in held)
    for begin, end in pairwise([0, *sorted(int(cut * total) for cut in cuts), total]):
        taken, not_covered = riel.take(held=held, local_minor=end - begin)
        gone = {one.lot: one for one in taken}
        held = [_less(one, gone.get(one.lot)) for one in held]
        cents -= sum(one.amount_minor for one in taken)
        assert not_covered == 0
        assert all(one.amount_minor == 0 or one.local_minor > 0 for one in held)
    assert (cents, sum(one.amount_minor for one in held), sum(one.local_minor for one in held)) == (0, 0, 0)


def _less(one: riel.Held, taken: riel.Held | None) -> riel.Held:
    if taken is None:
        return one
    return riel.Held(one.lot, one.tranche_id, one.amount_minor - taken.amount_minor, one.local_minor - taken.local_minor)
