"""The documents that a trace passes: read once, however many rows name them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from communities.spending.models import SpendingRecord
from core.refusal import Refused
from reports.trace.records import Part
from revenue.credits.models import Identification, Sale
from revenue.disbursements.models import Disbursement
from revenue.sharing.models import AllocationRun, Pot


class NothingToTrace(Refused):
    """There is no such document."""

    code = "not_found"


@dataclass(frozen=True, slots=True)
class Proof:
    """One file behind a record."""

    evidence_id: int
    kind: str
    name: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Serials:
    """One serial range sold."""

    serial_text: str
    first: int
    last: int
    quantity: int


def serials_of(sale: Sale) -> list[Serials]:
    """Return the serial ranges of a sale, lowest first."""
    lots = sorted(sale.lots.all(), key=lambda lot: lot.first)
    return [Serials(lot.issuance.serial_text, lot.first, lot.last, lot.quantity) for lot in lots]


def sales_of(tranche_ids: Collection[int]) -> dict[int, Sale]:
    """Return the sale of each tranche by its latest identification, leaving out money that no sale brought."""
    latest = Identification.objects.filter(tranche_id__in=tranche_ids).order_by("tranche_id", "-number").distinct("tranche_id")
    found = latest.select_related("sale__buyer", "sale__project").prefetch_related("sale__lots__issuance")
    return {row.tranche_id: row.sale for row in found if row.sale}


@dataclass
class Known:
    """The documents that the steps name, read once: no query for each row."""

    disbursements: dict[int, Disbursement]
    records: dict[int, SpendingRecord]
    parts: dict[tuple[int, int], list[Part]]
    proofs: dict[int, list[Proof]]
    pots: dict[str, Pot]
    runs: dict[int, AllocationRun] = field(default_factory=dict)

    @classmethod
    def of(cls, *, lots: Collection[int], tranche_ids: Collection[int], parts: Sequence[Part]) -> Known:
        """Read the documents of some disbursements and tranches, and the records of which these are the parts."""
        found = SpendingRecord.objects.filter(pk__in={part.record_id for part in parts})
        records = list(found.select_related("category").prefetch_related("evidence__file"))
        runs = AllocationRun.objects.filter(tranche_id__in=tranche_ids, status=AllocationRun.Status.ALLOCATED)
        by_place: dict[tuple[int, int], list[Part]] = defaultdict(list)
        for part in parts:
            by_place[part.lot, part.tranche_id].append(part)
        return cls(
            disbursements={
                row.pk: row
                for row in Disbursement.objects.filter(id__in=lots).select_related("recipient", "pot__project").prefetch_related("payments")
            },
            records={row.pk: row for row in records},
            parts=dict(by_place),
            proofs={row.pk: proofs_of(row) for row in records},
            pots={pot.ledger_code: pot for pot in Pot.objects.select_related("project")},
            runs={
                run.tranche_id: run
                for run in runs.select_related("plan_version__project").prefetch_related("lines__pot__project", "lines__recipient")
            },
        )


def proofs_of(record: SpendingRecord) -> list[Proof]:
    """Return the files behind a record."""
    return [Proof(row.pk, row.kind, row.file.original_name, row.file.sha256) for row in record.evidence.all()]
