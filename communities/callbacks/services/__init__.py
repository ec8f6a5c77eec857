"""What people do for the independent check: draw payments, ask somebody to ask, and record what the village says."""

from communities.callbacks.services.answers import ask_person, record_answer
from communities.callbacks.services.samples import draw_sample

__all__ = ["ask_person", "draw_sample", "record_answer"]
