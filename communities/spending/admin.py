"""The office pages of spending, trainings and the categories of spending."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db.models import Count, Exists, F, Model, OuterRef, QuerySet, Sum
from django.http import HttpRequest, HttpResponse
from django.urls import NoReverseMatch, URLPattern, path, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from communities.spending import queries, services
from communities.spending.amounts import shown
from communities.spending.models import STEPS, Category, Evidence, ReviewStep, SpendingRecord, Status, TrainingRecord
from communities.spending.views import review
from core import clock
from core.acts import Act, Asked, Fact
from core.admin import HouseAdmin
from core.money import Money, plain
from core.people.access import OFFICERS

Title = str | Promise


class WordsForm(forms.Form):
    words = forms.CharField(
        label=gettext_lazy("Your words to the village"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("Plain and short: they are read on a phone."),
    )


def link(name: str, *arguments: object) -> str:
    """Return the address of another app's page, or nothing where that page is not served."""
    try:
        return reverse(name, args=arguments)
    except NoReverseMatch:
        return ""


def _accept(asked: Asked) -> str:
    return review.accepted_sentence(services.accept_spending(record_id=asked.row.pk, by=asked.by, at=asked.at, on=clock.today()))


def _query(asked: Asked) -> str:
    services.query_spending(record_id=asked.row.pk, words=asked.data["words"], by=asked.by, at=asked.at)
    return _("Your question about %(record)s was sent to the village.") % {"record": asked.row}


def _refuse(asked: Asked) -> str:
    services.refuse_spending(record_id=asked.row.pk, words=asked.data["words"], by=asked.by, at=asked.at)
    return _("%(record)s is refused, and the village can read why.") % {"record": asked.row}


def _accept_training(asked: Asked) -> str:
    services.accept_training(record_id=asked.row.pk, by=asked.by, at=asked.at)
    return _("%(record)s is accepted.") % {"record": asked.row}


def _query_training(asked: Asked) -> str:
    services.query_training(record_id=asked.row.pk, words=asked.data["words"], by=asked.by, at=asked.at)
    return _("Your question about %(record)s was sent to the village.") % {"record": asked.row}


def _refuse_training(asked: Asked) -> str:
    services.refuse_training(record_id=asked.row.pk, words=asked.data["words"], by=asked.by, at=asked.at)
    return _("%(record)s is refused, and the village can read why.") % {"record": asked.row}


def _can(step: Status) -> Any:
    return lambda row: step in STEPS[Status(row.status)]


def _logger(row: Any) -> int | None:
    return int(row.logged_by_id)


class HasPhoto(admin.SimpleListFilter):
    title = gettext_lazy("photo")
    parameter_name = "photo"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", gettext_lazy("with a photo")), ("no", gettext_lazy("without any photo"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[SpendingRecord]) -> QuerySet[SpendingRecord]:
        photos = Evidence.objects.filter(spending=OuterRef("pk"))
        wanted: dict[str | None, QuerySet[SpendingRecord]] = {"yes": queryset.filter(Exists(photos)), "no": queryset.filter(~Exists(photos))}
        return wanted.get(self.value(), queryset)


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


def _said(row: SpendingRecord | TrainingRecord) -> Iterable[Fact]:
    for step in row.steps.select_related("by").order_by("at", "id"):
        yield Fact(f"{step.at:%Y-%m-%d} · {step.by} · {step.get_status_display()}", step.words or "–")


def _evidence(row: SpendingRecord | TrainingRecord) -> Iterable[Fact]:
    for one in row.evidence.select_related("file").order_by("id"):
        yield Fact(one.get_kind_display(), one.file.original_name, link("spending:evidence", one.pk))


@admin.register(SpendingRecord)
class SpendingRecordAdmin(HouseAdmin):
    list_display = ("reference", "recipient", "category", "spent_on", "amount", "payee", "status", "has_photo", "logged_by")
    list_filter = ("status", "category__purpose", "currency", HasPhoto, Funded, "category")
    list_select_related = ("recipient", "category", "logged_by")
    search_fields = ("reference", "payee", "description", "recipient__name", "recipient__code")
    date_hierarchy = "spent_on"
    ordering = ("-spent_on", "-id")
    extra_lookups = ("recipient__id__exact", "disbursement__id__exact", "recipient__code__exact", "entry__id__exact")
    empty_list_sentence = gettext_lazy("No spending was logged yet, or none matches the filters.")
    fields = (
        ("reference", "status"), "recipient", "category", "spent_on", "amount", "other", "disbursement", "payee", "description",
        ("women", "men"), ("youth", "indigenous"), ("logged_by", "logged_at"), ("decided_by", "decided_on"), "funded", "not_funded", "drawn", "entry",
    )  # fmt: skip
    readonly_fields = ("amount", "other", "funded", "not_funded", "drawn")
    acts = (
        Act(
            name="accept",
            title=gettext_lazy("Accept"),
            roles=OFFICERS,
            run=_accept,
            possible=_can(Status.ACCEPTED),
            maker=_logger,
            facts=review.facts_of,
            explanation=gettext_lazy("Accepting draws this amount from the recipient's advances, the oldest paid first. It cannot be undone here."),
        ),
        Act(
            name="query",
            title=gettext_lazy("Ask the village"),
            roles=OFFICERS,
            run=_query,
            form=WordsForm,
            possible=_can(Status.QUERIED),
            maker=_logger,
            facts=review.facts_of,
        ),
        Act(
            name="refuse",
            title=gettext_lazy("Refuse"),
            roles=OFFICERS,
            run=_refuse,
            form=WordsForm,
            possible=_can(Status.REFUSED),
            maker=_logger,
            facts=review.facts_of,
            is_refusal=True,
        ),
    )
    export_columns: ClassVar[Any] = (
        (gettext_lazy("reference"), lambda row: row.reference),
        (gettext_lazy("recipient"), lambda row: row.recipient.code),
        (gettext_lazy("name"), lambda row: row.recipient.name),
        (gettext_lazy("category"), lambda row: row.category.code),
        (gettext_lazy("purpose"), lambda row: row.category.purpose),
        (gettext_lazy("spent on"), lambda row: row.spent_on.isoformat()),
        (gettext_lazy("currency"), lambda row: row.currency),
        (gettext_lazy("amount"), lambda row: _plain(row.amount_minor, row.currency)),
        (gettext_lazy("paid by another donor"), lambda row: _plain(row.other_minor, row.currency)),
        (gettext_lazy("paid from carbon revenue"), lambda row: _plain(row.funded_minor, row.currency)),
        (gettext_lazy("not funded by carbon revenue"), lambda row: _plain(row.not_funded_minor, row.currency)),
        (gettext_lazy("currency of the advances"), lambda row: row.drawn_currency),
        (gettext_lazy("drawn from the advances"), lambda row: _plain(row.drawn_minor, row.drawn_currency)),
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

    @admin.display(description=gettext_lazy("photo"), boolean=True)
    def has_photo(self, row: Any) -> bool:
        return bool(row.photo_count)

    def made_of(self, row: SpendingRecord) -> Iterable[tuple[Title, Iterable[Fact]]]:
        if row.status == Status.LOGGED:
            url = reverse("admin:spending_spendingrecord_review", args=[row.pk])
            yield _("Look at the receipt beside the entry"), [Fact(_("Review"), row.reference, url)]
        yield _("Photos and documents"), _evidence(row)
        yield _("What was said"), _said(row)
        if row.status == Status.ACCEPTED:
            yield _("What paid for it"), _paid_by(row)
        trace = link("reports:trace_spending", row.reference)
        if trace and row.entry_id:
            yield _("Where this money came from"), [Fact(_("Trace up to the sale"), row.reference, trace)]


def _plain(minor: int | None, currency: str) -> str:
    return "" if minor is None or not currency else plain(Money(minor, currency))


def _paid_by(row: SpendingRecord) -> Iterable[Fact]:
    if row.entry_id is None:
        yield Fact(_("Nothing was drawn"), _("No advance of this purpose in %(currency)s held money on that day.") % {"currency": row.currency})
        return
    for number, reference, local, cents in review.drawn_from(row):
        url = link("admin:disbursements_disbursement_change", number)
        yield Fact(reference, f"{shown(local, row.currency)} = {shown(cents, row.drawn_currency)}", url)


@admin.register(TrainingRecord)
class TrainingRecordAdmin(HouseAdmin):
    list_display = ("reference", "recipient", "topic", "first_day", "days", "women", "men", "status", "logged_by")
    list_filter = ("status", "recipient__kind")
    list_select_related = ("recipient", "logged_by")
    search_fields = ("reference", "topic", "trainer", "recipient__name", "recipient__code")
    date_hierarchy = "first_day"
    ordering = ("-first_day", "-id")
    extra_lookups = ("recipient__id__exact", "recipient__code__exact")
    empty_list_sentence = gettext_lazy("No training was logged yet, or none matches the filters.")
    acts = (
        Act(name="accept", title=gettext_lazy("Accept"), roles=OFFICERS, run=_accept_training, possible=_can(Status.ACCEPTED), maker=_logger),
        Act(
            name="query",
            title=gettext_lazy("Ask the village"),
            roles=OFFICERS,
            run=_query_training,
            form=WordsForm,
            possible=_can(Status.QUERIED),
            maker=_logger,
        ),
        Act(
            name="refuse",
            title=gettext_lazy("Refuse"),
            roles=OFFICERS,
            run=_refuse_training,
            form=WordsForm,
            possible=_can(Status.REFUSED),
            maker=_logger,
            is_refusal=True,
        ),
    )
    export_columns: ClassVar[Any] = (
        (gettext_lazy("reference"), lambda row: row.reference),
        (gettext_lazy("recipient"), lambda row: row.recipient.code),
        (gettext_lazy("topic"), lambda row: row.topic),
        (gettext_lazy("trainer"), lambda row: row.trainer),
        (gettext_lazy("place"), lambda row: row.place),
        (gettext_lazy("first day"), lambda row: row.first_day.isoformat()),
        (gettext_lazy("days"), lambda row: row.days),
        (gettext_lazy("women"), lambda row: row.women),
        (gettext_lazy("men"), lambda row: row.men),
        (gettext_lazy("status"), lambda row: row.status),
    )

    def list_totals(self, queryset: QuerySet[Any]) -> Iterable[Fact]:
        sums = queryset.order_by().aggregate(all_women=Sum("women"), all_men=Sum("men"), person_days=Sum((F("women") + F("men")) * F("days")))
        yield Fact(_("Women"), sums["all_women"] or 0)
        yield Fact(_("Men"), sums["all_men"] or 0)
        yield Fact(_("Days of training, all people together"), sums["person_days"] or 0)

    def made_of(self, row: TrainingRecord) -> Iterable[tuple[Title, Iterable[Fact]]]:
        yield _("Photos and documents"), _evidence(row)
        yield _("What was said"), _said(row)


@admin.register(Category)
class CategoryAdmin(HouseAdmin):
    editors = OFFICERS
    list_display = ("name", "name_km", "purpose", "is_eligible", "code")
    list_filter = ("purpose", "is_eligible")
    search_fields = ("name", "name_km", "code")
    ordering = ("purpose", "name")
    empty_list_sentence = gettext_lazy("No category yet. Nobody can log spending before there is one.")

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:
        # Records were accepted, and money drawn, by what the category was for.
        return ("code", "purpose") if isinstance(obj, Category) and obj.spending.exists() else ()


@admin.register(Evidence)
class EvidenceAdmin(HouseAdmin):
    list_display = ("id", "kind", "spending", "training", "file", "added_by", "added_at")
    list_filter = ("kind",)
    list_select_related = ("spending", "training", "file", "added_by")
    search_fields = ("spending__reference", "training__reference", "file__sha256")
    ordering = ("-id",)

    def made_of(self, row: Evidence) -> Iterable[tuple[Title, Iterable[Fact]]]:
        yield _("The file"), [Fact(row.get_kind_display(), row.file.original_name, link("spending:evidence", row.pk))]


@admin.register(ReviewStep)
class ReviewStepAdmin(HouseAdmin):
    list_display = ("at", "by", "status", "spending", "training", "words")
    list_filter = ("status",)
    list_select_related = ("by", "spending", "training")
    search_fields = ("spending__reference", "training__reference", "words")
    ordering = ("-id",)
