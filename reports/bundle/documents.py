"""The documents behind a quarter's postings, field by field, as they stand when the bundle is made."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.db.models import F, Model, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce, Concat

from communities.consent.models import Activity, BudgetLine, Consent, VillagePlan, Withholding
from communities.registry.models import IndicatorSnapshot, IndicatorValue, Recipient
from communities.spending.models import Evidence, LaterCover, Recoverable, Settlement, SpendingRecord, TrainingRecord
from core.audit.sources import iso
from reports.models import Report
from revenue.credits.models import (
    BankAccount,
    BankTransfer,
    Buyer,
    Identification,
    Issuance,
    OpeningPosition,
    OtherIncome,
    Project,
    Recall,
    Receipt,
    Sale,
    SaleLot,
)
from revenue.disbursements.models import (
    Acknowledgement,
    BankStatement,
    Covering,
    Disbursement,
    LineMatch,
    LotClosing,
    MoneyReturn,
    Payment,
    StatementLine,
)
from revenue.ledger import chart
from revenue.ledger.models import Entry
from revenue.sharing.models import AllocationLine, AllocationRun, PayoutRate, PlanVersion, Pot, Ruling, StatedFact, UsedCount
from revenue.sharing.models.assignments import AssignedMoney

Json = dict[str, Any]
_ROWS_AT_ONCE: Final = 1_000


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a bundle is about: the days [first, end), and the disbursements that money moved for."""

    first: date
    end: date
    lots: list[int]


def files(wanted: Wanted) -> Iterator[tuple[str, Iterator[Json]]]:
    """Yield each file of documents: its name, and its rows in order of id."""
    for name, (query, extra) in _DOCUMENTS.items():
        yield f"{name}.jsonl", _rows(query(wanted), extra)


def _rows(found: QuerySet[Any], extra: tuple[str, ...]) -> Iterator[Json]:
    for row in found.order_by("pk").iterator(chunk_size=_ROWS_AT_ONCE):
        yield {**_fields(row), **{name: _plain(getattr(row, name)) for name in extra}}


def _fields(row: Model) -> Json:
    return {field.attname: _plain(getattr(row, field.attname)) for field in row._meta.concrete_fields}


def _plain(value: object) -> object:
    """Write a value as JSON without loss: days and instants as ISO text, decimals as they are written."""
    if isinstance(value, datetime):
        return iso(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, list | dict):
        return json.loads(json.dumps(value), parse_float=str)
    return str(value) if isinstance(value, UUID | float) else value


def _receipts(wanted: Wanted) -> QuerySet[Receipt]:
    # The day since when it is ours is that of the books: identified later, it was not ours on this quarter's last day.
    identified = Entry.objects.filter(event=chart.IDENTIFY, key=Concat(Value("identify:"), OuterRef("reference")))
    return Receipt.objects.annotate(booked_on=Coalesce(Subquery(identified.values("day")[:1]), "entry__day"), tranche_code=F("tranche__code")).filter(
        booked_on__lt=wanted.end
    )


def _openings(wanted: Wanted) -> QuerySet[OpeningPosition]:
    return OpeningPosition.objects.filter(status=OpeningPosition.Status.APPROVED, entry__day__lt=wanted.end).annotate(tranche_code=F("tranche__code"))


def _recalls(wanted: Wanted) -> QuerySet[Recall]:
    booked = Q(entry__day__lt=wanted.end) | Q(entry=None, held_entry__day__lt=wanted.end)
    return Recall.objects.filter(booked).annotate(tranche_code=F("receipt__tranche__code"))


def _incomes(wanted: Wanted) -> QuerySet[OtherIncome]:
    return OtherIncome.objects.filter(status=OtherIncome.Status.APPROVED, entry__day__lt=wanted.end).annotate(tranche_code=F("tranche__code"))


def _spending(wanted: Wanted) -> QuerySet[SpendingRecord]:
    return SpendingRecord.objects.filter(
        Q(entry__day__gte=wanted.first, entry__day__lt=wanted.end) | Q(spent_on__gte=wanted.first, spent_on__lt=wanted.end)
    )


def _trainings(wanted: Wanted) -> QuerySet[TrainingRecord]:
    return TrainingRecord.objects.filter(first_day__gte=wanted.first, first_day__lt=wanted.end)


def _evidence(wanted: Wanted) -> QuerySet[Evidence]:
    of_these = Q(spending__in=_spending(wanted).values("pk")) | Q(training__in=_trainings(wanted).values("pk"))
    return Evidence.objects.filter(of_these).annotate(file_sha256=F("file__sha256"))


def _payments(wanted: Wanted) -> QuerySet[Payment]:
    return Payment.objects.filter(disbursement__in=wanted.lots, entry__day__lt=wanted.end)


def _runs(wanted: Wanted) -> QuerySet[AllocationRun]:
    return AllocationRun.objects.filter(entry__day__gte=wanted.first, entry__day__lt=wanted.end)


def _counts(wanted: Wanted) -> QuerySet[UsedCount]:
    return UsedCount.objects.filter(run__in=_runs(wanted).values("pk"))


def _statements(wanted: Wanted) -> QuerySet[BankStatement]:
    return BankStatement.objects.filter(first_day__lt=wanted.end, last_day__gte=wanted.first)


# Money in and credits since the beginning, since what is left of them is in the balances; the rest of the quarter alone.
_DOCUMENTS: Final[dict[str, tuple[Callable[[Wanted], QuerySet[Any]], tuple[str, ...]]]] = {
    "projects": (lambda _w: Project.objects.all(), ()),
    "issuances": (lambda w: Issuance.objects.filter(issued_on__lt=w.end), ()),
    "buyers": (lambda _w: Buyer.objects.all(), ()),
    "sales": (lambda w: Sale.objects.filter(sale_date__lt=w.end), ()),
    "sale_lots": (lambda w: SaleLot.objects.filter(sale__sale_date__lt=w.end, issuance__issued_on__lt=w.end), ()),
    "receipts": (_receipts, ("booked_on", "tranche_code")),
    "identifications": (lambda w: Identification.objects.filter(tranche__received_on__lt=w.end), ()),
    "recalls": (_recalls, ("tranche_code",)),
    "openings": (_openings, ("tranche_code",)),
    "incomes": (_incomes, ("tranche_code",)),
    "transfers": (lambda w: BankTransfer.objects.filter(entry__day__gte=w.first, entry__day__lt=w.end), ()),
    "bank_accounts": (lambda _w: BankAccount.objects.all(), ()),
    "statements": (_statements, ()),
    "statement_lines": (lambda w: StatementLine.objects.filter(statement__in=_statements(w).values("pk")), ()),
    "line_matches": (lambda w: LineMatch.objects.filter(line__statement__in=_statements(w).values("pk")), ()),
    "coverings": (lambda w: Covering.objects.filter(Q(cover_entry__day__lt=w.end) | Q(refund_entry__day__lt=w.end)), ()),
    "lot_closings": (lambda w: LotClosing.objects.filter(disbursement__in=w.lots, entry__day__lt=w.end), ()),
    "plan_versions": (lambda w: PlanVersion.objects.filter(effective_from__lt=w.end), ()),
    "pots": (lambda _w: Pot.objects.all(), ()),
    "recipients": (lambda _w: Recipient.objects.all(), ()),
    "indicator_snapshots": (lambda w: IndicatorSnapshot.objects.filter(pk__in=_counts(w).values("snapshot")), ()),
    "indicator_values": (lambda w: IndicatorValue.objects.filter(snapshot__in=_counts(w).values("snapshot")), ()),
    "allocation_runs": (_runs, ()),
    "used_counts": (_counts, ()),
    "allocation_lines": (lambda w: AllocationLine.objects.filter(run__in=_runs(w).values("pk")), ()),
    "assigned_money": (lambda w: AssignedMoney.objects.filter(entry__day__gte=w.first, entry__day__lt=w.end), ()),
    "rulings": (lambda w: Ruling.objects.filter(tranche__in=_runs(w).values("tranche")), ()),
    "stated_facts": (lambda w: StatedFact.objects.filter(from_date__lt=w.end), ()),
    "payout_rates": (lambda w: PayoutRate.objects.filter(on__lt=w.end), ()),
    "village_plans": (lambda w: VillagePlan.objects.filter(drafted_at__date__lt=w.end), ()),
    "village_activities": (lambda w: Activity.objects.filter(plan__drafted_at__date__lt=w.end), ()),
    "village_budgets": (lambda w: BudgetLine.objects.filter(activity__plan__drafted_at__date__lt=w.end), ()),
    "consents": (lambda w: Consent.objects.filter(happened_on__lt=w.end), ()),
    "withholdings": (lambda w: Withholding.objects.filter(entry__day__lt=w.end), ()),
    "disbursements": (lambda w: Disbursement.objects.filter(pk__in=w.lots), ()),
    "payments": (_payments, ()),
    "acknowledgements": (lambda w: Acknowledgement.objects.filter(payment__in=_payments(w).values("pk")), ()),
    "returns": (lambda w: MoneyReturn.objects.filter(disbursement__in=w.lots, entry__day__lt=w.end), ()),
    "spending": (_spending, ()),
    "trainings": (_trainings, ()),
    "later_covers": (lambda w: LaterCover.objects.filter(made_on__gte=w.first, made_on__lt=w.end), ()),
    # What is owed back stays in the books until it is settled.
    "recoverables": (lambda w: Recoverable.objects.filter(made_on__lt=w.end), ()),
    "settlements": (lambda w: Settlement.objects.filter(recoverable__made_on__lt=w.end).filter(Q(entry=None) | Q(entry__day__lt=w.end)), ()),
    "evidence": (_evidence, ("file_sha256",)),
    "reports": (
        lambda w: Report.objects.filter(period__first=w.first, snapshot__isnull=False).annotate(snapshot_sha256=F("snapshot__sha256")),
        ("snapshot_sha256",),
    ),
}
