"""Confirm on the phone that a payment arrived: how much, when, and which two people signed."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _

from communities.registry.access import recipients_of
from communities.spending.amounts import shown
from communities.spending.forms import AcknowledgeForm
from communities.spending.views.home import name_of
from communities.spending.views.person import field_page, go, person_of, show
from core import clock, files
from core.refusal import Refused
from revenue.disbursements.models import Payment
from revenue.disbursements.services import acknowledge_payment

# The service's names of values, and the fields where a person typed them.
_FIELDS = {"local_minor": "amount", "photo": "photos", "photo_id": "photos"}


def _mine(request: HttpRequest) -> QuerySet[Payment]:
    recipients = recipients_of(person=person_of(request), on=clock.today())
    return Payment.objects.filter(disbursement__recipient__in=recipients).select_related("disbursement", "disbursement__recipient")


@field_page
def acknowledge(request: HttpRequest, payment_id: int) -> HttpResponseBase:
    """Show a payment and the form that says it arrived, or write that down."""
    payment = _mine(request).filter(pk=payment_id).first()
    if payment is None:
        raise Http404
    if request.method != "POST":
        form = AcknowledgeForm(currency=payment.local_currency)
    else:
        form = AcknowledgeForm(request.POST, request.FILES, currency=payment.local_currency)
        if form.is_valid() and _acknowledge(request=request, payment=payment, form=form):
            messages.success(request, _("Thank you. It is written down that %(amount)s arrived.") % {"amount": form.shown_amount()})
            return go("home")
    disbursement = payment.disbursement
    context = {
        "form": form,
        "payment": payment,
        "disbursement": disbursement,
        "name": name_of(disbursement.recipient),
        "amount": shown(payment.local_minor, payment.local_currency),
        "acknowledgement": getattr(payment, "acknowledgement", None),
        "today": clock.today(),
    }
    return show(request, "spending/acknowledge.html", context, refused=form.is_bound)


def _acknowledge(*, request: HttpRequest, payment: Payment, form: AcknowledgeForm) -> bool:
    data: dict[str, Any] = form.cleaned_data
    person, at = person_of(request), clock.now()
    stored = [files.store(data=content, media_type=kind, original_name=name, by=person, at=at) for content, kind, name in data["photos"]]
    try:
        acknowledge_payment(
            client_key=data["client_key"],
            payment_id=payment.pk,
            received_on=data["received_on"],
            local_minor=data["amount"],
            local_currency=payment.local_currency,
            signed_by=data["signed_by"],
            also_signed_by=data["also_signed_by"],
            photo_id=stored[0].pk if stored else None,
            by=person,
            at=at,
        )
    except Refused as refusal:
        field = _FIELDS.get(refusal.field or "", refusal.field or "")
        form.add_error(field if field in form.fields else None, str(refusal))
        return False
    return True
