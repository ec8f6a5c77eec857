"""Money that a recipient has to pay back: spending that is not allowed after all, or an advance that was not accounted for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext as _

from communities.spending import limits, parts
from communities.spending.models import Category, Recoverable, ReviewStep, SpendingRecord, Status
from communities.spending.refusals import MoreThanThereIs, NotThisPayment, already_decided, key_used_otherwise
from core.audit.services import record as audit
from core.money import Money
from core.people.access import OFFICERS, require_other_person, require_role
from core.people.models import User
from core.references import next_reference
from revenue.disbursements.models import Disbursement, Payment
from revenue.ledger import chart
from revenue.ledger.chart import Place, Row
from revenue.ledger.models import Entry
from revenue.ledger.queries import first_open_day
from revenue.ledger.riel import Held
from revenue.ledger.services import draw_local, lock_places, post, retry_on_deadlock


@dataclass(frozen=True, slots=True)
class Demand:
    """What is asked back, before it has its entry; ``local_minor`` in the currency that was spent or held."""

    client_key: UUID
    origin: str
    local_minor: int
    local_currency: str
    currency: str
    reason: str
    category: Category | None = None
    spending: SpendingRecord | None = None
    disbursement: Disbursement | None = None


@retry_on_deadlock
@transaction.atomic
def disallow_spending(
    *, client_key: UUID, record_id: int, local_minor: int, reason: str, by: User, at: datetime, on: date, category_id: int | None = None
) -> Recoverable:
    """
    Disallow accepted spending, or ``local_minor`` of it (the record's currency): it is to be repaid.

    Posted on the day ``on`` or the first open day after it, and names the entry it corrects. ``category_id`` is what it
    was in truth. The same form sent twice is one demand.

    :raises NotYours, OwnRequest: if the person is no officer, or logged it
    :raises AlreadyDecided: if it is not accepted
    :raises MoreThanThereIs: if carbon revenue paid less of it
    """
    require_role(person=by, roles=OFFICERS)
    record = SpendingRecord.objects.select_for_update(of=("self",)).select_related("recipient", "category").get(pk=record_id)
    require_other_person(person=by, maker_id=record.logged_by_id)
    words = limits.needed(text=reason, field="reason", longest=500)
    same = asked_before(client_key=client_key, local_minor=local_minor, spending_id=record.pk)
    if same is not None:
        return same
    if record.status != Status.ACCEPTED:
        raise already_decided(reference=record.reference, standing=record.get_status_display())
    held = parts.spent_parts(record)
    check_amount(local_minor, at_most=sum(part.local_minor for part in held), currency=record.currency)
    category = Category.objects.get(pk=category_id) if category_id is not None else None
    demand = Demand(
        client_key, Recoverable.Origin.DISALLOWED, local_minor, record.currency, _book_currency(record), words, category=category, spending=record
    )
    spent, owed = places_of(demand)
    lock_places(places=[spent, owed])
    rows = rows_between(parts.moved(parts.take(held, local_minor), spent), debit=owed, credit=spent, local_currency=record.currency)
    made = write(demand=demand, rows=rows, by=by, at=at, on=on)
    ReviewStep.objects.create(spending=record, status=record.status, words=f"{Money(local_minor, record.currency)}: {words}"[:500], by=by, at=at)
    _audit(made, by=by, at=at)
    return made


@retry_on_deadlock
@transaction.atomic
def disallow_advance(
    *, client_key: UUID, disbursement_id: int, local_minor: int, reason: str, by: User, at: datetime, on: date, record_id: int | None = None
) -> Recoverable:
    """
    Ask back ``local_minor`` of an advance (the currency it is held in) that was not accounted for, or whose use was refused.

    ``record_id`` names the refused spending it went to. The same form sent twice is one demand.

    :raises NotYours: if the person is no officer
    :raises NotThisPayment: if it is no advance that was paid, or not the refused record's recipient's
    :raises MoreThanThereIs: if they hold less of it, or it is more than the refused record
    """
    require_role(person=by, roles=OFFICERS)
    disbursement = Disbursement.objects.select_for_update(of=("self",)).select_related("recipient").get(pk=disbursement_id)
    words = limits.needed(text=reason, field="reason", longest=500)
    same = asked_before(client_key=client_key, local_minor=local_minor, disbursement_id=disbursement.pk)
    if same is not None:
        return same
    payment = disbursement.payments.filter(status=Payment.Status.PAID).first()
    if payment is None or disbursement.kind != Disbursement.Kind.ADVANCE:
        raise NotThisPayment(_("This is no advance that was paid."), field="disbursement", next_step=_("Choose another payment."))
    record = _refused(record_id=record_id, payment=payment, local_minor=local_minor, by=by) if record_id is not None else None
    check_amount(local_minor, at_most=limits.LARGEST_MINOR[payment.local_currency], currency=payment.local_currency)
    demand = Demand(
        client_key, Recoverable.Origin.ADVANCE, local_minor, payment.local_currency, disbursement.currency, words,
        spending=record, disbursement=disbursement,
    )  # fmt: skip
    made = write(demand=demand, rows=_drawn_back(demand), by=by, at=at, on=on)
    _audit(made, by=by, at=at)
    return made


def _refused(*, record_id: int, payment: Payment, local_minor: int, by: User) -> SpendingRecord:
    record = SpendingRecord.objects.select_for_update(of=("self",)).select_related("category", "recipient").get(pk=record_id)
    require_other_person(person=by, maker_id=record.logged_by_id)
    if record.status != Status.REFUSED:
        raise already_decided(reference=record.reference, standing=record.get_status_display())
    told = (record.recipient_id, record.category.purpose, record.currency)
    if told != (payment.disbursement.recipient_id, payment.disbursement.purpose, payment.local_currency):
        raise NotThisPayment(
            _("This payment was not made to this recipient for this kind of spending."), field="disbursement", next_step=_("Choose another payment.")
        )
    asked = record.recoverables.aggregate(total=Sum("local_minor"))["total"] or 0
    check_amount(local_minor, at_most=record.amount_minor - record.other_minor - asked, currency=record.currency)
    return record


def _drawn_back(demand: Demand) -> list[Row]:
    assert demand.disbursement is not None
    code, purpose = demand.disbursement.recipient.code, demand.disbursement.purpose
    advance = parts.advance_place(recipient_code=code, purpose=purpose, currency=demand.currency)
    owed = parts.recoverable_place(recipient_code=code, purpose=purpose, currency=demand.currency)
    drawn = draw_local(
        place=advance, local_minor=demand.local_minor, lots=[demand.disbursement.pk], local_currency=demand.local_currency, others=[owed]
    )
    check_amount(demand.local_minor, at_most=demand.local_minor - drawn.not_covered_minor, currency=demand.local_currency)
    held = [Held(one.lot, one.tranche_id, one.amount_minor, one.local_minor) for one in drawn.rows]
    return rows_between(held, debit=owed, credit=advance, local_currency=demand.local_currency)


def asked_before(*, client_key: UUID, local_minor: int, **facts: int) -> Recoverable | None:
    """
    Return the demand that this form made already.

    :raises KeyUsedOtherwise: if it says something else
    """
    same = Recoverable.objects.filter(client_key=client_key).first()
    if same is not None and (same.local_minor != local_minor or any(getattr(same, name) != value for name, value in facts.items())):
        raise key_used_otherwise(same.reference)
    return same


def check_amount(local_minor: int, *, at_most: int, currency: str) -> None:
    """
    Refuse an amount that is nothing, or more than there is.

    :raises MoreThanThereIs: at ``amount``
    """
    if local_minor <= 0:
        raise MoreThanThereIs(_("The amount must be more than zero."), field="amount")
    if local_minor > at_most:
        raise MoreThanThereIs(
            _("This is more than there is: at most %(most)s.") % {"most": Money(max(0, at_most), currency)},
            field="amount",
            next_step=_("Write less."),
        )


def places_of(demand: Demand) -> tuple[Place, Place]:
    """Return where the money of a demand about spending is counted as spent, and where as owed."""
    assert demand.spending is not None
    code, purpose = demand.spending.recipient.code, demand.spending.category.purpose
    return (
        parts.spent_place(recipient_code=code, purpose=purpose, currency=demand.currency),
        parts.recoverable_place(recipient_code=code, purpose=purpose, currency=demand.currency),
    )


def rows_between(held: Sequence[Held], *, debit: Place, credit: Place, local_currency: str) -> list[Row]:
    """Turn parts into the rows that move them."""
    return [Row(debit, credit, one.amount_minor, one.tranche_id, one.lot, one.local_minor, local_currency if one.local_minor else "") for one in held]


def write(*, demand: Demand, rows: list[Row], by: User, at: datetime, on: date, entry: Entry | None = None, reference: str = "") -> Recoverable:
    """Post a demand, unless ``entry`` was posted with others under ``reference``, and write it down."""
    reference = reference or next_reference(prefix="RV", year=on.year)
    day = first_open_day(happened_on=on)
    amount = sum(row.amount_minor for row in rows)
    source = demand.spending or demand.disbursement
    assert source is not None
    purpose = demand.disbursement.purpose if demand.disbursement else demand.spending.category.purpose if demand.spending else ""
    if entry is None:
        corrects = demand.spending.entry_id if demand.spending and demand.disbursement is None else None
        entry = post(
            event=chart.DISALLOW,
            day=day,
            occurred_on=on,
            rows=rows,
            key=f"disallow:{reference}",
            document=reference,
            by_id=by.pk,
            corrects_id=corrects,
        )
    return Recoverable.objects.create(
        reference=reference,
        recipient=source.recipient,
        purpose=purpose,
        amount_minor=amount,
        left_local_minor=demand.local_minor,
        left_minor=amount,
        made_by=by,
        made_at=at,
        made_on=day,
        entry=entry,
        **{name: getattr(demand, name) for name in _KEPT},
    )


_KEPT = ("client_key", "origin", "local_minor", "local_currency", "currency", "reason", "category", "spending", "disbursement")


def _book_currency(record: SpendingRecord) -> str:
    if record.drawn_currency:
        return record.drawn_currency
    cover = record.covers.first()
    return cover.drawn_currency if cover is not None else ""


def _audit(made: Recoverable, *, by: User, at: datetime) -> None:
    audit(act="recoverable.ask", subject=f"recoverable:{made.reference}", by=by, at=at, reason=made.reason, after=facts_of(made))


def facts_of(made: Recoverable) -> dict[str, Any]:
    """Return what the audit trail keeps of a demand."""
    return {
        "origin": made.origin,
        "recipient": made.recipient.code,
        "spending": made.spending.reference if made.spending else None,
        "disbursement": made.disbursement.reference if made.disbursement else None,
        "local_minor": made.local_minor,
        "local_currency": made.local_currency,
        "amount_minor": made.amount_minor,
        "currency": made.currency,
    }
