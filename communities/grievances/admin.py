"""Complaints in the office: the queue, what happened, and the acts of who handles them. Names stand on no list and no page."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import uuid4

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from communities.grievances import services
from communities.grievances.access import CASE_READERS, HANDLERS
from communities.grievances.codes import spaced
from communities.grievances.forms import EnteredForm, LinkForm, WordsForm
from communities.grievances.models import LEVELS, OPEN, Case
from communities.grievances.queries import overdue
from communities.grievances.views.office import entered
from core import clock
from core.acts import Act, Asked, Done, Fact
from core.admin import HouseAdmin, row_link
from core.people.models import User

_COLOURS = {"RECEIVED": "info", "APPEALED": "warning", "ANSWERED": "success", "CLOSED": "success"}


def _enter(asked: Asked) -> Done:
    filed = entered(given=asked.data, by=asked.by)
    code = [Fact(_("Receipt code"), spaced(filed.code))]
    return Done(gettext("The complaint is taken down. Read this code out: it is shown once."), shown_once=code)


def _answer(asked: Asked) -> str:
    services.answer_case(case_id=asked.row.pk, text=asked.data["text"], by=asked.by, at=asked.at)
    return gettext("The complaint is answered.")


def _escalate(asked: Asked) -> str:
    services.escalate_case(case_id=asked.row.pk, text=asked.data["text"], by=asked.by, at=asked.at)
    return gettext("The complaint is with the next level.")


def _close(asked: Asked) -> str:
    services.close_case(case_id=asked.row.pk, text=asked.data["text"], by=asked.by, at=asked.at)
    return gettext("The complaint is closed.")


def _link(asked: Asked) -> str:
    services.link_case(case_id=asked.row.pk, reference=asked.data["reference"], by=asked.by, at=asked.at)
    return gettext("It is said what the complaint is about.")


def _name(asked: Asked) -> Done:
    contact = services.open_contact(case_id=asked.row.pk, by=asked.by, at=asked.at)
    if contact is None:
        return Done(gettext("Whoever complained gave no name."))
    facts = [Fact(_("Name"), contact.name or "—"), Fact(_("Telephone"), contact.phone or "—")]
    return Done(gettext("It is recorded that you opened this name. Keep it to yourself."), shown_once=facts)


def _is_open(case: Case) -> bool:
    return case.status in OPEN


class LateFilter(admin.SimpleListFilter):
    """Whether the day of the answer has passed."""

    title = _("late")
    parameter_name = "late"

    def lookups(self, request: Any, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", _("late"))]

    def queryset(self, request: Any, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(pk__in=overdue(on=clock.today()).values("pk")) if self.value() == "yes" else queryset


@admin.register(Case)
class CaseAdmin(HouseAdmin):
    viewers = CASE_READERS
    list_display = ("number", "received_at", "category", "where", "channel", "level", "shown_status", "deadline")
    list_display_links = ("number",)
    list_filter = (LateFilter, "status", "category", "level", "channel")
    date_hierarchy = "received_at"
    ordering = ("answer_by", "-id")
    fields = (
        "category", "where", "about", "text", "files", "language", "channel", "received_at", "level", "status", "deadline",
    )  # fmt: skip
    empty_list_sentence = _("Nobody has complained yet. That nobody complains may also mean that nobody knows how.")
    new_acts = (
        Act(
            name="enter", title=_("Take a complaint down"), roles=HANDLERS, form=EnteredForm, run=_enter, initial=lambda _row: {"client_key": uuid4()},
            explanation=_("For somebody at the telephone. A name is not needed. The code by which they follow it is shown once: read it out twice."),
        ),
    )  # fmt: skip
    acts = (
        Act(
            name="answer", title=_("Answer"), roles=HANDLERS, form=WordsForm, run=_answer, possible=_is_open,
            explanation=_("Not for whoever had a hand in what the complaint is about."),
        ),
        Act(
            name="escalate", title=_("Take to the next level"), roles=HANDLERS, form=WordsForm, run=_escalate,
            possible=lambda case: _is_open(case) and case.level != LEVELS[-1],
        ),
        Act(name="close", title=_("Close"), roles=HANDLERS, form=WordsForm, run=_close, possible=lambda case: case.status == Case.Status.ANSWERED),
        Act(
            name="link", title=_("Say what it is about"), roles=HANDLERS, form=LinkForm, run=_link,
            possible=lambda case: not case.payment_id and not case.spending_id,
        ),
        Act(
            name="name", title=_("Open the name"), roles=HANDLERS, run=_name, button=_("Open the name"),
            explanation=_("Only where the case needs it. It is recorded that you opened it."),
        ),
    )  # fmt: skip
    # No words and no place: a list that leaves the office points at nobody.
    export_columns = (
        (_("complaint"), str),
        (_("received at"), lambda case: clock.day_of(case.received_at)),
        (_("about"), lambda case: case.get_category_display()),
        (_("received by"), lambda case: case.get_channel_display()),
        (_("level"), lambda case: case.get_level_display()),
        (_("status"), lambda case: case.get_status_display()),
        (_("answer until"), lambda case: case.answer_by or ""),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Case]:
        cases: QuerySet[Case] = super().get_queryset(request)
        return cases.select_related("village", "payment__disbursement", "spending", "photo", "recording")

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        case = self.get_object(request, object_id) if object_id else None
        if case is not None and isinstance(request.user, User) and self.has_view_permission(request, case):
            services.open_case(case_id=case.pk, by=request.user, at=clock.now())
        return super().changeform_view(request, object_id, form_url, extra_context)

    def list_totals(self, queryset: QuerySet[Any]) -> Iterable[Fact]:
        yield Fact(_("Open"), queryset.filter(status__in=sorted(OPEN)).count())
        yield Fact(_("Late"), queryset.filter(pk__in=overdue(on=clock.today()).values("pk")).count())

    def made_of(self, row: Any) -> Iterable[tuple[Any, Iterable[Fact]]]:
        steps = row.events.select_related("by").order_by("id")
        yield _("What happened"), [Fact(f"{clock.day_of(one.at)} · {one.get_kind_display()}", _in_short(one)) for one in steps]

    @display(description=_("complaint"), ordering="id")
    def number(self, case: Case) -> str:
        return str(case)

    @display(description=_("place"))
    def where(self, case: Case) -> str:
        return " · ".join(filter(None, (str(case.village) if case.village else "", case.place))) or "—"

    @display(description=_("payment or spending"))
    def about(self, case: Case) -> str:
        return row_link(case.payment or case.spending)

    @display(description=_("files"))
    def files(self, case: Case) -> str:
        parts = [
            format_html(
                '<a class="text-primary-600 dark:text-primary-500 underline" href="{}">{}</a>', reverse("grievances:file", args=[case.pk, what]), name
            )
            for what, name, stored in (("photo", gettext("Photo"), case.photo), ("recording", gettext("Voice recording"), case.recording))
            if stored
        ]
        return format_html(" · ".join("{}" for _part in parts), *parts) if parts else "—"

    @display(description=_("status"), label=_COLOURS, ordering="status")
    def shown_status(self, case: Case) -> tuple[str, str]:
        return case.status, case.get_status_display()

    @display(description=_("answer until"), ordering="answer_by")
    def deadline(self, case: Case) -> str:
        if case.answer_by is None:
            return "—"
        late = f" ({gettext('late')})" if case.answer_by < clock.today() else ""
        return f"{case.answer_by}{late}"


def _in_short(step: Any) -> str:
    who = str(step.by) if step.by else gettext("no answer in time") if step.missed else gettext("whoever complained")
    return " · ".join(filter(None, (step.get_level_display(), who, step.text)))
