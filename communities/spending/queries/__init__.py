"""Reads: what a recipient was given, has spent, holds and owes; what waits for whom."""

from communities.spending.queries.hints import Hint, hints
from communities.spending.queries.holdings import (
    OpenAdvance,
    PurposeMoney,
    categories,
    last_payees,
    money_of,
    not_eligible,
    open_advances,
    payments_to_acknowledge,
    questions_for,
    recipient_money,
    without_evidence,
)
from communities.spending.queries.owed import open_recoverables, settlements_to_decide
from communities.spending.queries.projects import ProjectSpent, paid_by, project_spent, tranches_of
from communities.spending.queries.reviews import Advance, Outlook, outlook, same_photos, to_check, trainings_to_check, waiting_total

__all__ = [
    "Advance",
    "Hint",
    "OpenAdvance",
    "Outlook",
    "ProjectSpent",
    "PurposeMoney",
    "categories",
    "hints",
    "last_payees",
    "money_of",
    "not_eligible",
    "open_advances",
    "open_recoverables",
    "outlook",
    "paid_by",
    "payments_to_acknowledge",
    "project_spent",
    "questions_for",
    "recipient_money",
    "same_photos",
    "settlements_to_decide",
    "to_check",
    "trainings_to_check",
    "tranches_of",
    "waiting_total",
    "without_evidence",
]
