"""Share several receipts in turn: each run remembers what the one before left unrecovered, owed and paid."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction

from revenue.sharing.engine.allocate import allocate, in_force
from revenue.sharing.engine.facts import Facts, Source
from revenue.sharing.engine.lines import Allocation, by_place
from revenue.sharing.engine.plan import Plan


def allocate_in_turn(*, plans: Iterable[Plan], receipts: Iterable[tuple[Source, Facts]]) -> tuple[Allocation, ...]:
    """
    Share receipts in the order given, each by the plan in force on its day; later facts win over what is remembered.

    :raises NoEffectivePlan: at the first receipt without a plan
    :raises PlanRefused: as allocate
    """
    versions = tuple(plans)
    done: list[Allocation] = []
    memory: dict[str, int] = {}
    owed: dict[str, int] = {}
    last_time: dict[str, dict[str, int]] = {}
    carried: dict[str, dict[str, dict[str, Fraction]]] = {}
    for source, given in receipts:
        facts = replace(
            given,
            memory={**memory, **given.memory},
            owed={**owed, **given.owed},
            last_time={**last_time, **given.last_time},
            carried={**carried, **given.carried},
        )
        allocation = allocate(plan=in_force(plans=versions, source=source), facts=facts, source=source)
        memory, owed = dict(allocation.memory), dict(allocation.owed)
        last_time = {**last_time, **_by_pot(allocation)}
        carried = by_place(allocation.carried, Fraction)
        done.append(allocation)
    return tuple(done)


def _by_pot(allocation: Allocation) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for line in allocation.lines:
        if line.recipient is not None:
            found.setdefault(line.pot, {})[line.recipient] = line.amount_minor
    return found
