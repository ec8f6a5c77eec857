"""Pages for everybody (issued reports and their verification) and for who reads the books (trace, files, progress)."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from communities.registry.access import NotFoundHere, recipient_for
from core import clock, files
from core.people.access import READERS, may
from core.refusal import Refused
from reports import services, signing
from reports.access import file_for, report_for
from reports.forms import VerifyForm
from reports.models import Report
from reports.plan_card import plan_card, runs_of
from reports.verification.judge import judge_code, judge_file
from reports.verification.verdict import Verdict

View = Callable[..., HttpResponse]


def for_readers(view: View) -> View:
    """Let in who reads the books; who is not signed in is asked to, others find nothing here."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        if not may(request.user, READERS):
            raise Http404
        return view(request, *args, **kwargs)

    return guarded


# --- For everybody ---------------------------------------------------------------------------------------------------------
@require_GET
def issued(request: HttpRequest) -> HttpResponse:
    """List the issued reports, newest quarter first; nothing here is read from the live books."""
    reports = (
        Report.objects.filter(status=Report.Status.ISSUED)
        .select_related("period", "project", "snapshot", "replaced_by")
        .prefetch_related("files__file")
        .order_by("-period__first", "project__name", "-version")
    )
    return render(request, "reports/issued.html", {"reports": reports[:200]})


@require_GET
def issued_report(request: HttpRequest, report_id: int) -> HttpResponse:
    """Show a report's main figures from its snapshot, its files and its hashes."""
    report = report_for(person=request.user, report_id=report_id)
    if report.snapshot is None:
        return redirect("reports:progress", report_id=report.pk)
    content = json.loads(report.snapshot.text)
    listed = [(row, services.file_name(report=report, kind=row.format, language=row.language)) for row in report.listed_files()]
    return render(request, "reports/issued_report.html", {"report": report, "content": content, "listed": listed})


@require_GET
def report_file(request: HttpRequest, file_id: int) -> HttpResponseBase:
    """Hand out one rendering of a report."""
    found = file_for(person=request.user, file_id=file_id)
    name = services.file_name(report=found.report, kind=found.format, language=found.language)
    return files.answer(found.file, as_attachment="download" in request.GET, name=name)


@require_http_methods(["GET", "POST"])
def verify(request: HttpRequest) -> HttpResponse:
    """Say whether a file or code is of a paper that was issued here; an uploaded file is read in memory and not kept."""
    return _verify(request, VerifyForm(request.POST or None, request.FILES or None))


@require_GET
def verify_code(request: HttpRequest, code: str) -> HttpResponse:
    """Answer the short address that is printed on every page of a paper."""
    return _verify(request, VerifyForm({"code": code}))


def _verify(request: HttpRequest, form: VerifyForm) -> HttpResponse:
    verdict: Verdict | None = None
    if form.is_bound and form.is_valid():
        try:
            verdict = _judged(form)
        except Refused as refusal:
            form.add_error(refusal.field, str(refusal))
    page = {"form": form, "verdict": verdict, "signs": signing.is_configured()}
    return render(request, "reports/verify.html", page, status=422 if form.errors else 200)


def _judged(form: VerifyForm) -> Verdict:
    upload, code = form.cleaned_data["file"], form.cleaned_data["code"]
    if upload:
        return judge_file(data=files.read_sheet(upload=upload))
    if code:
        return judge_code(code=code)
    raise Refused(_("Choose a file, or type the code printed on the report."), field="file")


# --- For who reads the books -------------------------------------------------------------------------------------------------
@for_readers
@require_GET
def progress(request: HttpRequest, report_id: int) -> HttpResponse:
    """Show how far a report is; the page looks again by itself."""
    report = report_for(person=request.user, report_id=report_id)
    if report.snapshot and report.status in (Report.Status.READY, Report.Status.ISSUED):
        return redirect("reports:report", report_id=report.pk)
    return render(request, "reports/progress.html", {"report": report, "job": report.job})


# --- For readers, and for whoever speaks for the recipient ---------------------------------------------------------------------
@require_GET
def card(request: HttpRequest, recipient_id: int) -> HttpResponse:
    """Show one recipient's plan card, for one sheet of paper; ``in`` is km, en or both, ``receipt`` a tranche's code."""
    if not request.user.is_authenticated:
        return redirect_to_login(request.get_full_path())
    today = clock.today()
    try:
        recipient = recipient_for(person=request.user, recipient_id=recipient_id, on=today)
    except NotFoundHere as refusal:
        raise Http404(str(refusal)) from refusal
    runs = runs_of(recipient=recipient)
    wanted = request.GET.get("receipt", "")
    run = next((one for one in runs if one.tranche.code == wanted), None) if wanted else next(iter(runs), None)
    if wanted and run is None:
        raise Http404
    ways = {"both": _("Khmer and English"), "km": "ខ្មែរ", "en": "English"}
    shown_in = request.GET.get("in", "both")
    page = {
        "card": plan_card(recipient=recipient, run=run, on=today),
        "runs": runs[:50],
        "today": today,
        "ways": ways.items(),
        "shown_in": shown_in if shown_in in ways else "both",
    }
    return render(request, "reports/plan_card.html", page)
