"""Who may ask a village about a payment: nobody who had a hand in it, nor who helps the community."""

from __future__ import annotations

from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext as _

from communities.callbacks.models import Answer, Asking, SampledPayment
from communities.callbacks.refusals import NotFoundHere, NotIndependent
from communities.registry.models import Assignment
from core.people.access import LIAISONS, OFFICERS, READERS, may, require_role
from core.people.models import User

ASKERS = OFFICERS | LIAISONS


def items_of(*, person: User) -> QuerySet[SampledPayment]:
    """Return the payments to check that a person may see: readers all, a liaison those they were asked about last."""
    if may(person, READERS):
        return SampledPayment.objects.all()
    if not may(person, LIAISONS):
        return SampledPayment.objects.none()
    last = Asking.objects.filter(item=OuterRef("pk")).order_by("-id").values("person_id")[:1]
    return SampledPayment.objects.annotate(asker=Subquery(last)).filter(asker=person.pk)


def answers_of(*, person: User) -> QuerySet[Answer]:
    """Return the answers a person may see: readers all, a liaison those they recorded."""
    return Answer.objects.all() if may(person, READERS) else Answer.objects.filter(recorded_by=person)


def item_to_ask_about(*, person: User, item_id: int) -> SampledPayment:
    """
    Return a payment about which the person may ask the village.

    :raises NotYours: if the person's role asks nobody
    :raises NotFoundHere: if it is not theirs
    :raises NotIndependent: if they had a hand in the payment, or help the community
    """
    require_role(person=person, roles=ASKERS)
    item = items_of(person=person).select_related("payment__disbursement__recipient", "payment__acknowledgement").filter(pk=item_id).first()
    if item is None:
        raise NotFoundHere(_("There is no such payment to check among yours."), next_step=_("Open your list."))
    require_independent(person=person, item=item)
    return item


def require_independent(*, person: User, item: SampledPayment) -> None:
    """
    Refuse somebody who had a hand in the payment, or has helped the community since before it was paid.

    :raises NotIndependent: with what they did
    """
    next_step = _("Another person asks the village.")
    if person.pk in hands_in(item):
        raise NotIndependent(_("%(person)s had a hand in this payment.") % {"person": person}, field="person", next_step=next_step)
    if _assigned(item).filter(person=person).exists():
        raise NotIndependent(_("%(person)s helps this community.") % {"person": person}, field="person", next_step=next_step)


def hands_in(item: SampledPayment) -> set[int]:
    """Return who asked for, decided, paid or acknowledged a payment."""
    payment = item.payment
    said = getattr(payment, "acknowledgement", None)
    people = (payment.disbursement.requested_by_id, payment.disbursement.decided_by_id, payment.paid_by_id, said.acknowledged_by_id if said else None)
    return {one for one in people if one is not None}


def _assigned(item: SampledPayment) -> QuerySet[Assignment]:
    since = Q(to_date=None) | Q(to_date__gt=item.payment.paid_on)
    return Assignment.objects.filter(since, recipient_id=item.payment.disbursement.recipient_id)
