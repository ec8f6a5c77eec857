"""What earlier receipts left to remember: unrecovered costs, overpayments and last amounts. Amounts are minor units."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date
from fractions import Fraction
from typing import Any

from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce

from revenue.sharing.engine import Facts
from revenue.sharing.engine.lines import by_place
from revenue.sharing.engine.units import in_minor, number
from revenue.sharing.models import AllocationLine, AllocationRun

Carried = tuple[str, str, str]  # payout currency, pot and recipient


def remembered(*, project_id: int, before: date | None = None, again: AllocationRun | None = None) -> Facts:
    """
    Return what the project's latest shared receipt left to remember, and what corrections since could not take back.

    ``before`` asks only for receipts that came in before a day, ``again`` only for those shared before an allocation.
    """
    runs = shared_in_turn(project_id=project_id)
    if before is not None:
        runs = runs.filter(tranche__received_on__lt=before)
    if again is not None:
        runs = runs.filter(turn__lt=again.first_id or again.pk)
    run = runs.last()
    found: dict[str, Any] = json.loads(run.result) if run and run.result else {}
    currency = found.get("currency", "")
    owed = _amounts(found.get("owed", {}), currency)
    if before is None and again is None:
        for code, minor in _overpaid_since(project_id=project_id, run=run).items():
            owed[code] = max(0, owed.get(code, 0) + minor)
    return Facts(
        memory=_amounts(found.get("memory", {}), currency),
        owed={code: minor for code, minor in owed.items() if minor},
        last_time=_last_time(found),
        carried=by_place(_carried(project_id=project_id, run=run, again=again), Fraction),
    )


def _carried(*, project_id: int, run: AllocationRun | None, again: AllocationRun | None) -> list[tuple[str, str, str, Fraction]]:
    """
    Return what could not be paid in whole notes so far, by payout currency, pot and recipient, in exact major units.

    A correction of an earlier receipt leaves another rest than the receipt did, and a reversal takes back what it added:
    the next receipt carries the difference. An allocation that is made again is given what it was given the first time.
    """
    if again is not None:
        return _placed(_brought(json.loads(again.result)))
    if run is None:
        return []
    sums: dict[Carried, Fraction] = defaultdict(Fraction, _rests(json.loads(run.result)))
    for sign, rests in _rests_since(project_id=project_id, run=run):
        for place, exact in rests.items():
            sums[place] += sign * exact
    return _placed(sums)


def _rests_since(*, project_id: int, run: AllocationRun) -> Iterator[tuple[int, dict[Carried, Fraction]]]:
    """Return what was added to (1) and taken from (-1) the rests of receipts that were shared before ``run``, since it was."""
    corrections = _corrections_since(project_id=project_id, run=run).exclude(first_id=run.first_id or run.pk)
    for new, old in corrections.values_list("result", "corrects__result"):
        yield 1, _rests(json.loads(new))
        yield -1, _rests(json.loads(old))
    undone = AllocationRun.objects.filter(project_id=project_id, status=AllocationRun.Status.REVERSED, id__lt=run.first_id or run.pk)
    for result in undone.filter(reversal_entry_id__gt=_first_entry(run)).values_list("result", flat=True):
        yield 1, _brought(json.loads(result))
        yield -1, _rests(json.loads(result))


def _placed(sums: Mapping[Carried, Fraction]) -> list[tuple[str, str, str, Fraction]]:
    return [(*place, exact) for place, exact in sorted(sums.items()) if exact]


def _rests(result: Mapping[str, Any]) -> dict[Carried, Fraction]:
    """Return what an allocation left to carry."""
    pots = ((currency, pot, who) for currency, by_pot in result.get("carried", {}).items() for pot, who in by_pot.items())
    return {(currency, pot, code): Fraction(text) for currency, pot, who in pots for code, text in who.items()}


def _brought(result: Mapping[str, Any]) -> dict[Carried, Fraction]:
    """Return what an allocation was given to carry: what it did not touch, and what each payout began with."""
    found = _rests(result)
    for line in result.get("lines", ()):
        if payout := line.get("payout"):
            found[payout["currency"], line["pot"], line["recipient"]] = Fraction(payout.get("brought", "0"))
    return found


def shared_in_turn(*, project_id: int) -> QuerySet[Any]:
    """Return the allocations of a project that stand, in the order in which their receipts were first shared (``turn``)."""
    done = AllocationRun.objects.filter(project_id=project_id, status=AllocationRun.Status.ALLOCATED)
    return done.annotate(turn=Coalesce("first_id", "id")).order_by("turn")


def _overpaid_since(*, project_id: int, run: AllocationRun | None) -> dict[str, int]:
    """
    Return what corrections left overpaid, by recipient, since ``run`` was posted: its own debts were counted by then.

    Each correction counts for what it changed against the allocation that it corrected.
    """
    if run is None:
        return {}
    since = _corrections_since(project_id=project_id, run=run).values_list("id", "corrects_id")
    sums: dict[str, int] = defaultdict(int)
    for correction_id, corrected_id in since:
        for sign, run_id in ((1, correction_id), (-1, corrected_id)):
            for code, minor in overpaid(run_id=run_id).items():
                sums[code] += sign * minor
    return sums


def _corrections_since(*, project_id: int, run: AllocationRun) -> QuerySet[AllocationRun]:
    """Return the project's corrections posted since a receipt was first shared, its own among them."""
    standing = [AllocationRun.Status.ALLOCATED, AllocationRun.Status.CORRECTED]
    corrections = AllocationRun.objects.filter(project_id=project_id, corrects__isnull=False, status__in=standing)
    return corrections.filter(entry_id__gt=_first_entry(run))


def _first_entry(run: AllocationRun) -> int:
    first = run if run.first_id is None else AllocationRun.objects.get(id=run.first_id)
    return first.entry_id or 0


def overpaid(*, run_id: int) -> dict[str, int]:
    """Return what an allocation's recipients hold beyond what the rule gives them."""
    lines = AllocationLine.objects.filter(run_id=run_id, recipient__isnull=False).filter(Q(rule_minor__isnull=False))
    sums: dict[str, int] = defaultdict(int)
    for code, amount, rule in lines.values_list("recipient__code", "amount_minor", "rule_minor"):
        if amount > (rule or 0):
            sums[code] += amount - (rule or 0)
    return dict(sums)


def amounts_of(run: AllocationRun | None) -> dict[tuple[str, str | None], int]:
    """Return what a run gave by (pot, recipient), in minor units; nothing where there is no run."""
    if run is None:
        return {}
    sums: dict[tuple[str, str | None], int] = defaultdict(int)
    for pot, recipient, minor in run.lines.values_list("pot__code", "recipient__code", "amount_minor"):
        sums[pot, recipient] += minor
    return dict(sums)


def _amounts(amounts: Mapping[str, str], currency: str) -> dict[str, int]:
    return {name: _minor(text, currency) for name, text in amounts.items()}


def _last_time(before: Mapping[str, Any]) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = defaultdict(dict)
    for line in before.get("lines", ()):
        if line["recipient"]:
            found[line["pot"]][line["recipient"]] = _minor(line["amount"], before["currency"])
    return found


def _minor(text: str, currency: str) -> int:
    value = number(text=text)
    minor = in_minor(value=value, currency=currency) if value is not None else None
    if minor is None:
        raise ValueError(f"{text!r} is not an amount of {currency}")
    return minor
