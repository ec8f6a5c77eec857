"""The photo and voice behind an answer, for readers of the books and for who recorded it."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from communities.callbacks.access import answers_of
from core import files
from core.people.models import User


@login_required
@require_safe
def file(request: HttpRequest, answer_id: int, what: str) -> HttpResponseBase:
    """Hand out one file of an answer; ``what`` is photo or recording."""
    assert isinstance(request.user, User)
    said = answers_of(person=request.user).select_related("photo", "recording").filter(pk=answer_id).first()
    stored = {"photo": said.photo, "recording": said.recording}.get(what) if said else None
    if stored is None:
        raise Http404
    return files.answer(stored)
