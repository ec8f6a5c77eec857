"""Reads of the register."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from django.db.models import Q, QuerySet

from communities.registry.models import IndicatorSnapshot, IndicatorValue, PayeeAccount, Place, PlaceName, Recipient, RecipientVillage, Village
from core.money import latin_digits
from core.people.models import User


def places_named(text: str) -> QuerySet[Place]:
    """Return the places that somebody means who writes a code, or a name or other name in either script."""
    text = " ".join(text.split())
    digits = latin_digits(text)
    if not text:
        return Place.objects.all()
    if digits.isdigit():
        return Place.objects.filter(code__startswith=digits)
    by_other = PlaceName.objects.filter(name__icontains=text).values("place_id")
    return Place.objects.filter(Q(name__icontains=text) | Q(name_km__contains=text) | Q(id__in=by_other))


def villages_in(text: str) -> QuerySet[Village]:
    """Return the villages of the register in the places that are named so."""
    inside = Q(pk__in=())
    for code in set(places_named(text).values_list("code", flat=True)):
        inside |= Q(code__startswith=code)
    return Village.objects.filter(inside)


def recipient_indicators(*, snapshot_id: int, recipient_ids: Iterable[int], on: date) -> dict[str, dict[str, Decimal]]:
    """
    Return what was counted in the villages each recipient covers on a day: ``{indicator: {recipient code: sum}}``.

    "population" is women and men together where it was not counted by itself. A recipient without a count is left out.
    """
    codes = dict(Recipient.objects.filter(id__in=list(recipient_ids)).values_list("id", "code"))
    cover: dict[int, list[int]] = defaultdict(list)
    covered = _in_force(on).filter(recipient_id__in=codes).values_list("village_id", "recipient_id")
    for village_id, recipient_id in covered:
        cover[village_id].append(recipient_id)
    sums: dict[str, dict[str, Decimal]] = defaultdict(dict)
    for village_id, counts in _by_village(snapshot_id, cover).items():
        for recipient_id in cover[village_id]:
            for indicator, value in counts.items():
                held = sums[indicator]
                held[codes[recipient_id]] = held.get(codes[recipient_id], Decimal(0)) + value
    return dict(sums)


def newest_counts(*, recipient_ids: Iterable[int], on: date) -> dict[str, IndicatorSnapshot]:
    """
    Return, for each indicator counted in the villages of these recipients, the newest snapshot on the day or before that has it.

    A sheet of scores alone, or of other villages, hides no earlier count of households.
    """
    villages = _in_force(on).filter(recipient_id__in=list(recipient_ids)).values("village_id")
    counted = IndicatorValue.objects.filter(village_id__in=villages, snapshot__as_of__lte=on)
    rows = counted.order_by("indicator", "-snapshot__as_of", "-snapshot_id").distinct("indicator").select_related("snapshot")
    newest = {row.indicator: row.snapshot for row in rows}
    women, men, people = (newest.get(name) for name in ("population_female", "population_male", "population"))
    if women and women == men and (people is None or (people.as_of, people.pk) < (women.as_of, women.pk)):
        newest["population"] = women
    return newest


def _by_village(snapshot_id: int, villages: Iterable[int]) -> dict[int, dict[str, Decimal]]:
    found: dict[int, dict[str, Decimal]] = defaultdict(dict)
    values = IndicatorValue.objects.filter(snapshot_id=snapshot_id, village_id__in=list(villages))
    for village_id, indicator, value in values.values_list("village_id", "indicator", "value"):
        found[village_id][indicator] = value
    for counts in found.values():
        if "population" not in counts and {"population_female", "population_male"} <= counts.keys():
            counts["population"] = counts["population_female"] + counts["population_male"]
    return found


def latest_snapshot(*, on: date) -> IndicatorSnapshot | None:
    """Return the snapshot with the latest day that is not after ``on``."""
    return IndicatorSnapshot.objects.filter(as_of__lte=on).order_by("-as_of", "-id").first()


def approved_account(*, recipient_id: int) -> PayeeAccount | None:
    """Return where a recipient is paid, or None where two people have not agreed on an account yet."""
    return PayeeAccount.objects.filter(recipient_id=recipient_id, status=PayeeAccount.Status.APPROVED).first()


def accounts_to_decide() -> QuerySet[PayeeAccount]:
    """Return the accounts that wait for an approver, oldest first."""
    return PayeeAccount.objects.filter(status=PayeeAccount.Status.PROPOSED).select_related("recipient", "proposed_by").order_by("proposed_at", "id")


def liaisons_of(*, recipient_id: int, on: date) -> QuerySet[User]:
    """Return who is assigned to a recipient on a day."""
    in_force = Q(assignments__to_date=None) | Q(assignments__to_date__gt=on)
    return User.objects.filter(in_force, assignments__recipient_id=recipient_id, assignments__from_date__lte=on, is_active=True).distinct()


def _in_force(on: date) -> QuerySet[RecipientVillage]:
    return RecipientVillage.objects.filter(Q(to_date=None) | Q(to_date__gt=on), from_date__lte=on)
