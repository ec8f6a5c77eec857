"""What came of the checks: which payments the villages' words match, and how many."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any, Final

from django.db.models import Case, CharField, F, OuterRef, Prefetch, Q, QuerySet, Subquery, Value, When
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from communities.callbacks.access import items_of
from communities.callbacks.drawing import draw
from communities.callbacks.models import Answer, Sample, SampledPayment
from core.people.access import LIAISONS, may
from core.people.models import User

MATCH: Final = "MATCH"
OTHER_AMOUNT: Final = "OTHER_AMOUNT"
NO_AMOUNT: Final = "NO_AMOUNT"
NOT_RECEIVED: Final = "NOT_RECEIVED"
NOT_REACHED: Final = "NOT_REACHED"
WAITING: Final = "WAITING"
RESULTS: Final = {
    MATCH: _("the village says the same"),
    OTHER_AMOUNT: _("another amount"),
    NO_AMOUNT: _("received, amount not known"),
    NOT_RECEIVED: _("not received, says the village"),
    NOT_REACHED: _("nobody was reached yet"),
    WAITING: _("not asked yet"),
}


@dataclass(frozen=True, slots=True)
class MatchRate:
    """How many of the payments drawn were asked about, and what the villages said; each payment counted once."""

    drawn: int
    reached: int
    matched: int
    other_amount: int
    no_amount: int
    not_received: int

    @property
    def rate(self) -> Fraction | None:
        """The part of the villages reached that say the same as the books; None where nobody was reached."""
        return Fraction(self.matched, self.reached) if self.reached else None

    @property
    def percent(self) -> str:
        """The rate in per cent with one decimal, rounded down, so that only all of them is 100.0; empty where nobody was reached."""
        if self.rate is None:
            return ""
        tenths = self.rate * 1000 // 1
        return f"{tenths // 10}.{tenths % 10}"


def with_results(items: QuerySet[SampledPayment]) -> QuerySet[Any]:
    """Add ``result`` (a key of RESULTS) to payments to check: from the latest answer in which somebody was reached."""
    said = Answer.objects.filter(item=OuterRef("pk"), was_reached=True).order_by("-recorded_at", "-id")
    tried = Answer.objects.filter(item=OuterRef("pk")).values("pk")[:1]
    return items.annotate(
        tried=Subquery(tried),
        said_id=Subquery(said.values("pk")[:1]),
        said_received=Subquery(said.values("was_received")[:1]),
        said_minor=Subquery(said.values("amount_minor")[:1]),
        said_currency=Subquery(said.values("currency")[:1]),
    ).annotate(
        result=Case(
            When(said_id=None, tried=None, then=Value(WAITING)),
            When(said_id=None, then=Value(NOT_REACHED)),
            When(said_received=False, then=Value(NOT_RECEIVED)),
            When(said_minor=None, then=Value(NO_AMOUNT)),
            When(Q(said_minor=F("payment__local_minor"), said_currency=F("payment__local_currency")), then=Value(MATCH)),
            default=Value(OTHER_AMOUNT),
            output_field=CharField(),
        )
    )


def with_checks(samples: QuerySet[Sample]) -> QuerySet[Sample]:
    """Read with samples what came of their payments, as ``checked``: for lists, once for all of them."""
    return samples.prefetch_related(Prefetch("payments", with_results(SampledPayment.objects.all()), to_attr="checked"))


def match_rate_of(sample: Sample) -> MatchRate:
    """Return what came of one sample."""
    if hasattr(sample, "checked"):
        return _rate(item.result for item in sample.checked)
    return _rate(with_results(SampledPayment.objects.filter(sample=sample)).values_list("result", flat=True))


def match_rate(*, first: date, end: date, project_id: int | None = None) -> MatchRate:
    """
    Return what came of all samples of the payments made from first up to but not including end, of one project or all.

    A payment drawn twice is counted once, by the latest answer about it.
    """
    items = SampledPayment.objects.filter(payment__paid_on__gte=first, payment__paid_on__lt=end)
    if project_id is not None:
        items = items.filter(payment__disbursement__project_id=project_id)
    latest: dict[int, str] = {}
    # What says most about a payment stands for it: an answer before a call that reached nobody.
    for payment_id, result in with_results(items).order_by("payment_id", "said_id", "pk").values_list("payment_id", "result"):
        if latest.get(payment_id, WAITING) in (WAITING, NOT_REACHED) or result not in (WAITING, NOT_REACHED):
            latest[payment_id] = result
    return _rate(latest.values())


def _rate(results: Iterable[str]) -> MatchRate:
    found = Counter(results)
    reached = found[MATCH] + found[OTHER_AMOUNT] + found[NO_AMOUNT] + found[NOT_RECEIVED]
    return MatchRate(sum(found.values()), reached, found[MATCH], found[OTHER_AMOUNT], found[NO_AMOUNT], found[NOT_RECEIVED])


def is_drawn_from_its_seed(sample: Sample) -> bool:
    """Whether the sample's frame and seed give the payments that it holds."""
    frame: dict[str, list[str]] = {}
    for payment_id, stratum in sample.frame:
        frame.setdefault(stratum, []).append(str(payment_id))
    again = [(one.position, int(one.key), one.stratum) for one in draw(frame=frame, size=sample.size, seed=sample.seed)]
    return again == list(sample.payments.order_by("position").values_list("position", "payment_id", "stratum"))


def to_ask(*, person: User) -> QuerySet[Any]:
    """Return the payments that a liaison was sent to ask about and nobody has answered yet, the oldest first."""
    if not may(person, LIAISONS):
        return SampledPayment.objects.none()
    waiting = with_results(items_of(person=person)).filter(result__in=[WAITING, NOT_REACHED])
    return waiting.select_related("payment__disbursement__recipient").order_by("payment__paid_on", "pk")


def to_ask_rows(person: User) -> list[dict[str, Any]]:
    """Return what a phone keeps of the payments to ask about. The amount is not among it: the villager says it."""
    rows = []
    for item in to_ask(person=person):
        promise = item.payment.disbursement
        community = promise.recipient
        rows.append(
            {
                "id": item.pk, "name": community.name, "name_km": community.name_km, "province": community.province,
                "description": promise.description, "paid_on": item.payment.paid_on.isoformat(), "form": reverse("callbacks:check", args=[item.pk]),
            }
        )  # fmt: skip
    return rows
