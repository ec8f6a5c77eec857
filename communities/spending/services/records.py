"""Log what a recipient spent, and answer the office's question about it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from communities.consent.models import Activity, VillagePlan
from communities.registry.access import recipient_for
from communities.spending import access, limits
from communities.spending.models import Category, Evidence, ReviewStep, SpendingRecord, Status
from communities.spending.refusals import NotEligible, NotFilledIn, NotThisActivity, NotThisPayment, already_decided, key_used_otherwise, words_needed
from communities.spending.services.evidence import NOTHING_KNOWN, Photo, Taken, check_count, keep
from core.audit.services import record as audit
from core.people.access import require_role
from core.people.models import User
from core.references import next_reference
from revenue.disbursements.models import Disbursement


@dataclass(frozen=True, slots=True)
class Facts:
    """What was typed, compared when the same form comes twice."""

    recipient_id: int
    category_id: int
    disbursement_id: int | None
    activity_id: int | None
    spent_on: date
    amount_minor: int
    currency: str
    other_minor: int
    payee: str
    description: str
    women: int
    men: int
    youth: int
    indigenous: int
    poor_households: int
    latitude: Decimal | None
    longitude: Decimal | None
    logged_by_id: int


FIELDS = tuple(Facts.__dataclass_fields__)


@transaction.atomic
def log_spending(
    *,
    client_key: UUID,
    recipient_id: int,
    category_id: int,
    spent_on: date,
    amount_minor: int,
    currency: str,
    payee: str,
    description: str,
    by: User,
    at: datetime,
    other_minor: int = 0,
    women: int = 0,
    men: int = 0,
    youth: int = 0,
    indigenous: int = 0,
    poor_households: int = 0,
    latitude: Decimal | None = None,
    longitude: Decimal | None = None,
    disbursement_id: int | None = None,
    activity_id: int | None = None,
    photos: Sequence[Photo] = (),
    taken: Mapping[str, Taken] = NOTHING_KNOWN,
) -> SpendingRecord:
    """
    Write down one purchase or payment of a recipient, in minor units of riel or dollars.

    The same form sent twice (``client_key`` and content) gives the same record. ``disbursement_id`` names the
    advance it was paid from; left out, the oldest of the category's purpose is drawn when it is accepted. ``taken`` is
    what is known of the photos by their sha256, ``latitude`` and ``longitude`` (degrees) where the phone was.

    :raises NotYours, NotFoundHere: if the person does not log for this recipient
    :raises NotFilledIn, NotEligible, AmountNotCredible, NotThisPayment: at the field that is wrong
    :raises KeyUsedOtherwise: if the form was sent before with other values
    """
    require_role(person=by, roles=access.LOGGERS)
    recipient = recipient_for(person=by, recipient_id=recipient_id, on=timezone.localdate(at))
    facts = Facts(
        recipient_id=recipient.pk,
        category_id=category_id,
        disbursement_id=disbursement_id,
        activity_id=activity_id,
        spent_on=spent_on,
        amount_minor=amount_minor,
        currency=currency,
        other_minor=other_minor,
        payee=limits.needed(text=payee, field="payee", longest=160),
        description=limits.needed(text=description, field="description", longest=500),
        women=women,
        men=men,
        youth=youth,
        indigenous=indigenous,
        poor_households=poor_households,
        latitude=latitude,
        longitude=longitude,
        logged_by_id=by.pk,
    )
    return _once(client_key=client_key, facts=facts, photos=photos, taken=taken, by=by, at=at)


def _once(*, client_key: UUID, facts: Facts, photos: Sequence[Photo], taken: Mapping[str, Taken], by: User, at: datetime) -> SpendingRecord:
    before = SpendingRecord.objects.filter(client_key=client_key).first()
    if before is not None:
        return _same(before=before, facts=facts, photos=photos)
    check(facts=facts, today=timezone.localdate(at))
    check_count(photos)
    return _write(client_key=client_key, facts=facts, photos=photos, taken=taken, by=by, at=at)


def _write(*, client_key: UUID, facts: Facts, photos: Sequence[Photo], taken: Mapping[str, Taken], by: User, at: datetime) -> SpendingRecord:
    try:
        with transaction.atomic():
            record = SpendingRecord.objects.create(
                reference=next_reference(prefix="SP", year=timezone.localdate(at).year),
                client_key=client_key,
                logged_at=at,
                **{field: getattr(facts, field) for field in FIELDS},
            )
    except IntegrityError:
        # The same form arrived twice at once, and the other one is written.
        before = SpendingRecord.objects.filter(client_key=client_key).first()
        if before is None:
            raise
        return _same(before=before, facts=facts, photos=photos)
    hashes = keep(photos=photos, kind=Evidence.Kind.RECEIPT, by=by, at=at, spending=record, taken=taken)
    _audit_logged(record=record, hashes=hashes, by=by, at=at)
    return record


def check(*, facts: Facts, today: date) -> None:
    """
    Refuse facts that cannot be right.

    :raises NotFilledIn, NotEligible, AmountNotCredible, NotThisPayment: at the field that is wrong
    """
    limits.check_day(day=facts.spent_on, today=today, field="spent_on")
    limits.check_amounts(amount_minor=facts.amount_minor, other_minor=facts.other_minor, currency=facts.currency)
    limits.check_people(women=facts.women, men=facts.men, youth=facts.youth, indigenous=facts.indigenous)
    limits.check_households(facts.poor_households)
    limits.check_place(latitude=facts.latitude, longitude=facts.longitude)
    category = Category.objects.filter(pk=facts.category_id).first()
    if category is None:
        raise NotFilledIn(_("Choose what kind of spending it was."), field="category")
    if not category.is_eligible:
        raise NotEligible(
            _("Carbon revenue may not pay for “%(category)s”.") % {"category": category},
            field="category",
            next_step=_("Choose another kind if it was something else."),
        )
    if facts.disbursement_id is not None:
        _check_payment(disbursement_id=facts.disbursement_id, facts=facts, purpose=category.purpose)
    if facts.activity_id is not None:
        _check_activity(facts)


def _check_activity(facts: Facts) -> None:
    """Let a record name an activity of its own community's plan; whether its budget line was passed is the office's to judge."""
    once_approved = (VillagePlan.Status.APPROVED, VillagePlan.Status.REPLACED)
    planned = Activity.objects.filter(pk=facts.activity_id or 0, plan__recipient_id=facts.recipient_id, plan__status__in=once_approved)
    if not planned.exists():
        raise NotThisActivity(
            _("This is no activity of the community’s approved plan."), field="activity", next_step=_("Choose another one, or none.")
        )


def _check_payment(*, disbursement_id: int, facts: Facts, purpose: str) -> None:
    is_theirs = Disbursement.objects.filter(
        pk=disbursement_id,
        recipient_id=facts.recipient_id,
        kind=Disbursement.Kind.ADVANCE,
        status=Disbursement.Status.PAID,
        purpose=purpose,
    ).exists()
    if not is_theirs:
        raise NotThisPayment(
            _("This payment was not made to this recipient for this kind of spending."),
            field="disbursement",
            next_step=_("Choose another payment, or leave the choice to the office."),
        )


def _same(*, before: SpendingRecord, facts: Facts, photos: Sequence[Photo]) -> SpendingRecord:
    """
    Return the record that this form wrote already.

    :raises KeyUsedOtherwise: if it says something else
    """
    written = Facts(**{field: getattr(before, field) for field in FIELDS})
    kept = set(before.evidence.filter(added_at=before.logged_at).values_list("file__sha256", flat=True))
    if written != facts or kept != {hashlib.sha256(data).hexdigest() for data, _type, _name in photos}:
        raise key_used_otherwise(before.reference)
    return before


def _audit_logged(*, record: SpendingRecord, hashes: Sequence[str], by: User, at: datetime) -> None:
    audit(
        act="spending.log",
        subject=f"spending:{record.reference}",
        by=by,
        at=at,
        after={
            "recipient": record.recipient.code,
            "category": record.category.code,
            "spent_on": record.spent_on.isoformat(),
            "amount_minor": record.amount_minor,
            "currency": record.currency,
            "other_minor": record.other_minor,
            "files": list(hashes),
        },
    )


@transaction.atomic
def answer_query(
    *, record_id: int, words: str, by: User, at: datetime, photos: Sequence[Photo] = (), taken: Mapping[str, Taken] = NOTHING_KNOWN
) -> SpendingRecord:
    """
    Answer the office's question; the record waits for the office again.

    :raises NotHere: if the record is not this person's
    :raises AlreadyDecided: if no question is open
    :raises WordsNeeded: if nothing was said
    """
    record = access.loggable_spending(person=by, record_id=record_id, at=at)
    if record.status != Status.QUERIED:
        raise already_decided(reference=record.reference, standing=record.get_status_display())
    if not words.strip():
        raise words_needed()
    check_count(photos)
    record.status = Status.LOGGED
    record.save(update_fields=["status"])
    ReviewStep.objects.create(spending=record, status=Status.LOGGED, words=limits.needed(text=words, field="words", longest=500), by=by, at=at)
    hashes = keep(photos=photos, kind=Evidence.Kind.RECEIPT, by=by, at=at, spending=record, taken=taken)
    audit(act="spending.answer", subject=f"spending:{record.reference}", by=by, at=at, after={"words": words.strip(), "files": hashes})
    return record
