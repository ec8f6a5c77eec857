"""Forms of the acts on projects, credits, sales and money that arrives. Field names are those the services refuse at."""

from revenue.credits.forms.credits import Article6Form, CancelForm, DeliverForm, IssuanceForm, IssuanceImportForm, ProjectForm, SaleForm
from revenue.credits.forms.money import (
    AccountChangeForm,
    CorrectionForm,
    DecisionForm,
    IdentifyForm,
    IncomeForm,
    OpeningForm,
    RecallForm,
    ReceiptForm,
    RefundForm,
    SaleReceiptForm,
    TransferForm,
)

__all__ = [
    "AccountChangeForm",
    "Article6Form",
    "CancelForm",
    "CorrectionForm",
    "DecisionForm",
    "DeliverForm",
    "IdentifyForm",
    "IncomeForm",
    "IssuanceForm",
    "IssuanceImportForm",
    "OpeningForm",
    "ProjectForm",
    "RecallForm",
    "ReceiptForm",
    "RefundForm",
    "SaleForm",
    "SaleReceiptForm",
    "TransferForm",
]
