"""Forms of the acts on projects, credits and sales."""

from __future__ import annotations

from typing import Any

from django import forms
from django.template.loader import render_to_string
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext_lazy as _

from core.admin import ImportForm
from core.forms import CURRENCIES, AmountField, DayField, DecimalTextField, NumberField, minor_of
from core.money import latin_digits
from revenue.credits.forms.choices import SaleChoice, open_sales
from revenue.credits.models import Article6Event, Buyer, Issuance, Project, Sale
from revenue.credits.queries import available_ranges, sold_of_issuances
from revenue.credits.services.imports import LAYOUTS

ROWS_SHOWN = 8


class IssuanceImportForm(ImportForm):
    layout = forms.ChoiceField(label=_("Layout"), choices=list(LAYOUTS.items()))
    field_order = ("layout", "file")


class ProjectForm(forms.Form):
    code = forms.CharField(label=_("Code"), max_length=40, help_text=_("Short, for example keo-seima. It never changes."))
    name = forms.CharField(label=_("Name"), max_length=160)
    name_km = forms.CharField(label=_("Name in Khmer"), max_length=160, required=False)
    registry = forms.ChoiceField(label=_("Registry"), choices=Project.Registry.choices)
    programme_id = forms.CharField(
        label=_("Number in the registry"), max_length=40, help_text=_("Digits as the registry writes them, for example 1650.")
    )
    standard = forms.CharField(label=_("Standard"), max_length=60)
    mechanism = forms.CharField(label=_("Mechanism"), max_length=80)
    host_authority = forms.CharField(label=_("Host authority"), max_length=160)
    proponent = forms.CharField(label=_("Proponent"), max_length=200, required=False)
    provinces = forms.CharField(label=_("Provinces"), max_length=200, required=False)
    area_ha = DecimalTextField(label=_("Area (ha)"), required=False)
    currency = forms.ChoiceField(label=_("Currency"), choices=CURRENCIES)
    facts = forms.CharField(label=_("Published facts and their sources"), required=False, max_length=5000, widget=forms.Textarea(attrs={"rows": 4}))


class IssuanceForm(forms.Form):
    project = forms.ModelChoiceField(Project.objects.order_by("name"), label=_("Project"), error_messages={"required": _("Choose a project.")})
    first = NumberField(label=_("First serial number"))
    last = NumberField(label=_("Last serial number"))
    serial_text = forms.CharField(label=_("Serial number as the registry writes it"), max_length=160, required=False)
    vintage_start = DayField(label=_("Vintage from"))
    vintage_end = DayField(label=_("Vintage to"), help_text=_("Its last day."))
    issued_on = DayField(label=_("Issued on"))
    unit_type = forms.ChoiceField(label=_("Unit type"), choices=Issuance.UnitType.choices)
    methodology = forms.CharField(label=_("Methodology"), max_length=60, required=False)
    certifications = forms.CharField(label=_("Additional certifications"), max_length=160, required=False)


class LotsWidget(forms.Widget):
    """A small table: which issuance, first and last serial number, as often as needed. Works without scripts."""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[tuple[str, str, str]]:
        columns = [self._column(data, f"{name}_{part}") for part in ("issuance", "first", "last")]
        return [row for row in zip(*columns, strict=False) if any(cell.strip() for cell in row)]

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return f"{name}_issuance" not in data

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> Any:
        given = list(value or [])
        rows = given + [("", "", "")] * max(2, ROWS_SHOWN - len(given))
        return render_to_string("credits/lots.html", {"name": name, "rows": rows, "choices": _sellable()})

    @staticmethod
    def _column(data: Any, key: str) -> list[str]:
        return data.getlist(key) if isinstance(data, MultiValueDict) else list(data.get(key, []))


class LotsField(forms.Field):
    """Serial ranges as (issuance id, first, last); cleans to numbers."""

    widget = LotsWidget

    def clean(self, value: Any) -> list[tuple[int, int, int]]:
        if not value:
            raise forms.ValidationError(_("Name the serial numbers that are sold."))
        return [self._range(place, row) for place, row in enumerate(value, start=1)]

    @staticmethod
    def _range(place: int, row: tuple[str, str, str]) -> tuple[int, int, int]:
        numbers = [latin_digits(cell).replace(",", "").replace(" ", "") for cell in row]
        if not (numbers[0].isascii() and numbers[0].isdigit() and len(numbers[0]) <= 16):
            raise forms.ValidationError(_("Choose the issuance in row %(row)s."), params={"row": place})
        if not all(number.isascii() and number.isdigit() and len(number) <= 16 for number in numbers[1:]):
            raise forms.ValidationError(_("Row %(row)s needs a first and a last serial number, in digits."), params={"row": place})
        return int(numbers[0]), int(numbers[1]), int(numbers[2])


def _sellable() -> list[tuple[str, list[tuple[str, str]]]]:
    """Return what can be sold by project: issuances of active projects with the ranges that are left."""
    issuances = list(
        Issuance.objects.filter(project__status=Project.Status.ACTIVE).select_related("project").order_by("project__name", "vintage_start", "first")
    )
    sold = sold_of_issuances(issuance_ids=[issuance.pk for issuance in issuances])
    groups: dict[str, list[tuple[str, str]]] = {}
    for issuance in issuances:
        if sold.get(issuance.pk, 0) < issuance.quantity:
            left = f"{issuance.first}–{issuance.last}" if issuance.pk not in sold else _left(issuance)
            groups.setdefault(issuance.project.name, []).append((str(issuance.pk), f"{issuance.vintage_start.year}: {left}"))
    return list(groups.items())


def _left(issuance: Issuance) -> str:
    ranges = available_ranges(issuance_id=issuance.pk)
    shown = ", ".join(str(numbers) for numbers in ranges[:3])
    return f"{shown}, …" if len(ranges) > 3 else shown


class SaleForm(forms.Form):
    project = forms.ModelChoiceField(
        Project.objects.filter(status=Project.Status.ACTIVE).order_by("name"),
        label=_("Project"),
        error_messages={"required": _("Choose a project."), "invalid_choice": _("This project is not active, so it cannot sell.")},
    )
    buyer = forms.ModelChoiceField(Buyer.objects.order_by("name"), label=_("Buyer"), error_messages={"required": _("Choose the buyer.")})
    contract_reference = forms.CharField(label=_("Contract reference"), max_length=80)
    sale_date = DayField(label=_("Date of the contract"))
    lots = LotsField(label=_("Serial numbers sold"))
    currency = forms.ChoiceField(label=_("Currency"), choices=CURRENCIES)
    unit_price = DecimalTextField(label=_("Price per tonne"), help_text=_("The amount is quantity × price, to the cent."))
    fees_minor = AmountField(label=_("Fees agreed (broker, registry)"), required=False)
    authorisation = forms.ChoiceField(label=_("Article 6 authorisation"), choices=Sale.Authorisation.choices)
    authorisation_reference = forms.CharField(label=_("Letter of authorisation"), max_length=80, required=False)
    price_is_public = forms.BooleanField(label=_("The price may be published"), required=False)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if "fees_minor" in given:
            given["fees_minor"] = minor_of(form=self, field="fees_minor", currency=given.get("currency", "USD"))
        return given


class DeliverForm(forms.Form):
    on = DayField(label=_("Delivered on"))


class CancelForm(forms.Form):
    on = DayField(label=_("Cancelled on"))
    reason = forms.CharField(label=_("Why"), max_length=300, widget=forms.Textarea(attrs={"rows": 3}), error_messages={"required": _("Say why.")})


class Article6Form(forms.Form):
    project = forms.ModelChoiceField(Project.objects.order_by("name"), label=_("Project"), error_messages={"required": _("Choose a project.")})
    sale = SaleChoice(open_sales(), label=_("Sale"), required=False)
    kind = forms.ChoiceField(label=_("Step"), choices=Article6Event.Kind.choices)
    happened_on = DayField(label=_("Date"))
    document_reference = forms.CharField(label=_("Document"), max_length=120)
    quantity = NumberField(label=_("Quantity (tCO2e)"), required=False)
