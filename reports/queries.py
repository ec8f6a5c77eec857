"""What a report reads: the tranches of its scope, and the documents behind the figures. Reads only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any, Final

import pandas as pd
from django.db.models import Case, DateField, F, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce, Concat, TruncDate

from communities.spending.models import SpendingRecord, TrainingRecord
from reports.models import Report
from revenue.credits.models import Identification, OpeningPosition, Project, Receipt, Sale
from revenue.disbursements.models import Acknowledgement, Disbursement, Payment
from revenue.ledger import chart
from revenue.ledger.models import BookClosing, Entry
from revenue.ledger.queries import Equation, Flow, equations_by_tranche, flows, flows_of_entries
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
    # A scope is read in one moment: what was added up once stays for it.
    known: dict[date, dict[int, Equation]] = field(default_factory=dict, compare=False, repr=False)

    @property
    def tranche_ids(self) -> list[int]:
        """The tranches of the scope, oldest id first."""
        return sorted(self.project_of_tranche)

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


def moved(scope: Scope, *, first: date, end: date | None = None, by_tranche: bool = False) -> list[Flow]:
    """Return what moved in [first, end), ``end`` being the scope's own if not given; minor units. Tranches are added up unless asked for."""
    last = end or scope.end
    back = [entry for entry, day in scope.counted_back.items() if first <= day < last]
    whose = scope.tranche_ids
    in_the_books = flows(first, last, currency=scope.currency, tranche_ids=whose, by_tranche=by_tranche)
    return [*in_the_books, *flows_of_entries(back, currency=scope.currency, tranche_ids=whose)]


def equations(scope: Scope, *, through: date) -> dict[int, Equation]:
    """Return the reinvestment equation of each tranche as of the evening before ``through``, and of all of them as 0."""
    if through in scope.known:
        return scope.known[through]
    found = equations_by_tranche(currency=scope.currency, tranche_ids=scope.tranche_ids, through=through)
    back = [entry for entry, day in scope.counted_back.items() if day < through]
    for flow in flows_of_entries(back, currency=scope.currency, tranche_ids=scope.tranche_ids):
        for tranche in (flow.tranche_id, 0):
            found[tranche] = _with_flow(found.get(tranche) or Equation(scope.currency, *[0] * 13), flow)
    scope.known[through] = found
    return found


def _with_flow(one: Equation, flow: Flow) -> Equation:
    """Return an equation after a flow; what is received stands at the left, so its sign turns."""
    changed: dict[str, Any] = {}
    for kind, amount in ((flow.debit.kind, flow.amount_minor), (flow.credit.kind, -flow.amount_minor)):
        if hasattr(one, kind):
            changed[kind] = changed.get(kind, getattr(one, kind)) + (-amount if kind == chart.RECEIVED else amount)
    return replace(one, **changed)


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
        Receipt.objects.filter(tranche_id__in=scope.tranche_ids, status=Receipt.Status.IDENTIFIED, currency=scope.currency)
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
        AllocationRun.objects.filter(tranche_id__in=scope.tranche_ids)
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
SELECT e.id, s.reference, e.day, r.code, c.code, c.purpose, moved.amount_minor,
       CASE s.entry_id WHEN e.id THEN 1 WHEN e.reverses_id THEN -1 ELSE 0 END,
       EXISTS (SELECT 1 FROM spending_evidence x WHERE x.spending_id = s.id)
FROM (
    SELECT w.record_id, p.entry_id, sum(p.amount_minor * CASE WHEN d.kind = 'spent' THEN 1 ELSE -1 END)::bigint AS amount_minor
    FROM ledger_posting p
    JOIN belongs w ON w.entry_id = p.entry_id
    JOIN ledger_account d ON d.id = p.debit_id
    JOIN ledger_account c ON c.id = p.credit_id
    WHERE (d.kind = 'spent') <> (c.kind = 'spent') AND p.tranche_id = ANY(%(tranches)s) AND p.currency = %(currency)s
      AND (p.day >= %(first)s AND p.day < %(end)s OR p.entry_id = ANY(%(back)s))
    GROUP BY w.record_id, p.entry_id
) moved
JOIN ledger_entry e ON e.id = moved.entry_id
JOIN spending_spendingrecord s ON s.id = moved.record_id
JOIN registry_recipient r ON r.id = s.recipient_id
JOIN spending_category c ON c.id = s.category_id
ORDER BY s.id, e.id
"""  # noqa: S608 -- put together from constants


def spent_records(scope: Scope, *, first: date) -> pd.DataFrame:
    """
    Return one row for each entry that moved what is spent for a record in [first, end), with amount_minor of this scope.

    ``records`` is 1 where the record was accepted, -1 where that was undone, and 0 where something of it changed.
    """
    arguments = {**_to_the_end(scope), "first": first}
    columns = ["entry", "reference", "day", "recipient", "category", "purpose", "amount_minor", "records", "has_evidence"]
    return _frame([(entry, name, scope.counted_back.get(entry, day), *rest) for entry, name, day, *rest in rows(_SPENT, arguments)], columns)


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


def _to_the_end(scope: Scope) -> dict[str, Any]:
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
    found = rows(_ADVANCES, {"lots": list(lots), **_to_the_end(scope)})
    return {lot: left for lot, left in found if left}


_FUNDED_SINCE = """
SELECT p.lot, min(t.received_on) FROM ledger_posting p JOIN ledger_tranche t ON t.id = p.tranche_id
WHERE p.event = 'approve' AND p.lot = ANY(%s) GROUP BY p.lot
"""


def funded_since(lots: Sequence[int]) -> dict[int, date]:
    """Return the day the oldest money behind each disbursement was received, by disbursement id."""
    return dict(rows(_FUNDED_SINCE, [list(lots)]))


# As of the evening before the end: today's balances less what was posted since. It costs what came since, not the history.
_AT_THE_END = """
FROM (
    SELECT account_id, amount_minor AS amount FROM ledger_balance WHERE tranche_id = ANY(%(tranches)s)
    UNION ALL
    SELECT debit_id, -amount_minor FROM ledger_posting
     WHERE day >= %(end)s AND tranche_id = ANY(%(tranches)s) AND NOT entry_id = ANY(%(back)s)
    UNION ALL
    SELECT credit_id, amount_minor FROM ledger_posting
     WHERE day >= %(end)s AND tranche_id = ANY(%(tranches)s) AND NOT entry_id = ANY(%(back)s)
) lies JOIN ledger_account a ON a.id = lies.account_id
"""
_WITH_RECIPIENTS = (
    f"SELECT a.holder, sum(lies.amount)::bigint {_AT_THE_END} WHERE a.kind IN ('advance', 'recoverable')"
    " GROUP BY a.holder HAVING sum(lies.amount) <> 0"
)


def with_recipients(scope: Scope) -> dict[str, int]:
    """Return what lay with each recipient at the end, by code, in minor units."""
    return dict(rows(_WITH_RECIPIENTS, _to_the_end(scope)))


_SET_ASIDE = (
    f"SELECT a.kind, a.pot, sum(lies.amount)::bigint {_AT_THE_END} WHERE a.kind IN ('pot', 'reserve', 'withheld', 'committed')"
    " GROUP BY a.kind, a.pot ORDER BY a.kind, a.pot"
)


def set_aside(scope: Scope) -> list[tuple[str, str, int]]:
    """Return what lay at the bank set aside at the end: (kind, pot, minor units)."""
    return [(kind, pot, amount) for kind, pot, amount in rows(_SET_ASIDE, _to_the_end(scope)) if amount]


_AT_BANKS = """
SELECT bank, sum(amount)::bigint, sum(amount) FILTER (WHERE kind = 'not_ours')::bigint FROM (
    SELECT d.bank, d.kind, p.amount_minor AS amount FROM ledger_posting p JOIN ledger_account d ON d.id = p.debit_id
     WHERE d.bank <> '' AND (p.day < %(end)s OR p.entry_id = ANY(%(back)s)) AND p.currency = %(currency)s
    UNION ALL
    SELECT c.bank, c.kind, -p.amount_minor FROM ledger_posting p JOIN ledger_account c ON c.id = p.credit_id
     WHERE c.bank <> '' AND (p.day < %(end)s OR p.entry_id = ANY(%(back)s)) AND p.currency = %(currency)s
) moved GROUP BY bank ORDER BY bank
"""


def at_banks(scope: Scope) -> list[tuple[str, int, int]]:
    """Return what the ledger had at each bank account at the end: (bank code, all of it, of it not ours), in minor units."""
    return [(bank, amount, not_ours or 0) for bank, amount, not_ours in rows(_AT_BANKS, _to_the_end(scope))]


def _frame(found: object, columns: list[str]) -> pd.DataFrame:
    return pd.DataFrame(list(found), columns=columns)  # type: ignore[call-overload]
