"""Hand out photos to those who may see their record."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.views.decorators.http import require_safe

from communities.spending.access import NotHere, evidence_for
from communities.spending.models import Evidence
from communities.spending.pictures import CannotBeShown, small_jpeg
from communities.spending.views.person import person_of
from core import clock, files


@login_required
@require_safe
def evidence(request: HttpRequest, evidence_id: int) -> HttpResponseBase:
    """Give the file itself."""
    return files.answer(_evidence(request, evidence_id).file)


@login_required
@require_safe
def small(request: HttpRequest, evidence_id: int) -> HttpResponseBase:
    """Give a small copy of a photo, for lists on a slow line."""
    stored = _evidence(request, evidence_id).file
    if stored.media_type not in files.PHOTO_TYPES.values():
        raise Http404
    try:
        content = small_jpeg(stored)
    except CannotBeShown as error:
        # The page shows the words beside it.
        raise Http404 from error
    response = HttpResponse(content, content_type="image/jpeg")
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, max-age=86400, immutable"
    return response


def _evidence(request: HttpRequest, evidence_id: int) -> Evidence:
    try:
        return evidence_for(person=person_of(request), evidence_id=evidence_id, on=clock.today())
    except NotHere as refusal:
        raise Http404 from refusal
