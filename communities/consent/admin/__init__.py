"""Office pages of village plans, consents and what is withheld without consent."""

from communities.consent.admin import consents, plans

__all__ = ["consents", "plans"]
