"""Log a training, answer about it, and the office's word on it. No money moves here."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from communities.registry.access import recipient_for
from communities.spending import access, limits
from communities.spending.models import STEPS, Evidence, ReviewStep, Status, TrainingRecord
from communities.spending.refusals import NotFilledIn, already_decided, key_used_otherwise, words_needed
from communities.spending.services.evidence import NOTHING_KNOWN, Photo, Taken, check_count, keep
from core.audit.services import record as audit
from core.people.access import OFFICERS, require_other_person, require_role
from core.people.models import User
from core.references import next_reference

MOST_DAYS = 90


@dataclass(frozen=True, slots=True)
class _Facts:
    """What was typed, compared when the same form comes twice."""

    recipient_id: int
    topic: str
    trainer: str
    place: str
    first_day: date
    days: int
    women: int
    men: int
    logged_by_id: int


_FIELDS = tuple(_Facts.__dataclass_fields__)


@transaction.atomic
def log_training(
    *,
    client_key: UUID,
    recipient_id: int,
    topic: str,
    trainer: str,
    first_day: date,
    days: int,
    women: int,
    men: int,
    by: User,
    at: datetime,
    place: str = "",
    photos: Sequence[Photo] = (),
    taken: Mapping[str, Taken] = NOTHING_KNOWN,
) -> TrainingRecord:
    """
    Write down a training that is over or has begun: ``days`` long from ``first_day``, participants by sex.

    The same form sent twice gives the same record.

    :raises NotYours, NotFoundHere: if the person does not log for this recipient
    :raises NotFilledIn: at the field that is wrong
    :raises KeyUsedOtherwise: if the form was sent before with other values
    """
    require_role(person=by, roles=access.LOGGERS)
    today = timezone.localdate(at)
    recipient = recipient_for(person=by, recipient_id=recipient_id, on=today)
    facts = _Facts(
        recipient_id=recipient.pk,
        topic=limits.needed(text=topic, field="topic", longest=200),
        trainer=limits.needed(text=trainer, field="trainer", longest=160),
        place=place.strip()[:160],
        first_day=first_day,
        days=days,
        women=women,
        men=men,
        logged_by_id=by.pk,
    )
    before = TrainingRecord.objects.filter(client_key=client_key).first()
    if before is not None:
        return _same(before=before, facts=facts, photos=photos)
    _check(facts=facts, today=today, photos=photos)
    return _write(client_key=client_key, facts=facts, photos=photos, taken=taken, by=by, at=at)


def _write(*, client_key: UUID, facts: _Facts, photos: Sequence[Photo], taken: Mapping[str, Taken], by: User, at: datetime) -> TrainingRecord:
    try:
        with transaction.atomic():
            record = TrainingRecord.objects.create(
                reference=next_reference(prefix="TR", year=timezone.localdate(at).year),
                client_key=client_key,
                logged_at=at,
                **{field: getattr(facts, field) for field in _FIELDS},
            )
    except IntegrityError:
        # The same form arrived twice at once, and the other one is written.
        before = TrainingRecord.objects.filter(client_key=client_key).first()
        if before is None:
            raise
        return _same(before=before, facts=facts, photos=photos)
    hashes = keep(photos=photos, kind=Evidence.Kind.ATTENDANCE, by=by, at=at, training=record, taken=taken)
    after = {
        "recipient": record.recipient.code,
        "first_day": facts.first_day.isoformat(),
        "days": facts.days,
        "women": facts.women,
        "men": facts.men,
        "files": hashes,
    }
    audit(act="training.log", subject=f"training:{record.reference}", by=by, at=at, after=after)
    return record


def _check(*, facts: _Facts, today: date, photos: Sequence[Photo]) -> None:
    limits.check_day(day=facts.first_day, today=today, field="first_day")
    if not 1 <= facts.days <= MOST_DAYS:
        raise NotFilledIn(_("A training has 1 to %(most)d days.") % {"most": MOST_DAYS}, field="days", next_step=_("Check the number of days."))
    if facts.first_day + timedelta(days=facts.days - 1) > today:
        raise NotFilledIn(_("This training is not over yet."), field="days", next_step=_("Write the days that were held so far."))
    limits.check_people(women=facts.women, men=facts.men)
    if facts.women + facts.men == 0:
        raise NotFilledIn(_("Nobody took part, by these numbers."), field="women", next_step=_("Write how many women and men took part."))
    check_count(photos)


def _same(*, before: TrainingRecord, facts: _Facts, photos: Sequence[Photo]) -> TrainingRecord:
    """
    Return the record that this form wrote already.

    :raises KeyUsedOtherwise: if it says something else
    """
    written = _Facts(**{field: getattr(before, field) for field in _FIELDS})
    kept = set(before.evidence.filter(added_at=before.logged_at).values_list("file__sha256", flat=True))
    if written != facts or kept != {hashlib.sha256(data).hexdigest() for data, _type, _name in photos}:
        raise key_used_otherwise(before.reference)
    return before


@transaction.atomic
def answer_training_query(
    *, record_id: int, words: str, by: User, at: datetime, photos: Sequence[Photo] = (), taken: Mapping[str, Taken] = NOTHING_KNOWN
) -> TrainingRecord:
    """
    Answer the office's question; the record waits for the office again.

    :raises NotHere: if the record is not this person's
    :raises AlreadyDecided: if no question is open
    :raises WordsNeeded: if nothing was said
    """
    record = access.loggable_training(person=by, record_id=record_id, at=at)
    if record.status != Status.QUERIED:
        raise already_decided(reference=record.reference, standing=record.get_status_display())
    said = _said(words)
    check_count(photos)
    _move(record=record, status=Status.LOGGED, words=said, by=by, at=at)
    hashes = keep(photos=photos, kind=Evidence.Kind.ATTENDANCE, by=by, at=at, training=record, taken=taken)
    audit(act="training.answer", subject=f"training:{record.reference}", by=by, at=at, after={"words": said, "files": hashes})
    return record


@transaction.atomic
def accept_training(*, record_id: int, by: User, at: datetime) -> TrainingRecord:
    """
    Accept a training record.

    :raises NotYours, OwnRequest: if the person is no officer, or logged it
    :raises AlreadyDecided: if it is not waiting for the office
    """
    record = _lock(record_id=record_id, by=by, step=Status.ACCEPTED)
    _decide(record=record, status=Status.ACCEPTED, words="", by=by, at=at)
    audit(act="training.accept", subject=f"training:{record.reference}", by=by, at=at)
    return record


@transaction.atomic
def query_training(*, record_id: int, words: str, by: User, at: datetime) -> TrainingRecord:
    """
    Ask about a training record; it waits for the answer.

    :raises NotYours, OwnRequest: if the person is no officer, or logged it
    :raises AlreadyDecided: if it is not waiting for the office
    :raises WordsNeeded: if nothing was asked
    """
    record = _lock(record_id=record_id, by=by, step=Status.QUERIED)
    said = _said(words)
    _move(record=record, status=Status.QUERIED, words=said, by=by, at=at)
    audit(act="training.query", subject=f"training:{record.reference}", by=by, at=at, after={"words": said})
    return record


@transaction.atomic
def refuse_training(*, record_id: int, words: str, by: User, at: datetime) -> TrainingRecord:
    """
    Refuse a training record, with the reason.

    :raises NotYours, OwnRequest: if the person is no officer, or logged it
    :raises AlreadyDecided: if it was decided before
    :raises WordsNeeded: if no reason was given
    """
    record = _lock(record_id=record_id, by=by, step=Status.REFUSED)
    said = _said(words)
    _decide(record=record, status=Status.REFUSED, words=said, by=by, at=at)
    audit(act="training.refuse", subject=f"training:{record.reference}", by=by, at=at, reason=said)
    return record


def _lock(*, record_id: int, by: User, step: Status) -> TrainingRecord:
    require_role(person=by, roles=OFFICERS)
    record = TrainingRecord.objects.select_for_update().get(pk=record_id)
    require_other_person(person=by, maker_id=record.logged_by_id)
    if step not in STEPS[Status(record.status)]:
        raise already_decided(reference=record.reference, standing=record.get_status_display())
    return record


def _decide(*, record: TrainingRecord, status: Status, words: str, by: User, at: datetime) -> None:
    record.status = status
    record.decided_by = by
    record.decided_at = at
    record.save(update_fields=["status", "decided_by", "decided_at"])
    ReviewStep.objects.create(training=record, status=status, words=words, by=by, at=at)


def _move(*, record: TrainingRecord, status: Status, words: str, by: User, at: datetime) -> None:
    record.status = status
    record.save(update_fields=["status"])
    ReviewStep.objects.create(training=record, status=status, words=words, by=by, at=at)


def _said(words: str) -> str:
    if not words.strip():
        raise words_needed()
    return limits.needed(text=words, field="words", longest=500)
