"""Office pages of spending, of money to be repaid, of trainings and the categories of spending, and what phones sent."""

from communities.spending.admin import arrivals, records, recoverables, trainings

__all__ = ["arrivals", "records", "recoverables", "trainings"]
