"""Give what was promised and not used back to the places it was drawn from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from revenue.disbursements.draws import Part
from revenue.disbursements.models import Disbursement
from revenue.disbursements.places import sources
from revenue.ledger.queries import steps_of_entries


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
