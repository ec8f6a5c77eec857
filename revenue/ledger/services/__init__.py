"""Writes to the ledger: open a tranche, draw, post, reverse, close the books."""

from revenue.ledger.chart import Place, Row
from revenue.ledger.services.books import close_books
from revenue.ledger.services.draws import Drawn, LocalDraw, LocalDrawn, draw, draw_local, draw_lot, lock_places
from revenue.ledger.services.posting import EntryDraft, post, post_many, reverse
from revenue.ledger.services.retry import retry_on_deadlock
from revenue.ledger.services.tranches import open_tranche

__all__ = [
    "Drawn",
    "EntryDraft",
    "LocalDraw",
    "LocalDrawn",
    "Place",
    "Row",
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
]
