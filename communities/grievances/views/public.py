"""Pages without signing in: complain, keep the code, follow the case. Khmer unless the visitor chose otherwise; they work without scripts."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from uuid import uuid4

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from communities.grievances import services
from communities.grievances.codes import hashes_of, spaced
from communities.grievances.forms import AppealForm, CodeForm, PublicForm
from communities.grievances.limits import MOST_SENT, MOST_WRONG_CODES, count, require_room
from communities.grievances.models import OPEN, Case
from communities.grievances.queries import publications
from core import clock
from core.refusal import Refused

View = Callable[[HttpRequest], HttpResponse]


def khmer_first(view: View) -> View:
    """Show the page in Khmer to whoever has not chosen a language, whatever the phone was sold with; keep it nowhere."""

    @wraps(view)
    def shown(request: HttpRequest) -> HttpResponse:
        chosen = settings.LANGUAGE_COOKIE_NAME in request.COOKIES or request.user.is_authenticated
        language = translation.get_language() or "km" if chosen else "km"
        with translation.override(language):
            response = view(request)
        response["Content-Language"] = language
        # Neither a shared phone's browser nor the next page learns what was read here.
        response["Cache-Control"] = "no-store"
        return response

    return never_cache(shown)


@require_http_methods(["GET", "HEAD", "POST"])
@khmer_first
def start(request: HttpRequest) -> HttpResponse:
    """Take a complaint from anybody; answer with its code, which is shown once."""
    form = PublicForm(request.POST, request.FILES) if request.method == "POST" else PublicForm(initial={"client_key": uuid4()})
    if form.is_bound and form.is_valid():
        try:
            require_room(what="sent", address=_address(request), most=MOST_SENT)
            filed = services.file_case(language=translation.get_language() or "km", at=clock.now(), **form.cleaned_data)
            count(what="sent", address=_address(request))
        except Refused as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
        else:
            return render(request, "grievances/receipt.html", {"code": spaced(filed.code), "answer_by": filed.case.answer_by})
    return render(request, "grievances/start.html", {"form": form}, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@khmer_first
def follow(request: HttpRequest) -> HttpResponse:
    """Show where a complaint stands to whoever types its code. The code is never part of an address."""
    form = CodeForm(request.POST, label_suffix="") if request.method == "POST" else CodeForm(label_suffix="")
    if not form.is_bound or not form.is_valid():
        return render(request, "grievances/follow.html", {"form": form}, status=422 if form.is_bound else 200)
    try:
        case = _case_of(request, form.cleaned_data["code"])
    except Refused as refusal:
        form.add_error("code", str(refusal))
        return render(request, "grievances/follow.html", {"form": form}, status=422)
    return _case_page(request, case, AppealForm(initial={"code": form.cleaned_data["code"]}, label_suffix=""))


@require_POST
@khmer_first
def appeal(request: HttpRequest) -> HttpResponse:
    """Take an appeal against an answer, by whoever has the code."""
    form = AppealForm(request.POST, label_suffix="")
    try:
        case = _case_of(request, request.POST.get("code", ""))
    except Refused as refusal:
        found = CodeForm({"code": request.POST.get("code", "")}, label_suffix="")
        found.add_error("code", str(refusal))
        return render(request, "grievances/follow.html", {"form": found}, status=422)
    if form.is_valid():
        try:
            case = services.appeal(code=form.cleaned_data["code"], text=form.cleaned_data["text"], at=clock.now())
        except Refused as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
        else:
            return _case_page(request, case, form, is_appealed=True)
    return _case_page(request, case, form, status=422)


@require_safe
@khmer_first
def counts(request: HttpRequest) -> HttpResponse:
    """Show the published counts, quarter by quarter; small numbers were held back when they were frozen."""
    names = {**dict(Case.Category.choices), **dict(Case.Status.choices)}
    quarters = [
        {
            "label": f"{one.first.year} Q{(one.first.month + 2) // 3}",
            "total": one.counts["total"],
            "groups": [[(names[code], number) for code, number in one.counts[key].items()] for key in ("by_category", "by_status")],
        }
        for one in publications()[:8]
    ]
    return render(request, "grievances/counts.html", {"quarters": quarters})


def _case_of(request: HttpRequest, typed: str) -> Case:
    address = _address(request)
    require_room(what="wrong", address=address, most=MOST_WRONG_CODES)
    case = Case.objects.filter(code_sha256__in=hashes_of(typed)).first()
    if case is None:
        count(what="wrong", address=address)
        raise services.no_such_code()
    return case


def _case_page(request: HttpRequest, case: Case, form: AppealForm, *, is_appealed: bool = False, status: int = 200) -> HttpResponse:
    events = case.events.order_by("id")
    may_appeal = case.status not in OPEN and case.level != Case.Level.MINISTRY
    page = {"case": case, "events": events, "form": form, "may_appeal": may_appeal, "is_appealed": is_appealed}
    return render(request, "grievances/case.html", page, status=status)


def _address(request: HttpRequest) -> str:
    return str(request.META.get("REMOTE_ADDR", ""))
