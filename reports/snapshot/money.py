"""The sections made of figures: the minister's page, by purpose, by recipient, by category, by month."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from statistics import median_low
from typing import Any, Final

import pandas as pd

from communities.registry.models import Recipient
from communities.spending.models import Category, SpendingRecord
from reports import figures, queries
from reports.queries import Scope
from reports.snapshot.documents import ACKNOWLEDGE_WITHIN_DAYS, Listed, payment_of
from reports.snapshot.ledger import BEGINNING, Ledger, last_months
from reports.snapshot.ledger import read as read_ledger
from reports.words import both, named, plain
from revenue.credits.publishing import Published
from revenue.disbursements.models import Disbursement
from revenue.ledger import chart
from revenue.ledger.queries import Flow
from revenue.sharing.models import Purpose

Json = dict[str, Any]
AT_BANK: Final = ("unallocated", "pot", "reserve", "withheld", "committed", "shortfall")
WITH_RECIPIENTS: Final = ("advance", "recoverable")
MEASURES: Final = ("allocated_minor", "paid_minor", "acknowledged_minor", "spent_minor", "evidenced_minor")


@dataclass(frozen=True, slots=True)
class Books:
    """The figures of a scope: one table for the period and one to date, indexed by (purpose, recipient)."""

    ledger: Ledger
    period: pd.DataFrame
    to_date: pd.DataFrame
    by_span: Mapping[date, dict[str, int]]
    records: pd.DataFrame
    with_recipient: dict[str, int]
    set_aside: dict[str, int]


def read(scope: Scope) -> Books:
    """Read the ledger and the documents once, and add them up."""
    purposes = {pot.ledger_code: pot.purpose for pot in queries.pots(scope)}
    read_once = read_ledger(scope)
    moved = figures.moves(figures.flow_frame(read_once.spans, pot_purposes=purposes))
    acknowledged, records = (_marked(found) for found in (queries.acknowledged(scope), queries.spent_records(scope)))
    in_period = records[records["in_period"]]
    set_aside: dict[str, int] = defaultdict(int)
    for kind, pot, amount in read_once.set_aside:
        set_aside[purposes.get(pot, "reserve" if kind == chart.RESERVE else "")] += amount
    return Books(
        ledger=read_once,
        period=_table(moved[moved["span"] >= scope.first], acknowledged[acknowledged["in_period"]], in_period),
        to_date=_table(moved, acknowledged, records),
        by_span=figures.totals(moved),
        records=in_period,
        with_recipient=read_once.with_recipients,
        set_aside=dict(set_aside),
    )


def _marked(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.astype({"in_period": bool})


def _table(moved: pd.DataFrame, arrived: pd.DataFrame, records: pd.DataFrame) -> pd.DataFrame:
    table = figures.measures(moved)
    # A final payment's evidence is that it arrived; an advance's is the receipt of what it bought.
    final = arrived[arrived["kind"] == "FINAL"]
    shown = records[records["has_evidence"].astype(bool)]
    evidenced = pd.concat([part[[*figures.KEYS, "amount_minor"]] for part in (shown, final)])
    table = table.join(_sum(arrived, "acknowledged_minor"), how="outer").join(_sum(evidenced, "evidenced_minor"), how="outer")
    return table.reindex(columns=list(MEASURES)).fillna(0).astype("int64")


def _sum(frame: pd.DataFrame, name: str) -> pd.Series:
    return frame.groupby(figures.KEYS)["amount_minor"].sum().rename(name)


def sections(*, scope: Scope, books: Books, listed: Listed) -> Json:
    """Return the sections that add money up."""
    return {
        "by_purpose": _by_purpose(books),
        "by_recipient": _by_recipient(scope, books),
        "by_category": _by_category(books),
        "months": _months(scope, books),
        "spending": _spending(books),
        "beneficiaries": _beneficiaries(scope),
    }


def _row(table: pd.DataFrame, key: str) -> Json:
    if key not in table.index:
        return dict.fromkeys(MEASURES, 0)
    # One row, as plain numbers: a snapshot holds no numpy integers.
    return {name: int(table[name].to_dict()[key]) for name in MEASURES}


def _by_purpose(books: Books) -> list[Json]:
    period, to_date = (figures.summed(table, by="purpose") for table in (books.period, books.to_date))
    present = {*to_date.index, *books.set_aside}
    known = [
        purpose
        for purpose in Purpose
        if purpose in present or purpose in (Purpose.FOREST_PROTECTION, Purpose.COMMUNITY_DEVELOPMENT, Purpose.TRAINING)
    ]
    return [
        {
            "purpose": purpose.value,
            "title": both(purpose.label),
            "period": _row(period, purpose.value),
            "to_date": _row(to_date, purpose.value),
            "balance_minor": books.set_aside.get(purpose.value, 0),
        }
        for purpose in known
    ]


def _by_recipient(scope: Scope, books: Books) -> list[Json]:
    period, to_date = (figures.summed(table, by="recipient") for table in (books.period, books.to_date))
    codes = sorted({*to_date.index, *books.with_recipient} - {""})
    projects: dict[str, str] = {}
    for project in scope.projects:
        for code in project.beneficiaries.values_list("recipient__code", flat=True):
            projects.setdefault(code, project.code)
    return [
        {
            "code": recipient.code,
            "name": named(recipient),
            "kind": recipient.kind.lower(),
            "kind_title": both(Recipient.Kind(recipient.kind).label),
            "province": plain(recipient.province),
            "project": scope.project.code if scope.project else projects.get(recipient.code, scope.projects[0].code if scope.projects else ""),
            "period": _row(period, recipient.code),
            "to_date": _row(to_date, recipient.code),
            "with_recipient_minor": books.with_recipient.get(recipient.code, 0),
        }
        for recipient in Recipient.objects.filter(code__in=codes).order_by("code")
    ]


def _by_category(books: Books) -> list[Json]:
    if books.records.empty:
        return []
    table = figures.evidence_table(books.records, by=["category"])
    categories = {category.code: category for category in Category.objects.filter(code__in=list(table.index))}
    return [
        {
            "category": category.code,
            "title": named(category),
            "purpose": category.purpose,
            "purpose_title": both(Purpose(category.purpose).label),
            **_counts(row),
        }
        for category, row in ((categories[str(code)], row) for code, row in table.iterrows())
    ]


def _spending(books: Books) -> list[Json]:
    if books.records.empty:
        return []
    table = figures.evidence_table(books.records, by=["recipient", "category"])
    recipients = {row.code: row for row in Recipient.objects.filter(code__in=list(table.index.get_level_values(0)))}
    categories = {row.code: row for row in Category.objects.all()}
    return [
        {
            "recipient": recipient,
            "recipient_name": named(recipients[recipient]),
            "category": category,
            "title": named(categories[category]),
            "purpose": categories[category].purpose,
            **_counts(row),
        }
        for (recipient, category), row in zip(table.index.to_list(), (row for _key, row in table.iterrows()), strict=True)
    ]


def _counts(row: pd.Series) -> Json:
    return {name: int(row[name]) for name in ("amount_minor", "evidenced_minor", "records", "with_evidence")}


def _months(scope: Scope, books: Books) -> list[Json]:
    shown = []
    for first, end in last_months(scope.end):
        spans = [start for start in books.ledger.spans if first <= start < end]
        received = sum(flow.amount_minor * _received_sign(flow) for start in spans for flow in books.ledger.spans[start])
        sums = {name: sum(books.by_span[start][name] for start in spans if start in books.by_span) for name in figures.MEASURES}
        shown.append({"month": f"{first:%Y-%m}", "received_minor": received, **sums})
    return shown


def _received_sign(flow: Flow) -> int:
    return int(flow.credit.kind == chart.RECEIVED) - int(flow.debit.kind == chart.RECEIVED)


def _beneficiaries(scope: Scope) -> Json:
    counts = queries.beneficiary_counts(scope)
    in_period = counts[counts["in_period"].astype(bool)]
    return {
        name: {"women": int(part["women"].sum()), "men": int(part["men"].sum()), "not_recorded": 0}
        for name, part in (("period", in_period), ("to_date", counts))
    }


def headline(*, scope: Scope, books: Books, listed: Listed, shown: Published, disbursements: list[Json]) -> Json:
    """Return the minister's page: the chain's sums for the period and to date, what is where, what is late."""
    days = sorted(
        row["days_receipt_to_payment"] for row in disbursements if _paid_in_period(scope, row) and row["days_receipt_to_payment"] is not None
    )
    opening, closing = books.ledger.opening, books.ledger.closing.get(0)
    return {
        "period": _figures(scope, scope.first, books.period, listed, shown),
        "to_date": _figures(scope, BEGINNING, books.to_date, listed, shown),
        "balances": {
            "at_bank_opening_minor": _held(opening, AT_BANK),
            "at_bank_closing_minor": _held(closing, AT_BANK),
            "with_recipients_opening_minor": _held(opening, WITH_RECIPIENTS),
            "with_recipients_closing_minor": _held(closing, WITH_RECIPIENTS),
        },
        "overdue": _overdue(scope, books, listed, disbursements),
        "recipients_paid": len({row["recipient"] for row in disbursements if _paid_in_period(scope, row)}),
        "days_receipt_to_payment_median": median_low(days) if days else None,
        "days_receipt_to_payment_longest": days[-1] if days else None,
    }


def _held(one: Any, kinds: tuple[str, ...]) -> int:
    return sum(getattr(one, kind) for kind in kinds) if one else 0


def _paid_in_period(scope: Scope, row: Json) -> bool:
    return row["paid_on"] is not None and scope.first <= date.fromisoformat(row["paid_on"]) < scope.end


def _figures(scope: Scope, first: date, table: pd.DataFrame, listed: Listed, shown: Published) -> Json:
    sold = [sale for sale in listed.sales if sale.sale_date >= first and sale.status != "CANCELLED"]
    received = [amount for documents in listed.received_by_tranche.values() for day, amount in documents if first <= day < scope.end]
    sums = table.sum()
    return {
        "units_sold": sum(sale.quantity for sale in sold if shown.shows_tonnes(sale.pk)),
        "sold_minor": sum(sale.amount_minor for sale in sold) if shown.shows_sum(sold) else None,
        "received_minor": sum(received),
        **{name: int(sums[name]) for name in MEASURES},
        **_training([row for row in listed.trainings if row.counted_on >= first]),
    }


def _training(held: list[Any]) -> Json:
    return {
        "training_women_person_days": sum(row.women * row.days for row in held),
        "training_men_person_days": sum(row.men * row.days for row in held),
        "training_person_days": sum(row.person_days for row in held),
    }


def _overdue(scope: Scope, books: Books, listed: Listed, disbursements: list[Json]) -> Json:
    without_evidence = SpendingRecord.objects.filter(status=SpendingRecord.Status.ACCEPTED, evidence=None, decided_on__lt=scope.end)
    if scope.project:
        without_evidence = without_evidence.filter(recipient__in=scope.project.beneficiaries.values("recipient_id"))
    return {
        "payments": sum(row["overdue"] for row in disbursements),
        "acknowledgements": len(late_acknowledgements(scope, listed)),
        "accounts": len(late_advances(scope)),
        "receipts_not_allocated": len(books.ledger.unallocated),
        "spending_without_evidence": without_evidence.count(),
    }


def late_acknowledgements(scope: Scope, listed: Listed) -> list[Any]:
    """Return the payments that nobody said arrived, more than two weeks after they were paid."""
    payments = [payment_of(row) for row in listed.disbursements]
    return [
        payment
        for payment in payments
        if payment and (scope.end - payment.paid_on).days > ACKNOWLEDGE_WITHIN_DAYS and _not_yet_acknowledged(scope, payment)
    ]


def _not_yet_acknowledged(scope: Scope, payment: Any) -> bool:
    received = getattr(payment, "acknowledgement", None)
    return received is None or received.received_on >= scope.end


def late_advances(scope: Scope) -> list[tuple[Any, int]]:
    """Return the advances whose day to be accounted for has passed, with what is left of each in minor units."""
    due = {row.pk: row for row in Disbursement.objects.filter(scope.project_filter, account_by__lt=scope.end).select_related("recipient", "project")}
    left = queries.advances_left(scope, lots=list(due))
    return sorted(((due[lot], amount) for lot, amount in left.items()), key=lambda found: (found[0].account_by, found[0].pk))
