"""What is missing and who bears it: the list of shortfalls and exchange losses, the coverings to decide, and closed last cents."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any
from uuid import uuid4

from django.contrib import admin
from django.db.models import QuerySet, Sum
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from core import clock, files
from core.acts import Act, Asked, Done, Fact
from core.admin import HouseAdmin, amount_cell, row_address, row_link
from core.forms import ReasonForm
from core.money import Money
from core.people.access import CHECKERS, MAKERS
from revenue.disbursements import queries, services
from revenue.disbursements.forms import cover_form, minor, said_bearer, said_place
from revenue.disbursements.models import Covering, LotClosing, Uncovered
from revenue.disbursements.queries import Gap
from revenue.ledger import chart


def _ask(asked: Asked) -> Done:
    given = asked.data
    gap_id, source_id = (int(number) for number in given["cover"].split(":"))
    content, media_type, name = given["document"]
    paper = files.store(data=content, media_type=media_type, original_name=name, by=asked.by, at=asked.at)
    covering = services.propose_covering(
        client_key=given["client_key"], tranche_id=asked.row.pk, gap_id=gap_id, source_id=source_id, why=given["why"], document_id=paper.pk,
        amount_minor=minor(text=given["amount"], currency=asked.row.currency, field="amount"), by=asked.by, at=asked.at,
    )  # fmt: skip
    return Done(gettext("%(covering)s waits for an approver.") % {"covering": covering.reference}, url=row_address(covering))


def _approve(asked: Asked) -> str:
    covering = services.approve_covering(covering_id=asked.row.pk, by=asked.by, at=asked.at)
    return gettext("%(amount)s is covered.") % {"amount": Money(covering.amount_minor, covering.currency)}


def _refuse(asked: Asked) -> str:
    covering = services.refuse_covering(covering_id=asked.row.pk, reason=asked.data["reason"], by=asked.by, at=asked.at)
    return gettext("%(reference)s is refused: it stays missing.") % {"reference": covering.reference}


def _undo(asked: Asked) -> str:
    covering = services.undo_covering(covering_id=asked.row.pk, reason=asked.data["reason"], by=asked.by, at=asked.at)
    return gettext("%(reference)s is undone: what it covered is missing again.") % {"reference": covering.reference}


def _stands(covering: Covering) -> bool:
    return covering.status == Covering.Status.APPROVED and queries.undone_by(covering) is None


def _age(gap: Gap) -> str:
    return gettext("since %(day)s: %(days)s days") % {"day": gap.since, "days": gap.days(clock.today())}


def _missing_facts(tranche: Uncovered) -> Iterator[Fact]:
    for gap in queries.gaps(tranche_ids=[tranche.pk]):
        yield Fact(said_place(gap.place), f"{Money(gap.amount_minor, gap.place.currency)} · {_age(gap)}")


def _bearer_facts(tranche: Uncovered) -> Iterator[Fact]:
    for gap in queries.gaps(tranche_ids=[tranche.pk]):
        found = queries.bearers(gap)
        for bearer in found:
            yield Fact(said_place(bearer.place), said_bearer(gap, bearer))
        if not found:
            yield Fact(said_place(gap.place), _("Nothing at this bank can bear it now. Allocate or release money there, or move it there first."))


def _decision_facts(covering: Covering) -> Iterator[Fact]:
    yield Fact(_("Receipt that is short"), covering.tranche)
    yield Fact(_("What is missing"), said_place(covering.gap.place))
    yield Fact(_("Borne by"), said_place(covering.source.place))
    yield Fact(_("Amount"), Money(covering.amount_minor, covering.currency))
    gap = queries.gap_of(account_id=covering.gap_id, tranche_id=covering.tranche_id)
    if covering.status == Covering.Status.PROPOSED:
        yield Fact(_("Missing now"), f"{Money(gap.amount_minor, covering.currency)} · {_age(gap)}" if gap else _("nothing any more"))
        for bearer in queries.bearers(gap) if gap else ():
            if bearer.account_id == covering.source_id:
                yield Fact(_("It can bear now"), Money(bearer.amount_minor, covering.currency))
    yield Fact(_("Why"), covering.why)
    yield Fact(_("Paper of the decision"), covering.document.original_name, row_address(covering.document))
    yield Fact(_("Asked for by"), f"{covering.proposed_by}, {covering.proposed_at:%Y-%m-%d}")
    undone = queries.undone_by(covering)
    if undone is not None:
        yield Fact(_("Undone"), str(undone.day), row_address(undone))


def _is_open(covering: Covering) -> bool:
    return covering.status == Covering.Status.PROPOSED


@admin.register(Uncovered)
class UncoveredAdmin(HouseAdmin):
    """The queue: receipts in which something is missing, what it is, how old, and what may bear it."""

    list_display = ("code", "received_on", "what_is_missing", "age", "asked")
    list_display_links = ("code",)
    search_fields = ("code",)
    ordering = ("received_on", "id")
    fields = ("code", "received_on", "what_is_missing", "age")
    empty_list_sentence = _("Nothing is missing: no shortfall, no exchange loss.")
    acts = (
        Act(
            name="cover", title=_("Ask to cover it"), roles=MAKERS, form_of=cover_form, run=_ask, facts=_missing_facts,
            possible=lambda tranche: bool(queries.gaps(tranche_ids=[tranche.pk])), initial=lambda _row: {"client_key": uuid4()},
            explanation=_("Nothing moves yet: an approver decides. What another receipt pays in this one's place is traced to that receipt."),
        ),
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[Uncovered]:
        rows: QuerySet[Uncovered] = super().get_queryset(request)
        return rows.filter(id__in={gap.tranche_id for gap in queries.gaps()})

    def list_totals(self, queryset: QuerySet[Any]) -> Iterable[Fact]:
        sums: dict[tuple[str, str], int] = {}
        for gap in queries.gaps(tranche_ids=queryset.values_list("id", flat=True)):
            key = (gap.place.kind, gap.place.currency)
            sums[key] = sums.get(key, 0) + gap.amount_minor
        for (kind, currency), amount in sorted(sums.items(), reverse=True):
            yield Fact(chart.KIND_NAMES[kind], Money(amount, currency))

    @display(description=_("what is missing"))
    def what_is_missing(self, row: Uncovered) -> str:
        found = queries.gaps(tranche_ids=[row.pk])
        return format_html_join("; ", "{} {}", ((chart.KIND_NAMES[gap.place.kind], Money(gap.amount_minor, gap.place.currency)) for gap in found))

    @display(description=_("age in days"))
    def age(self, row: Uncovered) -> str:
        found = queries.gaps(tranche_ids=[row.pk])
        return str(max(gap.days(clock.today()) for gap in found)) if found else "—"

    @display(description=_("asked for"))
    def asked(self, row: Uncovered) -> str:
        waiting = row.coverings.filter(status=Covering.Status.PROPOSED).first()
        return row_link(waiting) if waiting else "—"

    def made_of(self, row: Any) -> Iterable[tuple[Any, Iterable[Fact]]]:
        yield _("What is missing"), _missing_facts(row)
        yield _("What may bear it"), _bearer_facts(row)
        yield (
            _("Coverings"),
            [
                Fact(f"{one.reference} · {one.get_status_display()}", Money(one.amount_minor, one.currency), row_address(one))
                for one in row.coverings.order_by("id")
            ],
        )


@admin.register(Covering)
class CoveringAdmin(HouseAdmin):
    list_display = ("reference", "kind", "tranche", "amount", "shown_status", "proposed_by", "decided_by")
    list_filter = ("status", "kind")
    search_fields = ("reference", "tranche__code", "why")
    ordering = ("-id",)
    fields = (
        "reference", "status", "kind", "tranche", "missing_in", "borne_by", "amount", "why", "paper", "proposed_by", "proposed_at", "decided_by",
        "decided_at", "reason",
    )  # fmt: skip
    empty_list_sentence = _("Nothing has been covered yet.")
    acts = (
        Act(
            name="approve", title=_("Approve"), roles=CHECKERS, run=_approve, facts=_decision_facts, possible=_is_open,
            maker=lambda covering: covering.proposed_by_id,
            explanation=_("Approving posts it: first what the same receipt has, then other receipts, which pay in its place from now on."),
        ),
        Act(
            name="refuse", title=_("Refuse"), roles=CHECKERS, form=ReasonForm, run=_refuse, facts=_decision_facts, possible=_is_open,
            maker=lambda covering: covering.proposed_by_id, is_refusal=True,
        ),
        Act(
            name="undo", title=_("Undo"), roles=CHECKERS, form=ReasonForm, run=_undo, facts=_decision_facts, possible=_stands,
            maker=lambda covering: covering.proposed_by_id, is_refusal=True,
            explanation=_("Its entries are reversed whole, once. What it covered is missing again, until something else bears it."),
        ),
    )  # fmt: skip
    export_columns = (
        (_("reference"), lambda row: row.reference),
        (_("status"), lambda row: row.get_status_display()),
        (_("kind"), lambda row: row.get_kind_display()),
        (_("receipt that is short"), lambda row: row.tranche.code),
        (_("borne by"), lambda row: row.source.code),
        (_("currency"), lambda row: row.currency),
        (_("amount"), lambda row: Money(row.amount_minor, row.currency).major()),
        (_("why"), lambda row: row.why),
        (_("proposed at"), lambda row: clock.day_of(row.proposed_at)),
        (_("decided at"), lambda row: clock.day_of(row.decided_at) if row.decided_at else ""),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Covering]:
        rows: QuerySet[Covering] = super().get_queryset(request)
        return rows.select_related("tranche", "gap", "source", "document", "proposed_by", "decided_by", "cover_entry", "refund_entry")

    def list_totals(self, queryset: QuerySet[Any]) -> Iterable[Fact]:
        sums = queryset.order_by().values("status", "currency").annotate(sum=Sum("amount_minor")).order_by("status", "currency")
        names = dict(Covering.Status.choices)
        return [Fact(names[row["status"]], Money(row["sum"], row["currency"])) for row in sums]

    @display(description=_("amount"), ordering="amount_minor")
    def amount(self, row: Covering) -> str:
        return amount_cell(row.amount_minor, row.currency)

    @display(description=_("what is missing"))
    def missing_in(self, row: Covering) -> str:
        return said_place(row.gap.place)

    @display(description=_("borne by"))
    def borne_by(self, row: Covering) -> str:
        return said_place(row.source.place)

    @display(description=_("decision paper"))
    def paper(self, row: Covering) -> str:
        return row_link(row.document, row.document.original_name)

    @display(description=_("status"), label={"PROPOSED": "warning", "APPROVED": "success", "REFUSED": "danger"}, ordering="status")
    def shown_status(self, row: Covering) -> tuple[str, str]:
        return row.status, row.get_status_display()

    def made_of(self, row: Any) -> Iterable[tuple[Any, Iterable[Fact]]]:
        yield _("The decision"), _decision_facts(row)
        entries = [entry for entry in (row.cover_entry, row.refund_entry) if entry is not None]
        yield (
            _("What was posted"),
            [
                Fact(f"{posting.get_event_display()} · {posting.tranche}", _moved(posting), row_address(entry))
                for entry in entries
                for posting in entry.postings.select_related("tranche", "debit", "credit").order_by("line")
            ],
        )


def _moved(posting: Any) -> str:
    amount = Money(posting.amount_minor, posting.currency)
    return f"{amount}: {said_place(posting.credit.place)} → {said_place(posting.debit.place)}"


@admin.register(LotClosing)
class LotClosingAdmin(HouseAdmin):
    list_display = ("closed_on", "disbursement_link", "amount", "with_recipient", "reason", "closed_by")
    ordering = ("-closed_on", "-id")
    fields = ("disbursement_link", "closed_on", "amount", "with_recipient", "reason", "closed_by", "recorded_at")
    empty_list_sentence = _("No last cents have been closed.")

    def get_queryset(self, request: HttpRequest) -> QuerySet[LotClosing]:
        rows: QuerySet[LotClosing] = super().get_queryset(request)
        return rows.select_related("disbursement", "closed_by")

    @display(description=_("disbursement"))
    def disbursement_link(self, row: LotClosing) -> str:
        return row_link(row.disbursement)

    @display(description=_("amount on the books"), ordering="amount_minor")
    def amount(self, row: LotClosing) -> str:
        return amount_cell(row.amount_minor, row.currency)

    @display(description=_("amount with the recipient"), ordering="local_minor")
    def with_recipient(self, row: LotClosing) -> str:
        return amount_cell(row.local_minor, row.local_currency)
