"""What communities plan to do with their money, and whether they agree to how it is shared."""

from communities.consent.models.consents import Consent, Withholding
from communities.consent.models.plans import Activity, BudgetLine, VillagePlan

__all__ = ["Activity", "BudgetLine", "Consent", "VillagePlan", "Withholding"]
