"""What a report reads: the tranches of its scope, and the documents behind the figures. Reads only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import pandas as pd
from django.db.models import OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce, Concat, TruncDate

from communities.spending.models import SpendingRecord, TrainingRecord
from revenue.credits.models import Identification, OpeningPosition, Project, Receipt, Sale
from revenue.disbursements.models import Acknowledgement, Disbursement, Payment
from revenue.ledger import chart
from revenue.ledger.models import Entry
from revenue.ledger.queries.rows import rows
from revenue.sharing.models import AllocationRun, Pot


@dataclass(frozen=True, slots=True)
class Scope:
    """What a report is about: one project or all, in [first, end), and the tranches that are theirs."""

    project: Project | None
    projects: tuple[Project, ...]
    first: date
    end: date
    currency: str
    project_of_tranche: dict[int, int]

    @property
    def tranche_ids(self) -> list[int]:
        """The tranches of the scope, oldest id first."""
        return sorted(self.project_of_tranche)

    @property
    def project_filter(self) -> Q:
        """Rows of this scope, for models with a ``project``."""
        return Q(project=self.project) if self.project else Q()


def scope_of(*, project: Project | None, first: date, end: date, currency: str = "USD") -> Scope:
    """Gather the scope: whose money each tranche is, by its latest identification."""
    owners = dict(Identification.objects.order_by("tranche_id", "-number").distinct("tranche_id").values_list("tranche_id", "project_id"))
    mine = {tranche: owner for tranche, owner in owners.items() if project is None or owner == project.pk}
    projects = (project,) if project else tuple(Project.objects.order_by("code"))
    return Scope(project, projects, first, end, currency, mine)


def sales(scope: Scope) -> QuerySet[Sale]:
    """Return the sales agreed before the end, oldest first."""
    return (
        Sale.objects.filter(scope.project_filter, sale_date__lt=scope.end, currency=scope.currency)
        .select_related("project", "buyer")
        .prefetch_related("lots__issuance")
        .order_by("sale_date", "id")
    )


def receipts(scope: Scope) -> QuerySet[Receipt]:
    """
    Return the receipts that are ours and were so before the end, oldest first; ``booked_on`` is the day since when.

    That is the day of the books, and not of the bank: what is recorded or identified after its quarter closed is
    money of the next one, or a closed quarter's report would change.
    """
    identified = Entry.objects.filter(event=chart.IDENTIFY, key=Concat(Value("identify:"), OuterRef("reference")))
    return (
        Receipt.objects.filter(tranche_id__in=scope.tranche_ids, status=Receipt.Status.IDENTIFIED, currency=scope.currency)
        .annotate(booked_on=Coalesce(Subquery(identified.values("day")[:1]), "entry__day"))
        .filter(booked_on__lt=scope.end)
        .select_related("sale", "bank_account")
        .order_by("value_date", "id")
    )


def openings(scope: Scope) -> QuerySet[OpeningPosition]:
    """Return the opening positions of the scope that were booked before the end, oldest first."""
    return (
        OpeningPosition.objects.filter(
            scope.project_filter, status=OpeningPosition.Status.APPROVED, entry__day__lt=scope.end, currency=scope.currency
        )
        .select_related("project", "bank_account", "tranche", "sale", "entry")
        .order_by("as_of", "id")
    )


def runs(scope: Scope) -> QuerySet[AllocationRun]:
    """Return the allocations of the scope's tranches, oldest first."""
    return (
        AllocationRun.objects.filter(tranche_id__in=scope.tranche_ids)
        .select_related("tranche", "plan_version__project", "entry", "project")
        .prefetch_related("lines__pot", "lines__recipient")
        .order_by("tranche__received_on", "id")
    )


def pots(scope: Scope) -> list[Pot]:
    """Return the pots of the scope's projects."""
    return list(Pot.objects.filter(scope.project_filter).select_related("project").order_by("project__code", "code"))


def disbursements(scope: Scope) -> QuerySet[Disbursement]:
    """Return the disbursements asked for before the end that were open or moved in the period, oldest first."""
    moved = Q(requested_on__gte=scope.first) | Q(decided_on__gte=scope.first) | Q(payments__paid_on__gte=scope.first)
    still_open = Q(status__in=[Disbursement.Status.REQUESTED, Disbursement.Status.APPROVED])
    unacknowledged = Q(payments__status=Payment.Status.PAID, payments__acknowledgement=None)
    return (
        Disbursement.objects.filter(scope.project_filter, requested_on__lt=scope.end)
        .filter(moved | still_open | unacknowledged)
        .distinct()
        .select_related("recipient", "pot", "project")
        .prefetch_related("payments__acknowledgement")
        .order_by("requested_on", "id")
    )


def acknowledged(scope: Scope) -> pd.DataFrame:
    """Return one row for each acknowledged payment: received_on, recipient, purpose, amount_minor."""
    found = Acknowledgement.objects.filter(received_on__lt=scope.end, payment__status=Payment.Status.PAID, payment__currency=scope.currency)
    if scope.project:
        found = found.filter(payment__disbursement__project=scope.project)
    columns = ["received_on", "recipient", "purpose", "kind", "amount_minor"]
    return _frame(
        found.values_list(
            "received_on",
            "payment__disbursement__recipient__code",
            "payment__disbursement__purpose",
            "payment__disbursement__kind",
            "payment__amount_minor",
        ),
        columns,
    )


_SPENT = """
SELECT s.reference, e.day, r.code, c.code, c.purpose, moved.amount_minor, moved.project_tranche,
       EXISTS (SELECT 1 FROM spending_evidence x WHERE x.spending_id = s.id)
FROM (
    SELECT p.entry_id, min(p.tranche_id) AS project_tranche, sum(p.amount_minor)::bigint AS amount_minor
    FROM ledger_posting p
    WHERE p.event = 'spend' AND p.day >= %(first)s AND p.day < %(end)s AND p.tranche_id = ANY(%(tranches)s) AND p.currency = %(currency)s
    GROUP BY p.entry_id
) moved
JOIN ledger_entry e ON e.id = moved.entry_id
JOIN spending_spendingrecord s ON s.entry_id = moved.entry_id
JOIN registry_recipient r ON r.id = s.recipient_id
JOIN spending_category c ON c.id = s.category_id
ORDER BY s.id
"""


def spent_records(scope: Scope, *, first: date) -> pd.DataFrame:
    """Return one row for each accepted record posted in [first, end): recipient, category, purpose, amount_minor of this scope."""
    arguments = {"first": first, "end": scope.end, "tranches": scope.tranche_ids, "currency": scope.currency}
    columns = ["reference", "day", "recipient", "category", "purpose", "amount_minor", "tranche_id", "has_evidence"]
    return _frame(rows(_SPENT, arguments), columns)


def trainings(scope: Scope) -> list[TrainingRecord]:
    """
    Return the trainings accepted before the end, of the recipients of the scope, oldest first; ``counted_on`` is when.

    Like money, a training counts on the day the office accepted it: none is lost between two reports.
    """
    accepted = TrainingRecord.objects.filter(status=TrainingRecord.Status.ACCEPTED)
    found = accepted.annotate(counted_on=TruncDate("decided_at")).filter(counted_on__lt=scope.end)
    if scope.project:
        found = found.filter(recipient__beneficiaries__project=scope.project).distinct()
    return list(found.select_related("recipient").order_by("first_day", "id"))


def beneficiary_counts(scope: Scope) -> pd.DataFrame:
    """Return one row for each spending record of the scope's recipients accepted before the end: decided_on, women, men."""
    found = SpendingRecord.objects.filter(status=SpendingRecord.Status.ACCEPTED, decided_on__lt=scope.end)
    if scope.project:
        recipients = scope.project.beneficiaries.values("recipient_id")
        found = found.filter(recipient_id__in=recipients)
    return _frame(found.values_list("decided_on", "women", "men"), ["decided_on", "women", "men"])


_ADVANCES = """
SELECT p.lot, sum(CASE WHEN d.kind = 'advance' THEN p.amount_minor ELSE 0 END - CASE WHEN c.kind = 'advance' THEN p.amount_minor ELSE 0 END)::bigint
FROM ledger_posting p JOIN ledger_account d ON d.id = p.debit_id JOIN ledger_account c ON c.id = p.credit_id
WHERE p.lot = ANY(%(lots)s) AND p.day < %(end)s AND p.tranche_id = ANY(%(tranches)s)
GROUP BY p.lot
"""


def advances_left(scope: Scope, *, lots: Sequence[int]) -> dict[int, int]:
    """Return what of each advance was not accounted for at the end, by disbursement id, in minor units."""
    found = rows(_ADVANCES, {"lots": list(lots), "end": scope.end, "tranches": scope.tranche_ids})
    return {lot: left for lot, left in found if left}


_FUNDED_SINCE = """
SELECT p.lot, min(t.received_on) FROM ledger_posting p JOIN ledger_tranche t ON t.id = p.tranche_id
WHERE p.event = 'approve' AND p.lot = ANY(%s) GROUP BY p.lot
"""


def funded_since(lots: Sequence[int]) -> dict[int, date]:
    """Return the day the oldest money behind each disbursement was received, by disbursement id."""
    return dict(rows(_FUNDED_SINCE, [list(lots)]))


_WITH_RECIPIENTS = """
SELECT holder, sum(amount)::bigint FROM (
    SELECT d.holder, p.amount_minor AS amount FROM ledger_posting p JOIN ledger_account d ON d.id = p.debit_id
     WHERE d.kind IN ('advance', 'recoverable') AND p.day < %(end)s AND p.tranche_id = ANY(%(tranches)s)
    UNION ALL
    SELECT c.holder, -p.amount_minor FROM ledger_posting p JOIN ledger_account c ON c.id = p.credit_id
     WHERE c.kind IN ('advance', 'recoverable') AND p.day < %(end)s AND p.tranche_id = ANY(%(tranches)s)
) moved GROUP BY holder
"""


def with_recipients(scope: Scope) -> dict[str, int]:
    """Return what lay with each recipient at the end, by code, in minor units."""
    return dict(rows(_WITH_RECIPIENTS, {"end": scope.end, "tranches": scope.tranche_ids}))


_SET_ASIDE = """
SELECT kind, pot, sum(amount)::bigint FROM (
    SELECT d.kind, d.pot, p.amount_minor AS amount FROM ledger_posting p JOIN ledger_account d ON d.id = p.debit_id
     WHERE d.kind IN ('pot', 'reserve', 'withheld', 'committed') AND p.day < %(end)s AND p.tranche_id = ANY(%(tranches)s)
    UNION ALL
    SELECT c.kind, c.pot, -p.amount_minor FROM ledger_posting p JOIN ledger_account c ON c.id = p.credit_id
     WHERE c.kind IN ('pot', 'reserve', 'withheld', 'committed') AND p.day < %(end)s AND p.tranche_id = ANY(%(tranches)s)
) moved GROUP BY kind, pot
"""


def set_aside(scope: Scope) -> list[tuple[str, str, int]]:
    """Return what lay at the bank set aside at the end: (kind, pot, minor units)."""
    return [(kind, pot, amount) for kind, pot, amount in rows(_SET_ASIDE, {"end": scope.end, "tranches": scope.tranche_ids}) if amount]


_AT_BANKS = """
SELECT bank, sum(amount)::bigint, sum(amount) FILTER (WHERE kind = 'not_ours')::bigint FROM (
    SELECT d.bank, d.kind, p.amount_minor AS amount FROM ledger_posting p JOIN ledger_account d ON d.id = p.debit_id
     WHERE d.bank <> '' AND p.day < %(end)s AND p.currency = %(currency)s
    UNION ALL
    SELECT c.bank, c.kind, -p.amount_minor FROM ledger_posting p JOIN ledger_account c ON c.id = p.credit_id
     WHERE c.bank <> '' AND p.day < %(end)s AND p.currency = %(currency)s
) moved GROUP BY bank ORDER BY bank
"""


def at_banks(scope: Scope) -> list[tuple[str, int, int]]:
    """Return what the ledger had at each bank account at the end: (bank code, all of it, of it not ours), in minor units."""
    return [(bank, amount, not_ours or 0) for bank, amount, not_ours in rows(_AT_BANKS, {"end": scope.end, "currency": scope.currency})]


def _frame(found: object, columns: list[str]) -> pd.DataFrame:
    return pd.DataFrame(list(found), columns=columns)  # type: ignore[call-overload]
