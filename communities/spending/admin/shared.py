"""What the office pages of spending and of trainings show and ask alike."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from communities.spending.models import STEPS, SpendingRecord, Status, TrainingRecord
from core.acts import Fact
from core.money import Money, plain

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


def can(step: Status) -> Any:
    """Return whether a row may take this step now."""
    return lambda row: step in STEPS[Status(row.status)]


def logger(row: Any) -> int | None:
    """Return who logged a row: never its checker."""
    return int(row.logged_by_id)


def said(row: SpendingRecord | TrainingRecord) -> Iterable[Fact]:
    """Yield what office and village said about a record."""
    for step in row.steps.select_related("by").order_by("at", "id"):
        yield Fact(f"{step.at:%Y-%m-%d} · {step.by} · {step.get_status_display()}", step.words or "–")


def evidence(row: SpendingRecord | TrainingRecord) -> Iterable[Fact]:
    """Yield the photos and documents behind a record."""
    for one in row.evidence.select_related("file").order_by("id"):
        yield Fact(one.get_kind_display(), one.file.original_name, link("spending:evidence", one.pk))


def plain_amount(minor: int | None, currency: str) -> str:
    """Write an amount for a spreadsheet, nothing where there is none."""
    return "" if minor is None or not currency else plain(Money(minor, currency))
