"""Our own bank accounts, and the changes of their numbers that two people make."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from core.acts import Act, Asked, Done, Fact
from core.admin import HouseAdmin, amount_cell, row_address
from core.money import Money
from core.people.access import MAKERS
from revenue.credits import services
from revenue.credits.admin.decisions import decision_acts
from revenue.credits.forms import AccountChangeForm
from revenue.credits.models import BankAccount, BankAccountChange
from revenue.credits.services.projects import check_code
from revenue.ledger import chart
from revenue.ledger.queries import balances


def _propose(asked: Asked) -> Done:
    change = services.propose_account_change(bank_account_id=asked.row.pk, by=asked.by, at=asked.at, **asked.data)
    return Done(gettext("The change of %(account)s waits for an approver.") % {"account": asked.row}, url=row_address(change))


def _decide(asked: Asked, *, approve: bool) -> str:
    change = services.decide_account_change(change_id=asked.row.pk, approve=approve, reason=asked.data["reason"], by=asked.by, at=asked.at)
    return gettext("%(account)s is changed.") % {"account": change.bank_account} if approve else gettext("Refused.")


def _facts(change: BankAccountChange) -> list[Fact]:
    return [
        Fact(_("Bank account"), change.bank_account, row_address(change.bank_account)),
        Fact(_("Until now"), f"{change.old_institution} {change.old_number}"),
        Fact(_("From now on"), f"{change.institution} {change.account_number}"),
        Fact(_("Why"), change.why),
        Fact(_("Proposed by"), change.proposed_by),
    ]


@admin.register(BankAccount)
class BankAccountAdmin(HouseAdmin):
    editors = MAKERS
    list_display = ("name", "institution", "account_number", "currency", "in_the_books")
    search_fields = ("code", "name", "account_number")
    ordering = ("name",)
    fields = ("code", "name", "institution", "account_number", "currency")
    acts = (
        Act(
            name="change", title=_("Change the bank or number"), roles=MAKERS, form=AccountChangeForm, run=_propose,
            initial=lambda account: {"institution": account.institution, "account_number": account.account_number},
            explanation=_("Nothing changes yet: another person approves it. Buyers pay into this account."),
        ),
    )  # fmt: skip

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        # The code is written into every ledger account of this bank; the number is changed by two people.
        return ("code", "currency", "institution", "account_number") if obj else ()

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change, **kwargs)
        if obj is None and "code" in form.base_fields:
            form.base_fields["code"].validators = [*form.base_fields["code"].validators, _check_code]
        return form

    @display(description=_("in the books"))
    def in_the_books(self, account: BankAccount) -> str:
        found = balances(grouped=["bank"], currency=account.currency, banks=[account.code], kinds=chart.AT_BANK)
        return amount_cell(found[0].amount_minor if found else 0, account.currency)

    def made_of(self, row: Any) -> Iterable[tuple[Any, Iterable[Fact]]]:
        held = balances(grouped=["kind"], currency=row.currency, banks=[row.code], kinds=chart.AT_BANK)
        yield (
            _("Changes of its number"),
            [
                Fact(
                    f"{one.institution} {one.account_number} · {one.get_status_display()}",
                    f"{one.proposed_by}, {one.proposed_at:%Y-%m-%d}",
                    row_address(one),
                )
                for one in row.changes.select_related("proposed_by").order_by("-id")
            ],
        )
        yield _("What lies there, by the books"), [Fact(chart.KIND_NAMES[one.key[0]], Money(one.amount_minor, row.currency)) for one in held]


def _check_code(code: str) -> None:
    from django.core.exceptions import ValidationError

    from core.refusal import Refused

    try:
        check_code(code=code)
    except Refused as refusal:
        raise ValidationError(str(refusal)) from refusal


@admin.register(BankAccountChange)
class BankAccountChangeAdmin(HouseAdmin):
    list_display = ("bank_account", "old_number", "account_number", "shown_status", "proposed_by", "proposed_at", "decided_by")
    list_filter = ("status", "bank_account")
    ordering = ("-id",)
    fields = (
        "bank_account", "status", "old_institution", "old_number", "institution", "account_number", "why", "proposed_by", "proposed_at", "decided_by",
        "decided_at", "reason",
    )  # fmt: skip
    empty_list_sentence = _("No number of our accounts has been changed.")
    acts = decision_acts(run=_decide, facts=_facts)

    def get_queryset(self, request: HttpRequest) -> QuerySet[BankAccountChange]:
        rows: QuerySet[BankAccountChange] = super().get_queryset(request)
        return rows.select_related("bank_account", "proposed_by", "decided_by")

    @display(description=_("status"), label={"PROPOSED": "warning", "APPROVED": "success", "REFUSED": "danger"}, ordering="status")
    def shown_status(self, change: BankAccountChange) -> tuple[str, str]:
        return change.status, change.get_status_display()
