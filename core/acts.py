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
class Done:
    """
    What to say after an act, where the sentence alone is not enough.

    ``url`` is the page to go to, the row's own by default. ``shown_once`` are facts that are shown on this answer and
    kept nowhere: a one-time password.
    """

    sentence: str
    url: str = ""
    shown_once: Sequence[Fact] = ()


@dataclass(frozen=True)
class Act:
    """
    Declare an act of an admin page.

    ``run`` calls exactly one service and returns the sentence to show, or Done; ``possible`` says whether the
    row's state allows it now (the service decides again); ``facts`` shows what is being decided.
    """

    name: str
    title: Text
    roles: Collection[Role]
    run: Callable[[Asked], str | Done]
    form: type[forms.Form] = forms.Form
    # Where the choices depend on the row: the form for it, in place of ``form``.
    form_of: Callable[[Any], type[forms.Form]] | None = None
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
    form_class = act.form_of(row) if act.form_of else act.form
    form = form_class(request.POST, request.FILES) if posted else form_class(initial=act.initial(row))
    status = 200
    if posted:
        status = 422
        if form.is_valid():
            done = _attempt(act=act, form=form, asked=Asked(by=person, at=clock.now(), row=row, data=form.cleaned_data))
            if done is not None:
                return _answer(request=request, act=act, done=done, context=context, done_url=done_url)
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


def _answer(*, request: HttpRequest, act: Act, done: Done, context: dict[str, Any], done_url: str) -> HttpResponse:
    if not done.shown_once:
        messages.success(request, done.sentence)
        return HttpResponseRedirect(done.url or done_url)
    page = {**context, "title": act.title, "done": done, "facts": done.shown_once, "done_url": done.url or done_url}
    response = TemplateResponse(request, "core/shown_once.html", page)
    # Not even the browser keeps it.
    response["Cache-Control"] = "no-store"
    return response


def _attempt(*, act: Act, form: forms.Form, asked: Asked) -> Done | None:
    try:
        done = act.run(asked)
        return Done(done) if isinstance(done, str) else done
    except Refused as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
    except Exception:
        logger.exception("Act %s failed", act.name)
        raise
    return None


def offered_acts(*, acts: Sequence[Act], person: object, row: object) -> list[Act]:
    """Return the acts to show to this person for this row, in the declared order."""
    return [act for act in acts if act.offered(person=person, row=row)]
