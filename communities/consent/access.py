"""Whose plans and consents a person may see and write: liaisons those of their communities, readers of the books all."""

from __future__ import annotations

from datetime import date, datetime

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from communities.consent.models import BudgetLine, Consent, VillagePlan
from communities.consent.refusals import NotFoundHere, NotPossible
from communities.registry.access import recipient_for, recipients_of
from communities.registry.models import Recipient
from core.clock import day_of
from core.people.access import LIAISONS, MAKERS, require_role
from core.people.models import User

# A liaison writes down what the community said; an officer enters what came on paper.
WRITERS = LIAISONS | MAKERS


def plans_of(*, person: User, on: date) -> QuerySet[VillagePlan]:
    """Return the village plans a person may see on a day."""
    return VillagePlan.objects.filter(recipient__in=recipients_of(person=person, on=on))


def consents_of(*, person: User, on: date) -> QuerySet[Consent]:
    """Return the consents a person may see on a day."""
    return Consent.objects.filter(recipient__in=recipients_of(person=person, on=on))


def community_to_write_for(*, person: User, recipient_id: int, at: datetime) -> Recipient:
    """
    Return a community that the person writes for.

    :raises NotYours: if the person's role writes no plans
    :raises NotFoundHere: if it is not theirs
    :raises NotPossible: if it is no community
    """
    require_role(person=person, roles=WRITERS)
    recipient = recipient_for(person=person, recipient_id=recipient_id, on=day_of(at))
    if not recipient.is_community:
        raise NotPossible(
            _("%(recipient)s is no community: only communities plan and consent.") % {"recipient": recipient},
            field="recipient",
            next_step=_("Choose a village committee, community or commune."),
        )
    return recipient


def plan_to_write(*, person: User, plan_id: int, at: datetime) -> VillagePlan:
    """
    Hold a plan that the person writes.

    :raises NotYours: if the person's role writes no plans
    :raises NotFoundHere: if it is not theirs
    """
    require_role(person=person, roles=WRITERS)
    mine = plans_of(person=person, on=day_of(at)).values("pk")
    plan = VillagePlan.objects.select_for_update(of=("self",)).select_related("recipient").filter(pk=plan_id, pk__in=mine).first()
    if plan is None:
        raise NotFoundHere(_("There is no such plan among yours."), next_step=_("Open your list of plans."))
    return plan


def line_to_write(*, person: User, line_id: int, at: datetime) -> BudgetLine:
    """
    Return a budget line of a plan that the person writes; the plan is held.

    :raises NotYours: if the person's role writes no plans
    :raises NotFoundHere: if it is not theirs, or gone
    """
    require_role(person=person, roles=WRITERS)
    plan_id = BudgetLine.objects.filter(pk=line_id).values_list("activity__plan_id", flat=True).first()
    plan_to_write(person=person, plan_id=plan_id or 0, at=at)
    line = BudgetLine.objects.select_related("activity__plan__recipient").filter(pk=line_id).first()
    if line is None:
        raise NotFoundHere(_("There is no such plan among yours."), next_step=_("Open your list of plans."))
    return line
