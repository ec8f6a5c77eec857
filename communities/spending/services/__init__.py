"""Writes: log, correct, ask, answer, accept, refuse, for spending and for trainings, the photos behind them, and what phones send."""

from communities.spending.services.afterwards import cover_later, open_minor, undo_acceptance
from communities.spending.services.arrivals import Sent, take
from communities.spending.services.corrections import add_words, correct_spending, turn_of
from communities.spending.services.decisions import Ineligible, accept_spending, query_spending, refuse_spending
from communities.spending.services.disallowances import disallow_advance, disallow_spending
from communities.spending.services.evidence import Taken, add_evidence, add_training_evidence
from communities.spending.services.records import answer_query, log_spending
from communities.spending.services.settlements import ask_to_allow, ask_write_off, decide_settlement, record_repayment
from communities.spending.services.takebacks import ask_to_take_back
from communities.spending.services.trainings import accept_training, answer_training_query, log_training, query_training, refuse_training
from communities.spending.services.uploads import receive_part, upload_of

__all__ = [
    "Ineligible",
    "Sent",
    "Taken",
    "accept_spending",
    "accept_training",
    "add_evidence",
    "add_training_evidence",
    "add_words",
    "answer_query",
    "answer_training_query",
    "ask_to_allow",
    "ask_to_take_back",
    "ask_write_off",
    "correct_spending",
    "cover_later",
    "decide_settlement",
    "disallow_advance",
    "disallow_spending",
    "log_spending",
    "log_training",
    "open_minor",
    "query_spending",
    "query_training",
    "receive_part",
    "record_repayment",
    "refuse_spending",
    "refuse_training",
    "take",
    "turn_of",
    "undo_acceptance",
    "upload_of",
]
