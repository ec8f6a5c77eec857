"""Office pages of projects, credits, sales and receipts."""

from revenue.credits.admin import money, projects, sales

__all__ = ["money", "projects", "sales"]
