"""Papers drawn when they are asked for: statements, vouchers and payment lists for who reads the books, IATI for everybody."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from communities.registry.models import Recipient
from core import clock, files
from core.audit.hashing import canonical
from core.people.models import User
from core.refusal import Refused
from reports import services
from reports.models import Paper, Report, SetStatement, StatementSet
from reports.periods import Span, parse_period
from reports.render.iati import iati_xml
from reports.snapshot.statement import statement_contents
from reports.snapshot.voucher import payment_list_content, voucher_content
from reports.views import for_readers
from revenue.credits.models import BankAccount
from revenue.disbursements.models import Disbursement


class NotADay(Refused):
    """The address names no day."""

    code = "not_a_day"


@for_readers
@require_GET
def voucher(request: HttpRequest, reference: str) -> HttpResponse:
    """Draw the voucher of a disbursement as it stands now, to be signed."""
    found = Disbursement.objects.filter(reference=reference).values_list("id", flat=True).first()
    if found is None:
        raise Http404
    content = voucher_content(disbursement_id=found, at=clock.now())
    return _drawn(request, Paper.Kind.VOUCHER, reference, content, f"voucher-{reference}")


@for_readers
@require_GET
def payment_list(request: HttpRequest, bank: str) -> HttpResponse:
    """Draw what was paid from a bank account on the day ``on``; without a day, what is approved and still to be paid."""
    found = BankAccount.objects.filter(code=bank).values_list("id", flat=True).first()
    if found is None:
        raise Http404
    try:
        on = _day(request.GET.get("on", ""))
    except NotADay as refusal:
        return HttpResponse(str(refusal), status=422, content_type="text/plain; charset=utf-8")
    content = payment_list_content(bank_account_id=found, on=on, at=clock.now())
    day = on.isoformat() if on else "due"
    return _drawn(request, Paper.Kind.PAYMENT_LIST, f"{bank} {day}", content, f"payments-{bank}-{day}")


def _day(text: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise NotADay(_("“%(text)s” is not a day.") % {"text": text}, next_step=_("Write it as 2026-10-31.")) from error


@for_readers
@require_GET
def statement(request: HttpRequest, code: str, period: str) -> HttpResponse:
    """Draw a community's statement for a year (2026), a quarter (2026Q3) or other days, as the books stand now."""
    found = Recipient.objects.filter(code=code).values_list("id", flat=True).first()
    if found is None:
        raise Http404
    try:
        span = _begun(period)
    except Refused as refusal:
        return HttpResponse(str(refusal), status=422, content_type="text/plain; charset=utf-8")
    at, form = clock.now(), request.GET.get("as", "pdf")
    (content,) = statement_contents(
        recipient_ids=[found], label=str(span), first=span.first, end=min(span.end, clock.today() + timedelta(days=1)), at=at,
        # Only what is kept may lead to where it is verified.
        verify_address=services.verify_address() if form == "pdf" else None,
    )  # fmt: skip
    if form != "pdf":
        return _table_of(content, form, request.GET.get("in", "km"))
    return _drawn(request, Paper.Kind.STATEMENT, f"{code} {span}", content, f"{code}-{str(span).replace('..', '_')}")


def _table_of(content: dict[str, Any], form: str, language: str) -> HttpResponse:
    """Write a statement as a workbook (``in`` km or en), as a zip of CSV, or as JSON; its figures are those of the paper."""
    # Loaded only when a file is made, as the papers are.
    from reports.render.statement_sheets import statement_csv, statement_xlsx

    made: dict[str, tuple[str, str, Callable[[], bytes]]] = {
        "xlsx": (
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            "xlsx",
            lambda: statement_xlsx(content=content, language="en" if language == "en" else "km"),
        ),
        "csv": ("application/zip", "zip", lambda: statement_csv(content=content)),
        "json": ("application/json", "json", lambda: canonical(content).encode()),
    }
    if form not in made:
        return HttpResponse(_("A statement is made as pdf, xlsx, csv or json."), status=422, content_type="text/plain; charset=utf-8")
    media_type, suffix, write = made[form]
    response = HttpResponse(write(), content_type=media_type)
    name = f"{content['recipient']['code']}-{content['period']['label'].replace('..', '_')}"
    response["Content-Disposition"] = f'attachment; filename="{name}.{suffix}"'
    response["Cache-Control"] = "no-store"
    return response


@for_readers
@require_GET
def statement_set(_request: HttpRequest, set_id: int, kind: str) -> HttpResponse:
    """Hand out a set of statements: one PDF to print, or a zip."""
    found = StatementSet.objects.select_related("zip", "pdf").filter(id=set_id, status=StatementSet.Status.READY).first()
    stored = {"pdf": found.pdf, "zip": found.zip}.get(kind) if found else None
    if stored is None:
        raise Http404
    response = HttpResponse(files.read(stored), content_type=stored.media_type)
    response["Content-Disposition"] = f'{"attachment" if kind == "zip" else "inline"}; filename="{stored.original_name}"'
    return response


@for_readers
@require_GET
def set_statement(request: HttpRequest, set_id: int, code: str) -> HttpResponse:
    """Hand out one community's statement of a set as it was frozen: ``as`` pdf, xlsx (``in`` km or en), csv or json."""
    found = SetStatement.objects.select_related("pdf").filter(of=set_id, recipient__code=code, pdf__isnull=False).first()
    if found is None or found.pdf is None:
        raise Http404
    form = request.GET.get("as", "pdf")
    if form != "pdf":
        return _table_of(json.loads(found.text), form, request.GET.get("in", "km"))
    response = HttpResponse(files.read(found.pdf), content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{found.pdf.original_name}"'
    return response


def _begun(period: str) -> Span:
    """
    Read a period that has begun.

    :raises Refused: if the text names none, or it is still to come
    """
    span = parse_period(period)
    if span.first > clock.today():
        raise NotADay(_("%(period)s has not begun.") % {"period": period}, next_step=_("Choose one that has."))
    return span


def _drawn(request: HttpRequest, kind: Paper.Kind, subject: str, content: dict[str, Any], name: str) -> HttpResponse:
    """Draw and keep a paper in the edition that ``in`` names: km, en, or both."""
    language = request.GET.get("in", "both")
    assert isinstance(request.user, User)
    try:
        data = services.draw_paper(kind=kind, subject=subject, content=content, language=language, by=request.user, at=clock.now())
    except services.NoSuchEdition as refusal:
        return HttpResponse(str(refusal), status=422, content_type="text/plain; charset=utf-8")
    response = HttpResponse(data, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{name}{"" if language == "both" else f"-{language}"}.pdf"'
    # It holds account numbers, and says how things stand at this moment.
    response["Cache-Control"] = "no-store"
    return response


@require_GET
def iati(_request: HttpRequest, report_id: int) -> HttpResponse:
    """Write an issued report as IATI 2.03 activities; a report that is not issued is not public."""
    report = Report.objects.select_related("snapshot", "period", "project").filter(id=report_id, status=Report.Status.ISSUED).first()
    if report is None or report.snapshot is None:
        raise Http404
    response = HttpResponse(iati_xml(snapshot=json.loads(report.snapshot.text)), content_type="application/xml")
    scope = report.project.code if report.project else "programme"
    response["Content-Disposition"] = f'inline; filename="iati-{scope}-{report.period.label}-v{report.version}.xml"'
    return response
