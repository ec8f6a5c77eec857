"""Forms of the acts on disbursements, payments and statements. Field names are those the services refuse at."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from communities.registry.models import Recipient
from core import clock
from core.admin import ImportForm
from core.forms import CURRENCIES, AmountField, DayField
from core.money import NotAnAmount, parse_amount
from revenue.credits.models import BankAccount
from revenue.disbursements.models import Disbursement
from revenue.disbursements.services.statements import LAYOUTS
from revenue.sharing.models import SPENDING_PURPOSES, Pot


def minor(*, text: str, currency: str, field: str) -> int:
    """
    Read an amount in major units as minor units of a currency; an empty text is 0.

    :raises NotAnAmount: at the field
    """
    if not text:
        return 0
    try:
        return parse_amount(text=text, currency=currency).minor
    except NotAnAmount as refusal:
        refusal.field = field
        raise


class PastDayField(DayField):
    """A day that has come: what a bank or a person has done already."""

    def clean(self, value: Any) -> date | None:
        day: date | None = super().clean(value)
        if day is not None and day > clock.today():
            raise forms.ValidationError(_("This day has not come yet."))
        return day


class PotChoice(forms.ModelChoiceField):  # type: ignore[type-arg]  # not subscriptable at run time
    """Pots by project."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.project} · {obj} ({obj.project.currency})"


class RequestForm(forms.Form):
    client_key = forms.UUIDField(widget=forms.HiddenInput)
    pot = PotChoice(
        Pot.objects.filter(purpose__in=SPENDING_PURPOSES).select_related("project").order_by("project__name", "purpose", "title"),
        label=_("From which pot"),
        error_messages={"required": _("Choose the pot.")},
    )
    bank_account = forms.ModelChoiceField(
        BankAccount.objects.order_by("name"), label=_("Paid from"), error_messages={"required": _("Choose the bank account.")}
    )
    recipient = forms.ModelChoiceField(
        Recipient.objects.filter(is_active=True).order_by("name"), label=_("Recipient"), error_messages={"required": _("Choose the recipient.")}
    )
    amount = AmountField(label=_("Amount"), help_text=_("In the currency of the pot."))
    kind = forms.ChoiceField(label=_("Kind"), choices=Disbursement.Kind.choices)
    description = forms.CharField(label=_("What it is for"), max_length=300, widget=forms.Textarea(attrs={"rows": 3}))
    due_on = DayField(label=_("To be paid by"), required=False)
    account_by = DayField(label=_("To be accounted for by"), required=False, help_text=_("For an advance. After this day it is shown as late."))


class ApproveForm(forms.Form):
    tranches = forms.CharField(
        label=_("Only from these receipts"),
        required=False,
        max_length=400,
        help_text=_("Leave empty to draw as shown above. To draw from others, write their references with commas, for example RC-2026-0003."),
    )


class PayForm(forms.Form):
    bank_reference = forms.CharField(label=_("Bank or wallet reference"), max_length=80, help_text=_("As it stands on the bank's paper."))
    paid_on = PastDayField(label=_("Paid on"))
    amount = AmountField(label=_("Debited from our account"), help_text=_("Without the bank's fee."))
    fee = AmountField(label=_("Bank fee"), required=False)
    local_currency = forms.ChoiceField(label=_("Paid out in"), choices=CURRENCIES)
    local_amount = AmountField(label=_("Amount paid out"), required=False, help_text=_("Only where money was exchanged: what reached the payee."))
    rate = forms.CharField(
        label=_("Exchange rate"),
        max_length=40,
        required=False,
        help_text=_("As the bank printed it, for example 4,087. Only where money was exchanged."),
    )


class SentBackForm(forms.Form):
    on = PastDayField(label=_("Back on our account on"))
    fee_kept = forms.BooleanField(label=_("The bank kept its fee"), required=False)


class AcknowledgeForm(forms.Form):
    client_key = forms.UUIDField(widget=forms.HiddenInput)
    received_on = PastDayField(label=_("Received on"))
    amount = AmountField(label=_("Amount received"), help_text=_("As the recipient counted it, in the currency that was paid out."))
    signed_by = forms.CharField(label=_("Signed by"), max_length=160)
    also_signed_by = forms.CharField(label=_("Also signed by"), max_length=160, required=False)
    photo = forms.FileField(label=_("Photo of the signed paper"), required=False, max_length=200)


class ReturnForm(forms.Form):
    bank_account = forms.ModelChoiceField(
        BankAccount.objects.order_by("name"), label=_("Back on our account"), error_messages={"required": _("Choose the bank account.")}
    )
    bank_reference = forms.CharField(label=_("Bank reference"), max_length=80)
    returned_on = PastDayField(label=_("Returned on"))
    local_amount = AmountField(label=_("Amount given back"), help_text=_("In the currency that the recipient was paid in."))
    credited = AmountField(label=_("Credited by our bank"), help_text=_("In the currency of the account."))
    reason = forms.CharField(label=_("Why"), max_length=300, widget=forms.Textarea(attrs={"rows": 3}))


class StatementForm(ImportForm):
    bank_account = forms.ModelChoiceField(
        BankAccount.objects.order_by("name"), label=_("Bank account"), error_messages={"required": _("Choose the bank account.")}
    )
    layout = forms.ChoiceField(label=_("Layout"), choices=[(name, name) for name in LAYOUTS], help_text=_("CAMT is the XML statement (camt.053)."))
    field_order = ("bank_account", "layout", "file")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["file"].help_text = _("CSV, Excel (XLSX) or XML, as the bank gave it. Nothing is taken before you have seen what was read.")
