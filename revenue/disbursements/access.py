"""Who may speak for a recipient."""

from __future__ import annotations

from datetime import date

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from communities.registry.models import Assignment, Recipient
from core.people.access import LIAISONS, MAKERS, READERS, may
from core.people.models import User
from core.refusal import Refused
from revenue.disbursements.models import Disbursement, Payment


class NotFoundHere(Refused):
    """There is no such payment for this person."""

    code = "not_found"


def disbursements_of(*, person: User, on: date) -> QuerySet[Disbursement]:
    """Return the disbursements a person may see: readers all, a liaison those of the recipients assigned on that day."""
    if may(person, READERS):
        return Disbursement.objects.all()
    if not may(person, LIAISONS):
        return Disbursement.objects.none()
    return Disbursement.objects.filter(recipient__in=_assigned(person, on))


def payment_to_acknowledge(*, payment_id: int, person: User, on: date) -> Payment:
    """
    Return a payment that this person may acknowledge: an officer with the paper form, or the recipient's own liaison.

    :raises NotFoundHere: if there is none, or it is another recipient's
    """
    payment = Payment.objects.select_related("disbursement__recipient").filter(id=payment_id).first()
    is_officer = may(person, MAKERS)
    is_liaison = payment is not None and may(person, LIAISONS) and _assigned(person, on).filter(id=payment.disbursement.recipient_id).exists()
    if payment is None or not (is_officer or is_liaison):
        raise NotFoundHere(_("There is no such payment."), next_step=_("Choose one from your list."))
    return payment


def _assigned(person: User, on: date) -> QuerySet[Recipient]:
    now = Q(to_date=None) | Q(to_date__gt=on)
    return Recipient.objects.filter(id__in=Assignment.objects.filter(now, person=person, from_date__lte=on).values("recipient_id"))
