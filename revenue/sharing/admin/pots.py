"""Pots with what lies in them, and who shares in a project's plan."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django.contrib import admin
from django.db.models import BigIntegerField, OuterRef, QuerySet, Subquery, Sum, TextField, Value
from django.db.models.functions import Coalesce, Concat
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from core.acts import Act, Asked, Done, Fact
from core.admin import HouseAdmin, amount_cell, row_address, row_link
from core.money import Money
from core.people.access import MAKERS
from revenue.ledger import chart
from revenue.ledger.models import Balance
from revenue.sharing import services
from revenue.sharing.forms import BeneficiaryForm, EndForm
from revenue.sharing.models import Beneficiary, Pot
from revenue.sharing.queries import pot_balance


def _held(kind: str) -> Any:
    """What lies in places of a kind of each pot, as part of the list's own query."""
    code = Concat(OuterRef("project__code"), Value("/"), OuterRef("code"), output_field=TextField())
    found = Balance.objects.filter(account__kind=kind, account__pot=code).order_by().values("account__pot")
    return Coalesce(Subquery(found.annotate(sum=Sum("amount_minor")).values("sum"), output_field=BigIntegerField()), 0)


@admin.register(Pot)
class PotAdmin(HouseAdmin):
    list_display = ("title", "project", "purpose", "available", "promised", "withheld", "in_reserve")
    list_filter = ("purpose", ("project", admin.RelatedOnlyFieldListFilter))
    search_fields = ("title", "title_km", "code")
    ordering = ("project__name", "purpose", "code")
    fields = ("title", "title_km", "code", "project", "purpose", "draw", "deadline_days", "available", "promised", "withheld", "in_reserve")
    empty_list_sentence = _("Pots are opened when a plan is approved.")
    export_columns = (
        (_("project"), lambda pot: pot.project.code),
        (_("code"), lambda pot: pot.code),
        (_("title"), lambda pot: pot.title),
        (_("purpose"), lambda pot: pot.get_purpose_display()),
        (_("currency"), lambda pot: pot.project.currency),
        (_("available"), lambda pot: Money(pot.pot_minor, pot.project.currency).major()),
        (_("promised"), lambda pot: Money(pot.committed_minor, pot.project.currency).major()),
        (_("withheld"), lambda pot: Money(pot.withheld_minor, pot.project.currency).major()),
        (_("in reserve"), lambda pot: Money(pot.reserve_minor, pot.project.currency).major()),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Pot]:
        pots: QuerySet[Pot] = super().get_queryset(request).select_related("project")
        return pots.annotate(
            pot_minor=_held(chart.POT),
            committed_minor=_held(chart.COMMITTED),
            withheld_minor=_held(chart.WITHHELD),
            reserve_minor=_held(chart.RESERVE),
        )

    def list_totals(self, queryset: QuerySet[Any]) -> Iterable[Fact]:
        sums = queryset.order_by().values("project__currency")
        names = {"pot_minor": _("Available"), "committed_minor": _("Promised"), "withheld_minor": _("Withheld"), "reserve_minor": _("In reserve")}
        for row in sums.annotate(**{f"all_{name}": Sum(name) for name in names}).order_by("project__currency"):
            for name, title in names.items():
                yield Fact(title, Money(row[f"all_{name}"], row["project__currency"]))

    @display(description=_("available"), ordering="pot_minor")
    def available(self, pot: Any) -> str:
        return amount_cell(pot.pot_minor, pot.project.currency)

    @display(description=_("promised"), ordering="committed_minor")
    def promised(self, pot: Any) -> str:
        return amount_cell(pot.committed_minor, pot.project.currency)

    @display(description=_("withheld"), ordering="withheld_minor")
    def withheld(self, pot: Any) -> str:
        return amount_cell(pot.withheld_minor, pot.project.currency)

    @display(description=_("in reserve"), ordering="reserve_minor")
    def in_reserve(self, pot: Any) -> str:
        return amount_cell(pot.reserve_minor, pot.project.currency)

    def made_of(self, row: Any) -> Iterable[tuple[Any, Iterable[Fact]]]:
        yield _("What lies in it, by bank account and recipient"), _by_recipient(row)


def _by_recipient(pot: Pot) -> Iterator[Fact]:
    for one in pot_balance(pot):
        whose = one.recipient or gettext("not divided")
        parts = {
            gettext("%(amount)s available"): one.available,
            gettext("%(amount)s promised"): one.committed,
            gettext("%(amount)s withheld"): one.withheld,
            gettext("%(amount)s in reserve"): one.reserve,
        }
        said = " · ".join(words % {"amount": Money(amount, one.currency)} for words, amount in parts.items() if amount)
        yield Fact(f"{whose} ({one.bank_code})", said, row_address(one.recipient) if one.recipient else "")


def _add(asked: Asked) -> Done:
    given = asked.data
    beneficiary = services.add_beneficiary(
        project_id=given["project"].pk,
        recipient_id=given["recipient"].pk,
        group=given["group"],
        from_date=given["from_date"],
        by=asked.by,
        at=asked.at,
    )
    sentence = gettext("%(recipient)s shares as “%(group)s” from %(day)s.")
    return Done(sentence % {"recipient": beneficiary.recipient, "group": beneficiary.group, "day": beneficiary.from_date.isoformat()})


def _end(asked: Asked) -> str:
    ended = services.end_beneficiary(beneficiary_id=asked.row.pk, to_date=asked.data["to_date"], by=asked.by, at=asked.at)
    return gettext("%(recipient)s no longer shares from %(day)s.") % {"recipient": ended.recipient, "day": asked.data["to_date"].isoformat()}


@admin.register(Beneficiary)
class BeneficiaryAdmin(HouseAdmin):
    list_display = ("recipient_link", "project", "group", "from_date", "until")
    list_filter = (("project", admin.RelatedOnlyFieldListFilter), "group")
    search_fields = ("recipient__name", "recipient__name_km", "recipient__code", "group")
    ordering = ("project__name", "group", "recipient__name")
    fields = ("recipient_link", "project", "group", "from_date", "until")
    new_acts = (
        Act(
            name="add", title=_("Add a beneficiary"), roles=MAKERS, form=BeneficiaryForm, run=_add,
            explanation=_("Receipts of that day and later are shared with it, where the plan shares with its group."),
        ),
    )  # fmt: skip
    acts = (
        Act(
            name="end", title=_("End it"), roles=MAKERS, form=EndForm, run=_end, is_refusal=True, possible=lambda one: one.to_date is None,
            explanation=_("What was shared before stays as it is."),
        ),
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[Beneficiary]:
        return super().get_queryset(request).select_related("recipient", "project")  # type: ignore[no-any-return]

    @display(description=_("recipient"), ordering="recipient__name")
    def recipient_link(self, one: Beneficiary) -> str:
        return row_link(one.recipient)

    @display(description=_("until"), ordering="to_date")
    def until(self, one: Beneficiary) -> Any:
        return one.to_date or gettext("further notice")
