"""Money out: disbursements and their payments, what banks say of them, and what is missing."""

from revenue.disbursements.models.coverings import LAST_CENTS, Covering, LotClosing, Uncovered
from revenue.disbursements.models.disbursements import Acknowledgement, Disbursement, MoneyReturn, Payment
from revenue.disbursements.models.statements import BankStatement, LineMatch, StatementLine

__all__ = [
    "LAST_CENTS",
    "Acknowledgement",
    "BankStatement",
    "Covering",
    "Disbursement",
    "LineMatch",
    "LotClosing",
    "MoneyReturn",
    "Payment",
    "StatementLine",
    "Uncovered",
]
