"""Interest and donors' money put into pots: the proposals, and who decided."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet, Sum
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from communities.registry.models import Recipient
from core.acts import Act, Asked, Done, Fact
from core.admin import HouseAdmin, amount_cell, row_address, row_link
from core.forms import AmountField
from core.money import Money, NotAnAmount, parse_amount
from core.people.access import MAKERS
from revenue.credits.admin.decisions import decision_acts
from revenue.credits.refusals import WrongValue
from revenue.sharing.models import Pot
from revenue.sharing.models.assignments import AssignedMoney
from revenue.sharing.queries import unallocated_by_bank
from revenue.sharing.services.assignments import ASSIGNED, decide_assignment, propose_assignment


class AssignmentForm(forms.Form):
    pot = forms.ModelChoiceField(
        Pot.objects.select_related("project").order_by("project__name", "code"), label=_("Pot"), error_messages={"required": _("Choose a pot.")}
    )
    recipient = forms.ModelChoiceField(
        Recipient.objects.filter(is_active=True).order_by("name"),
        label=_("For one recipient"),
        required=False,
        help_text=_("Only where the donor named one. Else it is for all who share the pot."),
    )
    amount = AmountField(label=_("Amount"))
    why = forms.CharField(label=_("Why this pot"), max_length=300, widget=forms.Textarea(attrs={"rows": 3}))


def _propose(asked: Asked) -> Done:
    given = asked.data
    try:
        amount = parse_amount(text=given["amount"], currency=asked.row.currency)
    except NotAnAmount as refusal:
        raise WrongValue(str(refusal), field="amount") from refusal
    assignment = propose_assignment(
        tranche_id=asked.row.pk, pot_id=given["pot"].pk, recipient_id=given["recipient"].pk if given["recipient"] else None,
        amount_minor=amount.minor, why=given["why"], by=asked.by, at=asked.at,
    )  # fmt: skip
    return Done(gettext("%(assignment)s waits for an approver.") % {"assignment": assignment}, url=row_address(assignment))


def _tranche_facts(tranche: Any) -> list[Fact]:
    there = sum(unallocated_by_bank(tranche_id=tranche.pk).values())
    return [Fact(_("Received on"), tranche.received_on), Fact(_("Unallocated"), Money(there, tranche.currency))]


# Offered on the page of money that waits to be allocated.
ASSIGN = Act(
    name="assign", title=_("Assign to a pot"), roles=MAKERS, form=AssignmentForm, run=_propose, facts=_tranche_facts,
    possible=lambda tranche: tranche.source in ASSIGNED,
    explanation=_("No plan shares interest or a donor's money: one person names the pot, another approves."),
)  # fmt: skip


def _decide(asked: Asked, *, approve: bool) -> str:
    made = decide_assignment(assignment_id=asked.row.pk, approve=approve, reason=asked.data["reason"], by=asked.by, at=asked.at)
    if not approve:
        return gettext("Refused.")
    return gettext("%(amount)s is in “%(pot)s”.") % {"amount": Money(made.amount_minor, made.currency), "pot": made.pot}


def _facts(assignment: AssignedMoney) -> list[Fact]:
    return [
        *_tranche_facts(assignment.tranche),
        Fact(_("From"), f"{assignment.tranche} · {assignment.tranche.source}"),
        Fact(_("Amount"), Money(assignment.amount_minor, assignment.currency)),
        Fact(_("Pot"), f"{assignment.pot.project} · {assignment.pot}", row_address(assignment.pot)),
        Fact(_("For one recipient"), assignment.recipient or "—"),
        Fact(_("Why"), assignment.why),
        Fact(_("Proposed by"), assignment.proposed_by),
    ]


@admin.register(AssignedMoney)
class AssignedMoneyAdmin(HouseAdmin):
    list_display = ("reference", "tranche", "pot_link", "recipient", "shown_status", "amount", "proposed_by", "decided_by")
    list_filter = ("status", ("pot__project", admin.RelatedOnlyFieldListFilter))
    search_fields = ("reference", "tranche__code", "pot__code")
    ordering = ("-id",)
    fields = (
        "reference", "status", "tranche", "pot_link", "recipient", "amount", "why", "proposed_by", "proposed_at", "decided_by", "decided_at", "reason",
    )  # fmt: skip
    empty_list_sentence = _("No interest or donor money has been assigned to a pot.")
    acts = decision_acts(run=_decide, facts=_facts)

    def get_queryset(self, request: HttpRequest) -> QuerySet[AssignedMoney]:
        found: QuerySet[AssignedMoney] = super().get_queryset(request)
        return found.select_related("tranche", "pot__project", "recipient", "proposed_by", "decided_by")

    def list_totals(self, queryset: QuerySet[Any]) -> Iterable[Fact]:
        done = queryset.filter(status=AssignedMoney.Status.APPROVED).order_by()
        for row in done.values("currency").annotate(sum=Sum("amount_minor")).order_by("currency"):
            yield Fact(_("Assigned"), Money(row["sum"], row["currency"]))

    @display(description=_("pot"))
    def pot_link(self, assignment: AssignedMoney) -> str:
        return row_link(assignment.pot)

    @display(description=_("status"), label={"PROPOSED": "warning", "APPROVED": "success", "REFUSED": "danger"}, ordering="status")
    def shown_status(self, assignment: AssignedMoney) -> tuple[str, str]:
        return assignment.status, assignment.get_status_display()

    @display(description=_("amount"), ordering="amount_minor")
    def amount(self, assignment: AssignedMoney) -> str:
        return amount_cell(assignment.amount_minor, assignment.currency)
