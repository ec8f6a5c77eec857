"""The ledger, for reading only: nobody adds, changes or deletes here."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from core.admin import HouseAdmin, ReadingInline
from core.money import Money, plain
from revenue.ledger.models import Account, Entry, Posting, Tranche


def _local(row: Posting) -> str:
    return plain(Money(row.local_minor, row.local_currency)) + f" {row.local_currency}" if row.local_currency else ""


@admin.register(Posting)
class PostingAdmin(HouseAdmin):
    list_display = ("day", "event", "debit", "credit", "amount", "currency", "local", "tranche", "lot", "entry")
    list_filter = ("event", "currency", ("day", admin.DateFieldListFilter))
    search_fields = ("entry__document",)
    list_select_related = ("debit", "credit", "tranche", "entry")
    ordering = ("-id",)
    extra_lookups = ("tranche__id__exact", "debit__id__exact", "credit__id__exact", "entry__id__exact")

    @admin.display(description=_("amount"))
    def amount(self, row: Posting) -> str:
        return plain(Money(row.amount_minor, row.currency))

    @admin.display(description=_("local amount"))
    def local(self, row: Posting) -> str:
        return _local(row)


class PostingInline(ReadingInline):
    model = Posting
    fields = ("line", "debit", "credit", "amount", "currency", "local", "tranche", "lot")
    readonly_fields = fields

    @admin.display(description=_("amount"))
    def amount(self, row: Posting) -> str:
        return plain(Money(row.amount_minor, row.currency))

    @admin.display(description=_("local amount"))
    def local(self, row: Posting) -> str:
        return _local(row)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Posting]:
        found: QuerySet[Posting] = super().get_queryset(request)
        return found.select_related("debit", "credit", "tranche")


@admin.register(Entry)
class EntryAdmin(HouseAdmin):
    list_display = ("day", "event", "document", "occurred_on", "line_count", "reverses", "corrects")
    list_filter = ("event",)
    search_fields = ("document", "key")
    list_select_related = ("reverses", "corrects")
    ordering = ("-id",)
    inlines = (PostingInline,)


@admin.register(Account)
class AccountAdmin(HouseAdmin):
    list_display = ("kind", "currency", "bank", "pot", "holder", "purpose")
    list_filter = ("kind", "currency")
    search_fields = ("pot", "holder", "bank")
    ordering = ("kind", "bank", "pot", "holder", "purpose")


@admin.register(Tranche)
class TrancheAdmin(HouseAdmin):
    list_display = ("code", "source", "received_on", "currency")
    list_filter = ("source",)
    search_fields = ("code",)
    ordering = ("-received_on", "-id")
