"""Office pages of disbursements, payments, acknowledgements, returns and bank statements."""

from revenue.disbursements.admin import disbursements, payments, statements

__all__ = ["disbursements", "payments", "statements"]
