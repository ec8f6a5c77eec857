"""Each rule of money to be repaid that the database holds, refused by raw SQL and by the ORM as the application."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from communities.spending import services
from communities.spending.models import LaterCover, Recoverable, Settlement, SpendingRecord
from revenue.ledger.refusals import constraint_of
from tests.communities.test_stories_out import Story
from tests.communities.village import NOW, TODAY

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


@pytest.fixture
def asked(story: Story, owed: Recoverable) -> Settlement:
    return services.ask_write_off(
        client_key=uuid4(), recoverable_id=owed.pk, local_minor=41_000, reason="Gone", document_id=story.paper.pk, by=story.officer, at=NOW
    )


def refused(sql: str, *arguments: Any, by: str) -> None:
    """Run a statement that the database refuses by the named rule."""

    def execute() -> None:
        with connection.cursor() as cursor:
            cursor.execute(sql, arguments)

    refused_to_orm(execute, by=by)


def refused_to_orm(change: Callable[[], object], *, by: str) -> None:
    """Do what the database refuses by the named rule."""
    with pytest.raises((IntegrityError, DatabaseError)) as caught, transaction.atomic():
        change()
    assert re.search(by, f"{constraint_of(caught.value)} {caught.value}")


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ("left_minor = 0, left_local_minor = 0", "spending_recoverable_left_kept"),
        ("left_minor = left_minor - 1", "spending_recoverable_left_kept"),
        ("left_minor = -1", "recoverable_left_within_amount"),
        ("left_local_minor = local_minor + 1", "recoverable_left_within_amount"),
        ("left_local_minor = 0", "recoverable_ends_at_zero"),
        ("local_minor = 0", "recoverable_is_positive"),
        ("reason = ''", "recoverable_has_reason"),
        ("origin = 'ADVANCE'", "recoverable_says_of_what"),
        ("spending_id = NULL", "recoverable_says_of_what"),
    ],
)
def test_what_is_owed_cannot_be_written_by_hand(owed: Recoverable, change: str, rule: str) -> None:
    refused(f"UPDATE spending_recoverable SET {change} WHERE id = %s", owed.pk, by=rule)


@pytest.mark.parametrize("change", [{"amount_minor": 9_999}, {"recipient_id": 1}, {"reason": "Another"}, {"entry_id": 1}, {"made_on": "2026-01-01"}])
def test_a_demand_does_not_change(owed: Recoverable, change: dict[str, Any]) -> None:
    rule = "spending_recoverable_(frozen|left_kept)"
    refused_to_orm(lambda: Recoverable.objects.filter(pk=owed.pk).update(**change), by=rule)
    refused(f"UPDATE spending_recoverable SET {next(iter(change))} = %s WHERE id = %s", next(iter(change.values())), owed.pk, by=rule)


def test_a_demand_begins_with_all_of_it_owed(owed: Recoverable) -> None:
    columns = ", ".join(field.column for field in Recoverable._meta.concrete_fields if field.column not in ("id", "client_key", "reference"))
    copied = columns.replace("left_minor", "left_minor - 1").replace("entry_id", "(SELECT max(id) - 1 FROM ledger_entry)")
    refused(
        f"INSERT INTO spending_recoverable (client_key, reference, {columns}) SELECT gen_random_uuid(), 'RV-X', {copied} FROM spending_recoverable"
        " WHERE id = %s",
        owed.pk, by="spending_recoverable_left_kept",
    )  # fmt: skip


@pytest.mark.parametrize("table", ["spending_recoverable", "spending_settlement"])
def test_neither_demand_nor_step_is_deleted(asked: Settlement, table: str) -> None:
    refused(f"DELETE FROM {table}", by="kept|permission denied")


def test_who_asked_does_not_decide(story: Story, asked: Settlement) -> None:
    mine = {"status": "REFUSED", "decided_by": story.officer, "decided_at": NOW, "answer": "No"}
    refused_to_orm(lambda: Settlement.objects.filter(pk=asked.pk).update(**mine), by="settlement_maker_is_not_checker")
    refused(
        "UPDATE spending_settlement SET status = 'REFUSED', decided_by_id = asked_by_id, decided_at = now(), answer = 'No' WHERE id = %s",
        asked.pk, by="settlement_maker_is_not_checker",
    )  # fmt: skip


def test_who_logged_the_spending_does_not_decide(story: Story, asked: Settlement) -> None:
    theirs = {"status": "REFUSED", "decided_by": story.liaison, "decided_at": NOW, "answer": "No"}
    refused_to_orm(lambda: Settlement.objects.filter(pk=asked.pk).update(**theirs), by="spending_settlement_logger_is_not_checker")
    refused(
        "UPDATE spending_settlement SET status = 'REFUSED', decided_by_id = %s, decided_at = now(), answer = 'No' WHERE id = %s",
        story.liaison.pk, asked.pk, by="spending_settlement_logger_is_not_checker",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ("status = 'DONE'", "settlement_done_has_entry"),
        ("amount_minor = 1", "settlement_done_has_entry"),
        ("document_id = NULL", "settlement_write_off_has_document"),
        ("local_minor = 0", "settlement_is_positive"),
        ("kind = 'REPAID'", "settlement_kind_has_its_facts"),
        ("reason = ''", "settlement_kind_has_its_facts"),
        ("bank_reference = 'FT'", "settlement_kind_has_its_facts"),
        ("status = 'REFUSED'", "settlement_kind_has_its_facts"),
        ("local_minor = local_minor + 1", "spending_settlement_frozen"),
        ("asked_by_id = (SELECT max(id) FROM people_user)", "spending_settlement_frozen"),
    ],
)
def test_a_step_cannot_be_changed_into_nonsense(asked: Settlement, change: str, rule: str) -> None:
    refused(f"UPDATE spending_settlement SET {change} WHERE id = %s", asked.pk, by=rule)


def test_a_decided_step_stays_decided(story: Story, asked: Settlement) -> None:
    story.decide(asked)
    again = {"answer": "Something else"}
    refused_to_orm(lambda: Settlement.objects.filter(pk=asked.pk).update(**again), by="spending_settlement_frozen")
    refused("UPDATE spending_settlement SET answer = 'Else' WHERE id = %s", asked.pk, by="spending_settlement_frozen")


def test_one_decision_waits_at_a_time_and_one_bank_reference_is_one_repayment(story: Story, owed: Recoverable, asked: Settlement) -> None:
    again = {
        "recoverable": owed, "kind": "WRITE_OFF", "status": "PROPOSED", "local_minor": 1, "reason": "x", "document": story.paper,
        "asked_by": story.officer, "asked_at": NOW,
    }  # fmt: skip
    refused_to_orm(lambda: Settlement.objects.create(client_key=uuid4(), **again), by="settlement_one_waits")
    repaid = story.repay(owed, 41_000, 1_000)
    twice = {
        "recoverable": owed, "kind": "REPAID", "status": "DONE", "local_minor": 1, "amount_minor": 0, "bank_account": story.bank,
        "bank_reference": repaid.bank_reference, "repaid_on": TODAY, "credited_minor": 0, "asked_by": story.officer, "asked_at": NOW,
        "entry": repaid.recoverable.entry,
    }  # fmt: skip
    refused_to_orm(lambda: Settlement.objects.create(client_key=uuid4(), **twice), by="settlement_bank_reference_once")


@pytest.fixture
def repaid(story: Story, owed: Recoverable) -> Settlement:
    return story.repay(owed, 41_000, 1_000)


def of(repaid: Settlement, story: Story, **changes: Any) -> dict[str, Any]:
    facts = {
        "recoverable": repaid.recoverable, "kind": "TAKEN_BACK", "status": "PROPOSED", "local_minor": repaid.local_minor, "reason": "Wrong",
        "undoes": repaid, "asked_by": story.officer, "asked_at": NOW, "client_key": uuid4(),
    }  # fmt: skip
    return {**facts, **changes}


def test_a_repayment_is_taken_back_whole_and_by_the_reversal_of_its_entry(story: Story, owed: Recoverable, repaid: Settlement) -> None:
    whole = "spending_settlement_takes_back_whole"
    done = {"status": "DONE", "decided_by": story.second, "decided_at": NOW, "amount_minor": 1_000, "entry": repaid.recoverable.entry}
    refused_to_orm(lambda: Settlement.objects.create(**of(repaid, story, local_minor=40_999)), by=whole)
    refused_to_orm(lambda: Settlement.objects.create(**of(repaid, story, **done)), by=whole)
    refused_to_orm(lambda: Settlement.objects.create(**of(repaid, story, undoes=None)), by="settlement_take_back_names_repayment")
    proposed = Settlement.objects.create(**of(repaid, story))
    refused_to_orm(lambda: Settlement.objects.create(**of(repaid, story)), by="settlement_one_waits|settlement_taken_back_once")
    refused(
        "UPDATE spending_settlement SET status = 'DONE', decided_by_id = %s, decided_at = now(), amount_minor = 1000, entry_id = %s WHERE id = %s",
        story.second.pk, owed.entry_id, proposed.pk, by=f"{whole}|entry_id",
    )  # fmt: skip
    # What was taken back is no repayment that could be taken back.
    refused("UPDATE spending_settlement SET undoes_id = %s WHERE id = %s", proposed.pk, proposed.pk, by=f"{whole}|spending_settlement_frozen")


def test_a_repayment_is_taken_back_once(story: Story, repaid: Settlement) -> None:
    taken = story.take_back(repaid)
    again = of(repaid, story, status="REFUSED", decided_by=story.second, decided_at=NOW, answer="No")
    Settlement.objects.create(**again)  # one that is refused takes nothing
    refused_to_orm(lambda: Settlement.objects.create(**of(repaid, story)), by="settlement_taken_back_once")
    refused("UPDATE spending_settlement SET entry_id = NULL WHERE id = %s", taken.pk, by="settlement_done_has_entry")


def test_who_recorded_or_asked_does_not_decide_that_a_repayment_is_taken_back(story: Story, repaid: Settlement) -> None:
    proposed = Settlement.objects.create(**of(repaid, story, asked_by=story.third))
    by_recorder = {"status": "REFUSED", "decided_by": story.officer, "decided_at": NOW, "answer": "No"}
    refused_to_orm(lambda: Settlement.objects.filter(pk=proposed.pk).update(**by_recorder), by="spending_settlement_recorder_is_not_checker")
    by_asker = {**by_recorder, "decided_by": story.third}
    refused_to_orm(lambda: Settlement.objects.filter(pk=proposed.pk).update(**by_asker), by="settlement_maker_is_not_checker")
    refused(
        "UPDATE spending_settlement SET status = 'REFUSED', decided_by_id = %s, decided_at = now(), answer = 'No' WHERE id = %s",
        story.officer.pk, proposed.pk, by="spending_settlement_recorder_is_not_checker",
    )  # fmt: skip


def test_nobody_marks_a_repayment_as_taken_back_by_hand(story: Story, asked: Settlement, repaid: Settlement) -> None:
    refused("UPDATE spending_settlement SET is_undone = true WHERE id = %s", repaid.pk, by="spending_settlement_undone_kept")
    refused_to_orm(lambda: Settlement.objects.filter(pk=asked.pk).update(is_undone=True), by="settlement_undone_is_repayment")
    story.decide(asked, approve=False)
    story.take_back(repaid)
    refused("UPDATE spending_settlement SET is_undone = false WHERE id = %s", repaid.pk, by="spending_settlement_undone_kept")


def test_more_than_is_left_is_settled_by_nobody(story: Story, owed: Recoverable) -> None:
    more = {
        "recoverable": owed, "kind": "REPAID", "status": "DONE", "local_minor": 205_001, "amount_minor": 5_000, "bank_account": story.bank,
        "bank_reference": "FT-X", "repaid_on": TODAY, "credited_minor": 0, "asked_by": story.officer, "asked_at": NOW, "entry": owed.entry,
    }  # fmt: skip
    refused_to_orm(lambda: Settlement.objects.create(client_key=uuid4(), **more), by="recoverable_left_within_amount")


def test_a_later_cover_pays_no_more_than_was_not_funded_and_stays(story: Story) -> None:
    story.advance(usd=10_000, riel=410_000)
    record = story.accept(story.log(amount_minor=420_000))
    story.advance(usd=10_000, riel=410_000, paid_on=TODAY)
    cover = services.cover_later(record_id=record.pk, by=story.officer, at=NOW, on=TODAY)
    facts = {
        "spending": record,
        "number": 9,
        "drawn_minor": 1,
        "drawn_currency": "USD",
        "entry": record.entry,
        "made_by": story.officer,
        "made_at": NOW,
    }
    refused_to_orm(lambda: LaterCover.objects.create(funded_minor=1, made_on=TODAY, **facts), by="spending_latercover_within_not_funded")
    refused_to_orm(lambda: LaterCover.objects.create(funded_minor=0, made_on=TODAY, **facts), by="cover_is_positive")
    refused("UPDATE spending_latercover SET funded_minor = 1 WHERE id = %s", cover.pk, by="append-only|permission denied")
    refused("DELETE FROM spending_latercover", by="append-only|permission denied")
    refused_to_orm(lambda: LaterCover.objects.create(funded_minor=1, made_on=TODAY, **{**facts, "number": 2}), by="cover_once")


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ("status = 'UNDONE'", "spending_undone_matches_status"),
        ("undone_on = now()", "spending_undone_matches_status"),
        ("status = 'UNDONE', undone_by_id = decided_by_id, undone_at = now(), undone_on = now()", "spending_undone_by_another"),
        ("status = 'UNDONE', undone_by_id = logged_by_id, undone_at = now(), undone_on = now()", "spending_undone_by_another"),
        ("status = 'LOGGED'", "spending_decision_matches_status"),
        ("status = 'REFUSED'", "spending_decision_matches_status"),
        ("payee = 'Somebody'", "spending_spendingrecord_(version|frozen)"),
        ("funded_minor = funded_minor - 1, not_funded_minor = not_funded_minor + 1", "spending_spendingrecord_frozen"),
        ("decided_on = decided_on - 1", "spending_spendingrecord_frozen"),
        ("ineligible_minor = 1", "spending_ineligible_is_named"),
    ],
)
def test_an_accepted_record_is_undone_by_another_or_stays(record: SpendingRecord, change: str, rule: str) -> None:
    refused(f"UPDATE spending_spendingrecord SET {change} WHERE id = %s", record.pk, by=rule)


def test_an_undone_record_stays_undone(story: Story, record: SpendingRecord) -> None:
    services.undo_acceptance(record_id=record.pk, reason="Twice", by=story.second, at=NOW, on=TODAY)
    back = {"status": "ACCEPTED", "undone_by": None, "undone_at": None, "undone_on": None}
    refused_to_orm(lambda: SpendingRecord.objects.filter(pk=record.pk).update(**back), by="spending_spendingrecord_frozen")
