"""Office pages of plans, pots, beneficiaries, stated facts and allocations."""

from revenue.sharing.admin import allocations, assignments, lines, plans, pots, statements

__all__ = ["allocations", "assignments", "lines", "plans", "pots", "statements"]
