"""Reads of plans, pots, and the money that waits to be shared. Amounts are minor units."""

from revenue.sharing.queries.facts import Gathered, facts_for
from revenue.sharing.queries.memory import amounts_of, remembered, shared_in_turn
from revenue.sharing.queries.plans import plan_in_force, plan_of, project_of_tranche, projects_of_tranches
from revenue.sharing.queries.pots import PotBalance, pot_balance, pot_balances
from revenue.sharing.queries.tranches import Waiting, unallocated_by_bank, unallocated_tranches

__all__ = [
    "Gathered",
    "PotBalance",
    "Waiting",
    "amounts_of",
    "facts_for",
    "plan_in_force",
    "plan_of",
    "pot_balance",
    "pot_balances",
    "project_of_tranche",
    "projects_of_tranches",
    "remembered",
    "shared_in_turn",
    "unallocated_by_bank",
    "unallocated_tranches",
]
