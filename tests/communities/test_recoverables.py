"""What is asked back and what becomes of it: who may, what is refused, twice is once."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from communities.spending import queries, services
from communities.spending.models import Recoverable, Settlement, SpendingRecord
from communities.spending.refusals import AlreadyDecided, KeyUsedOtherwise, MoreThanThereIs, NotFilledIn, NotThisPayment, ReferenceUsed, SettleFirst
from core.audit.models import AuditRecord
from core.people.access import NotYours, OwnRequest
from core.people.models import Role
from revenue.disbursements import services as paying
from revenue.ledger import chart
from revenue.ledger.chart import Row
from revenue.ledger.checks import run
from revenue.ledger.models import Entry
from revenue.ledger.refusals import MoneyHasMoved
from revenue.ledger.services import post
from revenue.sharing.models import Pot
from tests.communities.test_stories_out import Story
from tests.communities.village import NOW, TODAY, person

pytestmark = pytest.mark.django_db


@pytest.fixture
def story() -> Story:
    return Story()


@pytest.fixture
def record(story: Story) -> SpendingRecord:
    story.advance(usd=10_000, riel=410_000)
    return story.accept(story.log(amount_minor=410_000))


@pytest.fixture
def owed(story: Story, record: SpendingRecord) -> Recoverable:
    return story.disallow(record, 205_000)


def ask(story: Story, owed: Recoverable, **changes: Any) -> Settlement:
    facts = {"client_key": uuid4(), "recoverable_id": owed.pk, "local_minor": 41_000, "reason": "Gone", "document_id": story.paper.pk}
    return services.ask_write_off(**{**facts, "by": story.officer, "at": NOW, **changes})


def test_the_same_demand_sent_twice_is_one(story: Story, record: SpendingRecord) -> None:
    key = uuid4()
    first, second = story.disallow(record, 1_000, key=key), story.disallow(record, 1_000, key=key)
    assert first == second
    with pytest.raises(KeyUsedOtherwise, match=first.reference):
        story.disallow(record, 2_000, key=key)
    assert Entry.objects.filter(event=chart.DISALLOW).count() == 1


@pytest.mark.parametrize("amount", [0, -1, 410_001])
def test_no_more_than_carbon_revenue_paid_is_asked_back(story: Story, record: SpendingRecord, amount: int) -> None:
    with pytest.raises(MoreThanThereIs) as refusal:
        story.disallow(record, amount)
    assert refusal.value.field == "amount"
    assert not Recoverable.objects.exists()


def test_what_is_asked_back_already_is_not_asked_again(story: Story, record: SpendingRecord, owed: Recoverable) -> None:
    with pytest.raises(MoreThanThereIs, match="205,000"):
        story.disallow(record, 205_001)


def test_only_accepted_spending_is_disallowed_and_by_no_liaison_and_not_ones_own(story: Story, record: SpendingRecord) -> None:
    waiting = story.log()
    with pytest.raises(AlreadyDecided):
        story.disallow(waiting, 1)
    facts = {"client_key": uuid4(), "record_id": record.pk, "local_minor": 1, "reason": "x", "at": NOW, "on": TODAY}
    with pytest.raises(NotYours):
        services.disallow_spending(**facts, by=story.liaison)
    mine = story.accept(story.log(by=story.officer), by=story.second)
    with pytest.raises(OwnRequest):
        services.disallow_spending(**{**facts, "record_id": mine.pk}, by=story.officer)
    with pytest.raises(NotFilledIn):
        services.disallow_spending(**{**facts, "reason": " "}, by=story.officer)


def test_a_demand_and_each_step_leave_an_audit_record(story: Story, owed: Recoverable) -> None:
    story.repay(owed, 41_000, 1_000)
    story.write_off(owed, 41_000)
    story.allow(owed, 123_000)
    acts = AuditRecord.objects.filter(subject=f"recoverable:{owed.reference}").order_by("id").values_list("act", flat=True)
    assert [act.removeprefix("recoverable.") for act in acts] == ["ask", "repaid", "ask_write_off", "write_off", "ask_to_allow", "allow"]


def test_a_repayment_is_recorded_once_by_its_bank_reference(story: Story, owed: Recoverable) -> None:
    first, second = story.repay(owed, 41_000, 1_000), story.repay(owed, 41_000, 1_000)
    assert first == second
    with pytest.raises(ReferenceUsed) as refusal:
        story.repay(owed, 41_000, 999)
    assert refusal.value.field == "bank_reference"
    owed.refresh_from_db()
    assert owed.left_local_minor == 164_000


@pytest.mark.parametrize(
    ("changes", "refusal", "field"),
    [
        ({"local_minor": 205_001}, MoreThanThereIs, "amount"),
        ({"local_minor": 0}, MoreThanThereIs, "amount"),
        ({"credited_minor": -1}, NotFilledIn, "credited"),
        ({"bank_reference": "  "}, NotFilledIn, "bank_reference"),
        ({"repaid_on": TODAY.replace(year=2027)}, NotFilledIn, "repaid_on"),
    ],
)
def test_a_repayment_that_cannot_be_is_refused_at_its_field(
    story: Story, owed: Recoverable, changes: dict[str, Any], refusal: type[Exception], field: str
) -> None:
    with pytest.raises(refusal) as caught:
        story.repay(owed, 1_000, 0, **changes)
    assert getattr(caught.value, "field", "") == field
    assert not Settlement.objects.exists()


def test_a_write_off_needs_its_paper_and_another_person(story: Story, owed: Recoverable) -> None:
    with pytest.raises(NotFilledIn, match="document"):
        ask(story, owed, document_id=None)
    asked = ask(story, owed, by=story.second)
    with pytest.raises(OwnRequest):
        story.decide(asked)
    with pytest.raises(NotYours):
        services.decide_settlement(settlement_id=asked.pk, approve=True, words="", by=story.officer, at=NOW, on=TODAY)
    services.decide_settlement(settlement_id=asked.pk, approve=True, words="", by=story.third, at=NOW, on=TODAY)
    with pytest.raises(AlreadyDecided):
        services.decide_settlement(settlement_id=asked.pk, approve=False, words="No", by=story.third, at=NOW, on=TODAY)


def test_a_refused_write_off_moves_nothing_and_says_why(story: Story, owed: Recoverable) -> None:
    asked = ask(story, owed)
    with pytest.raises(NotFilledIn):
        services.decide_settlement(settlement_id=asked.pk, approve=False, words=" ", by=story.second, at=NOW, on=TODAY)
    refused = story.decide(asked, approve=False)
    owed.refresh_from_db()
    assert (refused.status, refused.answer, owed.left_minor) == ("REFUSED", "No", 5_000)
    assert ask(story, owed) != asked


def test_one_decision_waits_at_a_time_and_what_was_repaid_meanwhile_counts(story: Story, owed: Recoverable) -> None:
    asked = ask(story, owed, local_minor=205_000)
    with pytest.raises(AlreadyDecided):
        ask(story, owed)
    story.repay(owed, 205_000, 5_000)
    with pytest.raises(MoreThanThereIs):
        story.decide(asked)
    asked.refresh_from_db()
    assert asked.status == "PROPOSED"


def test_a_repayment_is_taken_back_by_two_people_neither_of_whom_is_one_alone(story: Story, owed: Recoverable) -> None:
    repaid = story.repay(owed, 41_000, 1_000)
    key = uuid4()
    facts = {"client_key": key, "repayment_id": repaid.pk, "reason": "The bank erred", "at": NOW}
    with pytest.raises(NotYours):
        services.ask_to_take_back(**{**facts, "by": story.liaison})
    with pytest.raises(NotFilledIn):
        services.ask_to_take_back(**{**facts, "by": story.second, "reason": " "})
    asked = services.ask_to_take_back(**{**facts, "by": story.second})
    assert services.ask_to_take_back(**{**facts, "by": story.second}) == asked
    with pytest.raises(AlreadyDecided):
        services.ask_to_take_back(**{**facts, "by": story.second, "client_key": uuid4()})
    for own, refusal in ((story.second, OwnRequest), (story.officer, NotYours)):
        with pytest.raises(refusal):
            services.decide_settlement(settlement_id=asked.pk, approve=True, words="", by=own, at=NOW, on=TODAY)
    services.decide_settlement(settlement_id=asked.pk, approve=True, words="", by=story.third, at=NOW, on=TODAY)
    owed.refresh_from_db()
    assert (owed.left_local_minor, owed.left_minor) == (205_000, 5_000)
    with pytest.raises(AlreadyDecided, match="taken back"):
        services.ask_to_take_back(**{**facts, "by": story.officer, "client_key": uuid4()})
    assert not list(run(["spending.owed", "spending.left", "ledger.balances"]))
    acts = AuditRecord.objects.filter(subject=f"recoverable:{owed.reference}").order_by("id").values_list("act", flat=True)
    assert list(acts)[-2:] == ["recoverable.ask_take_back", "recoverable.take_back"]


def test_who_recorded_the_repayment_does_not_decide_though_he_became_an_approver(story: Story, owed: Recoverable) -> None:
    repaid = story.repay(owed, 41_000, 1_000)
    asked = services.ask_to_take_back(client_key=uuid4(), repayment_id=repaid.pk, reason="Wrong", by=story.second, at=NOW)
    story.officer.role = Role.FINANCE_APPROVER
    story.officer.save()
    with pytest.raises(OwnRequest):
        services.decide_settlement(settlement_id=asked.pk, approve=True, words="", by=story.officer, at=NOW, on=TODAY)


def test_a_repayment_whose_money_was_spent_again_is_not_taken_back(story: Story, owed: Recoverable) -> None:
    repaid = story.repay(owed, 205_000, 5_000)
    # The pot that it went back to promises it to another payment.
    _received, _unallocated, pot, committed, _advance = story._places(pot=Pot.objects.get(), to=story.pu_char, purpose="community_development")
    row = Row(committed, pot, 1, story.tranche("T1").pk, 2000)
    post(event="approve", day=TODAY, rows=[row], key="approve:other", document="DB-other", by_id=None)
    with pytest.raises(MoneyHasMoved):
        story.take_back(repaid)
    assert not Settlement.objects.get(pk=repaid.pk).is_undone


def test_a_repayment_that_a_bank_line_stands_for_is_unmatched_first(story: Story, owed: Recoverable) -> None:
    repaid = story.repay(owed, 41_000, 1_000)
    printed = (
        "Date,Transaction Details,Money In,Currency,Money Out,Currency,Balance,Currency\n"
        f"{TODAY:%d/%m/%Y},INWARD Ref: FT-R1,10.00,USD,,USD,10.00,USD\n"
    )
    previewed, _statement = paying.preview_statement(
        bank_account_id=story.bank.pk, layout="ABA", content=printed.encode(), filename="august.csv", by=story.officer, at=NOW
    )
    line = paying.accept_statement(import_run_id=previewed.pk, by=story.officer, at=NOW).lines.get()
    assert line.matches.filter(entry=repaid.entry, undone_at=None).exists()
    with pytest.raises(SettleFirst, match="line of a bank statement"):
        story.take_back(repaid)
    paying.unmatch_line(line_id=line.pk, reason="Another debt", by=story.officer, at=NOW)
    story.take_back(repaid)


def test_who_logged_the_spending_does_not_allow_it_after_all(story: Story) -> None:
    approver = person("approver-who-logs", Role.FINANCE_APPROVER)
    story.advance(usd=10_000, riel=410_000)
    record = story.accept(story.log(amount_minor=410_000))
    owed = story.disallow(record, 41_000)
    # The liaison who logged it becomes an approver.
    story.liaison.role = Role.FINANCE_APPROVER
    story.liaison.save()
    asked = services.ask_to_allow(client_key=uuid4(), recoverable_id=owed.pk, local_minor=1, reason="It was right", by=approver, at=NOW)
    with pytest.raises(OwnRequest):
        services.decide_settlement(settlement_id=asked.pk, approve=True, words="", by=story.liaison, at=NOW, on=TODAY)


def test_an_advance_nobody_logged_needs_a_paper_to_be_allowed(story: Story) -> None:
    advance = story.advance(usd=10_000, riel=410_000)
    facts = {"client_key": uuid4(), "disbursement_id": advance.pk, "reason": "Never accounted for", "by": story.officer, "at": NOW, "on": TODAY}
    with pytest.raises(MoreThanThereIs):
        services.disallow_advance(**facts, local_minor=410_001)
    owed = services.disallow_advance(**facts, local_minor=410_000)
    assert story.held() == []
    with pytest.raises(NotFilledIn):
        services.ask_to_allow(client_key=uuid4(), recoverable_id=owed.pk, local_minor=1, reason="x", by=story.officer, at=NOW)


def test_a_refused_record_asks_back_from_its_own_recipients_advance_no_more_than_it_was(story: Story) -> None:
    advance, other = story.advance(usd=10_000, riel=410_000), story.advance(usd=10_000, riel=410_000, purpose="forest_protection")
    record = services.refuse_spending(record_id=story.log(amount_minor=41_000).pk, words="Beer", by=story.officer, at=NOW)
    facts = {"record_id": record.pk, "reason": "Beer", "by": story.officer, "at": NOW, "on": TODAY}
    with pytest.raises(NotThisPayment):
        services.disallow_advance(client_key=uuid4(), disbursement_id=other.pk, local_minor=1, **facts)
    services.disallow_advance(client_key=uuid4(), disbursement_id=advance.pk, local_minor=40_000, **facts)
    with pytest.raises(MoreThanThereIs, match="1,000"):
        services.disallow_advance(client_key=uuid4(), disbursement_id=advance.pk, local_minor=1_001, **facts)


def test_an_acceptance_is_undone_by_an_approver_who_neither_accepted_nor_logged_it(story: Story, record: SpendingRecord) -> None:
    facts = {"record_id": record.pk, "reason": "Twice", "at": NOW, "on": TODAY}
    with pytest.raises(NotYours):
        services.undo_acceptance(**facts, by=story.officer)
    by_second = story.accept(story.log(), by=story.second)
    with pytest.raises(OwnRequest):
        services.undo_acceptance(**{**facts, "record_id": by_second.pk}, by=story.second)
    services.undo_acceptance(**facts, by=story.second)
    with pytest.raises(AlreadyDecided):
        services.undo_acceptance(**facts, by=story.second)


def test_what_is_owed_back_is_settled_before_the_acceptance_is_undone(story: Story, record: SpendingRecord, owed: Recoverable) -> None:
    facts = {"record_id": record.pk, "reason": "Twice", "by": story.second, "at": NOW, "on": TODAY}
    with pytest.raises(SettleFirst, match=owed.reference):
        services.undo_acceptance(**facts)
    story.allow(owed, 205_000)
    services.undo_acceptance(**facts)
    assert [found for found in run() if found.check.startswith(("ledger", "spending"))] == []


@pytest.mark.parametrize(
    ("part", "field"),
    [
        ((0, "x", True), "amount"),
        ((400_001, "x", True), "amount"),
        ((400_000, "x", True), "amount"),
        ((1, " ", True), "why"),
        ((1, "x", False), "category"),
    ],
)
def test_the_part_that_is_not_eligible_is_named_whole(story: Story, part: tuple[int, str, bool], field: str) -> None:
    story.advance(usd=10_000, riel=410_000)
    amount, why, has_category = part
    named = services.Ineligible(amount, story.fines.pk if has_category else None, why)
    with pytest.raises((MoreThanThereIs, NotFilledIn)) as refusal:
        services.accept_spending(record_id=story.log().pk, by=story.officer, at=NOW, on=TODAY, ineligible=named)
    assert refusal.value.field == field


def test_a_part_nothing_was_drawn_for_is_named_and_nobody_owes_it(story: Story) -> None:
    record = services.accept_spending(
        record_id=story.log().pk, by=story.officer, at=NOW, on=TODAY, ineligible=services.Ineligible(100_000, story.fines.pk, "A fine")
    )
    assert (record.ineligible_minor, record.funded_minor, record.recoverables.count()) == (100_000, 0, 0)
    assert services.open_minor(record) == 300_000


def test_what_a_recipient_spent_and_owes_is_counted_as_it_stands(story: Story, record: SpendingRecord, owed: Recoverable) -> None:
    story.repay(owed, 41_000, 1_000)
    (money,) = queries.recipient_money(story.pu_char)
    assert (money.advanced, money.spent, money.left, money.to_repay) == (410_000, 205_000, 0, 164_000)
    story.allow(owed, 164_000)
    (money,) = queries.recipient_money(story.pu_char)
    assert (money.spent, money.to_repay) == (369_000, 0)


def test_nothing_more_is_covered_where_nothing_is_open(story: Story, record: SpendingRecord) -> None:
    facts = {"by": story.officer, "at": NOW, "on": TODAY}
    with pytest.raises(MoreThanThereIs):
        services.cover_later(record_id=record.pk, **facts)
    beyond = story.accept(story.log())
    with pytest.raises(MoreThanThereIs, match="No advance"):
        services.cover_later(record_id=beyond.pk, **facts)


def test_the_spent_of_a_project_is_its_records_and_its_final_payments(story: Story, record: SpendingRecord, owed: Recoverable) -> None:
    from revenue.credits.models import Identification

    Identification.objects.create(
        tranche=story.tranche("T1"), project=story.project, number=1, identified_by=story.officer, identified_at=NOW, sale=None
    )
    other = story.accept(story.log(amount_minor=100))
    assert other.funded_minor == 0
    found = queries.paid_by(SpendingRecord.objects.all(), tranche_ids=queries.tranches_of(story.project.pk))
    assert list(found) == [record]
    (spent,) = queries.project_spent(project_id=story.project.pk, records=found)
    assert (spent.currency, spent.total, spent.by_records, spent.final, spent.otherwise) == ("USD", 5_000, 5_000, 0, 0)
