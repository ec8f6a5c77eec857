"""Forms of complaints. Field names are those the services refuse at."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Exists, OuterRef
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from communities.callbacks.forms import PhotoField, RecordingField
from communities.grievances.models import Case
from communities.registry.models import RecipientVillage, Village
from core.ordering import by_own_name

LONGEST = 4000


class VillageField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """A village that some recipient covers, by its name in the reader's language."""

    def label_from_instance(self, obj: Any) -> str:
        if get_language() == "km":
            return " · ".join(filter(None, (obj.name_km or obj.name, obj.province_km or obj.province)))
        return f"{obj.name} · {obj.commune}, {obj.province}"


def _words(label: Any, **other: Any) -> forms.CharField:
    return forms.CharField(label=label, max_length=LONGEST, widget=forms.Textarea(attrs={"rows": 6}), **other)


class CaseForm(forms.Form):
    """A complaint as a villager makes it."""

    client_key = forms.UUIDField(widget=forms.HiddenInput)
    category = forms.ChoiceField(label=_("What is it about?"), choices=Case.Category.choices, widget=forms.RadioSelect, error_messages={"required": _("Choose what the complaint is about.")})  # fmt: skip
    text = _words(_("What happened?"), required=False, help_text=_("When, where, and what you ask for. Or speak it: add a voice recording below."))
    village = VillageField(Village.objects.none(), label=_("Village"), required=False, empty_label=_("I do not say"))
    place = forms.CharField(label=_("Another place"), max_length=160, required=False)
    recording = RecordingField(label=_("Voice recording"))
    photo = PhotoField(
        label=_("Photo"), help_text=_("A photo can hold the place where it was taken. Only the people who handle the complaint see it.")
    )
    name = forms.CharField(label=_("Your name"), max_length=120, required=False)
    phone = forms.CharField(label=_("Your telephone"), max_length=40, required=False, widget=forms.TextInput(attrs={"inputmode": "tel"}))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", **kwargs})
        village = self.fields["village"]
        assert isinstance(village, forms.ModelChoiceField)
        village.queryset = Village.objects.filter(Exists(RecipientVillage.objects.filter(village=OuterRef("pk")))).order_by(*by_own_name())

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        village = given.pop("village", None)
        given["village_id"] = village.pk if village else None
        return given


class PublicForm(CaseForm):
    """The same for everybody: a field that people do not see catches programs that fill in everything."""

    website = forms.CharField(label=_("Leave this empty"), required=False, widget=forms.TextInput(attrs={"tabindex": "-1", "autocomplete": "off"}))

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        if given.pop("website", ""):
            raise forms.ValidationError(_("This came from a program, it seems. Leave the last field empty and send it again."))
        return given


class EnteredForm(CaseForm):
    """The same, taken down for somebody, with what it is about in the books."""

    reference = forms.CharField(
        label=_("Payment or spending"), max_length=40, required=False, help_text=_("The reference on the paper, if there is one.")
    )


class CodeForm(forms.Form):
    code = forms.CharField(
        label=_("Receipt code"),
        max_length=60,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off", "class": "number-input"}),
        error_messages={"required": _("Write the sixteen digits of your receipt.")},
    )


class AppealForm(forms.Form):
    code = forms.CharField(max_length=60, widget=forms.HiddenInput)
    text = _words(_("Why do you not accept the answer?"), error_messages={"required": _("Say why you do not accept the answer.")})


class WordsForm(forms.Form):
    text = _words(
        _("In words"), help_text=_("Whoever complained reads this with their code. Write no names."), error_messages={"required": _("Write it down.")}
    )


class LinkForm(forms.Form):
    reference = forms.CharField(
        label=_("Payment or spending"),
        max_length=40,
        help_text=_("The reference on the paper."),
        error_messages={"required": _("Write the reference.")},
    )
