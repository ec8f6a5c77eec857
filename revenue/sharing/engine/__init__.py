"""The benefit-sharing plan engine: pure Python, no Django, no clock, no float."""

from revenue.sharing.engine.allocate import NoEffectivePlan, allocate, in_force, unallocated
from revenue.sharing.engine.cautions import cautions
from revenue.sharing.engine.describe import Row, describe
from revenue.sharing.engine.facts import Decision, Facts, PayoutRate, Source
from revenue.sharing.engine.lines import Allocation, Change, Departure, Line, Payout, difference
from revenue.sharing.engine.periods import allocate_in_turn
from revenue.sharing.engine.plan import RECEIPT, Plan, Pot, Purpose, Text
from revenue.sharing.engine.refusal import PlanRefused

__all__ = [
    "RECEIPT",
    "Allocation",
    "Change",
    "Decision",
    "Departure",
    "Facts",
    "Line",
    "NoEffectivePlan",
    "Payout",
    "PayoutRate",
    "Plan",
    "PlanRefused",
    "Pot",
    "Purpose",
    "Row",
    "Source",
    "Text",
    "allocate",
    "allocate_in_turn",
    "cautions",
    "describe",
    "difference",
    "in_force",
    "unallocated",
]
