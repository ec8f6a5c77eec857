"""The office page of the sets of community statements."""

from __future__ import annotations

from collections.abc import Iterable

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.acts import Act, Asked, Fact
from core.admin import HouseAdmin
from core.people.access import OFFICERS
from reports import services
from reports.forms import PeriodForm
from reports.models import SetStatement, StatementSet
from reports.words import own_name

FORMS = ("PDF", "XLSX", "CSV")
MOST_LISTED = 200


def _ask(asked: Asked) -> str:
    made = services.ask_statement_set(period=asked.data["period"], by=asked.by, at=asked.at)
    return _("The statements of %(period)s are being made.") % {"period": made.period}


def _retry(asked: Asked) -> str:
    again = services.retry_statement_set(set_id=asked.row.pk, by=asked.by, at=asked.at)
    return _("%(count)s tasks are in the queue again.") % {"count": again}


@admin.register(StatementSet)
class StatementSetAdmin(HouseAdmin):
    list_display = ("period", "number", "status", "how_far", "asked_by", "asked_at")
    list_filter = ("status",)
    ordering = ("-id",)
    list_select_related = ("period", "asked_by", "zip", "pdf")
    fields = ("period", "number", "status", "how_far", "asked_by", "asked_at")
    empty_list_sentence = gettext_lazy("No set yet: ask for the statements of a year, and print them for the notice boards.")
    new_acts = (
        Act(
            name="ask",
            title=gettext_lazy("Ask for all statements of a period"),
            roles=OFFICERS,
            run=_ask,
            form=PeriodForm,
            explanation=gettext_lazy("One statement for each community, Khmer first: as a zip, and as one PDF to print."),
        ),
    )
    acts = (
        Act(
            name="retry",
            title=gettext_lazy("Try again"),
            roles=OFFICERS,
            run=_retry,
            possible=lambda row: services.progress_of(of=row)["failed"] > 0,
        ),
    )

    @admin.display(description=gettext_lazy("progress"))
    def how_far(self, row: StatementSet) -> str | SafeString:
        done = services.progress_of(of=row)
        said = _("%(drawn)s of %(total)s drawn") % done
        if done["failed"]:
            said += " · " + _("%(failed)s failed") % done
        return format_html("<progress max={} value={}></progress> {}", done["total"] or 1, done["drawn"], said)

    def _first(self, row: StatementSet) -> Iterable[SetStatement]:
        return row.statements.select_related("recipient").defer("text").order_by("position")[:MOST_LISTED]

    def _forms_of(self, row: StatementSet, one: SetStatement) -> SafeString:
        page = reverse("reports:set_statement", args=[row.pk, one.recipient.code])
        name = own_name(one.recipient.name, one.recipient.name_km)
        link = '<a class="text-primary-600 dark:text-primary-500 underline" href="{}?as={}" aria-label="{} {}">{}</a>'
        return format_html_join(" · ", link, ((page, form.lower(), form, name, form) for form in FORMS))

    def made_of(self, row: StatementSet) -> Iterable[tuple[str, Iterable[Fact]]]:
        if row.status == StatementSet.Status.READY:
            files = ((_("One PDF to print"), "pdf"), (_("All statements, each a file (zip)"), "zip"))
            yield _("Files"), [Fact(name, kind.upper(), reverse("reports:statement_set", args=[row.pk, kind])) for name, kind in files]
            yield (
                _("Each community"),
                [Fact(own_name(one.recipient.name, one.recipient.name_km), self._forms_of(row, one)) for one in self._first(row)],
            )
            left = row.statements.count() - MOST_LISTED
            if left > 0:
                yield _("And more"), [Fact(_("All of them are in the zip"), left)]
        failed = row.statements.filter(job__state="FAILED").select_related("recipient", "job")[:20]
        if failed:
            yield _("Failed"), [Fact(one.recipient.name, one.job.sentence) for one in failed]
