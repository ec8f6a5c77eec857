"""Money that waits to be shared, with a preview; and what is proposed, shared, corrected and reversed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django.contrib import admin
from django.db.models import Exists, OuterRef, QuerySet, Subquery, Sum
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from core import clock
from core.acts import Act, Asked, Done, Fact
from core.admin import HouseAdmin, ReadingInline, amount_cell, list_address, row_address, row_link
from core.clock import day_of
from core.forms import ReasonForm
from core.money import Money
from core.people.access import CHECKERS, MAKERS
from revenue.ledger import chart
from revenue.ledger.models import Balance
from revenue.ledger.queries import first_open_day
from revenue.sharing import services
from revenue.sharing.admin.assignments import ASSIGN
from revenue.sharing.admin.told import STATES, is_khmer, preview_facts, run_facts, unsettled
from revenue.sharing.forms import SeenForm, SeenReasonForm
from revenue.sharing.models import AllocationLine, AllocationRun, WaitingTranche, WithheldLine
from revenue.sharing.services.assignments import ASSIGNED

Status = AllocationRun.Status


def _propose(asked: Asked) -> Done:
    run = services.propose_allocation(tranche_id=asked.row.pk, by=asked.by, at=asked.at, seen=asked.data["seen"])
    if run.status == Status.UNALLOCATED:
        return Done(gettext("Nothing was allocated: %(reason)s") % {"reason": run.reason}, url=row_address(run))
    sentence = gettext("Sharing %(amount)s of %(tranche)s by %(plan)s is proposed. An approver decides.")
    return Done(sentence % _names(run), url=row_address(run))


def _names(run: AllocationRun) -> dict[str, object]:
    return {"amount": Money(run.amount_minor, run.currency), "tranche": run.tranche, "plan": run.plan_version}


def _preview(tranche: WaitingTranche) -> Iterator[Fact]:
    return preview_facts(services.preview_allocation(tranche_id=tranche.pk, asked_on=clock.today()))


def _seen(tranche: WaitingTranche) -> dict[str, str]:
    return {"seen": services.preview_allocation(tranche_id=tranche.pk, asked_on=clock.today()).digest}


@admin.register(WaitingTranche)
class WaitingTrancheAdmin(HouseAdmin):
    """The queue: receipts of which something is unallocated."""

    list_display = ("code", "received_on", "project_of", "unallocated", "why")
    list_display_links = ("code",)
    search_fields = ("code",)
    ordering = ("received_on", "id")
    fields = ("code", "received_on", "currency", "unallocated", "why")
    empty_list_sentence = _("Everything that was received has been allocated.")
    acts = (
        Act(
            name="allocate", title=_("Propose to share it"), roles=MAKERS, form=SeenForm, run=_propose, facts=_preview, initial=_seen,
            possible=lambda tranche: tranche.source not in ASSIGNED,
            explanation=_("It is shared by the plan that was in force on the day it was received, as shown here, once an approver agrees."),
        ),
        ASSIGN,
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[WaitingTranche]:
        lies = Balance.objects.filter(tranche=OuterRef("pk"), account__kind=chart.UNALLOCATED, amount_minor__gt=0)
        tranches: QuerySet[WaitingTranche] = super().get_queryset(request)
        sums = lies.order_by().values("tranche").annotate(sum=Sum("amount_minor")).values("sum")
        return (
            tranches.filter(Exists(lies)).annotate(unallocated_minor=Subquery(sums)).prefetch_related("allocation_runs", "identifications__project")
        )

    def list_totals(self, queryset: QuerySet[Any]) -> Iterable[Fact]:
        lies = Balance.objects.filter(tranche__in=queryset.order_by().values("pk"), account__kind=chart.UNALLOCATED)
        for row in lies.order_by().values("account__currency").annotate(sum=Sum("amount_minor")).order_by("account__currency"):
            yield Fact(_("Unallocated"), Money(row["sum"], row["account__currency"]))

    @display(description=_("project"))
    def project_of(self, tranche: WaitingTranche) -> str:
        said = max(tranche.identifications.all(), key=lambda one: one.number, default=None)
        return row_link(said.project if said else None)

    @display(description=_("unallocated"))
    def unallocated(self, tranche: Any) -> str:
        return amount_cell(tranche.unallocated_minor, tranche.currency)

    @display(description=_("why it was not allocated"))
    def why(self, tranche: WaitingTranche) -> str:
        runs = sorted(tranche.allocation_runs.all(), key=lambda run: run.pk)
        proposed = [run for run in runs if run.status == Status.PROPOSED]
        if proposed:
            return row_link(proposed[-1], gettext("proposed: an approver decides"))
        tries = [run for run in runs if run.status == Status.UNALLOCATED]
        return tries[-1].reason if tries else gettext("nobody has tried yet")

    def made_of(self, row: Any) -> Iterable[tuple[Any, Iterable[Fact]]]:
        yield _("What allocating it now would give"), _preview(row)


class LineInline(ReadingInline):
    model = AllocationLine
    fields = ("pot", "recipient", "state", "amount", "explained")
    readonly_fields = fields
    ordering = ("position",)
    verbose_name_plural = _("lines")
    per_page = 60

    def get_queryset(self, request: HttpRequest) -> QuerySet[AllocationLine]:
        return super().get_queryset(request).select_related("pot", "recipient", "run")  # type: ignore[no-any-return]

    @display(description=_("amount"))
    def amount(self, line: AllocationLine) -> str:
        return amount_cell(line.amount_minor, line.run.currency)

    @display(description=_("how it came about"))
    def explained(self, line: AllocationLine) -> str:
        return (line.how_km if is_khmer() else "") or line.how


def _approve(asked: Asked) -> str:
    day = first_open_day(happened_on=day_of(asked.at))
    run = services.approve_allocation(run_id=asked.row.pk, by=asked.by, at=asked.at, day=day)
    if run.corrects_id:
        return gettext("The difference is posted: %(tranche)s is shared by %(plan)s as shown.") % _names(run)
    return gettext("%(amount)s of %(tranche)s is shared by %(plan)s.") % _names(run)


def _refuse(asked: Asked) -> str:
    services.refuse_allocation(run_id=asked.row.pk, reason=asked.data["reason"], by=asked.by, at=asked.at)
    return gettext("The proposal is refused. The money stays where it is.")


def _withdraw(asked: Asked) -> str:
    services.withdraw_allocation(run_id=asked.row.pk, reason=asked.data["reason"], by=asked.by, at=asked.at)
    return gettext("The proposal is taken back.")


def _correct(asked: Asked) -> Done:
    run = services.propose_correction(run_id=asked.row.pk, reason=asked.data["reason"], by=asked.by, at=asked.at, seen=asked.data["seen"])
    return Done(gettext("The correction is proposed. An approver decides."), url=row_address(run))


def _ask_reversal(asked: Asked) -> str:
    services.ask_reversal(run_id=asked.row.pk, reason=asked.data["reason"], by=asked.by, at=asked.at)
    return gettext("Its reversal is asked for. An approver decides.")


def _reverse(asked: Asked) -> str:
    day = first_open_day(happened_on=day_of(asked.at))
    run = services.reverse_allocation(run_id=asked.row.pk, by=asked.by, at=asked.at, day=day)
    return gettext("The allocation of %(tranche)s is reversed: its money is unallocated again.") % {"tranche": run.tranche}


def _let_stand(asked: Asked) -> str:
    services.refuse_reversal(run_id=asked.row.pk, reason=asked.data["reason"], by=asked.by, at=asked.at)
    return gettext("The allocation stands.")


def _proposed(run: AllocationRun) -> Iterator[Fact]:
    preview = services.preview_proposed(run_id=run.pk)
    if not preview.gives_what(run):
        yield Fact(_("No longer true"), gettext("A fact has changed since it was proposed. Refuse it, and let it be proposed again as it is now."))
    if run.reason:
        yield Fact(_("Why"), run.reason)
    yield Fact(_("Proposed by"), run.run_by)
    yield from preview_facts(preview)


def _again(run: AllocationRun) -> Iterator[Fact]:
    return preview_facts(services.preview_correction(run_id=run.pk, asked_on=clock.today()))


def _again_seen(run: AllocationRun) -> dict[str, str]:
    return {"seen": services.preview_correction(run_id=run.pk, asked_on=clock.today()).digest}


def _stands(run: AllocationRun) -> Iterator[Fact]:
    yield Fact(_("Receipt"), run.tranche)
    yield Fact(_("Shared"), Money(run.amount_minor, run.currency))
    yield Fact(_("Plan"), run.plan_version)
    if run.reversal_reason:
        yield Fact(_("Why it is to be reversed"), f"{run.reversal_reason} · {run.reversal_asked_by}")


def _waits(run: AllocationRun) -> bool:
    return bool(run.status == Status.PROPOSED)


def _is_standing(run: AllocationRun) -> bool:
    return bool(run.status == Status.ALLOCATED)


def _may_be_reversed(run: AllocationRun) -> bool:
    return _is_standing(run) and run.corrects_id is None and run.reversal_asked_by_id is None


def _reversal_waits(run: AllocationRun) -> bool:
    return _is_standing(run) and run.reversal_asked_by_id is not None


class ReversalFilter(admin.SimpleListFilter):
    """Allocations whose reversal waits for an approver."""

    title = _("reversal")
    parameter_name = "reversal"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("asked", _("asked for"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(status=Status.ALLOCATED, reversal_asked_by__isnull=False) if self.value() == "asked" else queryset


@admin.register(AllocationRun)
class AllocationRunAdmin(HouseAdmin):
    list_display = ("tranche", "received_on", "project", "plan_link", "amount", "shown_status", "reason", "run_by", "decided_by")
    list_filter = ("status", ReversalFilter, ("project", admin.RelatedOnlyFieldListFilter))
    search_fields = ("tranche__code", "reason")
    date_hierarchy = "tranche__received_on"
    ordering = ("-id",)
    fields = (
        "tranche", "received_on", "project", "plan_link", "snapshot_link", "amount", "status", "reason", "run_by", "run_at", "decided_by",
        "decided_at", "corrects_link", "reversal_reason", "reversal_asked_by", "reversed_by", "reversed_at", "sha256",
    )  # fmt: skip
    inlines = (LineInline,)
    empty_list_sentence = _("Nothing has been allocated yet.")
    export_columns = (
        (_("receipt"), lambda run: run.tranche.code),
        (_("received on"), lambda run: run.tranche.received_on),
        (_("project"), lambda run: run.project.code),
        (_("plan"), lambda run: run.plan_version or ""),
        (_("status"), lambda run: run.get_status_display()),
        (_("currency"), lambda run: run.currency),
        (_("amount"), lambda run: Money(run.amount_minor, run.currency).major()),
        (_("reason"), lambda run: run.reason),
    )
    acts = (
        Act(
            name="approve", title=_("Approve and post"), roles=CHECKERS, run=_approve, possible=_waits, facts=_proposed,
            maker=lambda run: run.run_by_id, explanation=_("It is posted in one entry, exactly as proposed. If a fact has changed since, it is not."),
        ),
        Act(
            name="refuse", title=_("Refuse"), roles=CHECKERS, form=ReasonForm, run=_refuse, possible=_waits, facts=_proposed,
            maker=lambda run: run.run_by_id, is_refusal=True,
        ),
        Act(name="withdraw", title=_("Take back"), roles=MAKERS, form=ReasonForm, run=_withdraw, possible=_waits, is_refusal=True),
        Act(
            name="correct", title=_("Propose a correction"), roles=MAKERS, form=SeenReasonForm, run=_correct, possible=_is_standing, facts=_again,
            initial=_again_seen,
            explanation=_(
                "The receipt is shared again with what is known now, and the difference is posted. What has been paid already is not "
                "taken back: it is kept as overpaid, and taken from later receipts where the plan says so."
            ),
        ),
        Act(
            name="ask-reversal", title=_("Ask to reverse it"), roles=MAKERS, form=ReasonForm, run=_ask_reversal, possible=_may_be_reversed, facts=_stands,
            is_refusal=True, explanation=_("The whole entry is undone, once, while all its money is still where it was put."),
        ),
        Act(
            name="reverse", title=_("Reverse"), roles=CHECKERS, run=_reverse, possible=_reversal_waits, facts=_stands,
            maker=lambda run: run.reversal_asked_by_id, is_refusal=True,
        ),
        Act(
            name="let-stand", title=_("Let it stand"), roles=CHECKERS, form=ReasonForm, run=_let_stand, possible=_reversal_waits, facts=_stands,
            maker=lambda run: run.reversal_asked_by_id,
        ),
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[AllocationRun]:
        runs = super().get_queryset(request)
        return runs.select_related(  # type: ignore[no-any-return]
            "tranche", "project", "plan_version__project", "snapshot", "run_by", "decided_by", "corrects__tranche", "reversal_asked_by", "reversed_by"
        )

    def list_totals(self, queryset: QuerySet[Any]) -> Iterable[Fact]:
        done = queryset.filter(status=Status.ALLOCATED).order_by()
        for row in done.values("currency").annotate(sum=Sum("amount_minor")).order_by("currency"):
            yield Fact(_("Allocated"), Money(row["sum"], row["currency"]))

    @display(description=_("received on"), ordering="tranche__received_on")
    def received_on(self, run: AllocationRun) -> Any:
        return run.tranche.received_on

    @display(description=_("plan"))
    def plan_link(self, run: AllocationRun) -> str:
        return row_link(run.plan_version)

    @display(description=_("corrects"))
    def corrects_link(self, run: AllocationRun) -> str:
        return row_link(run.corrects)

    @display(description=_("counts used"))
    def snapshot_link(self, run: AllocationRun) -> str:
        links = [row_link(one.snapshot) for one in run.counts.select_related("snapshot").order_by("id")]
        return format_html_join(", ", "{}", ((link,) for link in links)) or row_link(None)

    @display(description=_("amount"), ordering="amount_minor")
    def amount(self, run: AllocationRun) -> str:
        return amount_cell(run.amount_minor, run.currency)

    @display(
        description=_("status"),
        label={
            "ALLOCATED": "success",
            "UNALLOCATED": "warning",
            "PROPOSED": "warning",
            "REFUSED": "danger",
            "REVERSED": "danger",
            "CORRECTED": "info",
        },
        ordering="status",
    )
    def shown_status(self, run: AllocationRun) -> tuple[str, str]:
        return run.status, run.get_status_display()

    def made_of(self, row: Any) -> Iterable[tuple[Any, Iterable[Fact]]]:
        if row.status == Status.PROPOSED:
            yield _("What approving it would post"), _proposed(row)
            return
        sums = row.lines.order_by().values("pot__title", "state").annotate(sum=Sum("amount_minor")).order_by("-sum")
        yield _("By pot"), [Fact(_pot_name(one), Money(one["sum"], row.currency)) for one in sums]
        withheld = row.lines.filter(state=AllocationLine.State.WITHHELD, release_entry=None, amount_minor__gt=0).count()
        if withheld and row.status == Status.ALLOCATED:
            yield _("Waiting"), [Fact(_("Lines that are withheld"), withheld, list_address(WithheldLine, run__id__exact=row.pk))]
        yield from run_facts(row)
        moved = list(unsettled(row))
        if moved:
            yield _("What this correction could not move"), moved
        later = [Fact(str(day_of(one.run_at)), one.get_status_display(), row_address(one)) for one in row.corrections.all()]
        if later:
            yield _("Corrections"), later


def _pot_name(line: dict[str, Any]) -> str:
    return str(line["pot__title"]) if line["state"] == AllocationLine.State.ALLOCATED else f"{line['pot__title']} · {STATES[line['state']]}"
