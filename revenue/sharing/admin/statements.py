"""What officers state for the plans: values with their source, payout rates, and what people decided about a step."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from core import files
from core.acts import Act, Asked, Done, Fact
from core.admin import HouseAdmin, row_address, row_link
from core.forms import ReasonForm
from core.people.access import CHECKERS, MAKERS
from revenue.sharing import services
from revenue.sharing.forms import FactForm, RateForm, RemarkForm, RulingForm
from revenue.sharing.models import PayoutRate, Ruling, StatedFact


def _stored(asked: Asked) -> int | None:
    document = asked.data.get("document")
    if not document:
        return None
    content, media_type, name = document
    return files.store(data=content, media_type=media_type, original_name=name, by=asked.by, at=asked.at).pk


def _state(asked: Asked) -> Done:
    data = asked.data
    fact = services.state_fact(
        project_id=data["project"].pk, tranche_id=data["tranche"].pk if data["tranche"] else None, name=data["name"], value=data["value"],
        from_date=data["from_date"], source=data["source"], document_id=_stored(asked), by=asked.by, at=asked.at,
    )  # fmt: skip
    return Done(gettext("%(fact)s is stated. Receipts are shared by it from now on.") % {"fact": fact}, url=row_address(fact))


@admin.register(StatedFact)
class StatedFactAdmin(HouseAdmin):
    list_display = ("name", "value", "project", "from_date", "only_for", "source", "stated_by", "stated_at")
    list_filter = (("project", admin.RelatedOnlyFieldListFilter), "name")
    search_fields = ("name", "source", "tranche__code")
    ordering = ("-id",)
    fields = ("project", "name", "value", "from_date", "only_for", "source", "document_link", "stated_by", "stated_at")
    empty_list_sentence = _("Nothing has been stated. Plans that ask for costs, prices or rates wait for them.")
    new_acts = (
        Act(
            name="state", title=_("State a fact"), roles=MAKERS, form=FactForm, run=_state,
            explanation=_("A number or a word that the plan asks for, with its source. A later statement takes the place of an earlier one; both stay."),
        ),
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[StatedFact]:
        return super().get_queryset(request).select_related("project", "tranche", "stated_by", "document")  # type: ignore[no-any-return]

    @display(description=_("only for the receipt"))
    def only_for(self, fact: StatedFact) -> Any:
        return fact.tranche or "—"

    @display(description=_("document"))
    def document_link(self, fact: StatedFact) -> str:
        return row_link(fact.document)


def _state_rate(asked: Asked) -> Done:
    data = asked.data
    rate = services.state_payout_rate(
        base=data["base"], currency=data["currency"], rate=data["rate"], on=data["on"], source=data["source"], by=asked.by, at=asked.at
    )
    return Done(gettext("The rate is kept: %(rate)s.") % {"rate": rate}, url=row_address(rate))


@admin.register(PayoutRate)
class PayoutRateAdmin(HouseAdmin):
    list_display = ("on", "base", "currency", "rate", "source", "stated_by", "stated_at")
    list_filter = ("currency",)
    date_hierarchy = "on"
    ordering = ("-on", "-id")
    fields = ("base", "currency", "rate", "on", "source", "stated_by", "stated_at")
    empty_list_sentence = _("No rate has been stated. Shares are shown in the plan's own currency only.")
    new_acts = (
        Act(
            name="state", title=_("State a payout rate"), roles=MAKERS, form=RateForm, run=_state_rate,
            explanation=_("For plans that pay in another currency: each recipient's share is shown in it too, with what is left over."),
        ),
    )  # fmt: skip


def _record(asked: Asked) -> Done:
    data = asked.data
    document_id = _stored(asked)
    assert document_id is not None
    ruling = services.record_ruling(
        tranche_id=data["tranche"].pk, step=data["step"], authority=data["authority"], title=data["title"], document_id=document_id,
        decided_on=data["decided_on"], why=data["why"], women_present=data["women_present"], men_present=data["men_present"],
        parts=data["parts"], by=asked.by, at=asked.at,
    )  # fmt: skip
    return Done(gettext("The decision is recorded and adds up. An approver decides whether it stands."), url=row_address(ruling))


def _decide(asked: Asked, *, approve: bool) -> str:
    services.decide_ruling(ruling_id=asked.row.pk, approve=approve, reason=asked.data["reason"], by=asked.by, at=asked.at)
    return gettext("It stands: the receipt is shared by it.") if approve else gettext("It does not stand: the rule of the plan holds.")


def _waits(ruling: Ruling) -> bool:
    return bool(ruling.status == Ruling.Status.PROPOSED)


def _facts(ruling: Ruling) -> Iterator[Fact]:
    yield Fact(_("Receipt"), ruling.tranche)
    yield Fact(_("Step of the plan"), ruling.step)
    yield Fact(_("Who decided"), ruling.authority)
    yield Fact(_("Document"), f"{ruling.title} ({ruling.decided_on})", row_address(ruling.document))
    if ruling.kind == Ruling.Kind.MANUAL:
        counts = {"women": ruling.women_present or 0, "men": ruling.men_present or 0}
        yield Fact(_("Present"), gettext("%(women)s women, %(men)s men") % counts)
    if ruling.why:
        yield Fact(_("Why it departs from the rule"), ruling.why)
    for parts in ruling.parts.values():
        for code, text in parts.items():
            yield Fact(code, text)


@admin.register(Ruling)
class RulingAdmin(HouseAdmin):
    list_display = ("tranche", "step", "kind", "authority", "title", "decided_on", "shown_status", "made_by", "ruled_by")
    list_filter = ("status", "kind", ("project", admin.RelatedOnlyFieldListFilter))
    search_fields = ("tranche__code", "authority", "title")
    ordering = ("-id",)
    fields = (
        "tranche", "project", "kind", "step", "authority", "title", "document_link", "decided_on", "women_present", "men_present", "why", "status",
        "made_by", "made_at", "ruled_by", "ruled_at", "reason",
    )  # fmt: skip
    extra_lookups = ("tranche__id__exact",)
    empty_list_sentence = _("No decision about a step has been recorded: every receipt follows the rules of its plan.")
    new_acts = (
        Act(
            name="record", title=_("Record a decision"), roles=MAKERS, form=RulingForm, run=_record,
            explanation=_("The recipients' own division with its minutes, or a departure from a rule with its authority and reason. It must add up."),
        ),
    )  # fmt: skip
    acts = (
        Act(
            name="approve", title=_("Let it stand"), roles=CHECKERS, form=RemarkForm, run=lambda asked: _decide(asked, approve=True), possible=_waits,
            facts=_facts, maker=lambda ruling: ruling.made_by_id,
        ),
        Act(
            name="refuse", title=_("Refuse"), roles=CHECKERS, form=ReasonForm, run=lambda asked: _decide(asked, approve=False), possible=_waits,
            facts=_facts, maker=lambda ruling: ruling.made_by_id, is_refusal=True,
        ),
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[Ruling]:
        return super().get_queryset(request).select_related("tranche", "project", "document", "made_by", "ruled_by")  # type: ignore[no-any-return]

    @display(description=_("status"), label={"PROPOSED": "warning", "APPROVED": "success", "REFUSED": "danger"}, ordering="status")
    def shown_status(self, ruling: Ruling) -> tuple[str, str]:
        return ruling.status, ruling.get_status_display()

    @display(description=_("document's file"))
    def document_link(self, ruling: Ruling) -> str:
        return row_link(ruling.document)

    def made_of(self, row: Any) -> Iterable[tuple[Any, Iterable[Fact]]]:
        yield _("What was decided"), _facts(row)
