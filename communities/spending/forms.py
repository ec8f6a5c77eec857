"""The phone's forms: what a person types, in Khmer or Latin digits, and the photos beside it."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable
from datetime import date
from typing import Any, Final

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.datastructures import MultiValueDict
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from communities.consent.queries import plan_lines_of
from communities.registry.models import Recipient
from communities.spending import queries
from communities.spending.amounts import shown
from communities.spending.models import Category
from communities.spending.services.evidence import Photo
from core import clock
from core.files import read_photo
from core.money import NotAnAmount, latin_digits, parse_amount
from core.refusal import Refused
from revenue.sharing.models import Purpose

CURRENCIES: Final = [("KHR", _("riel (៛)")), ("USD", _("dollars ($)"))]
_NUMBER = re.compile(r"^\d{1,9}$")


def minor_of(*, text: str, currency: str) -> int:
    """
    Return an amount as typed, in minor units.

    :raises ValidationError: if it is no amount of this currency
    """
    try:
        return parse_amount(text=text, currency=currency).minor
    except NotAnAmount as error:
        sentence = (
            _("“%(text)s” is not an amount in riel. Write it in digits, for example 25,000. Riel have no decimals.")
            if currency == "KHR"
            else _("“%(text)s” is not an amount in dollars. Write it in digits, for example 12.50.")
        )
        raise forms.ValidationError(sentence, params={"text": text}) from error


class DayField(forms.DateField):
    """A day, from the phone's own calendar or typed day first, in Khmer or Latin digits."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(input_formats=["%Y-%m-%d", "%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y"], widget=forms.DateInput(format="%Y-%m-%d"), **kwargs)
        self.widget.input_type = "date"
        self.error_messages["invalid"] = _("This is not a day. Write it as day/month/year, for example 31/12/2026.")
        self.error_messages["required"] = _("Choose the day.")

    def to_python(self, value: Any) -> date | None:
        day: date | None = super().to_python(latin_digits(value) if isinstance(value, str) else value)
        return day


class CountField(forms.CharField):
    """A whole number of people or days, in Khmer or Latin digits; empty means none."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("required", False)
        widget = forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off", "maxlength": 9})
        super().__init__(widget=widget, **kwargs)
        self.error_messages["required"] = _("Write a number.")

    def clean(self, value: Any) -> Any:
        digits = re.sub(r"[\s,]", "", latin_digits(super().clean(value)))
        if not digits:
            return 0
        if not _NUMBER.match(digits):
            raise forms.ValidationError(_("“%(text)s” is not a whole number. Write it in digits, for example 25."), params={"text": value})
        return int(digits)


class _ManyFiles(forms.ClearableFileInput):
    allow_multiple_selected = True

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[UploadedFile]:
        # Two buttons feed one field: the camera, and the photos that are on the phone already.
        return [*_uploads(files, name), *_uploads(files, f"{name}_camera")]


def _uploads(files: Any, name: str) -> list[UploadedFile]:
    return list(files.getlist(name)) if isinstance(files, MultiValueDict) else []


class PhotosField(forms.FileField):
    """Any number of photos, each read and judged; the sentence names the file that is none."""

    widget = _ManyFiles

    def clean(self, data: Any, initial: Any = None) -> list[Photo]:
        photos: list[Photo] = []
        for upload in data or []:
            try:
                content, media_type = read_photo(upload=upload, field="photos")
            except Refused as refusal:
                raise forms.ValidationError(_("“%(name)s”: %(sentence)s"), params={"name": upload.name, "sentence": str(refusal)}) from refusal
            photos.append((content, media_type, upload.name or "photo"))
        return photos


class PhoneForm(forms.Form):
    """What every form of the phone pages has: its key, so that sent twice is once."""

    client_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)

    @property
    def photos_lost(self) -> bool:
        """Whether photos came with a form that is shown again: a browser cannot keep them."""
        return self.is_bound and any(self.files.values())

    def refuse(self, refusal: Refused) -> None:
        """Put a refusal's sentence at its field, or above the form."""
        self.add_error(refusal.field if refusal.field in self.fields else None, str(refusal))


class SpendingForm(PhoneForm):
    spent_on = DayField(label=_("Day"))
    amount = forms.CharField(
        label=_("Amount"),
        max_length=30,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
        error_messages={"required": _("Write the amount that was paid.")},
    )
    currency = forms.ChoiceField(
        label=_("Riel or dollars"),
        choices=CURRENCIES,
        initial="KHR",
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose riel or dollars.")},
    )
    category = forms.ChoiceField(label=_("What kind of spending"), error_messages={"required": _("Choose what kind of spending it was.")})
    payee = forms.CharField(
        label=_("Paid to"),
        max_length=160,
        widget=forms.TextInput(attrs={"list": "payees", "autocomplete": "off"}),
        error_messages={"required": _("Write the name of the person or shop that was paid.")},
    )
    description = forms.CharField(
        label=_("What it was for"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("Write what was bought or paid.")},
    )
    photos = PhotosField(label=_("Photo of the receipt"), required=False)
    women = CountField(label=_("Women"))
    men = CountField(label=_("Men"))
    youth = CountField(label=_("Of them, young people (15 to 30)"))
    indigenous = CountField(label=_("Of them, Indigenous people"))
    poor_households = CountField(label=_("Poor households that benefited"))
    other = forms.CharField(
        label=_("Part paid by another donor"),
        required=False,
        max_length=30,
        help_text=_("In the same currency. Leave it empty if nobody else paid."),
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )
    disbursement = forms.ChoiceField(label=_("Paid from which payment"), required=False)
    activity = forms.ChoiceField(label=_("For which activity of the village plan"), required=False)

    def __init__(self, *args: Any, recipient: Recipient, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.category_field.choices = _category_choices()
        self.payment_field.choices = _payment_choices(recipient)
        self.activity_field.choices = _activity_choices(recipient)

    @property
    def category_field(self) -> forms.ChoiceField:
        field = self.fields["category"]
        assert isinstance(field, forms.ChoiceField)
        return field

    @property
    def payment_field(self) -> forms.ChoiceField:
        field = self.fields["disbursement"]
        assert isinstance(field, forms.ChoiceField)
        return field

    @property
    def activity_field(self) -> forms.ChoiceField:
        field = self.fields["activity"]
        assert isinstance(field, forms.ChoiceField)
        return field

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        currency = cleaned.get("currency")
        for name in ("amount", "other"):
            text = cleaned.get(name)
            if currency and text is not None:
                cleaned[f"{name}_minor"] = self._minor(name=name, text=text, currency=currency)
        return cleaned

    def _minor(self, *, name: str, text: str, currency: str) -> int:
        try:
            return minor_of(text=text, currency=currency) if text else 0
        except forms.ValidationError as error:
            self.add_error(name, error)
            return 0

    def facts(self) -> dict[str, Any]:
        """Return the arguments of ``log_spending`` that the person typed."""
        data = self.cleaned_data
        same = (
            "client_key",
            "spent_on",
            "amount_minor",
            "other_minor",
            "currency",
            "payee",
            "description",
            "women",
            "men",
            "youth",
            "indigenous",
            "poor_households",
            "photos",
        )
        return {
            **{name: data[name] for name in same},
            "category_id": int(data["category"]),
            "disbursement_id": int(data["disbursement"]) if data["disbursement"] else None,
            "activity_id": int(data["activity"]) if data["activity"] else None,
        }


def category_name(category: Category) -> str:
    """Return a category's name in the reader's language."""
    return category.name_km if get_language() == "km" and category.name_km else category.name


def _category_choices() -> list[Any]:
    groups: dict[str, list[tuple[str, str]]] = {}
    for category in queries.categories():
        groups.setdefault(category.purpose, []).append((str(category.pk), category_name(category)))
    return [("", _("Choose…")), *((Purpose(purpose).label, choices) for purpose, choices in groups.items())]


def _payment_choices(recipient: Recipient) -> list[Any]:
    advances = queries.open_advances([recipient])
    return [
        ("", _("The oldest one for this kind of spending")),
        *((str(one.disbursement.pk), f"{one.disbursement.reference} · {Purpose(one.disbursement.purpose).label}") for one in advances),
    ]


def _activity_choices(recipient: Recipient) -> list[Any]:
    year = clock.today().year
    lines = [*plan_lines_of(recipient_id=recipient.pk, year=year), *plan_lines_of(recipient_id=recipient.pk, year=year - 1)]
    by_number = {line.activity_number: (str(line.activity_id), f"{line.activity_number}. {line.activity}") for line in reversed(lines)}
    return [("", _("Choose…")), *(choice for _number, choice in sorted(by_number.items()))]


class TrainingForm(PhoneForm):
    topic = forms.CharField(label=_("Topic"), max_length=200, error_messages={"required": _("Write what the training was about.")})
    trainer = forms.CharField(label=_("Trainer"), max_length=160, error_messages={"required": _("Write who gave the training.")})
    place = forms.CharField(label=_("Place"), max_length=160, required=False)
    first_day = DayField(label=_("First day"))
    days = CountField(label=_("Number of days"), required=True, initial="1")
    women = CountField(label=_("Women"))
    men = CountField(label=_("Men"))
    photos = PhotosField(label=_("Photo of the attendance list"), required=False)

    def facts(self) -> dict[str, Any]:
        """Return the arguments of ``log_training`` that the person typed."""
        return dict(self.cleaned_data)


class AcknowledgeForm(PhoneForm):
    received_on = DayField(label=_("Day it arrived"))
    amount = forms.CharField(
        label=_("Amount that arrived"),
        max_length=30,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
        error_messages={"required": _("Write the amount that arrived.")},
    )
    signed_by = forms.CharField(
        label=_("First signature"), max_length=160, error_messages={"required": _("Write the name of the person who signed.")}
    )
    also_signed_by = forms.CharField(
        label=_("Second signature"), max_length=160, error_messages={"required": _("Write the name of the second person who signed.")}
    )
    photos = PhotosField(label=_("Photo of the signed paper"), required=False)

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.currency = currency

    def shown_amount(self) -> str:
        """Return the checked amount as people write it."""
        return shown(self.cleaned_data["amount"], self.currency)

    def clean_amount(self) -> int:
        return minor_of(text=self.cleaned_data["amount"], currency=self.currency)

    def clean_photos(self) -> list[Photo]:
        photos: list[Photo] = self.cleaned_data["photos"]
        if len(photos) > 1:
            raise forms.ValidationError(_("One photo is enough here. Choose the one that shows both signatures."))
        return photos


class AnswerForm(forms.Form):
    words = forms.CharField(
        label=_("Your answer"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": _("Please write your answer.")},
    )
    photos = PhotosField(label=_("Another photo"), required=False)


class PhotosForm(forms.Form):
    photos = PhotosField(label=_("Another photo"), required=False)

    def clean_photos(self) -> list[Photo]:
        photos: list[Photo] = self.cleaned_data["photos"]
        if not photos:
            raise forms.ValidationError(_("No photo was chosen. Take or choose a photo first."))
        return photos


def first_errors(form: forms.Form) -> Iterable[tuple[str, str]]:
    """Yield (id of the field, its label) for each field with a mistake, in the order of the form."""
    for field in form:
        if field.errors:
            yield field.id_for_label or field.auto_id, str(field.label)
