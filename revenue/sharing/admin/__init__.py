"""Office pages of plans, pots, beneficiaries and allocations."""

from revenue.sharing.admin import allocations, plans, pots

__all__ = ["allocations", "plans", "pots"]
