"""The liaison's form for somebody who cannot or does not want to write, and the files of a case for who handles it."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from communities.grievances import services
from communities.grievances.access import HANDLERS
from communities.grievances.codes import spaced
from communities.grievances.forms import EnteredForm
from communities.grievances.refusals import NotFoundHere
from communities.grievances.services.links import link_of
from core import clock, files
from core.people.access import LIAISONS, may
from core.people.models import User
from core.refusal import Refused


@login_required
@require_safe
@never_cache
def file(request: HttpRequest, case_id: int, what: str) -> HttpResponseBase:
    """Hand out the photo or recording of a complaint to who handles it; each opening is recorded."""
    if not may(request.user, HANDLERS) or not isinstance(request.user, User):
        raise Http404
    try:
        stored = services.open_file(case_id=case_id, what=what, by=request.user, at=clock.now())
    except NotFoundHere as refusal:
        raise Http404(str(refusal)) from refusal
    response = files.answer(stored, linked=False)
    response["Cache-Control"] = "no-store"
    return response


@login_required
@never_cache
def for_villager(request: HttpRequest) -> HttpResponse:
    """Take a complaint down for a villager; the code is shown once, to be handed over."""
    if not may(request.user, LIAISONS) or not isinstance(request.user, User):
        raise Http404
    form = EnteredForm(request.POST, request.FILES) if request.method == "POST" else EnteredForm(initial={"client_key": uuid4()})
    if form.is_bound and form.is_valid():
        try:
            filed = entered(given=form.cleaned_data, by=request.user)
        except Refused as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
        else:
            return render(request, "grievances/entered.html", {"code": spaced(filed.code)})
    return render(request, "grievances/for_villager.html", {"form": form}, status=422 if form.is_bound else 200)


def entered(*, given: dict[str, Any], by: User) -> services.Filed:
    """Take down what somebody said to a liaison or at the telephone."""
    said = dict(given)
    reference = said.pop("reference", "")
    link = link_of(reference=reference) if reference else None
    return services.file_case(link=link, language=get_language() or "km", by=by, at=clock.now(), **said)
