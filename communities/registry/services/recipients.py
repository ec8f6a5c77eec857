"""Recipients, the villages they cover, and who logs for them."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Final

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from communities.registry.models import Assignment, Recipient, RecipientVillage
from communities.registry.refusals import AlreadyThere, NotPossible, WrongValue, sentences
from core.audit.services import record
from core.people.access import ADMINISTRATORS, MAKERS, require_role
from core.people.models import Role, User

# A recipient's code becomes part of the ledger's accounts.
_CODE: Final = re.compile(r"^[A-Za-z0-9][A-Za-z0-9_-]{0,39}$")


def create_recipient(*, code: str, kind: str, name: str, by: User, at: datetime, name_km: str = "", province: str = "") -> Recipient:
    """Add a body that may be paid; its code never changes."""
    require_role(person=by, roles=MAKERS)
    check_code(code=code)
    with sentences(), transaction.atomic():
        recipient = Recipient.objects.create(code=code, kind=Recipient.Kind(kind), name=name, name_km=name_km, province=province)
        record(act="recipient.create", subject=f"recipient:{code}", by=by, at=at, after={"kind": kind, "name": name})
    return recipient


def cover_village(*, recipient_id: int, village_id: int, from_date: date, by: User, at: datetime) -> RecipientVillage:
    """Say that a recipient covers a village from a day on."""
    require_role(person=by, roles=MAKERS)
    with sentences(), transaction.atomic():
        cover = RecipientVillage.objects.create(recipient_id=recipient_id, village_id=village_id, from_date=from_date)
        after = {"village": cover.village.code, "from": from_date.isoformat()}
        record(act="recipient.cover", subject=f"recipient:{cover.recipient.code}", by=by, at=at, after=after)
    return cover


def end_cover(*, cover_id: int, to_date: date, by: User, at: datetime) -> None:
    """Say from which day on a recipient does not cover a village any more."""
    require_role(person=by, roles=MAKERS)
    with sentences(), transaction.atomic():
        cover = RecipientVillage.objects.select_related("recipient", "village").get(id=cover_id)
        if RecipientVillage.objects.filter(id=cover_id, to_date=None).update(to_date=to_date) != 1:
            raise NotPossible(_("This has ended already."))
        after = {"village": cover.village.code, "until": to_date.isoformat()}
        record(act="recipient.end_cover", subject=f"recipient:{cover.recipient.code}", by=by, at=at, after=after)


def assign(*, person_id: int, recipient_id: int, from_date: date, by: User, at: datetime) -> Assignment:
    """
    Let a person log for a recipient from a day on.

    :raises AlreadyThere: if they do so already
    :raises WrongValue: if the person is not a community liaison
    """
    require_role(person=by, roles=ADMINISTRATORS | MAKERS)
    with sentences(), transaction.atomic():
        person = User.objects.get(id=person_id)
        if person.role != Role.LIAISON:
            raise WrongValue(_("Only community liaisons log for recipients."), field="person")
        in_force = Assignment.objects.filter(Q(to_date=None) | Q(to_date__gt=from_date), person=person, recipient_id=recipient_id)
        if in_force.exists():
            raise AlreadyThere(_("%(person)s is assigned to this recipient already.") % {"person": person}, field="person")
        assignment = Assignment.objects.create(person=person, recipient_id=recipient_id, from_date=from_date)
        after = {"person": person.username, "from": from_date.isoformat()}
        record(act="recipient.assign", subject=f"recipient:{assignment.recipient.code}", by=by, at=at, after=after)
    return assignment


def end_assignment(*, assignment_id: int, to_date: date, by: User, at: datetime) -> None:
    """
    Say from which day on a person does not log for a recipient any more.

    :raises NotPossible: if it has ended already
    """
    require_role(person=by, roles=ADMINISTRATORS | MAKERS)
    with sentences(), transaction.atomic():
        assignment = Assignment.objects.select_related("recipient", "person").get(id=assignment_id)
        if Assignment.objects.filter(id=assignment_id, to_date=None).update(to_date=to_date) != 1:
            raise NotPossible(_("This assignment has ended already."))
        after = {"person": assignment.person.username, "until": to_date.isoformat()}
        record(act="recipient.end_assignment", subject=f"recipient:{assignment.recipient.code}", by=by, at=at, after=after)


def check_code(*, code: str) -> None:
    """
    Refuse a code that the ledger cannot carry.

    :raises WrongValue: at the field ``code``
    """
    if not _CODE.match(code):
        raise WrongValue(
            _("“%(code)s” is not a code.") % {"code": code},
            field="code",
            next_step=_("Use letters, digits, - and _, beginning with a letter or digit."),
        )
