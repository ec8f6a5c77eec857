"""How a lot held in two currencies is drawn down so that both reach zero together. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Held:
    """What a recipient holds of one lot and tranche: ``amount_minor`` on our books, ``local_minor`` in hand."""

    lot: int
    tranche_id: int
    amount_minor: int
    local_minor: int


def part(*, amount_minor: int, local_minor: int, drawn_local: int) -> int:
    """
    Return the book amount that leaves with drawn_local of local_minor.

    All of it with the last riel, else the floor of the proportion: no rate is multiplied, so nothing is left over.

    :raises ValueError: if more is drawn than is held
    """
    if not 0 <= drawn_local <= local_minor:
        raise ValueError("more is drawn than is held")
    return amount_minor if drawn_local == local_minor else amount_minor * drawn_local // local_minor


def take(*, held: Sequence[Held], local_minor: int) -> tuple[list[Held], int]:
    """
    Draw local_minor from what is held, first in the sequence first.

    Returns what is taken from each lot and tranche, and the local amount that was not covered.
    """
    if local_minor < 0:
        raise ValueError("a draw must not be negative")
    taken: list[Held] = []
    for one in held:
        drawn = min(local_minor, one.local_minor)
        if drawn == 0:
            continue
        book = part(amount_minor=one.amount_minor, local_minor=one.local_minor, drawn_local=drawn)
        taken.append(Held(one.lot, one.tranche_id, book, drawn))
        local_minor -= drawn
    return taken, local_minor
