"""The documents behind the figures, as rows: sales, receipts, plans, allocations, disbursements, trainings."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from communities.spending.models import TrainingRecord
from reports import queries
from reports.queries import Scope
from reports.words import both, named, plain, titled
from revenue.credits.models import OpeningPosition, Sale
from revenue.disbursements.models import Disbursement, Payment
from revenue.sharing.models import AllocationLine, AllocationRun, PlanVersion, Pot, Purpose

Json = dict[str, Any]
ARTICLE6: Final = {Sale.Authorisation.NONE: "none", Sale.Authorisation.NDC: "ndc", Sale.Authorisation.OIMP: "oimp"}
# A receipt waits at the recipient this many days before its acknowledgement is called late.
ACKNOWLEDGE_WITHIN_DAYS: Final = 14


@dataclass(frozen=True, slots=True)
class Listed:
    """The documents of a scope, read once."""

    sales: list[Sale]
    receipts: list[Any]
    openings: list[OpeningPosition]
    runs: list[AllocationRun]
    disbursements: list[Disbursement]
    trainings: list[Any]
    pots: list[Pot]

    @property
    def received_by_tranche(self) -> dict[int, tuple[date, int]]:
        """For each tranche, the day it was booked and what its own document says was received, in minor units."""
        from_receipts = {row.tranche_id: (row.booked_on, row.ours_minor) for row in self.receipts}
        from_openings = {row.tranche_id: (row.entry.day, row.amount_minor) for row in self.openings if row.tranche_id and row.entry}
        return {**from_openings, **from_receipts}

    @property
    def run_of_tranche(self) -> dict[int, AllocationRun]:
        """The allocation that stands for each tranche, or else the latest attempt."""
        found: dict[int, AllocationRun] = {}
        for run in self.runs:
            if run.status == AllocationRun.Status.ALLOCATED or run.tranche_id not in found:
                found[run.tranche_id] = run
        return found


def read(scope: Scope) -> Listed:
    """Read the documents of a scope."""
    return Listed(
        sales=list(queries.sales(scope)),
        receipts=list(queries.receipts(scope)),
        openings=list(queries.openings(scope)),
        runs=list(queries.runs(scope)),
        disbursements=list(queries.disbursements(scope)),
        trainings=queries.trainings(scope),
        pots=queries.pots(scope),
    )


def rows(*, scope: Scope, listed: Listed) -> dict[str, list[Json]]:
    """Return the sections that list documents."""
    in_period = [run for run in listed.runs if run.entry and scope.first <= run.entry.day < scope.end]
    receipts = [_receipt(scope, receipt, listed.run_of_tranche.get(receipt.tranche_id)) for receipt in listed.receipts]
    return {
        "sales": [row for row in (_sale(scope, sale, listed.receipts) for sale in listed.sales) if _concerns(scope, row, listed)],
        "receipts": [row for row in receipts if row["in_period"] or row["state"] != "allocated"],
        "plans": _plans(scope),
        "allocations": [_allocation(run, listed) for run in in_period if run.status == AllocationRun.Status.ALLOCATED],
        "disbursements": _disbursements(scope, listed.disbursements),
        "training": [_training(row) for row in listed.trainings if row.counted_on >= scope.first],
    }


def _concerns(scope: Scope, sale: Json, listed: Listed) -> bool:
    """Whether a sale was made in the period, still owes money, or paid some in it: the others are in earlier reports."""
    paid_now = {receipt.sale.reference for receipt in listed.receipts if receipt.sale and receipt.booked_on >= scope.first}
    return sale["in_period"] or sale["outstanding_minor"] > 0 or sale["reference"] in paid_now


def _sale(scope: Scope, sale: Sale, receipts: list[Any]) -> Json:
    received = sum(receipt.ours_minor for receipt in receipts if receipt.sale_id == sale.pk)
    # What a cancelled sale still owed is owed no more.
    outstanding = 0 if sale.status == Sale.Status.CANCELLED else max(0, sale.amount_minor - received)
    return {
        "reference": sale.reference,
        "project": sale.project.code,
        "date": sale.sale_date.isoformat(),
        "in_period": sale.sale_date >= scope.first,
        "buyer": plain(sale.buyer.name),
        "blocks": [
            {
                "serials": lot.issuance.serial_text,
                "first": str(lot.first),
                "last": str(lot.last),
                "vintage": _vintage(lot.issuance.vintage_start, lot.issuance.vintage_end),
                "quantity": lot.quantity,
            }
            for lot in sorted(sale.lots.all(), key=lambda lot: lot.first)
        ],
        "quantity": sale.quantity,
        "currency": sale.currency,
        "unit_price": f"{sale.unit_price.normalize():f}" if sale.price_is_public else None,
        "amount_minor": sale.amount_minor,
        "article6": ARTICLE6[Sale.Authorisation(sale.authorisation)],
        "status": sale.status.lower(),
        "status_title": both(Sale.Status(sale.status).label),
        "received_minor": received,
        "outstanding_minor": outstanding,
    }


def _vintage(start: date, end: date) -> str:
    return str(start.year) if start.year == end.year else f"{start.year}–{end.year}"


def _receipt(scope: Scope, receipt: Any, run: AllocationRun | None) -> Json:
    allocated_on = run.entry.day if run and run.entry and run.status == AllocationRun.Status.ALLOCATED and run.entry.day < scope.end else None
    allocated = sum(line.amount_minor for line in run.lines.all()) if run and allocated_on else 0
    return {
        "reference": receipt.reference,
        "sale": receipt.sale.reference if receipt.sale else None,
        "project": run.project.code if run else (receipt.sale.project.code if receipt.sale else ""),
        "value_date": receipt.value_date.isoformat(),
        "in_period": receipt.booked_on >= scope.first,
        "bank": plain(receipt.bank_account.name),
        "bank_reference": receipt.bank_reference,
        "gross_minor": receipt.gross_minor,
        "fees_minor": receipt.sender_fee_minor,
        "credited_minor": receipt.credited_minor,
        "allocated_minor": allocated,
        "allocated_on": allocated_on.isoformat() if allocated_on else None,
        "state": "allocated" if allocated_on else "not_allocated",
        "days_to_allocation": max(0, (allocated_on - receipt.value_date).days) if allocated_on else None,
        "plan": _plan_name(run.plan_version) if run and run.plan_version and allocated_on else None,
    }


def _plan_name(version: PlanVersion) -> str:
    return f"{version.project.code} v{version.number}"


def _plans(scope: Scope) -> list[Json]:
    versions = PlanVersion.objects.filter(scope.project_filter, status=PlanVersion.Status.APPROVED, effective_from__lt=scope.end)
    in_period = [version for version in versions.select_related("project") if version.effective_to is None or version.effective_to > scope.first]
    return [
        {
            "code": version.project.code,
            "version": version.number,
            "title": plain(version.title),
            "project": version.project.code,
            "first": version.effective_from.isoformat(),
            "end": version.effective_to.isoformat() if version.effective_to else None,
            "sha256": version.sha256,
        }
        for version in sorted(in_period, key=lambda version: (version.project.code, version.number))
    ]


def _allocation(run: AllocationRun, listed: Listed) -> Json:
    in_khmer = _how_in_khmer(run)
    lines = [_line(line, in_khmer.get((line.pot.code, line.recipient.code if line.recipient else None), "")) for line in run.lines.all()]
    sales = {receipt.tranche_id: receipt.sale.reference for receipt in listed.receipts if receipt.sale}
    return {
        "receipt": run.tranche.code,
        "sale": sales.get(run.tranche_id),
        "project": run.project.code,
        "plan": _plan_name(run.plan_version) if run.plan_version else None,
        "on": run.entry.day.isoformat() if run.entry else "",
        "base_minor": run.amount_minor,
        "lines": lines,
        "total_minor": sum(line["amount_minor"] for line in lines),
    }


def _how_in_khmer(run: AllocationRun) -> dict[tuple[str, str | None], str]:
    """Return the engine's Khmer words for each line, by pot and recipient: the row keeps only the English."""
    result = json.loads(run.result) if run.result else {}
    return {(line["pot"], line["recipient"]): line.get("how_km", "") for line in result.get("lines", [])}


def _share(how: str) -> str:
    """Leave out the arithmetic in brackets: the base and the amount stand in columns of their own."""
    return re.sub(r" \([^()]*\)", "", how).rsplit(": ", 1)[0]


def _line(line: AllocationLine, in_khmer: str) -> Json:
    kinds = {AllocationLine.State.HELD: "reserve", AllocationLine.State.WITHHELD: "withheld"}
    return {
        "pot": named(line.recipient) if line.recipient else titled(line.pot),
        "purpose": both(Purpose(line.pot.purpose).label),
        "kind": kinds.get(AllocationLine.State(line.state), "pot"),
        "share": {"en": _share(line.how), "km": _share(in_khmer)},
        "amount_minor": line.amount_minor,
    }


def payment_of(row: Disbursement) -> Payment | None:
    """Return the payment that stands, if any."""
    return next((payment for payment in row.payments.all() if payment.status == Payment.Status.PAID), None)


def _disbursements(scope: Scope, disbursements: list[Disbursement]) -> list[Json]:
    funded = queries.funded_since([row.pk for row in disbursements])
    return [_disbursement(scope, row, funded.get(row.pk)) for row in disbursements]


def _disbursement(scope: Scope, row: Disbursement, funded_since: date | None) -> Json:
    payment = payment_of(row)
    if payment is not None and payment.paid_on >= scope.end:
        payment = None
    received = getattr(payment, "acknowledgement", None)
    acknowledged_on = received.received_on if received and received.received_on < scope.end else None
    approved_on = row.decided_on if row.approval_entry_id and row.decided_on and row.decided_on < scope.end else None
    late = (scope.end - row.due_on).days if row.due_on and not payment and row.status in _UNPAID and row.due_on < scope.end else None
    status = _status(row, payment, acknowledged_on)
    return {
        "reference": row.reference,
        "project": row.project.code,
        "recipient": row.recipient.code,
        "recipient_name": named(row.recipient),
        "purpose": row.purpose,
        "purpose_title": both(Purpose(row.purpose).label),
        "amount_minor": payment.amount_minor if payment else row.amount_minor,
        "local_currency": payment.local_currency if payment else None,
        "local_minor": payment.local_minor if payment else None,
        **status,
        "requested_on": row.requested_on.isoformat(),
        "approved_on": approved_on.isoformat() if approved_on else None,
        "paid_on": payment.paid_on.isoformat() if payment else None,
        "acknowledged_on": acknowledged_on.isoformat() if acknowledged_on else None,
        "days_receipt_to_payment": max(0, (payment.paid_on - funded_since).days) if payment and funded_since else None,
        "overdue": late is not None,
        "overdue_days": late,
    }


_UNPAID: Final = (Disbursement.Status.REQUESTED, Disbursement.Status.APPROVED)


def _status(row: Disbursement, payment: Payment | None, acknowledged_on: date | None) -> Json:
    if acknowledged_on:
        return {"status": "acknowledged", "status_title": both(_("acknowledged"))}
    if payment:
        return {"status": "paid", "status_title": both(Disbursement.Status.PAID.label)}
    status = Disbursement.Status.APPROVED if row.status == Disbursement.Status.PAID else Disbursement.Status(row.status)
    return {"status": status.lower(), "status_title": both(status.label)}


def _training(row: TrainingRecord) -> Json:
    return {
        "reference": row.reference,
        "recipient": row.recipient.code,
        "recipient_name": named(row.recipient),
        "topic": plain(row.topic),
        "date": row.first_day.isoformat(),
        "days": row.days,
        "women": row.women,
        "men": row.men,
        "not_recorded": 0,
        "person_days": row.person_days,
    }
