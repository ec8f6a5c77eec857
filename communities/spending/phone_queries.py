"""All that a phone keeps of one person's work, to be read without a signal. Amounts are minor units; no query per recipient or record."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import date
from typing import Any, Final

from django.db.models import Count, F, QuerySet, Sum, Window
from django.db.models.functions import ExtractYear, RowNumber
from django.urls import reverse

from communities.consent.queries import plan_lines_for, standing_consents
from communities.registry.access import recipients_of
from communities.registry.models import Recipient
from communities.spending import queries
from communities.spending.models import ReviewStep, SpendingRecord, Status, TrainingRecord
from core.models import Programme
from core.ordering import by_own_name
from core.people.models import User
from revenue.disbursements.models import Disbursement, Payment

# Of each recipient: what is older is on the pages for those with a signal.
LATEST: Final = 30
Row = dict[str, Any]
_ByRecipient = dict[int, list[Row]]
# What rooms above this one ask of a person, by its name: each room adds its own when it is set up.
ASKED: Final[dict[str, Callable[[User], list[Row]]]] = {}


def work_of(*, person: User, on: date) -> Row:
    """Return a person's recipients with their money, what is expected, what was logged, and the lists that forms choose from."""
    recipients = list(recipients_of(person=person, on=on).order_by(*by_own_name()))
    money = queries.money_of(recipients)
    parts: dict[str, Mapping[int, Any]] = {
        "advances": _advances(recipients),
        "payments": _payments(recipients),
        "payees": _payees(recipients),
        "records": _records(recipients),
        "trainings": _trainings(recipients),
        "years": _years(recipients),
        "activities": _activities(recipients, year=on.year),
        "consents": _consents(recipients),
    }
    return {
        "person": {"id": person.pk, "name": person.full_name, "language": person.language},
        "programme": _programme(),
        "today": on.isoformat(),
        "categories": [_category(one) for one in queries.categories()],
        "not_eligible": [_category(one) for one in queries.not_eligible()],
        **{name: asked(person) for name, asked in ASKED.items()},
        "recipients": [
            {
                "id": one.pk,
                "name": one.name,
                "name_km": one.name_km,
                "province": one.province,
                "card": reverse("reports:plan_card", args=[one.pk]),
                "plan": reverse("consent:plan", args=[one.pk]) if one.is_community else "",
                "money": [asdict(line) | {"given_back": line.given_back} for line in money[one.pk]],
                **{name: found[one.pk] for name, found in parts.items()},
            }
            for one in recipients
        ],
    }


def spending_row(record: SpendingRecord, *, steps: Iterable[ReviewStep], photos: int) -> Row:
    """Return one spending record as a phone keeps it; ``turn`` is what a correction or an answer is based on."""
    said = [_step(one) for one in steps]
    return {
        "id": record.pk,
        "reference": record.reference,
        "recipient": record.recipient_id,
        "status": record.status,
        "turn": record.version + len(said),
        "version": record.version,
        "category": record.category_id,
        "disbursement": record.disbursement_id,
        "activity": record.activity_id,
        "spent_on": record.spent_on.isoformat(),
        "amount_minor": record.amount_minor,
        "other_minor": record.other_minor,
        "currency": record.currency,
        "payee": record.payee,
        "description": record.description,
        "women": record.women,
        "men": record.men,
        "youth": record.youth,
        "indigenous": record.indigenous,
        "poor_households": record.poor_households,
        "not_funded_minor": record.not_funded_minor or 0,
        "by": str(record.revised_by or record.logged_by),
        "photos": photos,
        "steps": said,
    }


def training_row(record: TrainingRecord, *, steps: Iterable[ReviewStep], photos: int) -> Row:
    """Return one training record as a phone keeps it."""
    said = [_step(one) for one in steps]
    return {
        "id": record.pk,
        "reference": record.reference,
        "recipient": record.recipient_id,
        "status": record.status,
        "turn": 1 + len(said),
        "topic": record.topic,
        "trainer": record.trainer,
        "place": record.place,
        "first_day": record.first_day.isoformat(),
        "days": record.days,
        "women": record.women,
        "men": record.men,
        "by": str(record.logged_by),
        "photos": photos,
        "steps": said,
    }


def payment_row(payment: Payment) -> Row:
    """Return one payment as a phone keeps it, with what was said about its arrival."""
    said = getattr(payment, "acknowledgement", None)
    return {
        "id": payment.pk,
        "reference": payment.disbursement.reference,
        "disbursement": payment.disbursement_id,
        "purpose": payment.disbursement.purpose,
        "description": payment.disbursement.description,
        "amount_minor": payment.local_minor,
        "currency": payment.local_currency,
        "paid_on": payment.paid_on.isoformat(),
        "bank_reference": payment.bank_reference,
        "arrived": None
        if said is None
        else {
            "received_on": said.received_on.isoformat(),
            "amount_minor": said.local_minor,
            "signed_by": said.signed_by,
            "also_signed_by": said.also_signed_by,
            "by": str(said.acknowledged_by),
        },
    }


def _step(step: ReviewStep) -> Row:
    return {"status": step.status, "words": step.words, "by": str(step.by), "at": step.at.isoformat()}


def _category(category: Any) -> Row:
    return {"id": category.pk, "name": category.name, "name_km": category.name_km, "purpose": category.purpose}


def _programme() -> Row:
    found = Programme.objects.filter(id=1).first()
    if found is None:
        return {"name": "", "name_km": "", "is_demonstration": False}
    return {"name": found.name, "name_km": found.name_km, "is_demonstration": found.is_demonstration}


def _latest(found: QuerySet[Any], day: str) -> QuerySet[Any]:
    """Return the latest records of each recipient, and with each how many photos are behind it."""
    nth = Window(RowNumber(), partition_by=[F("recipient_id")], order_by=[F(day).desc(), F("id").desc()])
    latest: QuerySet[Any] = found.annotate(nth=nth).filter(nth__lte=LATEST)
    return latest.order_by("recipient_id", f"-{day}", "-id").prefetch_related("steps__by")


def _photo_counts(kind: str, records: Sequence[Any]) -> dict[int, int]:
    rows = SpendingRecord.objects if kind == "spending" else TrainingRecord.objects
    return dict(rows.filter(pk__in=[one.pk for one in records]).values_list("pk").annotate(photos=Count("evidence")))


def _records(recipients: Sequence[Recipient]) -> _ByRecipient:
    mine = SpendingRecord.objects.filter(recipient__in=recipients).select_related("logged_by", "revised_by")
    # What the office asks about is kept however old it is.
    asked = mine.filter(status=Status.QUERIED).prefetch_related("steps__by")
    records = list({one.pk: one for one in [*_latest(mine, "spent_on"), *asked]}.values())
    photos = _photo_counts("spending", records)
    return _grouped(spending_row(one, steps=_in_order(one), photos=photos[one.pk]) for one in records)


def _trainings(recipients: Sequence[Recipient]) -> _ByRecipient:
    mine = TrainingRecord.objects.filter(recipient__in=recipients).select_related("logged_by")
    asked = mine.filter(status=Status.QUERIED).prefetch_related("steps__by")
    records = list({one.pk: one for one in [*_latest(mine, "first_day"), *asked]}.values())
    photos = _photo_counts("training", records)
    return _grouped(training_row(one, steps=_in_order(one), photos=photos[one.pk]) for one in records)


def _in_order(record: SpendingRecord | TrainingRecord) -> list[ReviewStep]:
    return sorted(record.steps.all(), key=lambda step: (step.at, step.pk))


def _grouped(rows: Iterable[Row]) -> _ByRecipient:
    found: _ByRecipient = defaultdict(list)
    for row in rows:
        found[row["recipient"]].append(row)
    return found


def _advances(recipients: Sequence[Recipient]) -> _ByRecipient:
    return _grouped(
        {
            "id": one.disbursement.pk,
            "recipient": one.disbursement.recipient_id,
            "reference": one.disbursement.reference,
            "purpose": one.disbursement.purpose,
            "description": one.disbursement.description,
            "left_minor": one.local_minor,
            "currency": one.currency,
            "account_by": one.disbursement.account_by.isoformat() if one.disbursement.account_by else None,
        }
        for one in queries.open_advances(recipients)
    )


def _payments(recipients: Sequence[Recipient]) -> _ByRecipient:
    paid = (
        Payment.objects.filter(status=Payment.Status.PAID, disbursement__recipient__in=recipients)
        .select_related("disbursement", "acknowledgement__acknowledged_by")
        .order_by("-paid_on", "-id")
    )
    found: _ByRecipient = defaultdict(list)
    for payment in paid:
        mine = found[payment.disbursement.recipient_id]
        # What nobody confirmed is kept however old it is.
        if len(mine) < LATEST or not hasattr(payment, "acknowledgement"):
            mine.append(payment_row(payment))
    return found


def _activities(recipients: Sequence[Recipient], *, year: int) -> _ByRecipient:
    """Return what each community plans for this year and the last: what is logged today may have been spent in December."""
    ids = [one.pk for one in recipients]
    lines = [*plan_lines_for(recipient_ids=ids, year=year), *plan_lines_for(recipient_ids=ids, year=year - 1)]
    seen: dict[tuple[int, int], Row] = {}
    for line in lines:
        row = {"recipient": line.recipient_id, "id": line.activity_id, "name": f"{line.activity_number}. {line.activity}", "purpose": line.purpose}
        row |= {"year": line.year, "amount_minor": line.amount_minor, "currency": line.currency}
        seen.setdefault((line.recipient_id, line.activity_number), row)
    return _grouped(seen.values())


def _consents(recipients: Sequence[Recipient]) -> _ByRecipient:
    """Return what each community said last about each plan version, as it counts now."""
    said = standing_consents(recipient_ids=[one.pk for one in recipients]).select_related("plan_version__project")
    return _grouped(
        {"recipient": one.recipient_id, "plan": str(one.plan_version), "kind": one.kind, "on": one.happened_on.isoformat(), "by": one.said_by}
        for one in said
    )


def _payees(recipients: Sequence[Recipient]) -> dict[int, list[str]]:
    nth = Window(RowNumber(), partition_by=[F("recipient_id")], order_by=F("id").desc())
    rows = SpendingRecord.objects.filter(recipient__in=recipients).annotate(nth=nth).filter(nth__lte=LATEST).order_by("-id")
    found: dict[int, list[str]] = defaultdict(list)
    for recipient_id, payee in rows.values_list("recipient_id", "payee"):
        if payee not in found[recipient_id] and len(found[recipient_id]) < 12:
            found[recipient_id].append(payee)
    return found


def _years(recipients: Sequence[Recipient]) -> _ByRecipient:
    """Return what came and what was accepted by year: the lines of a community's statement, latest year first."""
    came = (
        Payment.objects.filter(status=Payment.Status.PAID, disbursement__kind=Disbursement.Kind.ADVANCE, disbursement__recipient__in=recipients)
        .annotate(year=ExtractYear("paid_on"))
        .order_by()
        .values_list("disbursement__recipient_id", "year", "disbursement__purpose", "local_currency")
        .annotate(total=Sum("local_minor"))
    )
    used = (
        SpendingRecord.objects.filter(recipient__in=recipients, status=Status.ACCEPTED)
        .annotate(year=ExtractYear("spent_on"))
        .order_by()
        .values_list("recipient_id", "year", "category_id", "currency")
        .annotate(total=Sum("amount_minor"))
    )
    found: dict[tuple[int, int], Row] = {}
    for kind, rows in (("came", came), ("used", used)):
        for recipient_id, year, what, currency, total in rows:
            page = found.setdefault((recipient_id, year), {"recipient": recipient_id, "year": year, "came": [], "used": []})
            page[kind].append({"what": what, "currency": currency, "amount_minor": int(total)})
    for page in found.values():
        for kind in ("came", "used"):
            page[kind].sort(key=lambda line: (line["currency"], str(line["what"])))
    return _grouped(page for _key, page in sorted(found.items(), key=lambda item: (item[0][0], -item[0][1])))
