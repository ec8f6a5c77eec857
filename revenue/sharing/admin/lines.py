"""The lines of allocations; money that is withheld and what it waits for; money in reserve and when it expires."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import QuerySet, Sum
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from core import clock
from core.acts import Act, Asked, Done, Fact
from core.admin import HouseAdmin, amount_cell, row_address, row_link
from core.clock import day_of
from core.forms import ReasonForm
from core.money import Money
from core.people.access import CHECKERS
from revenue.ledger.queries import first_open_day
from revenue.sharing import conditions, services
from revenue.sharing.admin.told import how_told, is_khmer
from revenue.sharing.forms import ReserveForm
from revenue.sharing.models import AllocationLine, AllocationRun, HeldLine, Pot, WithheldLine
from revenue.sharing.queries.holds import expired, held_lines, terms_of
from revenue.sharing.queries.withheld import Waits, waits, withheld_lines


def _release(asked: Asked) -> Done:
    day = first_open_day(happened_on=day_of(asked.at))
    line = services.release_withheld(line_id=asked.row.pk, reason=asked.data["reason"], by=asked.by, at=asked.at, day=day)
    return _released(Money(line.amount_minor, line.run.currency), line.pot, line)


def _released(amount: Money, pot: Pot | None, line: AllocationLine) -> Done:
    # Its own list shows it no more.
    return Done(gettext("%(amount)s is released into “%(pot)s”.") % {"amount": amount, "pot": pot}, url=row_address(AllocationLine(pk=line.pk)))


def _how(line: AllocationLine) -> str:
    return (line.how_km if is_khmer() else "") or line.how


def _line_facts(line: AllocationLine) -> list[Fact]:
    return [
        Fact(_("Recipient"), line.recipient or "—", row_address(line.recipient) if line.recipient else ""),
        Fact(_("Pot"), line.pot, row_address(line.pot)),
        Fact(_("Amount"), how_told(Money(line.amount_minor, line.run.currency), "", _how(line))),
        Fact(_("From"), line.run.tranche, row_address(line.run)),
    ]


def _withheld_facts(line: AllocationLine) -> list[Fact]:
    found = waits(lines=[line], on=clock.today())[line.pk]
    return [
        *_line_facts(line),
        Fact(_("Waits for"), ", ".join(conditions.condition_names(found.asked)) or "—"),
        Fact(_("Now"), _now(found, line.run.currency)),
    ]


def _now(found: Waits, currency: str) -> str:
    if found.is_met:
        return gettext("all of it holds now: it may be released")
    parts = [gettext("still missing: %(conditions)s") % {"conditions": ", ".join(conditions.condition_names(found.missing))}] if found.missing else []
    if found.short_minor:
        parts.append(gettext("%(amount)s below the smallest payment") % {"amount": Money(found.short_minor, currency)})
    return "; ".join(parts)


def _is_withheld(line: AllocationLine) -> bool:
    is_open = line.release_entry_id is None and line.amount_minor > 0 and line.run.status == AllocationRun.Status.ALLOCATED
    return bool(is_open and line.state == AllocationLine.State.WITHHELD)


RELEASE = Act(
    name="release", title=_("Release"), roles=CHECKERS, form=ReasonForm, run=_release, facts=_withheld_facts, possible=_is_withheld,
    maker=lambda line: line.run.run_by_id,
    explanation=_("The plan holds this back until a condition is met. Say why it may be paid now."),
)  # fmt: skip


class _LineAdmin(HouseAdmin):
    """What the lists of lines share."""

    @display(description=_("allocation"), ordering="run")
    def run_link(self, line: AllocationLine) -> str:
        return row_link(line.run, line.run.tranche)

    @display(description=_("recipient"), ordering="recipient__name")
    def recipient_link(self, line: AllocationLine) -> str:
        return row_link(line.recipient)

    @display(description=_("amount"), ordering="amount_minor")
    def amount(self, line: AllocationLine) -> str:
        return amount_cell(line.amount_minor, line.run.currency)

    @display(description=_("received on"), ordering="run__tranche__received_on")
    def received_on(self, line: AllocationLine) -> Any:
        return line.run.tranche.received_on

    @display(description=_("how it came about"))
    def told(self, line: AllocationLine) -> str:
        return _how(line)


@admin.register(AllocationLine)
class AllocationLineAdmin(_LineAdmin):
    list_display = ("run_link", "pot", "recipient_link", "shown_state", "amount", "told")
    list_filter = ("state", "pot__purpose", ("pot__project", admin.RelatedOnlyFieldListFilter))
    search_fields = ("recipient__name", "recipient__code", "run__tranche__code")
    ordering = ("-run", "position")
    fields = (
        "run_link", "pot", "recipient_link", "state", "amount", "rule", "told", "exact", "path", "released_by", "released_at", "release_reason",
        "released_to",
    )  # fmt: skip
    extra_lookups = ("run__id__exact",)
    acts = (RELEASE,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[AllocationLine]:
        return super().get_queryset(request).select_related("run__tranche", "pot", "recipient", "released_by")  # type: ignore[no-any-return]

    @display(description=_("state"), label={"allocated": "success", "held": "info", "withheld": "warning", "released": "success"}, ordering="state")
    def shown_state(self, line: AllocationLine) -> tuple[str, str]:
        return ("released", gettext("released")) if line.release_entry_id else (line.state, line.get_state_display())

    @display(description=_("amount by the rule"))
    def rule(self, line: AllocationLine) -> str:
        return amount_cell(line.amount_minor if line.rule_minor is None else line.rule_minor, line.run.currency)

    @display(description=_("steps of the plan"))
    def path(self, line: AllocationLine) -> str:
        return " → ".join(line.steps)


class _WaitingChanges(ChangeList):
    """Look up what the lines of one page wait for, all at once."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        lines = list(self.result_list)
        found = waits(lines=lines, on=clock.today())
        for line in lines:
            line.waits = found[line.pk]
        self.result_list = lines


@admin.register(WithheldLine)
class WithheldLineAdmin(_LineAdmin):
    """Money that plans withhold: from whom, why, since when, and whether the conditions hold now."""

    list_display = ("recipient_link", "pot", "amount", "run_link", "received_on", "age", "holds_now")
    list_filter = (("pot__project", admin.RelatedOnlyFieldListFilter), "pot__purpose")
    search_fields = ("recipient__name", "recipient__code", "run__tranche__code")
    ordering = ("run__tranche__received_on", "id")
    fields = ("run_link", "pot", "recipient_link", "amount", "told")
    extra_lookups = ("run__id__exact",)
    acts = (RELEASE,)
    empty_list_sentence = _("Nothing is withheld.")

    def get_queryset(self, request: HttpRequest) -> QuerySet[WithheldLine]:
        return withheld_lines()

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return _with_waits(super().get_changelist(request, **kwargs))

    def list_totals(self, queryset: QuerySet[Any]) -> Iterable[Fact]:
        for row in queryset.order_by().values("run__currency").annotate(sum=Sum("amount_minor")).order_by("run__currency"):
            yield Fact(_("Withheld"), Money(row["sum"], row["run__currency"]))

    @display(description=_("days withheld"))
    def age(self, line: Any) -> int:
        return int(_waits_of(line).days)

    @display(description=_("now"))
    def holds_now(self, line: Any) -> str:
        found = _waits_of(line)
        said = _now(found, line.run.currency)
        return format_html("<strong>{}</strong>", said) if found.is_met else said

    def made_of(self, row: Any) -> Iterable[tuple[Any, Iterable[Fact]]]:
        yield _("Why it is withheld"), _withheld_facts(row)


def _with_waits(base: type[ChangeList]) -> type[ChangeList]:
    return type("WaitingChanges", (_WaitingChanges, base), {})


def _waits_of(line: Any) -> Waits:
    found: Waits | None = getattr(line, "waits", None)
    return found or waits(lines=[line], on=clock.today())[line.pk]


def _release_reserve(asked: Asked) -> Done:
    day = first_open_day(happened_on=day_of(asked.at))
    pot = asked.data["pot"]
    line = services.release_reserve(
        line_id=asked.row.pk, pot_id=pot.pk if pot else None, reason=asked.data["reason"], by=asked.by, at=asked.at, day=day
    )
    return _released(Money(line.released_minor or 0, line.run.currency), line.released_to, line)


def _held_facts(line: AllocationLine) -> list[Fact]:
    terms = terms_of(line)
    if terms is None:
        return _line_facts(line)
    said = terms.release.in_language("km" if is_khmer() else "en")
    return [
        *_line_facts(line),
        Fact(_("Released"), said),
        Fact(_("Expires on"), terms.expires_on or gettext("never")),
        Fact(_("Goes then to"), terms.then_to or "—"),
    ]


class ExpiredFilter(admin.SimpleListFilter):
    """Reserves whose time has passed and which somebody must move."""

    title = _("expired")
    parameter_name = "expired"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", _("yes"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() != "yes":
            return queryset
        return queryset.filter(id__in=[line.pk for line in expired(on=clock.today())])


@admin.register(HeldLine)
class HeldLineAdmin(_LineAdmin):
    """Money that plans hold in reserve: until when, and where it goes then."""

    list_display = ("pot", "amount", "run_link", "received_on", "released_when", "expires_on", "goes_to")
    list_filter = (ExpiredFilter, ("pot__project", admin.RelatedOnlyFieldListFilter))
    search_fields = ("run__tranche__code", "pot__title")
    ordering = ("run__tranche__received_on", "id")
    fields = ("run_link", "pot", "amount", "told", "released_when", "goes_to")
    empty_list_sentence = _("Nothing is held in reserve.")
    acts = (
        Act(
            name="release", title=_("Release from reserve"), roles=CHECKERS, form=ReserveForm, run=_release_reserve, facts=_held_facts,
            maker=lambda line: line.run.run_by_id,
            explanation=_("What is left of it goes into a pot, undivided. Say why now. Once it has expired, it goes where the plan says."),
        ),
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[HeldLine]:
        return held_lines()

    def list_totals(self, queryset: QuerySet[Any]) -> Iterable[Fact]:
        for row in queryset.order_by().values("run__currency").annotate(sum=Sum("amount_minor")).order_by("run__currency"):
            yield Fact(_("Put into reserve"), Money(row["sum"], row["run__currency"]))

    @display(description=_("released when"))
    def released_when(self, line: AllocationLine) -> str:
        terms = terms_of(line)
        return terms.release.in_language("km" if is_khmer() else "en") if terms else "—"

    @display(description=_("expires on"), label={"expired": "danger", "later": "info", "never": "info"})
    def expires_on(self, line: AllocationLine) -> tuple[str, str]:
        terms = terms_of(line)
        if terms is None or terms.expires_on is None:
            return "never", gettext("never")
        return "expired" if terms.expires_on <= clock.today() else "later", terms.expires_on.isoformat()

    @display(description=_("goes then to"))
    def goes_to(self, line: AllocationLine) -> str:
        terms = terms_of(line)
        return (terms.then_to if terms else None) or "—"

    def made_of(self, row: Any) -> Iterable[tuple[Any, Iterable[Fact]]]:
        yield _("What the plan says of it"), _held_facts(row)
