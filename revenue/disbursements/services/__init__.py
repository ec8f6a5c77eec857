"""What a person can do about paying: ask, decide, pay, acknowledge, give back, and take in bank statements."""

from revenue.disbursements.services.acknowledgements import acknowledge_payment
from revenue.disbursements.services.decisions import approve_disbursement, cancel_disbursement, reject_disbursement
from revenue.disbursements.services.payments import pay_disbursement
from revenue.disbursements.services.requests import request_disbursement
from revenue.disbursements.services.returns import payment_sent_back, return_money
from revenue.disbursements.services.statements import accept_statement, match_statement, preview_statement

__all__ = [
    "accept_statement",
    "acknowledge_payment",
    "approve_disbursement",
    "cancel_disbursement",
    "match_statement",
    "pay_disbursement",
    "payment_sent_back",
    "preview_statement",
    "reject_disbursement",
    "request_disbursement",
    "return_money",
]
