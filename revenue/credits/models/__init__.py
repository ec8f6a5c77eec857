"""Projects, issued credits, sales of serial ranges, and the money that arrives or is taken back."""

from revenue.credits.models.accounts import BankAccountChange
from revenue.credits.models.incomes import OtherIncome
from revenue.credits.models.issuances import Int8Range, Issuance
from revenue.credits.models.movements import BankTransfer, Recall
from revenue.credits.models.projects import Project
from revenue.credits.models.receipts import BankAccount, Correction, Identification, OpeningPosition, Receipt
from revenue.credits.models.sales import Article6Event, Buyer, Sale, SaleLot

__all__ = [
    "Article6Event",
    "BankAccount",
    "BankAccountChange",
    "BankTransfer",
    "Buyer",
    "Correction",
    "Identification",
    "Int8Range",
    "Issuance",
    "OpeningPosition",
    "OtherIncome",
    "Project",
    "Recall",
    "Receipt",
    "Sale",
    "SaleLot",
]
