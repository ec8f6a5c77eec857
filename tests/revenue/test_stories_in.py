"""
The stories of money in, to the cent, by the services an officer uses.

After every step the reinvestment equation holds with what the documents say was received, each bank's places are what
its statement says, and the postings played again give every balance.
"""

from __future__ import annotations

from collections import defaultdict
from contextlib import contextmanager
from datetime import date
from typing import Any

import pytest

from core.files import store
from reports.queries import scope_of
from reports.snapshot import documents
from revenue.credits import services as selling
from revenue.credits.models import BankAccount, OtherIncome, Receipt, Sale
from revenue.disbursements import services as paying
from revenue.disbursements.models import Disbursement
from revenue.ledger import checks
from revenue.ledger.chart import Place
from revenue.ledger.models import Tranche
from revenue.ledger.queries import balance, balances, balances_by_tranche, equations_by_tranche
from revenue.sharing import services as sharing
from tests.revenue import credits_office as office
from tests.revenue.sharing_stage import AT, PLAN, Stage, held

pytestmark = pytest.mark.django_db
EVER = (date(2000, 1, 1), date(2100, 1, 1))
POOLED = PLAN.replace("- {code: protection, title: Forest protection,", "- {code: protection, title: Forest protection, draw: proportional,")


def cents(text: str) -> int:
    whole, _point, part = text.replace(",", "").partition(".")
    return int(whole) * 100 + int(part or 0)


class Story(Stage):
    """A stage with two bank accounts, and beside the books what each bank's statement says."""

    def __init__(self, *, plan: str = PLAN) -> None:
        super().__init__(plan=plan)
        self.other_bank: BankAccount = office.bank("other-usd")
        self.statement: dict[str, int] = defaultdict(int)
        self.agree()

    @contextmanager
    def step(self, **moved: str) -> Any:
        """Do one thing: ``moved`` says by how much the statements changed, ``X`` of the account and ``Y`` of the other."""
        yield
        for name, amount in moved.items():
            sign = -1 if amount.startswith("-") else 1
            self.statement[{"X": self.bank.code, "Y": self.other_bank.code}[name]] += sign * cents(amount.lstrip("-"))
        self.agree()

    def agree(self) -> None:
        received = documents.read(scope_of(project=None, first=EVER[0], end=EVER[1])).received_by_tranche
        for tranche, equation in equations_by_tranche().items():
            assert equation.difference == 0
            if tranche:
                assert equation.received == sum(amount for _day, amount in received.get(tranche, ()))
        at_banks = {one.key[0]: one.amount_minor for one in balances(grouped=["bank"], currency="USD") if one.key[0]}
        assert at_banks == {bank: amount for bank, amount in self.statement.items() if amount}
        assert [found.sentence for found in checks.run()] == []

    # --- short words for what is done ----------------------------------------------------------------------------------
    def document(self) -> int:
        return store(data=b"%PDF-1.4 paper", media_type="application/pdf", original_name="paper.pdf", by=self.officer, at=AT).pk

    def sell(self, first: int, last: int, contract: str, **other: Any) -> Sale:
        return office.sale(self.project, (self.blocks[0], first, last), contract_reference=contract, **{"price": "10", **other})

    @property
    def blocks(self) -> list[int]:
        return list(self.project.issuances.order_by("id").values_list("id", flat=True))

    def came(self, gross: str, of: Sale | None, on: date = date(2026, 2, 1), **other: Any) -> Receipt:
        return office.receipt(of, cents(gross), f"FT-IN-{next(self._numbers):04d}", value_date=on, **other)

    def income(self, kind: str, amount: str, on: date = date(2026, 2, 1)) -> OtherIncome:
        asked = selling.propose_income(
            kind=kind, project_id=self.project.pk, bank_account_id=self.bank.pk, bank_reference=f"FT-IN-{next(self._numbers):04d}",
            value_date=on, amount_minor=cents(amount), payer="" if kind == "INTEREST" else "Forest Fund", document_id=self.document(),
            by=self.officer, at=AT,
        )  # fmt: skip
        return selling.decide_income(income_id=asked.pk, approve=True, reason="", by=self.approver, at=AT)

    def assign(self, tranche: Tranche | None, pot: str, amount: str) -> None:
        assert tranche is not None
        asked = sharing.propose_assignment(
            tranche_id=tranche.pk, pot_id=self.pot(pot).pk, amount_minor=cents(amount), why="As agreed", by=self.officer, at=AT
        )
        sharing.decide_assignment(assignment_id=asked.pk, approve=True, reason="", by=self.approver, at=AT)

    def recall(self, receipt: Receipt, amount: str) -> Any:
        return selling.recall_receipt(
            receipt_id=receipt.pk, amount_minor=cents(amount), value_date=date(2026, 4, 1), bank_reference=f"FT-OUT-{next(self._numbers):04d}",
            reason="Payment stopped", document_id=self.document(), by=self.officer, at=AT,
        )  # fmt: skip

    def paid_out(self, amount: str, *, pot: str = "protection", kind: str = "FINAL", **other: Any) -> Disbursement:
        row = self.promised(self.rangers, cents(amount), pot, kind=kind, account_by=None if kind == "FINAL" else date(2026, 6, 1))
        self.paid(row, **other)
        return row


@pytest.fixture
def story() -> Story:
    return Story()


def drawn(row: Disbursement) -> dict[str, int]:
    """What each tranche pays of a disbursement, by its code."""
    assert row.approval_entry is not None
    return {one.tranche.code: one.amount_minor for one in row.approval_entry.postings.select_related("tranche").order_by("line")}


def of_tranche(place: Place, tranche_id: int) -> int:
    return sum(one.amount_minor for one in balances_by_tranche(place) if one.tranche_id == tranche_id)


# --- Sales ------------------------------------------------------------------------------------------------------------------


def test_a_sale_is_paid_in_instalments_and_the_senders_bank_keeps_a_fee(story: Story) -> None:
    sold = story.sale
    with story.step(X="19,975.00"):
        first = story.came("20,000.00", sold, sender_fee_minor=cents("25.00"))
    with story.step(X="8,000.00"):
        second = story.came("8,000.00", sold, date(2026, 3, 1))
    assert (first.settled_minor, second.settled_minor) == (cents("20,000.00"), cents("8,000.00"))
    # The receipt counts whole, and the fee is a charge of the project.
    assert of_tranche(Place("charge", "USD", pot="keo-seima/sender-fees"), first.tranche_id) == cents("25.00")
    with story.step():
        story.allocated(first)
    # Costs 10 % and reserve 5 % of what there is to share, 19,975.00; the rest 60 : 40.
    assert [held("pot", pot="costs"), held("reserve"), held("pot", pot="community"), held("pot", pot="protection")] == [
        cents("1,997.50"), cents("998.75"), cents("10,187.25"), cents("6,791.50"),
    ]  # fmt: skip


def test_a_buyer_pays_too_much_part_goes_back_and_part_pays_another_sale(story: Story) -> None:
    selling.cancel_sale(sale_id=story.sale.pk, on=date(2026, 10, 5), reason="In two parts", by=story.officer, at=AT)
    one, two = story.sell(1, 1_000, "ERPA-8"), story.sell(1_001, 1_050, "ERPA-9")
    with story.step(X="11,000.00"):
        paid = story.came("11,000.00", one)
    assert balance(Place("not_ours", "USD", bank="moe-usd")) == cents("1,000.00")
    with story.step():
        story.allocated(paid)
    with story.step():
        part = selling.identify_held(receipt_id=paid.pk, sale_id=two.pk, reason="The buyer's letter", by=story.officer, at=AT)
    # The first sale's money was shared out already; the part is, by its own.
    with story.step():
        run = story.allocated(part)
    assert (run.status, run.amount_minor) == ("ALLOCATED", cents("500.00"))
    with story.step(X="-500.00"):
        selling.refund_receipt(receipt_id=paid.pk, day=date(2026, 3, 1), bank_reference="OUT-1", by=story.officer, at=AT)
    assert balance(Place("not_ours", "USD", bank="moe-usd")) == 0


def test_a_receipt_in_another_currency_settles_the_invoice_and_the_books_hold_what_the_bank_credited(story: Story) -> None:
    selling.cancel_sale(sale_id=story.sale.pk, on=date(2026, 10, 5), reason="In euro", by=story.officer, at=AT)
    euro = story.sell(1, 1_000, "ERPA-EUR", currency="EUR", price="9")
    with story.step(X="9,795.00"):
        paid = story.came("9,810.00", euro, sender_fee_minor=cents("15.00"), invoice_minor=cents("9,000.00"), rate="1.09")
    assert (paid.currency, paid.invoice_currency, paid.settled_minor, paid.rate) == ("USD", "EUR", cents("9,000.00"), "1.09")
    with story.step():
        story.allocated(paid)
    with story.step(X="-3,270.00"):
        story.recall(paid, "3,270.00")
    paid.refresh_from_db()
    assert paid.settled_minor == cents("6,000.00")


def test_money_nobody_knows_is_identified_later_and_a_wrong_identification_is_corrected(story: Story) -> None:
    selling.cancel_sale(sale_id=story.sale.pk, on=date(2026, 10, 5), reason="In two parts", by=story.officer, at=AT)
    one, two = story.sell(1, 1_000, "ERPA-8"), story.sell(1_001, 2_000, "ERPA-9")
    with story.step(X="700.00"):
        strange = story.came("700.00", None)
    with story.step():
        selling.identify_receipt(receipt_id=strange.pk, sale_id=one.pk, reason="A call", by=story.officer, at=AT)
    with story.step():
        story.allocated(strange)
    with story.step():
        asked = selling.propose_correction(receipt_id=strange.pk, sale_id=two.pk, why="The buyer's letter", by=story.officer, at=AT)
        selling.decide_correction(correction_id=asked.pk, approve=True, reason="", by=story.approver, at=AT)
    listed = documents.read(scope_of(project=None, first=EVER[0], end=EVER[1]))
    assert {row.sale.reference for row in listed.receipts} == {two.reference}


# --- Taken back ----------------------------------------------------------------------------------------------------------------


def test_a_receipt_is_recalled_after_part_was_spent_and_another_arrives(story: Story) -> None:
    with story.step(X="8,000.00"):
        second = story.came("8,000.00", story.sale)
    with story.step():
        story.allocated(second)
    with story.step(X="-615.94"):
        story.paid_out("615.94")
    with story.step():
        promised = story.promised(story.rangers, cents("300.00"), "protection", kind="FINAL", account_by=None)
    with story.step(X="-8,000.00"):
        recall = story.recall(second, "8,000.00")
    # All that lay in the bank is taken back, what was promised too; what was spent is a shortfall.
    assert recall.shortfall_minor == cents("615.94")
    assert [held(kind) for kind in ("unallocated", "pot", "reserve", "committed", "spent", "shortfall")] == [
        0, 0, 0, 0, cents("615.94"), -cents("615.94"),
    ]  # fmt: skip
    promised.refresh_from_db()
    assert promised.status == "APPROVED"
    # What was promised and lost its money can still be cancelled; nothing is left to give back.
    with story.step():
        paying.cancel_disbursement(disbursement_id=promised.pk, reason="Its money was recalled", by=story.approver, at=AT, on=date(2026, 4, 2))
    # The sale owes it again; a new receipt of it is a new tranche.
    with story.step(X="8,000.00"):
        again = story.came("8,000.00", story.sale, date(2026, 4, 10))
    with story.step():
        story.allocated(again)
    assert of_tranche(Place("shortfall", "USD", bank="moe-usd"), second.tranche_id) == -cents("615.94")


def test_a_recall_in_part_leaves_the_rest_where_the_plan_put_it(story: Story) -> None:
    with story.step(X="10,000.00"):
        paid = story.came("10,000.00", story.sale)
    with story.step():
        story.allocated(paid)
    assert [held("reserve"), held("pot")] == [cents("500.00"), cents("9,500.00")]
    with story.step(X="-1,450.00"):
        assert story.recall(paid, "1,450.00").shortfall_minor == 0
    # The reserve first, then 950.00 of the pots in proportion.
    assert [held("reserve"), held("pot", pot="costs"), held("pot", pot="community"), held("pot", pot="protection")] == [
        0, cents("900.00"), cents("4,590.00"), cents("3,060.00"),
    ]  # fmt: skip


def test_a_payment_whose_money_was_recalled_is_a_fact_all_the_same(story: Story) -> None:
    with story.step(X="1,000.00"):
        paid = story.came("1,000.00", story.sale)
    with story.step():
        story.allocated(paid)
    with story.step():
        row = story.promised(story.rangers, cents("300.00"), "protection", kind="FINAL", account_by=None)
    with story.step(X="-1,000.00"):
        story.recall(paid, "1,000.00")
    # The file was with the bank already, and the bank paid.
    with story.step(X="-300.00"):
        story.paid(row)
    assert (held("spent"), held("shortfall")) == (cents("300.00"), -cents("300.00"))


# --- From bank to bank --------------------------------------------------------------------------------------------------------


def test_pots_move_to_another_bank_and_a_fee_is_kept_on_the_way(story: Story) -> None:
    with story.step(X="10,000.00"):
        paid = story.came("10,000.00", story.sale)
    with story.step():
        story.allocated(paid)
    pot = Place("pot", "USD", bank="moe-usd", pot="keo-seima/protection")
    with story.step(X="-3,000.00", Y="2,990.00"):
        selling.record_transfer(
            from_account_id=story.bank.pk, to_account_id=story.other_bank.pk, sent_reference="OUT-1", sent_on=date(2026, 3, 1),
            sent_minor=cents("3,000.00"), credited_reference="IN-1", credited_on=date(2026, 3, 2), credited_minor=cents("2,990.00"),
            places=[pot.code], by=story.officer, at=AT,
        )  # fmt: skip
    there = Place("pot", "USD", bank="other-usd", pot="keo-seima/protection")
    assert (balance(pot), balance(there)) == (cents("400.00"), cents("2,990.00"))
    assert balance(Place("charge", "USD", pot="keo-seima/protection")) == cents("10.00")


# --- What no sale brought --------------------------------------------------------------------------------------------------------


def test_interest_grows_through_a_year_and_goes_into_a_pot_by_two_people(story: Story) -> None:
    with story.step(X="12.34"):
        march = story.income("INTEREST", "12.34", date(2026, 3, 31))
    with story.step():
        story.assign(march.tranche, "costs", "12.00")
    with story.step(X="7.66"):
        june = story.income("INTEREST", "7.66", date(2026, 6, 30))
    assert march.tranche == june.tranche
    with story.step():
        story.assign(june.tranche, "costs", "8.00")
    assert held("pot", pot="costs") == cents("20.00")
    assert held("unallocated") == 0


def test_co_funding_pays_beside_a_sale_and_keeps_its_own_equation(story: Story) -> None:
    with story.step(X="10,000.00"):
        paid = story.came("10,000.00", story.sale)
    with story.step():
        story.allocated(paid)
    with story.step(X="1,500.00"):
        given = story.income("COFUNDING", "1,500.00", date(2026, 2, 2))
    with story.step():
        story.assign(given.tranche, "protection", "1,500.00")
    assert given.tranche is not None
    with story.step(X="-4,000.00"):
        row = story.paid_out("4,000.00")
    # 3,400.00 of the older sale, then 600.00 of the donor's.
    assert list(drawn(row).values()) == [cents("3,400.00"), cents("600.00")]
    own = equations_by_tranche(tranche_ids=[given.tranche.pk])[given.tranche.pk]
    assert (own.received, own.spent, own.pot) == (cents("1,500.00"), cents("600.00"), cents("900.00"))


def test_a_financier_pays_first_and_is_paid_back_from_the_sale(story: Story) -> None:
    # Money through our bank before any sale: a tranche of the financier's own.
    with story.step(X="2,000.00"):
        lent = story.income("PREFINANCING", "2,000.00", date(2026, 1, 10))
    with story.step():
        story.assign(lent.tranche, "protection", "2,000.00")
    with story.step(X="-2,000.00"):
        story.paid_out("2,000.00")
    # The sale's money comes, and pays back what the work had cost: a final payment, all of it the sale's.
    with story.step(X="10,000.00"):
        paid = story.came("10,000.00", story.sale)
    with story.step():
        story.allocated(paid)
    with story.step(X="-2,000.00"):
        back = story.paid_out("2,000.00")
    assert drawn(back) == {paid.reference: cents("2,000.00")}


@pytest.mark.parametrize(("plan", "parts"), [(PLAN, ("3,000.00", "100.00")), (POOLED, ("2,513.51", "586.49"))], ids=["fifo", "proportional"])
def test_a_pooled_pot_pays_oldest_first_or_in_proportion(plan: str, parts: tuple[str, str]) -> None:
    story = Story(plan=plan)
    with story.step(X="3,000.00"):
        one = story.income("GRANT", "3,000.00", date(2026, 1, 10))
    with story.step(X="700.00"):
        two = story.income("GRANT", "700.00", date(2026, 1, 20))
    with story.step():
        story.assign(one.tranche, "protection", "3,000.00")
        story.assign(two.tranche, "protection", "700.00")
    with story.step(X="-3,100.00"):
        row = story.paid_out("3,100.00")
    assert tuple(drawn(row).values()) == tuple(cents(part) for part in parts)
