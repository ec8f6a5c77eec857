"""The independent check in the office: samples, the payments to ask about, and what the villages said."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import uuid4

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from communities.callbacks import services
from communities.callbacks.forms import AnswerForm, AskForm, DrawForm
from communities.callbacks.models import Answer, Sample, SampledPayment
from communities.callbacks.queries import (
    MATCH,
    NO_AMOUNT,
    NOT_REACHED,
    NOT_RECEIVED,
    OTHER_AMOUNT,
    RESULTS,
    MatchRate,
    is_drawn_from_its_seed,
    match_rate_of,
    with_checks,
    with_results,
)
from core.acts import Act, Asked, Done, Fact
from core.admin import HouseAdmin, amount_cell, count_cell, list_address, row_address, row_link
from core.models import StoredFile
from core.money import Money
from core.people.access import OFFICERS

_COLOURS = {MATCH: "success", OTHER_AMOUNT: "danger", NOT_RECEIVED: "danger", NO_AMOUNT: "warning", NOT_REACHED: "warning", "WAITING": "info"}


def _draw(asked: Asked) -> Done:
    given = dict(asked.data)
    project = given.pop("project")
    sample = services.draw_sample(project_id=project.pk if project else None, by=asked.by, at=asked.at, **given)
    return Done(gettext("%(size)s payments are drawn. Send somebody to each of them.") % {"size": sample.size}, url=row_address(sample))


def _ask(asked: Asked) -> str:
    asking = services.ask_person(item_id=asked.row.pk, person_id=asked.data["person"].pk, by=asked.by, at=asked.at)
    return gettext("%(person)s asks the village.") % {"person": asking.person}


def _record(asked: Asked) -> str:
    services.record_answer(item_id=asked.row.pk, by=asked.by, at=asked.at, **asked.data)
    return gettext("The answer is recorded.")


def _rate_facts(rate: MatchRate, *, address: str = "") -> list[Fact]:
    asked = gettext("%(percent)s %% (%(matched)s of %(reached)s reached)") % {
        "percent": rate.percent,
        "matched": rate.matched,
        "reached": rate.reached,
    }
    return [
        Fact(_("Match rate"), asked if rate.reached else _("nobody was reached yet")),
        Fact(_("Drawn"), rate.drawn, address),
        Fact(_("Another amount"), rate.other_amount),
        Fact(_("Received, amount not known"), rate.no_amount),
        Fact(_("Not received, says the village"), rate.not_received),
    ]


def _item_facts(item: SampledPayment) -> list[Fact]:
    """Say whom to ask about what; the amount is for comparing, not for reading out."""
    payment = item.payment
    return [
        Fact(_("Community"), payment.disbursement.recipient, row_address(payment.disbursement.recipient)),
        Fact(_("What it was for"), payment.disbursement.description),
        Fact(_("Paid on"), payment.paid_on),
        Fact(_("Paid out"), Money(payment.local_minor, payment.local_currency), row_address(payment)),
    ]


@admin.register(Sample)
class SampleAdmin(HouseAdmin):
    list_display = ("drawn_at", "period", "project", "size_cell", "rate", "drawn_by")
    list_display_links = ("drawn_at",)
    list_filter = (("project", admin.RelatedOnlyFieldListFilter),)
    search_fields = ("seed", "project__name", "project__code")
    date_hierarchy = "first_day"
    ordering = ("-drawn_at", "-id")
    fields = ("first_day", "end_day", "project", "size", "drawn_from", "seed", "frame_sha256", "drawn_by", "drawn_at")
    empty_list_sentence = _("No payments were drawn yet. Draw a sample of a quarter's payments, then ask the villages about them.")
    new_acts = (
        Act(
            name="draw", title=_("Draw a sample"), roles=OFFICERS, form=DrawForm, run=_draw, initial=lambda _row: {"client_key": uuid4(), "size": 30},
            explanation=_("Payments are drawn at random. The seed and the whole list are kept, so that anybody can draw the same again."),
        ),
    )  # fmt: skip
    export_columns = (
        (_("payments from"), lambda sample: sample.first_day),
        (_("payments before"), lambda sample: sample.end_day),
        (_("project"), lambda sample: sample.project.code if sample.project else ""),
        (_("payments drawn"), lambda sample: sample.size),
        (_("drawn from"), lambda sample: len(sample.frame)),
        (_("seed"), lambda sample: sample.seed),
        (_("match rate, per cent"), lambda sample: match_rate_of(sample).percent),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Sample]:
        return with_checks(super().get_queryset(request).select_related("project", "drawn_by"))

    def made_of(self, row: Any) -> Iterable[tuple[Any, Iterable[Fact]]]:
        yield _("What the villages say"), _rate_facts(match_rate_of(row), address=list_address(SampledPayment, sample__id__exact=row.pk))
        again = _("the same payments") if is_drawn_from_its_seed(row) else _("OTHER payments: somebody has changed something")
        yield _("Drawn again from the seed"), [Fact(_("Result"), again)]

    @display(description=_("period"), ordering="first_day")
    def period(self, sample: Sample) -> str:
        return f"{sample.first_day} – {sample.end_day}"

    @display(description=_("drawn from"))
    def drawn_from(self, sample: Sample) -> str:
        return gettext("%(number)s payments") % {"number": f"{len(sample.frame):,}"}

    @display(description=_("payments drawn"), ordering="size")
    def size_cell(self, sample: Sample) -> str:
        return count_cell(sample.size)

    @display(description=_("match rate"))
    def rate(self, sample: Sample) -> str:
        rate = match_rate_of(sample)
        return f"{rate.percent} % ({rate.matched}/{rate.reached})" if rate.reached else gettext("nobody was reached yet")


class ResultFilter(admin.SimpleListFilter):
    """What the village said about the payment."""

    title = _("result")
    parameter_name = "result"

    def lookups(self, request: Any, model_admin: Any) -> list[tuple[str, Any]]:
        return list(RESULTS.items())

    def queryset(self, request: Any, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(result=self.value()) if self.value() in RESULTS else queryset


@admin.register(SampledPayment)
class SampledPaymentAdmin(HouseAdmin):
    list_display = ("payment_name", "recipient_link", "paid_on", "paid_out", "shown_result", "asker", "sample_link")
    list_display_links = ("payment_name",)
    list_filter = (ResultFilter, "stratum", ("sample", admin.RelatedOnlyFieldListFilter))
    search_fields = ("payment__disbursement__reference", "payment__disbursement__recipient__name", "payment__disbursement__recipient__code")
    ordering = ("-sample", "position")
    fields = ("payment_link", "recipient_link", "paid_on", "paid_out", "result_words", "asker", "sample_link", "stratum", "position")
    extra_lookups = ("sample__id__exact",)
    empty_list_sentence = _("No payment is to be checked. Draw a sample first.")
    acts = (
        Act(
            name="record", title=_("Record what the villager says"), roles=OFFICERS, form=AnswerForm, run=_record, facts=_item_facts,
            initial=lambda item: {"client_key": uuid4(), "currency": item.payment.local_currency},
            explanation=_("Ask first what was received, when and by whom; only then compare. Not for whoever had a hand in the payment."),
        ),
        Act(name="ask", title=_("Send somebody to ask"), roles=OFFICERS, form=AskForm, run=_ask, facts=_item_facts),
    )  # fmt: skip
    export_columns = (
        (_("payment"), lambda item: item.payment.disbursement.reference),
        (_("recipient"), lambda item: item.payment.disbursement.recipient.code),
        (_("paid on"), lambda item: item.payment.paid_on),
        (_("currency"), lambda item: item.payment.local_currency),
        (_("paid out"), lambda item: Money(item.payment.local_minor, item.payment.local_currency).major()),
        (_("result"), lambda item: RESULTS[item.result]),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[SampledPayment]:
        items: QuerySet[SampledPayment] = super().get_queryset(request)
        return with_results(items).select_related("payment__disbursement__recipient", "sample").prefetch_related("askings__person")

    def list_totals(self, queryset: QuerySet[Any]) -> Iterable[Fact]:
        found = list(queryset.order_by().values_list("result", flat=True))
        for result, name in RESULTS.items():
            if found.count(result):
                yield Fact(name, found.count(result))

    def made_of(self, row: Any) -> Iterable[tuple[Any, Iterable[Fact]]]:
        said = row.answers.select_related("recorded_by").order_by("-recorded_at", "-id")
        yield _("What the village said"), [Fact(str(one.asked_on), _in_short(one), row_address(one)) for one in said]

    @display(description=_("payment"), ordering="payment__disbursement__reference")
    def payment_name(self, item: SampledPayment) -> str:
        return item.payment.disbursement.reference

    @display(description=_("payment"))
    def payment_link(self, item: SampledPayment) -> str:
        return row_link(item.payment)

    @display(description=_("recipient"), ordering="payment__disbursement__recipient__name")
    def recipient_link(self, item: SampledPayment) -> str:
        return row_link(item.payment.disbursement.recipient)

    @display(description=_("paid on"), ordering="payment__paid_on")
    def paid_on(self, item: SampledPayment) -> Any:
        return item.payment.paid_on

    @display(description=_("paid out"), ordering="payment__local_minor")
    def paid_out(self, item: SampledPayment) -> str:
        return amount_cell(item.payment.local_minor, item.payment.local_currency)

    @display(description=_("result"), label=_COLOURS, ordering="result")
    def shown_result(self, item: Any) -> tuple[str, str]:
        return item.result, self.result_words(item)

    @display(description=_("result"))
    def result_words(self, item: Any) -> str:
        return str(RESULTS[item.result])

    @display(description=_("who asks"))
    def asker(self, item: SampledPayment) -> str:
        last = max(item.askings.all(), key=lambda one: one.pk, default=None)
        return str(last.person) if last else gettext("nobody sent yet")

    @display(description=_("sample"), ordering="sample")
    def sample_link(self, item: SampledPayment) -> str:
        return row_link(item.sample)


def _in_short(said: Answer) -> str:
    if not said.was_reached:
        return gettext("nobody was reached yet")
    amount = str(Money(said.amount_minor, said.currency)) if said.amount_minor else ""
    received = gettext("received") if said.was_received else gettext("not received")
    return " · ".join(filter(None, (said.spoken_to, received, amount, said.words)))


@admin.register(Answer)
class AnswerAdmin(HouseAdmin):
    list_display = ("asked_on", "item_link", "channel", "was_reached", "was_received", "amount", "spoken_to", "recorded_by")
    list_display_links = ("asked_on",)
    list_filter = ("channel", "was_reached", "was_received", ("recorded_by", admin.RelatedOnlyFieldListFilter))
    search_fields = ("item__payment__disbursement__reference", "spoken_to", "words")
    date_hierarchy = "asked_on"
    ordering = ("-asked_on", "-id")
    fields = (
        "item_link", "channel", "asked_on", "was_reached", "was_received", "amount", "received_on", "spoken_to", "words", "photo_file", "recording_file",
        "recorded_by", "recorded_at",
    )  # fmt: skip
    empty_list_sentence = _("No village was asked yet. Open a payment to check and record what the villager says.")
    export_columns = (
        (_("asked on"), lambda said: said.asked_on),
        (_("payment"), lambda said: said.item.payment.disbursement.reference),
        (_("how"), lambda said: said.get_channel_display()),
        (_("somebody was reached"), lambda said: said.was_reached),
        (_("says that money was received"), lambda said: "" if said.was_received is None else said.was_received),
        (_("currency"), lambda said: said.currency),
        (_("amount received"), lambda said: Money(said.amount_minor, said.currency).major() if said.amount_minor else ""),
        (_("in their words"), lambda said: said.words),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Answer]:
        said: QuerySet[Answer] = super().get_queryset(request)
        return said.select_related("item__payment__disbursement", "photo", "recording", "recorded_by")

    def list_totals(self, queryset: QuerySet[Any]) -> Iterable[Fact]:
        yield Fact(_("Calls and visits"), queryset.count())
        yield Fact(_("Nobody reached"), queryset.filter(Q(was_reached=False)).count())

    @display(description=_("payment to check"))
    def item_link(self, said: Answer) -> str:
        return row_link(said.item)

    @display(description=_("amount received"), ordering="amount_minor")
    def amount(self, said: Answer) -> str:
        return amount_cell(said.amount_minor, said.currency or "USD")

    @display(description=_("photo"))
    def photo_file(self, said: Answer) -> str:
        return _file_link(said, "photo", said.photo)

    @display(description=_("voice recording"))
    def recording_file(self, said: Answer) -> str:
        return _file_link(said, "recording", said.recording)


def _file_link(said: Answer, what: str, stored: StoredFile | None) -> str:
    if stored is None:
        return "—"
    address = reverse("callbacks:file", args=[said.pk, what])
    return format_html('<a class="text-primary-600 dark:text-primary-500 underline" href="{}">{}</a>', address, stored.original_name)
