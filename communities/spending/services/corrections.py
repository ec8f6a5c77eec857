"""Correct a record before the office decided, and say more about one; nobody writes over what they have not seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final, NotRequired, TypedDict, Unpack

from django.db import transaction
from django.utils import timezone

from communities.spending import access, limits
from communities.spending.models import Evidence, ReviewStep, SpendingRecord, Status, TrainingRecord
from communities.spending.refusals import already_decided, changed_meanwhile, words_needed
from communities.spending.services.evidence import NOTHING_KNOWN, Photo, Taken, check_count, keep
from communities.spending.services.records import FIELDS, Facts, check
from core.audit.services import record as audit
from core.people.models import User


def turn_of(record: SpendingRecord | TrainingRecord) -> int:
    """Return a number that grows by one with everything corrected, asked, answered or decided about a record."""
    version = record.version if isinstance(record, SpendingRecord) else 1
    return version + record.steps.count()


def check_turn(*, record: SpendingRecord | TrainingRecord, based_on: int) -> None:
    """
    Let through who saw the record as it stands.

    :raises ChangedMeanwhile: if something was said or changed since
    """
    if turn_of(record) != based_on:
        raise changed_meanwhile(record.reference)


class Said(TypedDict):
    """What a correction says the record should say: the facts of ``log_spending``, all of them."""

    category_id: int
    spent_on: date
    amount_minor: int
    currency: str
    payee: str
    description: str
    other_minor: NotRequired[int]
    women: NotRequired[int]
    men: NotRequired[int]
    youth: NotRequired[int]
    indigenous: NotRequired[int]
    poor_households: NotRequired[int]
    latitude: NotRequired[Decimal | None]
    longitude: NotRequired[Decimal | None]
    disbursement_id: NotRequired[int | None]
    activity_id: NotRequired[int | None]


_UNSAID: Final = {
    "other_minor": 0,
    "women": 0,
    "men": 0,
    "youth": 0,
    "indigenous": 0,
    "poor_households": 0,
    "latitude": None,
    "longitude": None,
    "disbursement_id": None,
    "activity_id": None,
}


@transaction.atomic
def correct_spending(
    *,
    record_id: int,
    based_on: int,
    by: User,
    at: datetime,
    photos: Sequence[Photo] = (),
    taken: Mapping[str, Taken] = NOTHING_KNOWN,
    **said: Unpack[Said],
) -> SpendingRecord:
    """
    Correct a record that the office has not decided; it waits for the office again. ``based_on`` is the turn seen.

    The audit trail holds what it said before and after. A correction that changes nothing only adds its photos.

    :raises NotYours, NotHere: if the person does not log for its recipient
    :raises ChangedMeanwhile: if something was said or changed since ``based_on``
    :raises AlreadyDecided: if it was accepted or refused
    :raises NotFilledIn, NotEligible, AmountNotCredible, NotThisPayment: at the field that is wrong
    """
    record = access.loggable_spending(person=by, record_id=record_id, at=at)
    check_turn(record=record, based_on=based_on)
    if record.status not in (Status.LOGGED, Status.QUERIED):
        raise already_decided(reference=record.reference, standing=record.get_status_display())
    values: dict[str, Any] = {**_UNSAID, **said}
    values["payee"] = limits.needed(text=said["payee"], field="payee", longest=160)
    values["description"] = limits.needed(text=said["description"], field="description", longest=500)
    facts = Facts(recipient_id=record.recipient_id, logged_by_id=record.logged_by_id, **values)
    check(facts=facts, today=timezone.localdate(at))
    check_count(photos)
    before = _change(record=record, facts=facts, by=by, at=at)
    hashes = keep(photos=photos, kind=Evidence.Kind.RECEIPT, by=by, at=at, spending=record, taken=taken)
    if before or hashes:
        after = {"version": record.version, "files": hashes, **{name: _plain(getattr(record, name)) for name in before}}
        audit(act="spending.correct", subject=f"spending:{record.reference}", by=by, at=at, before=before, after=after)
    return record


def _change(*, record: SpendingRecord, facts: Facts, by: User, at: datetime) -> dict[str, Any]:
    """Write what differs and count the version up; return what it said before, plain."""
    changed = [name for name in FIELDS if getattr(record, name) != getattr(facts, name)]
    before = {name: _plain(getattr(record, name)) for name in changed}
    if changed:
        for name in changed:
            setattr(record, name, getattr(facts, name))
        record.version += 1
        record.revised_by, record.revised_at = by, at
        record.status = Status.LOGGED
        record.save()
    return before


def _plain(value: object) -> Any:
    return value.isoformat() if isinstance(value, date) else str(value) if isinstance(value, Decimal) else value


@transaction.atomic
def add_words(
    *,
    kind: str,
    record_id: int,
    words: str,
    by: User,
    at: datetime,
    photos: Sequence[Photo] = (),
    taken: Mapping[str, Taken] = NOTHING_KNOWN,
) -> SpendingRecord | TrainingRecord:
    """
    Say more about a record (``kind``: "spending" or "training") on which no question is open; where it stands does not change.

    :raises NotYours, NotHere: if the person does not log for its recipient
    :raises AlreadyDecided: if photos come for a refused record
    :raises WordsNeeded: if nothing was said
    """
    is_spending = kind == "spending"
    find = access.loggable_spending if is_spending else access.loggable_training
    record = find(person=by, record_id=record_id, at=at)
    if not words.strip():
        raise words_needed()
    check_count(photos)
    if photos and record.status == Status.REFUSED:
        raise already_decided(reference=record.reference, standing=record.get_status_display())
    said = limits.needed(text=words, field="words", longest=500)
    tied: dict[str, Any] = {kind: record}
    ReviewStep.objects.create(status=record.status, words=said, by=by, at=at, **tied)
    evidence = Evidence.Kind.RECEIPT if is_spending else Evidence.Kind.ATTENDANCE
    hashes = keep(photos=photos, kind=evidence, by=by, at=at, taken=taken, **tied)
    audit(act=f"{kind}.add_words", subject=f"{kind}:{record.reference}", by=by, at=at, after={"words": said, "files": hashes})
    return record
