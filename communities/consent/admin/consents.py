"""What communities said about plans, in the office; and the money that is held back when they do not consent."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import uuid4

from django.contrib import admin
from django.db.models import QuerySet, Sum
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from communities.consent import services
from communities.consent.forms import ConfirmForm, ConsentForm, RejectForm
from communities.consent.models import Consent, Withholding
from communities.consent.queries import standing_consents, unpaid_after_consent
from communities.consent.queries.unpaid import Unpaid
from core.acts import Act, Asked, Done, Fact
from core.admin import HouseAdmin, amount_cell, row_address, row_link
from core.clock import day_of
from core.forms import ReasonForm
from core.money import Money
from core.people.access import CHECKERS, MAKERS, OFFICERS
from revenue.ledger.queries import first_open_day
from revenue.sharing.models import Pot

Kind, Status = Consent.Kind, Consent.Status


def _record(asked: Asked) -> Done:
    given = dict(asked.data)
    recipient, version = given.pop("recipient"), given.pop("plan_version")
    said = services.record_consent(recipient_id=recipient.pk, plan_version_id=version.pk, by=asked.by, at=asked.at, **given)
    sentence = (
        gettext("Recorded. It counts when another person has confirmed it.")
        if said.kind == Kind.GIVEN
        else gettext("Recorded. It counts from now on; another person is to confirm it.")
    )
    return Done(sentence, url=row_address(said))


def _decide(asked: Asked, *, confirm: bool) -> str:
    services.decide_consent(consent_id=asked.row.pk, confirm=confirm, remark=asked.data["remark"], by=asked.by, at=asked.at)
    return gettext("Confirmed.") if confirm else gettext("Set aside as not right. What the community said before counts again.")


def _withhold(asked: Asked) -> Done:
    day = first_open_day(happened_on=day_of(asked.at))
    held = services.withhold_unpaid(consent_id=asked.row.pk, by=asked.by, at=asked.at, day=day)
    sentence = gettext("%(amount)s is withheld from %(recipient)s.")
    return Done(sentence % {"amount": Money(held.amount_minor, held.currency), "recipient": asked.row.recipient}, url=row_address(held))


def _release(asked: Asked) -> str:
    day = first_open_day(happened_on=day_of(asked.at))
    held = services.release_withholding(withholding_id=asked.row.pk, reason=asked.data["reason"], by=asked.by, at=asked.at, day=day)
    return gettext("%(amount)s may be paid again.") % {"amount": Money(held.amount_minor, held.currency)}


def document_link(said: Consent) -> str:
    """Link to the minutes or photo behind what was said."""
    if said.document is None:
        return "—"
    return format_html(
        '<a class="text-primary-600 dark:text-primary-500 underline" href="{}">{}</a>',
        reverse("consent:document", args=[said.pk]),
        said.document.original_name,
    )


def _said_facts(said: Consent) -> list[Fact]:
    came = gettext("%(women)s women, %(men)s men") % {"women": said.women, "men": said.men}
    return [
        Fact(_("Community"), said.recipient, row_address(said.recipient)),
        Fact(_("Benefit-sharing plan"), said.plan_version, row_address(said.plan_version)),
        Fact(_("Community's answer"), f"{said.get_kind_display()} · {said.happened_on}"),
        Fact(_("Who said it"), " · ".join(filter(None, (said.said_by, came if said.women + said.men else "", said.spoken_language)))),
        *([Fact(_("Reason"), said.reason)] if said.reason else []),
        Fact(_("Document"), document_link(said)),
        Fact(_("Entered by"), said.entered_by),
    ]


def _unpaid(said: Consent) -> Unpaid | None:
    return next(iter(unpaid_after_consent(consent_ids=[said.pk])), None) if said.kind in Consent.AGAINST else None


def _title(pot: Pot) -> str:
    return pot.title_km if pot.title_km and get_language() == "km" else str(pot)


def _unpaid_facts(said: Consent) -> list[Fact]:
    """Return what of the money is unpaid, pot by pot, and what is promised to disbursements."""
    found = _unpaid(said)
    if found is None:
        return []
    pots = {pot.ledger_code: pot for pot in Pot.objects.filter(project=said.plan_version.project).select_related("project")}
    sums: dict[tuple[str, str], int] = {}
    for part in found.in_pots:
        sums[part.pot, part.currency] = sums.get((part.pot, part.currency), 0) + part.amount_minor
    facts = [Fact(_title(pots[pot]), Money(amount, currency), row_address(pots[pot])) for (pot, currency), amount in sorted(sums.items())]
    promised: dict[str, int] = {}
    for currency, _lot, amount in found.promised:
        promised[currency] = promised.get(currency, 0) + amount
    address = reverse("admin:disbursements_disbursement_changelist") + f"?q={said.recipient.code}&status__exact=APPROVED"
    return [*facts, *(Fact(_("Approved disbursements, to be cancelled first"), Money(amount, code), address) for code, amount in promised.items())]


class LastWordFilter(admin.SimpleListFilter):
    """Whether this is what the community said last about the plan, and whether money of it is unpaid."""

    title = _("counts now")
    parameter_name = "counts"

    def lookups(self, request: Any, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", _("the last word")), ("unpaid", _("no consent, and money is not paid yet"))]

    def queryset(self, request: Any, queryset: QuerySet[Consent]) -> QuerySet[Consent]:
        if self.value() == "yes":
            return queryset.filter(pk__in=[one.pk for one in standing_consents()])
        if self.value() == "unpaid":
            return queryset.filter(pk__in=[one.consent.pk for one in unpaid_after_consent()])
        return queryset


@admin.register(Consent)
class ConsentAdmin(HouseAdmin):
    list_display = ("happened_on", "recipient_link", "plan_link", "shown_kind", "shown_status", "said_by", "came", "decided_by")
    list_display_links = ("happened_on",)
    list_filter = ("kind", "status", LastWordFilter, ("plan_version__project", admin.RelatedOnlyFieldListFilter), "recipient__province")
    search_fields = ("recipient__code", "recipient__name", "recipient__name_km", "said_by", "reason")
    date_hierarchy = "happened_on"
    ordering = ("-happened_on", "-id")
    fields = (
        "recipient_link", "plan_link", "kind", "happened_on", "said_by", "women", "men", "spoken_language", "reason", "document_file", "status",
        "entered_by", "entered_at", "decided_by", "decided_at", "remark",
    )  # fmt: skip
    extra_lookups = ("recipient__id__exact", "plan_version__id__exact")
    empty_list_sentence = _("No community's consent is recorded yet. Record what a community said about its benefit-sharing plan.")
    new_acts = (
        Act(
            name="record", title=_("Record what a community said"), roles=MAKERS, form=ConsentForm, run=_record,
            initial=lambda _row: {"client_key": uuid4()},
            explanation=_("Consent given, refused or withdrawn. Another person confirms it; nothing is ever edited."),
        ),
    )  # fmt: skip
    acts = (
        Act(
            name="confirm", title=_("Confirm"), roles=OFFICERS, form=ConfirmForm, run=lambda asked: _decide(asked, confirm=True),
            possible=lambda said: said.status == Status.ENTERED, maker=lambda said: said.entered_by_id, facts=_said_facts,
            explanation=_("Compare it with the document before you confirm it."),
        ),
        Act(
            name="reject", title=_("Not right"), roles=OFFICERS, form=RejectForm, run=lambda asked: _decide(asked, confirm=False),
            possible=lambda said: said.status == Status.ENTERED, maker=lambda said: said.entered_by_id, facts=_said_facts, is_refusal=True,
        ),
        Act(
            name="withhold", title=_("Withhold what is not paid"), roles=MAKERS, run=_withhold, facts=_unpaid_facts, is_refusal=True,
            possible=lambda said: bool(found.in_pots) if (found := _unpaid(said)) else False,
            explanation=_("The money stays at the bank and with its sale. An approver releases it once the community consents again."),
        ),
    )  # fmt: skip
    export_columns = (
        (_("said on"), lambda said: said.happened_on),
        (_("recipient"), lambda said: said.recipient.code),
        (_("plan version"), lambda said: said.plan_version),
        (_("community's answer"), lambda said: said.get_kind_display()),
        (_("status"), lambda said: said.get_status_display()),
        (_("who said it"), lambda said: said.said_by),
        (_("women at the meeting"), lambda said: said.women),
        (_("men at the meeting"), lambda said: said.men),
        (_("language of the meeting"), lambda said: said.spoken_language),
        (_("reason given"), lambda said: said.reason),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Consent]:
        said: QuerySet[Consent] = super().get_queryset(request)
        return said.select_related("recipient", "plan_version__project", "document", "entered_by", "decided_by")

    def list_totals(self, queryset: QuerySet[Any]) -> Iterable[Fact]:
        there = set(queryset.order_by().values_list("pk", flat=True))
        kinds = [one.kind for one in standing_consents() if one.pk in there]
        for kind in Kind:
            if kinds.count(kind):
                yield Fact(_("Last word: %(kind)s") % {"kind": kind.label}, kinds.count(kind))

    def made_of(self, row: Any) -> Iterable[tuple[Any, Iterable[Fact]]]:
        unpaid = _unpaid_facts(row)
        if unpaid:
            yield _("Not paid yet, without consent"), unpaid
        held = row.withholdings.order_by("-id")
        if held:
            yield _("Withheld"), [Fact(str(day_of(one.withheld_at)), Money(one.amount_minor, one.currency), row_address(one)) for one in held]
        others = Consent.objects.filter(recipient=row.recipient_id, plan_version=row.plan_version_id).exclude(pk=row.pk)
        said = others.order_by("-happened_on", "-id")
        yield (
            _("What else the community said about this plan"),
            [Fact(str(one.happened_on), f"{one.get_kind_display()} · {one.get_status_display()}", row_address(one)) for one in said],
        )

    @display(description=_("recipient"), ordering="recipient__name")
    def recipient_link(self, said: Consent) -> str:
        return row_link(said.recipient)

    @display(description=_("plan version"))
    def plan_link(self, said: Consent) -> str:
        return row_link(said.plan_version)

    @display(description=_("community's answer"), label={"GIVEN": "success", "REFUSED": "danger", "WITHDRAWN": "danger"}, ordering="kind")
    def shown_kind(self, said: Consent) -> tuple[str, str]:
        return said.kind, said.get_kind_display()

    @display(description=_("status"), label={"ENTERED": "warning", "CONFIRMED": "success", "REJECTED": "info"}, ordering="status")
    def shown_status(self, said: Consent) -> tuple[str, str]:
        return said.status, said.get_status_display()

    @display(description=_("women / men"))
    def came(self, said: Consent) -> str:
        return f"{said.women} / {said.men}"

    @display(description=_("minutes or photo"))
    def document_file(self, said: Consent) -> str:
        return document_link(said)


@admin.register(Withholding)
class WithholdingAdmin(HouseAdmin):
    list_display = ("withheld_at", "recipient_link", "consent_link", "amount", "shown_state", "withheld_by", "released_by")
    list_display_links = ("withheld_at",)
    list_filter = (("release_entry", admin.EmptyFieldListFilter), ("consent__plan_version__project", admin.RelatedOnlyFieldListFilter))
    search_fields = ("consent__recipient__name", "consent__recipient__code")
    ordering = ("-withheld_at", "-id")
    fields = ("recipient_link", "consent_link", "amount", "withheld_by", "withheld_at", "released_by", "released_at", "release_reason")
    empty_list_sentence = _("Nothing is withheld for want of consent. It is done on the page of a consent that was refused or withdrawn.")
    acts = (
        Act(
            name="release", title=_("Release"), roles=CHECKERS, form=ReasonForm, run=_release, maker=lambda held: held.withheld_by_id,
            possible=lambda held: held.release_entry_id is None,
            facts=lambda held: [Fact(_("Community"), held.consent.recipient), Fact(_("Withheld"), Money(held.amount_minor, held.currency))],
            explanation=_("Possible once the community's consent, to this version or a later one, is recorded and confirmed."),
        ),
    )  # fmt: skip
    export_columns = (
        (_("withheld at"), lambda held: held.withheld_at.isoformat()),
        (_("recipient"), lambda held: held.consent.recipient.code),
        (_("plan version"), lambda held: held.consent.plan_version),
        (_("currency"), lambda held: held.currency),
        (_("amount"), lambda held: Money(held.amount_minor, held.currency).major()),
        (_("released at"), lambda held: held.released_at.isoformat() if held.released_at else ""),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Withholding]:
        held: QuerySet[Withholding] = super().get_queryset(request)
        return held.select_related("consent__recipient", "consent__plan_version__project", "withheld_by", "released_by")

    def list_totals(self, queryset: QuerySet[Any]) -> Iterable[Fact]:
        still = queryset.filter(release_entry=None).order_by()
        for row in still.values("currency").annotate(sum=Sum("amount_minor")).order_by("currency"):
            yield Fact(_("Still withheld"), Money(row["sum"], row["currency"]))

    def made_of(self, row: Any) -> Iterable[tuple[Any, Iterable[Fact]]]:
        moved = row.entry.postings.select_related("credit", "tranche").order_by("line")
        yield _("From"), [Fact(f"{one.credit.pot} · {one.tranche.code}", Money(one.amount_minor, one.currency), row_address(one)) for one in moved]

    @display(description=_("recipient"), ordering="consent__recipient__name")
    def recipient_link(self, held: Withholding) -> str:
        return row_link(held.consent.recipient)

    @display(description=_("because of"))
    def consent_link(self, held: Withholding) -> str:
        return row_link(held.consent, f"{held.consent.get_kind_display()} · {held.consent.happened_on}")

    @display(description=_("amount"), ordering="amount_minor")
    def amount(self, held: Withholding) -> str:
        return amount_cell(held.amount_minor, held.currency)

    @display(description=_("status"), label={"withheld": "warning", "released": "success"})
    def shown_state(self, held: Withholding) -> tuple[str, str]:
        return ("released", gettext("released")) if held.release_entry_id else ("withheld", gettext("withheld"))
