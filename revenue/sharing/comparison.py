"""Two versions of a plan side by side: what differs in words, and what past receipts would have given."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from difflib import SequenceMatcher
from fractions import Fraction
from itertools import zip_longest

from revenue.ledger.models import Tranche
from revenue.sharing.engine import Allocation, Facts, Plan, Row, Source, describe
from revenue.sharing.engine.lines import by_place
from revenue.sharing.models import AllocationRun, PlanVersion
from revenue.sharing.queries.facts import facts_for
from revenue.sharing.queries.memory import remembered
from revenue.sharing.queries.plans import plan_of
from revenue.sharing.simulator import Moved, Outcome, moves, share


@dataclass(frozen=True, slots=True)
class Changed:
    """One place where two plans differ; ``before`` or ``after`` is None where a step exists in one only."""

    before: Row | None
    after: Row | None


@dataclass(frozen=True, slots=True)
class Compared:
    """One past receipt, shared by both versions."""

    tranche: Tranche
    amount_minor: int
    before: Outcome
    after: Outcome


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two versions on the same receipts. ``moved`` adds up those receipts that both could share."""

    before: PlanVersion
    after: PlanVersion
    words: tuple[Changed, ...]
    receipts: tuple[Compared, ...]
    moved: tuple[Moved, ...]


def version_before(version: PlanVersion) -> PlanVersion | None:
    """Return the approved version that this one takes the place of, if there is one."""
    approved = PlanVersion.objects.filter(project_id=version.project_id, status=PlanVersion.Status.APPROVED).exclude(pk=version.pk)
    earlier = approved.filter(effective_from__lte=version.effective_from).order_by("-effective_from").first()
    return earlier or approved.order_by("effective_from").first()


def compare(*, before: PlanVersion, after: PlanVersion, since: date, until: date) -> Comparison:
    """
    Share the receipts of [since, until) again, in turn, by both versions; nothing is saved.

    Each side remembers its own unrecovered costs and last amounts, beginning with what was known before ``since``.

    :raises PlanRefused: if one of the files can no longer be read
    """
    old, new = plan_of(before), plan_of(after)
    runs = list(_runs(project_id=after.project_id, since=since, until=until))
    start = remembered(project_id=after.project_id, before=since)
    sources = [
        (run, facts_for(project=run.project, tranche=run.tranche, on=run.tranche.received_on, version=after, asked_on=until).facts) for run in runs
    ]
    olds, news = _in_turn(old, sources, start), _in_turn(new, sources, start)
    receipts = tuple(Compared(run.tranche, run.amount_minor, one, other) for run, one, other in zip(runs, olds, news, strict=True))
    both = [(one.allocation, other.allocation) for one, other in zip(olds, news, strict=True) if one.allocation and other.allocation]
    moved = moves(before=(one for one, _ in both), after=(other for _, other in both))
    return Comparison(before, after, differences(old, new), receipts, moved)


def differences(old: Plan, new: Plan) -> tuple[Changed, ...]:
    """Return the steps that are not the same in two plans, in the order of the documents."""
    a, b = describe(old), describe(new)
    matcher = SequenceMatcher(a=[_said(row) for row in a], b=[_said(row) for row in b], autojunk=False)
    found: list[Changed] = []
    for kind, a1, a2, b1, b2 in matcher.get_opcodes():
        if kind == "equal":
            continue
        left, right = list(a[a1:a2]), list(b[b1:b2])
        found += [Changed(one, other) for one, other in zip_longest(left, right)]
    return tuple(found)


def _said(row: Row) -> tuple[str, str, int]:
    return row.kind, row.sentence.en, row.depth


def _runs(*, project_id: int, since: date, until: date) -> Iterable[AllocationRun]:
    done = AllocationRun.objects.filter(project_id=project_id, status=AllocationRun.Status.ALLOCATED)
    return (
        done.filter(tranche__received_on__gte=since, tranche__received_on__lt=until)
        .select_related("tranche", "project")
        .order_by("tranche__received_on", "tranche_id")
    )


def _in_turn(plan: Plan, receipts: Iterable[tuple[AllocationRun, Facts]], start: Facts) -> list[Outcome]:
    found: list[Outcome] = []
    memory = start
    for run, facts in receipts:
        source = Source(run.amount_minor, run.currency, reference=run.tranche.code)
        given = replace(facts, memory=memory.memory, owed=memory.owed, last_time=memory.last_time, carried=memory.carried)
        outcome = share(plan=plan, facts=given, source=source)
        found.append(outcome)
        if outcome.allocation is not None:
            memory = _after(memory, outcome.allocation)
    return found


def _after(memory: Facts, allocation: Allocation) -> Facts:
    last = {pot: dict(amounts) for pot, amounts in memory.last_time.items()}
    for line in allocation.lines:
        if line.recipient is not None:
            last.setdefault(line.pot, {})[line.recipient] = line.amount_minor
    carried = by_place(allocation.carried, Fraction)
    return replace(memory, memory=dict(allocation.memory), owed=dict(allocation.owed), last_time=last, carried=carried)
