"""The office's word on a spending record: accept it, ask about it, refuse it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import uuid4

from django.db import transaction
from django.utils.translation import gettext as _

from communities.spending import limits
from communities.spending.models import STEPS, Category, Recoverable, ReviewStep, SpendingRecord, Status
from communities.spending.parts import take
from communities.spending.refusals import MoreThanThereIs, NotFilledIn, already_decided, words_needed
from communities.spending.services.advances import Cover, cover
from communities.spending.services.disallowances import Demand, check_amount, facts_of, places_of, rows_between, write
from core.audit.services import record as audit
from core.money import Money
from core.people.access import OFFICERS, require_other_person, require_role
from core.people.models import User
from core.references import next_reference
from revenue.ledger import chart
from revenue.ledger.chart import Row
from revenue.ledger.models import Entry
from revenue.ledger.riel import Held
from revenue.ledger.services import EntryDraft, lock_places, post, post_many, retry_on_deadlock


@dataclass(frozen=True, slots=True)
class Ineligible:
    """The part of a record that is not accepted: how much (minor units of its currency), what it was, and why."""

    amount_minor: int
    category_id: int | None
    why: str


@dataclass(frozen=True, slots=True)
class _Debt:
    demand: Demand
    rows: list[Row]
    entry: Entry
    reference: str


@retry_on_deadlock
@transaction.atomic
def accept_spending(*, record_id: int, by: User, at: datetime, on: date, ineligible: Ineligible | None = None) -> SpendingRecord:
    """
    Accept a record and draw it from the recipient's advances, oldest paid first; ``on`` is the day it is posted.

    Only advances held in the record's own currency are drawn: nothing is converted. What they do not cover is
    written on the record as not funded by carbon revenue. ``ineligible`` names a part that is not accepted: the rest is
    paid first, and what the advances paid of that part is to be repaid.

    :raises NotYours, OwnRequest: if the person is no officer, or logged it
    :raises AlreadyDecided: if it is not waiting for the office
    :raises BooksClosed: if the books are closed for the day
    :raises MoreThanThereIs, NotFilledIn: if the part named cannot be right
    """
    record = _lock(record_id=record_id, by=by, step=Status.ACCEPTED)
    named = _named(record, ineligible)
    covered = cover(record=record)
    record.entry, debt = _post(record=record, covered=covered, by=by, on=on)
    record.funded_minor = covered.funded_minor
    record.not_funded_minor = covered.not_covered_minor
    record.drawn_minor = covered.drawn_minor
    record.drawn_currency = covered.currency
    record.decided_on = on
    _decide(record=record, status=Status.ACCEPTED, words=named, by=by, at=at)
    owed = None if debt is None else write(demand=debt.demand, rows=debt.rows, by=by, at=at, on=on, entry=debt.entry, reference=debt.reference)
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
            **({} if ineligible is None else {"ineligible_minor": ineligible.amount_minor, "why": ineligible.why}),
        },
    )
    if owed is not None:
        audit(act="recoverable.ask", subject=f"recoverable:{owed.reference}", by=by, at=at, reason=owed.reason, after=facts_of(owed))
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
    require_other_person(person=by, maker_id=record.revised_by_id)
    if step not in STEPS[Status(record.status)]:
        raise already_decided(reference=record.reference, standing=record.get_status_display())
    return record


def _named(record: SpendingRecord, ineligible: Ineligible | None) -> str:
    """Write the part that is not eligible on the record, and return the village's words about it."""
    if ineligible is None:
        return ""
    why = limits.needed(text=ineligible.why, field="why", longest=400)
    asked = record.amount_minor - record.other_minor
    check_amount(ineligible.amount_minor, at_most=asked, currency=record.currency)
    if ineligible.amount_minor == asked:
        raise MoreThanThereIs(_("This is all of it."), field="amount", next_step=_("Refuse the record instead."))
    record.ineligible_category = Category.objects.filter(pk=ineligible.category_id or 0).first()
    if record.ineligible_category is None:
        raise NotFilledIn(_("Choose what that part was."), field="category")
    record.ineligible_minor, record.ineligible_why = ineligible.amount_minor, why
    return f"{Money(ineligible.amount_minor, record.currency)}, {record.ineligible_category}: {why}"[:500]


def _post(*, record: SpendingRecord, covered: Cover, by: User, on: date) -> tuple[Entry | None, _Debt | None]:
    if not covered.rows:
        return None, None
    key, document = f"spend:{record.reference}", record.reference
    # What was accepted is paid first: only what the advances hold beyond it was paid for the other part.
    owed = max(0, covered.funded_minor - (record.amount_minor - record.other_minor - record.ineligible_minor))
    if not owed or not record.ineligible_minor:
        return post(event=chart.SPEND, day=on, occurred_on=record.spent_on, rows=covered.rows, key=key, document=document, by_id=by.pk), None
    demand = Demand(
        uuid4(), Recoverable.Origin.PART, owed, record.currency, covered.currency, record.ineligible_why, record.ineligible_category, record
    )
    spent, to = places_of(demand)
    lock_places(places=[spent, to])
    # The last drawn goes back: the oldest payments paid for what was accepted.
    held = [Held(row.lot, row.tranche_id, row.amount_minor, row.local_minor) for row in reversed(covered.rows)]
    rows = rows_between(take(held, owed), debit=to, credit=spent, local_currency=record.currency)
    reference = next_reference(prefix="RV", year=on.year)
    spend = EntryDraft(chart.SPEND, on, covered.rows, key, document, by.pk, record.spent_on)
    back = EntryDraft(chart.DISALLOW, on, rows, f"disallow:{reference}", reference, by.pk, record.spent_on)
    ids = post_many(entries=[spend, back])
    found = Entry.objects.in_bulk(ids)
    return found[ids[0]], _Debt(demand, rows, found[ids[1]], reference)


def _decide(*, record: SpendingRecord, status: Status, words: str, by: User, at: datetime) -> None:
    record.status = status
    record.decided_by = by
    record.decided_at = at
    record.save()
    ReviewStep.objects.create(spending=record, status=status, words=words, by=by, at=at)


def _said(words: str) -> str:
    if not words.strip():
        raise words_needed()
    return limits.needed(text=words, field="words", longest=500)
