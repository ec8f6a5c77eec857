"""Draw a random sample that anybody can draw again from its seed. Pure: no Django, no clock, no randomness of its own."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from fractions import Fraction

from revenue.sharing.engine.split import apportion


@dataclass(frozen=True, slots=True)
class Drawn:
    """A payment that was drawn: its stratum, its key in the frame, and its place in the draw."""

    stratum: str
    key: str
    position: int


def draw(*, frame: Mapping[str, Collection[str]], size: int, seed: str) -> list[Drawn]:
    """
    Draw ``size`` keys from the strata of a frame (all of them, if there are fewer).

    Each stratum gives its proportional part, largest remainder first; where there are places enough, none is left out
    entirely. Within a stratum the keys with the lowest sha256 of ``seed/stratum/key`` are drawn, so the order in which
    the frame was read does not matter and the draw can be repeated with any tool.
    """
    if size < 0:
        raise ValueError("a sample is not smaller than nothing")
    counts = {stratum: len(set(keys)) for stratum, keys in frame.items() if keys}
    parts = _parts(counts=counts, size=min(size, sum(counts.values())))
    chosen: list[tuple[str, str]] = []
    for stratum in sorted(parts):
        ranked = sorted(set(frame[stratum]), key=lambda key: (_rank(seed, stratum, key), key))
        chosen += [(stratum, key) for key in ranked[: parts[stratum]]]
    return [Drawn(stratum, key, position) for position, (stratum, key) in enumerate(chosen, start=1)]


def _parts(*, counts: Mapping[str, int], size: int) -> dict[str, int]:
    """Return how many of each stratum are drawn; never more than it has."""
    least = 1 if size >= len(counts) else 0
    rest = {stratum: count - least for stratum, count in counts.items()}
    weights = {stratum: Fraction(count) for stratum, count in rest.items()}
    more = apportion(total=size - least * len(counts), weights=weights, order=sorted(counts))
    return {stratum: least + more[stratum] for stratum in counts}


def _rank(seed: str, stratum: str, key: str) -> str:
    return hashlib.sha256(f"{seed}/{stratum}/{key}".encode()).hexdigest()
