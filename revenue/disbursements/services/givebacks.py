"""Give what was promised and not used back to the places it was drawn from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from revenue.disbursements.draws import Part
from revenue.disbursements.models import Disbursement
from revenue.disbursements.places import sources
from revenue.ledger.chart import Place, Row
from revenue.ledger.portions import split
from revenue.ledger.queries import steps_of_entries
from revenue.ledger.services import LocalDrawn


def drawn_from(disbursement: Disbursement) -> list[Part]:
    """Return what the approval took, from where, in the order it was taken."""
    if disbursement.approval_entry_id is None:
        return []
    return [Part(step.credit, step.tranche_id, step.amount_minor) for step in steps_of_entries([disbursement.approval_entry_id])]


def give_back(*, drawn: Sequence[Part], rest: Iterable[Part]) -> list[Part]:
    """
    Say where the rest of each tranche goes back to: what was drawn last goes back first.

    ``rest`` is what is still committed; each of its tranches was drawn with at least as much.
    """
    left: dict[int, int] = defaultdict(int)
    for part in rest:
        left[part.tranche_id] += part.amount_minor
    back: list[Part] = []
    for part in reversed(drawn):
        some = min(left[part.tranche_id], part.amount_minor)
        if some:
            back.append(Part(part.place, part.tranche_id, some))
            left[part.tranche_id] -= some
    if any(left.values()):
        raise AssertionError("more is left than was drawn")
    return back


def home_of(disbursement: Disbursement, *, bank_code: str) -> dict[int, Part]:
    """Return, by tranche, the pot place at a bank where returned money belongs: the recipient's own part if it came from there."""
    own, undivided = sources(disbursement, bank_code=bank_code)
    home: dict[int, Part] = {}
    for part in drawn_from(disbursement):
        place = own if part.place.holder or (part.tranche_id in home and home[part.tranche_id].place == own) else undivided
        home[part.tranche_id] = Part(place, part.tranche_id, 0)
    return home


@dataclass(frozen=True, slots=True)
class Piece:
    """What came back of one lot and tranche: out of ``source`` into ``place``, differences to the books in ``fx``."""

    place: Place
    fx: Place
    source: Place
    part: LocalDrawn


def credited_rows(pieces: Sequence[Piece], *, credited_minor: int, local_currency: str) -> Iterator[Row]:
    """
    Split what the bank credited over the pieces by their book amounts.

    What it lost or gained against the books is an exchange difference.
    """
    books = [piece.part.amount_minor for piece in pieces]
    weights = books if any(books) else [piece.part.local_minor for piece in pieces]
    for piece, came in zip(pieces, split(amount=credited_minor, weights=weights), strict=True):
        part, kept = piece.part, min(came, piece.part.amount_minor)
        in_hand, currency = part.local_minor, local_currency if part.local_minor else ""
        if kept or part.amount_minor == 0:
            yield Row(piece.place, piece.source, kept, part.tranche_id, part.lot, in_hand, currency)
            in_hand, currency = 0, ""
        if part.amount_minor > kept:
            yield Row(piece.fx, piece.source, part.amount_minor - kept, part.tranche_id, part.lot, in_hand, currency)
        if came > kept:
            yield Row(piece.place, piece.fx, came - kept, part.tranche_id)
