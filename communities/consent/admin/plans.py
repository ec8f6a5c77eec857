"""Village plans and their budgets in the office."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.db.models import Prefetch, QuerySet, Sum
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from communities.consent import services
from communities.consent.forms import BeginPlanForm, ChangePlanForm, LineForm, RefusePlanForm, SendPlanForm
from communities.consent.models import Activity, BudgetLine, VillagePlan
from core.acts import Act, Asked, Done, Fact
from core.admin import HouseAdmin, ReadingInline, amount_cell, list_address, row_address, row_link
from core.money import Money
from core.people.access import MAKERS, OFFICERS

Status = VillagePlan.Status


def _begin(asked: Asked) -> Done:
    given = dict(asked.data)
    plan = services.begin_plan(recipient_id=given.pop("recipient").pk, by=asked.by, at=asked.at, **given)
    return Done(gettext("The plan is begun. Add its activities and what each may cost."), url=row_address(plan))


def _change(asked: Asked) -> str:
    services.change_plan(plan_id=asked.row.pk, by=asked.by, at=asked.at, **asked.data)
    return gettext("The plan is changed.")


def _add_line(asked: Asked) -> str:
    line = services.add_line(plan_id=asked.row.pk, by=asked.by, at=asked.at, **asked.data)
    return gettext("%(activity)s: %(amount)s in %(year)s.") % {
        "activity": line.activity,
        "amount": Money(line.amount_minor, line.currency),
        "year": line.year,
    }


def _remove_line(asked: Asked) -> Done:
    plan = services.remove_line(line_id=asked.row.pk, by=asked.by, at=asked.at)
    return Done(gettext("The line is removed."), url=row_address(plan))


def _send(asked: Asked) -> str:
    services.send_plan(plan_id=asked.row.pk, by=asked.by, at=asked.at, **asked.data)
    return gettext("The plan waits for an officer who did not write it.")


def _decide(asked: Asked, *, approve: bool) -> str:
    services.decide_plan(plan_id=asked.row.pk, approve=approve, reason=asked.data.get("reason", ""), by=asked.by, at=asked.at)
    return gettext("The plan is approved.") if approve else gettext("Refused.")


def _next_version(asked: Asked) -> Done:
    plan = services.begin_next_version(plan_id=asked.row.pk, by=asked.by, at=asked.at)
    return Done(
        gettext("Version %(number)s is begun with the same activities. Change what is different.") % {"number": plan.number}, url=row_address(plan)
    )


def minutes_link(plan: VillagePlan) -> str:
    """Link to the minutes of the community's meeting."""
    if plan.minutes is None:
        return "—"
    return format_html(
        '<a class="text-primary-600 dark:text-primary-500 underline" href="{}">{}</a>',
        reverse("consent:minutes", args=[plan.pk]),
        plan.minutes.original_name,
    )


def _budget(plan: VillagePlan) -> list[Fact]:
    """Return each activity with its budget by year, and the sums by currency."""
    lines = BudgetLine.objects.filter(activity__plan=plan).select_related("activity").order_by("activity__number", "year")
    facts: dict[Activity, list[str]] = {}
    for line in lines:
        facts.setdefault(line.activity, []).append(f"{line.year}: {Money(line.amount_minor, line.currency)}")
    sums = lines.order_by().values("currency").annotate(sum=Sum("amount_minor")).order_by("currency")
    return [
        *(Fact(f"{activity} · {activity.get_purpose_display()}", " · ".join(said)) for activity, said in facts.items()),
        *(Fact(_("Together"), Money(row["sum"], row["currency"])) for row in sums),
    ]


def _plan_facts(plan: VillagePlan) -> list[Fact]:
    facts = [Fact(_("Community"), plan.recipient, row_address(plan.recipient)), *_budget(plan)]
    if plan.met_on is None:
        return facts
    came = gettext("%(women)s women, %(men)s men") % {"women": plan.women, "men": plan.men}
    return [
        *facts,
        Fact(_("Community's meeting"), f"{plan.met_on} · {came}"),
        Fact(_("Minutes"), minutes_link(plan)),
        Fact(_("Drafted by"), plan.drafted_by),
    ]


class ActivityInline(ReadingInline):
    model = Activity
    fields = ("number", "name", "purpose", "budget")
    readonly_fields = fields
    show_change_link = False
    ordering = ("number",)
    verbose_name_plural = _("activities")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Activity]:
        lines = Prefetch("lines", queryset=BudgetLine.objects.order_by("year"))
        return super().get_queryset(request).prefetch_related(lines)  # type: ignore[no-any-return]

    @display(description=_("budget"))
    def budget(self, activity: Activity) -> str:
        said = [f"{line.year}: {Money(line.amount_minor, line.currency)}" for line in activity.lines.all()]
        return " · ".join(said) or "—"


@admin.register(VillagePlan)
class VillagePlanAdmin(HouseAdmin):
    list_display = ("plan", "recipient_link", "years", "shown_status", "budget", "met_on", "came", "decided_by")
    list_display_links = ("plan",)
    list_filter = ("status", "first_year", "recipient__kind", "recipient__province")
    search_fields = ("recipient__code", "recipient__name", "recipient__name_km", "title", "activities__name")
    ordering = ("-drafted_at", "-id")
    fields = (
        "recipient_link", "number", "title", "first_year", "last_year", "status", "met_on", "women", "men", "minutes_file", "drafted_by", "drafted_at",
        "sent_by", "sent_at", "decided_by", "decided_at", "reason",
    )  # fmt: skip
    inlines = (ActivityInline,)
    extra_lookups = ("recipient__id__exact",)
    empty_list_sentence = _("No community has a plan yet. Begin one, or let its liaison write it on the phone.")
    new_acts = (
        Act(
            name="begin", title=_("Begin a village plan"), roles=MAKERS, form=BeginPlanForm, run=_begin,
            explanation=_("First the years; then its activities and budget; then the community's meeting; then another officer's approval."),
        ),
    )  # fmt: skip
    acts = (
        Act(
            name="add-line", title=_("Add a budget line"), roles=MAKERS, form=LineForm, run=_add_line,
            possible=lambda plan: plan.status == Status.DRAFT, initial=lambda plan: {"year": plan.first_year}, facts=_budget,
        ),
        Act(
            name="send", title=_("Record the community's approval"), roles=MAKERS, form=SendPlanForm, run=_send, facts=_budget,
            possible=lambda plan: plan.status == Status.DRAFT,
            explanation=_("From then on the plan does not change. An officer who did not write it decides."),
        ),
        Act(
            name="change", title=_("Change title and years"), roles=MAKERS, form=ChangePlanForm, run=_change,
            possible=lambda plan: plan.status == Status.DRAFT,
            initial=lambda plan: {"title": plan.title, "first_year": plan.first_year, "last_year": plan.last_year},
        ),
        Act(
            name="approve", title=_("Approve"), roles=OFFICERS, run=lambda asked: _decide(asked, approve=True), facts=_plan_facts,
            possible=lambda plan: plan.status == Status.PROPOSED, maker=lambda plan: plan.drafted_by_id,
            explanation=_("Compare the budget with the minutes. An earlier plan for the same years is replaced."),
        ),
        Act(
            name="refuse", title=_("Refuse"), roles=OFFICERS, form=RefusePlanForm, run=lambda asked: _decide(asked, approve=False), facts=_plan_facts,
            possible=lambda plan: plan.status == Status.PROPOSED, maker=lambda plan: plan.drafted_by_id, is_refusal=True,
        ),
        Act(
            name="next-version", title=_("Begin a new version"), roles=MAKERS, run=_next_version, facts=_budget,
            possible=lambda plan: plan.status not in VillagePlan.OPEN,
            explanation=_("A draft with the same activities and budget, to be changed and agreed to again."),
        ),
    )  # fmt: skip
    export_columns = (
        (_("recipient"), lambda plan: plan.recipient.code),
        (_("version"), lambda plan: plan.number),
        (_("title"), lambda plan: plan.title),
        (_("first year"), lambda plan: plan.first_year),
        (_("last year"), lambda plan: plan.last_year),
        (_("status"), lambda plan: plan.get_status_display()),
        (_("community's meeting on"), lambda plan: plan.met_on or ""),
        (_("women at the meeting"), lambda plan: plan.women),
        (_("men at the meeting"), lambda plan: plan.men),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[VillagePlan]:
        plans: QuerySet[VillagePlan] = super().get_queryset(request)
        lines = Prefetch("activities", queryset=Activity.objects.prefetch_related("lines"))
        return plans.select_related("recipient", "minutes", "drafted_by", "sent_by", "decided_by").prefetch_related(lines)

    def list_totals(self, queryset: QuerySet[Any]) -> Iterable[Fact]:
        approved = queryset.filter(status=Status.APPROVED).order_by().values("pk")
        lines = BudgetLine.objects.filter(activity__plan__in=approved).order_by()
        for row in lines.values("currency").annotate(sum=Sum("amount_minor")).order_by("currency"):
            yield Fact(_("Budget of approved plans"), Money(row["sum"], row["currency"]))

    def made_of(self, row: Any) -> Iterable[tuple[Any, Iterable[Fact]]]:
        yield _("Budget"), [*_budget(row), Fact(_("Lines"), _("each with who wrote it"), list_address(BudgetLine, activity__plan__id__exact=row.pk))]
        others = VillagePlan.objects.filter(recipient=row.recipient_id).exclude(pk=row.pk).select_related("recipient").order_by("-number")
        if others:
            yield _("Other versions"), [Fact(str(other), other.get_status_display(), row_address(other)) for other in others]

    @display(description=_("plan"), ordering="recipient__name")
    def plan(self, plan: VillagePlan) -> str:
        return f"{plan.title} v{plan.number}"

    @display(description=_("recipient"), ordering="recipient__name")
    def recipient_link(self, plan: VillagePlan) -> str:
        return row_link(plan.recipient)

    @display(description=_("years"), ordering="first_year")
    def years(self, plan: VillagePlan) -> str:
        return f"{plan.first_year}" if plan.first_year == plan.last_year else f"{plan.first_year}–{plan.last_year}"

    @display(
        description=_("status"),
        label={"DRAFT": "info", "PROPOSED": "warning", "APPROVED": "success", "REFUSED": "danger", "REPLACED": "info"},
        ordering="status",
    )
    def shown_status(self, plan: VillagePlan) -> tuple[str, str]:
        return plan.status, plan.get_status_display()

    @display(description=_("budget"))
    def budget(self, plan: VillagePlan) -> str:
        sums: dict[str, int] = {}
        for line in (line for activity in plan.activities.all() for line in activity.lines.all()):
            sums[line.currency] = sums.get(line.currency, 0) + line.amount_minor
        return format_html(" ".join(["{}"] * len(sums)), *(amount_cell(minor, currency) for currency, minor in sorted(sums.items()))) if sums else "—"

    @display(description=_("women / men"))
    def came(self, plan: VillagePlan) -> str:
        return f"{plan.women} / {plan.men}" if plan.met_on else "—"

    @display(description=_("minutes"))
    def minutes_file(self, plan: VillagePlan) -> str:
        return minutes_link(plan)


@admin.register(BudgetLine)
class BudgetLineAdmin(HouseAdmin):
    list_display = ("activity_name", "plan_link", "year", "purpose", "amount", "shown_status", "added_by")
    list_display_links = ("activity_name",)
    list_filter = ("year", "currency", "activity__purpose", "activity__plan__status", "activity__plan__recipient__province")
    search_fields = ("activity__name", "activity__plan__recipient__name", "activity__plan__recipient__code")
    ordering = ("-activity__plan", "activity__number", "year")
    fields = ("plan_link", "activity_name", "purpose", "year", "amount", "added_by", "added_at")
    extra_lookups = ("activity__plan__id__exact",)
    empty_list_sentence = _("No village plan has a budget yet. Begin a village plan first.")
    acts = (
        Act(
            name="remove", title=_("Remove the line"), roles=MAKERS, run=_remove_line, is_refusal=True,
            possible=lambda line: line.activity.plan.status == Status.DRAFT,
        ),
    )  # fmt: skip
    export_columns = (
        (_("recipient"), lambda line: line.activity.plan.recipient.code),
        (_("version"), lambda line: line.activity.plan.number),
        (_("status"), lambda line: line.activity.plan.get_status_display()),
        (_("number"), lambda line: line.activity.number),
        (_("activity"), lambda line: line.activity.name),
        (_("purpose"), lambda line: line.activity.get_purpose_display()),
        (_("year"), lambda line: line.year),
        (_("currency"), lambda line: line.currency),
        (_("budget"), lambda line: Money(line.amount_minor, line.currency).major()),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[BudgetLine]:
        return super().get_queryset(request).select_related("activity__plan__recipient", "added_by")  # type: ignore[no-any-return]

    def list_totals(self, queryset: QuerySet[Any]) -> Iterable[Fact]:
        for row in queryset.order_by().values("currency").annotate(sum=Sum("amount_minor")).order_by("currency"):
            yield Fact(_("Budget"), Money(row["sum"], row["currency"]))

    @display(description=_("activity"), ordering="activity__name")
    def activity_name(self, line: BudgetLine) -> str:
        return str(line.activity)

    @display(description=_("village plan"))
    def plan_link(self, line: BudgetLine) -> str:
        return row_link(line.activity.plan)

    @display(description=_("purpose"), ordering="activity__purpose")
    def purpose(self, line: BudgetLine) -> str:
        return str(line.activity.get_purpose_display())

    @display(description=_("budget"), ordering="amount_minor")
    def amount(self, line: BudgetLine) -> str:
        return amount_cell(line.amount_minor, line.currency)

    @display(description=_("status of the plan"), ordering="activity__plan__status")
    def shown_status(self, line: BudgetLine) -> str:
        return str(line.activity.plan.get_status_display())
