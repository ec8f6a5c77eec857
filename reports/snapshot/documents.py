"""The documents behind the figures, as rows: sales, receipts, plans, allocations, disbursements, trainings."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from communities.spending.models import TrainingRecord
from reports import queries
from reports.queries import Scope
from reports.words import both, named, plain, titled
from revenue.credits.models import OtherIncome, Recall, Sale
from revenue.credits.publishing import Published, published
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
    recalls: list[Any]
    openings: list[Any]
    incomes: list[Any]
    runs: list[AllocationRun]
    disbursements: list[Disbursement]
    trainings: list[Any]
    pots: list[Pot]

    @property
    def received_by_tranche(self) -> dict[int, list[tuple[date, int]]]:
        """
        For each tranche, the days of the books and what its own documents say was received, in minor units.

        What a bank took back of it is less received, on the day its recall was booked.
        """
        found: dict[int, list[tuple[date, int]]] = defaultdict(list)
        for receipt in self.receipts:
            found[receipt.tranche_id].append((receipt.booked_on, receipt.ours_minor))
        for recall in self.recalls:
            found[recall.receipt.tranche_id].append((recall.booked_on, -recall.ours_minor))
        for document in [*self.openings, *self.incomes]:
            if document.tranche_id:
                found[document.tranche_id].append((document.booked_on, document.amount_minor))
        return dict(found)

    @property
    def recalled_by_receipt(self) -> dict[int, int]:
        """What was taken back of each receipt's own money before the end, by the receipt's id, in minor units."""
        found: dict[int, int] = defaultdict(int)
        for recall in self.recalls:
            found[recall.receipt_id] += recall.ours_minor
        return dict(found)

    @property
    def run_of_tranche(self) -> dict[int, AllocationRun]:
        """The allocation by which each tranche was first shared, whatever corrected it since, or else the first attempt."""
        found: dict[int, AllocationRun] = {}
        for run in self.runs:
            if _shared(run) or run.tranche_id not in found:
                found[run.tranche_id] = run
        return found


def read(scope: Scope) -> Listed:
    """Read the documents of a scope."""
    return Listed(
        sales=list(queries.sales(scope)),
        receipts=list(queries.receipts(scope)),
        recalls=list(_recalls(scope)),
        openings=list(queries.openings(scope)),
        incomes=list(_incomes(scope)),
        runs=list(queries.runs(scope)),
        disbursements=list(queries.disbursements(scope)),
        trainings=queries.trainings(scope),
        pots=queries.pots(scope),
    )


def _recalls(scope: Scope) -> QuerySet[Any]:
    found = queries.booked(Recall.objects.filter(receipt__tranche_id__in=scope.in_tranches, currency=scope.currency), scope)
    return found.select_related("receipt", "entry").order_by("entry__day", "id")


def _incomes(scope: Scope) -> QuerySet[Any]:
    found = queries.booked(OtherIncome.objects.filter(tranche_id__in=scope.in_tranches, currency=scope.currency), scope)
    return found.select_related("tranche", "entry").order_by("entry__day", "id")


def shown_of(*, scope: Scope, listed: Listed) -> Published:
    """
    Say what the report may publish of each sale (``docs/decisions/005``).

    Whether tonnes may stand is asked of the sales that this report prints: only their money is near them.
    """
    named = [row.sale for row in (*listed.receipts, *listed.openings) if row.sale]
    return Published(published([*listed.sales, *named]).priced, published(_printed(scope, listed)).tonnes_only)


def rows(*, scope: Scope, listed: Listed, shown: Published) -> dict[str, list[Json]]:
    """Return the sections that list documents, without what ``shown`` does not let be published."""
    in_period = [run for run in listed.runs if run.entry and scope.first <= run.entry.day < scope.end]
    receipts = [_receipt(scope, receipt, listed, shown) for receipt in listed.receipts]
    taken_now = {recall.receipt.reference for recall in listed.recalls if recall.booked_on >= scope.first}
    return {
        "sales": [_sale(scope, sale, listed, shown) for sale in _printed(scope, listed)],
        "receipts": [row for row in receipts if row["in_period"] or row["state"] == "not_allocated" or row["reference"] in taken_now],
        "plans": _plans(scope),
        "allocations": [_allocation(run, listed, shown) for run in in_period if _shared(run)],
        "disbursements": _disbursements(scope, listed.disbursements),
        "training": [_training(row) for row in listed.trainings if row.counted_on >= scope.first],
    }


def _printed(scope: Scope, listed: Listed) -> list[Sale]:
    """Return the sales made in the period, that still owe money, or that paid some in it: the others are in earlier reports."""
    paid_now = {receipt.sale_id for receipt in listed.receipts if receipt.booked_on >= scope.first}
    return [sale for sale in listed.sales if sale.sale_date >= scope.first or sale.pk in paid_now or _outstanding(sale, listed) > 0]


def _paid_of(sale: Sale, listed: Listed) -> int:
    taken_back = listed.recalled_by_receipt
    return sum(receipt.ours_minor - taken_back.get(receipt.pk, 0) for receipt in listed.receipts if receipt.sale_id == sale.pk)


def _outstanding(sale: Sale, listed: Listed) -> int:
    # What a cancelled sale still owed is owed no more.
    return 0 if sale.status == Sale.Status.CANCELLED else max(0, sale.amount_minor - _paid_of(sale, listed))


def _sale(scope: Scope, sale: Sale, listed: Listed, shown: Published) -> Json:
    in_money, in_tonnes = shown.shows_money(sale.pk), shown.shows_tonnes(sale.pk)
    return {
        "reference": sale.reference,
        "project": sale.project.code,
        "date": sale.sale_date.isoformat(),
        "in_period": sale.sale_date >= scope.first,
        "buyer": plain(sale.buyer.name),
        "blocks": _blocks(sale) if in_tonnes else [],
        "quantity": sale.quantity if in_tonnes else None,
        "currency": sale.currency,
        "unit_price": f"{sale.unit_price.normalize():f}" if in_money else None,
        "amount_minor": sale.amount_minor if in_money else None,
        "article6": ARTICLE6[Sale.Authorisation(sale.authorisation)],
        "status": sale.status.lower(),
        "status_title": both(Sale.Status(sale.status).label),
        "received_minor": _paid_of(sale, listed) if in_money else None,
        "outstanding_minor": _outstanding(sale, listed) if in_money else None,
    }


def _blocks(sale: Sale) -> list[Json]:
    return [
        {
            "serials": lot.issuance.serial_text,
            "first": str(lot.first),
            "last": str(lot.last),
            "vintage": _vintage(lot.issuance.vintage_start, lot.issuance.vintage_end),
            "quantity": lot.quantity,
        }
        for lot in sorted(sale.lots.all(), key=lambda lot: lot.first)
    ]


def _vintage(start: date, end: date) -> str:
    return str(start.year) if start.year == end.year else f"{start.year}–{end.year}"


def _shared(run: AllocationRun) -> bool:
    """Whether a tranche was shared by this run; what corrections moved since is in the figures, on the day they were posted."""
    return run.corrects_id is None and run.status in (AllocationRun.Status.ALLOCATED, AllocationRun.Status.CORRECTED)


def _receipt(scope: Scope, receipt: Any, listed: Listed, shown: Published) -> Json:
    # The bank's reference is what a buyer would know his own payment by.
    is_named = receipt.sale_id is None or shown.shows_money(receipt.sale_id)
    run = listed.run_of_tranche.get(receipt.tranche_id)
    is_gone = listed.recalled_by_receipt.get(receipt.pk, 0) >= receipt.ours_minor - receipt.fee_borne_minor > 0
    allocated_on = run.entry.day if run and run.entry and _shared(run) and run.entry.day < scope.end else None
    allocated = sum(line.amount_minor for line in run.lines.all()) if run and allocated_on else 0
    return {
        "reference": receipt.reference,
        "sale": receipt.sale.reference if receipt.sale and is_named else None,
        "project": run.project.code if run else (receipt.sale.project.code if receipt.sale else ""),
        "value_date": receipt.value_date.isoformat(),
        "in_period": receipt.booked_on >= scope.first,
        "bank": plain(receipt.bank_account.name),
        "bank_reference": receipt.bank_reference if is_named else None,
        "gross_minor": receipt.gross_minor,
        "fees_minor": receipt.sender_fee_minor,
        "credited_minor": receipt.credited_minor,
        "allocated_minor": allocated,
        "allocated_on": allocated_on.isoformat() if allocated_on else None,
        "state": "recalled" if is_gone else "allocated" if allocated_on else "not_allocated",
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


def _allocation(run: AllocationRun, listed: Listed, shown: Published) -> Json:
    in_khmer = _how_in_khmer(run)
    lines = [_line(line, in_khmer.get((line.pot.code, line.recipient.code if line.recipient else None), "")) for line in run.lines.all()]
    sales = {receipt.tranche_id: receipt.sale.reference for receipt in listed.receipts if receipt.sale and shown.shows_money(receipt.sale_id)}
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
        "women_person_days": row.women * row.days,
        "men_person_days": row.men * row.days,
        "person_days": row.person_days,
    }
