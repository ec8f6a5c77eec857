"""The stories of the money model, to the cent, each step compared with the bank statement and the receipts."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from django.db import transaction

from revenue.ledger import portions, queries, services
from revenue.ledger.chart import Place, Row
from revenue.ledger.models import Entry, Tranche
from revenue.ledger.refusals import AlreadyReversed, MoneyHasMoved, NotEnoughMoney, PairNotAllowed
from tests.revenue.ledger_books import (
    FX,
    LOST,
    NOT_OURS,
    OTHERS,
    RECEIVED,
    RESERVE,
    SHORTFALL,
    UNALLOCATED,
    Books,
    advance,
    at_bank,
    cents,
    charge,
    committed,
    in_tranche,
    pot,
    recoverable,
    spent,
    withheld,
)

pytestmark = pytest.mark.django_db


class Story:
    """The worked example, told step by step; each step leaves ledger, bank and receipts in agreement."""

    def __init__(self) -> None:
        self.books = Books()
        self.t: dict[str, Tranche] = {}
        self.entries: dict[str, Entry] = {}

    def __getitem__(self, code: str) -> int:
        if code not in self.t:
            self.t[code] = self.books.tranche(code, source="INTEREST" if code.startswith("I") else "SALE")
        return self.t[code].pk

    def row(self, debit: Place, credit: Place, amount: str, tranche: str, lot: int = 0, riel: int = 0) -> Row:
        return Row(debit, credit, cents(amount), self[tranche], lot, riel, "KHR" if riel else "")

    def post(self, event: str, *rows: Row, bank: dict[str, str] | None = None, receipt: dict[str, str] | None = None) -> Entry:
        signed = {code: cents(amount.lstrip("-")) * (-1 if amount.startswith("-") else 1) for code, amount in (bank or {}).items()}
        entry = self.books.post(
            event,
            rows,
            bank=signed,
            document={self[code]: cents(amount.lstrip("-")) * (-1 if amount.startswith("-") else 1) for code, amount in (receipt or {}).items()},
        )
        self.books.agree()
        return entry

    def receive(self) -> None:
        self.post(
            "receipt",
            self.row(UNALLOCATED, RECEIVED, "20,000.00", "T1"),
            self.row(charge("cost"), UNALLOCATED, "25.00", "T1"),
            bank={"X": "19,975.00"},
            receipt={"T1": "20,000.00"},
        )
        self.post("receipt", self.row(UNALLOCATED, RECEIVED, "8,000.00", "T2"), bank={"X": "8,000.00"}, receipt={"T2": "8,000.00"})
        self.post("receipt", self.row(UNALLOCATED, RECEIVED, "9,810.00", "T3"), bank={"X": "9,810.00"}, receipt={"T3": "9,810.00"})

    def allocate(self) -> None:
        self.entries["allocation"] = self.post(
            "allocate",
            self.row(pot("cost"), UNALLOCATED, "4,975.00", "T1"),
            self.row(RESERVE, UNALLOCATED, "1,500.00", "T1"),
            self.row(pot("A"), UNALLOCATED, "9,000.00", "T1"),
            self.row(pot("B"), UNALLOCATED, "4,500.00", "T1"),
        )
        self.post(
            "allocate",
            self.row(RESERVE, UNALLOCATED, "800.00", "T2"),
            self.row(pot("A"), UNALLOCATED, "4,800.00", "T2"),
            self.row(pot("B"), UNALLOCATED, "2,400.00", "T2"),
        )
        self.post("approve", self.row(committed("cost"), pot("cost"), "4,975.00", "T1", 1))
        self.post("pay_final", self.row(spent("proponent"), committed("cost"), "4,975.00", "T1", 1), bank={"X": "-4,975.00"})
        self.post("release", self.row(pot("A"), RESERVE, "500.00", "T1"))

    def withhold_and_release(self) -> None:
        self.post("reallocate", self.row(withheld("B"), pot("B"), "4,500.00", "T1"), self.row(withheld("B"), pot("B"), "2,400.00", "T2"))
        self.post("release", self.row(pot("B"), withheld("B"), "4,500.00", "T1"), self.row(pot("B"), withheld("B"), "2,400.00", "T2"))

    def approve_reject_approve(self) -> None:
        for lot in (2, 3):
            with transaction.atomic():
                drawn = services.draw(sources=[pot("A")], others=[committed("A")], amount_minor=cents("10,000.00"))
                assert [(part.tranche_id, part.amount_minor) for part in drawn] == [(self["T1"], cents("9,500.00")), (self["T2"], cents("500.00"))]
                rows = [Row(committed("A"), part.place, part.amount_minor, part.tranche_id, lot) for part in drawn]
                entry = self.books.post("approve", rows)
            if lot == 2:
                self.entries["rejected"] = entry
                self.books.reverse(entry)
        self.books.agree()

    def pay(self) -> None:
        riel = portions.split(amount=40_869_800, weights=[cents("9,500.00"), cents("499.97")])
        assert riel == [38_826_426, 2_043_374]
        self.post(
            "pay",
            self.row(advance("A"), committed("A"), "9,500.00", "T1", 3, riel[0]),
            self.row(advance("A"), committed("A"), "499.97", "T2", 3, riel[1]),
            self.row(pot("A"), committed("A"), "0.03", "T2", 3),
            self.row(charge("A"), pot("A"), "15.00", "T2"),
            bank={"X": "-10,014.97"},
        )

    def pay_and_return(self) -> None:
        self.post("approve", self.row(committed("B"), pot("B"), "2,000.00", "T1", 4))
        paid = self.post("pay", Row(advance("B"), committed("B"), 200000, self["T1"], 4, 200000, "USD"), bank={"X": "-2,000.00"})
        self.books.reverse(paid, event="returned", bank={"X": cents("2,000.00")})
        self.books.agree()
        self.post("release_commitment", self.row(pot("B"), committed("B"), "2,000.00", "T1", 4))

    def top_up(self) -> None:
        self.post("approve", self.row(committed("A"), pot("A"), "1,000.00", "T2", 5))
        self.post("pay", self.row(advance("A"), committed("A"), "1,000.00", "T2", 5, 4_103_000), bank={"X": "-1,000.00"})

    def spend(self, riel: int) -> list[tuple[int, str, int]]:
        with transaction.atomic():
            drawn = services.draw_local(place=advance("A"), local_minor=riel, lots=[3, 5], others=[spent("A")])
            assert drawn.not_covered_minor == 0
            rows = [Row(spent("A"), advance("A"), one.amount_minor, one.tranche_id, one.lot, one.local_minor, "KHR") for one in drawn.rows]
            self.books.post("spend", rows)
        self.books.agree()
        names = {tranche.pk: code for code, tranche in self.t.items()}
        return [(one.amount_minor, names[one.tranche_id], one.lot) for one in drawn.rows]

    def return_the_rest(self) -> None:
        with transaction.atomic():
            drawn = services.draw_local(place=advance("A"), local_minor=3_627_150, lots=[3, 5], others=[pot("A"), FX])
            assert [(one.tranche_id, one.lot, one.amount_minor) for one in drawn.rows] == [(self["T2"], 5, cents("884.03"))]
            self.books.post(
                "return",
                [self.row(pot("A"), advance("A"), "880.37", "T2", 5, 3_627_150), self.row(FX, advance("A"), "3.66", "T2", 5)],
                bank={"X": cents("880.37")},
            )
        self.books.agree()

    def return_with_a_gain(self) -> None:
        self.post("approve", self.row(committed("B"), pot("B"), "1,000.00", "T1", 6))
        self.post("pay", self.row(advance("B"), committed("B"), "1,000.00", "T1", 6, 4_087_000), bank={"X": "-1,000.00"})
        self.post(
            "return",
            self.row(pot("B"), advance("B"), "1,000.00", "T1", 6, 4_087_000),
            self.row(pot("B"), FX, "3.00", "T1", 6),
            bank={"X": "1,003.00"},
        )

    def disallow(self) -> None:
        self.post("disallow", self.row(recoverable("A"), spent("A"), "300.00", "T1", 3))
        self.post("repaid", self.row(pot("A"), recoverable("A"), "200.00", "T1", 3), bank={"X": "200.00"})
        self.post("write_off", self.row(LOST, recoverable("A"), "100.00", "T1", 3))

    def overpaid_and_unidentified(self) -> None:
        self.post(
            "receipt",
            self.row(UNALLOCATED, RECEIVED, "10,000.00", "T4"),
            self.row(NOT_OURS, OTHERS, "500.00", "T4"),
            bank={"X": "10,500.00"},
            receipt={"T4": "10,000.00"},
        )
        self.post("refund_not_ours", self.row(OTHERS, NOT_OURS, "500.00", "T4"), bank={"X": "-500.00"})
        self.post("hold_not_ours", self.row(NOT_OURS, OTHERS, "700.00", "T5"), bank={"X": "700.00"})
        self.post("identify", self.row(OTHERS, NOT_OURS, "700.00", "T5"), self.row(UNALLOCATED, RECEIVED, "700.00", "T5"), receipt={"T5": "700.00"})

    def recall_and_refund(self) -> None:
        self.post(
            "recall",
            self.row(UNALLOCATED, RESERVE, "800.00", "T2"),
            self.row(UNALLOCATED, pot("A"), "4,165.40", "T2"),
            self.row(UNALLOCATED, pot("B"), "2,400.00", "T2"),
            self.row(RECEIVED, UNALLOCATED, "7,365.40", "T2"),
            self.row(RECEIVED, SHORTFALL, "634.60", "T2"),
            bank={"X": "-8,000.00"},
            receipt={"T2": "-8,000.00"},
        )
        assert queries.balance(SHORTFALL) == -cents("634.60")
        self.post("allocate", self.row(RESERVE, UNALLOCATED, "4,000.00", "T4"), self.row(pot("A"), UNALLOCATED, "6,000.00", "T4"))
        self.post(
            "refund",
            *(
                row
                for used, amount in ((spent("A"), "615.94"), (charge("A"), "15.00"), (FX, "3.66"))
                for row in (self.row(used, RESERVE, amount, "T1"), self.row(SHORTFALL, used, amount, "T2"))
            ),
        )

    def correct_the_plan(self) -> None:
        with pytest.raises(NotEnoughMoney):
            self.post("reallocate", self.row(pot("B"), pot("A"), "9,000.00", "T1"))
        self.post("reallocate", self.row(pot("B"), pot("A"), "1,000.00", "T4"))

    def move_banks(self) -> None:
        self.post("allocate", self.row(pot("nat"), UNALLOCATED, "5,000.00", "T3"), self.row(pot("nat"), UNALLOCATED, "700.00", "T5"))
        there = pot("nat", bank="Y")
        self.post(
            "bank_transfer",
            self.row(there, pot("nat"), "3,000.00", "T3"),
            self.row(there, pot("nat"), "700.00", "T5"),
            bank={"X": "-3,700.00", "Y": "3,700.00"},
        )
        with transaction.atomic():
            oldest = services.draw(sources=[there], amount_minor=cents("3,100.00"))
            in_proportion = services.draw(sources=[there], amount_minor=cents("3,100.00"), order="PROPORTIONAL")
        assert [part.amount_minor for part in oldest] == [cents("3,000.00"), cents("100.00")]
        assert [part.amount_minor for part in in_proportion] == [cents("2,513.51"), cents("586.49")]

    def interest(self) -> None:
        self.post("receipt", self.row(UNALLOCATED, RECEIVED, "12.34", "I26"), bank={"X": "12.34"}, receipt={"I26": "12.34"})

    def spend_more_than_advanced(self) -> None:
        self.post("approve", self.row(committed("B"), pot("B"), "500.00", "T1", 7))
        self.post("pay", Row(advance("B"), committed("B"), 50000, self["T1"], 7, 50000, "USD"), bank={"X": "-500.00"})
        with transaction.atomic():
            drawn = services.draw_local(place=advance("B"), local_minor=60000, lots=[7], local_currency="USD")
        assert (drawn.rows[0].amount_minor, drawn.not_covered_minor) == (50000, 10000)
        self.post("spend", Row(spent("B"), advance("B"), 50000, self["T1"], 7, 50000, "USD"))
        with pytest.raises(NotEnoughMoney):
            self.post("spend", Row(spent("B"), advance("B"), 1, self["T1"], 7, 1, "USD"))

    def fee_larger_than_the_pot(self) -> None:
        with pytest.raises(NotEnoughMoney):
            self.post("bank_fee", self.row(charge("cost"), pot("cost"), "15.00", "T1"))
        self.post("bank_fee", self.row(charge("cost"), SHORTFALL, "15.00", "T3"), bank={"X": "-15.00"})
        self.post("cover", self.row(SHORTFALL, UNALLOCATED, "15.00", "T3"))

    def refuse_the_forbidden(self) -> None:
        with pytest.raises(PairNotAllowed):
            self.post("spend", self.row(spent("A"), RECEIVED, "1.00", "T1"))
        with pytest.raises(PairNotAllowed):
            self.post("allocate", self.row(pot("A"), OTHERS, "1.00", "T1"))
        with pytest.raises(MoneyHasMoved):
            self.books.reverse(self.entries["allocation"])
        with pytest.raises(AlreadyReversed):
            self.books.reverse(self.entries["rejected"])


@pytest.fixture
def story() -> Story:
    return Story()


def _until(story: Story, last: Callable[[Story], object]) -> None:
    for step in _steps():
        step(story)
        if step is last:
            return


def _steps() -> Iterator[Callable[[Story], object]]:
    yield Story.receive
    yield Story.allocate
    yield Story.withhold_and_release
    yield Story.approve_reject_approve
    yield Story.pay
    yield Story.pay_and_return
    yield Story.top_up
    yield spend_four_times
    yield Story.return_the_rest
    yield Story.return_with_a_gain
    yield Story.disallow
    yield Story.overpaid_and_unidentified
    yield Story.recall_and_refund
    yield Story.correct_the_plan
    yield Story.move_banks
    yield Story.interest
    yield Story.spend_more_than_advanced
    yield Story.fee_larger_than_the_pot
    yield Story.refuse_the_forbidden


def spend_four_times(story: Story) -> None:
    assert story.spend(12_345_600) == [(cents("3,020.70"), "T1", 3)]
    assert story.spend(50) == [(1, "T1", 3)]
    assert story.spend(20_000_000) == [(cents("4,893.58"), "T1", 3)]
    assert story.spend(9_000_000) == [(cents("1,585.71"), "T1", 3), (cents("499.97"), "T2", 3), (cents("115.97"), "T2", 5)]


def test_the_oldest_tranche_pays_first_and_a_rejection_gives_all_back(story: Story) -> None:
    _until(story, Story.approve_reject_approve)
    assert in_tranche(pot("A"), story.t["T1"]) == 0
    assert in_tranche(pot("A"), story.t["T2"]) == cents("4,300.00")


def test_riel_and_cents_of_an_advance_reach_zero_together(story: Story) -> None:
    _until(story, Story.return_the_rest)
    assert queries.balances_by_tranche(advance("A")) == []
    assert queries.balance(FX) == cents("3.66")


def test_a_refunded_tranche_holds_nothing_anywhere(story: Story) -> None:
    _until(story, Story.recall_and_refund)
    assert queries.balances(grouped=["kind"], currency="USD", tranche_ids=[story["T2"]]) == []
    assert queries.balance(SHORTFALL) == 0


def test_the_twenty_stories_end_at_the_figures_of_the_model(story: Story) -> None:
    _until(story, Story.refuse_the_forbidden)
    assert queries.equation() == queries.Equation(
        currency="USD",
        received=cents("40,522.34"),
        unallocated=cents("4,807.34"),
        pot=cents("15,903.00"),
        reserve=cents("4,365.40"),
        withheld=0,
        committed=0,
        shortfall=0,
        advance=0,
        recoverable=0,
        spent=cents("15,290.94"),
        charge=cents("55.00"),
        lost=cents("100.00"),
        fx=66,
    )
    assert sum(line.amount_minor for line in queries.trial_balance("USD")) == 0


def test_a_bank_holds_only_what_its_statement_says(story: Story) -> None:
    _until(story, Story.move_banks)
    assert queries.balances(grouped=["bank"], currency="USD", banks=["Y"])[0].amount_minor == cents("3,700.00")
    with pytest.raises(NotEnoughMoney), transaction.atomic():
        services.draw(sources=[at_bank("pot", "nat", bank="Y")], amount_minor=cents("3,700.01"))
