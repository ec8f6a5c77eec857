"""What was spent of one project's revenue: by records, by final payments, otherwise. Amounts are minor units."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Sum

from communities.spending.models import LaterCover, Recoverable, Settlement, SpendingRecord
from revenue.credits.models import Identification
from revenue.ledger import chart
from revenue.ledger.models import Posting


@dataclass(frozen=True, slots=True)
class ProjectSpent:
    """What was spent of a project's revenue in one currency, and how much of it by some records and by final payments."""

    currency: str
    total: int
    by_records: int
    final: int

    @property
    def otherwise(self) -> int:
        """What neither those records nor final payments say: opening positions, other records."""
        return self.total - self.by_records - self.final


def tranches_of(project_id: int) -> list[int]:
    """Return the tranches that belong to a project as they are identified now."""
    latest = Identification.objects.order_by("tranche_id", "-number").distinct("tranche_id")
    return [tranche for tranche, project in latest.values_list("tranche_id", "project_id") if project == project_id]


def paid_by(queryset: QuerySet[SpendingRecord], *, tranche_ids: Collection[int]) -> QuerySet[SpendingRecord]:
    """Return the records of a queryset that some tranches paid for."""
    drawn = Posting.objects.filter(tranche_id__in=tranche_ids)
    later = LaterCover.objects.filter(spending=OuterRef("pk"), entry__postings__tranche_id__in=tranche_ids)
    return queryset.filter(Exists(drawn.filter(entry_id=OuterRef("entry_id"))) | Exists(later))


def project_spent(*, project_id: int, records: QuerySet[SpendingRecord]) -> list[ProjectSpent]:
    """Return what was spent of a project's revenue by currency, in five queries, however many records there are."""
    tranches = tranches_of(project_id)
    all_of_it = _spent(Q(tranche_id__in=tranches))
    ids = SpendingRecord.objects.filter(pk__in=records.order_by().values("pk"))
    debts = Recoverable.objects.filter(spending__in=ids).exclude(origin=Recoverable.Origin.ADVANCE)
    allowed = Settlement.objects.filter(recoverable__in=debts, kind=Settlement.Kind.ALLOWED, status=Settlement.Status.DONE)
    entries = (
        Q(entry_id__in=ids.values("entry_id"))
        | Q(entry_id__in=LaterCover.objects.filter(spending__in=ids).values("entry_id"))
        | Q(entry_id__in=debts.values("entry_id"))
        | Q(entry_id__in=allowed.values("entry_id"))
    )
    by_records = _spent(Q(tranche_id__in=tranches) & entries)
    final = _spent(Q(tranche_id__in=tranches) & (Q(event=chart.PAY_FINAL) | Q(entry__reverses__event=chart.PAY_FINAL)))
    return [ProjectSpent(currency, total, by_records.get(currency, 0), final.get(currency, 0)) for currency, total in sorted(all_of_it.items())]


def _spent(chosen: Q) -> dict[str, int]:
    sums = (
        Posting.objects.filter(chosen)
        .order_by()
        .values("currency")
        .annotate(
            debit=Sum("amount_minor", filter=Q(debit__kind=chart.SPENT), default=0),
            credit=Sum("amount_minor", filter=Q(credit__kind=chart.SPENT), default=0),
        )
        .annotate(net=F("debit") - F("credit"))
    )
    return {row["currency"]: int(row["net"]) for row in sums}
