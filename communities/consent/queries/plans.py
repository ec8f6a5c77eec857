"""Which plan a community has for a year, and what it budgets for. Amounts are minor units."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.db.models import QuerySet

from communities.consent.models import Activity, BudgetLine, VillagePlan
from revenue.sharing.conditions import Asked
from revenue.sharing.models import Purpose

# A replaced version stays the plan of those of its years that no newer version covers.
_ONCE_APPROVED = (VillagePlan.Status.APPROVED, VillagePlan.Status.REPLACED)


@dataclass(frozen=True, slots=True)
class PlanLine:
    """
    What a community's plan budgets for one activity in one year, in minor units of ``currency``.

    ``activity_number`` names the activity across the versions of the community's plans; ``activity_id`` in this one.
    """

    recipient_id: int
    plan_id: int
    activity_id: int
    activity_number: int
    activity: str
    purpose: str
    year: int
    currency: str
    amount_minor: int

    @property
    def purpose_name(self) -> str:
        """The purpose in the reader's language."""
        return str(Purpose(self.purpose).label)


def _in_force(*, recipient_ids: Collection[int], year: int) -> QuerySet[VillagePlan]:
    """Return the newest version once approved for the year, one for each recipient that has any."""
    covering = VillagePlan.objects.filter(recipient_id__in=recipient_ids, status__in=_ONCE_APPROVED, first_year__lte=year, last_year__gte=year)
    return covering.order_by("recipient_id", "-number").distinct("recipient_id")


def plan_in_force(*, recipient_id: int, year: int) -> VillagePlan | None:
    """Return the approved plan of a community for a year, or None."""
    return _in_force(recipient_ids=[recipient_id], year=year).first()


def plan_lines_for(*, recipient_ids: Collection[int], year: int) -> list[PlanLine]:
    """Return the budget lines of the approved plans of some communities for a year, by community and activity, in two queries."""
    plans = list(_in_force(recipient_ids=recipient_ids, year=year).values_list("pk", flat=True))
    lines = BudgetLine.objects.filter(activity__plan_id__in=plans, year=year).select_related("activity__plan")
    return [_line(one) for one in lines.order_by("activity__plan__recipient_id", "activity__number")]


def plan_lines_of(*, recipient_id: int, year: int) -> list[PlanLine]:
    """Return the budget lines of a community's approved plan for a year, by activity; none where no plan is approved."""
    return plan_lines_for(recipient_ids=[recipient_id], year=year)


def plan_line_for(*, activity_id: int, year: int) -> PlanLine | None:
    """
    Return what the community's plan in force budgets in a year for an activity named in any of its versions.

    None where no plan is approved for the year, or the activity has no budget in it any more.
    """
    named = Activity.objects.select_related("plan").filter(pk=activity_id).first()
    if named is None:
        return None
    return next((one for one in plan_lines_of(recipient_id=named.plan.recipient_id, year=year) if one.activity_number == named.number), None)


def same_activities(*, activity_ids: Iterable[int]) -> dict[int, int]:
    """
    Return, for each id of the same activities in any version of their plans, the id that was asked about.

    Whoever adds up what was spent on an activity adds up the records that name any of these.
    """
    asked = {(one.plan.recipient_id, one.number): one.pk for one in Activity.objects.select_related("plan").filter(pk__in=list(activity_ids))}
    found = Activity.objects.filter(
        plan__recipient_id__in={recipient for recipient, _number in asked}, number__in={number for _recipient, number in asked}
    )
    rows = found.values_list("pk", "plan__recipient_id", "number")
    return {pk: asked[recipient, number] for pk, recipient, number in rows if (recipient, number) in asked}


def who_has_a_plan(asked: Asked) -> Collection[int]:
    """Answer the gate's condition: whose plan for the year of the day is approved, as it stands now."""
    return frozenset(_in_force(recipient_ids=asked.recipient_ids, year=asked.on.year).values_list("recipient_id", flat=True))


def _line(line: BudgetLine) -> PlanLine:
    activity = line.activity
    return PlanLine(
        activity.plan.recipient_id,
        activity.plan_id,
        activity.pk,
        activity.number,
        activity.name,
        activity.purpose,
        line.year,
        line.currency,
        line.amount_minor,
    )
