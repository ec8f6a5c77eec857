"""Office pages of disbursements, payments, what is missing, acknowledgements, returns and bank statements."""

from revenue.disbursements.admin import coverings, disbursements, payments, statements

__all__ = ["coverings", "disbursements", "payments", "statements"]
