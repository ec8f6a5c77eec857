"""The office looks at one record at a time: the photo large beside the entry, then accept, ask, refuse, next."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Q, QuerySet, Sum
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from communities.spending import queries, services
from communities.spending.amounts import shown
from communities.spending.forms import category_name
from communities.spending.models import Category, SpendingRecord, Status
from communities.spending.views.home import name_of
from communities.spending.views.person import person_of
from core import clock
from core.acts import Fact
from core.forms import AmountField
from core.people.access import OFFICERS, READERS, may
from core.refusal import Refused
from revenue.disbursements.forms import minor
from revenue.disbursements.models import Disbursement
from revenue.ledger.models import Posting


class ReviewForm(forms.Form):
    decision = forms.ChoiceField(choices=[("accept", "accept"), ("part", "part"), ("query", "query"), ("refuse", "refuse")])
    amount = AmountField(label=gettext_lazy("Amount that is not eligible"), required=False, help_text=gettext_lazy("In the currency of the record."))
    category = forms.ModelChoiceField(
        Category.objects.order_by("is_eligible", "name"), label=gettext_lazy("What that part was"), required=False, empty_label=gettext_lazy("Choose")
    )
    why = forms.CharField(label=gettext_lazy("Why it is not eligible"), required=False, max_length=400, widget=forms.Textarea(attrs={"rows": 2}))
    words = forms.CharField(
        label=gettext_lazy("Your words to the village"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("Needed to ask or to refuse. Plain and short: they are read on a phone."),
    )


def accepted_sentence(record: SpendingRecord) -> str:
    """Say what accepting did, and plainly what of it carbon revenue did not pay."""
    drawn = _("%(record)s is accepted: %(amount)s was drawn from the advances.") % {
        "record": record,
        "amount": shown(record.funded_minor or 0, record.currency),
    }
    if record.not_funded_minor:
        drawn += " " + _("%(amount)s is not funded by carbon revenue: the advances hold no more of it.") % {
            "amount": shown(record.not_funded_minor, record.currency)
        }
    owed = record.recoverables.first() if record.ineligible_minor else None
    if owed is not None:
        drawn += " " + _("%(amount)s of it is to be repaid: %(reference)s.") % {
            "amount": shown(owed.local_minor, owed.local_currency),
            "reference": owed.reference,
        }
    return drawn


def drawn_from(record: SpendingRecord) -> Iterable[tuple[int, str, int, int]]:
    """Yield (disbursement id, reference, local amount, book amount) of what an accepted record was drawn from."""
    rows = Posting.objects.filter(entry=record.entry).order_by().values("lot").annotate(local=Sum("local_minor"), book=Sum("amount_minor"))
    lots = {row["lot"]: (int(row["local"]), int(row["book"])) for row in rows}
    for number, reference in Disbursement.objects.filter(pk__in=lots).order_by("pk").values_list("pk", "reference"):
        yield number, reference, *lots[number]


def facts_of(record: SpendingRecord) -> Iterable[Fact]:
    """Yield what was logged, as the officer reads it before deciding."""
    yield Fact(_("Recipient"), name_of(record.recipient))
    yield Fact(_("Amount"), shown(record.amount_minor, record.currency))
    if record.other_minor:
        yield Fact(_("Paid by another donor"), shown(record.other_minor, record.currency))
    yield Fact(_("Spent on"), record.spent_on)
    yield Fact(_("Category"), f"{category_name(record.category)} ({record.category.get_purpose_display()})")
    yield Fact(_("Paid to"), record.payee)
    yield Fact(_("What it was for"), record.description)
    people = _("%(women)d women, %(men)d men; of them %(youth)d young, %(indigenous)d Indigenous")
    yield Fact(_("Who benefited"), people % {"women": record.women, "men": record.men, "youth": record.youth, "indigenous": record.indigenous})
    if record.disbursement_id:
        yield Fact(_("From which payment"), record.disbursement)
    if record.ineligible_minor:
        what = category_name(record.ineligible_category) if record.ineligible_category else "–"
        told = f"{shown(record.ineligible_minor, record.currency)} · {what}: {record.ineligible_why}"
        yield Fact(_("Of it not eligible"), told)
    yield Fact(_("Logged by"), f"{record.logged_by}, {record.logged_at:%Y-%m-%d}")


def first(request: HttpRequest) -> HttpResponse:
    """Open the oldest record that waits and that this person did not log."""
    if not may(request.user, READERS):
        raise Http404
    found = _waiting(request).first()
    if found is None:
        messages.info(request, _("Nothing waits for the office."))
        return HttpResponseRedirect(reverse("admin:spending_spendingrecord_changelist"))
    return HttpResponseRedirect(_url(found))


def one(request: HttpRequest, record_id: int, *, context: dict[str, Any]) -> HttpResponse:
    """Show one record with its photos, or decide it and go on to the next."""
    if not may(request.user, READERS):
        raise Http404
    record = SpendingRecord.objects.select_related("recipient", "category", "logged_by", "disbursement").filter(pk=record_id).first()
    if record is None:
        raise Http404
    form = ReviewForm(request.POST or None)
    if request.method == "POST":
        if not may(request.user, OFFICERS):
            raise Http404
        if form.is_valid() and _decide(request=request, record=record, form=form):
            return HttpResponseRedirect(_next_url(request, record))
        record.refresh_from_db()
    part = [form["amount"], form["category"], form["why"]]
    page = {**context, **_page(request, record), "form": form, "part_fields": part, "title": record.reference}
    return TemplateResponse(request, "spending/review.html", page, status=422 if form.is_bound else 200)


def _page(request: HttpRequest, record: SpendingRecord) -> dict[str, Any]:
    is_waiting = record.status == Status.LOGGED
    outlook = queries.outlook(record) if is_waiting else None
    return {
        "record": record,
        "facts": list(facts_of(record)),
        "evidence": list(record.evidence.select_related("file").order_by("id")),
        "steps": list(record.steps.select_related("by").order_by("at", "id")),
        "hints": queries.hints(record, outlook) if is_waiting else [],
        "outlook": outlook,
        "advances": [
            {"one": advance, "left": shown(advance.advance.local_minor, advance.advance.currency)}
            for advance in (outlook.advances if outlook else [])
        ],
        "would_fund": shown(outlook.funded, record.currency) if outlook else "",
        "would_not_fund": shown(outlook.not_funded, record.currency) if outlook and outlook.not_funded else "",
        "may_decide": is_waiting and may(request.user, OFFICERS) and record.logged_by_id != request.user.pk,
        "is_own": record.logged_by_id == request.user.pk,
        "waiting": _waiting(request).count(),
        "next_url": _next_url(request, record),
        "list_url": reverse("admin:spending_spendingrecord_changelist"),
        "record_url": reverse("admin:spending_spendingrecord_change", args=[record.pk]),
    }


def _decide(*, request: HttpRequest, record: SpendingRecord, form: ReviewForm) -> bool:
    person, at, words = person_of(request), clock.now(), form.cleaned_data["words"]
    try:
        if form.cleaned_data["decision"] in ("accept", "part"):
            part = _ineligible(record, form) if form.cleaned_data["decision"] == "part" else None
            accepted = services.accept_spending(record_id=record.pk, by=person, at=at, on=clock.today(), ineligible=part)
            tell = messages.warning if accepted.not_funded_minor else messages.success
            tell(request, accepted_sentence(accepted))
        elif form.cleaned_data["decision"] == "query":
            services.query_spending(record_id=record.pk, words=words, by=person, at=at)
            messages.success(request, _("Your question about %(record)s was sent to the village.") % {"record": record})
        else:
            services.refuse_spending(record_id=record.pk, words=words, by=person, at=at)
            messages.success(request, _("%(record)s is refused, and the village can read why.") % {"record": record})
    except Refused as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
        return False
    return True


def _ineligible(record: SpendingRecord, form: ReviewForm) -> services.Ineligible:
    given = form.cleaned_data
    return services.Ineligible(
        minor(text=given["amount"], currency=record.currency, field="amount"), given["category"].pk if given["category"] else None, given["why"]
    )


def _waiting(request: HttpRequest) -> QuerySet[SpendingRecord]:
    return queries.to_check().exclude(logged_by_id=request.user.pk)


def _next_url(request: HttpRequest, record: SpendingRecord) -> str:
    """Return the page of the record that waits after this one; after the last, of the first; without any, the list."""
    waiting = _waiting(request).exclude(pk=record.pk)
    later = waiting.filter(Q(logged_at__gt=record.logged_at) | Q(logged_at=record.logged_at, pk__gt=record.pk))
    found = later.first() or waiting.first()
    return reverse("admin:spending_spendingrecord_changelist") if found is None else _url(found)


def _url(record: SpendingRecord) -> str:
    return reverse("admin:spending_spendingrecord_review", args=[record.pk])
