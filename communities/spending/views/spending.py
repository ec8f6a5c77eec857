"""Log spending on the phone, see it, answer about it, add a photo to it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from communities.spending import access, queries, services
from communities.spending.amounts import shown
from communities.spending.forms import AnswerForm, PhotosForm, SpendingForm, category_name
from communities.spending.models import SpendingRecord, Status
from communities.spending.views.home import TAGS, name_of
from communities.spending.views.person import field_page, go, my_recipient, person_of, show
from core import clock
from core.refusal import Refused


@field_page
def log(request: HttpRequest, recipient_id: int) -> HttpResponseBase:
    """Show the form for one purchase, or write it down."""
    recipient = my_recipient(request, recipient_id)
    if request.method != "POST":
        initial = {"spent_on": clock.today(), "disbursement": request.GET.get("payment", "")}
        form = SpendingForm(recipient=recipient, initial=initial)
    else:
        form = SpendingForm(request.POST, request.FILES, recipient=recipient)
        if form.is_valid():
            try:
                record = services.log_spending(recipient_id=recipient.pk, by=person_of(request), at=clock.now(), **form.facts())
            except Refused as refusal:
                form.refuse(refusal)
            else:
                return go("spending_saved", record_id=record.pk)
    context = {
        "form": form,
        "recipient": recipient,
        "name": name_of(recipient),
        "payees": queries.last_payees(recipient),
        "not_eligible": [category_name(one) for one in queries.not_eligible()],
        "today": clock.today(),
    }
    return show(request, "spending/log_spending.html", context, refused=form.is_bound)


@field_page
@require_safe
def saved(request: HttpRequest, record_id: int) -> HttpResponseBase:
    """Show the number of what was just written down."""
    record = access.spending_for(person=person_of(request), record_id=record_id, on=clock.today())
    return show(request, "spending/saved.html", {**_context(record), "kind": "spending"})


@field_page
@require_safe
def page(request: HttpRequest, record_id: int) -> HttpResponseBase:
    """Show one record, and what can be done about it."""
    record = access.spending_for(person=person_of(request), record_id=record_id, on=clock.today())
    return show(request, "spending/spending.html", _page_context(record))


@field_page
@require_POST
def answer(request: HttpRequest, record_id: int) -> HttpResponseBase:
    """Answer the office's question."""
    record = access.spending_for(person=person_of(request), record_id=record_id, on=clock.today())
    form = AnswerForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            services.answer_query(record_id=record.pk, by=person_of(request), at=clock.now(), **form.cleaned_data)
        except Refused as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
        else:
            messages.success(request, _("Your answer was sent to the office."))
            return go("spending", record_id=record.pk)
    return show(request, "spending/spending.html", {**_page_context(record), "answer_form": form}, refused=True)


@field_page
@require_POST
def add_photos(request: HttpRequest, record_id: int) -> HttpResponseBase:
    """Add photos to a record."""
    record = access.spending_for(person=person_of(request), record_id=record_id, on=clock.today())
    form = PhotosForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            services.add_evidence(record_id=record.pk, by=person_of(request), at=clock.now(), **form.cleaned_data)
        except Refused as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
        else:
            messages.success(request, _("The photo was added."))
            return go("spending", record_id=record.pk)
    return show(request, "spending/spending.html", {**_page_context(record), "photos_form": form}, refused=True)


def _context(record: SpendingRecord) -> dict[str, Any]:
    return {
        "record": record,
        "recipient": record.recipient,
        "name": name_of(record.recipient),
        "category": category_name(record.category),
        "amount": shown(record.amount_minor, record.currency),
        "tag": TAGS[Status(record.status)],
    }


def _page_context(record: SpendingRecord) -> dict[str, Any]:
    return {
        **_context(record),
        "other": shown(record.other_minor, record.currency) if record.other_minor else "",
        "funded": shown(record.funded_minor, record.currency) if record.funded_minor is not None else "",
        "not_funded": shown(record.not_funded_minor, record.currency) if record.not_funded_minor else "",
        "evidence": list(record.evidence.select_related("file").order_by("id")),
        "steps": list(record.steps.select_related("by").order_by("at", "id")),
        "answer_form": AnswerForm(auto_id="id_answer_%s") if record.status == Status.QUERIED else None,
        "photos_form": PhotosForm(auto_id="id_more_%s") if record.status != Status.REFUSED else None,
    }
