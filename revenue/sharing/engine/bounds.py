"""Share with a floor and a ceiling for each, by water-filling."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from revenue.sharing.engine.split import NothingToSplitBy, apportion, exact_parts


class CannotHold(ValueError):
    """The bounds ask for more, or allow less, than there is. ``side`` is floor, ceiling or both; amounts in minor units."""

    def __init__(self, side: str, *, needs: int, there_is: int, who: str = "") -> None:
        super().__init__(side)
        self.side = side
        self.needs = needs
        self.there_is = there_is
        self.who = who


def bounded(
    *,
    total: int,
    weights: Mapping[str, Fraction],
    floors: Mapping[str, int] | None,
    ceilings: Mapping[str, int] | None,
    order: list[str],
    quantum: int = 1,
) -> tuple[dict[str, int], frozenset[str]]:
    """
    Split by weight so that nobody gets less than a floor or more than a ceiling; also name who stands at a bound.

    Fix the side, floor or ceiling, with the larger total violation (floors if equal), share the rest among the
    others in proportion, and repeat.

    :raises CannotHold: if no split satisfies the bounds
    :raises NothingToSplitBy: if every weight is zero and no floor decides
    """
    _check(total=total, weights=weights, floors=floors, ceilings=ceilings)
    fixed: dict[str, int] = {}
    free = dict(weights)
    rest = total
    while free:
        try:
            exact = exact_parts(total=rest, weights=free)
        except NothingToSplitBy:
            if not fixed:
                raise
            raise CannotHold("both", needs=total - rest, there_is=total) from None
        low = {code: floors[code] for code, part in exact.items() if part < floors[code]} if floors else {}
        high = {code: ceilings[code] for code, part in exact.items() if part > ceilings[code]} if ceilings else {}
        if not low and not high:
            break
        under = sum((minor - exact[code] for code, minor in low.items()), Fraction(0))
        above = sum((exact[code] - minor for code, minor in high.items()), Fraction(0))
        settled = low if under >= above else high
        fixed.update(settled)
        rest = total - sum(fixed.values())
        free = {code: weight for code, weight in free.items() if code not in fixed}
    if rest and not free:
        raise CannotHold("both", needs=total - rest, there_is=total)
    shared = apportion(total=rest, weights=free, order=[code for code in order if code in free], quantum=quantum)
    return {code: fixed.get(code, shared.get(code, 0)) for code in weights}, frozenset(fixed)


def room(*, weights: Mapping[str, Fraction], floors: Mapping[str, int] | None, ceilings: Mapping[str, int]) -> int:
    """Return the most that the ceilings let through: a zero weight never gets more than its floor."""
    return sum(ceilings[code] if weight else (floors or {}).get(code, 0) for code, weight in weights.items())


def _check(*, total: int, weights: Mapping[str, Fraction], floors: Mapping[str, int] | None, ceilings: Mapping[str, int] | None) -> None:
    if floors and ceilings:
        for code in weights:
            if floors[code] > ceilings[code]:
                raise CannotHold("crossed", needs=floors[code], there_is=ceilings[code], who=code)
    if floors and (needs := sum(floors[code] for code in weights)) > total:
        raise CannotHold("floor", needs=needs, there_is=total)
    if ceilings and any(weights.values()) and (allows := room(weights=weights, floors=floors, ceilings=ceilings)) < total:
        raise CannotHold("ceiling", needs=allows, there_is=total)
