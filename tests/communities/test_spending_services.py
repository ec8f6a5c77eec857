"""Logging, asking, answering, accepting and refusing, by the services."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import uuid4

import pytest

from communities.registry.access import NotFoundHere
from communities.spending import queries, services
from communities.spending.access import NotHere
from communities.spending.models import SpendingRecord, Status
from communities.spending.refusals import AlreadyDecided, AmountNotCredible, KeyUsedOtherwise, NotEligible, NotFilledIn, NotThisPayment, WordsNeeded
from core.audit.models import AuditRecord
from core.people.access import NotYours, OwnRequest
from core.people.models import Role
from core.refusal import Refused
from revenue.ledger import checks
from revenue.ledger.models import Entry, Posting
from revenue.ledger.refusals import BooksClosed
from revenue.ledger.services import close_books
from tests.communities.village import NOW, TODAY, Village, person, receipt_photo
from tests.database import tampered

pytestmark = pytest.mark.django_db


@pytest.fixture
def village() -> Village:
    return Village()


# --- Logging ---------------------------------------------------------------------------------------------------------


def test_a_logged_record_waits_for_the_office_with_its_photo(village: Village) -> None:
    record = village.log()
    assert record.status == Status.LOGGED
    assert record.reference.startswith("SP-2026-")
    assert record.evidence.get().kind == "RECEIPT"
    assert list(queries.to_check()) == [record]


def test_the_same_form_twice_is_one_record(village: Village) -> None:
    facts = village.facts()
    assert services.log_spending(**facts) == services.log_spending(**facts)
    assert SpendingRecord.objects.count() == 1
    assert AuditRecord.objects.filter(act="spending.log").count() == 1


@pytest.mark.parametrize("change", [{"amount_minor": 400_001}, {"payee": "Somebody else"}, {"photos": []}, {"women": 13}])
def test_the_same_key_with_other_values_is_refused(village: Village, change: dict[str, object]) -> None:
    facts = village.facts()
    record = services.log_spending(**facts)
    with pytest.raises(KeyUsedOtherwise, match=record.reference):
        services.log_spending(**{**facts, **change})
    assert SpendingRecord.objects.count() == 1


@pytest.mark.parametrize(
    ("change", "refusal", "field"),
    [
        ({"amount_minor": 0}, AmountNotCredible, "amount"),
        ({"amount_minor": -5}, AmountNotCredible, "amount"),
        ({"amount_minor": 10_000_000_001}, AmountNotCredible, "amount"),
        ({"currency": "EUR"}, NotFilledIn, "currency"),
        ({"other_minor": 400_001}, AmountNotCredible, "other"),
        ({"other_minor": -1}, AmountNotCredible, "other"),
        ({"spent_on": TODAY + timedelta(days=1)}, NotFilledIn, "spent_on"),
        ({"spent_on": date(1926, 8, 10)}, NotFilledIn, "spent_on"),
        ({"payee": "   "}, NotFilledIn, "payee"),
        ({"description": ""}, NotFilledIn, "description"),
        ({"description": "x" * 501}, NotFilledIn, "description"),
        ({"women": -1}, NotFilledIn, "women"),
        ({"men": 3_000_000_000}, NotFilledIn, "men"),
        ({"youth": 22}, NotFilledIn, "youth"),
        ({"indigenous": 22}, NotFilledIn, "indigenous"),
        ({"category_id": 0}, NotFilledIn, "category"),
        ({"photos": [receipt_photo(f"#{number:06x}") for number in range(11)]}, NotFilledIn, "photos"),
    ],
)
def test_a_value_that_cannot_be_right_is_refused_at_its_field(
    village: Village, change: dict[str, object], refusal: type[Refused], field: str
) -> None:
    with pytest.raises(refusal) as caught:
        village.log(**change)
    assert caught.value.field == field
    assert not SpendingRecord.objects.exists()


def test_a_category_that_is_not_eligible_is_named_and_refused(village: Village) -> None:
    with pytest.raises(NotEligible, match="Fines") as caught:
        village.log(category_id=village.fines.pk)
    assert caught.value.field == "category"


def test_a_payment_to_somebody_else_is_refused(village: Village) -> None:
    theirs = village.advance(usd=100_00, riel=410_000, to=village.other)
    with pytest.raises(NotThisPayment):
        village.log(disbursement_id=theirs.pk)


def test_a_payment_for_another_purpose_is_refused(village: Village) -> None:
    patrols = village.advance(usd=100_00, riel=410_000, purpose="forest_protection")
    with pytest.raises(NotThisPayment):
        village.log(disbursement_id=patrols.pk)


def test_a_liaison_logs_for_their_own_recipients_only(village: Village) -> None:
    with pytest.raises(NotFoundHere):
        village.log(recipient_id=village.other.pk)


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.ADMINISTRATOR, Role.FINANCE_APPROVER])
def test_other_roles_log_nothing(village: Village, role: Role) -> None:
    with pytest.raises(NotYours):
        village.log(by=person("somebody", role))


def test_an_officer_enters_what_came_on_paper(village: Village) -> None:
    assert village.log(by=village.officer, recipient_id=village.other.pk).recipient == village.other


# --- Accepting -------------------------------------------------------------------------------------------------------


def test_accepted_spending_draws_the_oldest_payment_first(village: Village) -> None:
    late = village.advance(usd=100_00, riel=410_000, paid_on=date(2026, 5, 1))
    early = village.advance(usd=50_00, riel=200_000, paid_on=date(2026, 3, 1))
    record = village.accept(village.log(amount_minor=250_000))
    assert (record.funded_minor, record.not_funded_minor) == (250_000, 0)
    # The whole of the early one, and 50,000 of 410,000 riel of the late one: 10,000 cents x 50 / 410, rounded down.
    assert record.drawn_minor == 5_000 + 1_219
    assert village.held() == [(late.pk, "T1", 8_781, 360_000)]
    assert early.pk not in {lot for lot, *_rest in village.held()}


def test_the_posting_names_the_record_its_day_and_its_lots(village: Village) -> None:
    advance = village.advance(usd=100_00, riel=410_000, parts={"T1": 60_00, "T2": 40_00})
    record = village.accept(village.log(amount_minor=410_000))
    entry = Entry.objects.get(pk=record.entry_id)
    assert (entry.event, entry.document, entry.day, entry.occurred_on) == ("spend", record.reference, TODAY, record.spent_on)
    rows = Posting.objects.filter(entry=entry).order_by("line").values_list("lot", "amount_minor", "local_minor", "debit__purpose", "debit__holder")
    assert list(rows) == [
        (advance.pk, 60_00, 246_000, "community_development", "pu-char"),
        (advance.pk, 40_00, 164_000, "community_development", "pu-char"),
    ]


def test_riel_and_cents_reach_zero_together(village: Village) -> None:
    village.advance(usd=99_99, riel=410_003, parts={"T1": 33_33, "T2": 66_66})
    records = [village.accept(village.log(amount_minor=amount)) for amount in (137_001, 7, 200_000, 72_995)]
    assert sum(one.drawn_minor or 0 for one in records) == 99_99
    assert village.held() == []


def test_what_is_beyond_the_advances_is_not_funded(village: Village) -> None:
    village.advance(usd=100_00, riel=410_000)
    record = village.accept(village.log(amount_minor=500_000))
    assert (record.funded_minor, record.not_funded_minor, record.drawn_minor) == (410_000, 90_000, 100_00)


def test_without_any_advance_it_is_accepted_and_nothing_is_posted(village: Village) -> None:
    record = village.accept(village.log())
    assert (record.status, record.funded_minor, record.not_funded_minor, record.entry) == (Status.ACCEPTED, 0, 400_000, None)


def test_another_donors_part_is_never_drawn(village: Village) -> None:
    village.advance(usd=100_00, riel=410_000)
    record = village.accept(village.log(amount_minor=400_000, other_minor=300_000))
    assert (record.funded_minor, record.not_funded_minor) == (100_000, 0)


def test_what_another_donor_paid_whole_draws_nothing(village: Village) -> None:
    village.advance(usd=100_00, riel=410_000)
    record = village.accept(village.log(other_minor=400_000))
    assert (record.funded_minor, record.not_funded_minor, record.entry) == (0, 0, None)


def test_dollars_are_drawn_from_dollars_and_not_from_riel(village: Village) -> None:
    village.advance(usd=100_00, riel=410_000, paid_on=date(2026, 2, 1))
    dollars = village.advance(usd=30_00, paid_on=date(2026, 4, 1))
    record = village.accept(village.log(amount_minor=40_00, currency="USD"))
    assert (record.funded_minor, record.not_funded_minor, record.drawn_minor) == (30_00, 10_00, 30_00)
    assert dollars.pk not in {lot for lot, *_rest in village.held()}
    assert village.held()[0][2:] == (100_00, 410_000)


def test_money_for_another_purpose_is_not_drawn(village: Village) -> None:
    village.advance(usd=100_00, riel=410_000, purpose="forest_protection")
    assert village.accept(village.log()).funded_minor == 0


def test_the_named_payment_is_drawn_and_no_other(village: Village) -> None:
    early = village.advance(usd=100_00, riel=410_000, paid_on=date(2026, 3, 1))
    late = village.advance(usd=10_00, riel=41_000, paid_on=date(2026, 5, 1))
    record = village.accept(village.log(disbursement_id=late.pk))
    assert (record.funded_minor, record.not_funded_minor) == (41_000, 359_000)
    assert village.held() == [(early.pk, "T1", 100_00, 410_000)]


def test_the_logger_never_decides(village: Village) -> None:
    record = village.log(by=village.officer)
    with pytest.raises(OwnRequest):
        village.accept(record, by=village.officer)
    with pytest.raises(OwnRequest):
        services.query_spending(record_id=record.pk, words="Why?", by=village.officer, at=NOW)
    with pytest.raises(OwnRequest):
        services.refuse_spending(record_id=record.pk, words="No.", by=village.officer, at=NOW)


@pytest.mark.parametrize("role", [Role.LIAISON, Role.AUDITOR, Role.ADMINISTRATOR])
def test_only_officers_decide(village: Village, role: Role) -> None:
    record = village.log()
    with pytest.raises(NotYours):
        village.accept(record, by=person("somebody", role))


def test_a_second_decision_is_refused(village: Village) -> None:
    village.advance(usd=100_00, riel=410_000)
    record = village.accept(village.log(amount_minor=100_000))
    with pytest.raises(AlreadyDecided, match="accepted"):
        village.accept(record, by=village.second)
    with pytest.raises(AlreadyDecided):
        services.refuse_spending(record_id=record.pk, words="No.", by=village.second, at=NOW)
    assert village.held()[0][3] == 310_000


def test_closed_books_refuse_the_posting_and_leave_the_record_waiting(village: Village) -> None:
    village.advance(usd=100_00, riel=410_000)
    record = village.log()
    close_books(through=TODAY, by_id=village.second.pk, at=NOW)
    with pytest.raises(BooksClosed):
        village.accept(record)
    record.refresh_from_db()
    assert (record.status, record.decided_by) == (Status.LOGGED, None)


def test_accepting_is_audited_with_what_was_drawn(village: Village) -> None:
    village.advance(usd=100_00, riel=410_000)
    record = village.accept(village.log(amount_minor=500_000))
    audited = AuditRecord.objects.get(act="spending.accept")
    assert audited.subject == f"spending:{record.reference}"
    assert '"not_funded_minor":90000' in audited.content.replace(" ", "")


# --- Asking and answering ----------------------------------------------------------------------------------------------


def test_a_question_and_its_answer_go_back_and_forth(village: Village) -> None:
    record = village.log()
    services.query_spending(record_id=record.pk, words="Which pump?", by=village.officer, at=NOW)
    assert list(queries.questions_for([village.pu_char])[0]) == [record]
    services.answer_query(record_id=record.pk, words="Afridev", photos=[receipt_photo("green")], by=village.liaison, at=NOW)
    record.refresh_from_db()
    assert record.status == Status.LOGGED
    assert [(step.status, step.words) for step in record.steps.order_by("id")] == [("QUERIED", "Which pump?"), ("LOGGED", "Afridev")]
    assert record.evidence.count() == 2


def test_a_question_needs_words(village: Village) -> None:
    with pytest.raises(WordsNeeded):
        services.query_spending(record_id=village.log().pk, words="  ", by=village.officer, at=NOW)


def test_a_refusal_needs_words_and_moves_no_money(village: Village) -> None:
    village.advance(usd=100_00, riel=410_000)
    record = village.log()
    with pytest.raises(WordsNeeded):
        services.refuse_spending(record_id=record.pk, words="", by=village.officer, at=NOW)
    services.refuse_spending(record_id=record.pk, words="Not for the village.", by=village.officer, at=NOW)
    record.refresh_from_db()
    assert (record.status, record.entry) == (Status.REFUSED, None)
    assert village.held()[0][3] == 410_000


def test_a_record_with_an_open_question_is_not_accepted(village: Village) -> None:
    record = village.log()
    services.query_spending(record_id=record.pk, words="Which pump?", by=village.officer, at=NOW)
    with pytest.raises(AlreadyDecided):
        village.accept(record)


def test_an_answer_without_a_question_is_refused(village: Village) -> None:
    with pytest.raises(AlreadyDecided):
        services.answer_query(record_id=village.log().pk, words="Hello", by=village.liaison, at=NOW)


def test_another_communitys_liaison_neither_answers_nor_adds(village: Village) -> None:
    record = village.log()
    stranger = person("stranger", Role.LIAISON)
    with pytest.raises(NotHere):
        services.answer_query(record_id=record.pk, words="Hello", by=stranger, at=NOW)
    with pytest.raises(NotHere):
        services.add_evidence(record_id=record.pk, photos=[receipt_photo("red")], by=stranger, at=NOW)


def test_a_receipt_that_turns_up_late_is_added_to_an_accepted_record(village: Village) -> None:
    record = village.accept(village.log(photos=[]))
    assert list(queries.without_evidence()) == [record]
    services.add_evidence(record_id=record.pk, photos=[receipt_photo("red")], by=village.liaison, at=NOW)
    assert list(queries.without_evidence()) == []


def test_nothing_is_added_to_a_refused_record(village: Village) -> None:
    record = village.log()
    services.refuse_spending(record_id=record.pk, words="No.", by=village.officer, at=NOW)
    with pytest.raises(AlreadyDecided):
        services.add_evidence(record_id=record.pk, photos=[receipt_photo("red")], by=village.liaison, at=NOW)


def test_the_same_photo_on_two_records_is_shown_to_the_office(village: Village) -> None:
    first, second = village.log(), village.log()
    assert queries.same_photos(second) == [first]


# --- Reading ---------------------------------------------------------------------------------------------------------


def test_a_recipients_money_is_told_by_purpose_and_currency(village: Village) -> None:
    village.advance(usd=100_00, riel=410_000)
    village.advance(usd=50_00, purpose="forest_protection")
    village.accept(village.log(amount_minor=100_000))
    village.log(amount_minor=30_000, other_minor=10_000)
    protection, development = queries.recipient_money(village.pu_char)
    assert (protection.purpose, protection.currency, protection.advanced, protection.left) == ("forest_protection", "USD", 50_00, 50_00)
    assert (development.currency, development.advanced, development.spent, development.waiting) == ("KHR", 410_000, 100_000, 20_000)
    assert (development.left, development.given_back, development.not_funded) == (310_000, 0, 0)


def test_open_advances_are_told_with_the_first_due_first(village: Village) -> None:
    later = village.advance(usd=100_00, riel=410_000, account_by=date(2026, 9, 30))
    late = village.advance(usd=10_00, riel=41_000, account_by=date(2026, 8, 1))
    found = queries.open_advances([village.pu_char])
    assert [one.disbursement for one in found] == [late, later]
    assert [one.is_late(TODAY) for one in found] == [True, False]


def test_an_advance_that_is_accounted_for_is_no_longer_open(village: Village) -> None:
    village.advance(usd=10_00, riel=41_000)
    village.accept(village.log(amount_minor=41_000))
    assert queries.open_advances([village.pu_char]) == []


def test_the_last_payees_are_told_once_each(village: Village) -> None:
    village.log(payee="Old shop", at=NOW - timedelta(days=3))
    village.log(payee="New shop", at=NOW - timedelta(days=1))
    village.log(payee="Old shop", at=NOW)
    assert queries.last_payees(village.pu_char) == ["Old shop", "New shop"]


# --- Trainings -------------------------------------------------------------------------------------------------------


def training_facts(village: Village, **changes: object) -> dict[str, object]:
    return {
        "client_key": uuid4(),
        "recipient_id": village.pu_char.pk,
        "topic": "Forest monitoring",
        "trainer": "Sophea",
        "place": "Community hall",
        "first_day": date(2026, 8, 3),
        "days": 2,
        "women": 11,
        "men": 7,
        "photos": [receipt_photo("blue")],
        "by": village.liaison,
        "at": NOW,
        **changes,
    }


def test_a_training_is_logged_once_and_accepted(village: Village) -> None:
    facts = training_facts(village)
    record = services.log_training(**facts)  # type: ignore[arg-type]
    assert services.log_training(**facts) == record  # type: ignore[arg-type]
    assert record.evidence.get().kind == "ATTENDANCE"
    assert services.accept_training(record_id=record.pk, by=village.officer, at=NOW).status == Status.ACCEPTED
    with pytest.raises(AlreadyDecided):
        services.refuse_training(record_id=record.pk, words="No.", by=village.second, at=NOW)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"days": 0}, "days"),
        ({"days": 91}, "days"),
        ({"first_day": TODAY, "days": 2}, "days"),
        ({"women": 0, "men": 0}, "women"),
        ({"topic": " "}, "topic"),
        ({"trainer": ""}, "trainer"),
        ({"first_day": TODAY + timedelta(days=1)}, "first_day"),
    ],
)
def test_a_training_that_cannot_be_right_is_refused_at_its_field(village: Village, change: dict[str, object], field: str) -> None:
    with pytest.raises(NotFilledIn) as caught:
        services.log_training(**training_facts(village, **change))  # type: ignore[arg-type]
    assert caught.value.field == field


def test_the_same_training_form_with_other_values_is_refused(village: Village) -> None:
    facts = training_facts(village)
    services.log_training(**facts)  # type: ignore[arg-type]
    with pytest.raises(KeyUsedOtherwise):
        services.log_training(**{**facts, "women": 12})  # type: ignore[arg-type]


def test_a_training_is_asked_about_and_answered(village: Village) -> None:
    record = services.log_training(**training_facts(village))  # type: ignore[arg-type]
    services.query_training(record_id=record.pk, words="Which list?", by=village.officer, at=NOW)
    services.answer_training_query(record_id=record.pk, words="The second page", photos=[receipt_photo("red")], by=village.liaison, at=NOW)
    record.refresh_from_db()
    assert (record.status, record.evidence.count()) == (Status.LOGGED, 2)


# --- Books -----------------------------------------------------------------------------------------------------------


def findings() -> list[str]:
    return [finding.check for finding in checks.run(["spending.posted", "spending.decided", "spending.entries"])]


def test_the_books_are_well_after_accepting_asking_and_refusing(village: Village) -> None:
    village.advance(usd=100_00, riel=410_000)
    village.accept(village.log(amount_minor=500_000))
    village.accept(village.log(), by=village.second)
    services.refuse_spending(record_id=village.log().pk, words="No.", by=village.officer, at=NOW)
    village.log()
    assert findings() == []


def test_a_record_that_claims_another_draw_is_found(village: Village) -> None:
    village.advance(usd=100_00, riel=410_000)
    record = village.accept(village.log(amount_minor=100_000))
    with tampered():
        SpendingRecord.objects.filter(pk=record.pk).update(drawn_minor=1)
    assert findings() == ["spending.posted"]


def test_a_record_with_another_records_entry_is_found(village: Village) -> None:
    village.advance(usd=100_00, riel=410_000)
    first, second = (village.accept(village.log(amount_minor=100_000)) for _ in range(2))
    with tampered():
        SpendingRecord.objects.filter(pk=second.pk).update(entry_id=first.entry_id)
    assert findings() == ["spending.posted", "spending.entries"]


def test_an_acceptance_without_its_step_is_found(village: Village) -> None:
    record = village.log()
    SpendingRecord.objects.filter(pk=record.pk).update(
        status="ACCEPTED", decided_by=village.officer, decided_at=NOW, decided_on=TODAY, funded_minor=0, not_funded_minor=400_000, drawn_minor=0
    )
    assert findings() == ["spending.decided"]
