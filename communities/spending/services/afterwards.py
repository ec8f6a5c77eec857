"""What happens to an accepted record later: a later advance pays for what was not funded, or the acceptance is undone."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext as _

from communities.spending import limits
from communities.spending.models import STEPS, LaterCover, Recoverable, ReviewStep, SpendingRecord, Status
from communities.spending.refusals import MoreThanThereIs, SettleFirst, already_decided
from communities.spending.services.advances import cover
from core.audit.services import record as audit
from core.people.access import CHECKERS, OFFICERS, require_other_person, require_role
from core.people.models import User
from revenue.ledger import chart
from revenue.ledger.models import Entry
from revenue.ledger.queries import first_open_day, steps_of_entries
from revenue.ledger.services import lock_places, post, retry_on_deadlock, reverse


@retry_on_deadlock
@transaction.atomic
def cover_later(*, record_id: int, by: User, at: datetime, on: date) -> LaterCover:
    """
    Draw what a record spent beyond the advances from advances paid since, oldest first; posted on the day ``on``.

    What was named as not eligible is not covered.

    :raises NotYours, OwnRequest: if the person is no officer, or logged it
    :raises AlreadyDecided: if it is not accepted
    :raises MoreThanThereIs: if nothing of it is open, or no advance holds money for it
    """
    require_role(person=by, roles=OFFICERS)
    record = _locked(record_id, by=by)
    if record.status != Status.ACCEPTED:
        raise already_decided(reference=record.reference, standing=record.get_status_display())
    before = list(record.covers.order_by("number"))
    asked = open_minor(record)
    if asked <= 0:
        raise MoreThanThereIs(_("Carbon revenue has paid all of %(reference)s that it may pay.") % {"reference": record.reference})
    currency = record.drawn_currency or (before[0].drawn_currency if before else "")
    covered = cover(record=record, asked=asked, currency=currency, from_any=True)
    if not covered.rows:
        raise MoreThanThereIs(
            _("No advance of this purpose in %(currency)s holds money.") % {"currency": record.currency},
            next_step=_("Pay another advance first, or leave it as it is."),
        )
    number = len(before) + 2
    entry = post(
        event=chart.SPEND,
        day=first_open_day(happened_on=on),
        occurred_on=record.spent_on,
        rows=covered.rows,
        key=f"spend:{record.reference}:{number}",
        document=record.reference,
        by_id=by.pk,
    )
    made = LaterCover.objects.create(
        spending=record,
        number=number,
        funded_minor=covered.funded_minor,
        drawn_minor=covered.drawn_minor,
        drawn_currency=covered.currency,
        entry=entry,
        made_by=by,
        made_at=at,
        made_on=entry.day,
    )
    after = {"funded_minor": made.funded_minor, "drawn_minor": made.drawn_minor, "drawn_currency": made.drawn_currency}
    audit(act="spending.cover_later", subject=f"spending:{record.reference}", by=by, at=at, after=after)
    return made


def open_minor(record: SpendingRecord) -> int:
    """Return what a later advance may still pay of an accepted record, in its own currency."""
    covered = record.covers.aggregate(total=Sum("funded_minor"))["total"] or 0
    part = record.recoverables.filter(origin=Recoverable.Origin.PART).aggregate(total=Sum("local_minor"))["total"] or 0
    # Of the part that is not eligible, what the advances did not pay stays the recipient's own.
    return (record.not_funded_minor or 0) - covered - (record.ineligible_minor - part)


@retry_on_deadlock
@transaction.atomic
def undo_acceptance(*, record_id: int, reason: str, by: User, at: datetime, on: date) -> SpendingRecord:
    """
    Undo an acceptance that was a mistake: its entries are reversed whole, on the day ``on`` or the first open day.

    A closed period does not move. What was spent in truth is logged again, as a record of its own.

    :raises NotYours, OwnRequest: if the person is no approver, accepted it or logged it
    :raises AlreadyDecided: if it is not accepted
    :raises SettleFirst: if some of it is to be repaid, or was
    :raises MoneyHasMoved: if its money is no longer where it was put
    """
    require_role(person=by, roles=CHECKERS)
    record = _locked(record_id, by=by)
    require_other_person(person=by, maker_id=record.decided_by_id)
    words = limits.needed(text=reason, field="reason", longest=500)
    if Status.UNDONE not in STEPS[Status(record.status)]:
        raise already_decided(reference=record.reference, standing=record.get_status_display())
    if record.recoverables.exclude(origin=Recoverable.Origin.ADVANCE).exists():
        _require_allowed(record)
    day = first_open_day(happened_on=on)
    numbers = [number for number in (record.entry_id, *record.covers.order_by("number").values_list("entry_id", flat=True)) if number]
    steps = steps_of_entries(numbers)
    if steps:
        lock_places(places=[place for step in steps for place in (step.debit, step.credit)])
    # Last in, first out.
    for number in reversed(numbers):
        reverse(entry_id=number, day=day, key=f"undo:{number}", by_id=by.pk, document=record.reference)
    record.status, record.undone_by, record.undone_at, record.undone_on = Status.UNDONE, by, at, day
    record.save(update_fields=["status", "undone_by", "undone_at", "undone_on"])
    ReviewStep.objects.create(spending=record, status=Status.UNDONE, words=words, by=by, at=at)
    after = {"entries": list(Entry.objects.filter(reverses_id__in=numbers).order_by("id").values_list("id", flat=True)), "day": day.isoformat()}
    audit(act="spending.undo", subject=f"spending:{record.reference}", by=by, at=at, reason=words, after=after)
    return record


def _locked(record_id: int, *, by: User) -> SpendingRecord:
    record = SpendingRecord.objects.select_for_update(of=("self",)).select_related("recipient", "category").get(pk=record_id)
    require_other_person(person=by, maker_id=record.logged_by_id)
    return record


def _require_allowed(record: SpendingRecord) -> None:
    for owed in record.recoverables.exclude(origin=Recoverable.Origin.ADVANCE):
        allowed = owed.settlements.filter(kind="ALLOWED", status="DONE").aggregate(total=Sum("local_minor"))["total"] or 0
        if allowed != owed.local_minor:
            raise SettleFirst(
                _("%(reference)s asks some of it back.") % {"reference": owed.reference},
                next_step=_("An acceptance is undone whole: allow that part after all first, or leave the acceptance as it is."),
            )
