"""Medians, ratios and exponents of growth."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Final

# Milliseconds of ours, and of plain SQL doing the same, in the same round.
Sample = tuple[float, float | None]

# Milliseconds up to which a reading is repeated in its turn, and how often.
_SHORT: Final = 50.0
_MOST_TURNS: Final = 9


@dataclass(frozen=True, slots=True)
class Measure:
    """What one thing costs at one size: median milliseconds, and the median ratio to plain SQL, round by round."""

    name: str
    size: int
    milliseconds: float
    to_raw: float | None


def milliseconds(work: Callable[[], object]) -> float:
    """Run once and return the time it took."""
    start = perf_counter()
    work()
    return (perf_counter() - start) * 1000


def sample(ours: Callable[[], object], raw: Callable[[], object] | None = None) -> Sample:
    """
    Time ours and raw in turns, each after a run that does not count, and return the least of each.

    What takes milliseconds is run several times: a turn that waited for another program on a busy machine says nothing.
    """
    ours()
    mine = [milliseconds(ours)]
    turns = _MOST_TURNS if mine[0] < _SHORT else 1
    if raw is not None:
        raw()
    plain = [milliseconds(raw)] if raw is not None else []
    for _turn in range(turns - 1):
        mine.append(milliseconds(ours))
        if raw is not None and plain[0] < _SHORT:
            plain.append(milliseconds(raw))
    return min(mine), min(plain, default=None)


def measure_of(name: str, size: int, samples: Sequence[Sample]) -> Measure:
    """Return the medians of some samples."""
    ratios = [mine / plain for mine, plain in samples if plain]
    return Measure(name, size, statistics.median(mine for mine, _plain in samples), statistics.median(ratios) if ratios else None)


def exponent(points: Sequence[tuple[int, float]]) -> float:
    """Return the slope of log cost over log size by least squares: 0 is flat, 1 grows with the history."""
    logs = [(math.log(size), math.log(cost)) for size, cost in points]
    mean_x = statistics.mean(x for x, _y in logs)
    mean_y = statistics.mean(y for _x, y in logs)
    spread = sum((x - mean_x) ** 2 for x, _y in logs)
    return sum((x - mean_x) * (y - mean_y) for x, y in logs) / spread if spread else 0.0
