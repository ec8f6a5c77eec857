"""The first page on the phone: what is expected of me, and my recipients with their money."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from communities.registry.access import recipients_of
from communities.registry.models import Recipient
from communities.spending import access, phone_queries, queries
from communities.spending.amounts import shown
from communities.spending.models import Status
from communities.spending.views.person import field_page, my_recipient, person_of, show
from core import clock
from core.ordering import by_own_name

TAGS = {Status.LOGGED: "wait", Status.QUERIED: "ask", Status.ACCEPTED: "good", Status.REFUSED: "bad"}


@dataclass(frozen=True, slots=True)
class Expected:
    """One thing this person has to do, with the page where it is done."""

    kind: str
    title: str
    detail: str
    reference: str
    url: str
    button: str
    is_late: bool = False
    due: date | None = None


@dataclass(frozen=True, slots=True)
class MoneyLine:
    """One purpose's money, ready to print."""

    purpose: str
    left: str
    advanced: str
    spent: str
    waiting: str
    given_back: str
    not_funded: str
    to_repay: str
    accounted: int
    whole: int


def name_of(recipient: Recipient) -> str:
    """Return a recipient's name in the reader's language."""
    return recipient.name_km if get_language() == "km" and recipient.name_km else recipient.name


def money_lines(found: list[queries.PurposeMoney]) -> list[MoneyLine]:
    """Return the money of one recipient ready to print; what is zero and says nothing is left out."""
    return [
        MoneyLine(
            purpose=one.purpose_name,
            left=shown(one.left, one.currency),
            advanced=shown(one.advanced, one.currency),
            spent=shown(one.spent, one.currency),
            waiting=shown(one.waiting, one.currency),
            given_back=shown(one.given_back, one.currency) if one.given_back else "",
            not_funded=shown(one.not_funded, one.currency) if one.not_funded else "",
            to_repay=shown(one.to_repay, one.currency) if one.to_repay else "",
            accounted=one.advanced - one.left,
            whole=one.advanced,
        )
        for one in found
    ]


def expected_of(recipients: list[Recipient], *, today: date) -> list[Expected]:
    """Return what is expected for these recipients: what is late first, then questions, payments, and what is due."""
    tasks = [*_questions(recipients), *_payments(recipients), *_advances(recipients, today=today)]
    order = {"question": 1, "payment": 2, "advance": 3}
    return sorted(tasks, key=lambda one: (not one.is_late, order[one.kind], one.due or date.max))


def _questions(recipients: list[Recipient]) -> list[Expected]:
    spending, trainings = queries.questions_for(recipients)
    found = [
        Expected(
            "question",
            _("The office asks about %(reference)s") % {"reference": record.reference},
            f"{name_of(record.recipient)} · {shown(record.amount_minor, record.currency)} · {record.payee}",
            "",
            reverse("spending:spending", args=[record.pk]),
            _("Answer"),
        )
        for record in spending
    ]
    return found + [
        Expected(
            "question",
            _("The office asks about %(reference)s") % {"reference": record.reference},
            f"{name_of(record.recipient)} · {record.topic}",
            "",
            reverse("spending:training", args=[record.pk]),
            _("Answer"),
        )
        for record in trainings
    ]


def _payments(recipients: list[Recipient]) -> list[Expected]:
    return [
        Expected(
            "payment",
            _("Did %(amount)s arrive?") % {"amount": shown(payment.local_minor, payment.local_currency)},
            f"{name_of(payment.disbursement.recipient)} · {payment.disbursement.description}",
            payment.disbursement.reference,
            reverse("spending:acknowledge", args=[payment.pk]),
            _("Confirm it arrived"),
            due=payment.paid_on,
        )
        for payment in queries.payments_to_acknowledge(recipients)
    ]


def _advances(recipients: list[Recipient], *, today: date) -> list[Expected]:
    return [
        Expected(
            "advance",
            _("Account for %(amount)s") % {"amount": shown(one.local_minor, one.currency)},
            f"{name_of(one.disbursement.recipient)} · {one.disbursement.description}",
            one.disbursement.reference,
            f"{reverse('spending:log_spending', args=[one.disbursement.recipient_id])}?payment={one.disbursement.pk}",
            _("Log spending"),
            is_late=one.is_late(today),
            due=one.disbursement.account_by,
        )
        for one in queries.open_advances(recipients)
        if one.disbursement.account_by is not None
    ]


@field_page
def home(request: HttpRequest) -> HttpResponseBase:
    """Show what is expected of this person, and each recipient with its money."""
    today = clock.today()
    recipients = list(recipients_of(person=person_of(request), on=today).order_by(*by_own_name()))
    money = queries.money_of(recipients)
    asked = phone_queries.ASKED["checks"](person_of(request))
    cards = [{"recipient": one, "name": name_of(one), "money": money_lines(money[one.pk])} for one in recipients]
    return show(request, "spending/home.html", {"expected": expected_of(recipients, today=today), "cards": cards, "to_ask": len(asked)})


@field_page
def records(request: HttpRequest, recipient_id: int) -> HttpResponseBase:
    """List what was logged for one recipient, the latest first, with its status in plain words."""
    recipient = my_recipient(request, recipient_id)
    person, today = person_of(request), clock.today()
    wanted = request.GET.get("status", "")
    spending = access.spending_of(person=person, on=today).filter(recipient=recipient).select_related("category")
    if wanted in Status.values:
        spending = spending.filter(status=wanted)
    page = Paginator(spending.order_by("-spent_on", "-id"), 20).get_page(request.GET.get("page"))
    rows = [
        {
            "record": one,
            "amount": shown(one.amount_minor, one.currency),
            "tag": TAGS[Status(one.status)],
        }
        for one in page
    ]
    trainings = access.trainings_of(person=person, on=today).filter(recipient=recipient).order_by("-first_day", "-id")
    context = {
        "recipient": recipient,
        "name": name_of(recipient),
        "rows": rows,
        "page": page,
        "statuses": Status.choices,
        "wanted": wanted,
        "trainings": [{"record": one, "tag": TAGS[Status(one.status)]} for one in trainings[:50]],
    }
    return show(request, "spending/records.html", context)
