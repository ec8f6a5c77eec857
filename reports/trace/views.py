"""The pages of the trace, each also as JSON and CSV."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable
from dataclasses import asdict
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from communities.registry.models import Recipient
from communities.spending.models import SpendingRecord
from core.admin import safe_cell
from core.refusal import Refused
from reports.forms import TraceForm
from reports.trace.down import trace_sale, tranches_of_sale
from reports.trace.picture import flow_of_sale
from reports.trace.places import PlaceTrace, trace_account, trace_disbursement, trace_recipient
from reports.trace.table import Row, rows_of_place, rows_of_sale, rows_of_spending
from reports.trace.up import trace_spending
from reports.views import for_readers
from revenue.credits.models import Receipt, Sale
from revenue.disbursements.models import Disbursement
from revenue.ledger.chart import KIND_NAMES
from revenue.ledger.models import Tranche


@for_readers
@require_GET
def trace(request: HttpRequest) -> HttpResponse:
    """Find what a reference names, and go there."""
    form = TraceForm(request.GET or None)
    if form.is_bound and form.is_valid():
        page = _page_of(form.cleaned_data["reference"].strip())
        if page:
            return redirect(page[0], page[1])
        form.add_error("reference", _("Nothing here has this reference. Copy it from a list or a report."))
    recent = {"sales": Sale.objects.select_related("project").order_by("-sale_date")[:10], "records": _traceable()}
    return render(request, "reports/trace.html", {"form": form, **recent}, status=422 if form.errors else 200)


def _traceable() -> list[SpendingRecord]:
    return list(SpendingRecord.objects.filter(status=SpendingRecord.Status.ACCEPTED).select_related("recipient").order_by("-id")[:10])


def _page_of(typed: str) -> tuple[str, str] | None:
    reference = typed.upper()
    if Sale.objects.filter(reference=reference).exists():
        return "reports:trace_sale", reference
    if SpendingRecord.objects.filter(reference=reference).exists():
        return "reports:trace_spending", reference
    if Disbursement.objects.filter(reference=reference).exists():
        return "reports:trace_disbursement", reference
    receipt = Receipt.objects.filter(reference=reference, sale__isnull=False).select_related("sale").first()
    if receipt and receipt.sale:
        return "reports:trace_sale", receipt.sale.reference
    code = Recipient.objects.filter(code__iexact=typed).values_list("code", flat=True).first()
    return ("reports:trace_recipient", code) if code else None


@for_readers
@require_GET
def sale(request: HttpRequest, reference: str) -> HttpResponse:
    """Follow a sale down: a picture, and a tree that opens, to the photos of receipts."""
    found = _or_404(trace_sale, reference)
    plain = _as_file(request, found, rows_of_sale)
    if plain:
        return plain
    sold = Sale.objects.get(reference=reference)
    picture = flow_of_sale(sale=sold, tranche_ids=tranches_of_sale(sold))
    # Drawn by us; every word in it was escaped there.
    page = {"trace": found, "place_names": _place_names(), "picture": mark_safe(picture)}
    return render(request, "reports/trace_sale.html", page)


@for_readers
@require_GET
def spending(request: HttpRequest, reference: str) -> HttpResponse:
    """Follow a purchase up to the serial numbers of the credits that paid for it."""
    found = _or_404(trace_spending, reference)
    return _as_file(request, found, rows_of_spending) or render(request, "reports/trace_spending.html", {"trace": found})


@for_readers
@require_GET
def disbursement(request: HttpRequest, reference: str) -> HttpResponse:
    """Say which sales are behind a disbursement."""
    return _place(request, _or_404(trace_disbursement, reference))


@for_readers
@require_GET
def recipient(request: HttpRequest, code: str) -> HttpResponse:
    """Say which sales are behind all that a community holds or has used."""
    return _place(request, _or_404(trace_recipient, code))


@for_readers
@require_GET
def account(request: HttpRequest, account_id: int) -> HttpResponse:
    """Say which sales are behind what lies in one place of the books."""
    return _place(request, _or_404(trace_account, account_id))


def _place(request: HttpRequest, found: PlaceTrace) -> HttpResponse:
    plain = _as_file(request, found, rows_of_place)
    page = {"trace": found, "place_names": _place_names(), "sources": dict(Tranche._meta.get_field("source").choices or [])}
    return plain or render(request, "reports/trace_place.html", page)


def _or_404(follow: Callable[[Any], Any], asked: object) -> Any:
    try:
        return follow(asked)
    except Refused as refusal:
        raise Http404 from refusal


def _as_file(request: HttpRequest, found: Any, rows: Callable[[Any], Iterable[Row]]) -> HttpResponse | None:
    """Return the trace as JSON or CSV where that was asked for."""
    wanted = request.GET.get("format")
    if wanted == "json":
        return JsonResponse(asdict(found), json_dumps_params={"ensure_ascii": False, "indent": 2})
    if wanted != "csv":
        return None
    answer = HttpResponse(content_type="text/csv; charset=utf-8", headers={"Content-Disposition": f'attachment; filename="{found.reference}.csv"'})
    csv.writer(answer).writerows([safe_cell(cell) for cell in row] for row in rows(found))
    return answer


def _place_names() -> dict[str, str]:
    return {kind: str(name) for kind, name in KIND_NAMES.items()}
