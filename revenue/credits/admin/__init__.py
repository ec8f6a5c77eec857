"""Office pages of projects, credits, sales and money that arrives."""

from revenue.credits.admin import accounts, incomes, money, movements, projects, receipts, sales

__all__ = ["accounts", "incomes", "money", "movements", "projects", "receipts", "sales"]
