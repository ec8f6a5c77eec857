"""What a reader must see although nobody asked: money that stands still, and what is late or missing."""

from __future__ import annotations

import json
from datetime import date
from typing import Any, Final

from django.utils.translation import gettext_noop

from communities.spending.models import SpendingRecord
from reports.queries import Scope
from reports.snapshot import money
from reports.snapshot.documents import Listed
from reports.snapshot.ledger import Ledger, shortfalls
from reports.snapshot.not_ours import not_ours
from reports.snapshot.owed import owed
from reports.words import plain, sentence, titled
from revenue.disbursements.queries import far_above
from revenue.ledger.models import Tranche
from revenue.sharing.models import AllocationLine, AllocationRun

Json = dict[str, Any]
MOST_LISTED: Final = 200


def held(*, scope: Scope, books: money.Books, listed: Listed) -> list[Json]:
    """Return what stands unallocated, in reserve, withheld, missing or held for others at the end, each with its reason and age."""
    return [*_unallocated(scope, books.ledger, listed), *_set_aside(scope, listed), *_shortfalls(scope, books.ledger), *not_ours(scope)]


def _unallocated(scope: Scope, books: Ledger, listed: Listed) -> list[Json]:
    amounts = books.unallocated
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
        khmer = _in_khmer(run)
        for line in run.lines.all():
            kind = {AllocationLine.State.HELD: "reserve", AllocationLine.State.WITHHELD: "withheld"}.get(AllocationLine.State(line.state))
            if kind and not _released(line, scope):
                made.append(
                    _held(
                        scope,
                        kind=kind,
                        reference=run.tranche.code,
                        title=titled(line.pot),
                        project=run.project.code,
                        amount=line.amount_minor,
                        reason={"en": line.how, "km": khmer.get((line.pot.code, line.recipient.code if line.recipient else ""), "")},
                        since=run.tranche.received_on,
                    )
                )
    return made


def _released(line: AllocationLine, scope: Scope) -> bool:
    """Whether it was let go before the end: what was released afterwards was still held then."""
    return line.release_entry is not None and line.release_entry.day < scope.end


def _in_khmer(run: AllocationRun) -> dict[tuple[str, str], str]:
    """Return how each line came about in Khmer, by pot and recipient, as the engine said it then."""
    if not any(line.state in {AllocationLine.State.HELD, AllocationLine.State.WITHHELD} for line in run.lines.all()) or not run.result:
        return {}
    return {(line["pot"], line["recipient"] or ""): str(line.get("how_km", "")) for line in json.loads(run.result)["lines"]}


def _shortfalls(scope: Scope, books: Ledger) -> list[Json]:
    found = shortfalls(scope, books)
    tranches = Tranche.objects.in_bulk({tranche for tranche, _bank, _amount in found}) if found else {}
    codes = {project.pk: project.code for project in scope.projects}
    return [
        _held(
            scope,
            kind="shortfall",
            reference=tranches[tranche].code,
            title=sentence(gettext_noop("The bank took what this receipt no longer had")),
            project=codes[scope.project_of_tranche[tranche]],
            amount=amount,
            reason=sentence(gettext_noop("To be covered from another receipt, by decision.")),
            since=tranches[tranche].received_on,
        )
        for tranche, _bank, amount in found
    ]


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
    """Return all that is late, missing or unallocated, the gravest first; a report lists the first ``MOST_LISTED``."""
    found = [
        *(_of_unallocated(row) for row in held if row["kind"] == "unallocated"),
        *(_of_late_payment(row) for row in disbursements if row["overdue"]),
        *(_of_late_advance(scope, disbursement, left) for disbursement, left in money.late_advances(scope)),
        *(_of_unacknowledged(scope, payment) for payment in money.late_acknowledgements(scope, listed)),
        *owed(scope),
        *_of_far_above(scope),
        *_of_missing_evidence(scope),
    ]
    order = {"high": 0, "medium": 1, "low": 2}
    return sorted(found, key=lambda row: (order[row["severity"]], row["code"], -(row["age_days"] or 0), row["reference"] or ""))


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


def _of_far_above(scope: Scope) -> list[Json]:
    projects = {project.pk for project in scope.projects}
    found = [
        payment for payment in far_above(since=scope.first) if payment.paid_on < scope.end and payment.disbursement.project_id in projects
        and payment.currency == scope.currency
    ]  # fmt: skip
    return [
        _exception(
            code="far_above_approval",
            severity="high",
            sentence=sentence(
                gettext_noop("The bank debited far more for %(reference)s than was approved, as the officer confirmed."),
                reference=payment.disbursement.reference,
            ),
            reference=payment.disbursement.reference,
            project=payment.disbursement.project.code,
            amount=payment.amount_minor - payment.disbursement.amount_minor,
            age=(scope.end - payment.paid_on).days,
        )
        for payment in found
    ]


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
