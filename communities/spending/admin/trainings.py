"""The office pages of trainings, the categories of spending, and what is behind records."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import F, Model, QuerySet, Sum
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from communities.spending import services
from communities.spending.admin.shared import Title, WordsForm, can, evidence, link, logger, said
from communities.spending.models import Category, Evidence, ReviewStep, Status, TrainingRecord
from core.acts import Act, Asked, Fact
from core.admin import HouseAdmin
from core.ordering import KhmerNames
from core.people.access import OFFICERS


def _accept_training(asked: Asked) -> str:
    services.accept_training(record_id=asked.row.pk, by=asked.by, at=asked.at)
    return _("%(record)s is accepted.") % {"record": asked.row}


def _query_training(asked: Asked) -> str:
    services.query_training(record_id=asked.row.pk, words=asked.data["words"], by=asked.by, at=asked.at)
    return _("Your question about %(record)s was sent to the village.") % {"record": asked.row}


def _refuse_training(asked: Asked) -> str:
    services.refuse_training(record_id=asked.row.pk, words=asked.data["words"], by=asked.by, at=asked.at)
    return _("%(record)s is refused, and the village can read why.") % {"record": asked.row}


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
        Act(name="accept", title=gettext_lazy("Accept"), roles=OFFICERS, run=_accept_training, possible=can(Status.ACCEPTED), maker=logger),
        Act(
            name="query",
            title=gettext_lazy("Ask the village"),
            roles=OFFICERS,
            run=_query_training,
            form=WordsForm,
            possible=can(Status.QUERIED),
            maker=logger,
        ),
        Act(
            name="refuse",
            title=gettext_lazy("Refuse"),
            roles=OFFICERS,
            run=_refuse_training,
            form=WordsForm,
            possible=can(Status.REFUSED),
            maker=logger,
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
        yield _("Photos and documents"), evidence(row)
        yield _("What was said"), said(row)


@admin.register(Category)
class CategoryAdmin(KhmerNames, HouseAdmin):
    editors = OFFICERS
    list_display = ("name", "khmer_name", "purpose", "is_eligible", "code")
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
