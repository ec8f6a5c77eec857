"""Say who shares in a project's plan, and from when until when."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from communities.registry.models import Recipient
from core.audit.services import record
from core.people.access import MAKERS, require_role
from core.people.models import User
from revenue.credits.models import Project
from revenue.sharing.models import Beneficiary
from revenue.sharing.refusals import AlreadyDecided, DaysInOrder, sentences


@transaction.atomic
def add_beneficiary(*, project_id: int, recipient_id: int, group: str, from_date: date, by: User, at: datetime) -> Beneficiary:
    """
    Put a recipient into a group of a project's plan from a day on. The same again is the same row.

    :raises AlreadyBeneficiary: if the recipient is in the group at that time already
    """
    require_role(person=by, roles=MAKERS)
    project, recipient = Project.objects.get(id=project_id), Recipient.objects.get(id=recipient_id)
    same = Beneficiary.objects.filter(project=project, recipient=recipient, group=group, from_date=from_date, to_date=None).first()
    if same is not None:
        return same
    with sentences():
        beneficiary = Beneficiary.objects.create(project=project, recipient=recipient, group=group, from_date=from_date)
    after = {"group": group, "recipient": recipient.code, "from_date": from_date.isoformat()}
    record(act="beneficiary.add", subject=f"beneficiary:{beneficiary.pk}", by=by, at=at, after=after)
    return beneficiary


@transaction.atomic
def end_beneficiary(*, beneficiary_id: int, to_date: date, by: User, at: datetime) -> Beneficiary:
    """
    End a membership: ``to_date`` is the first day on which the recipient no longer shares.

    :raises DaysInOrder: if it would end before it begins
    :raises AlreadyDecided: if it has been ended already
    """
    require_role(person=by, roles=MAKERS)
    beneficiary = Beneficiary.objects.select_for_update().get(id=beneficiary_id)
    if beneficiary.to_date == to_date:
        return beneficiary
    if beneficiary.to_date is not None:
        raise AlreadyDecided(_("This membership has been ended already."), next_step=_("Add a new one if it goes on."))
    if to_date <= beneficiary.from_date:
        raise DaysInOrder(_("It would end before it begins."), field="to_date", next_step=_("Choose a later day."))
    beneficiary.to_date = to_date
    with sentences():
        beneficiary.save(update_fields=["to_date"])
    record(act="beneficiary.end", subject=f"beneficiary:{beneficiary.pk}", by=by, at=at, after={"to_date": to_date.isoformat()})
    return beneficiary
