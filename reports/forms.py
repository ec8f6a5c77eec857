"""What people type on the report pages."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from reports.models import Period
from revenue.credits.models import Project


class AskReportForm(forms.Form):
    """Choose a quarter and what the report is about."""

    period = forms.ChoiceField(label=_("Quarter"))
    project = forms.ChoiceField(label=_("About"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["period"].choices = [(row.label, row.label) for row in Period.objects.order_by("-first")]  # type: ignore[attr-defined]
        projects = [(row.code, row.name) for row in Project.objects.order_by("name")]
        self.fields["project"].choices = [("", _("The whole programme")), *projects]  # type: ignore[attr-defined]


class VerifyForm(forms.Form):
    """A report file, or the beginning of its hash as it is printed on every page."""

    file = forms.FileField(label=_("The report file (PDF, XLSX, CSV or JSON)"), required=False)
    code = forms.CharField(label=_("Or the code printed on it"), required=False, max_length=64, min_length=8)


class TraceForm(forms.Form):
    """A reference to follow."""

    reference = forms.CharField(label=_("Reference of a sale, receipt, disbursement or spending record"), max_length=40)
