"""Choose how much of each tranche goes into an amount: oldest first, or in proportion. Pure."""

from __future__ import annotations

from collections.abc import Sequence


def oldest_first(*, available: Sequence[int], amount: int) -> list[int]:
    """
    Take amount from the first, then the next: the parts in the same order as available.

    :raises ValueError: if there is less than amount
    """
    _check(available, amount)
    parts: list[int] = []
    for one in available:
        parts.append(min(one, amount))
        amount -= parts[-1]
    return parts


def in_proportion(*, available: Sequence[int], amount: int) -> list[int]:
    """
    Take amount from all in proportion to what is there, to the last minor unit.

    Largest remainder first, equal remainders oldest first; never more of one than it has.

    :raises ValueError: if there is less than amount
    """
    _check(available, amount)
    return split(amount=amount, weights=available) if amount else [0 for _ in available]


def split(*, amount: int, weights: Sequence[int]) -> list[int]:
    """
    Split amount by weights: largest remainder first, equal remainders in the order given.

    Used for the riel of one payment over its tranches.

    :raises ValueError: if the weights add up to nothing
    """
    total = sum(weights)
    if total <= 0 or amount < 0 or min(weights) < 0:
        raise ValueError("nothing to split by")
    parts = [amount * weight // total for weight in weights]
    by_claim = sorted(range(len(weights)), key=lambda place: (-(amount * weights[place] % total), place))
    for place in by_claim[: amount - sum(parts)]:
        parts[place] += 1
    return parts


def _check(available: Sequence[int], amount: int) -> None:
    if amount < 0 or amount > sum(available) or any(one < 0 for one in available):
        raise ValueError("amount must lie between nothing and what is available")
