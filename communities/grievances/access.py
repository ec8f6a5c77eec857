"""Who handles complaints: officers do, auditors read them without names, administrators do not read them."""

from __future__ import annotations

from django.utils.translation import gettext as _

from communities.grievances.models import Case
from communities.grievances.refusals import NotFoundHere, NotIndependent
from core.people.access import LIAISONS, OFFICERS, READERS, require_role
from core.people.models import User

HANDLERS = OFFICERS
CASE_READERS = READERS
ENTERERS = OFFICERS | LIAISONS


def case_to_handle(*, person: User, case_id: int) -> Case:
    """
    Fetch a complaint, locked, for somebody who handles complaints.

    :raises NotYours: if the person's role does not
    :raises NotFoundHere: if there is no such complaint
    """
    require_role(person=person, roles=HANDLERS)
    return _locked(case_id)


def _locked(case_id: int) -> Case:
    case = Case.objects.select_for_update(of=("self",)).select_related("payment__disbursement", "spending").filter(pk=case_id).first()
    if case is None:
        raise NotFoundHere(_("There is no such complaint."), next_step=_("Open the list again."))
    return case


def require_independent(*, person: User, case: Case) -> None:
    """
    Refuse whoever asked for, decided, paid or logged what the complaint is about.

    :raises NotIndependent: if they did
    """
    hands: set[int | None] = set()
    if case.payment:
        hands |= {case.payment.disbursement.requested_by_id, case.payment.disbursement.decided_by_id, case.payment.paid_by_id}
    if case.spending:
        hands |= {case.spending.logged_by_id, case.spending.decided_by_id}
    if person.pk in hands:
        raise NotIndependent(_("The complaint is about something you did yourself."), next_step=_("Another person answers it."))
