"""Share a receipt twice, as the plan stands and with something changed, and say what moves. Pure: nothing is saved."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction

from revenue.sharing.engine import Allocation, Facts, Plan, PlanRefused, Source, allocate
from revenue.sharing.variations import turned

Place = tuple[str, str | None, str]  # pot, recipient, state


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a plan gave for a receipt, or why it refused; exactly one of the two is there."""

    allocation: Allocation | None
    refusal: PlanRefused | None = None


@dataclass(frozen=True, slots=True)
class Changes:
    """
    What is tried out. ``amount_minor`` replaces the receipt; ``dials`` are texts by the name of a dial of the plan;
    ``counted`` are (indicator, recipient, number); ``values`` are single facts, such as a price.
    """

    amount_minor: int | None = None
    dials: Mapping[str, str] = field(default_factory=dict)
    counted: tuple[tuple[str, str, Fraction], ...] = ()
    values: Mapping[str, Fraction | str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Moved:
    """One place before and after, in minor units."""

    pot: str
    recipient: str | None
    state: str
    before_minor: int
    after_minor: int

    @property
    def difference_minor(self) -> int:
        """What it gets more, or less if negative."""
        return self.after_minor - self.before_minor


def share(*, plan: Plan, facts: Facts, source: Source) -> Outcome:
    """Share a receipt, keeping a refusal as an answer."""
    try:
        return Outcome(allocate(plan=plan, facts=facts, source=source))
    except PlanRefused as refusal:
        return Outcome(None, refusal)


def simulate(*, plan: Plan, facts: Facts, source: Source, changes: Changes) -> tuple[Outcome, Outcome]:
    """
    Return what the plan gives as it stands, and with the changes.

    :raises PlanRefused: if a change cannot be read; ``field`` names the dial
    """
    other_plan = turned(plan=plan, given=changes.dials)
    other_source = source if changes.amount_minor is None else replace(source, amount_minor=changes.amount_minor)
    return share(plan=plan, facts=facts, source=source), share(plan=other_plan, facts=_changed(facts, changes), source=other_source)


def _changed(facts: Facts, changes: Changes) -> Facts:
    indicators: dict[str, dict[str, Fraction]] = {name: dict(numbers) for name, numbers in facts.indicators.items()}
    for name, who, number in changes.counted:
        indicators.setdefault(name, {})[who] = number
    return replace(facts, indicators=indicators, values={**facts.values, **changes.values})


def moves(*, before: Iterable[Allocation], after: Iterable[Allocation]) -> tuple[Moved, ...]:
    """Add up both sides by pot, recipient and state, in the order in which the places first appear."""
    sums: dict[Place, list[int]] = defaultdict(lambda: [0, 0])
    for side, allocations in enumerate((before, after)):
        for allocation in allocations:
            for line in allocation.lines:
                sums[line.pot, line.recipient, line.state][side] += line.amount_minor
    order: dict[str, int] = {}
    for pot, _recipient, _state in sums:
        order.setdefault(pot, len(order))
    return tuple(Moved(*place, *both) for place, both in sorted(sums.items(), key=lambda item: order[item[0][0]]))
