"""Forms of the acts on receipts, recalls, transfers and money that no sale brought."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.forms import AmountField, DayField, DocumentField, minor_of
from revenue.credits.forms.choices import SaleChoice, bank_choice, movable, open_sales
from revenue.credits.models import OtherIncome, Project


class SaleReceiptForm(forms.Form):
    """An instalment of a sale that is known."""

    bank_account = bank_choice(_("Bank account"))
    bank_reference = forms.CharField(label=_("Bank reference"), max_length=80, help_text=_("As it stands on the bank statement."))
    value_date = DayField(label=_("Value date"))
    gross_minor = AmountField(label=_("Amount sent"), help_text=_("In the currency of the bank account, before any bank on the way kept a fee."))
    sender_fee_minor = AmountField(label=_("Kept by the sender's bank"), required=False)
    invoice_minor = AmountField(
        label=_("Paid of the invoice"),
        required=False,
        help_text=_("Only where the sale is in another currency than the bank account; in the sale's currency."),
    )
    rate = forms.CharField(
        label=_("Exchange rate"), max_length=40, required=False, help_text=_("Only then: as the bank's advice says, for example 1.09.")
    )
    sale_currency = ""

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        bank = given.get("bank_account")
        if bank is not None:
            for field in ("gross_minor", "sender_fee_minor"):
                if field in given:
                    given[field] = minor_of(form=self, field=field, currency=bank.currency)
        currency = self.invoiced_in(given)
        typed = given.get("invoice_minor")
        given["invoice_minor"] = minor_of(form=self, field="invoice_minor", currency=currency) if typed and currency else None
        return given

    def invoiced_in(self, given: dict[str, Any]) -> str:
        """Return the currency of the sale, or an empty text where there is none."""
        sale = given.get("sale")
        return sale.currency if sale else self.sale_currency


class ReceiptForm(SaleReceiptForm):
    """Money that arrived: of a sale, or of nobody known yet."""

    sale = SaleChoice(
        open_sales(),
        label=_("Sale"),
        required=False,
        help_text=_("Leave empty if it is not known whose money it is: it is held apart until somebody identifies it."),
    )
    field_order = ("sale", "bank_account")


class IdentifyForm(forms.Form):
    sale = SaleChoice(open_sales(), label=_("Sale"), error_messages={"required": _("Choose the sale that it pays.")})
    invoice_minor = AmountField(
        label=_("Paid of the invoice"),
        required=False,
        help_text=_("Only where the sale is in another currency than the bank account; in the sale's currency."),
    )
    reason = forms.CharField(label=_("How it is known"), max_length=300, widget=forms.Textarea(attrs={"rows": 3}))

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        sale, typed = given.get("sale"), given.get("invoice_minor")
        given["invoice_minor"] = minor_of(form=self, field="invoice_minor", currency=sale.currency) if sale and typed else None
        return given


class CorrectionForm(IdentifyForm):
    """Which sale it was instead, and why that is known."""

    reason = None  # type: ignore[assignment]
    why = forms.CharField(label=_("What was wrong, and how it is known"), max_length=300, widget=forms.Textarea(attrs={"rows": 3}))


class RecallForm(forms.Form):
    value_date = DayField(label=_("Taken back on"))
    amount_minor = AmountField(label=_("Amount taken back"), help_text=_("As the bank debited it, in the currency of the bank account."))
    bank_reference = forms.CharField(label=_("Bank reference"), max_length=80, help_text=_("As it stands on the bank statement."))
    reason = forms.CharField(label=_("Why, as the bank says"), max_length=300, widget=forms.Textarea(attrs={"rows": 3}))
    document = DocumentField(label=_("The bank's advice"), help_text=_("A PDF or a photo."))


class RefundForm(forms.Form):
    day = DayField(label=_("Sent back on"))
    bank_reference = forms.CharField(label=_("Bank reference of the refund"), max_length=80)


class OpeningForm(forms.Form):
    project = forms.ModelChoiceField(Project.objects.order_by("name"), label=_("Project"), error_messages={"required": _("Choose a project.")})
    bank_account = bank_choice(_("Bank account"))
    sale = SaleChoice(open_sales(), label=_("Sale"), required=False, help_text=_("Where it is known which sale the money comes from."))
    as_of = DayField(label=_("As of"))
    amount_minor = AmountField(label=_("Amount in the bank"))
    document = DocumentField(label=_("Document that shows it"), help_text=_("A PDF or a photo, for example the bank's confirmation."))

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("bank_account") is not None and "amount_minor" in given:
            given["amount_minor"] = minor_of(form=self, field="amount_minor", currency=given["bank_account"].currency)
        return given


class DecisionForm(forms.Form):
    reason = forms.CharField(label=_("Remark"), max_length=300, required=False, widget=forms.Textarea(attrs={"rows": 3}))


class AccountChangeForm(forms.Form):
    institution = forms.CharField(label=_("Bank"), max_length=80)
    account_number = forms.CharField(label=_("Account number"), max_length=40)
    why = forms.CharField(
        label=_("Why"), max_length=300, widget=forms.Textarea(attrs={"rows": 3}), error_messages={"required": _("Say why.")},
        help_text=_("For example the bank's letter with its date."),
    )  # fmt: skip


class IncomeForm(forms.Form):
    kind = forms.ChoiceField(label=_("Kind"), choices=OtherIncome.Kind.choices)
    project = forms.ModelChoiceField(Project.objects.order_by("name"), label=_("Project"), error_messages={"required": _("Choose a project.")})
    bank_account = bank_choice(_("Bank account"))
    bank_reference = forms.CharField(label=_("Bank reference"), max_length=80, help_text=_("As it stands on the bank statement."))
    value_date = DayField(label=_("Value date"))
    amount_minor = AmountField(label=_("Amount credited"))
    payer = forms.CharField(label=_("Who gave it"), max_length=160, required=False, help_text=_("Empty for interest."))
    document = DocumentField(label=_("Document that shows it"), help_text=_("A PDF or a photo: the agreement, or the bank's advice."))

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("bank_account") is not None and "amount_minor" in given:
            given["amount_minor"] = minor_of(form=self, field="amount_minor", currency=given["bank_account"].currency)
        return given


class TransferForm(forms.Form):
    from_account = bank_choice(_("From"))
    sent_on = DayField(label=_("Debited on"))
    sent_minor = AmountField(label=_("Debited"))
    sent_reference = forms.CharField(label=_("Reference of the debit"), max_length=80)
    to_account = bank_choice(_("To"))
    credited_on = DayField(label=_("Credited on"))
    credited_minor = AmountField(label=_("Credited"), help_text=_("What a bank kept on the way is charged to the first pot you choose."))
    credited_reference = forms.CharField(label=_("Reference of the credit"), max_length=80)
    places = forms.MultipleChoiceField(
        label=_("What was moved"),
        choices=movable,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("The oldest money of what you choose goes first. Choose from the account it left."),
        error_messages={"required": _("Choose what was moved, from what lies at that bank.")},
    )

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        for field, account in (("sent_minor", "from_account"), ("credited_minor", "to_account")):
            if given.get(account) is not None and field in given:
                given[field] = minor_of(form=self, field=field, currency=given[account].currency)
        return given
