"""What a person can do about paying: ask, decide, pay, acknowledge, give back, cover what is missing, and take in bank statements."""

from revenue.disbursements.services.acknowledgements import acknowledge_payment
from revenue.disbursements.services.closings import close_last_cents
from revenue.disbursements.services.coverings import approve_covering, propose_covering, refuse_covering
from revenue.disbursements.services.decisions import approve_disbursement, cancel_disbursement, reject_disbursement
from revenue.disbursements.services.matches import match_line, match_lines, match_statement, unmatch_line
from revenue.disbursements.services.payments import pay_disbursement
from revenue.disbursements.services.requests import request_disbursement
from revenue.disbursements.services.returns import payment_sent_back, return_money
from revenue.disbursements.services.statements import accept_statement, preview_statement
from revenue.disbursements.services.undoings import undo_covering

__all__ = [
    "accept_statement",
    "acknowledge_payment",
    "approve_covering",
    "approve_disbursement",
    "cancel_disbursement",
    "close_last_cents",
    "match_line",
    "match_lines",
    "match_statement",
    "pay_disbursement",
    "payment_sent_back",
    "preview_statement",
    "propose_covering",
    "refuse_covering",
    "reject_disbursement",
    "request_disbursement",
    "return_money",
    "undo_covering",
    "unmatch_line",
]
