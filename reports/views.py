"""Pages for everybody (issued reports and their verification) and for who reads the books (trace, files, progress)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from communities.registry.access import NotFoundHere, recipient_for
from communities.spending.models import SpendingRecord
from core import clock, files
from core.people.access import READERS, may
from core.refusal import Refused
from reports import services
from reports.access import file_for, report_for
from reports.forms import TraceForm, VerifyForm
from reports.models import Report, ReportFile
from reports.plan_card import plan_card, runs_of
from reports.trace import trace_sale, trace_spending
from revenue.credits.models import Receipt, Sale
from revenue.ledger.chart import KIND_NAMES

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
    """Say whether a file or code is of a report that was issued here; an uploaded file is read in memory and not kept."""
    form = VerifyForm(request.POST or None, request.FILES or None)
    answer: dict[str, Any] = {}
    if request.method == "POST" and form.is_valid():
        try:
            answer = _verified(form)
        except Refused as refusal:
            form.add_error(refusal.field, str(refusal))
    return render(request, "reports/verify.html", {"form": form, **answer}, status=422 if form.errors else 200)


@require_GET
def verify_code(request: HttpRequest, code: str) -> HttpResponse:
    """Answer the short address that is printed on every page of a report."""
    form = VerifyForm({"code": code})
    answer = _verified(form) if form.is_valid() else {}
    return render(request, "reports/verify.html", {"form": form, **answer}, status=422 if form.errors else 200)


def _verified(form: VerifyForm) -> dict[str, Any]:
    upload, code = form.cleaned_data["file"], form.cleaned_data["code"].strip().lower()
    if upload:
        sha256 = hashlib.sha256(files.read_sheet(upload=upload)).hexdigest()
        found = (
            ReportFile.objects.filter(file__sha256=sha256, report__status=Report.Status.ISSUED)
            .select_related("report__period", "report__project")
            .first()
        )
        return {"asked": sha256, "found": found.report if found else None, "is_answered": True}
    if code:
        match = Report.objects.filter(status=Report.Status.ISSUED, snapshot__sha256__startswith=code).select_related("period", "project", "snapshot")
        return {"asked": code, "found": match.first() if match.count() == 1 else None, "is_answered": True}
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


@for_readers
@require_GET
def trace(request: HttpRequest) -> HttpResponse:
    """Find what a reference names, and go there."""
    form = TraceForm(request.GET or None)
    if form.is_bound and form.is_valid():
        page = _page_of(form.cleaned_data["reference"].strip().upper())
        if page:
            return redirect(page[0], reference=page[1])
        form.add_error("reference", _("Nothing here has this reference. Copy it from a list or a report."))
    recent = {"sales": Sale.objects.select_related("project").order_by("-sale_date")[:10], "records": _traceable()}
    return render(request, "reports/trace.html", {"form": form, **recent}, status=422 if form.errors else 200)


def _traceable() -> list[SpendingRecord]:
    return list(SpendingRecord.objects.filter(status=SpendingRecord.Status.ACCEPTED).select_related("recipient").order_by("-id")[:10])


def _page_of(reference: str) -> tuple[str, str] | None:
    if Sale.objects.filter(reference=reference).exists():
        return "reports:trace_sale", reference
    if SpendingRecord.objects.filter(reference=reference).exists():
        return "reports:trace_spending", reference
    receipt = Receipt.objects.filter(reference=reference, sale__isnull=False).select_related("sale").first()
    if receipt and receipt.sale:
        return "reports:trace_sale", receipt.sale.reference
    first = SpendingRecord.objects.filter(disbursement__reference=reference).order_by("id").first()
    if first:
        return "reports:trace_spending", first.reference
    return None


@for_readers
@require_GET
def trace_of_sale(request: HttpRequest, reference: str) -> HttpResponse:
    """Follow a sale down: a tree that opens, to the photos of receipts."""
    found = _or_404(trace_sale, reference)
    if request.GET.get("format") == "json":
        return _as_json(found)
    return render(request, "reports/trace_sale.html", {"trace": found, "place_names": _place_names()})


@for_readers
@require_GET
def trace_of_spending(request: HttpRequest, reference: str) -> HttpResponse:
    """Follow a purchase up to the serial numbers of the credits that paid for it."""
    found = _or_404(trace_spending, reference)
    if request.GET.get("format") == "json":
        return _as_json(found)
    return render(request, "reports/trace_spending.html", {"trace": found})


def _or_404(follow: Callable[[str], Any], reference: str) -> Any:
    try:
        return follow(reference)
    except Refused as refusal:
        raise Http404 from refusal


def _as_json(found: Any) -> JsonResponse:
    return JsonResponse(asdict(found), json_dumps_params={"ensure_ascii": False, "indent": 2})


def _place_names() -> dict[str, str]:
    return {kind: str(name) for kind, name in KIND_NAMES.items()}


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
