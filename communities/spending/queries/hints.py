"""What the office should look at twice in a record that waits: simple rules, each stated where it is shown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from statistics import median
from typing import Final

from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from communities.consent.queries import plan_line_for, plan_lines_of, same_activities
from communities.spending.models import SpendingRecord, Status
from communities.spending.queries.reviews import Outlook, same_photos
from core.money import Money

# A round sum is at least the first amount, and a multiple of the second; minor units.
ROUND: Final = {"KHR": (500_000, 100_000), "USD": (10_000, 5_000)}
# Out of pattern: more than so many times the middle of so many accepted records of the last two years.
TIMES: Final = 3
ENOUGH: Final = 5
LOOK_BACK: Final = timedelta(days=730)
MOST_SHOWN: Final = 5


@dataclass(frozen=True, slots=True)
class Hint:
    """One thing to look at twice, as a sentence, and the record it points to, if any."""

    code: str
    sentence: str
    other: SpendingRecord | None = None


def hints(record: SpendingRecord, outlook: Outlook | None) -> list[Hint]:
    """Return what to look at twice in a record: a few queries, however long the history is."""
    return [*_twice(record), *_odd_amount(record), *_not_eligible(record), *_over_plan(record), *_late(record, outlook)]


def _twice(record: SpendingRecord) -> Iterator[Hint]:
    seen = same_photos(record)
    for other in seen[:MOST_SHOWN]:
        yield Hint("same_photo", _("The very same photo is evidence of %(other)s as well.") % {"other": other}, other)
    alike = SpendingRecord.objects.filter(
        payee__iexact=record.payee.strip(), amount_minor=record.amount_minor, currency=record.currency, spent_on=record.spent_on
    ).exclude(pk__in=[record.pk, *(other.pk for other in seen)])
    for other in alike.exclude(status=Status.UNDONE).order_by("id")[:MOST_SHOWN]:
        yield Hint("same_purchase", _("%(other)s has the same payee, amount and day.") % {"other": other}, other)


def _odd_amount(record: SpendingRecord) -> Iterator[Hint]:
    least, step = ROUND[record.currency]
    if record.amount_minor >= least and record.amount_minor % step == 0:
        yield Hint("round", _("A round sum. Real purchases seldom are: look at the slip's total."))
    same = SpendingRecord.objects.filter(
        category_id=record.category_id, currency=record.currency, status=Status.ACCEPTED, spent_on__gte=record.spent_on - LOOK_BACK
    ).exclude(pk=record.pk)
    latest = same.order_by("-spent_on", "-id")
    own = list(latest.filter(recipient_id=record.recipient_id).values_list("amount_minor", flat=True)[:100])
    if len(own) >= ENOUGH:
        yield from _beyond(record, own, _("of this recipient"))
        return
    yield from _beyond(
        record, list(latest.filter(recipient__kind=record.recipient.kind).values_list("amount_minor", flat=True)[:100]), _("of others")
    )


def _beyond(record: SpendingRecord, amounts: Iterable[int], whose: str) -> Iterator[Hint]:
    known = list(amounts)
    if len(known) < ENOUGH:
        return
    middle = int(median(known))
    if record.amount_minor > TIMES * middle:
        yield Hint(
            "pattern",
            _("More than %(times)d times the usual: the middle of the last %(count)d accepted records %(whose)s in this category is %(middle)s.")
            % {"times": TIMES, "count": len(known), "whose": whose, "middle": Money(middle, record.currency)},
        )


def _not_eligible(record: SpendingRecord) -> Iterator[Hint]:
    if not record.category.is_eligible:
        yield Hint("not_eligible", _("Carbon revenue may not pay for “%(category)s”.") % {"category": record.category})


def _over_plan(record: SpendingRecord) -> Iterator[Hint]:
    """Compare with the line of the activity that the record names, else with all lines of its purpose; nothing is converted."""
    year, same = record.spent_on.year, SpendingRecord.objects.filter(recipient_id=record.recipient_id, currency=record.currency)
    if record.activity_id is not None:
        line = plan_line_for(activity_id=record.activity_id, year=year)
        lines, same = [line] if line else [], same.filter(activity_id__in=same_activities(activity_ids=[record.activity_id]))
    else:
        lines = [one for one in plan_lines_of(recipient_id=record.recipient_id, year=year) if one.purpose == record.category.purpose]
        same = same.filter(category__purpose=record.category.purpose)
    lines = [one for one in lines if one.currency == record.currency]
    if not lines:
        return
    planned = sum(one.amount_minor for one in lines)
    accepted = same.filter(spent_on__year=year, status=Status.ACCEPTED).exclude(pk=record.pk)
    sums = accepted.aggregate(amount=Sum("amount_minor"), other=Sum("other_minor"))
    spent = (sums["amount"] or 0) - (sums["other"] or 0) + record.amount_minor - record.other_minor
    if spent > planned:
        yield Hint(
            "over_plan",
            _("With this, %(spent)s is spent on “%(what)s” in %(year)d; the village plan holds %(planned)s for it.")
            % {
                "spent": Money(spent, record.currency),
                "what": lines[0].activity if record.activity_id is not None else record.category.get_purpose_display(),
                "year": year,
                "planned": Money(planned, record.currency),
            },
        )


def _late(record: SpendingRecord, outlook: Outlook | None) -> Iterator[Hint]:
    logged_on = timezone.localdate(record.logged_at)
    for one in outlook.advances if outlook else ():
        due = one.advance.disbursement.account_by
        if one.is_drawn and due is not None and logged_on > due:
            yield Hint(
                "late",
                _("Logged on %(day)s; %(payment)s was to be accounted for by %(due)s.")
                % {"day": logged_on, "payment": one.advance.disbursement, "due": due},
            )
