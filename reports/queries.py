"""What a report reads: the tranches of its scope, and the documents behind the figures. Reads only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Final

import pandas as pd
from django.db.models import BigIntegerField, BooleanField, Case, DateField, ExpressionWrapper, F, OuterRef, Q, QuerySet, Subquery, Sum, Value, When
from django.db.models.expressions import RawSQL
from django.db.models.functions import Cast, Coalesce, Concat, TruncDate

from communities.spending.models import SpendingRecord, TrainingRecord
from reports.models import Report
from revenue.credits.models import Identification, OpeningPosition, Project, Receipt, Sale
from revenue.disbursements.models import Acknowledgement, Disbursement, Payment
from revenue.ledger import chart
from revenue.ledger.models import BookClosing, Entry
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
    # For a corrected report: entries that were posted after the end, by the day within these books on which they count.
    counted_back: Mapping[int, date] = field(default_factory=dict)

    @property
    def tranche_ids(self) -> list[int]:
        """The tranches of the scope, oldest id first."""
        return sorted(self.project_of_tranche)

    @property
    def in_tranches(self) -> RawSQL:
        """The same for ``__in``: one parameter, however many they are."""
        return RawSQL("SELECT unnest(%s::bigint[])", [self.tranche_ids])

    @property
    def project_filter(self) -> Q:
        """Rows of this scope, for models with a ``project``."""
        return Q(project=self.project) if self.project else Q()


def scope_of(*, project: Project | None, first: date, end: date, currency: str = "USD", counted_back: Mapping[int, date] | None = None) -> Scope:
    """Gather the scope: whose money each tranche is, by its latest identification."""
    owners = dict(Identification.objects.order_by("tranche_id", "-number").distinct("tranche_id").values_list("tranche_id", "project_id"))
    mine = {tranche: owner for tranche, owner in owners.items() if project is None or owner == project.pk}
    projects = (project,) if project else tuple(Project.objects.order_by("code"))
    return Scope(project, projects, first, end, currency, mine, counted_back or {})


_BELONGS_BACK = """
SELECT id, belongs_on FROM (
    SELECT e.id, CASE
        WHEN n.id IS NOT NULL AND e.event <> %(returned)s THEN CASE WHEN n.event = ANY(%(facts)s) THEN n.occurred_on ELSE n.day END
        WHEN e.event = ANY(%(facts)s) THEN e.occurred_on
        ELSE e.day END AS belongs_on
    FROM ledger_entry e LEFT JOIN ledger_entry n ON n.id = COALESCE(e.reverses_id, e.corrects_id)
    WHERE e.day >= %(end)s
) late WHERE belongs_on < %(end)s ORDER BY id
"""
# What a bank did has its own day, whenever it is recorded; what people decide counts on the day they decide it.
_FACTS = (
    chart.RECEIPT, chart.SENDER_FEE, chart.HOLD_NOT_OURS, chart.REFUND_NOT_OURS, chart.BANK_TRANSFER, chart.PAY, chart.PAY_FINAL, chart.BANK_FEE,
    chart.RETURNED, chart.RETURN, chart.REPAID, chart.RECALL, chart.OPENING,
)  # fmt: skip


def belonging_back(*, end: date) -> dict[int, date]:
    """
    Return the entries posted on ``end`` or later that belong to a day before it, and that day.

    A fact of the bank belongs to the day it happened, a reversal or correction to the day of the entry it names; a payment
    that the bank sent back was paid nevertheless. The books do not move by this: only a corrected report counts so.
    """
    return dict(rows(_BELONGS_BACK, {"end": end, "returned": chart.RETURNED, "facts": list(_FACTS)}))


def books_closed_at(*, end: date) -> datetime | None:
    """Return when the books were closed for all days before ``end``; None while one of them is open."""
    closings = BookClosing.objects.filter(closed_through__gte=end - timedelta(days=1)).order_by("closed_through")
    return closings.values_list("closed_at", flat=True).first()


def successor_of(*, report: Report) -> Report | None:
    """Return the version that corrects a report, if any."""
    return Report.objects.filter(replaces=report).first()


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
        Receipt.objects.filter(tranche_id__in=scope.in_tranches, status=Receipt.Status.IDENTIFIED, currency=scope.currency)
        .annotate(booked_on=_counted_on(scope, Coalesce(Subquery(identified.values("day")[:1]), "entry__day")))
        .filter(booked_on__lt=scope.end)
        .select_related("sale", "bank_account")
        .order_by("value_date", "id")
    )


def openings(scope: Scope) -> QuerySet[Any]:
    """Return the opening positions of the scope that were booked before the end, oldest first."""
    return (
        booked(OpeningPosition.objects.filter(scope.project_filter, status=OpeningPosition.Status.APPROVED, currency=scope.currency), scope)
        .select_related("project", "bank_account", "tranche", "sale", "entry")
        .order_by("as_of", "id")
    )


def booked(documents: QuerySet[Any], scope: Scope) -> QuerySet[Any]:
    """Keep the documents that were booked before the end; ``booked_on`` is the day on which each one counts."""
    found: QuerySet[Any] = documents.annotate(booked_on=_counted_on(scope, F("entry__day"))).filter(booked_on__lt=scope.end)
    return found


def _counted_on(scope: Scope, day: Any) -> Any:
    """Return the day on which a document's entry counts: that of the books, or the one it belongs back to."""
    back = [When(entry_id=entry, then=Value(on, output_field=DateField())) for entry, on in scope.counted_back.items()]
    return Case(*back, default=day, output_field=DateField()) if back else day


def runs(scope: Scope) -> QuerySet[AllocationRun]:
    """Return the allocations of the scope's tranches, oldest first."""
    return (
        AllocationRun.objects.filter(tranche_id__in=scope.in_tranches)
        .select_related("tranche", "plan_version__project", "entry", "project")
        .prefetch_related("lines__pot", "lines__recipient", "lines__release_entry")
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
    """Return what was acknowledged before the end, added up by in_period, recipient, purpose and kind: amount_minor."""
    found = Acknowledgement.objects.filter(received_on__lt=scope.end, payment__status=Payment.Status.PAID, payment__currency=scope.currency)
    if scope.project:
        found = found.filter(payment__disbursement__project=scope.project)
    columns = ["in_period", "recipient", "purpose", "kind", "amount_minor"]
    by = ["payment__disbursement__recipient__code", "payment__disbursement__purpose", "payment__disbursement__kind"]
    return _frame(found.order_by().values_list(_in_period("received_on", scope), *by).annotate(amount=_whole_sum("payment__amount_minor")), columns)


def _in_period(day: str, scope: Scope) -> Any:
    return ExpressionWrapper(Q(**{f"{day}__gte": scope.first}), output_field=BooleanField())


def _whole_sum(column: str) -> Any:
    return Cast(Sum(column), BigIntegerField())


# Which entries moved what is spent for a record: accepted, covered later, disallowed, allowed again, or one of these undone.
ENTRIES_OF_RECORDS: Final = """
WITH said AS (
    SELECT entry_id, id AS record_id FROM spending_spendingrecord
    UNION ALL SELECT entry_id, spending_id FROM spending_latercover
    UNION ALL SELECT entry_id, spending_id FROM spending_recoverable WHERE origin <> 'ADVANCE'
    UNION ALL SELECT t.entry_id, o.spending_id FROM spending_settlement t JOIN spending_recoverable o ON o.id = t.recoverable_id
        WHERE t.kind = 'ALLOWED' AND o.origin <> 'ADVANCE'
), belongs AS (
    SELECT entry_id, record_id FROM said WHERE entry_id IS NOT NULL
    UNION ALL SELECT e.id, said.record_id FROM said JOIN ledger_entry e ON e.reverses_id = said.entry_id
)
"""
_SPENT = f"""
{ENTRIES_OF_RECORDS}
SELECT (e.day >= %(first)s AND e.day < %(end)s OR e.id = ANY(%(back_in)s)), r.code, c.code, c.purpose, evidence.is_there,
       sum(moved.amount_minor)::bigint, sum(CASE s.entry_id WHEN e.id THEN 1 WHEN e.reverses_id THEN -1 ELSE 0 END)::bigint
FROM (
    SELECT w.record_id, p.entry_id, sum(p.amount_minor * CASE WHEN d.kind = 'spent' THEN 1 ELSE -1 END)::bigint AS amount_minor
    FROM ledger_posting p
    JOIN belongs w ON w.entry_id = p.entry_id
    JOIN ledger_account d ON d.id = p.debit_id
    JOIN ledger_account c ON c.id = p.credit_id
    WHERE (d.kind = 'spent') <> (c.kind = 'spent') AND p.tranche_id = ANY(%(tranches)s) AND p.currency = %(currency)s
      AND (p.day < %(end)s OR p.entry_id = ANY(%(back)s))
    GROUP BY w.record_id, p.entry_id
) moved
JOIN ledger_entry e ON e.id = moved.entry_id
JOIN spending_spendingrecord s ON s.id = moved.record_id
JOIN registry_recipient r ON r.id = s.recipient_id
JOIN spending_category c ON c.id = s.category_id
CROSS JOIN LATERAL (SELECT EXISTS (SELECT FROM spending_evidence x WHERE x.spending_id = s.id) AS is_there) evidence
GROUP BY 1, 2, 3, 4, 5
ORDER BY 1, 2, 3, 4, 5
"""  # noqa: S608 -- put together from constants


def spent_records(scope: Scope) -> pd.DataFrame:
    """
    Return what is spent for records before the end, added up by in_period, recipient, category, purpose and has_evidence.

    amount_minor is of this scope. Of ``records``, each that was accepted is 1, each that was undone -1, and where something of one changed 0.
    """
    back_in = [entry for entry, day in scope.counted_back.items() if scope.first <= day < scope.end]
    columns = ["in_period", "recipient", "category", "purpose", "has_evidence", "amount_minor", "records"]
    return _frame(rows(_SPENT, {**to_the_end(scope), "first": scope.first, "back_in": back_in}), columns)


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
    """Return the people of the scope's spending records accepted before the end, added up by in_period: women, men."""
    found = SpendingRecord.objects.filter(status=SpendingRecord.Status.ACCEPTED, decided_on__lt=scope.end)
    if scope.project:
        recipients = scope.project.beneficiaries.values("recipient_id")
        found = found.filter(recipient_id__in=recipients)
    counted = found.order_by().values_list(_in_period("decided_on", scope)).annotate(all_women=_whole_sum("women"), all_men=_whole_sum("men"))
    return _frame(counted, ["in_period", "women", "men"])


def to_the_end(scope: Scope) -> dict[str, Any]:
    """Return what a query of everything before the end is asked with."""
    back = [entry for entry, day in scope.counted_back.items() if day < scope.end]
    return {"end": scope.end, "back": back, "tranches": scope.tranche_ids, "currency": scope.currency}


_ADVANCES = """
SELECT p.lot, sum(CASE WHEN d.kind = 'advance' THEN p.amount_minor ELSE 0 END - CASE WHEN c.kind = 'advance' THEN p.amount_minor ELSE 0 END)::bigint
FROM ledger_posting p JOIN ledger_account d ON d.id = p.debit_id JOIN ledger_account c ON c.id = p.credit_id
WHERE p.lot = ANY(%(lots)s) AND (p.day < %(end)s OR p.entry_id = ANY(%(back)s)) AND p.tranche_id = ANY(%(tranches)s)
GROUP BY p.lot
"""


def advances_left(scope: Scope, *, lots: Sequence[int]) -> dict[int, int]:
    """Return what of each advance was not accounted for at the end, by disbursement id, in minor units."""
    found = rows(_ADVANCES, {"lots": list(lots), **to_the_end(scope)})
    return {lot: left for lot, left in found if left}


_FUNDED_SINCE = """
SELECT p.lot, min(t.received_on) FROM ledger_posting p JOIN ledger_tranche t ON t.id = p.tranche_id
WHERE p.event = 'approve' AND p.lot = ANY(%s) GROUP BY p.lot
"""


def funded_since(lots: Sequence[int]) -> dict[int, date]:
    """Return the day the oldest money behind each disbursement was received, by disbursement id."""
    return dict(rows(_FUNDED_SINCE, [list(lots)]))


# Today's totals less what was posted since. A bank that nothing had moved at by then is none of the scope's.
_AT_BANKS = """
WITH lies AS (
    SELECT account_id, amount_minor AS amount FROM ledger_total
    UNION ALL
    SELECT debit_id, -amount_minor FROM ledger_posting WHERE day >= %(end)s AND NOT entry_id = ANY(%(back)s)
    UNION ALL
    SELECT credit_id, amount_minor FROM ledger_posting WHERE day >= %(end)s AND NOT entry_id = ANY(%(back)s)
)
SELECT a.bank, sum(lies.amount)::bigint, sum(lies.amount) FILTER (WHERE a.kind = 'not_ours')::bigint
FROM lies JOIN ledger_account a ON a.id = lies.account_id
WHERE a.bank <> '' AND a.currency = %(currency)s
GROUP BY a.bank
HAVING sum(lies.amount) <> 0 OR EXISTS (
    SELECT FROM ledger_account x
    WHERE x.bank = a.bank AND x.currency = %(currency)s AND (
        EXISTS (SELECT FROM ledger_posting p WHERE p.debit_id = x.id AND (p.day < %(end)s OR p.entry_id = ANY(%(back)s)))
        OR EXISTS (SELECT FROM ledger_posting p WHERE p.credit_id = x.id AND (p.day < %(end)s OR p.entry_id = ANY(%(back)s)))
    )
)
ORDER BY a.bank
"""


def at_banks(scope: Scope) -> list[tuple[str, int, int]]:
    """Return what the ledger had at each bank account at the end: (bank code, all of it, of it not ours), in minor units."""
    return [(bank, amount, not_ours or 0) for bank, amount, not_ours in rows(_AT_BANKS, to_the_end(scope))]


def _frame(found: object, columns: list[str]) -> pd.DataFrame:
    return pd.DataFrame(list(found), columns=columns)  # type: ignore[call-overload]
