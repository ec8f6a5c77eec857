"""How long the plan engine takes to share one receipt among more and more recipients, by each kind of key. No database."""

from __future__ import annotations

import gc
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from revenue.sharing.engine import Facts, Plan, Source, allocate
from revenue.sharing.planfile import parse
from tests.benchmarks.timing import Measure, exponent, measure_of, milliseconds

NAME: Final = "engine"
SIZES: Final = (10, 1_000, 100_000)
ROUNDS: Final = 5
LARGE: Final = 50_000
CENTS: Final = 100_000_000_00  # USD 100 million: enough for every floor and base below

_HEAD: Final = """format: 1
project: benchmark
title: Benchmark
legal_basis: Invented
effective_from: 2026-01-01
currency: USD
pots:
  - {code: villages, title: Villages}
  - {code: rest, title: Rest}
steps:
  - {give: rest, from: receipt, take: 10 % of gross}
  - {split: receipt, into: {villages: 100 %}}
"""
# One step for each kind of key, as a plan file writes it.
KEYS: Final[dict[str, str]] = {
    "equal": "  - {share: villages, among: villages, by: equal}",
    "one indicator": "  - {share: villages, among: villages, by: area}",
    "three multiplied": "  - {share: villages, among: villages, by: area × k1 × k2}",
    "weighted index of three": "  - {share: villages, among: villages, by: {composite: {area: 50, households: 30, poor_households: 20}}}",
    "floor and ceiling": "  - {share: villages, among: villages, by: households, floor: 100.00, ceiling: 20000000.00}",
    "no less than last time": "  - {share: villages, among: villages, by: households, floor: last time}",
    "base and bonus": "  - {share: villages, among: villages, by: score, base: 50.00}",
    "two levels": "  - {share: villages, among: districts, by: equal}\n  - {share: villages, among: villages, within: districts, by: area}",
    "rate × quantity": "  - {pay: villages, among: villages, rate: 0.01, for_each: area, rest: rest}",
    "by performance": (
        "  - {by_performance: villages, among: villages, entitlement: {by: area}, measure: ratio,"
        " bands: [{from: 1, pays: 100 %}, {from: 0.5, pays: 50 %}], unearned: rest}"
    ),
}


@dataclass(frozen=True, slots=True)
class Case:
    """A plan with one kind of key, and facts for so many recipients."""

    key: str
    plan: Plan
    facts: Facts

    def share(self) -> object:
        """Share one receipt, as the product does."""
        return allocate(plan=self.plan, facts=self.facts, source=Source(CENTS, "USD"))


def facts_for(recipients: int) -> Facts:
    """Return made-up facts, the same for the same number of recipients."""
    codes = tuple(f"village-{number:06d}" for number in range(recipients))
    districts = tuple(f"district-{number:04d}" for number in range(max(1, recipients // 100)))
    members = {district: codes[place :: len(districts)] for place, district in enumerate(districts)}

    def column(number: Callable[[int], Fraction]) -> dict[str, Fraction]:
        return {code: number(place) for place, code in enumerate(codes)}

    return Facts(
        groups={"villages": codes, "districts": districts},
        within={"villages": members},
        indicators={
            "area": column(lambda place: Fraction(place % 997 + 1, 10)),
            "households": column(lambda place: Fraction(place % 401 + 20)),
            "poor_households": column(lambda place: Fraction(place % 89 + 1)),
            "k1": column(lambda place: Fraction(place % 3 + 8, 10)),
            "k2": column(lambda place: Fraction(place % 5 + 6, 10)),
            "score": column(lambda place: Fraction(place % 11)),
            "ratio": column(lambda place: Fraction(place % 13, 10)),
        },
        last_time={"villages": dict.fromkeys(codes, 5000)},
        as_of="2026-01-01",
    )


def _milliseconds(case: Case) -> float:
    """Time one sharing as timeit does: without the collector, which walks through whatever else is in memory."""
    gc.collect()
    gc.disable()
    try:
        return milliseconds(case.share)
    finally:
        gc.enable()


def run(*, sizes: Sequence[int], say: Callable[[str], object]) -> list[Measure]:
    """Measure every key at every size; large sizes once, since they take seconds."""
    plans = {key: parse(_HEAD + step + "\n") for key, step in KEYS.items()}
    facts = {size: facts_for(size) for size in sorted(sizes)}
    found: list[Measure] = []
    for key, plan in plans.items():
        say(f"sharing by {key} …")
        cases = {size: Case(key, plan, given) for size, given in facts.items()}
        found += [
            measure_of(key, size, [(_milliseconds(case), None) for _round in range(ROUNDS if size < LARGE else 1)]) for size, case in cases.items()
        ]
    return found


def as_text(measures: Sequence[Measure]) -> str:
    """Print milliseconds by key and size, what one recipient costs, and the exponent of growth from the second size on."""
    sizes = sorted({one.size for one in measures})
    cost = {(one.name, one.size): one.milliseconds for one in measures}
    lines = ["The plan engine: milliseconds to share one receipt among so many recipients (exponent 1: twice as many take twice as long)", ""]
    lines.append(f"{'key':<26}" + "".join(f"{size:>14,}" for size in sizes) + f"{'µs each':>12}{'exponent':>12}")
    for key in dict.fromkeys(one.name for one in measures):
        row = [(size, cost[key, size]) for size in sizes]
        each = row[-1][1] * 1000 / row[-1][0]
        lines.append(f"{key:<26}" + "".join(f"{spent:>14,.1f}" for _size, spent in row) + f"{each:>12,.0f}{exponent(row[1:] or row):>12.2f}")
    return "\n".join(lines) + "\n"


def as_plain(measures: Sequence[Measure]) -> str:
    """Return all measures as JSON."""
    return json.dumps({"engine": [{"key": one.name, "recipients": one.size, "milliseconds": one.milliseconds} for one in measures]}, indent=1)
