"""The papers behind plans and consents, for whoever may see the plan or consent itself."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from communities.consent.access import consents_of, plans_of
from core import clock, files
from core.people.models import User


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


@login_required
@require_safe
def minutes(request: HttpRequest, plan_id: int) -> HttpResponseBase:
    """Hand out the minutes of the meeting that agreed to a plan."""
    plan = plans_of(person=_person(request), on=clock.today()).select_related("minutes").filter(pk=plan_id).first()
    if plan is None or plan.minutes is None:
        raise Http404
    return files.answer(plan.minutes)


@login_required
@require_safe
def document(request: HttpRequest, consent_id: int) -> HttpResponseBase:
    """Hand out the minutes or photo behind what a community said."""
    said = consents_of(person=_person(request), on=clock.today()).select_related("document").filter(pk=consent_id).first()
    if said is None or said.document is None:
        raise Http404
    return files.answer(said.document)
