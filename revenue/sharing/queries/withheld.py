"""Money that plans withhold: since when, for want of what, and whether that holds now. Amounts are minor units."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet, Sum

from revenue.sharing import conditions
from revenue.sharing.engine.plan import Gate, walk
from revenue.sharing.models import AllocationLine, AllocationRun, WithheldLine
from revenue.sharing.queries.holds import parsed


@dataclass(frozen=True, slots=True)
class Waits:
    """
    What a withheld line waits for. ``missing`` are the conditions that do not hold now, as the plan names them.

    ``short_minor`` is how much everything withheld from the recipient in the pot is below the smallest payment, else 0.
    """

    days: int
    asked: tuple[str, ...]
    missing: tuple[str, ...]
    short_minor: int

    @property
    def is_met(self) -> bool:
        """Whether the money may be released."""
        return not self.missing and not self.short_minor


def withheld_lines() -> QuerySet[WithheldLine]:
    """Return the lines that are withheld and not released, oldest money first."""
    return (
        WithheldLine.objects.filter(
            state=AllocationLine.State.WITHHELD, release_entry=None, amount_minor__gt=0, run__status=AllocationRun.Status.ALLOCATED
        )
        .select_related("run__tranche", "run__plan_version__project", "run__entry", "pot__project", "recipient")
        .order_by("run__tranche__received_on", "id")
    )


def waits(*, lines: Iterable[AllocationLine], on: date) -> dict[int, Waits]:
    """Say of each withheld line, by id, what it waits for on a day; a number of queries that does not grow with the lines."""
    lines = list(lines)
    gates = {line.pk: _gates(line) for line in lines}
    met = _met(lines, gates, on)
    sums = _withheld_sums(lines)
    found = {}
    for line in lines:
        asked = tuple(dict.fromkeys(code for gate in gates[line.pk] for code in gate.conditions))
        missing = tuple(code for code in asked if line.recipient_id not in met[line.run.plan_version_id, code])
        smallest = max((gate.minimum for gate in gates[line.pk]), default=0)
        short = max(0, smallest - sums[line.pot_id, line.recipient_id])
        found[line.pk] = Waits((on - line.run.tranche.received_on).days, asked, missing, short)
    return found


def releasable(*, on: date) -> list[WithheldLine]:
    """Return the withheld lines of which everything they waited for holds on a day, oldest money first."""
    lines = list(withheld_lines())
    found = waits(lines=lines, on=on)
    return [line for line in lines if found[line.pk].is_met]


def _gates(line: AllocationLine) -> list[Gate]:
    version = line.run.plan_version
    plan = parsed(version.text) if version else None
    return [step for step in walk(plan.steps) if isinstance(step, Gate) and step.pot == line.pot.code] if plan else []


def _met(lines: list[AllocationLine], gates: dict[int, list[Gate]], on: date) -> dict[tuple[int | None, str], frozenset[int]]:
    who: dict[tuple[int, int | None], set[int]] = defaultdict(set)
    codes: dict[tuple[int, int | None], set[str]] = defaultdict(set)
    for line in lines:
        version = line.run.project_id, line.run.plan_version_id
        who[version].update({line.recipient_id} if line.recipient_id else set())
        codes[version].update(code for gate in gates[line.pk] for code in gate.conditions)
    found: dict[tuple[int | None, str], frozenset[int]] = {}
    for (project_id, version_id), ids in who.items():
        asked = conditions.Asked(project_id, version_id, frozenset(ids), on)
        for code, yes in conditions.met(codes=codes[project_id, version_id], asked=asked).items():
            found[version_id, code] = yes
    return found


def _withheld_sums(lines: list[AllocationLine]) -> dict[tuple[int, int | None], int]:
    """Return all that is withheld by pot and recipient: small amounts are kept until they are worth paying together."""
    pots = {line.pot_id for line in lines}
    rows = withheld_lines().filter(pot_id__in=pots).order_by().values_list("pot_id", "recipient_id").annotate(sum=Sum("amount_minor"))
    sums: dict[tuple[int, int | None], int] = defaultdict(int)
    sums.update({(pot, recipient): total for pot, recipient, total in rows})
    return sums
