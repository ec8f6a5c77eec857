"""Interest, grants, co-funding and pre-financing: money that no sale brought."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet, Sum
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from core import files
from core.acts import Act, Asked, Done, Fact
from core.admin import HouseAdmin, amount_cell, row_address, row_link
from core.money import Money
from core.people.access import MAKERS
from revenue.credits import services
from revenue.credits.admin.decisions import decision_acts
from revenue.credits.forms import IncomeForm
from revenue.credits.models import OtherIncome
from revenue.ledger import chart
from revenue.ledger.queries import balances


def _propose(asked: Asked) -> Done:
    given = dict(asked.data)
    content, media_type, name = given.pop("document")
    document = files.store(data=content, media_type=media_type, original_name=name, by=asked.by, at=asked.at)
    project, bank = given.pop("project"), given.pop("bank_account")
    income = services.propose_income(project_id=project.pk, bank_account_id=bank.pk, document_id=document.pk, by=asked.by, at=asked.at, **given)
    return Done(gettext("%(income)s waits for an approver.") % {"income": income}, url=row_address(income))


def _decide(asked: Asked, *, approve: bool) -> str:
    income = services.decide_income(income_id=asked.row.pk, approve=approve, reason=asked.data["reason"], by=asked.by, at=asked.at)
    if not approve:
        return gettext("Refused.")
    return gettext("%(amount)s is received. Two people decide which pot it goes to.") % {"amount": Money(income.amount_minor, income.currency)}


def _facts(income: OtherIncome) -> list[Fact]:
    return [
        Fact(_("Kind"), income.get_kind_display()),
        Fact(_("Who gave it"), income.payer or income.bank_account.institution),
        Fact(_("Project"), income.project),
        Fact(_("Amount credited"), Money(income.amount_minor, income.currency)),
        Fact(_("Bank"), f"{income.bank_account} {income.bank_reference} · {income.value_date}"),
        Fact(_("Document"), income.document.original_name, row_address(income.document)),
        Fact(_("Proposed by"), income.proposed_by),
    ]


@admin.register(OtherIncome)
class OtherIncomeAdmin(HouseAdmin):
    list_display = ("reference", "value_date", "kind", "payer", "project", "bank_account", "shown_status", "amount")
    list_filter = ("status", "kind", "project", "bank_account")
    search_fields = ("reference", "bank_reference", "payer")
    date_hierarchy = "value_date"
    ordering = ("-value_date", "-id")
    fields = (
        "reference", "status", "kind", "payer", "project", "bank_account", "bank_reference", "value_date", "amount", "document_link", "tranche",
        "proposed_by", "proposed_at", "decided_by", "decided_at", "reason",
    )  # fmt: skip
    empty_list_sentence = _("No interest, grant or co-funding has been entered.")
    new_acts = (
        Act(
            name="propose", title=_("Enter other income"), roles=MAKERS, form=IncomeForm, run=_propose,
            explanation=_("Interest of a bank account, or what a donor paid into it. Another person approves it."),
        ),
    )  # fmt: skip
    acts = decision_acts(run=_decide, facts=_facts)
    export_columns = (
        (_("reference"), lambda income: income.reference),
        (_("value date"), lambda income: income.value_date),
        (_("kind"), lambda income: income.get_kind_display()),
        (_("who gave it"), lambda income: income.payer),
        (_("project"), lambda income: income.project.code),
        (_("bank account"), lambda income: income.bank_account.code),
        (_("bank reference"), lambda income: income.bank_reference),
        (_("status"), lambda income: income.get_status_display()),
        (_("currency"), lambda income: income.currency),
        (_("amount"), lambda income: Money(income.amount_minor, income.currency).major()),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[OtherIncome]:
        found: QuerySet[OtherIncome] = super().get_queryset(request)
        return found.select_related("project", "bank_account", "document", "tranche", "proposed_by", "decided_by")

    def list_totals(self, queryset: QuerySet[Any]) -> Iterable[Fact]:
        received = queryset.filter(status=OtherIncome.Status.APPROVED).order_by()
        for row in received.values("currency").annotate(sum=Sum("amount_minor")).order_by("currency"):
            yield Fact(_("Received"), Money(row["sum"], row["currency"]))

    @display(description=_("status"), label={"PROPOSED": "warning", "APPROVED": "success", "REFUSED": "danger"}, ordering="status")
    def shown_status(self, income: OtherIncome) -> tuple[str, str]:
        return income.status, income.get_status_display()

    @display(description=_("amount"), ordering="amount_minor")
    def amount(self, income: OtherIncome) -> str:
        return amount_cell(income.amount_minor, income.currency)

    @display(description=_("document"))
    def document_link(self, income: OtherIncome) -> str:
        return row_link(income.document)

    def made_of(self, row: Any) -> Iterable[tuple[Any, Iterable[Fact]]]:
        if row.tranche_id is None:
            return
        held = balances(grouped=["kind"], currency=row.currency, tranche_ids=[row.tranche_id])
        facts = [Fact(chart.KIND_NAMES[one.key[0]], Money(one.amount_minor, row.currency)) for one in held if one.key[0] not in chart.WORLD]
        yield _("Where the money of %(tranche)s is now") % {"tranche": row.tranche}, facts
