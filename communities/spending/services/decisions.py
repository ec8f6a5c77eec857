"""The office's word on a spending record: accept it, ask about it, refuse it."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction

from communities.spending.limits import needed
from communities.spending.models import STEPS, ReviewStep, SpendingRecord, Status
from communities.spending.refusals import already_decided, words_needed
from communities.spending.services.advances import Cover, cover
from core.audit.services import record as audit
from core.people.access import OFFICERS, require_other_person, require_role
from core.people.models import User
from revenue.ledger import chart
from revenue.ledger.models import Entry
from revenue.ledger.services import post, retry_on_deadlock


@retry_on_deadlock
@transaction.atomic
def accept_spending(*, record_id: int, by: User, at: datetime, on: date) -> SpendingRecord:
    """
    Accept a record and draw it from the recipient's advances, oldest paid first; ``on`` is the day it is posted.

    Only advances held in the record's own currency are drawn: nothing is converted. What they do not cover is
    written on the record as not funded by carbon revenue.

    :raises NotYours, OwnRequest: if the person is no officer, or logged it
    :raises AlreadyDecided: if it is not waiting for the office
    :raises BooksClosed: if the books are closed for the day
    """
    record = _lock(record_id=record_id, by=by, step=Status.ACCEPTED)
    covered = cover(record=record)
    record.entry = _post(record=record, covered=covered, by=by, on=on)
    record.funded_minor = covered.funded_minor
    record.not_funded_minor = covered.not_covered_minor
    record.drawn_minor = covered.drawn_minor
    record.drawn_currency = covered.currency
    record.decided_on = on
    _decide(record=record, status=Status.ACCEPTED, words="", by=by, at=at)
    audit(
        act="spending.accept",
        subject=f"spending:{record.reference}",
        by=by,
        at=at,
        after={
            "funded_minor": record.funded_minor,
            "not_funded_minor": record.not_funded_minor,
            "currency": record.currency,
            "drawn_minor": record.drawn_minor,
            "drawn_currency": record.drawn_currency,
        },
    )
    return record


@transaction.atomic
def query_spending(*, record_id: int, words: str, by: User, at: datetime) -> SpendingRecord:
    """
    Ask the village about a record; it waits for their answer.

    :raises NotYours, OwnRequest: if the person is no officer, or logged it
    :raises AlreadyDecided: if it is not waiting for the office
    :raises WordsNeeded: if nothing was asked
    """
    record = _lock(record_id=record_id, by=by, step=Status.QUERIED)
    said = _said(words)
    record.status = Status.QUERIED
    record.save(update_fields=["status"])
    ReviewStep.objects.create(spending=record, status=Status.QUERIED, words=said, by=by, at=at)
    audit(act="spending.query", subject=f"spending:{record.reference}", by=by, at=at, after={"words": said})
    return record


@transaction.atomic
def refuse_spending(*, record_id: int, words: str, by: User, at: datetime) -> SpendingRecord:
    """
    Refuse a record, with the reason. No money moves; the record stays to be read.

    :raises NotYours, OwnRequest: if the person is no officer, or logged it
    :raises AlreadyDecided: if it was decided before
    :raises WordsNeeded: if no reason was given
    """
    record = _lock(record_id=record_id, by=by, step=Status.REFUSED)
    said = _said(words)
    _decide(record=record, status=Status.REFUSED, words=said, by=by, at=at)
    audit(act="spending.refuse", subject=f"spending:{record.reference}", by=by, at=at, reason=said)
    return record


def _lock(*, record_id: int, by: User, step: Status) -> SpendingRecord:
    require_role(person=by, roles=OFFICERS)
    record = SpendingRecord.objects.select_for_update(of=("self",)).select_related("recipient", "category").get(pk=record_id)
    require_other_person(person=by, maker_id=record.logged_by_id)
    if step not in STEPS[Status(record.status)]:
        raise already_decided(reference=record.reference, standing=record.get_status_display())
    return record


def _post(*, record: SpendingRecord, covered: Cover, by: User, on: date) -> Entry | None:
    if not covered.rows:
        return None
    return post(
        event=chart.SPEND,
        day=on,
        occurred_on=record.spent_on,
        rows=covered.rows,
        key=f"spend:{record.reference}",
        document=record.reference,
        by_id=by.pk,
    )


def _decide(*, record: SpendingRecord, status: Status, words: str, by: User, at: datetime) -> None:
    record.status = status
    record.decided_by = by
    record.decided_at = at
    record.save()
    ReviewStep.objects.create(spending=record, status=status, words=words, by=by, at=at)


def _said(words: str) -> str:
    if not words.strip():
        raise words_needed()
    return needed(text=words, field="words", longest=500)
