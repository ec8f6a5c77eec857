"""Writes to the ledger: open a tranche, draw, post, reverse, close the books."""

from revenue.ledger.chart import Place, Row
from revenue.ledger.services.batches import post_many
from revenue.ledger.services.books import close_books
from revenue.ledger.services.draws import Drawn, LocalDraw, LocalDrawn, draw, draw_local, draw_lot, lock_places
from revenue.ledger.services.posting import EntryDraft, post, reverse
from revenue.ledger.services.recalls import TakenBack, take_back
from revenue.ledger.services.retry import retry_on_deadlock
from revenue.ledger.services.tranches import open_tranche

__all__ = [
    "Drawn",
    "EntryDraft",
    "LocalDraw",
    "LocalDrawn",
    "Place",
    "Row",
    "TakenBack",
    "close_books",
    "draw",
    "draw_local",
    "draw_lot",
    "lock_places",
    "open_tranche",
    "post",
    "post_many",
    "retry_on_deadlock",
    "reverse",
    "take_back",
]
