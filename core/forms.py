"""Fields that officers' forms share: days, amounts and numbers as people type them, in Khmer or Latin digits."""

from __future__ import annotations

from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, BinaryIO, cast

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from core import files
from core.lines import parse_day
from core.money import EXPONENTS, NotAnAmount, latin_digits, parse_amount

CURRENCIES = [(code, code) for code in EXPONENTS]


class DayField(forms.DateField):
    """A day, from the browser's calendar or typed day first."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=forms.DateInput(format="%Y-%m-%d", attrs={"placeholder": "31/12/2026"}), **kwargs)
        self.widget.input_type = "date"
        self.error_messages["invalid"] = _("This is not a date. Write it as day/month/year, for example 31/12/2026.")
        self.error_messages["required"] = _("Give the day.")

    def to_python(self, value: Any) -> date | None:
        if isinstance(value, str) and value.strip():
            day = parse_day(text=value)
            if day is None:
                raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
            return day
        return super().to_python(value)


class AmountField(forms.CharField):
    """An amount in major units as text; ``minor_of`` reads it once the form knows the currency."""

    def __init__(self, **kwargs: Any) -> None:
        attributes = {"inputmode": "decimal", "autocomplete": "off", "class": "number-input"}
        super().__init__(max_length=40, widget=forms.TextInput(attrs=attributes), **kwargs)
        self.error_messages["required"] = _("Give the amount.")


class NumberField(forms.Field):
    """A whole number, with or without thousands commas."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off", "class": "number-input"}), **kwargs)
        self.error_messages["required"] = _("Give the number.")

    def to_python(self, value: Any) -> int | None:
        text = latin_digits(str(value or "")).replace(",", "").replace(" ", "")
        if not text:
            return None
        if not text.isascii() or not text.isdigit() or len(text) > 15:
            raise forms.ValidationError(_("“%(text)s” is not a whole number. Write it in digits, for example 1,250."), params={"text": value})
        return int(text)


class DecimalTextField(forms.Field):
    """A decimal number, with or without thousands commas."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off", "class": "number-input"}), **kwargs)
        self.error_messages["required"] = _("Give the number.")

    def to_python(self, value: Any) -> Decimal | None:
        text = latin_digits(str(value or "")).replace(",", "").replace(" ", "")
        if not text:
            return None
        try:
            number = Decimal(text)
        except InvalidOperation:
            number = Decimal("NaN")
        if not number.is_finite() or abs(number) >= 10**12:
            raise forms.ValidationError(_("“%(text)s” is not a number. Write it in digits, for example 4.125."), params={"text": value})
        return number


class DocumentField(forms.FileField):
    """A PDF or a photo of a document; cleans to (bytes, media type, name)."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=200, **kwargs)
        self.error_messages["required"] = _("Choose the document.")
        self.error_messages["empty"] = _("This file is empty.")

    def clean(self, data: Any, initial: Any = None) -> Any:
        upload = super().clean(data, initial)
        if not isinstance(upload, UploadedFile):
            return upload
        try:
            content, media_type = files.read_document(upload=cast("BinaryIO", upload))
        except files.NotAcceptable as refusal:
            raise forms.ValidationError(str(refusal)) from refusal
        return content, media_type, upload.name or "document"


class ReasonForm(forms.Form):
    """Why: for acts that need nothing else."""

    reason = forms.CharField(label=_("Why"), max_length=300, widget=forms.Textarea(attrs={"rows": 3}), error_messages={"required": _("Say why.")})


def minor_of(*, form: forms.Form, field: str, currency: str) -> int:
    """
    Read the amount typed into a field in a currency; a mistake is put at the field and 0 given back.

    An empty field that is not required is 0.
    """
    text = str(form.cleaned_data.get(field) or "")
    if not text:
        return 0
    try:
        money = parse_amount(text=text, currency=currency)
    except NotAnAmount as refusal:
        form.add_error(field, str(refusal))
        return 0
    if money.minor < 0:
        form.add_error(field, _("The amount is not below zero."))
        return 0
    return money.minor
