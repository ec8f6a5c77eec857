"""What a person can do about sharing: draft, propose and decide plans, state facts, allocate, correct, reverse, release."""

from revenue.sharing.places import pot_place, reserve_place, unallocated_place, withheld_place
from revenue.sharing.services.allocation import (
    approve_allocation,
    preview_proposed,
    propose_allocation,
    propose_correction,
    refuse_allocation,
    withdraw_allocation,
)
from revenue.sharing.services.assignments import decide_assignment, propose_assignment
from revenue.sharing.services.beneficiaries import add_beneficiary, end_beneficiary
from revenue.sharing.services.holds import release_reserve
from revenue.sharing.services.plans import decide_plan, draft_plan, edit_draft, propose_draft, propose_plan, read_plan, withdraw_plan
from revenue.sharing.services.preview import Preview, preview_allocation, preview_correction
from revenue.sharing.services.releases import release_withheld
from revenue.sharing.services.reversals import ask_reversal, refuse_reversal, reverse_allocation
from revenue.sharing.services.rulings import decide_ruling, record_ruling
from revenue.sharing.services.statements import state_fact, state_payout_rate

__all__ = [
    "Preview",
    "add_beneficiary",
    "approve_allocation",
    "ask_reversal",
    "decide_assignment",
    "decide_plan",
    "decide_ruling",
    "draft_plan",
    "edit_draft",
    "end_beneficiary",
    "pot_place",
    "preview_allocation",
    "preview_correction",
    "preview_proposed",
    "propose_allocation",
    "propose_assignment",
    "propose_correction",
    "propose_draft",
    "propose_plan",
    "read_plan",
    "record_ruling",
    "refuse_allocation",
    "refuse_reversal",
    "release_reserve",
    "release_withheld",
    "reserve_place",
    "reverse_allocation",
    "state_fact",
    "state_payout_rate",
    "unallocated_place",
    "withdraw_allocation",
    "withdraw_plan",
    "withheld_place",
]
