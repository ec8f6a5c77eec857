"""Money that waits to be shared, with a preview; what was shared, line by line; and what is withheld."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django.contrib import admin
from django.db.models import Exists, OuterRef, QuerySet, Subquery, Sum
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from communities.registry.models import Recipient
from core.acts import Act, Asked, Done, Fact
from core.admin import HouseAdmin, ReadingInline, amount_cell, list_address, row_address, row_link
from core.clock import day_of
from core.forms import ReasonForm
from core.money import Money, plain
from core.people.access import CHECKERS, MAKERS
from revenue.ledger import chart
from revenue.ledger.models import Balance
from revenue.ledger.queries import first_open_day
from revenue.sharing import services
from revenue.sharing.engine import Line
from revenue.sharing.forms import SeenForm
from revenue.sharing.models import AllocationLine, AllocationRun, Pot, WaitingTranche
from revenue.sharing.queries import amounts_of

_STATES = {**dict(AllocationLine.State.choices), "unallocated": _("stays unallocated")}


def _allocate(asked: Asked) -> Done:
    day = first_open_day(happened_on=day_of(asked.at))
    run = services.allocate_tranche(tranche_id=asked.row.pk, by=asked.by, at=asked.at, day=day, seen=asked.data["seen"])
    if run.status == AllocationRun.Status.UNALLOCATED:
        return Done(gettext("Nothing was allocated: %(reason)s") % {"reason": run.reason}, url=row_address(run))
    sentence = gettext("%(amount)s of %(tranche)s is shared by %(plan)s.")
    return Done(sentence % {"amount": Money(run.amount_minor, run.currency), "tranche": run.tranche, "plan": run.plan_version}, url=row_address(run))


def _preview(tranche: WaitingTranche) -> Iterator[Fact]:
    """Say what sharing it now would give: where it comes from, each line, and how it came about."""
    preview = services.preview_allocation(tranche_id=tranche.pk)
    yield Fact(_("Received on"), tranche.received_on)
    yield Fact(_("Unallocated"), Money(preview.amount_minor, tranche.currency))
    if preview.project:
        yield Fact(_("Project"), preview.project, row_address(preview.project))
    if preview.plan_version:
        yield Fact(_("Plan in force on that day"), preview.plan_version, row_address(preview.plan_version))
    if preview.snapshot:
        yield Fact(_("Counts used"), preview.snapshot, row_address(preview.snapshot))
    if preview.problem:
        yield Fact(_("Why nothing can be allocated"), format_html("<strong>{}</strong>", preview.problem))
    language = (get_language() or "en")[:2]
    titles = {pot.code: (pot.title_km or pot.title) if language == "km" else pot.title for pot in Pot.objects.filter(project=preview.project)}
    before = amounts_of(preview.before)
    codes = {line.recipient for line in preview.lines} | {recipient for _pot, recipient in before}
    names = {one.code: str(one) for one in Recipient.objects.filter(code__in=codes - {None})}
    if preview.before:
        yield Fact(_("Compared with the last receipt of this project"), preview.before, row_address(preview.before))
    for line in preview.lines:
        name = " · ".join(filter(None, (titles.get(line.pot, line.pot), names.get(line.recipient or ""))))
        how = line.how_km if language == "km" else line.how
        state = "" if line.state == "allocated" else str(_STATES[line.state])
        yield Fact(name, _how(Money(line.amount_minor, line.currency), state, how, line.reason, _change(line, before)))
    gone = before.keys() - {(line.pot, line.recipient) for line in preview.lines} if preview.lines else ()
    for pot, recipient in sorted(gone, key=str):
        name = " · ".join(filter(None, (titles.get(pot, pot), names.get(recipient or ""))))
        yield Fact(name, gettext("nothing now; %(amount)s last time") % {"amount": Money(before[pot, recipient], tranche.currency)})


def _change(line: Line, before: dict[tuple[str, str | None], int]) -> str:
    """Say what changed against the last receipt of the same project."""
    if not before:
        return ""
    last = before.get((line.pot, line.recipient))
    if last is None:
        return gettext("new: nothing last time")
    more = line.amount_minor - last
    if not more:
        return gettext("the same as last time")
    words = gettext("%(last)s last time, %(sign)s%(difference)s now")
    return words % {"last": Money(last, line.currency), "sign": "+" if more > 0 else "−", "difference": plain(Money(abs(more), line.currency))}


def _seen(tranche: WaitingTranche) -> dict[str, str]:
    return {"seen": services.preview_allocation(tranche_id=tranche.pk).digest}


def _how(amount: Money, state: str, how: str, reason: str = "", change: str = "") -> SafeString:
    marked = format_html(" <em>{}</em>", " · ".join(filter(None, (state, reason)))) if state or reason else ""
    changed = format_html(" <small>({})</small>", change) if change else ""
    return format_html('<strong>{}</strong>{}{}<br><small class="opacity-75">{}</small>', amount, marked, changed, how)


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
            name="allocate", title=_("Allocate"), roles=MAKERS, form=SeenForm, run=_allocate, facts=_preview, initial=_seen,
            explanation=_("It is shared in one entry, by the plan that was in force on the day it was received, as shown here."),
        ),
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
        tries = [run for run in tranche.allocation_runs.all() if run.status == AllocationRun.Status.UNALLOCATED]
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
        return line.how


@admin.register(AllocationRun)
class AllocationRunAdmin(HouseAdmin):
    list_display = ("tranche", "received_on", "project", "plan_link", "amount", "shown_status", "reason", "run_at")
    list_filter = ("status", ("project", admin.RelatedOnlyFieldListFilter))
    search_fields = ("tranche__code", "reason")
    date_hierarchy = "tranche__received_on"
    ordering = ("-id",)
    fields = ("tranche", "received_on", "project", "plan_link", "snapshot_link", "amount", "status", "reason", "run_by", "run_at", "sha256")
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

    def get_queryset(self, request: HttpRequest) -> QuerySet[AllocationRun]:
        return super().get_queryset(request).select_related("tranche", "project", "plan_version__project", "snapshot", "run_by")  # type: ignore[no-any-return]

    def list_totals(self, queryset: QuerySet[Any]) -> Iterable[Fact]:
        done = queryset.filter(status=AllocationRun.Status.ALLOCATED).order_by()
        for row in done.values("currency").annotate(sum=Sum("amount_minor")).order_by("currency"):
            yield Fact(_("Allocated"), Money(row["sum"], row["currency"]))

    @display(description=_("received on"), ordering="tranche__received_on")
    def received_on(self, run: AllocationRun) -> Any:
        return run.tranche.received_on

    @display(description=_("plan"))
    def plan_link(self, run: AllocationRun) -> str:
        return row_link(run.plan_version)

    @display(description=_("counts used"))
    def snapshot_link(self, run: AllocationRun) -> str:
        return row_link(run.snapshot)

    @display(description=_("amount"), ordering="amount_minor")
    def amount(self, run: AllocationRun) -> str:
        return amount_cell(run.amount_minor, run.currency)

    @display(description=_("status"), label={"ALLOCATED": "success", "UNALLOCATED": "warning", "REVERSED": "danger"}, ordering="status")
    def shown_status(self, run: AllocationRun) -> tuple[str, str]:
        return run.status, run.get_status_display()

    def made_of(self, row: Any) -> Iterable[tuple[Any, Iterable[Fact]]]:
        sums = row.lines.order_by().values("pot__title", "state").annotate(sum=Sum("amount_minor")).order_by("-sum")
        yield _("By pot"), [Fact(_pot_name(one), Money(one["sum"], row.currency)) for one in sums]
        withheld = row.lines.filter(state=AllocationLine.State.WITHHELD, release_entry=None, amount_minor__gt=0).count()
        if withheld:
            address = list_address(AllocationLine, state__exact="withheld", run__id__exact=row.pk)
            yield _("Waiting"), [Fact(_("Lines that are withheld"), withheld, address)]


def _pot_name(line: dict[str, Any]) -> str:
    return str(line["pot__title"]) if line["state"] == AllocationLine.State.ALLOCATED else f"{line['pot__title']} · {_STATES[line['state']]}"


def _release(asked: Asked) -> str:
    day = first_open_day(happened_on=day_of(asked.at))
    line = services.release_withheld(line_id=asked.row.pk, reason=asked.data["reason"], by=asked.by, at=asked.at, day=day)
    return gettext("%(amount)s is released into “%(pot)s”.") % {"amount": Money(line.amount_minor, line.run.currency), "pot": line.pot}


def _line_facts(line: AllocationLine) -> list[Fact]:
    return [
        Fact(_("Recipient"), line.recipient or "—", row_address(line.recipient) if line.recipient else ""),
        Fact(_("Pot"), line.pot, row_address(line.pot)),
        Fact(_("Withheld"), _how(Money(line.amount_minor, line.run.currency), "", line.how)),
        Fact(_("From"), line.run.tranche, row_address(line.run)),
    ]


@admin.register(AllocationLine)
class AllocationLineAdmin(HouseAdmin):
    list_display = ("run_link", "pot", "recipient_link", "shown_state", "amount", "how")
    list_filter = ("state", "pot__purpose", ("pot__project", admin.RelatedOnlyFieldListFilter))
    search_fields = ("recipient__name", "recipient__code", "run__tranche__code")
    ordering = ("-run", "position")
    fields = ("run_link", "pot", "recipient_link", "state", "amount", "how", "exact", "path", "released_by", "released_at", "release_reason")
    extra_lookups = ("run__id__exact",)
    acts = (
        Act(
            name="release", title=_("Release"), roles=CHECKERS, form=ReasonForm, run=_release, facts=_line_facts,
            possible=lambda line: line.state == AllocationLine.State.WITHHELD and line.release_entry_id is None and line.amount_minor > 0,
            maker=lambda line: line.run.run_by_id,
            explanation=_("The plan holds this back until a condition is met. Say why it may be paid now."),
        ),
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[AllocationLine]:
        return super().get_queryset(request).select_related("run__tranche", "pot", "recipient", "released_by")  # type: ignore[no-any-return]

    @display(description=_("allocation"), ordering="run")
    def run_link(self, line: AllocationLine) -> str:
        return row_link(line.run, line.run.tranche)

    @display(description=_("recipient"), ordering="recipient__name")
    def recipient_link(self, line: AllocationLine) -> str:
        return row_link(line.recipient)

    @display(description=_("state"), label={"allocated": "success", "held": "info", "withheld": "warning", "released": "success"}, ordering="state")
    def shown_state(self, line: AllocationLine) -> tuple[str, str]:
        return ("released", gettext("released")) if line.release_entry_id else (line.state, line.get_state_display())

    @display(description=_("amount"), ordering="amount_minor")
    def amount(self, line: AllocationLine) -> str:
        return amount_cell(line.amount_minor, line.run.currency)

    @display(description=_("steps of the plan"))
    def path(self, line: AllocationLine) -> str:
        return " → ".join(line.steps)
