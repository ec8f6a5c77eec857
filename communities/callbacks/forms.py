"""Forms of the independent check. Field names are those the services refuse at."""

from __future__ import annotations

from typing import Any, BinaryIO, cast

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from communities.callbacks.access import ASKERS
from communities.callbacks.models import Answer
from communities.callbacks.recordings import read_recording
from core import files
from core.forms import AmountField, DayField, NumberField, minor_of
from core.people.models import User
from core.refusal import Refused
from revenue.credits.models import Project

CURRENCIES = [("KHR", _("riel (៛)")), ("USD", _("dollars ($)"))]
YES_NO = [("", "—"), ("yes", _("yes")), ("no", _("no"))]


class _UploadField(forms.FileField):
    """A file that is read and judged at once; cleans to (bytes, media type, name), or None where none was chosen."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=200, required=False, **kwargs)
        self.error_messages["empty"] = _("This file is empty.")

    def read(self, upload: BinaryIO) -> tuple[bytes, str]:
        raise NotImplementedError

    def clean(self, data: Any, initial: Any = None) -> Any:
        upload = super().clean(data, initial)
        if not isinstance(upload, UploadedFile):
            return None
        try:
            content, media_type = self.read(cast("BinaryIO", upload))
        except Refused as refusal:
            raise forms.ValidationError(str(refusal)) from refusal
        return content, media_type, upload.name or "file"


class PhotoField(_UploadField):
    """A photo."""

    def read(self, upload: BinaryIO) -> tuple[bytes, str]:
        return files.read_photo(upload=upload)


class RecordingField(_UploadField):
    """A voice recording."""

    def read(self, upload: BinaryIO) -> tuple[bytes, str]:
        return read_recording(upload=upload)


class DrawForm(forms.Form):
    client_key = forms.UUIDField(widget=forms.HiddenInput)
    project = forms.ModelChoiceField(Project.objects.order_by("name"), label=_("Project"), required=False, empty_label=_("all projects"))
    first_day = DayField(label=_("Payments from"))
    end_day = DayField(label=_("Payments before"), help_text=_("The first day that is not included any more."))
    size = NumberField(label=_("How many payments"), help_text=_("For example 30. Each project gives its part."))


class AskForm(forms.Form):
    person = forms.ModelChoiceField(
        User.objects.filter(role__in=sorted(ASKERS), is_active=True).order_by("full_name"),
        label=_("Who asks the village"),
        help_text=_("An officer who had no hand in the payment, or the liaison of another community."),
        error_messages={"required": _("Choose a person.")},
    )


class AnswerForm(forms.Form):
    client_key = forms.UUIDField(widget=forms.HiddenInput)
    channel = forms.ChoiceField(label=_("How"), choices=Answer.Channel.choices)
    asked_on = DayField(label=_("Day of the call or visit"))
    reached = forms.ChoiceField(label=_("Was somebody reached?"), choices=YES_NO, error_messages={"required": _("Choose yes or no.")})
    spoken_to = forms.CharField(
        label=_("Who answered"), max_length=160, required=False, help_text=_("For example: the treasurer, or a villager of the committee.")
    )
    was_received = forms.ChoiceField(label=_("Says that money was received?"), choices=YES_NO, required=False)
    amount = AmountField(label=_("Amount received"), required=False, help_text=_("As the villager says it. Do not read our amount out first."))
    currency = forms.ChoiceField(label=_("Currency"), choices=CURRENCIES)
    received_on = DayField(label=_("Received on"), required=False)
    words = forms.CharField(label=_("In their words"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 3}))
    photo = PhotoField(label=_("Photo"))
    recording = RecordingField(label=_("Voice recording"))

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        amount = minor_of(form=self, field="amount", currency=given.get("currency", "USD")) if given.get("amount") else 0
        given["amount_minor"] = amount or None
        given.pop("amount", None)
        given["was_reached"] = given.pop("reached", "") == "yes"
        said = given.pop("was_received", "")
        given["was_received"] = said == "yes" if said else None
        return given
