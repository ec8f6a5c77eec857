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

from communities.registry.models import IndicatorSnapshot
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


def facts_for(*, project: Project, tranche: Tranche, on: date) -> Gathered:
    """
    Gather the facts of a project as they stood on a day, for one tranche.

    The counts are the newest snapshot taken on the day or before; the groups are the beneficiaries of that day;
    unrecovered costs and overpayments are those the project's latest shared receipt left.
    """
    members = _members(project=project, on=on)
    snapshot = IndicatorSnapshot.objects.filter(as_of__lte=on).order_by("-as_of", "-id").first()
    before = _before(project=project)
    facts = Facts(
        groups={group: tuple(sorted(one.recipient.code for one in found)) for group, found in members.items()},
        indicators=_indicators(snapshot=snapshot, members=members, on=on),
        as_of=snapshot.as_of.isoformat() if snapshot else "",
        source=snapshot.source if snapshot else "",
        values=_values(project=project, tranche=tranche),
        memory=_amounts(before.get("memory", {}), before.get("currency", "")),
        owed=_amounts(before.get("owed", {}), before.get("currency", "")),
        last_time=_last_time(before),
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


def _values(*, project: Project, tranche: Tranche) -> dict[str, Fraction | str]:
    """Return what a plan may choose by: the project's mechanism, the sale's price, which instalment this is, the year."""
    values: dict[str, Fraction | str] = {
        "mechanism": project.mechanism,
        "registry": project.registry,
        "standard": project.standard,
        "source": tranche.source,
        "year": Fraction(tranche.received_on.year),
    }
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


def _before(*, project: Project) -> dict[str, Any]:
    """Return the engine's answer for the project's latest shared receipt, or nothing."""
    run = AllocationRun.objects.filter(project=project, status=AllocationRun.Status.ALLOCATED).order_by("-id").first()
    found: dict[str, Any] = json.loads(run.result) if run and run.result else {}
    return found


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
