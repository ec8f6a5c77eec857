"""Forms of the acts on recipients, accounts, assignments and lists. Field names are those the services refuse at."""

from __future__ import annotations

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from communities.registry.models import PayeeAccount, Recipient, Village
from core.admin import ImportForm
from core.forms import DayField
from core.people.models import Role, User


class RecipientForm(forms.Form):
    code = forms.CharField(label=_("Code"), max_length=40, help_text=_("Short, for example KS-VC-01. It never changes."))
    kind = forms.ChoiceField(label=_("Kind"), choices=[("", "—"), *Recipient.Kind.choices], error_messages={"required": _("Choose the kind.")})
    name = forms.CharField(label=_("Name"), max_length=160)
    name_km = forms.CharField(label=_("Name in Khmer"), max_length=160, required=False)
    province = forms.CharField(label=_("Province"), max_length=120, required=False)


class AccountForm(forms.Form):
    channel = forms.ChoiceField(label=_("Channel"), choices=PayeeAccount.Channel.choices)
    institution = forms.CharField(label=_("Bank or provider"), max_length=80)
    account_name = forms.CharField(label=_("Account name"), max_length=160, help_text=_("Exactly as the bank has it."))
    account_number = forms.CharField(
        label=_("Account number"), max_length=40, widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"})
    )
    reason = forms.CharField(
        label=_("Why"), max_length=300, widget=forms.Textarea(attrs={"rows": 2}), help_text=_("For example the letter of the committee and its date.")
    )


class DecisionForm(forms.Form):
    reason = forms.CharField(label=_("Remark"), max_length=300, required=False, widget=forms.Textarea(attrs={"rows": 3}))


class AssignForm(forms.Form):
    person = forms.ModelChoiceField(
        User.objects.filter(role=Role.LIAISON, is_active=True).order_by("full_name"),
        label=_("Person"),
        help_text=_("A community liaison, or whoever logs for a ranger unit, partner or training provider."),
        error_messages={"required": _("Choose a person.")},
    )
    from_date = DayField(label=_("From"))


class AssignmentForm(AssignForm):
    recipient = forms.ModelChoiceField(
        Recipient.objects.filter(is_active=True).order_by("name"), label=_("Recipient"), error_messages={"required": _("Choose the recipient.")}
    )
    field_order = ("person", "recipient", "from_date")


class EndForm(forms.Form):
    to_date = DayField(label=_("Until"), help_text=_("The first day on which it does not hold any more."))


class CoverForm(forms.Form):
    village = forms.ModelChoiceField(
        Village.objects.order_by("province", "district", "name"), label=_("Village"), error_messages={"required": _("Choose the village.")}
    )
    from_date = DayField(label=_("From"))


class VillageImportForm(ImportForm):
    source = forms.CharField(label=_("Where the list comes from"), max_length=60, help_text=_("For example the national gazetteer and its date."))
    field_order = ("source", "file")


class PlaceImportForm(ImportForm):
    source = forms.CharField(label=_("Where the list comes from"), max_length=49, help_text=_("With its year, for example data.mef.gov.kh 2025."))
    as_of = DayField(label=_("Valid from"), help_text=_("New places hold from this day on where their line names no other."))
    field_order = ("source", "as_of", "file")


class PlaceNameForm(forms.Form):
    name = forms.CharField(label=_("Also written"), max_length=120, help_text=_("In Latin or Khmer letters, as people write it."))


class CommunityImportForm(ImportForm):
    from_date = DayField(label=_("Valid from"), help_text=_("From this day on the recipients cover the villages of the list."))
    field_order = ("from_date", "file")


class IndicatorImportForm(ImportForm):
    code = forms.CharField(
        label=_("Code of the snapshot"),
        max_length=24,
        help_text=_("Short, for example counts-2026."),
        validators=[RegexValidator(r"^[A-Za-z0-9][A-Za-z0-9_-]*$", _("Use letters, digits, - and _, without spaces."))],
    )
    as_of = DayField(label=_("Counted on"))
    source = forms.CharField(label=_("Who counted"), max_length=40)
    field_order = ("code", "as_of", "source", "file")
