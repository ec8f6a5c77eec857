"""Ask the village: who is sent, and what the villager says."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from communities.callbacks import access
from communities.callbacks.models import Answer, Asking, SampledPayment
from communities.callbacks.refusals import NotFilledIn, NotFoundHere, NotIndependent
from core import files
from core.audit.services import record
from core.clock import day_of
from core.models import StoredFile
from core.money import EXPONENTS, LARGEST_MINOR
from core.people.access import OFFICERS, may, require_role
from core.people.models import User
from revenue.ledger.refusals import constraint_of

# (bytes, media type, name), read and judged before.
Upload = tuple[bytes, str, str]


@transaction.atomic
def ask_person(*, item_id: int, person_id: int, by: User, at: datetime) -> Asking:
    """
    Send somebody to call or visit about a payment: an officer or the liaison of another community.

    :raises NotFoundHere: if there is no such payment to check
    :raises NotFilledIn: if the person's role asks nobody
    :raises NotIndependent: if the person had a hand in the payment, or helps the community
    """
    require_role(person=by, roles=OFFICERS)
    item = SampledPayment.objects.select_related("payment__disbursement__recipient", "payment__acknowledgement").filter(pk=item_id).first()
    if item is None:
        raise NotFoundHere(_("There is no such payment to check."), next_step=_("Open the list again."))
    person = User.objects.filter(pk=person_id).first()
    if person is None or not may(person, access.ASKERS):
        raise NotFilledIn(_("Choose an officer or a community liaison."), field="person")
    access.require_independent(person=person, item=item)
    before = item.askings.order_by("-id").first()
    if before is not None and before.person_id == person.pk:
        return before
    asking = Asking.objects.create(item=item, person=person, asked_by=by, asked_at=at)
    record(act="check.ask", subject=_subject(item), by=by, at=at, after={"person": person.username})
    return asking


def record_answer(
    *,
    client_key: UUID,
    item_id: int,
    channel: str,
    asked_on: date,
    was_reached: bool,
    by: User,
    at: datetime,
    was_received: bool | None = None,
    amount_minor: int | None = None,
    currency: str = "",
    received_on: date | None = None,
    spoken_to: str = "",
    words: str = "",
    photo: Upload | None = None,
    recording: Upload | None = None,
) -> Answer:
    """
    Write down one call or visit about a payment. The same form twice is one answer.

    :raises NotFoundHere: if the payment is not this person's to ask about
    :raises NotIndependent: if the person had a hand in the payment, or helps the community
    :raises NotFilledIn: if a value is missing or cannot be right
    """
    item = access.item_to_ask_about(person=by, item_id=item_id)
    before = Answer.objects.filter(client_key=client_key, item=item).first()
    if before is not None:
        return before
    said = Answer(
        client_key=client_key, item=item, channel=channel, asked_on=asked_on, was_reached=was_reached, words=words.strip()[:500], recorded_by=by,
        recorded_at=at,
    )  # fmt: skip
    if was_reached:
        said.was_received, said.spoken_to, said.received_on = was_received, spoken_to.strip()[:160], received_on
        said.amount_minor, said.currency = (amount_minor, currency) if amount_minor is not None else (None, "")
    _check(said, today=day_of(at))
    try:
        with transaction.atomic():
            said.photo, said.recording = _kept(photo, by, at), _kept(recording, by, at)
            said.save(force_insert=True)
            record(act="check.answer", subject=_subject(item), by=by, at=at, after=_facts(said))
            return said
    except IntegrityError as error:
        if constraint_of(error) == "callbacks_answer_independent":
            raise NotIndependent(_("%(person)s had a hand in this payment.") % {"person": by}) from error
        before = Answer.objects.filter(client_key=client_key, item=item).first()
        if before is None:
            raise
        return before


def _check(said: Answer, *, today: date) -> None:
    if said.channel not in Answer.Channel.values:
        raise NotFilledIn(_("Choose how the village was asked."), field="channel")
    paid_on = said.item.payment.paid_on
    for field, day in (("asked_on", said.asked_on), ("received_on", said.received_on)):
        if day is not None and day > today:
            raise NotFilledIn(_("This day has not come yet."), field=field, next_step=_("Choose today or an earlier day."))
    if said.asked_on < paid_on:
        raise NotFilledIn(_("The payment was made after this day."), field="asked_on", next_step=_("Check the day."))
    if said.was_reached:
        _check_said(said)


def _check_said(said: Answer) -> None:
    if said.was_received is None:
        raise NotFilledIn(_("Choose whether the villager says that money was received."), field="was_received")
    if not said.spoken_to:
        raise NotFilledIn(_("Write who answered, or their part in the village."), field="spoken_to")
    if said.amount_minor is None:
        return
    if not said.was_received:
        raise NotFilledIn(_("Nothing was received, so leave the amount empty."), field="amount")
    if said.currency not in EXPONENTS or not 0 < said.amount_minor <= LARGEST_MINOR:
        raise NotFilledIn(_("This amount cannot be right."), field="amount", next_step=_("Check the number of zeros."))


def _kept(upload: Upload | None, by: User, at: datetime) -> StoredFile | None:
    return files.store(data=upload[0], media_type=upload[1], original_name=upload[2], by=by, at=at) if upload else None


def _subject(item: SampledPayment) -> str:
    return f"check:{item.sample_id}:{item.payment.disbursement.reference}"


def _facts(said: Answer) -> dict[str, object]:
    return {
        "channel": said.channel,
        "asked_on": said.asked_on.isoformat(),
        "was_reached": said.was_reached,
        "was_received": said.was_received,
        "amount_minor": said.amount_minor,
        "currency": said.currency,
        "files": [one.sha256 for one in (said.photo, said.recording) if one],
    }
