"""Reads of village plans and consents, and what gates ask of them."""

from communities.consent.queries.consents import ConsentCount, consent_count, standing_consents, who_consents
from communities.consent.queries.plans import (
    PlanLine,
    plan_in_force,
    plan_line_for,
    plan_lines_for,
    plan_lines_of,
    same_activities,
    who_has_a_plan,
)
from communities.consent.queries.unpaid import Unpaid, unpaid_after_consent

__all__ = [
    "ConsentCount",
    "PlanLine",
    "Unpaid",
    "consent_count",
    "plan_in_force",
    "plan_line_for",
    "plan_lines_for",
    "plan_lines_of",
    "same_activities",
    "standing_consents",
    "unpaid_after_consent",
    "who_consents",
    "who_has_a_plan",
]
