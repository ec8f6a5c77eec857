"""What people type on the report pages."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from reports.models import Calendar, Period
from reports.words import own_name
from revenue.credits.models import Project


def _projects() -> list[tuple[str, Any]]:
    return [("", _("The whole programme")), *((row.code, own_name(row.name, row.name_km)) for row in Project.objects.order_by("name"))]


class AskReportForm(forms.Form):
    """Choose a period and what the report is about."""

    period = forms.CharField(
        label=_("Period"),
        max_length=24,
        help_text=_("A quarter (2026Q3), a month (2026-05), a year (2026), or the first and last day (2026-05-01..2026-08-15)."),
    )
    project = forms.ChoiceField(label=_("About"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        newest = Period.objects.filter(kind=Period.Kind.QUARTER).exclude(status=Period.Status.OPEN).order_by("-first").first()
        self.fields["period"].initial = newest.label if newest else ""
        self.fields["project"].choices = _projects()  # type: ignore[attr-defined]


class PeriodForm(forms.Form):
    """Name a period."""

    period = forms.CharField(
        label=_("Period"), max_length=24, help_text=_("A year (2026), a quarter (2026Q3), a month (2026-05), or the first and last day.")
    )


class CalendarForm(forms.Form):
    """Say which report is due, and when."""

    project = forms.ChoiceField(label=_("About"), required=False)
    every = forms.ChoiceField(label=_("Every"), choices=Calendar.Every.choices, initial=Calendar.Every.QUARTER)
    days_after = forms.IntegerField(label=_("Days after its end"), min_value=0, max_value=366, initial=15)
    begins = forms.DateField(label=_("Beginning with the period of this day"), widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["project"].choices = _projects()  # type: ignore[attr-defined]


class SubscriberForm(forms.Form):
    """An address that is told of issued reports."""

    email = forms.EmailField(label=_("E-mail"), max_length=254)
    language = forms.ChoiceField(label=_("Language"), choices=[("km", "ខ្មែរ"), ("en", "English")])
    project = forms.ChoiceField(label=_("About"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["project"].choices = _projects()  # type: ignore[attr-defined]


class RestateForm(forms.Form):
    """Say why a report is made again."""

    reason = forms.CharField(
        label=_("Why is it made again?"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("One or two sentences; the corrected report prints them."),
    )


class VerifyForm(forms.Form):
    """A report file, or the beginning of its hash as it is printed on every page."""

    file = forms.FileField(label=_("The report file (PDF, XLSX, CSV or JSON)"), required=False)
    code = forms.CharField(label=_("Or the code printed on it"), required=False, max_length=64, min_length=8)


class TraceForm(forms.Form):
    """A reference to follow."""

    reference = forms.CharField(label=_("Reference of a sale, receipt, disbursement or spending record, or the code of a recipient"), max_length=60)
