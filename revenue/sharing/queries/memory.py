"""What earlier receipts left to remember: unrecovered costs, overpayments and last amounts. Amounts are minor units."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce

from revenue.sharing.engine import Facts
from revenue.sharing.engine.units import in_minor, number
from revenue.sharing.models import AllocationLine, AllocationRun


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
    )


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
    standing = [AllocationRun.Status.ALLOCATED, AllocationRun.Status.CORRECTED]
    corrections = AllocationRun.objects.filter(project_id=project_id, corrects__isnull=False, status__in=standing)
    # A correction of the latest receipt was posted after the receipt itself.
    since = corrections.filter(entry_id__gt=_first_entry(run)).values_list("id", "corrects_id")
    sums: dict[str, int] = defaultdict(int)
    for correction_id, corrected_id in since:
        for sign, run_id in ((1, correction_id), (-1, corrected_id)):
            for code, minor in overpaid(run_id=run_id).items():
                sums[code] += sign * minor
    return sums


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
