"""The dated facts a plan is applied to: who shares, what was counted, and what earlier receipts left to remember."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from django.db.models import Q

from communities.registry.models import IndicatorSnapshot, PayeeAccount
from communities.registry.queries import recipient_indicators
from revenue.credits.models import Identification, Project, Receipt
from revenue.ledger.models import Tranche
from revenue.sharing.engine import Facts
from revenue.sharing.engine.units import in_minor, number
from revenue.sharing.models import AllocationRun, Beneficiary

# A plan says "area"; the register counts hectares.
_ALSO_CALLED: Final = {"area_ha": "area", "eligible_area_ha": "eligible_area"}


@dataclass(frozen=True, slots=True)
class Gathered:
    """Facts for the engine, and the counts they were taken from."""

    facts: Facts
    snapshot: IndicatorSnapshot | None


def facts_for(*, project: Project, tranche: Tranche | None, on: date) -> Gathered:
    """
    Gather the facts of a project as they stood on a day, for one tranche, or for none yet (to try a plan out).

    The counts are the newest snapshot taken on the day or before; the groups are the beneficiaries of that day;
    unrecovered costs and overpayments are those the project's latest shared receipt left.
    """
    members = _members(project=project, on=on)
    snapshot = IndicatorSnapshot.objects.filter(as_of__lte=on).order_by("-as_of", "-id").first()
    before = remembered(project_id=project.pk)
    facts = Facts(
        groups={group: tuple(sorted(one.recipient.code for one in found)) for group, found in members.items()},
        indicators=_indicators(snapshot=snapshot, members=members, on=on),
        as_of=snapshot.as_of.isoformat() if snapshot else "",
        source=snapshot.source if snapshot else "",
        values=_values(project=project, tranche=tranche, on=on),
        conditions=_conditions(members),
        memory=before.memory,
        owed=before.owed,
        last_time=before.last_time,
    )
    return Gathered(facts, snapshot)


def _members(*, project: Project, on: date) -> dict[str, list[Beneficiary]]:
    found: dict[str, list[Beneficiary]] = defaultdict(list)
    rows = Beneficiary.objects.filter(Q(to_date=None) | Q(to_date__gt=on), project=project, from_date__lte=on).select_related("recipient")
    for row in rows:
        found[row.group].append(row)
    return found


def _indicators(*, snapshot: IndicatorSnapshot | None, members: Mapping[str, Iterable[Beneficiary]], on: date) -> dict[str, dict[str, Fraction]]:
    if snapshot is None:
        return {}
    ids = {one.recipient_id for group in members.values() for one in group}
    counted: Mapping[str, Mapping[str, Decimal]] = recipient_indicators(snapshot_id=snapshot.pk, recipient_ids=sorted(ids), on=on)
    exact = {name: {code: Fraction(value) for code, value in by_code.items()} for name, by_code in counted.items()}
    return {**exact, **{also: exact[name] for name, also in _ALSO_CALLED.items() if name in exact and also not in exact}}


def _conditions(members: Mapping[str, Iterable[Beneficiary]]) -> dict[str, frozenset[str]]:
    """Return who meets the conditions that the register can answer: two people agreed on the account to pay."""
    ids = {one.recipient_id for group in members.values() for one in group}
    agreed = PayeeAccount.objects.filter(recipient_id__in=ids, status=PayeeAccount.Status.APPROVED)
    return {"account_checked": frozenset(agreed.values_list("recipient__code", flat=True))}


def _values(*, project: Project, tranche: Tranche | None, on: date) -> dict[str, Fraction | str]:
    """Return what a plan may choose by: the project's mechanism, the sale's price, which instalment this is, the year."""
    values: dict[str, Fraction | str] = {
        "mechanism": project.mechanism,
        "registry": project.registry,
        "standard": project.standard,
        "year": Fraction(on.year),
    }
    if tranche is None:
        return values
    values.update(source=tranche.source, year=Fraction(tranche.received_on.year))
    said = Identification.objects.filter(tranche=tranche).select_related("sale").order_by("-number").first()
    if said is None or said.sale is None:
        return values
    sale = said.sale
    earlier = Receipt.objects.filter(sale=sale).filter(
        Q(value_date__lt=tranche.received_on) | Q(value_date=tranche.received_on, tranche_id__lt=tranche.pk)
    )
    return {
        **values,
        "price": Fraction(sale.unit_price),
        "authorisation": sale.authorisation,
        "instalment": Fraction(earlier.count() + 1),
    }


def remembered(*, project_id: int, before: date | None = None) -> Facts:
    """
    Return what the project's latest shared receipt left to remember: unrecovered costs, overpayments, last amounts.

    ``before`` asks only for receipts that came in before a day.
    """
    runs = AllocationRun.objects.filter(project_id=project_id, status=AllocationRun.Status.ALLOCATED)
    if before is not None:
        runs = runs.filter(tranche__received_on__lt=before)
    run = runs.order_by("-id").first()
    found: dict[str, Any] = json.loads(run.result) if run and run.result else {}
    currency = found.get("currency", "")
    return Facts(
        memory=_amounts(found.get("memory", {}), currency),
        owed=_amounts(found.get("owed", {}), currency),
        last_time=_last_time(found),
    )


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
