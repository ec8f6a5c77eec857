"""Projects, issued credits, sales of serial ranges, and the money that arrives."""

from revenue.credits.models.issuances import Int8Range, Issuance
from revenue.credits.models.projects import Project
from revenue.credits.models.receipts import BankAccount, Identification, OpeningPosition, Receipt
from revenue.credits.models.sales import Article6Event, Buyer, Sale, SaleLot

__all__ = [
    "Article6Event",
    "BankAccount",
    "Buyer",
    "Identification",
    "Int8Range",
    "Issuance",
    "OpeningPosition",
    "Project",
    "Receipt",
    "Sale",
    "SaleLot",
]
