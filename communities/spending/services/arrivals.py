"""Take what a phone sends, once: the key made on the phone decides, whatever is pressed, cut or restarted."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from communities.spending import access
from communities.spending.models import Arrival, SpendingRecord, Status, TrainingRecord
from communities.spending.refusals import changed_meanwhile, key_used_otherwise
from communities.spending.services.corrections import add_words, check_turn, correct_spending
from communities.spending.services.evidence import Photo, Taken
from communities.spending.services.records import answer_query, log_spending
from communities.spending.services.trainings import answer_training_query, log_training
from communities.spending.services.uploads import arrived_photos
from core import files
from core.audit.services import record as audit
from core.people.access import LIAISONS, require_role
from core.people.models import User
from revenue.disbursements.access import payment_to_acknowledge
from revenue.disbursements.models import Acknowledgement, Payment
from revenue.disbursements.services import acknowledge_payment

Kind = Arrival.Kind
Target = SpendingRecord | TrainingRecord | Payment


@dataclass(frozen=True, slots=True)
class Sent:
    """
    One thing as a phone sends it.

    ``facts`` are the arguments of the service it is for, checked for their types; ``target_id`` the record or payment
    it is about, ``about`` "spending" or "training", ``based_on`` the turn the person had seen; ``photos`` what is
    known of each by its sha256; ``words_for_word`` the JSON as it came.
    """

    key: UUID
    kind: str
    facts: Mapping[str, Any]
    words_for_word: Mapping[str, Any]
    target_id: int = 0
    about: str = "spending"
    based_on: int = 0
    photos: Mapping[str, Taken] = field(default_factory=dict)
    is_set_aside: bool = False

    @property
    def sha256(self) -> str:
        """The hash of what was sent."""
        text = json.dumps(self.words_for_word, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str)
        return hashlib.sha256(text.encode()).hexdigest()


@transaction.atomic
def take(*, sent: Sent, by: User, at: datetime) -> Arrival:
    """
    Take one thing a phone sends, and do what it asks; the same key and content twice is once.

    What was set aside, since a person chose what was written meanwhile, is kept and changes nothing.

    :raises KeyUsedOtherwise: if the key came before with other content
    :raises PhotosMissing: if a photo it names has not arrived whole
    :raises ChangedMeanwhile: if something was said or changed since the person last saw it
    :raises Refused: whatever the act itself refuses
    """
    require_role(person=by, roles=LIAISONS)
    before = _before(sent=sent, by=by)
    if before is not None:
        return before
    try:
        with transaction.atomic():
            return _take(sent=sent, by=by, at=at)
    except IntegrityError:
        # The same key came twice at once, and the other one is written.
        before = _before(sent=sent, by=by)
        if before is None:
            raise
        return before


def _before(*, sent: Sent, by: User) -> Arrival | None:
    found = Arrival.objects.select_related("spending", "training", "payment").filter(key=sent.key).first()
    if found is not None and (found.sha256 != sent.sha256 or found.sent_by_id != by.pk):
        raise key_used_otherwise(_reference(found))
    return found


def _reference(arrival: Arrival) -> str:
    return str(arrival.spending or arrival.training or arrival.payment)


def _take(*, sent: Sent, by: User, at: datetime) -> Arrival:
    if sent.is_set_aside:
        target = _seen(sent=sent, by=by, at=at)
    else:
        photos = arrived_photos(hashes=sent.photos, by=by)
        target = _WRITERS[Kind(sent.kind)](sent, photos, by, at)
    arrival = Arrival.objects.create(
        key=sent.key,
        kind=sent.kind,
        content=dict(sent.words_for_word),
        sha256=sent.sha256,
        sent_by=by,
        arrived_at=at,
        is_set_aside=sent.is_set_aside,
        spending=target if isinstance(target, SpendingRecord) else None,
        training=target if isinstance(target, TrainingRecord) else None,
        payment=target if isinstance(target, Payment) else None,
    )
    audit(
        act="phone.set_aside" if sent.is_set_aside else "phone.arrive",
        subject=f"arrival:{sent.key}",
        by=by,
        at=at,
        after={"kind": sent.kind, "about": _reference(arrival), "sha256": sent.sha256, "files": list(sent.photos)},
    )
    return arrival


def _seen(*, sent: Sent, by: User, at: datetime) -> Target:
    """Return what is written, for a person who may see it and chose it instead of their own."""
    on = timezone.localdate(at)
    if sent.kind == Kind.PAYMENT:
        return payment_to_acknowledge(payment_id=sent.target_id, person=by, on=on)
    if sent.about == "training":
        return access.training_for(person=by, record_id=sent.target_id, on=on)
    return access.spending_for(person=by, record_id=sent.target_id, on=on)


def _log_spending(sent: Sent, photos: Sequence[Photo], by: User, at: datetime) -> Target:
    return log_spending(client_key=sent.key, photos=photos, taken=sent.photos, by=by, at=at, **sent.facts)


def _log_training(sent: Sent, photos: Sequence[Photo], by: User, at: datetime) -> Target:
    return log_training(client_key=sent.key, photos=photos, taken=sent.photos, by=by, at=at, **sent.facts)


def _acknowledge(sent: Sent, photos: Sequence[Photo], by: User, at: datetime) -> Target:
    payment = payment_to_acknowledge(payment_id=sent.target_id, person=by, on=timezone.localdate(at))
    payment = Payment.objects.select_for_update(of=("self",)).select_related("disbursement").get(pk=payment.pk)
    if Acknowledgement.objects.filter(payment=payment).exclude(client_key=sent.key).exists():
        raise changed_meanwhile(payment.disbursement.reference)
    stored = [files.store(data=data, media_type=media_type, original_name=name, by=by, at=at) for data, media_type, name in photos[:1]]
    photo_id = stored[0].pk if stored else None
    acknowledge_payment(client_key=sent.key, payment_id=payment.pk, photo_id=photo_id, by=by, at=at, **sent.facts)
    return payment


def _answer(sent: Sent, photos: Sequence[Photo], by: User, at: datetime) -> Target:
    """Answer an open question; once the person has seen that it is open no more, their words are added to what was said."""
    lock = access.loggable_training if sent.about == "training" else access.loggable_spending
    record = lock(person=by, record_id=sent.target_id, at=at)
    check_turn(record=record, based_on=sent.based_on)
    if record.status != Status.QUERIED:
        return add_words(kind=sent.about, record_id=record.pk, photos=photos, taken=sent.photos, by=by, at=at, **sent.facts)
    answer = answer_training_query if sent.about == "training" else answer_query
    return answer(record_id=record.pk, photos=photos, taken=sent.photos, by=by, at=at, **sent.facts)


def _correct(sent: Sent, photos: Sequence[Photo], by: User, at: datetime) -> Target:
    return correct_spending(record_id=sent.target_id, based_on=sent.based_on, photos=photos, taken=sent.photos, by=by, at=at, **sent.facts)


_WRITERS: Final[dict[Kind, Callable[[Sent, Sequence[Photo], User, datetime], Target]]] = {
    Kind.SPENDING: _log_spending,
    Kind.TRAINING: _log_training,
    Kind.PAYMENT: _acknowledge,
    Kind.ANSWER: _answer,
    Kind.CORRECTION: _correct,
}
