"""The office pages of spending."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Count, Exists, OuterRef, QuerySet, Sum, Value
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from communities.spending import queries, services
from communities.spending.admin.acts import ASK_BACK_REFUSED, COVER_LATER, DISALLOW, UNDO
from communities.spending.admin.shared import Title, WordsForm, can, evidence, link, logger, plain_amount, said
from communities.spending.amounts import shown
from communities.spending.models import Evidence, SpendingRecord, Status
from communities.spending.views import review
from core import clock
from core.acts import Act, Asked, Fact
from core.admin import HouseAdmin, row_address
from core.money import Money
from core.people.access import OFFICERS
from revenue.credits.models import Project


def _accept(asked: Asked) -> str:
    return review.accepted_sentence(services.accept_spending(record_id=asked.row.pk, by=asked.by, at=asked.at, on=clock.today()))


def _query(asked: Asked) -> str:
    services.query_spending(record_id=asked.row.pk, words=asked.data["words"], by=asked.by, at=asked.at)
    return _("Your question about %(record)s was sent to the village.") % {"record": asked.row}


def _refuse(asked: Asked) -> str:
    services.refuse_spending(record_id=asked.row.pk, words=asked.data["words"], by=asked.by, at=asked.at)
    return _("%(record)s is refused, and the village can read why.") % {"record": asked.row}


class HasPhoto(admin.SimpleListFilter):
    title = gettext_lazy("photo")
    parameter_name = "photo"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", gettext_lazy("with a photo")), ("no", gettext_lazy("without any photo"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[SpendingRecord]) -> QuerySet[SpendingRecord]:
        photos = Evidence.objects.filter(spending=OuterRef("pk"))
        wanted: dict[str | None, QuerySet[SpendingRecord]] = {"yes": queryset.filter(Exists(photos)), "no": queryset.filter(~Exists(photos))}
        return wanted.get(self.value(), queryset)


class OfProject(admin.SimpleListFilter):
    """Records that a project's revenue paid for, at least in part."""

    title = gettext_lazy("project")
    parameter_name = "project"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(str(project.pk), str(project)) for project in Project.objects.order_by("name")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[SpendingRecord]) -> QuerySet[SpendingRecord]:
        wanted = str(self.value() or "")
        project = Project.objects.filter(pk=int(wanted)).first() if wanted.isdecimal() and len(wanted) < 18 else None
        if project is None:
            return queryset.none() if wanted else queryset
        # The totals above the list are then of this project's revenue.
        return queries.paid_by(queryset, tranche_ids=queries.tranches_of(project.pk)).annotate(of_project=Value(project.pk))


class Funded(admin.SimpleListFilter):
    title = gettext_lazy("carbon revenue")
    parameter_name = "funded"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("whole", gettext_lazy("covered wholly")), ("part", gettext_lazy("some of it not funded"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[SpendingRecord]) -> QuerySet[SpendingRecord]:
        wanted: dict[str | None, QuerySet[SpendingRecord]] = {
            "whole": queryset.filter(status=Status.ACCEPTED, not_funded_minor=0),
            "part": queryset.filter(status=Status.ACCEPTED, not_funded_minor__gt=0),
        }
        return wanted.get(self.value(), queryset)


@admin.register(SpendingRecord)
class SpendingRecordAdmin(HouseAdmin):
    list_display = ("reference", "recipient", "category", "spent_on", "amount", "payee", "status", "has_photo", "logged_by")
    list_filter = ("status", OfProject, "category__purpose", "currency", HasPhoto, Funded, "category")
    list_select_related = ("recipient", "category", "logged_by")
    search_fields = ("reference", "payee", "description", "recipient__name", "recipient__code")
    date_hierarchy = "spent_on"
    ordering = ("-spent_on", "-id")
    extra_lookups = ("recipient__id__exact", "disbursement__id__exact", "recipient__code__exact", "entry__id__exact")
    empty_list_sentence = gettext_lazy("No spending was logged yet, or none matches the filters.")
    fields = (
        ("reference", "status"), "recipient", "category", "spent_on", "amount", "other", "disbursement", "payee", "description",
        ("women", "men"), ("youth", "indigenous"), ("logged_by", "logged_at"), ("decided_by", "decided_on"), "funded", "not_funded", "drawn", "ineligible",
        ("undone_by", "undone_on"), "entry",
    )  # fmt: skip
    readonly_fields = ("amount", "other", "funded", "not_funded", "drawn", "ineligible")
    acts = (
        Act(
            name="accept",
            title=gettext_lazy("Accept"),
            roles=OFFICERS,
            run=_accept,
            possible=can(Status.ACCEPTED),
            maker=logger,
            facts=review.facts_of,
            explanation=gettext_lazy(
                "Accepting draws this amount from the recipient's advances, the oldest paid first. An approver can undo it, whole."
            ),
        ),
        Act(
            name="query",
            title=gettext_lazy("Ask the village"),
            roles=OFFICERS,
            run=_query,
            form=WordsForm,
            possible=can(Status.QUERIED),
            maker=logger,
            facts=review.facts_of,
        ),
        Act(
            name="refuse",
            title=gettext_lazy("Refuse"),
            roles=OFFICERS,
            run=_refuse,
            form=WordsForm,
            possible=can(Status.REFUSED),
            maker=logger,
            facts=review.facts_of,
            is_refusal=True,
        ),
        DISALLOW,
        ASK_BACK_REFUSED,
        COVER_LATER,
        UNDO,
    )
    export_columns: ClassVar[Any] = (
        (gettext_lazy("reference"), lambda row: row.reference),
        (gettext_lazy("recipient"), lambda row: row.recipient.code),
        (gettext_lazy("name"), lambda row: row.recipient.name),
        (gettext_lazy("category"), lambda row: row.category.code),
        (gettext_lazy("purpose"), lambda row: row.category.purpose),
        (gettext_lazy("spent on"), lambda row: row.spent_on.isoformat()),
        (gettext_lazy("currency"), lambda row: row.currency),
        (gettext_lazy("amount"), lambda row: plain_amount(row.amount_minor, row.currency)),
        (gettext_lazy("paid by another donor"), lambda row: plain_amount(row.other_minor, row.currency)),
        (gettext_lazy("paid from carbon revenue"), lambda row: plain_amount(row.funded_minor, row.currency)),
        (gettext_lazy("not funded by carbon revenue"), lambda row: plain_amount(row.not_funded_minor, row.currency)),
        (gettext_lazy("currency of the advances"), lambda row: row.drawn_currency),
        (gettext_lazy("drawn from the advances"), lambda row: plain_amount(row.drawn_minor, row.drawn_currency)),
        (gettext_lazy("paid to"), lambda row: row.payee),
        (gettext_lazy("what it was for"), lambda row: row.description),
        (gettext_lazy("women"), lambda row: row.women),
        (gettext_lazy("men"), lambda row: row.men),
        (gettext_lazy("young people"), lambda row: row.youth),
        (gettext_lazy("Indigenous people"), lambda row: row.indigenous),
        (gettext_lazy("status"), lambda row: row.status),
        (gettext_lazy("photos"), lambda row: row.photo_count),
        (gettext_lazy("logged by"), lambda row: row.logged_by.full_name),
        (gettext_lazy("decided on"), lambda row: row.decided_on or ""),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[SpendingRecord]:
        rows: QuerySet[SpendingRecord] = super().get_queryset(request)
        return rows.annotate(photo_count=Count("evidence"))

    def get_urls(self) -> list[URLPattern]:
        own = [
            path("review/", self.admin_site.admin_view(self.review_first), name="spending_spendingrecord_review_first"),
            path("<int:record_id>/review/", self.admin_site.admin_view(self.review_one), name="spending_spendingrecord_review"),
        ]
        return own + super().get_urls()

    def review_first(self, request: HttpRequest) -> HttpResponse:
        return review.first(request)

    def review_one(self, request: HttpRequest, record_id: int) -> HttpResponse:
        return review.one(request, record_id, context=self._context(request))

    def list_totals(self, queryset: QuerySet[Any]) -> Iterable[Fact]:
        project = queryset.query.annotations.get("of_project")
        if isinstance(project, Value):
            yield from _project_totals(project.value, queryset)
        plain_rows = SpendingRecord.objects.filter(pk__in=queryset.order_by().values("pk"))
        sums = plain_rows.order_by().values("currency").annotate(amount=Sum("amount_minor"), funded=Sum("funded_minor"), rest=Sum("not_funded_minor"))
        for row in sums.order_by("currency"):
            amount, funded, rest = (shown(row[name] or 0, row["currency"]) for name in ("amount", "funded", "rest"))
            told = _("%(amount)s, of it %(funded)s from carbon revenue, %(rest)s not funded") % {"amount": amount, "funded": funded, "rest": rest}
            yield Fact(_("Total in %(currency)s") % {"currency": row["currency"]}, told)
        waiting = queries.to_check().count()
        if waiting:
            yield Fact(
                _("Waiting for the office"),
                _("%(count)d: look at them one by one") % {"count": waiting},
                reverse("admin:spending_spendingrecord_review_first"),
            )

    @admin.display(description=gettext_lazy("amount"), ordering="amount_minor")
    def amount(self, row: SpendingRecord) -> str:
        return shown(row.amount_minor, row.currency)

    @admin.display(description=gettext_lazy("paid by another donor"))
    def other(self, row: SpendingRecord) -> str:
        return shown(row.other_minor, row.currency) if row.other_minor else ""

    @admin.display(description=gettext_lazy("paid from carbon revenue"))
    def funded(self, row: SpendingRecord) -> str:
        return "" if row.funded_minor is None else shown(row.funded_minor, row.currency)

    @admin.display(description=gettext_lazy("not funded by carbon revenue"))
    def not_funded(self, row: SpendingRecord) -> str:
        return "" if row.not_funded_minor is None else shown(row.not_funded_minor, row.currency)

    @admin.display(description=gettext_lazy("drawn from the advances"))
    def drawn(self, row: SpendingRecord) -> str:
        return shown(row.drawn_minor, row.drawn_currency) if row.drawn_minor and row.drawn_currency else ""

    @admin.display(description=gettext_lazy("of it not eligible"))
    def ineligible(self, row: SpendingRecord) -> str:
        return f"{shown(row.ineligible_minor, row.currency)} · {row.ineligible_category}: {row.ineligible_why}" if row.ineligible_minor else ""

    @admin.display(description=gettext_lazy("photo"), boolean=True)
    def has_photo(self, row: Any) -> bool:
        return bool(row.photo_count)

    def made_of(self, row: SpendingRecord) -> Iterable[tuple[Title, Iterable[Fact]]]:
        if row.status == Status.LOGGED:
            url = reverse("admin:spending_spendingrecord_review", args=[row.pk])
            yield _("Look at the receipt beside the entry"), [Fact(_("Review"), row.reference, url)]
        yield _("Photos and documents"), evidence(row)
        yield _("What was said"), said(row)
        if row.status == Status.ACCEPTED:
            yield _("What paid for it"), _paid_by(row)
        if row.recoverables.exists():
            yield _("Money to be repaid"), _owed(row)
        trace = link("reports:trace_spending", row.reference)
        if trace and row.entry_id:
            yield _("Where this money came from"), [Fact(_("Trace up to the sale"), row.reference, trace)]


def _project_totals(project_id: int, queryset: QuerySet[SpendingRecord]) -> Iterable[Fact]:
    project = Project.objects.get(pk=project_id)
    for found in queries.project_spent(project_id=project_id, records=queryset):
        amounts = {name: Money(getattr(found, name), found.currency) for name in ("total", "by_records", "final", "otherwise")}
        yield Fact(_("Spent of the revenue of %(project)s") % {"project": project}, amounts["total"])
        yield Fact(_("by the records listed here"), amounts["by_records"])
        if found.final:
            yield Fact(
                _("by final payments, which need no record"),
                amounts["final"],
                link("admin:disbursements_disbursement_changelist") + f"?project__id__exact={project_id}&kind__exact=FINAL",
            )
        if found.otherwise:
            yield Fact(_("otherwise: other records, or opening positions"), amounts["otherwise"])


def _owed(row: SpendingRecord) -> Iterable[Fact]:
    for owed in row.recoverables.order_by("id"):
        left = shown(owed.left_local_minor, owed.local_currency) if owed.left_local_minor else _("settled")
        yield Fact(
            owed.reference,
            _("%(amount)s, still owed: %(left)s") % {"amount": shown(owed.local_minor, owed.local_currency), "left": left},
            row_address(owed),
        )


def _paid_by(row: SpendingRecord) -> Iterable[Fact]:
    if row.entry_id is None:
        yield Fact(_("Nothing was drawn"), _("No advance of this purpose in %(currency)s held money on that day.") % {"currency": row.currency})
        return
    for number, reference, local, cents in review.drawn_from(row):
        url = link("admin:disbursements_disbursement_change", number)
        yield Fact(reference, f"{shown(local, row.currency)} = {shown(cents, row.drawn_currency)}", url)
    for cover in row.covers.order_by("number"):
        told = f"{shown(cover.funded_minor, row.currency)} = {shown(cover.drawn_minor, cover.drawn_currency)}"
        yield Fact(_("from later advances, on %(day)s") % {"day": cover.made_on}, told, link("admin:ledger_entry_change", cover.entry_id))
