"""Papers drawn when they are asked for: statements, vouchers and payment lists for who reads the books, IATI for everybody."""

from __future__ import annotations

import json
import re
from datetime import date, timedelta

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from communities.registry.models import Recipient
from core import clock
from core.refusal import Refused
from reports.models import Report
from reports.periods import parse_quarter
from reports.render.iati import iati_xml
from reports.render.statement import file_name, render_statement
from reports.render.voucher import render_payment_list, render_voucher
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
def voucher(_request: HttpRequest, reference: str) -> HttpResponse:
    """Draw the voucher of a disbursement as it stands now, to be signed."""
    found = Disbursement.objects.filter(reference=reference).values_list("id", flat=True).first()
    if found is None:
        raise Http404
    pdf = render_voucher(content=voucher_content(disbursement_id=found, at=clock.now()))
    return _pdf(pdf, f"voucher-{reference}.pdf")


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
    pdf = render_payment_list(content=payment_list_content(bank_account_id=found, on=on, at=clock.now()))
    return _pdf(pdf, f"payments-{bank}-{on.isoformat() if on else 'due'}.pdf")


def _day(text: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise NotADay(_("“%(text)s” is not a day.") % {"text": text}, next_step=_("Write it as 2026-10-31.")) from error


@for_readers
@require_GET
def statement(_request: HttpRequest, code: str, period: str) -> HttpResponse:
    """Draw a community's statement for a quarter (2026Q3) or a year (2026), as the books stand now."""
    found = Recipient.objects.filter(code=code).values_list("id", flat=True).first()
    if found is None:
        raise Http404
    try:
        first, end = _span(period)
    except Refused as refusal:
        return HttpResponse(str(refusal), status=422, content_type="text/plain; charset=utf-8")
    at = clock.now()
    (content,) = statement_contents(recipient_ids=[found], label=period, first=first, end=min(end, clock.today() + timedelta(days=1)), at=at)
    return _pdf(render_statement(content=content), file_name(content=content))


def _span(period: str) -> tuple[date, date]:
    """
    Return the first day and the day after the last of a year or quarter that has begun.

    :raises Refused: if the text names neither, or it is still to come
    """
    if re.fullmatch(r"20\d\d", period):
        first, end = date(int(period), 1, 1), date(int(period) + 1, 1, 1)
    else:
        quarter = parse_quarter(period)
        first, end = quarter.first, quarter.end
    if first > clock.today():
        raise NotADay(_("%(period)s has not begun.") % {"period": period}, next_step=_("Choose one that has."))
    return first, end


def _pdf(data: bytes, name: str) -> HttpResponse:
    response = HttpResponse(data, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{name}"'
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
