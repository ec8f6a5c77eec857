"""The money model's worked example of a recalled receipt, through the services and to the cent: spent first, recalled, then paid by another."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any
from uuid import uuid4

import pytest

from communities.spending import services as spending
from communities.spending.models import SpendingRecord
from core import files
from reports.trace import trace_sale, trace_spending
from revenue.credits import services as selling
from revenue.credits.models import Receipt
from revenue.disbursements import queries
from revenue.disbursements import services as paying
from revenue.disbursements.models import Disbursement, Payment
from revenue.ledger import chart, checks
from revenue.ledger.models import Account
from revenue.ledger.queries import Equation, balances, equations_by_tranche
from revenue.sharing import services as sharing
from revenue.sharing.models import AllocationLine
from tests.flows.programme import SmallProgramme, morning, picture

pytestmark = pytest.mark.django_db
HEAD = """format: 1
project: keo-seima
title: {en: Sharing plan of Keo Seima, km: ផែនការចែករំលែកកែវសីមា}
legal_basis: Invented for a test
currency: USD
pots:
  - {code: reserve, title: Reserve, purpose: reserve}
  - {code: a, title: Commune A, purpose: community_development}
  - {code: b, title: Commune B, purpose: community_development}
"""
SPLIT = "  - {split: receipt, into: {a: 2/3, b: remainder}}\n"
FIRST = (
    HEAD
    + """  - {code: costs, title: Operating costs, purpose: costs}
  - {code: extra, title: Extra reserve, purpose: reserve}
effective_from: 2026-01-01
steps:
  - {charge: costs, from: receipt, take: 4975.00}
  - {hold: reserve, from: receipt, take: 1000.00, release: after the next verification}
  - {hold: extra, from: receipt, take: 500.00, release: after the next verification}
"""
    + SPLIT
)
SECOND = (
    HEAD
    + """effective_from: 2026-07-15
steps:
  - {hold: reserve, from: receipt, take: 10 % of gross, release: after the next verification}
"""
    + SPLIT
)
PAID, USED = date(2026, 8, 10), date(2026, 8, 20)


def cents(text: str) -> int:
    return round(float(text.replace(",", "")) * 100)


class Story(SmallProgramme):
    """A programme whose books, bank and checks are held against each other after every step."""

    def __init__(self) -> None:
        super().__init__(plan=FIRST)
        second = sharing.propose_plan(project_id=self.project.pk, text=SECOND, document_id=None, by=self.officer, at=morning(date(2026, 7, 10)))
        sharing.decide_plan(version_id=second.pk, approve=True, reason="", by=self.approver, at=morning(date(2026, 7, 10)))
        self.at_bank = 0
        self.second_sale = self.sell(first=1_200_001, quantity=10_000, price="0.8")
        self.first_sale = self.sell(quantity=20_000, price="1")
        self.paper = files.store(data=picture(), media_type="image/jpeg", original_name="minutes.jpg", by=self.officer, at=morning(USED))

    @contextmanager
    def step(self, bank: str = "0") -> Iterator[None]:
        """Do one thing by which the bank's balance moves so much; then all books agree."""
        yield
        self.at_bank += cents(bank)
        assert sum(one.amount_minor for one in balances(grouped=["bank"], currency="USD", kinds=chart.AT_BANK)) == self.at_bank
        assert [equation.difference for equation in equations_by_tranche().values()] == [0] * len(equations_by_tranche())
        assert [found.sentence for found in checks.run() if found.check != "disbursements.statements"] == []

    def came(self, sale: Any, gross: str, on: date, fee: str = "0") -> Receipt:
        return selling.record_receipt(
            bank_account_id=self.bank.pk, bank_reference=f"IN-{gross}", value_date=on, gross_minor=cents(gross), sale_id=sale.pk,
            sender_fee_minor=cents(fee), by=self.officer, at=morning(on),
        )  # fmt: skip

    def promised(self, pot: str, amount: str) -> Disbursement:
        to = self.pu_char if pot == "a" else self.villages["o-rona"]
        return self.approve(self.request(to, cents(amount), on=PAID, pot=pot), on=PAID)

    def debited(self, of: Disbursement, amount: str, riel: int, rate: str, fee: str = "0") -> Payment:
        return paying.pay_disbursement(
            disbursement_id=of.pk, bank_reference=f"OUT-{of.reference}", paid_on=PAID, amount_minor=cents(amount), fee_minor=cents(fee), local_minor=riel,
            local_currency="KHR", rate=rate, by=self.officer, at=morning(PAID),
        )  # fmt: skip

    def spent(self, riel: int) -> SpendingRecord:
        return self.accept(self.log(riel, on=USED, currency="KHR", photos=[]), on=USED)

    def returned(self, of: Disbursement, riel: int, credited: str) -> None:
        paying.return_money(
            disbursement_id=of.pk, bank_account_id=self.bank.pk, bank_reference=f"BACK-{of.reference}", returned_on=USED, local_minor=riel,
            credited_minor=cents(credited), reason="Not used", by=self.officer, at=morning(USED),
        )  # fmt: skip

    def disallowed(self, record: SpendingRecord) -> None:
        """300.00 of what the first receipt paid are asked back: 200.00 come, 100.00 are written off."""
        at, of = morning(USED), record.drawn_minor or 0
        riel = {minor: -(-minor * record.amount_minor // of) for minor in (30_000, 20_000)}
        owed = spending.disallow_spending(
            client_key=uuid4(), record_id=record.pk, local_minor=riel[30_000], reason="Not a well", by=self.officer, at=at, on=USED
        )
        repaid = -(-20_000 * riel[30_000] // 30_000)
        spending.record_repayment(
            client_key=uuid4(), recoverable_id=owed.pk, bank_account_id=self.bank.pk, bank_reference="REPAID-1", repaid_on=USED, local_minor=repaid,
            credited_minor=20_000, by=self.officer, at=at,
        )  # fmt: skip
        asked = spending.ask_write_off(
            client_key=uuid4(), recoverable_id=owed.pk, local_minor=riel[30_000] - repaid, reason="The person died", document_id=self.paper.pk,
            by=self.officer, at=at,
        )  # fmt: skip
        spending.decide_settlement(settlement_id=asked.pk, approve=True, words="", by=self.approver, at=at, on=USED)

    def covered(self) -> None:
        (gap,) = [one for one in queries.gaps() if not one.is_loss]
        asked = paying.propose_covering(
            client_key=uuid4(), tranche_id=gap.tranche_id, gap_id=gap.account_id, source_id=Account.objects.get(kind="reserve", pot__endswith="reserve").pk,
            amount_minor=gap.amount_minor, why="The committee decided it", document_id=self.paper.pk, by=self.officer, at=morning(USED),
        )  # fmt: skip
        paying.approve_covering(covering_id=asked.pk, by=self.approver, at=morning(USED))


def places(equation: Equation) -> dict[str, int]:
    return {kind: getattr(equation, kind) for kind in chart.OURS if getattr(equation, kind)}


def test_a_receipt_is_recalled_after_part_was_spent_and_the_reserve_of_another_pays_in_its_place() -> None:
    story = Story()
    with story.step("19,975.00"):
        one = story.came(story.first_sale, "20,000.00", date(2026, 7, 6), fee="25.00")
    with story.step():
        run = story.allocate(one, on=date(2026, 7, 7))
    with story.step():
        line = AllocationLine.objects.get(run=run, pot__code="extra")
        sharing.release_reserve(
            line_id=line.pk, pot_id=story.pot("a").pk, reason="Verified", by=story.approver, at=morning(date(2026, 7, 8)), day=date(2026, 7, 8)
        )
    with story.step("8,000.00"):
        two = story.came(story.second_sale, "8,000.00", date(2026, 7, 20))
    with story.step():
        story.allocate(two, on=date(2026, 7, 21))
    first, second = one.tranche_id, two.tranche_id

    def of(tranche: int) -> dict[str, int]:
        return places(equations_by_tranche()[tranche])

    assert of(first) == {"pot": cents("18,975.00"), "reserve": cents("1,000.00"), "charge": cents("25.00")}
    assert of(second) == {"pot": cents("7,200.00"), "reserve": cents("800.00")}
    with story.step("-10,014.97"):
        d3 = story.promised("a", "10,000.00")
        story.debited(d3, "9,999.97", 40_869_800, "4,087", fee="15.00")
    assert balances(grouped=["tranche_id"], currency="USD", kinds=["advance"])[1].local_minor == 2_043_374
    with story.step("-1,000.00"):
        d5 = story.promised("a", "1,000.00")
        story.debited(d5, "1,000.00", 4_103_000, "4,103")
    with story.step():
        records = [story.spent(riel) for riel in (12_345_600, 50, 20_000_000, 9_000_000)]
    assert [record.drawn_minor for record in records] == [cents("3,020.70"), 1, cents("4,893.58"), cents("2,201.65")]
    assert [source.amount_minor for source in trace_spending(records[3].reference).sources] == [cents("1,585.71"), cents("499.97"), cents("115.97")]
    with story.step("880.37"):
        story.returned(d5, 3_627_150, "880.37")
    with story.step("3.00"):
        d6 = story.promised("b", "1,000.00")
        story.debited(d6, "1,000.00", 4_087_000, "4,087")
        story.returned(d6, 4_087_000, "1,003.00")
    assert balances(grouped=["tranche_id"], currency="USD", kinds=["advance"]) == []
    with story.step("200.00"):
        story.disallowed(records[0])
    with story.step("-8,000.00"):
        recall = selling.recall_receipt(
            receipt_id=two.pk, amount_minor=cents("8,000.00"), value_date=USED, bank_reference="RECALL-1", reason="Fraud", document_id=story.paper.pk,
            by=story.officer, at=morning(USED),
        )  # fmt: skip
    assert recall.shortfall_minor == cents("634.60")
    assert of(second) == {"shortfall": -cents("634.60"), "spent": cents("615.94"), "charge": cents("15.00"), "fx": cents("3.66")}
    before = of(first)
    with story.step():
        story.covered()
    # Nothing of the recalled receipt is anywhere; the bank did not move, and the other receipt's reserve paid for all that it had paid for.
    assert of(second) == {}
    moved = {kind: of(first).get(kind, 0) - before.get(kind, 0) for kind in {*before, *of(first)}}
    assert {kind: minor for kind, minor in moved.items() if minor} == {
        "reserve": -cents("634.60"), "spent": cents("615.94"), "charge": cents("15.00"), "fx": cents("3.66"),
    }  # fmt: skip
    assert of(first) == {
        "pot": cents("9,678.00"), "reserve": cents("365.40"), "spent": cents("9,815.94"), "charge": cents("40.00"), "lost": cents("100.00"), "fx": 66,
    }  # fmt: skip
    assert {source.sale for source in trace_spending(records[3].reference).sources} == {story.first_sale.reference}
    assert trace_sale(story.second_sale.reference).places == {}
