"""Where the money of a sale went: exact, hop by hop. Amounts are minor units."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from reports.trace.documents import Known, NothingToTrace, Serials, serials_of
from reports.trace.pots import FromPot, pots_of, signed
from reports.trace.records import parts_of
from revenue.credits.models import Identification, Sale
from revenue.ledger import chart
from revenue.ledger.models import Tranche
from revenue.ledger.queries import Step, trace_down


@dataclass(frozen=True, slots=True)
class ReceiptTrace:
    """One receipt of the sale: what it brought, and every place its money is in now. The difference is 0."""

    reference: str
    received_on: date
    received_minor: int
    allocated_by: str
    places: dict[str, int]
    difference_minor: int
    pots: list[FromPot]


@dataclass(frozen=True, slots=True)
class SaleTrace:
    """A sale, all it brought, and where all of that is."""

    reference: str
    project: str
    buyer: str
    sale_date: date
    currency: str
    quantity: int
    amount_minor: int
    serials: list[Serials]
    received_minor: int
    places: dict[str, int]
    difference_minor: int
    receipts: list[ReceiptTrace]


def trace_sale(reference: str) -> SaleTrace:
    """
    Follow a sale's money down to each purchase and its evidence.

    :raises NothingToTrace: if there is no such sale
    """
    sale = Sale.objects.filter(reference=reference).select_related("project", "buyer").prefetch_related("lots__issuance").first()
    if sale is None:
        raise NothingToTrace(_("There is no sale %(reference)s.") % {"reference": reference}, next_step=_("Look it up in the list of sales."))
    tranches = list(Tranche.objects.filter(id__in=tranches_of_sale(sale)).order_by("received_on", "id"))
    steps: dict[int, list[Step]] = defaultdict(list)
    for step in trace_down([tranche.pk for tranche in tranches]):
        steps[step.tranche_id].append(step)
    listed = [step for found in steps.values() for step in found]
    known = Known.of(lots={step.lot for step in listed if step.lot}, tranche_ids=list(steps), parts=parts_of(listed))
    receipts = [_receipt(tranche, steps[tranche.pk], known) for tranche in tranches]
    places = _total(receipt.places for receipt in receipts)
    received = sum(receipt.received_minor for receipt in receipts)
    return SaleTrace(
        sale.reference, sale.project.code, sale.buyer.name, sale.sale_date, sale.currency, sale.quantity, sale.amount_minor,
        serials_of(sale), received, places, received - sum(places.values()), receipts,
    )  # fmt: skip


def tranches_of_sale(sale: Sale) -> list[int]:
    """Return the tranches that are this sale's by their latest identification."""
    latest = Identification.objects.order_by("tranche_id", "-number").distinct("tranche_id")
    mine = Identification.objects.filter(sale=sale).values_list("tranche_id", flat=True)
    return [tranche for tranche, owner in latest.filter(tranche_id__in=mine).values_list("tranche_id", "sale_id") if owner == sale.pk]


def _total(parts: Iterable[dict[str, int]]) -> dict[str, int]:
    total: dict[str, int] = defaultdict(int)
    for part in parts:
        for kind, amount in part.items():
            total[kind] += amount
    return dict(total)


def _receipt(tranche: Tranche, steps: list[Step], known: Known) -> ReceiptTrace:
    received = sum(signed(step, chart.RECEIVED, debit=-1) for step in steps)
    places = {kind: amount for kind in chart.OURS if (amount := sum(signed(step, kind) for step in steps))}
    run = known.runs.get(tranche.pk)
    by = f"{run.plan_version.project.code} v{run.plan_version.number}" if run and run.plan_version else ""
    return ReceiptTrace(tranche.code, tranche.received_on, received, by, places, received - sum(places.values()), pots_of(tranche, run, steps, known))
