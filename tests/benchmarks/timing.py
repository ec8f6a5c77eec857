"""Medians, ratios and exponents of growth."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import perf_counter


@dataclass(frozen=True, slots=True)
class Measure:
    """What one thing costs at one size: median milliseconds, and the median ratio to plain SQL in the same rounds."""

    name: str
    size: int
    milliseconds: float
    to_raw: float | None = None


def milliseconds(work: Callable[[], object]) -> float:
    """Run once and return the time it took."""
    start = perf_counter()
    work()
    return (perf_counter() - start) * 1000


def median_of(work: Callable[[], object], *, rounds: int) -> float:
    """Run a few times, after one that does not count, and return the median."""
    work()
    return statistics.median(milliseconds(work) for _round in range(rounds))


def paired(ours: Callable[[], object], raw: Callable[[], object], *, rounds: int) -> tuple[float, float]:
    """Alternate ours and raw, and return our median and the median of the ratios, round by round."""
    ours(), raw()
    pairs = [(milliseconds(ours), milliseconds(raw)) for _round in range(rounds)]
    return statistics.median(mine for mine, _plain in pairs), statistics.median(mine / plain for mine, plain in pairs)


def exponent(points: Sequence[tuple[int, float]]) -> float:
    """Return the slope of log cost over log size by least squares: 0 is flat, 1 grows with the history."""
    logs = [(math.log(size), math.log(cost)) for size, cost in points]
    mean_x = statistics.mean(x for x, _y in logs)
    mean_y = statistics.mean(y for _x, y in logs)
    spread = sum((x - mean_x) ** 2 for x, _y in logs)
    return sum((x - mean_x) * (y - mean_y) for x, y in logs) / spread if spread else 0.0
