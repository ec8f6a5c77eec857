"""Writes: log, ask, answer, accept, refuse, for spending and for trainings, and the photos behind them."""

from communities.spending.services.decisions import accept_spending, query_spending, refuse_spending
from communities.spending.services.evidence import add_evidence, add_training_evidence
from communities.spending.services.records import answer_query, log_spending
from communities.spending.services.trainings import accept_training, answer_training_query, log_training, query_training, refuse_training

__all__ = [
    "accept_spending",
    "accept_training",
    "add_evidence",
    "add_training_evidence",
    "answer_query",
    "answer_training_query",
    "log_spending",
    "log_training",
    "query_spending",
    "query_training",
    "refuse_spending",
    "refuse_training",
]
