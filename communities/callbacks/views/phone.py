"""On the phone of a liaison who was sent to ask another community: what to ask about, and the form for the answer."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from communities.callbacks import services
from communities.callbacks.forms import AnswerForm
from communities.callbacks.models import SampledPayment
from communities.callbacks.queries import to_ask
from core import clock
from core.people.access import LIAISONS, may
from core.people.models import User
from core.refusal import Refused


def for_liaisons(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Let in liaisons; each sees only what they were sent to ask about."""

    @wraps(view)
    def opened(request: HttpRequest, **arguments: Any) -> HttpResponse:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        if not may(request.user, LIAISONS):
            raise Http404
        return view(request, **arguments)

    return opened


@for_liaisons
@require_safe
def checks(request: HttpRequest) -> HttpResponse:
    """List what this person was sent to ask about and nobody has answered yet."""
    return render(request, "callbacks/checks.html", {"items": [{"item": one, "name": _name(one)} for one in _mine(request)]})


@for_liaisons
def check(request: HttpRequest, item_id: int) -> HttpResponse:
    """Show whom to ask, or write down what they say. The amount paid is not shown: the villager says it."""
    item = next((one for one in _mine(request) if one.pk == item_id), None)
    if item is None:
        raise Http404
    given = {"client_key": uuid4(), "asked_on": clock.today(), "currency": item.payment.local_currency}
    form = AnswerForm(request.POST, request.FILES, label_suffix="") if request.method == "POST" else AnswerForm(initial=given, label_suffix="")
    if form.is_bound and form.is_valid() and _recorded(form, item, request.user):
        messages.success(request, _("The answer is recorded."))
        return HttpResponseRedirect(reverse("callbacks:checks"))
    return render(request, "callbacks/check.html", {"item": item, "name": _name(item), "form": form}, status=422 if form.is_bound else 200)


def _recorded(form: AnswerForm, item: SampledPayment, by: Any) -> bool:
    try:
        services.record_answer(item_id=item.pk, by=by, at=clock.now(), **form.cleaned_data)
    except Refused as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
        return False
    return True


def _mine(request: HttpRequest) -> list[SampledPayment]:
    assert isinstance(request.user, User)
    return list(to_ask(person=request.user))


def _name(item: SampledPayment) -> str:
    recipient = item.payment.disbursement.recipient
    return recipient.name_km if get_language() == "km" and recipient.name_km else recipient.name
