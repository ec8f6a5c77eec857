"""A community's plan and consent on the liaison's phone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import wraps
from typing import Any, Concatenate, ParamSpec
from uuid import uuid4

from django import forms
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from communities.consent import services
from communities.consent.forms import ChangePlanForm, LineForm, SaidForm, SendPlanForm
from communities.consent.models import BudgetLine, Consent, VillagePlan
from communities.consent.queries import standing_consents
from communities.registry.access import NotFoundHere, recipient_for
from communities.registry.models import Recipient
from core import clock
from core.money import Money
from core.people.access import LIAISONS, may
from core.people.models import User
from core.refusal import Refused
from revenue.sharing.models import Beneficiary, PlanVersion

P = ParamSpec("P")
Page = Callable[Concatenate[HttpRequest, Recipient, P], HttpResponseBase]
Status = VillagePlan.Status
TAGS = {Status.DRAFT: "ask", Status.PROPOSED: "wait", Status.APPROVED: "good", Status.REFUSED: "bad", Status.REPLACED: "wait"}
KIND_TAGS = {Consent.Kind.GIVEN: "good", Consent.Kind.REFUSED: "bad", Consent.Kind.WITHDRAWN: "bad"}


def of_my_community(view: Page[P]) -> Callable[..., HttpResponseBase]:
    """Let in the liaison of a community; what is another one's, or none, is not found."""

    @wraps(view)
    def opened(request: HttpRequest, recipient_id: int, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        if not may(request.user, LIAISONS):
            raise Http404
        try:
            recipient = recipient_for(person=_person(request), recipient_id=recipient_id, on=clock.today())
        except NotFoundHere as refusal:
            raise Http404(str(refusal)) from refusal
        if not recipient.is_community:
            raise Http404
        return view(request, recipient, *args, **kwargs)

    return opened


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


@of_my_community
def plan(request: HttpRequest, recipient: Recipient) -> HttpResponseBase:
    """Show the community's plan; in a draft, write one more line."""
    form = None
    if request.method == "POST":
        form = LineForm(request.POST, label_suffix="")
        draft = _open_plan(recipient)
        if draft is None:
            raise Http404
        if _done(form, lambda data: services.add_line(plan_id=draft.pk, by=_person(request), at=clock.now(), **data)):
            messages.success(request, _("The line is added."))
            return _to("plan", recipient)
    return _show_plan(request, recipient, line_form=form)


@of_my_community
@require_POST
def begin(request: HttpRequest, recipient: Recipient) -> HttpResponseBase:
    """Begin a plan for some years, or the next version of the newest one."""
    newest = VillagePlan.objects.filter(recipient=recipient).order_by("-number").first()
    if "next" in request.POST and newest is not None:
        form: forms.Form = forms.Form(request.POST)
        begun = _done(form, lambda _data: services.begin_next_version(plan_id=newest.pk, by=_person(request), at=clock.now()))
    else:
        form = ChangePlanForm(request.POST, label_suffix="")
        begun = _done(form, lambda data: services.begin_plan(recipient_id=recipient.pk, by=_person(request), at=clock.now(), **data))
    if begun:
        messages.success(request, _("The plan is begun. Add its activities and what each may cost."))
        return _to("plan", recipient)
    return _show_plan(request, recipient, begin_form=form)


@of_my_community
@require_POST
def send(request: HttpRequest, recipient: Recipient) -> HttpResponseBase:
    """Send the draft to the office, with the meeting that agreed to it."""
    draft = _open_plan(recipient)
    if draft is None:
        raise Http404
    form = SendPlanForm(request.POST, request.FILES, label_suffix="")
    if _done(form, lambda data: services.send_plan(plan_id=draft.pk, by=_person(request), at=clock.now(), **data)):
        messages.success(request, _("The plan was sent to the office."))
        return _to("plan", recipient)
    return _show_plan(request, recipient, send_form=form)


@of_my_community
@require_POST
def remove_line(request: HttpRequest, recipient: Recipient, line_id: int) -> HttpResponseBase:
    """Take a line out of the draft."""
    if not BudgetLine.objects.filter(pk=line_id, activity__plan__recipient=recipient).exists():
        raise Http404
    form = forms.Form(request.POST)
    if _done(form, lambda _data: services.remove_line(line_id=line_id, by=_person(request), at=clock.now())):
        messages.success(request, _("The line is removed."))
    else:
        messages.error(request, " ".join(str(error) for error in form.non_field_errors()))
    return _to("plan", recipient)


@of_my_community
def consent(request: HttpRequest, recipient: Recipient) -> HttpResponseBase:
    """Show what the community said about the plans it shares by; write down what it says now."""
    versions = _versions(recipient, on=clock.today())
    form = None
    if request.method == "POST":
        form = _said_form(versions, request.POST, request.FILES)
        if _done(form, lambda data: _record(recipient, data, _person(request))):
            messages.success(request, _("Written down and sent to the office."))
            return _to("consent", recipient)
    standing = {one.plan_version_id: one for one in standing_consents(plan_version_ids=[one.pk for one in versions], recipient_ids=[recipient.pk])}
    said = Consent.objects.filter(recipient=recipient).select_related("plan_version__project").order_by("-happened_on", "-id")
    context = {
        "recipient": recipient,
        "name": _name(recipient),
        "standing": [{"version": one, "said": standing.get(one.pk), "tag": _tag(standing.get(one.pk))} for one in versions],
        "history": [{"said": one, "tag": KIND_TAGS[Consent.Kind(one.kind)]} for one in said],
        "form": form or (_said_form(versions, initial={"client_key": uuid4(), "happened_on": clock.today()}) if versions else None),
        "is_open": form is not None,
    }
    return render(request, "consent/consent.html", context, status=422 if form is not None else 200)


def _record(recipient: Recipient, data: dict[str, Any], by: User) -> Consent:
    given = dict(data)
    return services.record_consent(recipient_id=recipient.pk, plan_version_id=given.pop("plan_version").pk, by=by, at=clock.now(), **given)


def _said_form(versions: list[PlanVersion], data: Any = None, uploads: Any = None, *, initial: dict[str, Any] | None = None) -> SaidForm:
    form = SaidForm(data, uploads, label_suffix="", initial=initial)
    choice = form.fields["plan_version"]
    assert isinstance(choice, forms.ModelChoiceField)
    choice.queryset = PlanVersion.objects.filter(pk__in=[one.pk for one in versions]).select_related("project").order_by("project__name", "-number")
    if len(versions) == 1:
        choice.initial, choice.empty_label = versions[0].pk, None
    return form


def _versions(recipient: Recipient, *, on: date) -> list[PlanVersion]:
    """Return the plans that the community shares by now, and those it may be asked about next."""
    projects = Beneficiary.objects.filter(recipient=recipient).values("project_id")
    asked = PlanVersion.objects.filter(project_id__in=projects, status__in=[PlanVersion.Status.PROPOSED, PlanVersion.Status.APPROVED])
    newest = asked.select_related("project").order_by("project__name", "-number")
    return [one for one in newest if one.effective_to is None or one.effective_to > on]


def _tag(said: Consent | None) -> str:
    return KIND_TAGS[Consent.Kind(said.kind)] if said else "wait"


def _done(form: forms.Form, act: Callable[[dict[str, Any]], object]) -> bool:
    """Do it; what is wrong or refused comes back at its field."""
    # Once: a file is read as it is judged, and is empty the second time.
    if not form.is_valid():
        return False
    try:
        act(dict(form.cleaned_data))
    except Refused as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
        return False
    return True


def _open_plan(recipient: Recipient) -> VillagePlan | None:
    return VillagePlan.objects.filter(recipient=recipient, status__in=VillagePlan.OPEN).first()


def _show_plan(
    request: HttpRequest,
    recipient: Recipient,
    *,
    line_form: forms.Form | None = None,
    begin_form: forms.Form | None = None,
    send_form: forms.Form | None = None,
) -> HttpResponse:
    plans = list(VillagePlan.objects.filter(recipient=recipient).prefetch_related("activities__lines").order_by("-number"))
    year, draft = clock.today().year, next((one for one in plans if one.status == Status.DRAFT), None)
    context = {
        "recipient": recipient,
        "name": _name(recipient),
        "plans": [{"plan": one, "tag": TAGS[Status(one.status)], "years": _by_year(one)} for one in plans],
        "draft": draft,
        "has_lines": draft is not None and draft.activities.exists(),
        "is_waiting": any(one.status == Status.PROPOSED for one in plans),
        "newest": plans[0] if plans else None,
        "line_form": line_form or LineForm(initial={"year": draft.first_year if draft else year}, label_suffix="", auto_id="id_line_%s"),
        "send_form": send_form or SendPlanForm(label_suffix="", auto_id="id_send_%s"),
        "begin_form": begin_form or ChangePlanForm(initial={"first_year": year, "last_year": year}, label_suffix="", auto_id="id_begin_%s"),
    }
    is_refused = any(form is not None for form in (line_form, begin_form, send_form))
    return render(request, "consent/plan.html", context, status=422 if is_refused else 200)


def _by_year(plan: VillagePlan) -> list[dict[str, Any]]:
    """Return the plan's lines by year, with the sums by currency, ready to print."""
    years: dict[int, list[BudgetLine]] = {}
    for activity in sorted(plan.activities.all(), key=lambda one: one.number):
        for line in activity.lines.all():
            line.activity = activity
            years.setdefault(line.year, []).append(line)
    return [
        {
            "year": year,
            "lines": [{"line": line, "activity": line.activity, "amount": Money(line.amount_minor, line.currency)} for line in lines],
            "sums": [Money(sum(one.amount_minor for one in lines if one.currency == code), code) for code in sorted({one.currency for one in lines})],
        }
        for year, lines in sorted(years.items())
    ]


def _name(recipient: Recipient) -> str:
    return recipient.name_km if get_language() == "km" and recipient.name_km else recipient.name


def _to(name: str, recipient: Recipient) -> HttpResponseRedirect:
    return HttpResponseRedirect(reverse(f"consent:{name}", args=[recipient.pk]))
