"""Plan versions: the file in plain words, proposed by one person and decided by another."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from core import clock, files
from core.acts import Act, Asked, Done, Fact
from core.admin import HouseAdmin, list_address, row_address, row_link
from core.forms import ReasonForm
from core.money import Money
from core.people.access import CHECKERS, MAKERS
from revenue.sharing import conditions, services
from revenue.sharing.engine import Plan, PlanRefused
from revenue.sharing.engine.cautions import cautions
from revenue.sharing.engine.describe import describe
from revenue.sharing.engine.plan import Gate, walk
from revenue.sharing.forms import DraftForm, PlanForm, RemarkForm
from revenue.sharing.models import AllocationRun, Beneficiary, PlanVersion
from revenue.sharing.planfile import parse
from revenue.sharing.queries.plans import Standing, standing, with_standing

_VERBS = {
    "charge": _("Charge"), "give": _("Give first"), "hold": _("Hold back"), "split": _("Divide"), "share": _("Share among"), "recover": _("Recover costs"),
    "gate": _("Withhold until"), "choose": _("Choose"), "case": _("Case"), "payrate": _("Pay by rate"), "bands": _("Pay by result"),
    "tiers": _("By level"), "decide": _("They decide"), "recoup": _("Take back"),
}  # fmt: skip


def _new(asked: Asked, *, draft: bool) -> Done:
    document = asked.data["document"]
    stored = None
    if document:
        content, media_type, name = document
        stored = files.store(data=content, media_type=media_type, original_name=name, by=asked.by, at=asked.at)
    make = services.draft_plan if draft else services.propose_plan
    version = make(project_id=asked.data["project"].pk, text=asked.data["text"], document_id=stored.pk if stored else None, by=asked.by, at=asked.at)
    sentence = (
        gettext("%(version)s is kept as a draft. Try it in the simulator, then propose it.")
        if draft
        else gettext("%(version)s is proposed. Read below what it says; an approver decides.")
    )
    return Done(sentence % {"version": version}, url=row_address(version))


def _edit(asked: Asked) -> str:
    version = services.edit_draft(version_id=asked.row.pk, text=asked.data["text"], by=asked.by, at=asked.at)
    return gettext("The draft %(version)s is changed.") % {"version": version}


def _propose_draft(asked: Asked) -> str:
    version = services.propose_draft(version_id=asked.row.pk, by=asked.by, at=asked.at)
    return gettext("%(version)s is proposed. Read below what it says; an approver decides.") % {"version": version}


def _withdraw(asked: Asked) -> str:
    version = services.withdraw_plan(version_id=asked.row.pk, reason=asked.data["reason"], by=asked.by, at=asked.at)
    return gettext("%(version)s is withdrawn.") % {"version": version}


def _decide(asked: Asked, *, approve: bool) -> str:
    version = services.decide_plan(version_id=asked.row.pk, approve=approve, reason=asked.data["reason"], by=asked.by, at=asked.at)
    if not approve:
        return gettext("%(version)s is refused.") % {"version": version}
    return gettext("%(version)s is in force from %(day)s.") % {"version": version, "day": version.effective_from.isoformat()}


def _is_draft(version: PlanVersion) -> bool:
    return bool(version.status == PlanVersion.Status.DRAFT)


def _is_open(version: PlanVersion) -> bool:
    return version.status in (PlanVersion.Status.DRAFT, PlanVersion.Status.PROPOSED)


def _is_proposed(version: PlanVersion) -> bool:
    return bool(version.status == PlanVersion.Status.PROPOSED)


def _facts(version: PlanVersion) -> list[Fact]:
    before = PlanVersion.objects.filter(project=version.project, status=PlanVersion.Status.APPROVED).order_by("-effective_from").first()
    return [
        Fact(_("Plan"), f"{version.title} ({version})"),
        Fact(_("In force from"), version.effective_from),
        *_to_try(version),
        Fact(_("Takes the place of"), before or _("none: this is the first"), row_address(before) if before else ""),
        Fact(_("Proposed by"), version.proposed_by),
        Fact(_("Signed document"), version.document or "—", row_address(version.document) if version.document else ""),
        *_words(version),
    ]


def _words(version: PlanVersion) -> Iterator[Fact]:
    """Say the plan's steps in the reader's language, as they are decided on."""
    try:
        plan = parse(version.text)
    except PlanRefused as refusal:
        yield Fact(_("This file can no longer be read"), str(refusal))
        return
    language = (get_language() or "en")[:2]
    for row in describe(plan):
        name = format_html('<span style="padding-left:{}rem">{}. {}</span>', row.depth, row.number, _VERBS.get(row.kind, row.kind))
        title = row.title.in_language(language)
        yield Fact(name, _sentence(title, row.sentence.in_language(language), row.clause))


def _sentence(title: str, sentence: str, clause: str) -> SafeString:
    head = format_html("<strong>{}</strong><br>", title) if title else ""
    tail = format_html('<br><small class="opacity-75">{}</small>', clause) if clause else ""
    return format_html("{}{}{}", head, sentence, tail)


def _pots(plan: Plan) -> Iterator[Fact]:
    language = (get_language() or "en")[:2]
    for pot in plan.pots:
        yield Fact(pot.code, f"{pot.title.in_language(language)} · {str(pot.purpose.value).replace('_', ' ')}")


class StandingFilter(admin.SimpleListFilter):
    """Choose versions by where they stand today: in force, to come, superseded."""

    title = _("stands")
    parameter_name = "stands"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(one.value, str(one.label)) for one in Standing]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        value = self.value()
        return with_standing(queryset, on=clock.today()).filter(standing=value) if value in Standing.values else queryset


@admin.register(PlanVersion)
class PlanVersionAdmin(HouseAdmin):
    list_display = ("version", "title", "project", "effective_from", "ends", "shown_status", "proposed_by", "decided_by")
    list_filter = (StandingFilter, "status", ("project", admin.RelatedOnlyFieldListFilter))
    search_fields = ("title", "project__name", "project__code")
    ordering = ("project__name", "-number")
    fields = (
        "title", "project", "number", "status", "effective_from", "ends", "document_link", "proposed_by", "proposed_at", "decided_by",
        "decided_at", "reason", "sha256", "file",
    )  # fmt: skip
    empty_list_sentence = _("No plan has been proposed. Without a plan in force, everything received stays unallocated.")
    new_acts = (
        Act(
            name="propose", title=_("Propose a plan"), roles=MAKERS, form=PlanForm, run=lambda asked: _new(asked, draft=False),
            explanation=_("The file is the rule. It is read now: every mistake is named with its line, and an approver decides on what it says."),
        ),
        Act(
            name="draft", title=_("Draft a plan"), roles=MAKERS, form=PlanForm, run=lambda asked: _new(asked, draft=True),
            explanation=_("A draft can be changed and tried out before it is proposed. It shares nothing."),
        ),
    )  # fmt: skip
    acts = (
        Act(
            name="edit", title=_("Change the draft"), roles=MAKERS, form=DraftForm, run=_edit, possible=_is_draft,
            initial=lambda version: {"text": version.text},
        ),
        Act(
            name="propose", title=_("Propose it"), roles=MAKERS, run=_propose_draft, possible=_is_draft, facts=_facts,
            explanation=_("From now on its file does not change. An approver decides."),
        ),
        Act(name="withdraw", title=_("Withdraw"), roles=MAKERS, form=ReasonForm, run=_withdraw, possible=_is_open, is_refusal=True),
        Act(
            name="approve", title=_("Approve"), roles=CHECKERS, form=RemarkForm, run=lambda asked: _decide(asked, approve=True),
            possible=_is_proposed, facts=_facts, maker=lambda version: version.proposed_by_id,
            explanation=_("Receipts since its first day are shared by it from now on. The version before it ends on that day."),
        ),
        Act(
            name="refuse", title=_("Refuse"), roles=CHECKERS, form=ReasonForm, run=lambda asked: _decide(asked, approve=False), is_refusal=True,
            possible=_is_proposed, facts=_facts, maker=lambda version: version.proposed_by_id,
        ),
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[PlanVersion]:
        return super().get_queryset(request).select_related("project", "proposed_by", "decided_by", "document")  # type: ignore[no-any-return]

    @display(description=_("version"), ordering="number")
    def version(self, version: PlanVersion) -> str:
        return str(version)

    @display(
        description=_("status"),
        label={
            Standing.DRAFT: "info", Standing.PROPOSED: "warning", Standing.IN_FORCE: "success", Standing.COMING: "success",
            Standing.REFUSED: "danger",
        },
        ordering="status",
    )  # fmt: skip
    def shown_status(self, version: PlanVersion) -> tuple[str, str]:
        found = standing(version=version, on=clock.today())
        return found, str(found.label)

    @display(description=_("until"), ordering="effective_to")
    def ends(self, version: PlanVersion) -> Any:
        return version.effective_to or gettext("further notice")

    @display(description=_("signed document"))
    def document_link(self, version: PlanVersion) -> str:
        return row_link(version.document)

    @display(description=_("plan file"))
    def file(self, version: PlanVersion) -> str:
        return format_html('<details><summary>{}</summary><pre class="plan-text">{}</pre></details>', _("Show the file"), version.text)

    def made_of(self, row: Any) -> Iterable[tuple[Any, Iterable[Fact]]]:
        yield _("Before you decide"), _to_try(row)
        yield _("What this plan says"), _words(row)
        try:
            plan = parse(row.text)
        except PlanRefused:
            return
        language = (get_language() or "en")[:2]
        found = [caution.in_language(language) for caution in cautions(plan)] + list(_unanswered(plan))
        if found:
            yield _("When it cannot share a receipt"), [Fact(str(number), sentence) for number, sentence in enumerate(found, start=1)]
        yield _("Its pots"), _pots(plan)
        yield _("Who shares in it"), _groups(row, plan)
        yield _("Receipts it has shared"), _shared(row)


def _unanswered(plan: Plan) -> Iterator[str]:
    """Name the conditions that only a person can say are met."""
    asked = dict.fromkeys(code for step in walk(plan.steps) if isinstance(step, Gate) for code in step.conditions)
    for code in asked:
        if conditions.known(code=code) is None:
            yield gettext("“%(code)s” is not recorded here: what it gates stays withheld until an approver releases it.") % {"code": code}


def _to_try(version: PlanVersion) -> Iterator[Fact]:
    yield Fact(_("Simulator"), _("Change an amount, a count or a share, and see what moves"), reverse("sharing:simulator", args=[version.pk]))
    difference = _("In words, and in what past receipts would have given")
    yield Fact(_("What it changes"), difference, reverse("sharing:difference", args=[version.pk]))


def _groups(version: PlanVersion, plan: Plan) -> Iterator[Fact]:
    address = list_address(Beneficiary, project__id__exact=version.project_id)
    for group in plan.groups():
        members = Beneficiary.objects.filter(project=version.project, group=group, to_date=None).count()
        yield Fact(group, gettext("%(count)s recipients now") % {"count": members}, f"{address}&group={group}")


def _shared(version: PlanVersion) -> Iterator[Fact]:
    runs = version.runs.filter(status=AllocationRun.Status.ALLOCATED).select_related("tranche").order_by("-tranche__received_on")
    for run in runs[:20]:
        yield Fact(f"{run.tranche} · {run.tranche.received_on}", Money(run.amount_minor, run.currency), row_address(run))
