"""What officers do with projects, credits, sales and the money that arrives."""

from revenue.credits.services.imports import accept_issuances, preview_import
from revenue.credits.services.issuances import record_issuance
from revenue.credits.services.openings import decide_opening, propose_opening
from revenue.credits.services.projects import (
    create_bank_account,
    create_buyer,
    create_project,
    record_article6_event,
    reinstate_project,
    suspend_project,
)
from revenue.credits.services.receipts import identify_receipt, record_receipt, refund_receipt
from revenue.credits.services.sales import Lot, cancel_sale, deliver_sale, record_sale

__all__ = [
    "Lot",
    "accept_issuances",
    "cancel_sale",
    "create_bank_account",
    "create_buyer",
    "create_project",
    "decide_opening",
    "deliver_sale",
    "identify_receipt",
    "preview_import",
    "propose_opening",
    "record_article6_event",
    "record_issuance",
    "record_receipt",
    "record_sale",
    "refund_receipt",
    "reinstate_project",
    "suspend_project",
]
