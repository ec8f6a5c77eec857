"""Stories of money that went out, to the cent: each step keeps the equation, and the balances are those of the postings."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import pytest

from communities.spending import services
from communities.spending.models import Recoverable, Settlement, SpendingRecord
from core.files import store
from core.people.models import Role
from revenue.disbursements.models import Disbursement
from revenue.disbursements.services import return_money
from revenue.ledger import chart
from revenue.ledger.checks import run
from revenue.ledger.models import Entry
from revenue.ledger.queries import equations_by_tranche
from revenue.ledger.services import close_books
from tests.communities.village import NOW, TODAY, Village, person, photo

pytestmark = pytest.mark.django_db


class Story(Village):
    """A village whose books are checked after every step."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.third = person("third", Role.FINANCE_APPROVER)
        self.paper = store(data=photo(colour="blue"), media_type="image/jpeg", original_name="minutes.jpg", by=self.officer, at=NOW)

    @contextmanager
    def step(self, **places: int) -> Iterator[None]:
        """Do one thing, then hold all books against what they must say; ``places`` are cents by kind over all tranches."""
        yield
        assert [found for found in run() if found.check.startswith(("ledger", "spending"))] == []
        equations = [equation for tranche, equation in equations_by_tranche().items() if tranche]
        assert {kind: sum(getattr(one, kind) for one in equations) for kind in places} == places
        assert [one.difference for one in equations] == [0 for _ in equations]

    def disallow(self, record: SpendingRecord, minor: int, *, key: UUID | None = None, on: date = TODAY) -> Recoverable:
        return services.disallow_spending(
            client_key=key or uuid4(), record_id=record.pk, local_minor=minor, reason="Karaoke, not a pump", by=self.officer, at=NOW, on=on,
            category_id=self.fines.pk,
        )  # fmt: skip

    def repay(self, owed: Recoverable, minor: int, credited: int, reference: str = "FT-R1", **changes: Any) -> Settlement:
        facts = {
            "client_key": uuid4(), "recoverable_id": owed.pk, "bank_account_id": self.bank.pk, "bank_reference": reference,
            "repaid_on": TODAY, "local_minor": minor, "credited_minor": credited, "by": self.officer, "at": NOW,
        }  # fmt: skip
        return services.record_repayment(**{**facts, **changes})

    def write_off(self, owed: Recoverable, minor: int) -> Settlement:
        asked = services.ask_write_off(
            client_key=uuid4(),
            recoverable_id=owed.pk,
            local_minor=minor,
            reason="The treasurer died",
            document_id=self.paper.pk,
            by=self.officer,
            at=NOW,
        )
        return self.decide(asked)

    def allow(self, owed: Recoverable, minor: int) -> Settlement:
        return self.decide(
            services.ask_to_allow(client_key=uuid4(), recoverable_id=owed.pk, local_minor=minor, reason="The slip was found", by=self.officer, at=NOW)
        )

    def take_back(self, repayment: Settlement) -> Settlement:
        return self.decide(
            services.ask_to_take_back(client_key=uuid4(), repayment_id=repayment.pk, reason="It paid another debt", by=self.officer, at=NOW)
        )

    def decide(self, asked: Settlement, *, approve: bool = True) -> Settlement:
        return services.decide_settlement(
            settlement_id=asked.pk, approve=approve, words="Seen" if approve else "No", by=self.second, at=NOW, on=TODAY
        )

    def give_back(self, disbursement: Disbursement, local: int, credited: int, reference: str) -> None:
        return_money(
            disbursement_id=disbursement.pk, bank_account_id=self.bank.pk, bank_reference=reference, returned_on=TODAY, local_minor=local,
            credited_minor=credited, reason="Not used", by=self.officer, at=NOW,
        )  # fmt: skip


@pytest.fixture
def story() -> Story:
    return Story()


def left(owed: Recoverable) -> tuple[int, int]:
    """Return what is still owed: in the recipient's currency, and on the books."""
    owed.refresh_from_db()
    return owed.left_local_minor, owed.left_minor


def test_an_advance_in_riel_at_two_rates_part_returned_at_a_third_ends_at_zero(story: Story) -> None:
    with story.step(received=120_000, advance=120_000):
        first = story.advance(usd=100_000, riel=4_100_000, parts={"T1": 70_000, "T2": 30_000})  # 4,100
        second = story.advance(usd=20_000, riel=816_000, paid_on=date(2026, 3, 1), parts={"T3": 20_000})  # 4,080
    with story.step(advance=38_333, spent=81_667):
        # All of the oldest tranche, and part of the next.
        story.accept(story.log(amount_minor=3_348_349))
    with story.step(advance=38_333 - 18_333, spent=81_667, pot=18_215, fx=118):
        # What is left of the first payment comes back at 4,126: the bank gives less than the books carry.
        story.give_back(first, 751_651, 18_215, "FT-B1")
    assert [row[0] for row in story.held()] == [second.pk]
    with story.step(advance=0, spent=81_667 + 20_000, fx=118):
        story.accept(story.log(amount_minor=816_000))
    assert story.held() == []


def test_disallowed_spending_is_repaid_and_the_rest_written_off(story: Story) -> None:
    with story.step(advance=100_000):
        story.advance(usd=100_000, riel=4_100_000)
    with story.step(advance=50_000, spent=50_000):
        record = story.accept(story.log(amount_minor=2_050_000))
    with story.step(spent=20_000, recoverable=30_000):
        owed = story.disallow(record, 1_230_000)
    assert owed.entry.corrects_id == record.entry_id
    with story.step(recoverable=10_000, pot=19_900, fx=100, spent=20_000):
        # 820,000 riel are 200.00 on the books; the bank gives 199.00 for them.
        story.repay(owed, 820_000, 19_900)
    assert left(owed) == (410_000, 10_000)
    with story.step(recoverable=0, lost=10_000, pot=19_900, spent=20_000, advance=50_000, fx=100):
        story.write_off(owed, 410_000)
    assert left(owed) == (0, 0)


def test_a_repayment_that_was_of_another_debt_is_taken_back_and_recorded_where_it_belongs(story: Story) -> None:
    story.advance(usd=100_000, riel=4_100_000, parts={"T1": 40_000, "T2": 60_000})
    wrong = story.disallow(story.accept(story.log(amount_minor=2_050_000)), 1_230_000)
    right = story.disallow(story.accept(story.log(amount_minor=2_050_000)), 820_000)
    owed_before = story.held(chart.RECOVERABLE)
    with story.step(recoverable=30_000, pot=19_900, fx=100):
        repaid = story.repay(wrong, 820_000, 19_900)
    with story.step(recoverable=50_000, pot=0, fx=0):
        taken_back = story.take_back(repaid)
    assert taken_back.entry is not None and taken_back.entry.reverses_id == repaid.entry_id
    assert (left(wrong), left(right)) == ((1_230_000, 30_000), (820_000, 20_000))
    # To the cent and the riel in the tranches that had paid.
    assert story.held(chart.RECOVERABLE) == owed_before
    with story.step(recoverable=30_000, pot=19_900, fx=100):
        again = story.repay(right, 820_000, 19_900)
    assert again.entry_id != repaid.entry_id and again.bank_reference == repaid.bank_reference
    with story.step(recoverable=0, pot=19_900, fx=100, lost=30_000):
        story.write_off(wrong, 1_230_000)
    assert (left(wrong), left(right)) == ((0, 0), (0, 0))


def test_what_the_bank_gives_more_than_the_books_carry_is_an_exchange_gain(story: Story) -> None:
    story.advance(usd=10_000, riel=410_000)
    owed = story.disallow(story.accept(story.log(amount_minor=410_000)), 410_000)
    with story.step(recoverable=0, pot=10_050, fx=-50, spent=0):
        story.repay(owed, 410_000, 10_050)


def test_disallowed_spending_is_allowed_after_all(story: Story) -> None:
    story.advance(usd=100_000, riel=4_100_000, parts={"T1": 40_000, "T2": 60_000})
    record = story.accept(story.log(amount_minor=4_100_000))
    before = story.held(chart.SPENT)
    with story.step(recoverable=50_000, spent=50_000):
        owed = story.disallow(record, 2_050_000)
    with story.step(recoverable=0, spent=100_000):
        story.allow(owed, 2_050_000)
    # Each tranche has paid again for exactly what it had paid for.
    assert story.held(chart.SPENT) == before
    with story.step(recoverable=100_000, spent=0):
        story.disallow(record, 4_100_000)


def test_spending_beyond_the_advance_is_covered_by_a_later_advance(story: Story) -> None:
    story.advance(usd=10_000, riel=410_000)
    with story.step(advance=0, spent=10_000):
        record = story.accept(story.log(amount_minor=610_000))
    assert (record.funded_minor, record.not_funded_minor) == (410_000, 200_000)
    story.advance(usd=4_000, riel=163_200, paid_on=date(2026, 4, 1))
    with story.step(advance=0, spent=14_000):
        cover = services.cover_later(record_id=record.pk, by=story.officer, at=NOW, on=TODAY)
    assert (cover.funded_minor, cover.drawn_minor) == (163_200, 4_000)
    story.advance(usd=4_000, riel=163_200, paid_on=date(2026, 5, 1))
    with story.step(advance=4_000 - 901, spent=14_901):
        services.cover_later(record_id=record.pk, by=story.officer, at=NOW, on=TODAY)
    assert services.open_minor(record) == 0
    with story.step(recoverable=14_901, spent=0):
        story.disallow(record, 610_000)


def test_part_of_a_record_is_accepted_and_the_rest_is_owed(story: Story) -> None:
    story.advance(usd=100_000, riel=4_100_000, parts={"T1": 40_000, "T2": 60_000})
    with story.step(advance=0, spent=75_000, recoverable=25_000):
        record = services.accept_spending(
            record_id=story.log(amount_minor=5_100_000, other_minor=1_000_000).pk, by=story.officer, at=NOW, on=TODAY,
            ineligible=services.Ineligible(1_025_000, story.fines.pk, "A fine for the truck"),
        )  # fmt: skip
    assert record.funded_minor is not None
    assert record.not_funded_minor is not None
    assert record.funded_minor + record.other_minor + record.not_funded_minor == record.amount_minor
    owed = record.recoverables.get()
    assert (owed.origin, owed.local_minor, owed.amount_minor, owed.category, owed.reason) == (
        "PART", 1_025_000, 25_000, story.fines, "A fine for the truck",
    )  # fmt: skip
    with story.step(recoverable=0, pot=25_000, spent=75_000):
        story.repay(owed, 1_025_000, 25_000)


def test_the_advance_pays_what_was_accepted_first(story: Story) -> None:
    story.advance(usd=10_000, riel=410_000)
    with story.step(spent=9_757, recoverable=243):
        record = services.accept_spending(
            record_id=story.log(amount_minor=600_000).pk, by=story.officer, at=NOW, on=TODAY,
            ineligible=services.Ineligible(200_000, story.fines.pk, "A fine"),
        )  # fmt: skip
    assert record.recoverables.get().local_minor == 10_000
    # Of what is not funded, the part that is not eligible stays the village's own, whatever is advanced later.
    assert (record.not_funded_minor, services.open_minor(record)) == (190_000, 0)


def test_riel_that_the_books_carry_as_nothing_ends_at_zero_in_both(story: Story) -> None:
    story.advance(usd=3, riel=12_345)
    with story.step(spent=3, advance=0):
        record = story.accept(story.log(amount_minor=12_345))
    owed = story.disallow(record, 2_000)
    assert (owed.amount_minor, left(owed)) == (0, (2_000, 0))
    with story.step(spent=0, recoverable=3):
        rest = story.disallow(record, 10_345)
    for number, part in enumerate((1, 4_000, 6_343, 1), start=1):
        with story.step(received=3):
            story.repay(rest, part, 0, f"FT-{number}")
    assert left(rest) == (0, 0)
    with story.step(recoverable=0, fx=3):
        story.write_off(owed, 2_000)
    assert left(owed) == (0, 0)


def test_an_acceptance_is_undone_and_the_purchase_logged_as_it_was(story: Story) -> None:
    story.advance(usd=100_000, riel=4_100_000)
    record = story.accept(story.log(amount_minor=4_100_000))
    close_books(through=TODAY, by_id=story.officer.pk, at=NOW)
    with story.step(advance=100_000, spent=0):
        undone = services.undo_acceptance(record_id=record.pk, reason="It was 4,100, not 4,100,000", by=story.second, at=NOW, on=TODAY)
    entry = Entry.objects.get(reverses_id=record.entry_id)
    # The closed days do not move: the reversal stands on the first open one.
    assert (undone.status, undone.undone_on, entry.day) == ("UNDONE", date(2026, 8, 21), date(2026, 8, 21))
    with story.step(advance=99_900, spent=100):
        services.accept_spending(record_id=story.log(amount_minor=4_100).pk, by=story.officer, at=NOW, on=date(2026, 8, 21))


def test_spending_of_a_closed_quarter_is_disallowed_in_the_open_one(story: Story) -> None:
    story.advance(usd=10_000, riel=410_000)
    record = story.accept(story.log(amount_minor=410_000))
    close_books(through=TODAY, by_id=story.officer.pk, at=NOW)
    with story.step(recoverable=10_000, spent=0):
        owed = story.disallow(record, 410_000)
    entry = owed.entry
    assert (entry.day, entry.occurred_on, entry.corrects_id, owed.made_on) == (date(2026, 8, 21), TODAY, record.entry_id, date(2026, 8, 21))


def test_an_advance_that_was_not_accounted_for_is_owed(story: Story) -> None:
    advance = story.advance(usd=10_000, riel=410_000, parts={"T1": 4_000, "T2": 6_000})
    refused = services.refuse_spending(record_id=story.log(amount_minor=205_000).pk, words="Beer", by=story.officer, at=NOW)
    with story.step(advance=5_000, recoverable=5_000, spent=0):
        owed = services.disallow_advance(
            client_key=uuid4(),
            disbursement_id=advance.pk,
            local_minor=205_000,
            reason="Beer",
            by=story.officer,
            at=NOW,
            on=TODAY,
            record_id=refused.pk,
        )
    assert (owed.origin, owed.spending) == ("ADVANCE", refused)
    with story.step(advance=5_000, recoverable=0, pot=5_000):
        story.repay(owed, 205_000, 5_000)
