"""What phones send: photos in parts, each thing once, and nobody writes over what they have not seen."""

from __future__ import annotations

import hashlib
from typing import Any
from uuid import uuid4

import pytest

from communities.spending import services
from communities.spending.models import Arrival, SpendingRecord, Upload, UploadPart
from communities.spending.refusals import AlreadyDecided, ChangedMeanwhile, KeyUsedOtherwise, NotFilledIn, NotThisPhoto, PhotosMissing
from communities.spending.services import Sent, Taken
from core import files
from core.audit.models import AuditRecord
from core.people.access import NotYours, OwnRequest
from revenue.disbursements.models import Acknowledgement, Payment
from tests.communities.test_spending_services import training_facts
from tests.communities.village import NOW, TODAY, Village, photo

pytestmark = pytest.mark.django_db
PHOTO = photo(colour="red", size=(300, 400))
SHA256 = hashlib.sha256(PHOTO).hexdigest()


@pytest.fixture
def village() -> Village:
    return Village()


def part(village: Village, first: int, end: int, *, data: bytes = PHOTO, sha256: str = SHA256) -> Upload:
    return services.receive_part(sha256=sha256, size=len(data), first=first, data=data[first:end], by=village.liaison, at=NOW)


def facts(village: Village, **other: Any) -> dict[str, Any]:
    return {
        "category_id": village.well.pk, "spent_on": TODAY, "amount_minor": 400_000, "currency": "KHR", "payee": "Sok", "description": "A pump",
        "women": 3, "men": 2, "poor_households": 4, **other,
    }  # fmt: skip


def spending(village: Village, **other: Any) -> Sent:
    values = facts(village, recipient_id=village.pu_char.pk, **other.pop("facts", {}))
    return Sent(key=other.pop("key", uuid4()), kind="SPENDING", facts=values, words_for_word={"facts": {"amount": values["amount_minor"]}}, **other)


def take(village: Village, sent: Sent) -> Arrival:
    return services.take(sent=sent, by=village.liaison, at=NOW)


def correction(village: Village, record: SpendingRecord, *, based_on: int, aside: bool = False, **changed: Any) -> Sent:
    values = facts(village, **changed)
    return Sent(
        key=uuid4(),
        kind="CORRECTION",
        facts=values,
        words_for_word={"facts": str(values)},
        target_id=record.pk,
        based_on=based_on,
        is_set_aside=aside,
    )


# --- Photos ------------------------------------------------------------------------------------------------------------


def test_a_photo_is_resumed_where_a_cut_left_it(village: Village) -> None:
    assert part(village, 0, 100).received == 100
    assert part(village, 100, 250).received == 250
    assert part(village, 100, 250).received == 250  # the answer was lost, and the part came again
    assert part(village, 900, 1000).received == 250  # a part from further on: nothing is kept of it
    whole = part(village, 250, len(PHOTO))
    assert whole.file is not None and whole.file.sha256 == SHA256
    assert files.read(whole.file) == PHOTO
    assert not UploadPart.objects.exists()
    assert part(village, 0, 100).file_id == whole.file_id  # all over again: it is there


def test_bytes_that_are_not_the_photo_announced_are_forgotten(village: Village) -> None:
    with pytest.raises(NotThisPhoto):
        part(village, 0, len(PHOTO), sha256="0" * 64)
    assert not Upload.objects.exists()


def test_what_is_no_photo_is_refused(village: Village) -> None:
    words = b"not a photo at all"
    with pytest.raises(files.NotAcceptable):
        part(village, 0, len(words), data=words, sha256=hashlib.sha256(words).hexdigest())


@pytest.mark.parametrize("wrong", [{"size": 0}, {"size": 13 * 1024 * 1024}, {"first": -1}, {"first": 10**6}, {"data": b""}, {"sha256": "xyz"}])
def test_a_part_that_cannot_be_is_refused(village: Village, wrong: dict[str, Any]) -> None:
    right = {"sha256": SHA256, "size": len(PHOTO), "first": 0, "data": PHOTO[:10]}
    with pytest.raises(NotFilledIn):
        services.receive_part(**{**right, **wrong}, by=village.liaison, at=NOW)


def test_an_officer_sends_nothing_from_a_phone(village: Village) -> None:
    with pytest.raises(NotYours):
        services.receive_part(sha256=SHA256, size=len(PHOTO), first=0, data=PHOTO, by=village.officer, at=NOW)
    with pytest.raises(NotYours):
        services.take(sent=spending(village), by=village.officer, at=NOW)


# --- Twice is once --------------------------------------------------------------------------------------------------------


def test_a_record_arrives_once_with_its_photo_place_and_time(village: Village) -> None:
    part(village, 0, len(PHOTO))
    taken = Taken(at=NOW, latitude=None, longitude=None, original_size=5_000_000)
    sent = spending(village, photos={SHA256: taken})
    arrivals = {take(village, sent).pk for _again in range(5)}
    assert len(arrivals) == 1
    record = SpendingRecord.objects.get()
    assert record.client_key == sent.key and record.poor_households == 4
    evidence = record.evidence.get()
    assert (evidence.file.sha256, evidence.taken_at, evidence.original_size) == (SHA256, NOW, 5_000_000)
    assert AuditRecord.objects.filter(act="phone.arrive").count() == 1


def test_nothing_is_written_while_a_photo_is_missing(village: Village) -> None:
    part(village, 0, 100)
    with pytest.raises(PhotosMissing) as refused:
        take(village, spending(village, photos={SHA256: Taken()}))
    assert refused.value.missing == [SHA256]
    assert not SpendingRecord.objects.exists()


def test_a_photo_gone_from_the_disk_is_missing(village: Village) -> None:
    part(village, 0, len(PHOTO))
    files.path_of(SHA256).write_bytes(b"something else")
    with pytest.raises(PhotosMissing):
        take(village, spending(village, photos={SHA256: Taken()}))


def test_another_persons_photo_is_missing(village: Village) -> None:
    part(village, 0, len(PHOTO))
    Upload.objects.update(person=village.officer)
    with pytest.raises(PhotosMissing):
        take(village, spending(village, photos={SHA256: Taken()}))


def test_the_same_key_with_other_content_is_refused(village: Village) -> None:
    key = uuid4()
    take(village, spending(village, key=key))
    with pytest.raises(KeyUsedOtherwise):
        take(village, spending(village, key=key, facts={"amount_minor": 500_000}))
    assert SpendingRecord.objects.get().amount_minor == 400_000


def test_a_training_and_money_that_arrived_come_the_same_way(village: Village) -> None:
    training = {name: value for name, value in training_facts(village).items() if name not in ("client_key", "by", "at", "photos")}
    sent = Sent(key=uuid4(), kind="TRAINING", facts=training, words_for_word={})
    assert take(village, sent).training == take(village, sent).training
    village.advance(usd=100_00, riel=410_000)
    payment = Payment.objects.get()
    said = {"received_on": TODAY, "local_minor": 410_000, "local_currency": "KHR", "signed_by": "Sok", "also_signed_by": "Chan"}
    sent = Sent(key=uuid4(), kind="PAYMENT", facts=said, words_for_word={}, target_id=payment.pk)
    assert take(village, sent).payment == take(village, sent).payment == payment
    assert Acknowledgement.objects.get().also_signed_by == "Chan"
    with pytest.raises(ChangedMeanwhile):
        take(village, Sent(key=uuid4(), kind="PAYMENT", facts=said, words_for_word={}, target_id=payment.pk))


# --- Something else was said meanwhile ----------------------------------------------------------------------------------------


def test_a_correction_counts_one_version_up_and_keeps_what_it_said_before(village: Village) -> None:
    record = village.log(spent_on=TODAY)
    take(village, correction(village, record, based_on=services.turn_of(record), amount_minor=450_000, payee="Chan"))
    record.refresh_from_db()
    assert (record.version, record.amount_minor, record.payee, record.revised_by) == (2, 450_000, "Chan", village.liaison)
    written = AuditRecord.objects.get(act="spending.correct")
    assert '"amount_minor":400000' in written.content and '"amount_minor":450000' in written.content


def test_two_phones_correct_and_the_second_decides_with_both_before_them(village: Village) -> None:
    record = village.log(spent_on=TODAY)
    seen = services.turn_of(record)
    take(village, correction(village, record, based_on=seen, amount_minor=450_000))
    with pytest.raises(ChangedMeanwhile):
        take(village, correction(village, record, based_on=seen, amount_minor=470_000))
    record.refresh_from_db()
    assert record.amount_minor == 450_000
    # They leave the other's: their own is kept, and changes nothing.
    aside = take(village, correction(village, record, based_on=seen, aside=True, amount_minor=470_000))
    record.refresh_from_db()
    assert aside.is_set_aside and aside.spending == record
    assert "470000" in aside.content["facts"] and record.amount_minor == 450_000


def test_a_question_asked_meanwhile_stops_a_correction_until_it_was_read(village: Village) -> None:
    record = village.log(spent_on=TODAY)
    seen = services.turn_of(record)
    services.query_spending(record_id=record.pk, words="Which pump?", by=village.officer, at=NOW)
    with pytest.raises(ChangedMeanwhile):
        take(village, correction(village, record, based_on=seen, payee="Chan"))
    take(village, correction(village, record, based_on=seen + 1, payee="Chan"))
    record.refresh_from_db()
    assert (record.payee, record.status) == ("Chan", "LOGGED")


def test_a_decided_record_is_not_corrected(village: Village) -> None:
    record = village.log(spent_on=TODAY)
    services.refuse_spending(record_id=record.pk, words="No", by=village.officer, at=NOW)
    with pytest.raises(AlreadyDecided):
        take(village, correction(village, record, based_on=services.turn_of(record), payee="Chan"))


def test_who_corrected_does_not_decide(village: Village) -> None:
    record = village.log(spent_on=TODAY)
    services.correct_spending(record_id=record.pk, based_on=1, by=village.officer, at=NOW, **facts(village, payee="Chan"))
    with pytest.raises(OwnRequest):
        services.refuse_spending(record_id=record.pk, words="No", by=village.officer, at=NOW)


def test_an_answer_that_came_second_is_added_once_its_writer_has_read_the_first(village: Village) -> None:
    record = village.log(spent_on=TODAY)
    services.query_spending(record_id=record.pk, words="Which pump?", by=village.officer, at=NOW)
    seen = services.turn_of(record)

    def answer(words: str, based_on: int) -> Sent:
        return Sent(key=uuid4(), kind="ANSWER", facts={"words": words}, words_for_word={"words": words}, target_id=record.pk, based_on=based_on)

    take(village, answer("The hand pump", seen))
    with pytest.raises(ChangedMeanwhile):
        take(village, answer("At the school", seen))
    take(village, answer("At the school", seen + 1))
    record.refresh_from_db()
    assert record.status == "LOGGED"
    assert [step.words for step in record.steps.order_by("id")] == ["Which pump?", "The hand pump", "At the school"]
