"""An act: one thing an officer can do to one row, as a page with a form, one service call and a sentence back."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.functional import Promise

from core import clock
from core.people.access import may
from core.people.models import Role, User
from core.refusal import Refused

logger = logging.getLogger(__name__)
Text = str | Promise


@dataclass(frozen=True)
class Fact:
    """One line of what the person sees before deciding: a name, a value, and where the value comes from."""

    name: Text
    value: Any
    url: str = ""


@dataclass(frozen=True)
class Asked:
    """What an act's service call gets: who, when, the row, and the checked form."""

    by: User
    at: datetime
    row: Any
    data: dict[str, Any]


@dataclass(frozen=True)
class Act:
    """
    Declare an act of an admin page.

    ``run`` calls exactly one service and returns the sentence to show; ``possible`` says whether the
    row's state allows it now (the service decides again); ``facts`` shows what is being decided.
    """

    name: str
    title: Text
    roles: Collection[Role]
    run: Callable[[Asked], str]
    form: type[forms.Form] = forms.Form
    possible: Callable[[Any], bool] = lambda _row: True
    facts: Callable[[Any], Iterable[Fact]] = lambda _row: ()
    explanation: Text = ""
    button: Text = ""
    is_refusal: bool = False
    # Never offered to the person this returns: the maker of what is to be checked.
    maker: Callable[[Any], int | None] = lambda _row: None
    initial: Callable[[Any], dict[str, Any]] = field(default=lambda _row: {})

    def offered(self, *, person: object, row: object) -> bool:
        """Whether to show the button to this person for this row."""
        return may(person, self.roles) and self.possible(row) and self.maker(row) != getattr(person, "pk", None)


def act_page(*, request: HttpRequest, act: Act, row: Model | None, context: dict[str, Any], done_url: str, back_url: str) -> HttpResponse:
    """
    Show the act's form, or do it: the service's refusal comes back at the right field with what was typed kept.

    ``row`` is None for an act that makes a new row.
    """
    person = request.user
    if not may(person, act.roles) or not isinstance(person, User):
        raise Http404
    posted = request.method == "POST"
    form = act.form(request.POST, request.FILES) if posted else act.form(initial=act.initial(row))
    status = 200
    if posted:
        status = 422
        if form.is_valid():
            sentence = _attempt(act=act, form=form, asked=Asked(by=person, at=clock.now(), row=row, data=form.cleaned_data))
            if sentence is not None:
                messages.success(request, sentence)
                return HttpResponseRedirect(done_url)
    page = {
        **context,
        "act": act,
        "form": form,
        "row": row,
        "facts": list(act.facts(row)),
        "back_url": back_url,
        "title": act.title,
        "is_possible": row is None or act.possible(row),
    }
    return TemplateResponse(request, "core/act.html", page, status=status)


def _attempt(*, act: Act, form: forms.Form, asked: Asked) -> str | None:
    try:
        return act.run(asked)
    except Refused as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
    except Exception:
        logger.exception("Act %s failed", act.name)
        raise
    return None


def offered_acts(*, acts: Sequence[Act], person: object, row: object) -> list[Act]:
    """Return the acts to show to this person for this row, in the declared order."""
    return [act for act in acts if act.offered(person=person, row=row)]
