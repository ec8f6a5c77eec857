"""What officers do with projects, credits, sales and the money that arrives."""

from revenue.credits.services.accounts import decide_account_change, propose_account_change
from revenue.credits.services.corrections import decide_correction, propose_correction
from revenue.credits.services.held import identify_held, identify_receipt, refund_receipt
from revenue.credits.services.imports import accept_issuances, preview_import
from revenue.credits.services.incomes import decide_income, propose_income
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
from revenue.credits.services.recalls import recall_receipt
from revenue.credits.services.receipts import record_receipt
from revenue.credits.services.sales import Lot, cancel_sale, deliver_sale, record_sale
from revenue.credits.services.transfers import record_transfer

__all__ = [
    "Lot",
    "accept_issuances",
    "cancel_sale",
    "create_bank_account",
    "create_buyer",
    "create_project",
    "decide_account_change",
    "decide_correction",
    "decide_income",
    "decide_opening",
    "deliver_sale",
    "identify_held",
    "identify_receipt",
    "preview_import",
    "propose_account_change",
    "propose_correction",
    "propose_income",
    "propose_opening",
    "recall_receipt",
    "record_article6_event",
    "record_issuance",
    "record_receipt",
    "record_sale",
    "record_transfer",
    "refund_receipt",
    "reinstate_project",
    "suspend_project",
]
