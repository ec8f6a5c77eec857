"""Reads of credits, sales and receipts. Amounts are minor units of the currency named beside them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from django.db.models import QuerySet, Sum

from revenue.credits.models import BankAccount, Identification, Issuance, Project, Recall, Receipt, Sale, SaleLot
from revenue.credits.serials import SerialRange
from revenue.ledger import chart
from revenue.ledger.chart import Place
from revenue.ledger.queries import balances, moves_of_lot, steps_of_entries

# What may be moved to another bank. What is promised is paid from where it was promised; what is not ours goes back from where it came.
MOVABLE: Final = (chart.UNALLOCATED, chart.POT, chart.RESERVE, chart.WITHHELD)


@dataclass(frozen=True, slots=True)
class SaleProgress:
    """How far a sale is paid. The first three are in the sale's currency, ``held_minor`` in the banks'."""

    amount_minor: int
    settled_minor: int
    outstanding_minor: int
    held_minor: int
    receipts: int


def sale_progress(*, sale: Sale) -> SaleProgress:
    """Return how much of a sale was settled by its receipts, what it still owes, and what was overpaid and is held."""
    receipts = list(Receipt.objects.filter(sale=sale))
    settled = sum(receipt.settled_minor or 0 for receipt in receipts)
    held = sum(receipt.held_minor for receipt in receipts)
    owed = 0 if sale.status == Sale.Status.CANCELLED else sale.amount_minor - settled
    return SaleProgress(sale.amount_minor, settled, owed, held, len(receipts))


def settled_of_sales(*, sale_ids: Iterable[int]) -> dict[int, int]:
    """Return how much of each sale was settled, in its own currency."""
    found = Receipt.objects.filter(sale_id__in=sale_ids).values_list("sale_id").annotate(total=Sum("settled_minor"))
    return {int(sale_id): int(total or 0) for sale_id, total in found if sale_id is not None}


def available_ranges(*, issuance_id: int) -> list[SerialRange]:
    """Return the serials of an issuance that are in no live sale, in order."""
    issuance = Issuance.objects.get(id=issuance_id)
    left = [SerialRange(issuance.first, issuance.last)]
    for first, last in SaleLot.objects.filter(issuance_id=issuance_id, is_live=True).order_by("first").values_list("first", "last"):
        left = [part for whole in left for part in whole.without(SerialRange(first, last))]
    return left


def sold_of_issuances(*, issuance_ids: Iterable[int]) -> dict[int, int]:
    """Return how many credits of each issuance are in live sales (tCO2e)."""
    sold: dict[int, int] = defaultdict(int)
    for issuance_id, first, last in SaleLot.objects.filter(issuance_id__in=issuance_ids, is_live=True).values_list("issuance_id", "first", "last"):
        sold[issuance_id] += last - first + 1
    return dict(sold)


def tranche_project_map(*, tranche_ids: Iterable[int] | None = None) -> dict[int, int]:
    """Return the project each identified tranche belongs to, as its latest identification says."""
    return {tranche_id: project_id for tranche_id, project_id, _sale in _latest(tranche_ids)}


def tranche_sale_map(*, tranche_ids: Iterable[int] | None = None) -> dict[int, int | None]:
    """Return the sale each identified tranche belongs to; None where it is the project's without a sale."""
    return {tranche_id: sale_id for tranche_id, _project, sale_id in _latest(tranche_ids)}


def tranches_of_project(*, project_id: int) -> list[int]:
    """Return the ids of the tranches that belong to a project, in order."""
    return sorted(tranche_id for tranche_id, project, _sale in _latest(None) if project == project_id)


def tranches_of_sale(*, sale_id: int) -> list[int]:
    """Return the ids of the tranches that belong to a sale, in order."""
    return sorted(tranche_id for tranche_id, _project, sale in _latest(None) if sale == sale_id)


def unallocated_of_tranches(*, tranche_ids: Iterable[int]) -> dict[int, int]:
    """Return what of each tranche waits to be allocated; those where nothing waits are left out."""
    held = balances(grouped=["tranche_id", "currency"], kinds=[chart.UNALLOCATED], tranche_ids=list(tranche_ids))
    return {int(found.key[0]): found.amount_minor for found in held if found.amount_minor}


def position_of_project(*, project: Project) -> dict[str, dict[str, int]]:
    """Return where a project's money lies now: ``{currency: {kind of place: amount}}``, world accounts left out."""
    found: dict[str, dict[str, int]] = defaultdict(dict)
    tranche_ids = tranches_of_project(project_id=project.pk)
    if not tranche_ids:
        return {}
    for held in balances(grouped=["currency", "kind"], tranche_ids=tranche_ids):
        currency, kind = held.key
        if kind not in chart.WORLD:
            found[currency][kind] = held.amount_minor
    return dict(found)


def unidentified_receipts() -> QuerySet[Receipt]:
    """Return the receipts nobody has identified, oldest first."""
    return Receipt.objects.filter(status=Receipt.Status.UNIDENTIFIED).order_by("value_date", "id")


def held_receipts() -> list[Receipt]:
    """Return the receipts of which something is held as not ours: unidentified or overpaid, and not sent back."""
    found = (
        Receipt.objects.filter(not_ours_minor__gt=0)
        .exclude(status__in=[Receipt.Status.REFUNDED, Receipt.Status.RECALLED])
        .order_by("value_date", "id")
    )
    return [receipt for receipt in found if receipt.held_minor > 0]


def movable_places(*, bank: BankAccount) -> list[tuple[Place, int]]:
    """Return what of a bank account could be moved to another: the place and what lies there, biggest amount first."""
    held = balances(grouped=["kind", "pot", "holder", "purpose"], currency=bank.currency, banks=[bank.code], kinds=MOVABLE)
    found = [(Place(kind, bank.currency, bank.code, *codes), one.amount_minor) for one in held for kind, *codes in [one.key]]
    return sorted(found, key=lambda one: (-one[1], one[0].code))


def lots_of_recall(*, recall: Recall) -> list[str]:
    """Return the documents of the approvals whose promised money a recall took back."""
    lots = {step.lot for step in steps_of_entries([recall.entry_id]) if step.lot} if recall.entry_id else set()
    return sorted({step.document for lot in lots for step in moves_of_lot(lot) if step.event == chart.APPROVE})


def _latest(tranche_ids: Iterable[int] | None) -> list[tuple[int, int, int | None]]:
    found = Identification.objects.order_by("tranche_id", "-number").distinct("tranche_id")
    if tranche_ids is not None:
        found = found.filter(tranche_id__in=list(tranche_ids))
    return list(found.values_list("tranche_id", "project_id", "sale_id"))
