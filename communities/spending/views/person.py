"""Who may open a phone page, and what happens to what is not theirs."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from communities.registry.access import NotFoundHere, recipient_for
from communities.registry.models import Recipient
from communities.spending.access import NotHere
from core import clock
from core.people.access import LIAISONS, may
from core.people.models import User

P = ParamSpec("P")
Page = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


def person_of(request: HttpRequest) -> User:
    """Return the signed-in person."""
    assert isinstance(request.user, User)
    return request.user


def field_page(view: Page[P]) -> Page[P]:
    """Let in the people who log for a recipient; what is another community's is not found."""

    @wraps(view)
    def opened(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        if not may(request.user, LIAISONS):
            raise Http404
        try:
            return view(request, *args, **kwargs)
        except (NotHere, NotFoundHere) as refusal:
            raise Http404(str(refusal)) from refusal

    return opened


def my_recipient(request: HttpRequest, recipient_id: int) -> Recipient:
    """
    Return the recipient if this person logs for it today.

    :raises NotFoundHere: if not
    """
    return recipient_for(person=person_of(request), recipient_id=recipient_id, on=clock.today())


def show(request: HttpRequest, template: str, context: dict[str, Any], *, refused: bool = False) -> HttpResponse:
    """Render a phone page; a form that came back with mistakes is answered with 422."""
    return render(request, template, context, status=422 if refused else 200)


def go(name: str, **arguments: Any) -> HttpResponse:
    """Send the browser to another phone page."""
    return HttpResponseRedirect(reverse(f"spending:{name}", kwargs=arguments))
