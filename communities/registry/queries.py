"""Reads of the register: what was counted for whom."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from django.db.models import F, Q, Sum

from communities.registry.models import IndicatorSnapshot, IndicatorValue


def newest_snapshot(*, on: date) -> IndicatorSnapshot | None:
    """Return the newest counts that were taken on this day or before, if there are any."""
    return IndicatorSnapshot.objects.filter(as_of__lte=on).order_by("-as_of", "-id").first()


def recipient_indicators(*, snapshot_id: int, recipient_ids: Iterable[int], on: date) -> dict[str, dict[str, Decimal]]:
    """
    Return each indicator by recipient code: the sum over the villages that the recipient covers on a day.

    A recipient none of whose villages was counted is absent. "population" is derived: women and men together.
    """
    covered = Q(village__cover__from_date__lte=on) & (Q(village__cover__to_date=None) | Q(village__cover__to_date__gt=on))
    sums = (
        IndicatorValue.objects.filter(covered, snapshot_id=snapshot_id, village__cover__recipient_id__in=list(recipient_ids))
        .values("indicator", code=F("village__cover__recipient__code"))
        .annotate(total=Sum("value"))
    )
    found: dict[str, dict[str, Decimal]] = defaultdict(dict)
    for row in sums:
        found[row["indicator"]][row["code"]] = row["total"]
    for code in {*found.get("population_female", {}), *found.get("population_male", {})}:
        found["population"][code] = sum((found[name].get(code, Decimal(0)) for name in ("population_female", "population_male")), Decimal(0))
    return dict(found)
