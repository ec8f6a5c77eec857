"""What waits for the office, and what accepting a record would draw. Amounts are minor units."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import QuerySet, Sum
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from communities.spending.models import SpendingRecord, Status, TrainingRecord
from communities.spending.queries.holdings import OpenAdvance, open_advances


def to_check() -> QuerySet[SpendingRecord]:
    """Return the spending records that wait for the office, oldest first."""
    return SpendingRecord.objects.filter(status=Status.LOGGED).select_related("recipient", "category", "logged_by").order_by("logged_at", "id")


def trainings_to_check() -> QuerySet[TrainingRecord]:
    """Return the training records that wait for the office, oldest first."""
    return TrainingRecord.objects.filter(status=Status.LOGGED).select_related("recipient", "logged_by").order_by("logged_at", "id")


def same_photos(record: SpendingRecord) -> list[SpendingRecord]:
    """Return the other records that show the very same file as evidence: a receipt pays for one thing."""
    files = record.evidence.values("file_id")
    return list(SpendingRecord.objects.filter(evidence__file_id__in=files).exclude(pk=record.pk).distinct().order_by("reference"))


def waiting_total() -> dict[str, int]:
    """Return what waits for the office, by currency."""
    found = to_check().order_by().values_list("currency").annotate(total=Coalesce(Sum("amount_minor"), 0))
    return {currency: int(total) for currency, total in found}


@dataclass(frozen=True, slots=True)
class Advance:
    """An advance of a record's purpose that still holds money, and whether this record may be drawn from it."""

    advance: OpenAdvance
    is_drawn: bool
    why_not: str


@dataclass(frozen=True, slots=True)
class Outlook:
    """What accepting a record now would do: ``funded`` and ``not_funded`` in its own currency, and from which advances."""

    advances: list[Advance]
    funded: int
    not_funded: int


def outlook(record: SpendingRecord) -> Outlook:
    """Tell what accepting a waiting record would draw, without holding anything: another officer may draw first."""
    asked = left = record.amount_minor - record.other_minor
    found = []
    purpose = record.category.purpose
    advances = [one for one in open_advances([record.recipient]) if one.disbursement.purpose == purpose]
    book = ""
    for one in sorted(advances, key=lambda one: (one.paid_on, one.disbursement.pk)):
        why_not = _why_not(record=record, one=one, book=book)
        if not why_not:
            book = one.disbursement.currency
            if not left:
                why_not = _("not needed: older payments cover it")
        found.append(Advance(one, not why_not, why_not))
        left -= 0 if why_not else min(left, one.local_minor)
    return Outlook(found, asked - left, left)


def _why_not(*, record: SpendingRecord, one: OpenAdvance, book: str) -> str:
    if record.disbursement_id is not None and record.disbursement_id != one.disbursement.pk:
        return _("the record names another payment")
    if one.currency != record.currency:
        return _("held in %(held)s, spent in %(spent)s: nothing is converted") % {"held": one.currency, "spent": record.currency}
    if book and one.disbursement.currency != book:
        return _("on books in another currency than the older one")
    return ""
