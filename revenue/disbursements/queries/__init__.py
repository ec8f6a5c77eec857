"""Reads of disbursements: what waits, what is late, what lies where, and the bank's word against ours. Minor units."""

from revenue.disbursements.queries.bank import BankPosition, bank_position, candidates, is_matched, unexplained, unmatched_lines
from revenue.disbursements.queries.lots import LotMoney, PreviewLine, lot_balance, lot_money, preview_draw
from revenue.disbursements.queries.missing import Bearer, Gap, bearers, gap_of, gaps, standing_coverings, undone_by, worth_deciding
from revenue.disbursements.queries.work import LateAdvance, far_above, late_advances, to_acknowledge, to_approve, to_pay

__all__ = [
    "BankPosition",
    "Bearer",
    "Gap",
    "LateAdvance",
    "LotMoney",
    "PreviewLine",
    "bank_position",
    "bearers",
    "candidates",
    "far_above",
    "gap_of",
    "gaps",
    "is_matched",
    "late_advances",
    "lot_balance",
    "lot_money",
    "preview_draw",
    "standing_coverings",
    "to_acknowledge",
    "to_approve",
    "to_pay",
    "undone_by",
    "unexplained",
    "unmatched_lines",
    "worth_deciding",
]
