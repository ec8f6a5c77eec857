"""What a person can do about sharing: propose and decide plans, name beneficiaries, allocate, release."""

from revenue.sharing.places import pot_place, reserve_place, unallocated_place, withheld_place
from revenue.sharing.services.allocation import Preview, allocate_tranche, preview_allocation
from revenue.sharing.services.beneficiaries import add_beneficiary, end_beneficiary
from revenue.sharing.services.plans import decide_plan, propose_plan, read_plan
from revenue.sharing.services.releases import release_withheld

__all__ = [
    "Preview",
    "add_beneficiary",
    "allocate_tranche",
    "decide_plan",
    "end_beneficiary",
    "pot_place",
    "preview_allocation",
    "propose_plan",
    "read_plan",
    "release_withheld",
    "reserve_place",
    "unallocated_place",
    "withheld_place",
]
