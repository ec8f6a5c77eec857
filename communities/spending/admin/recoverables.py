"""The office pages of money to be repaid: what is owed, since when, why, and what became of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Count, QuerySet, Sum
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_safe

from communities.spending.admin.acts import AGREE, ALLOW, ASK_BACK, DECLINE, REPAID, TAKE_BACK, WRITE_OFF
from communities.spending.admin.shared import Title, plain_amount
from communities.spending.amounts import shown
from communities.spending.models import Recoverable, Settlement
from core import clock, files
from core.acts import Fact
from core.admin import HouseAdmin, amount_cell, row_address
from core.money import Money


class Standing(admin.SimpleListFilter):
    title = gettext_lazy("standing")
    parameter_name = "standing"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("open", gettext_lazy("still owed")),
            ("waits", gettext_lazy("waits for an approver")),
            ("settled", gettext_lazy("settled")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Recoverable]) -> QuerySet[Recoverable]:
        waits = Settlement.objects.filter(status=Settlement.Status.PROPOSED).values("recoverable_id")
        wanted: dict[str | None, QuerySet[Recoverable]] = {
            "open": queryset.filter(left_local_minor__gt=0),
            "waits": queryset.filter(pk__in=waits),
            "settled": queryset.filter(left_local_minor=0),
        }
        return wanted.get(self.value(), queryset)


def age(row: Recoverable) -> int:
    """Return for how many days the money has been owed."""
    return (clock.today() - row.made_on).days


@admin.register(Recoverable)
class RecoverableAdmin(HouseAdmin):
    list_display = ("reference", "recipient", "origin", "owed", "left", "left_on_books", "made_on", "days")
    list_filter = (Standing, "origin", "purpose", "currency")
    list_select_related = ("recipient",)
    search_fields = ("reference", "reason", "recipient__name", "recipient__code", "spending__reference", "disbursement__reference")
    date_hierarchy = "made_on"
    ordering = ("made_on", "id")
    extra_lookups = ("recipient__id__exact", "spending__id__exact", "disbursement__id__exact")
    empty_list_sentence = gettext_lazy("Nothing is to be repaid, or nothing matches the filters.")
    fields = (
        ("reference", "origin"), "recipient", "purpose", "spending", "disbursement", "category", "reason", ("owed", "on_books"), ("left", "left_on_books"),
        ("made_by", "made_on"), "days", "entry",
    )  # fmt: skip
    readonly_fields = ("owed", "on_books", "left", "left_on_books", "days")
    acts = (REPAID, WRITE_OFF, ALLOW, AGREE, DECLINE)
    new_acts = (ASK_BACK,)
    export_columns: ClassVar[Any] = (
        (gettext_lazy("reference"), lambda row: row.reference),
        (gettext_lazy("recipient"), lambda row: row.recipient.code),
        (gettext_lazy("how it came about"), lambda row: row.origin),
        (gettext_lazy("purpose"), lambda row: row.purpose),
        (gettext_lazy("since"), lambda row: row.made_on.isoformat()),
        (gettext_lazy("days"), age),
        (gettext_lazy("currency"), lambda row: row.local_currency),
        (gettext_lazy("amount"), lambda row: plain_amount(row.local_minor, row.local_currency)),
        (gettext_lazy("still owed"), lambda row: plain_amount(row.left_local_minor, row.local_currency)),
        (gettext_lazy("currency of the books"), lambda row: row.currency),
        (gettext_lazy("amount on the books"), lambda row: plain_amount(row.amount_minor, row.currency)),
        (gettext_lazy("still owed on the books"), lambda row: plain_amount(row.left_minor, row.currency)),
        (gettext_lazy("reason"), lambda row: row.reason),
    )

    def list_totals(self, queryset: QuerySet[Any]) -> Iterable[Fact]:
        rows = Recoverable.objects.filter(pk__in=queryset.order_by().values("pk")).order_by()
        for row in rows.values("currency").annotate(number=Count("pk"), amount=Sum("amount_minor"), left=Sum("left_minor")).order_by("currency"):
            told = _("%(left)s of %(amount)s is still owed") % {name: Money(row[name], row["currency"]) for name in ("left", "amount")}
            yield Fact(_("Total in %(currency)s") % {"currency": row["currency"]}, told)

    @admin.display(description=gettext_lazy("amount"), ordering="local_minor")
    def owed(self, row: Recoverable) -> str:
        return shown(row.local_minor, row.local_currency)

    @admin.display(description=gettext_lazy("still owed"), ordering="left_local_minor")
    def left(self, row: Recoverable) -> str:
        return shown(row.left_local_minor, row.local_currency) if row.left_local_minor else _("settled")

    @admin.display(description=gettext_lazy("amount on the books"), ordering="amount_minor")
    def on_books(self, row: Recoverable) -> str:
        return amount_cell(row.amount_minor, row.currency)

    @admin.display(description=gettext_lazy("still owed on the books"), ordering="left_minor")
    def left_on_books(self, row: Recoverable) -> str:
        return amount_cell(row.left_minor, row.currency)

    @admin.display(description=gettext_lazy("age"), ordering="-made_on")
    def days(self, row: Recoverable) -> str:
        if not row.left_local_minor:
            return "—"
        return ngettext("%(count)d day", "%(count)d days", age(row)) % {"count": age(row)}

    def made_of(self, row: Recoverable) -> Iterable[tuple[Title, Iterable[Fact]]]:
        source = row.spending or row.disbursement
        if source is not None:
            yield _("What it comes from"), [Fact(row.get_origin_display(), source, row_address(source))]
        yield _("What became of it"), _history(row)


def _history(row: Recoverable) -> Iterable[Fact]:
    asked = shown(row.local_minor, row.local_currency)
    yield Fact(f"{row.made_on} · {row.made_by}", _("%(amount)s asked back: %(reason)s") % {"amount": asked, "reason": row.reason})
    steps = row.settlements.select_related("asked_by", "decided_by", "bank_account").order_by("asked_at", "id")
    for step in steps:
        who = f"{step.asked_by} → {step.decided_by}" if step.decided_by else str(step.asked_by)
        what = f"{shown(step.local_minor, row.local_currency)} {step.get_kind_display()} ({step.get_status_display()})"
        if step.is_undone:
            what += " · " + _("taken back")
        if step.credited_minor is not None:
            what += f" · {step.bank_account} {step.bank_reference}, {Money(step.credited_minor, row.currency)}"
        words = " · ".join(text for text in (what, step.reason, step.answer) if text)
        yield Fact(f"{(step.decided_at or step.asked_at):%Y-%m-%d} · {who}", words, row_address(step))


@admin.register(Settlement)
class SettlementAdmin(HouseAdmin):
    list_display = ("recoverable", "kind", "status", "amount", "on_books", "repaid_on", "bank_reference", "asked_by", "decided_by")
    list_filter = ("kind", "status")
    list_select_related = ("recoverable", "asked_by", "decided_by")
    search_fields = ("recoverable__reference", "bank_reference", "reason")
    ordering = ("-id",)
    extra_lookups = ("recoverable__id__exact",)
    acts = (TAKE_BACK,)

    @admin.display(description=gettext_lazy("amount"), ordering="local_minor")
    def amount(self, row: Settlement) -> str:
        return shown(row.local_minor, row.recoverable.local_currency)

    @admin.display(description=gettext_lazy("amount on the books"), ordering="amount_minor")
    def on_books(self, row: Settlement) -> str:
        return amount_cell(row.amount_minor, row.recoverable.currency)

    def get_urls(self) -> list[URLPattern]:
        own = [path("<int:settlement_id>/paper/", self.admin_site.admin_view(require_safe(self.paper)), name="spending_settlement_paper")]
        return own + super().get_urls()

    def paper(self, request: HttpRequest, settlement_id: int) -> HttpResponseBase:
        """Hand out the paper behind a decision to those who read the books."""
        row = Settlement.objects.select_related("document").filter(pk=settlement_id).first()
        if row is None or row.document is None or not self.has_view_permission(request, row):
            raise Http404
        return files.answer(row.document)

    def made_of(self, row: Settlement) -> Iterable[tuple[Title, Iterable[Fact]]]:
        yield _("Money to be repaid"), [Fact(row.get_kind_display(), row.recoverable, row_address(row.recoverable))]
        if row.document:
            paper = reverse("admin:spending_settlement_paper", args=[row.pk])
            yield _("Document"), [Fact(_("The paper with the decision"), row.document.original_name, paper)]
