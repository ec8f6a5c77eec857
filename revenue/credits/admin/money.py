"""Bank accounts and opening positions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from core import files
from core.acts import Act, Asked, Done, Fact
from core.admin import HouseAdmin, amount_cell, row_address, row_link
from core.money import Money
from core.people.access import MAKERS
from revenue.credits import queries, services
from revenue.credits.admin.decisions import decision_acts
from revenue.credits.forms import OpeningForm
from revenue.credits.models import OpeningPosition


def _propose(asked: Asked) -> Done:
    given = dict(asked.data)
    content, media_type, name = given.pop("document")
    document = files.store(data=content, media_type=media_type, original_name=name, by=asked.by, at=asked.at)
    project, bank, sale = given.pop("project"), given.pop("bank_account"), given.pop("sale")
    opening = services.propose_opening(
        project_id=project.pk, bank_account_id=bank.pk, sale_id=sale.pk if sale else None, document_id=document.pk,
        by=asked.by, at=asked.at, **given,
    )  # fmt: skip
    return Done(gettext("Opening position %(opening)s waits for an approver.") % {"opening": opening}, url=row_address(opening))


def _decide(asked: Asked, *, approve: bool) -> str:
    services.decide_opening(opening_id=asked.row.pk, approve=approve, reason=asked.data["reason"], by=asked.by, at=asked.at)
    return gettext("Opening position %(opening)s is approved.") % {"opening": asked.row} if approve else gettext("Refused.")


def _opening_facts(opening: OpeningPosition) -> list[Fact]:
    return [
        Fact(_("Project"), opening.project),
        Fact(_("Amount in the bank"), Money(opening.amount_minor, opening.currency)),
        Fact(_("Bank account"), opening.bank_account),
        Fact(_("As of"), opening.as_of),
        Fact(_("Document"), opening.document.original_name, row_address(opening.document)),
        Fact(_("Proposed by"), opening.proposed_by),
    ]


@admin.register(OpeningPosition)
class OpeningPositionAdmin(HouseAdmin):
    list_display = ("reference", "project", "bank_account", "as_of", "shown_status", "amount", "proposed_by", "decided_by")
    list_filter = ("status", "project", "bank_account")
    search_fields = ("reference", "project__name")
    ordering = ("-as_of", "-id")
    fields = (
        "reference", "status", "project", "sale", "bank_account", "as_of", "amount", "document_link", "proposed_by", "proposed_at",
        "decided_by", "decided_at", "reason",
    )  # fmt: skip
    empty_list_sentence = _("No opening position: the books begin with the first receipt.")
    new_acts = (
        Act(
            name="propose", title=_("Enter an opening position"), roles=MAKERS, form=OpeningForm, run=_propose,
            explanation=_("Money that was in the bank before these books began. Another person approves it."),
        ),
    )  # fmt: skip
    acts = decision_acts(run=_decide, facts=_opening_facts)

    @display(description=_("status"), label={"PROPOSED": "warning", "APPROVED": "success", "REFUSED": "danger"}, ordering="status")
    def shown_status(self, opening: OpeningPosition) -> tuple[str, str]:
        return opening.status, opening.get_status_display()

    @display(description=_("amount in the bank"), ordering="amount_minor")
    def amount(self, opening: OpeningPosition) -> str:
        return amount_cell(opening.amount_minor, opening.currency)

    @display(description=_("document"))
    def document_link(self, opening: OpeningPosition) -> str:
        return row_link(opening.document)

    def made_of(self, row: Any) -> Iterable[tuple[Any, Iterable[Fact]]]:
        if row.tranche_id:
            waiting = queries.unallocated_of_tranches(tranche_ids=[row.tranche_id])
            yield _("Where this money is now"), [Fact(_("Unallocated"), Money(waiting.get(row.tranche_id, 0), row.currency))]
