"""Which tranches of which places pay: read what is there, and choose."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from django.utils.translation import gettext as _

from core.money import Money
from revenue.disbursements.models import Disbursement
from revenue.disbursements.places import committed_place, sources
from revenue.disbursements.refusals import NotEnoughInPot
from revenue.ledger.chart import Place
from revenue.ledger.portions import in_proportion, oldest_first
from revenue.ledger.queries import balances_by_tranche
from revenue.sharing.models import Pot


@dataclass(frozen=True, slots=True)
class Part:
    """An amount of one tranche in one place, in minor units of the place's currency."""

    place: Place
    tranche_id: int
    amount_minor: int


class Purse:
    """What may be taken, in the order it is taken; it knows what is left while one entry is put together."""

    def __init__(self, parts: Iterable[Part]) -> None:
        self._parts = list(parts)

    def take(self, amount_minor: int) -> tuple[list[Part], int]:
        """Take up to an amount, first part first; return what was taken and what nothing was there for."""
        taken: list[Part] = []
        for index, part in enumerate(self._parts):
            some = min(amount_minor, part.amount_minor)
            if some:
                taken.append(replace(part, amount_minor=some))
                self._parts[index] = replace(part, amount_minor=part.amount_minor - some)
                amount_minor -= some
        return taken, amount_minor

    def put(self, parts: Iterable[Part]) -> None:
        """Add what the same entry gives back, to be taken last."""
        self._parts.extend(parts)


def parts_in(place: Place, *, lot: int = 0, tranche_ids: Collection[int] | None = None) -> list[Part]:
    """Return what lies in a place for a lot, oldest tranche first; call it after the place is held."""
    return [
        Part(place, one.tranche_id, one.amount_minor)
        for one in balances_by_tranche(place)
        if one.lot == lot and one.amount_minor > 0 and (tranche_ids is None or one.tranche_id in tranche_ids)
    ]


def committed_parts(disbursement: Disbursement) -> list[Part]:
    """Return what is promised to a disbursement and not yet paid, oldest tranche first."""
    return parts_in(committed_place(disbursement), lot=disbursement.pk)


def pot_parts(disbursement: Disbursement, *, tranche_ids: Collection[int] | None = None) -> tuple[list[Part], list[Part]]:
    """Return what could pay a disbursement: the recipient's own part of the pot, and what is not divided."""
    own, undivided = sources(disbursement)
    return parts_in(own, tranche_ids=tranche_ids), parts_in(undivided, tranche_ids=tranche_ids)


def available_minor(disbursement: Disbursement) -> int:
    """Return what the pot has for this recipient at this bank, in minor units of the disbursement's currency."""
    return sum(part.amount_minor for found in pot_parts(disbursement) for part in found)


def choose(disbursement: Disbursement, *, tranche_ids: Collection[int] | None = None) -> list[Part]:
    """
    Choose what pays a disbursement: the recipient's own part of the pot first, then what is not divided.

    Of each, the oldest tranche first, or in proportion where the plan says so for the pot. ``tranche_ids`` limits
    the choice to tranches that the approver named.

    :raises NotEnoughInPot: if there is less; it says how much there is
    """
    own, undivided = pot_parts(disbursement, tranche_ids=tranche_ids)
    own_total, asked = sum(part.amount_minor for part in own), disbursement.amount_minor
    there = own_total + sum(part.amount_minor for part in undivided)
    if asked > there:
        raise _not_enough(disbursement, there)
    first = min(asked, own_total)
    return [*_portion(own, first, disbursement.pot), *_portion(undivided, asked - first, disbursement.pot)]


def _portion(parts: Sequence[Part], amount: int, pot: Pot) -> list[Part]:
    portion = in_proportion if pot.draw == Pot.Draw.PROPORTIONAL else oldest_first
    chosen = portion(available=[part.amount_minor for part in parts], amount=amount)
    return [replace(part, amount_minor=some) for part, some in zip(parts, chosen, strict=True) if some]


def _not_enough(disbursement: Disbursement, there: int) -> NotEnoughInPot:
    return NotEnoughInPot(
        _("“%(pot)s” has %(available)s for %(recipient)s at this bank, and %(asked)s was asked for.")
        % {
            "pot": disbursement.pot,
            "available": Money(there, disbursement.currency),
            "recipient": disbursement.recipient,
            "asked": Money(disbursement.amount_minor, disbursement.currency),
        },
        available_minor=there,
        next_step=_("Ask for less, or wait until more is allocated there."),
    )
