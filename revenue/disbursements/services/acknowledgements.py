"""The recipient says that a payment arrived."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from core.audit.services import record
from core.clock import day_of
from core.people.models import User
from revenue.disbursements.access import payment_to_acknowledge
from revenue.disbursements.models import Acknowledgement, Payment
from revenue.disbursements.refusals import NotAtThisStep, NotFilledIn, key_used_otherwise, needed


@transaction.atomic
def acknowledge_payment(
    *,
    client_key: UUID,
    payment_id: int,
    received_on: date,
    local_minor: int,
    local_currency: str,
    signed_by: str,
    also_signed_by: str,
    photo_id: int | None,
    by: User,
    at: datetime,
) -> Acknowledgement:
    """
    Record that a payment arrived: how much (minor units of the currency paid out), when, and who signed.

    The amount may differ from what was paid: that is shown, not refused. The same ``client_key`` twice is once.

    :raises NotFoundHere: if the payment is not one that this person may acknowledge
    :raises NotAtThisStep: if it was sent back, or acknowledged before
    :raises NotFilledIn: if a value is missing or cannot be right
    """
    payment_to_acknowledge(payment_id=payment_id, person=by, on=day_of(at))
    payment = Payment.objects.select_for_update(of=("self",)).select_related("disbursement").get(id=payment_id)
    same = Acknowledgement.objects.filter(client_key=client_key).first()
    if same is not None:
        if (same.payment_id, same.local_minor, same.local_currency) != (payment_id, local_minor, local_currency):
            raise key_used_otherwise()
        return same
    _check(payment, received_on, local_minor, local_currency, today=day_of(at))
    first, second = needed(text=signed_by, field="signed_by")[:160], also_signed_by.strip()[:160]
    if first.casefold() == second.casefold():
        raise NotFilledIn(_("Two different people sign."), field="also_signed_by", next_step=_("Name the second person, or leave it empty."))
    acknowledgement = Acknowledgement.objects.create(
        payment=payment,
        client_key=client_key,
        received_on=received_on,
        local_minor=local_minor,
        local_currency=local_currency,
        signed_by=first,
        also_signed_by=second,
        photo_id=photo_id,
        acknowledged_by=by,
        acknowledged_at=at,
    )
    after = {"received_on": received_on.isoformat(), "local_minor": local_minor, "local_currency": local_currency}
    record(act="payment.acknowledge", subject=f"disbursement:{payment.disbursement.reference}", by=by, at=at, after=after)
    return acknowledgement


def _check(payment: Payment, received_on: date, local_minor: int, local_currency: str, *, today: date) -> None:
    if payment.status != Payment.Status.PAID:
        raise NotAtThisStep(_("The bank sent this payment back, so it did not arrive."), next_step=_("Wait for it to be paid again."))
    if Acknowledgement.objects.filter(payment=payment).exists():
        raise NotAtThisStep(_("This payment has been acknowledged already."), next_step=_("Look at its page to see by whom."))
    if local_minor <= 0:
        raise NotFilledIn(_("The amount must be above zero."), field="amount")
    if local_currency != payment.local_currency:
        raise NotFilledIn(_("It was paid out in %(currency)s.") % {"currency": payment.local_currency}, field="local_currency")
    if received_on > today:
        raise NotFilledIn(_("This day has not come yet."), field="received_on", next_step=_("Choose today or an earlier day."))
    if received_on < payment.paid_on:
        raise NotFilledIn(
            _("It was paid on %(day)s and cannot have arrived before.") % {"day": payment.paid_on.isoformat()},
            field="received_on",
            next_step=_("Correct the day."),
        )
