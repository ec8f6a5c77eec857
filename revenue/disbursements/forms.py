"""Forms of the acts on disbursements, payments and statements. Field names are those the services refuse at."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from communities.registry.models import Recipient
from core import clock
from core.admin import ImportForm
from core.forms import CURRENCIES, AmountField, DayField, DocumentField
from core.money import Money, NotAnAmount, parse_amount
from revenue.credits.models import BankAccount
from revenue.disbursements import queries
from revenue.disbursements.models import Disbursement, StatementLine, Uncovered
from revenue.disbursements.movements import Movement
from revenue.disbursements.queries import candidates
from revenue.disbursements.services.debits import is_far_above
from revenue.disbursements.services.statements import LAYOUTS
from revenue.ledger import chart
from revenue.ledger.chart import Place
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


def pay_form(disbursement: Disbursement) -> type[PayForm]:
    """Return the payment's form; a debit far above the approval brings a box to be ticked, with the amount in so many words."""

    class PayFormOf(PayForm):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            debited = _read(self.data.get("amount", ""), disbursement.currency)
            if debited is not None and is_far_above(disbursement, debited.minor):
                # The box is for this amount: another amount asks again.
                self.fields["confirmed"] = forms.MultipleChoiceField(
                    label=_("Far above what was approved"),
                    choices=[(str(debited.minor), _("The bank's paper says so: %(debited)s was debited.") % {"debited": debited})],
                    required=False,
                    widget=forms.CheckboxSelectMultiple,
                    error_messages={"invalid_choice": _("The amount is another now. Confirm this one.")},
                )

    return PayFormOf


def _read(text: str, currency: str) -> Money | None:
    try:
        return parse_amount(text=text, currency=currency)
    except NotAnAmount:
        return None


class CloseForm(forms.Form):
    on = PastDayField(label=_("Closed on"))
    reason = forms.CharField(label=_("Why"), max_length=300, widget=forms.Textarea(attrs={"rows": 3}), error_messages={"required": _("Say why.")})


def cover_form(tranche: Uncovered) -> type[forms.Form]:
    """Return the form that asks for a covering: what of this receipt is missing, and which pots or reserve may bear it."""
    found = queries.gaps(tranche_ids=[tranche.pk])
    able = [(gap, bearer) for gap in found for bearer in queries.bearers(gap)]

    class CoverForm(forms.Form):
        client_key = forms.UUIDField(widget=forms.HiddenInput)
        cover = forms.ChoiceField(
            label=_("What is missing, and who bears it"),
            choices=[(f"{gap.account_id}:{bearer.account_id}", said_bearer(gap, bearer)) for gap, bearer in able],
            widget=forms.RadioSelect,
            error_messages={"required": _("Choose who bears it.")},
        )
        amount = AmountField(label=_("Amount"), help_text=_("In the currency of the receipt. At most what is missing."))
        why = forms.CharField(label=_("Why"), max_length=300, widget=forms.Textarea(attrs={"rows": 3}), error_messages={"required": _("Say why.")})
        document = DocumentField(label=_("Paper of the decision"), help_text=_("PDF or photo: the minutes or letter that say who bears it."))

    return CoverForm


def said_bearer(gap: queries.Gap, bearer: queries.Bearer) -> str:
    """Say in one line what is missing and who can bear how much of it."""
    currency = gap.place.currency
    return _("%(missing)s missing (%(what)s): %(bearer)s can bear %(able)s") % {
        "missing": Money(gap.amount_minor, currency),
        "what": chart.KIND_NAMES[gap.place.kind],
        "bearer": said_place(bearer.place),
        "able": Money(bearer.amount_minor, currency),
    }


def said_place(place: Place) -> str:
    """Name a place as people do: its kind, its pot, whose part, at which bank."""
    return " · ".join(str(word) for word in (chart.KIND_NAMES[place.kind], place.pot, place.holder, place.bank) if word)


def match_form(line: StatementLine) -> type[forms.Form]:
    """Return the form that says by hand what a line stands for: entries at its bank, and other lines that belong to the same entry."""
    near, beside = candidates(line)

    class MatchForm(forms.Form):
        entries = forms.MultipleChoiceField(
            label=_("Entries of the ledger that this line stands for"),
            choices=[(str(one.entry_id), said_movement(one, line.currency)) for one in near],
            widget=forms.CheckboxSelectMultiple,
            error_messages={"required": _("Choose at least one entry.")},
            help_text=_("Those with the same amount or a near day; the likeliest first. Several, if their sum is the line's amount."),
        )
        lines = forms.MultipleChoiceField(
            label=_("Other lines that belong to the same entry"),
            choices=[
                (str(one.pk), f"{one.value_date} · {Money(one.amount_minor, one.currency)} · {one.reference or '—'} {one.description}")
                for one in beside
            ],
            widget=forms.CheckboxSelectMultiple,
            required=False,
            help_text=_("A payment and its fee, for one."),
        )

    return MatchForm


def said_movement(one: Movement, currency: str) -> str:
    """Say what an entry moved at the bank, in one line."""
    named = f"{one.on} · {Money(one.open_minor, currency)} · {chart.EVENT_NAMES[one.event]} · {one.document}"
    return f"{named} · {' '.join(one.references[:1])}" if one.references else named


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
