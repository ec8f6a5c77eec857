"""Plan versions and their pots, who shares, what is stated, and what each receipt was split into."""

from revenue.sharing.models.allocations import AllocationLine, AllocationRun, HeldLine, UsedCount, WaitingTranche, WithheldLine
from revenue.sharing.models.assignments import AssignedMoney
from revenue.sharing.models.facts import PayoutRate, Ruling, StatedFact
from revenue.sharing.models.plans import SPENDING_PURPOSES, Beneficiary, PlanVersion, Pot, Purpose
from revenue.sharing.models.plans import _DateRange as _DateRange  # the first migration knows it by this address

__all__ = [
    "SPENDING_PURPOSES",
    "AllocationLine",
    "AllocationRun",
    "AssignedMoney",
    "Beneficiary",
    "HeldLine",
    "PayoutRate",
    "PlanVersion",
    "Pot",
    "Purpose",
    "Ruling",
    "StatedFact",
    "UsedCount",
    "WaitingTranche",
    "WithheldLine",
]
