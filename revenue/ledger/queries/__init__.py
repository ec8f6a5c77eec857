"""Reads of the ledger: balances, statements, the reinvestment equation, flows and traces. Amounts are minor units."""

from revenue.ledger.queries.balances import (
    AccountTotal,
    BalanceField,
    Held,
    Statement,
    StatementRow,
    TrancheBalance,
    balance,
    balances,
    balances_by_tranche,
    statement,
    trial_balance,
)
from revenue.ledger.queries.books import first_open_day
from revenue.ledger.queries.equation import Equation, Flow, equation, equation_of, equations_by_tranche, flows, flows_by_span, flows_of_entries
from revenue.ledger.queries.traces import Step, moves_of_lot, steps_of_documents, steps_of_entries, trace_down, trace_up

__all__ = [
    "AccountTotal",
    "BalanceField",
    "Equation",
    "Flow",
    "Held",
    "Statement",
    "StatementRow",
    "Step",
    "TrancheBalance",
    "balance",
    "balances",
    "balances_by_tranche",
    "equation",
    "equation_of",
    "equations_by_tranche",
    "first_open_day",
    "flows",
    "flows_by_span",
    "flows_of_entries",
    "moves_of_lot",
    "statement",
    "steps_of_documents",
    "steps_of_entries",
    "trace_down",
    "trace_up",
    "trial_balance",
]
