"""Keep what a voucher, a list of payments or a statement says when it is drawn, and draw it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from core.audit.hashing import canonical, digest
from core.audit.services import record
from core.people.access import READERS, require_role
from core.people.models import User
from core.refusal import Refused
from reports.models import Paper
from reports.services.kept import EDITIONS

Json = Mapping[str, Any]
# What changes from one drawing to the next although nothing happened.
MOMENT: Final = "frozen_at"


class NoSuchEdition(Refused):
    """Papers are not made in this language."""

    code = "no_such_edition"


def verify_address() -> str:
    """Return where the code of a paper is looked up."""
    return f"{settings.PUBLIC_URL}/verify"


@transaction.atomic
def draw_paper(*, kind: Paper.Kind, subject: str, content: Json, language: str, by: User, at: datetime) -> bytes:
    """
    Draw a paper and keep what it says, so that whoever holds it can ask about it; ``language`` is an edition.

    While nothing has changed since it was last drawn, that one is drawn again, to the last byte.

    :raises NotYours: if the person does not read the books
    :raises NoSuchEdition: if there is none in this language
    """
    require_role(person=by, roles=READERS)
    if language not in EDITIONS:
        raise NoSuchEdition(_("Papers are not made in “%(language)s”.") % {"language": language}, next_step=_("Choose km, en or both."))
    last = Paper.objects.filter(kind=kind, subject=subject).order_by("-id").first()
    if last and _lasting(json.loads(last.text)) == _lasting(content):
        return drawn(paper=last, language=language)
    text = canonical(content)
    paper, is_new = Paper.objects.get_or_create(
        sha256=digest(text), defaults={"kind": kind, "subject": subject, "text": text, "drawn_at": at, "drawn_by": by}
    )
    if is_new:
        record(act="paper.draw", subject=f"{kind.lower()}:{subject}", by=by, at=at, after={"sha256": paper.sha256})
    return drawn(paper=paper, language=language)


def _lasting(content: Json) -> dict[str, Any]:
    return {key: value for key, value in content.items() if key != MOMENT}


def drawn(*, paper: Paper, language: str) -> bytes:
    """Draw what was kept; the same content gives the same bytes."""
    return _renderings(paper.kind)(content=json.loads(paper.text), language=language)


def is_drawn_from(*, paper: Paper, data: bytes) -> bool:
    """Return whether these bytes are what is drawn from a paper, in any edition."""
    return any(drawn(paper=paper, language=language) == data for language in reversed(EDITIONS))


def _renderings(kind: str) -> Callable[..., bytes]:
    # Loaded only when a paper is drawn.
    from reports.render.statement import render_statement
    from reports.render.voucher import render_payment_list, render_voucher

    made: dict[str, Callable[..., bytes]] = {
        Paper.Kind.VOUCHER: render_voucher,
        Paper.Kind.PAYMENT_LIST: render_payment_list,
        Paper.Kind.STATEMENT: render_statement,
    }
    return made[kind]
