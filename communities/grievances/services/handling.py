"""What the office does with a complaint: read, answer, take up, close."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from communities.grievances.access import CASE_READERS, case_to_handle, require_independent
from communities.grievances.models import OPEN, Case, Contact, Event
from communities.grievances.refusals import NotFilledIn, NotFoundHere, NotNow
from communities.grievances.services.filing import LONGEST
from communities.grievances.services.links import link_of
from communities.grievances.services.steps import next_level, subject, take
from core.audit.services import record
from core.models import StoredFile
from core.people.access import require_role
from core.people.models import User


@transaction.atomic
def answer_case(*, case_id: int, text: str, by: User, at: datetime) -> Case:
    """
    Answer a complaint; whoever has the code reads it.

    :raises NotIndependent: if the complaint is about what the person did
    :raises NotNow: if it waits for no answer
    :raises NotFilledIn: if nothing is said
    """
    case = case_to_handle(person=by, case_id=case_id)
    require_independent(person=by, case=case)
    if case.status not in OPEN:
        raise NotNow(_("This complaint waits for no answer."), next_step=_("Open it again and read what was answered."))
    take(case=case, kind=Event.Kind.ANSWERED, status=Case.Status.ANSWERED, level=case.level, by=by, at=at, text=_words(text))
    record(act="complaint.answer", subject=subject(case), by=by, at=at, after={"level": case.level})
    return case


@transaction.atomic
def escalate_case(*, case_id: int, text: str, by: User, at: datetime) -> Case:
    """
    Take an open complaint to the next level, which has its own time to answer.

    :raises NotNow: if it waits for no answer, or is with the ministry already
    """
    case = case_to_handle(person=by, case_id=case_id)
    level = next_level(case.level)
    if case.status not in OPEN or not level:
        raise NotNow(_("This complaint cannot go to a higher level now."))
    take(case=case, kind=Event.Kind.ESCALATED, status=Case.Status(case.status), level=level, by=by, at=at, text=_words(text))
    record(act="complaint.escalate", subject=subject(case), by=by, at=at, after={"level": level})
    return case


@transaction.atomic
def close_case(*, case_id: int, text: str, by: User, at: datetime) -> Case:
    """
    Close an answered complaint, with its outcome. Whoever complained may still appeal.

    :raises NotIndependent: if the complaint is about what the person did
    :raises NotNow: if it was not answered
    """
    case = case_to_handle(person=by, case_id=case_id)
    require_independent(person=by, case=case)
    if case.status != Case.Status.ANSWERED:
        raise NotNow(_("Only an answered complaint is closed."), next_step=_("Answer it first."))
    take(case=case, kind=Event.Kind.CLOSED, status=Case.Status.CLOSED, level=case.level, by=by, at=at, text=_words(text))
    record(act="complaint.close", subject=subject(case), by=by, at=at)
    return case


@transaction.atomic
def link_case(*, case_id: int, reference: str, by: User, at: datetime) -> Case:
    """
    Say which payment or spending a complaint is about, once.

    :raises NotFilledIn: if the reference names neither
    :raises NotNow: if that was said before
    """
    case = case_to_handle(person=by, case_id=case_id)
    if case.payment_id or case.spending_id:
        raise NotNow(_("It was said before what this complaint is about."))
    link = link_of(reference=reference)
    case.payment, case.spending = link.payment, link.spending
    case.save(update_fields=["payment", "spending"])
    record(act="complaint.link", subject=subject(case), by=by, at=at, after={"reference": reference.strip()})
    return case


@transaction.atomic
def open_case(*, case_id: int, by: User, at: datetime) -> None:
    """Record that somebody opened a complaint and read its words."""
    require_role(person=by, roles=CASE_READERS)
    record(act="complaint.read", subject=f"complaint:{case_id}", by=by, at=at)


@transaction.atomic
def open_contact(*, case_id: int, by: User, at: datetime) -> Contact | None:
    """Return who complained, None where nobody said, and record that it was opened."""
    case = case_to_handle(person=by, case_id=case_id)
    record(act="complaint.read-name", subject=subject(case), by=by, at=at)
    return Contact.objects.filter(case=case).first()


@transaction.atomic
def open_file(*, case_id: int, what: str, by: User, at: datetime) -> StoredFile:
    """
    Return the photo or recording of a complaint, and record that it was opened: a voice is a name.

    :raises NotFoundHere: if there is none
    """
    case = case_to_handle(person=by, case_id=case_id)
    stored = {"photo": case.photo, "recording": case.recording}.get(what)
    if stored is None:
        raise NotFoundHere(_("There is no such complaint."), next_step=_("Open the list again."))
    record(act="complaint.read-file", subject=subject(case), by=by, at=at, after={"file": what})
    return stored


def _words(text: str) -> str:
    if not text.strip():
        raise NotFilledIn(_("Write it down: whoever complained reads it."), field="text")
    return text.strip()[:LONGEST]
