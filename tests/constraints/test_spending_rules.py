"""Each rule of spending that the database holds, refused by raw update as the application."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from communities.spending import services
from communities.spending.models import Arrival, Evidence, ReviewStep, SpendingRecord, Upload
from tests.communities.test_spending_services import training_facts
from tests.communities.village import NOW, TODAY, Village, receipt_photo

pytestmark = pytest.mark.django_db


@pytest.fixture
def village() -> Village:
    return Village()


def refused(sql: str, *arguments: Any, by: str) -> None:
    """Run a statement that the database refuses by the named rule."""
    with pytest.raises((IntegrityError, DatabaseError), match=by), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, arguments)


_ACCEPTED = "status = 'ACCEPTED', decided_by_id = %s, decided_at = now(), decided_on = %s"


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ("amount_minor = 0", "spending_is_positive"),
        ("amount_minor = -1", "spending_is_positive"),
        ("other_minor = -1", "spending_other_within_amount"),
        ("other_minor = amount_minor + 1", "spending_other_within_amount"),
        ("status = 'ACCEPTED'", "spending_decision_matches_status"),
        ("status = 'REFUSED'", "spending_decision_matches_status"),
        ("funded_minor = 1", "spending_decision_matches_status"),
        ("women = -1", "women"),
    ],
)
def test_a_record_cannot_be_changed_into_nonsense(village: Village, change: str, rule: str) -> None:
    record = village.log()
    refused(f"UPDATE spending_spendingrecord SET {change} WHERE id = %s", record.pk, by=rule)


def test_the_logger_cannot_be_written_as_the_decider(village: Village) -> None:
    record = village.log()
    refused(
        f"UPDATE spending_spendingrecord SET {_ACCEPTED}, funded_minor = 0, not_funded_minor = 400000, drawn_minor = 0 WHERE id = %s",
        village.liaison.pk, TODAY, record.pk, by="spending_maker_is_not_checker",
    )  # fmt: skip


@pytest.mark.parametrize("parts", [(0, 399_999), (1, 400_000), (400_001, 0)])
def test_funded_and_not_funded_must_add_up_to_the_amount(village: Village, parts: tuple[int, int]) -> None:
    record = village.log()
    refused(
        f"UPDATE spending_spendingrecord SET {_ACCEPTED}, funded_minor = %s, not_funded_minor = %s, drawn_minor = 0 WHERE id = %s",
        village.officer.pk, TODAY, *parts, record.pk, by="spending_decision_matches_status",
    )  # fmt: skip


def test_what_is_funded_needs_its_entry(village: Village) -> None:
    record = village.log()
    refused(
        f"UPDATE spending_spendingrecord SET {_ACCEPTED}, funded_minor = 400000, not_funded_minor = 0, drawn_minor = 9756 WHERE id = %s",
        village.officer.pk, TODAY, record.pk, by="spending_decision_matches_status",
    )  # fmt: skip


def test_one_form_is_one_record(village: Village) -> None:
    first, second = village.log(), village.log()
    refused("UPDATE spending_spendingrecord SET client_key = %s WHERE id = %s", first.client_key, second.pk, by="client_key")
    refused("UPDATE spending_spendingrecord SET reference = %s WHERE id = %s", first.reference, second.pk, by="reference")


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ("days = 0", "training_days_sensible"),
        ("days = 91", "training_days_sensible"),
        ("women = 0, men = 0", "training_has_participants"),
        ("status = 'ACCEPTED'", "training_decision_matches_status"),
        ("status = 'ACCEPTED', decided_at = now(), decided_by_id = logged_by_id", "training_maker_is_not_checker"),
    ],
)
def test_a_training_cannot_be_changed_into_nonsense(village: Village, change: str, rule: str) -> None:
    record = services.log_training(**training_facts(village))  # type: ignore[arg-type]
    refused(f"UPDATE spending_trainingrecord SET {change} WHERE id = %s", record.pk, by=rule)


def test_evidence_belongs_to_exactly_one_record(village: Village) -> None:
    photo = village.log().evidence.get()
    training = services.log_training(**training_facts(village))  # type: ignore[arg-type]
    insert = "INSERT INTO spending_evidence (spending_id, training_id, kind, file_id, added_by_id, added_at) VALUES (%s, %s, 'PHOTO', %s, %s, now())"
    refused(insert, None, None, photo.file_id, village.liaison.pk, by="evidence_of_one_record")
    refused(insert, photo.spending_id, training.pk, photo.file_id, village.liaison.pk, by="evidence_of_one_record")
    refused(insert, photo.spending_id, None, photo.file_id, village.liaison.pk, by="evidence_file_once_a_spending")


@pytest.mark.parametrize("table", ["spending_evidence", "spending_reviewstep"])
def test_evidence_and_what_was_said_are_never_changed_or_deleted(village: Village, table: str) -> None:
    record = village.log(photos=[receipt_photo()])
    services.query_spending(record_id=record.pk, words="Which pump?", by=village.officer, at=NOW)
    assert Evidence.objects.exists()
    assert ReviewStep.objects.exists()
    refused(f"UPDATE {table} SET spending_id = spending_id", by="permission denied|append")
    refused(f"DELETE FROM {table}", by="permission denied|append")


def test_a_recipient_with_spending_is_not_deleted(village: Village) -> None:
    record = village.log()
    refused("DELETE FROM registry_recipient WHERE id = %s; SET CONSTRAINTS ALL IMMEDIATE", record.recipient_id, by="foreign key")
    assert SpendingRecord.objects.filter(pk=record.pk).exists()


# --- Corrections, places and what phones send -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        "amount_minor = amount_minor + 1",
        "amount_minor = amount_minor + 1, version = version + 2, revised_by_id = logged_by_id, revised_at = now()",
        "women = women + 1",
        "version = 2, revised_by_id = logged_by_id, revised_at = now()",
        "payee = 'Somebody', version = 2, revised_by_id = logged_by_id, revised_at = now(), status = 'QUERIED'",
    ],
)
def test_a_correction_counts_one_version_up_and_waits_for_the_office(village: Village, change: str) -> None:
    refused(f"UPDATE spending_spendingrecord SET {change} WHERE id = %s", village.log().pk, by="update refused")


def test_a_version_has_somebody_who_corrected(village: Village) -> None:
    refused("UPDATE spending_spendingrecord SET version = 2, payee = 'X' WHERE id = %s", village.log().pk, by="spending_version_has_reviser")


def test_who_corrected_cannot_be_written_as_the_decider(village: Village) -> None:
    record = village.log()
    SpendingRecord.objects.filter(pk=record.pk).update(payee="Corrected", version=2, revised_by=village.officer, revised_at=NOW)
    refused(
        f"UPDATE spending_spendingrecord SET {_ACCEPTED}, funded_minor = 0, not_funded_minor = 400000, drawn_minor = 0 WHERE id = %s",
        village.officer.pk, TODAY, record.pk, by="spending_reviser_is_not_checker",
    )  # fmt: skip
    decided = {"funded_minor": 0, "not_funded_minor": record.amount_minor, "drawn_minor": 0, "decided_at": NOW, "decided_on": TODAY}
    with pytest.raises(IntegrityError, match="spending_reviser_is_not_checker"), transaction.atomic():
        SpendingRecord.objects.filter(pk=record.pk).update(status="ACCEPTED", decided_by=village.officer, **decided)


@pytest.mark.parametrize("place", ["latitude = 12.5", "latitude = 91, longitude = 100", "latitude = 12, longitude = 181"])
def test_a_place_is_whole_and_on_earth(village: Village, place: str) -> None:
    counted = "version = 2, revised_by_id = logged_by_id, revised_at = now()"
    refused(f"UPDATE spending_spendingrecord SET {place}, {counted} WHERE id = %s", village.log().pk, by="spending_place_on_earth")


def test_an_arrival_stays_as_it_came_and_is_about_one_thing(village: Village) -> None:
    record = village.log()
    facts = {"kind": "SPENDING", "content": {}, "sha256": "0" * 64, "sent_by": village.liaison, "arrived_at": NOW}
    Arrival.objects.create(key=uuid4(), spending=record, **facts)
    refused("UPDATE spending_arrival SET is_set_aside = true", by="append-only")
    refused("DELETE FROM spending_arrival", by="append-only")
    with pytest.raises(IntegrityError, match="arrival_about_one_thing"), transaction.atomic():
        Arrival.objects.create(key=uuid4(), **facts)


@pytest.mark.parametrize(
    ("values", "rule"),
    [
        ({"size": 0}, "upload_within_size"),
        ({"size": 5, "received": 6}, "upload_within_size"),
        ({"size": 5, "received": 4, "file": True}, "upload_stored_when_whole"),
    ],
)
def test_an_upload_is_stored_when_all_its_bytes_are_here(village: Village, values: dict[str, Any], rule: str) -> None:
    if values.get("file"):
        values = {**values, "file": village.log(photos=[receipt_photo()]).evidence.get().file}
    with pytest.raises(IntegrityError, match=rule), transaction.atomic():
        Upload.objects.create(person=village.liaison, sha256="0" * 64, started_at=NOW, **values)
