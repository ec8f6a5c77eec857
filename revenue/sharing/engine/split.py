"""Divide exactly: every division of money in the project is in this file. Pure: no Django, no clock, no I/O."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import lcm

from core.money import Money


class NothingToSplitBy(ValueError):
    """Every share was zero, so the amount has no owner."""


def split_by_shares(*, amount: Money, shares: Mapping[str, int]) -> dict[str, Money]:
    """
    Give each payee its part of amount, to the last minor unit.

    Largest remainder first; equal remainders go to the lower payee code, so the same
    input gives the same output whatever order the shares came in.

    :raises NothingToSplitBy: if the shares add up to zero
    """
    weights = {code: Fraction(share) for code, share in shares.items()}
    parts = apportion(total=amount.minor, weights=weights, order=sorted(shares))
    return {code: Money(parts[code], amount.currency) for code in shares}


def apportion(*, total: int, weights: Mapping[str, Fraction], order: Sequence[str], quantum: int = 1) -> dict[str, int]:
    """
    Split ``total`` minor units by weight into multiples of ``quantum``, adding up exactly.

    Everybody gets their exact part rounded down; what is left goes out one quantum each, largest remainder first, equal
    remainders in ``order``. If total is no multiple of quantum, the last few units go to the next in that line,
    so nobody is ever a whole quantum away from the exact part, and a zero weight gets nothing.

    :raises NothingToSplitBy: if the weights add up to zero and total does not
    """
    if total < 0 or quantum < 1:
        raise ValueError("an amount to split must not be negative, and its quantum at least 1")
    whole = whole_weights(weights=weights)
    all_shares = sum(whole.values())
    if all_shares == 0:
        if total:
            raise NothingToSplitBy
        return dict.fromkeys(weights, 0)
    step = all_shares * quantum
    parts: dict[str, int] = {}
    claims: dict[str, int] = {}
    for code in order:
        quanta, claims[code] = divmod(total * whole[code], step)
        parts[code] = quanta * quantum
    left = total - sum(parts.values())
    if left:
        # sorted() is stable, so equal claims keep the stated order.
        by_claim = sorted(order, key=claims.__getitem__, reverse=True)
        extra, residue = divmod(left, quantum)
        for code in by_claim[:extra]:
            parts[code] += quantum
        if residue:
            parts[by_claim[extra]] += residue
    return {code: parts[code] for code in weights}


def whole_weights(*, weights: Mapping[str, Fraction]) -> dict[str, int]:
    """Turn rational weights into whole numbers in the same proportion."""
    if any(weight < 0 for weight in weights.values()):
        raise ValueError("a share must not be negative")
    common = lcm(*{weight.denominator for weight in weights.values()}) if weights else 1
    return {code: weight.numerator * (common // weight.denominator) for code, weight in weights.items()}


def exact_parts(*, total: int | Fraction, weights: Mapping[str, Fraction]) -> dict[str, Fraction]:
    """
    Say what each would get if money had no smallest coin.

    :raises NothingToSplitBy: if the weights add up to zero and total does not
    """
    whole = whole_weights(weights=weights)
    all_shares = sum(whole.values())
    if all_shares == 0:
        if total:
            raise NothingToSplitBy
        return dict.fromkeys(weights, Fraction(0))
    amount = Fraction(total)
    bottom = amount.denominator * all_shares
    return {code: Fraction(amount.numerator * share, bottom) for code, share in whole.items()}


def normalised(*, values: Mapping[str, Fraction], weight: Fraction) -> dict[str, Fraction]:
    """Turn one indicator into parts of ``weight``: a composite key adds these up. All zero gives all zero."""
    total = sum(values.values(), Fraction(0))
    if total == 0:
        return dict.fromkeys(values, Fraction(0))
    return {code: weight * value / total for code, value in values.items()}


def over(top: Fraction | int, bottom: Fraction | int) -> Fraction:
    """Return top divided by bottom, exactly."""
    return Fraction(top) / Fraction(bottom)


def down(*, exact: Fraction, quantum: int = 1) -> int:
    """Round down to a multiple of quantum: rate charges and band multipliers."""
    return exact.numerator // (exact.denominator * quantum) * quantum


def up(*, exact: Fraction, quantum: int = 1) -> int:
    """Round up to a multiple of quantum: a floor that is no multiple of it."""
    return -down(exact=-exact, quantum=quantum)


def nearest(*, exact: Fraction, quantum: int = 1) -> int:
    """Round to the nearest multiple of quantum, half to even: rate times quantity."""
    return round(exact / quantum) * quantum
