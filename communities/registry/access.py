"""Which recipients a person may see: liaisons theirs on that day, readers of the books all, others none."""

from __future__ import annotations

from datetime import date

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from communities.registry.models import Assignment, Recipient
from communities.registry.refusals import NotFoundHere
from core.people.access import LIAISONS, READERS, may
from core.people.models import User

__all__ = ["NotFoundHere", "recipient_for", "recipients_of"]


def recipients_of(*, person: User, on: date) -> QuerySet[Recipient]:
    """Return the recipients a person may see on a day."""
    if may(person, READERS):
        return Recipient.objects.all()
    if not may(person, LIAISONS):
        return Recipient.objects.none()
    held = Assignment.objects.filter(Q(to_date=None) | Q(to_date__gt=on), person=person, from_date__lte=on)
    return Recipient.objects.filter(id__in=held.values("recipient_id"))


def recipient_for(*, person: User, recipient_id: int, on: date) -> Recipient:
    """
    Return a recipient the person may see.

    :raises NotFoundHere: if there is none with this id, or it is not theirs: the two are not told apart
    """
    recipient = recipients_of(person=person, on=on).filter(id=recipient_id).first()
    if recipient is None:
        raise NotFoundHere(_("There is no such recipient among yours."))
    return recipient
