"""Village plans: written as a draft, agreed to by the community's meeting, approved by an officer who did not write them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Final

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from communities.consent import access, limits
from communities.consent.models import Activity, BudgetLine, VillagePlan
from communities.consent.models.plans import EARLIEST_YEAR, LATEST_YEAR
from communities.consent.refusals import AlreadyDecided, NotFilledIn, NotFoundHere, NotPossible, sentences
from communities.registry.models import Recipient
from core import files
from core.audit.models import AuditRecord
from core.audit.services import record
from core.clock import day_of
from core.people.access import OFFICERS, OwnRequest, require_other_person, require_role
from core.people.models import User
from revenue.sharing.models import SPENDING_PURPOSES, Purpose

Status = VillagePlan.Status
_WRITING: Final = ("village_plan.change", "village_plan.add_line", "village_plan.remove_line")
# (bytes, media type, name), read and judged by core.files.read_document.
Document = tuple[bytes, str, str]


def begin_plan(*, recipient_id: int, title: str, first_year: int, last_year: int, by: User, at: datetime) -> VillagePlan:
    """
    Begin a community's plan for some years as an empty draft.

    :raises NotFoundHere: if the community is not this person's
    :raises NotPossible: if another version is being written or waits, or the recipient is no community
    :raises NotFilledIn: if the years are in the wrong order, or the title is empty
    """
    recipient = access.community_to_write_for(person=by, recipient_id=recipient_id, at=at)
    with sentences(), transaction.atomic():
        plan = _new_version(recipient=recipient, title=title, years=(first_year, last_year), by=by, at=at)
        record(act="village_plan.begin", subject=_subject(plan), by=by, at=at, after=_facts(plan))
    return plan


def begin_next_version(*, plan_id: int, by: User, at: datetime) -> VillagePlan:
    """
    Begin the next version of a plan as a draft with the same activities and budget.

    :raises NotFoundHere: if the plan is not this person's
    :raises NotPossible: if another version is being written or waits
    """
    with sentences(), transaction.atomic():
        before = access.plan_to_write(person=by, plan_id=plan_id, at=at)
        plan = _new_version(recipient=before.recipient, title=before.title, years=(before.first_year, before.last_year), by=by, at=at)
        for activity in before.activities.prefetch_related("lines").order_by("number"):
            same = Activity.objects.create(plan=plan, number=activity.number, name=activity.name, purpose=activity.purpose)
            BudgetLine.objects.bulk_create(
                BudgetLine(activity=same, year=line.year, currency=line.currency, amount_minor=line.amount_minor, added_by=by, added_at=at)
                for line in activity.lines.all()
            )
        record(act="village_plan.begin", subject=_subject(plan), by=by, at=at, after={**_facts(plan), "from_version": before.number})
    return plan


def _new_version(*, recipient: Recipient, title: str, years: tuple[int, int], by: User, at: datetime) -> VillagePlan:
    words = limits.needed(text=title, field="title", longest=160)
    _check_years(*years)
    # Two people who begin at once take turns here; the second is told that a version is being written.
    Recipient.objects.select_for_update().get(pk=recipient.pk)
    last = VillagePlan.objects.filter(recipient=recipient).aggregate(last=Max("number"))["last"] or 0
    return VillagePlan.objects.create(
        recipient=recipient, number=last + 1, title=words, first_year=years[0], last_year=years[1], drafted_by=by, drafted_at=at
    )


def _check_years(first: int, last: int) -> None:
    for field, year in (("first_year", first), ("last_year", last)):
        if not EARLIEST_YEAR <= year <= LATEST_YEAR:
            raise NotFilledIn(
                _("%(year)s is no year of a plan.") % {"year": year}, field=field, next_step=_("Write it in four digits, for example 2026.")
            )


def change_plan(*, plan_id: int, title: str, first_year: int, last_year: int, by: User, at: datetime) -> VillagePlan:
    """
    Change the title and years of a draft.

    :raises NotFoundHere: if the plan is not this person's
    :raises NotPossible: if it was sent already
    :raises NotFilledIn: if the years are in the wrong order, or leave out a year that has a budget
    """
    with sentences(), transaction.atomic():
        plan = access.plan_to_write(person=by, plan_id=plan_id, at=at)
        _require_draft(plan)
        words = limits.needed(text=title, field="title", longest=160)
        _check_years(first_year, last_year)
        outside = BudgetLine.objects.filter(activity__plan=plan).exclude(year__range=(first_year, last_year)).order_by("year").first()
        if outside is not None and first_year <= last_year:
            raise NotFilledIn(
                _("The plan has a budget for %(year)s.") % {"year": outside.year},
                field="last_year",
                next_step=_("Remove that line first, or keep the year."),
            )
        before = _facts(plan)
        plan.title, plan.first_year, plan.last_year = words, first_year, last_year
        plan.save(update_fields=["title", "first_year", "last_year"])
        record(act="village_plan.change", subject=_subject(plan), by=by, at=at, before=before, after=_facts(plan))
    return plan


def add_line(*, plan_id: int, activity: str, purpose: str, year: int, currency: str, amount_minor: int, by: User, at: datetime) -> BudgetLine:
    """
    Write into a draft what an activity may cost in a year, in minor units of riel or dollars.

    An activity of that name that the plan has already gets the line; else it is added, with a number that no other
    activity of this community ever had.

    :raises NotFoundHere: if the plan is not this person's
    :raises NotPossible: if it was sent already, or the activity has a budget for that year
    :raises NotFilledIn: if a value is missing or cannot be right
    """
    with sentences(), transaction.atomic():
        plan = access.plan_to_write(person=by, plan_id=plan_id, at=at)
        _require_draft(plan)
        name = limits.needed(text=activity, field="activity", longest=160)
        if purpose not in SPENDING_PURPOSES:
            raise NotFilledIn(_("Choose what the activity is for."), field="purpose")
        limits.check_budget(amount_minor=amount_minor, currency=currency)
        planned = plan.activities.filter(name__iexact=name).first() or _new_activity(plan=plan, name=name, purpose=Purpose(purpose))
        if planned.purpose != purpose:
            raise NotFilledIn(
                _("The plan has this activity for “%(purpose)s”.") % {"purpose": planned.get_purpose_display()},
                field="purpose",
                next_step=_("Choose the same, or give the activity another name."),
            )
        line = BudgetLine.objects.create(activity=planned, year=year, currency=currency, amount_minor=amount_minor, added_by=by, added_at=at)
        record(act="village_plan.add_line", subject=_subject(plan), by=by, at=at, after=_line_facts(line))
    return line


def _new_activity(*, plan: VillagePlan, name: str, purpose: Purpose) -> Activity:
    ever = Activity.objects.filter(plan__recipient_id=plan.recipient_id)
    last = ever.aggregate(last=Max("number"))["last"] or 0
    before = ever.filter(name__iexact=name).order_by("-plan__number").first()
    return Activity.objects.create(plan=plan, number=before.number if before else last + 1, name=name, purpose=purpose)


def remove_line(*, line_id: int, by: User, at: datetime) -> VillagePlan:
    """
    Take a line out of a draft; an activity without any line goes with it.

    :raises NotFoundHere: if it is not this person's, or gone
    :raises NotPossible: if the plan was sent already
    """
    with sentences(), transaction.atomic():
        line = access.line_to_write(person=by, line_id=line_id, at=at)
        activity, plan = line.activity, line.activity.plan
        _require_draft(plan)
        was = _line_facts(line)
        line.delete()
        if not activity.lines.exists():
            activity.delete()
        record(act="village_plan.remove_line", subject=_subject(plan), by=by, at=at, before=was)
    return plan


def send_plan(*, plan_id: int, met_on: date, women: int, men: int, minutes: Document, by: User, at: datetime) -> VillagePlan:
    """
    Send a draft that the community's meeting agreed to: its day, who came, and its minutes. From then on it does not change.

    :raises NotFoundHere: if the plan is not this person's
    :raises NotPossible: if it was sent already
    :raises NotFilledIn: if it has no budget, or something about the meeting cannot be right
    """
    with sentences(), transaction.atomic():
        plan = access.plan_to_write(person=by, plan_id=plan_id, at=at)
        _require_draft(plan)
        limits.check_day(day=met_on, today=day_of(at), field="met_on")
        limits.check_meeting(women=women, men=men)
        data, media_type, name = minutes
        stored = files.store(data=data, media_type=media_type, original_name=name, by=by, at=at)
        plan.status, plan.met_on, plan.women, plan.men, plan.minutes = Status.PROPOSED, met_on, women, men, stored
        plan.sent_by, plan.sent_at = by, at
        plan.save(update_fields=["status", "met_on", "women", "men", "minutes", "sent_by", "sent_at"])
        after = {"met_on": met_on.isoformat(), "women": women, "men": men, "minutes": stored.sha256}
        record(act="village_plan.send", subject=_subject(plan), by=by, at=at, after=after)
    return plan


def decide_plan(*, plan_id: int, approve: bool, reason: str, by: User, at: datetime) -> VillagePlan:
    """
    Approve or refuse a plan that was sent. Approved, it replaces what was approved for any of its years.

    :raises OwnRequest: for whoever drafted, changed or sent it, or wrote a line of it or took one out
    :raises AlreadyDecided: if it does not wait any more
    :raises NotFilledIn: if it is refused without a reason
    """
    require_role(person=by, roles=OFFICERS)
    with sentences(), transaction.atomic():
        plan = VillagePlan.objects.select_for_update(of=("self",)).select_related("recipient").filter(pk=plan_id).first()
        if plan is None:
            raise NotFoundHere(_("There is no such plan among yours."), next_step=_("Open your list of plans."))
        _require_no_writer(plan, by)
        if plan.status != Status.PROPOSED:
            raise AlreadyDecided(_("This plan does not wait for a decision any more."), next_step=_("Open it to see who decided."))
        if not approve and not reason.strip():
            raise NotFilledIn(_("Say why it is refused."), field="reason")
        replaced = _replace_approved(plan) if approve else []
        plan.status = Status.APPROVED if approve else Status.REFUSED
        plan.decided_by, plan.decided_at, plan.reason = by, at, reason.strip()[:300]
        plan.save(update_fields=["status", "decided_by", "decided_at", "reason"])
        act = "village_plan.approve" if approve else "village_plan.refuse"
        record(act=act, subject=_subject(plan), by=by, at=at, after={"replaces": replaced} if replaced else {}, reason=plan.reason)
    return plan


def _replace_approved(plan: VillagePlan) -> list[int]:
    """Let the approved versions for any of the plan's years make room; return their numbers."""
    overlapping = VillagePlan.objects.select_for_update().filter(
        recipient_id=plan.recipient_id, status=Status.APPROVED, first_year__lte=plan.last_year, last_year__gte=plan.first_year
    )
    numbers = [one.number for one in overlapping.order_by("number")]
    overlapping.update(status=Status.REPLACED)
    return numbers


def _require_no_writer(plan: VillagePlan, by: User) -> None:
    for maker_id in (plan.drafted_by_id, plan.sent_by_id):
        require_other_person(person=by, maker_id=maker_id)
    # Who took a line out or changed the years wrote the plan too, and left no row of it but this one.
    has_changed = AuditRecord.objects.filter(subject=_subject(plan), actor=by, act__in=_WRITING).exists()
    if has_changed or BudgetLine.objects.filter(activity__plan=plan, added_by=by).exists():
        raise OwnRequest(_("You wrote a line of this plan, so you cannot decide it."), next_step=_("Another officer must decide."))


def _require_draft(plan: VillagePlan) -> None:
    if plan.status != Status.DRAFT:
        raise NotPossible(_("A plan that was sent does not change."), next_step=_("Begin a new version."))


def _subject(plan: VillagePlan) -> str:
    return f"village_plan:{plan.recipient.code}:{plan.number}"


def _facts(plan: VillagePlan) -> dict[str, object]:
    return {"title": plan.title, "first_year": plan.first_year, "last_year": plan.last_year}


def _line_facts(line: BudgetLine) -> dict[str, object]:
    return {
        "activity": line.activity.number, "name": line.activity.name, "purpose": line.activity.purpose, "year": line.year, "currency": line.currency,
        "amount_minor": line.amount_minor,
    }  # fmt: skip
