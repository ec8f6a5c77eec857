"""What people do with village plans and consent."""

from communities.consent.services.consents import decide_consent, record_consent
from communities.consent.services.plans import add_line, begin_next_version, begin_plan, change_plan, decide_plan, remove_line, send_plan
from communities.consent.services.withholdings import release_withholding, withhold_unpaid

__all__ = [
    "add_line",
    "begin_next_version",
    "begin_plan",
    "change_plan",
    "decide_consent",
    "decide_plan",
    "record_consent",
    "release_withholding",
    "remove_line",
    "send_plan",
    "withhold_unpaid",
]
