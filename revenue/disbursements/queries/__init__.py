"""Reads of disbursements: what waits, what is late, what lies where, and the bank's word against ours. Minor units."""

from revenue.disbursements.queries.bank import BankPosition, bank_position, unmatched_lines
from revenue.disbursements.queries.lots import LotMoney, PreviewLine, lot_balance, lot_money, preview_draw
from revenue.disbursements.queries.work import LateAdvance, late_advances, to_acknowledge, to_approve, to_pay

__all__ = [
    "BankPosition",
    "LateAdvance",
    "LotMoney",
    "PreviewLine",
    "bank_position",
    "late_advances",
    "lot_balance",
    "lot_money",
    "preview_draw",
    "to_acknowledge",
    "to_approve",
    "to_pay",
    "unmatched_lines",
]
