"""What a villager does: file a complaint, and appeal against an answer."""

from __future__ import annotations

import hashlib
import json
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from communities.grievances.access import ENTERERS, HANDLERS
from communities.grievances.codes import code_of, hash_of, hashes_of
from communities.grievances.models import Case, Contact, Event
from communities.grievances.refusals import NotFilledIn, NotFoundHere, NotNow
from communities.grievances.services.links import Link
from communities.grievances.services.steps import TO_ANSWER, next_level, subject, take
from core import files
from core.audit.middleware import without_origin
from core.audit.services import record
from core.clock import day_of
from core.models import StoredFile
from core.people.access import may, require_role
from core.people.models import User

# (bytes, media type, name), read and judged before.
Upload = tuple[bytes, str, str]
LONGEST = 4000


@dataclass(frozen=True)
class Filed:
    """A complaint and its code, which is shown once."""

    case: Case
    code: str


def file_case(
    *,
    client_key: UUID,
    category: str,
    text: str,
    language: str,
    at: datetime,
    by: User | None = None,
    village_id: int | None = None,
    place: str = "",
    name: str = "",
    phone: str = "",
    link: Link | None = None,
    photo: Upload | None = None,
    recording: Upload | None = None,
) -> Filed:
    """
    Take a complaint: from the public page (by nobody), from a liaison, or from an officer at the telephone.

    The same form twice is one complaint, with the same code. Neither the words nor the names, nor the network address of
    whoever uses the public page, stand in the audit trail.

    :raises NotYours: if somebody signed in does not enter complaints
    :raises NotFilledIn: if nothing was said
    """
    if by is not None:
        require_role(person=by, roles=ENTERERS)
    words, place = text.strip()[:LONGEST], place.strip()[:160]
    contact = Contact(name=name.strip()[:120], phone=phone.strip()[:40])
    if category not in Case.Category.values:
        raise NotFilledIn(_("Choose what the complaint is about."), field="category")
    if not words and recording is None:
        raise NotFilledIn(_("Write what happened, or add a voice recording."), field="text")
    hashes = [hashlib.sha256(one[0]).hexdigest() if one else "" for one in (photo, recording)]
    content = json.dumps([category, words, place, village_id, contact.name, contact.phone, *hashes])
    code = code_of(client_key=client_key, content=content)
    before = Case.objects.filter(code_sha256__in=hashes_of(code)).first()
    if before is not None:
        return Filed(before, code)
    case = Case(
        code_sha256=hash_of(code), category=category, place=place, village_id=village_id, text=words, language=language,
        payment=link.payment if link else None, spending=link.spending if link else None, channel=_channel(by), entered_by=by, received_at=at,
        answer_by=day_of(at) + TO_ANSWER,
    )  # fmt: skip
    try:
        with transaction.atomic(), nullcontext() if by else without_origin():
            case.photo, case.recording = _kept(photo, "photo", by, at), _kept(recording, "recording", by, at)
            _write(case=case, contact=contact)
    except IntegrityError:
        # The same form, sent at the same moment, was faster.
        before = Case.objects.filter(code_sha256__in=hashes_of(code)).first()
        if before is None:
            raise
        return Filed(before, code)
    return Filed(case, code)


def _write(*, case: Case, contact: Contact) -> None:
    case.save(force_insert=True)
    by, at = case.entered_by, case.received_at
    Event.objects.create(case=case, kind=Event.Kind.RECEIVED, level=case.level, by=by, at=at)
    if contact.name or contact.phone:
        contact.case = case
        contact.save(force_insert=True)
    record(act="complaint.receive", subject=subject(case), by=by, at=at, after={"category": case.category, "channel": case.channel})


@transaction.atomic
def appeal(*, code: str, text: str, at: datetime) -> Case:
    """
    Say that an answer is not accepted: the next level answers then. By whoever holds the code.

    :raises NotFoundHere: if no complaint has this code
    :raises NotNow: if there is no answer to appeal against, or no level above
    :raises NotFilledIn: if no reason is given
    """
    case = Case.objects.select_for_update().filter(code_sha256__in=hashes_of(code)).first()
    if case is None:
        raise no_such_code()
    if case.status not in {Case.Status.ANSWERED, Case.Status.CLOSED}:
        raise NotNow(_("There is no answer yet that you could appeal against."))
    level = next_level(case.level)
    if not level:
        raise NotNow(_("The ministry has answered. There is no level above it here."))
    if not text.strip():
        raise NotFilledIn(_("Say why you do not accept the answer."), field="text")
    take(case=case, kind=Event.Kind.APPEALED, status=Case.Status.APPEALED, level=level, by=None, at=at, text=text.strip()[:LONGEST])
    with without_origin():
        record(act="complaint.appeal", subject=subject(case), by=None, at=at, after={"level": level})
    return case


def no_such_code() -> NotFoundHere:
    """Return the refusal of a code that no complaint has."""
    return NotFoundHere(_("No complaint has this code."), field="code", next_step=_("Check the sixteen digits."))


def _channel(by: User | None) -> Case.Channel:
    if by is None:
        return Case.Channel.PAGE
    return Case.Channel.TELEPHONE if may(by, HANDLERS) else Case.Channel.LIAISON


def _kept(upload: Upload | None, name: str, by: User | None, at: datetime) -> StoredFile | None:
    # Not under the name it has on the phone: that may be somebody's.
    return files.store(data=upload[0], media_type=upload[1], original_name=f"complaint-{name}", by=by, at=at) if upload else None
