"""What a reader must see although nobody asked: money that stands still, and what is late or missing."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from django.utils.translation import gettext_noop

from communities.spending.models import SpendingRecord
from reports.queries import Scope
from reports.snapshot import money
from reports.snapshot.documents import Listed
from reports.words import plain, sentence, titled
from revenue.ledger import chart
from revenue.ledger.models import Tranche
from revenue.ledger.queries import Flow, flows
from revenue.sharing.models import AllocationLine

Json = dict[str, Any]
MOST_LISTED: Final = 200


def held(*, scope: Scope, books: money.Books, listed: Listed) -> list[Json]:
    """Return what stands unallocated, in reserve or withheld at the end, each with its reason and age."""
    return [*_unallocated(scope, listed), *_set_aside(scope, listed), *_shortfalls(scope)]


def _unallocated(scope: Scope, listed: Listed) -> list[Json]:
    amounts = money.unallocated(scope)
    tranches = {tranche.pk: tranche for tranche in Tranche.objects.filter(id__in=amounts)}
    codes = {project.pk: project.code for project in scope.projects}
    runs = listed.run_of_tranche
    made = []
    for tranche_id in sorted(amounts, key=lambda key: (tranches[key].received_on, key)):
        run = runs.get(tranche_id)
        reason = plain(run.reason) if run and run.reason else sentence(gettext_noop("Waiting to be allocated."))
        made.append(
            _held(
                scope,
                kind="unallocated",
                reference=tranches[tranche_id].code,
                title=sentence(gettext_noop("Receipt %(reference)s"), reference=tranches[tranche_id].code),
                project=codes[scope.project_of_tranche[tranche_id]],
                amount=amounts[tranche_id],
                reason=reason,
                since=tranches[tranche_id].received_on,
            )
        )
    return made


def _set_aside(scope: Scope, listed: Listed) -> list[Json]:
    made = []
    for run in listed.runs:
        if run.status != run.Status.ALLOCATED or run.entry is None or run.entry.day >= scope.end:
            continue
        for line in run.lines.all():
            kind = {AllocationLine.State.HELD: "reserve", AllocationLine.State.WITHHELD: "withheld"}.get(AllocationLine.State(line.state))
            if kind and not line.release_entry_id:
                made.append(
                    _held(
                        scope,
                        kind=kind,
                        reference=run.tranche.code,
                        title=titled(line.pot),
                        project=run.project.code,
                        amount=line.amount_minor,
                        reason=plain(line.how),
                        since=run.tranche.received_on,
                    )
                )
    return made


def _shortfalls(scope: Scope) -> list[Json]:
    moved: dict[tuple[int, str], int] = {}
    since: dict[tuple[int, str], date] = {}
    for flow in flows(money.BEGINNING, scope.end, currency=scope.currency, tranche_ids=scope.tranche_ids):
        amount = _into_shortfall(flow)
        if amount:
            key = (flow.tranche_id, flow.debit.bank or flow.credit.bank)
            moved[key] = moved.get(key, 0) + amount
    tranches = {tranche.pk: tranche for tranche in Tranche.objects.filter(id__in={tranche for tranche, _bank in moved})}
    codes = {project.pk: project.code for project in scope.projects}
    for key in moved:
        since[key] = tranches[key[0]].received_on
    return [
        _held(
            scope,
            kind="shortfall",
            reference=tranches[tranche].code,
            title=sentence(gettext_noop("The bank took what this receipt no longer had")),
            project=codes[scope.project_of_tranche[tranche]],
            amount=amount,
            reason=sentence(gettext_noop("To be covered from another receipt, by decision.")),
            since=since[(tranche, bank)],
        )
        for (tranche, bank), amount in sorted(moved.items())
        if amount
    ]


def _into_shortfall(flow: Flow) -> int:
    return flow.amount_minor * ((flow.debit.kind == chart.SHORTFALL) - (flow.credit.kind == chart.SHORTFALL))


def _held(scope: Scope, *, kind: str, reference: str, title: Json, project: str, amount: int, reason: Json, since: date) -> Json:
    return {
        "kind": kind,
        "reference": reference,
        "title": title,
        "project": project,
        "amount_minor": amount,
        "reason": reason,
        "since": since.isoformat(),
        "age_days": max(0, (scope.end - since).days),
    }


def exceptions(*, scope: Scope, listed: Listed, held: list[Json], disbursements: list[Json]) -> list[Json]:
    """Return what is late, missing or unallocated, the gravest first."""
    found = [
        *(_of_unallocated(row) for row in held if row["kind"] == "unallocated"),
        *(_of_late_payment(row) for row in disbursements if row["overdue"]),
        *(_of_late_advance(scope, disbursement, left) for disbursement, left in money.late_advances(scope)),
        *(_of_unacknowledged(scope, payment) for payment in money.late_acknowledgements(scope, listed)),
        *_of_missing_evidence(scope),
    ]
    order = {"high": 0, "medium": 1, "low": 2}
    return sorted(found, key=lambda row: (order[row["severity"]], row["code"], -(row["age_days"] or 0), row["reference"] or ""))[:MOST_LISTED]


def _exception(*, code: str, severity: str, sentence: Json, reference: str, project: str | None, amount: int | None, age: int) -> Json:
    return {
        "code": code,
        "severity": severity,
        "sentence": sentence,
        "reference": reference,
        "project": project,
        "amount_minor": amount,
        "age_days": max(0, age),
    }


def _of_unallocated(row: Json) -> Json:
    return _exception(
        code="unallocated",
        severity="high" if row["age_days"] > 30 else "medium",
        sentence=sentence(gettext_noop("%(reference)s has not been allocated."), reference=row["reference"]),
        reference=row["reference"],
        project=row["project"],
        amount=row["amount_minor"],
        age=row["age_days"],
    )


def _of_late_payment(row: Json) -> Json:
    return _exception(
        code="late_payment",
        severity="medium",
        sentence=sentence(
            gettext_noop("%(reference)s should have been paid %(days)s days ago."), reference=row["reference"], days=row["overdue_days"]
        ),
        reference=row["reference"],
        project=row["project"],
        amount=row["amount_minor"],
        age=row["overdue_days"],
    )


def _of_late_advance(scope: Scope, disbursement: Any, left: int) -> Json:
    late = (scope.end - disbursement.account_by).days
    return _exception(
        code="late_advance",
        severity="high" if late > 60 else "medium",
        sentence=sentence(
            gettext_noop("The advance %(reference)s should have been accounted for %(days)s days ago."), reference=disbursement.reference, days=late
        ),
        reference=disbursement.reference,
        project=disbursement.project.code,
        amount=left,
        age=late,
    )


def _of_unacknowledged(scope: Scope, payment: Any) -> Json:
    waited = (scope.end - payment.paid_on).days
    return _exception(
        code="not_acknowledged",
        severity="medium",
        sentence=sentence(
            gettext_noop("Nobody has said that %(reference)s arrived, %(days)s days after it was paid."),
            reference=payment.disbursement.reference,
            days=waited,
        ),
        reference=payment.disbursement.reference,
        project=payment.disbursement.project.code,
        amount=payment.amount_minor,
        age=waited,
    )


def _of_missing_evidence(scope: Scope) -> list[Json]:
    missing = SpendingRecord.objects.filter(
        status=SpendingRecord.Status.ACCEPTED, evidence=None, decided_on__gte=scope.first, decided_on__lt=scope.end
    )
    if scope.project:
        missing = missing.filter(recipient__in=scope.project.beneficiaries.values("recipient_id"))
    return [
        _exception(
            code="no_evidence",
            severity="low",
            sentence=sentence(gettext_noop("%(reference)s was accepted without a photo of its receipt."), reference=row.reference),
            reference=row.reference,
            project=scope.project.code if scope.project else None,
            amount=row.drawn_minor,
            age=(scope.end - row.spent_on).days,
        )
        for row in missing.order_by("spent_on", "id")[:MOST_LISTED]
    ]
