"""The reinvestment equation of a report: received from the documents, every place from the ledger, and the banks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from operator import attrgetter
from typing import Any, Final

from django.db.models import OuterRef, Subquery

from reports import queries
from reports.queries import Scope
from reports.snapshot.documents import Listed
from reports.snapshot.ledger import Ledger
from reports.words import named, plain
from revenue.credits.models import BankAccount
from revenue.credits.publishing import Published
from revenue.disbursements.models import BankStatement
from revenue.ledger.models import Tranche
from revenue.ledger.queries import Equation

Json = dict[str, Any]
# By tranche: the days of the books, and what its documents say was received on them (or, below zero, taken back).
Received = Mapping[int, Sequence[tuple[date, int]]]
# The snapshot's names of the members, and the ledger's kinds behind them.
MEMBERS: Final = {
    "unallocated": "unallocated",
    "pots": "pot",
    "reserve": "reserve",
    "withheld": "withheld",
    "committed": "committed",
    "shortfall": "shortfall",
    "with_recipients": "advance",
    "recoverable": "recoverable",
    "spent": "spent",
    "charges": "charge",
    "lost": "lost",
    "fx": "fx",
}
_MEMBER: Final = {name: attrgetter(kind) for name, kind in MEMBERS.items()}


def section(*, scope: Scope, ledger: Ledger, listed: Listed, shown: Published) -> Json:
    """
    Return the equation at the opening, its movement and at the close, by project, by tranche, and the banks.

    What was received is counted from the documents of ``listed``. A tranche names its sale where ``shown`` lets it.
    """
    closing, opening = ledger.closing, ledger.opening
    ids, received = scope.tranche_ids, listed.received_by_tranche
    at_opening = _column(received=_received(received, ids, scope.first), equations=[opening] if opening else [])
    at_close = _column(received=_received(received, ids, scope.end), equations=_of(closing, [0]))
    return {
        "opening": at_opening,
        "movement": _less(at_close, at_opening),
        "closing": at_close,
        "by_project": [] if scope.project else [_of_project(scope, project, received, closing) for project in scope.projects],
        "by_tranche": _by_tranche(scope, received, closing, _sale_of_tranche(listed, shown)),
        "banks": _banks(scope),
    }


def _of(closing: Mapping[int, Equation], ids: list[int]) -> list[Equation]:
    return [closing[tranche] for tranche in ids if tranche in closing]


def _received(received: Received, ids: list[int], end: date) -> int:
    return sum(amount for tranche in ids for day, amount in received.get(tranche, ()) if day < end)


def _column(*, received: int, equations: list[Equation]) -> Json:
    members = {name: sum(map(member, equations)) for name, member in _MEMBER.items()}
    return {"received_minor": received, "members": members, "difference_minor": received - sum(members.values())}


def _less(one: Json, other: Json) -> Json:
    return {
        "received_minor": one["received_minor"] - other["received_minor"],
        "members": {name: one["members"][name] - other["members"][name] for name in MEMBERS},
        "difference_minor": one["difference_minor"] - other["difference_minor"],
    }


def _of_project(scope: Scope, project: Any, received: Received, closing: Mapping[int, Equation]) -> Json:
    ids = [tranche for tranche, owner in scope.project_of_tranche.items() if owner == project.pk]
    return {"code": project.code, "name": named(project), **_column(received=_received(received, ids, scope.end), equations=_of(closing, ids))}


def _by_tranche(scope: Scope, received: Received, closing: Mapping[int, Equation], sales: Mapping[int, str]) -> list[Json]:
    """Return a row for each tranche that was ours before the end: what is held for others is none of them."""
    codes = {project.pk: project.code for project in scope.projects}
    tranches = Tranche.objects.filter(id__in=scope.in_tranches, received_on__lt=scope.end).order_by("received_on", "id")
    rows = [
        {
            "reference": tranche.code,
            "kind": tranche.source.lower(),
            "sale": sales.get(tranche.pk),
            "project": codes[scope.project_of_tranche[tranche.pk]],
            "received_on": tranche.received_on.isoformat(),
            **_column(received=_received(received, [tranche.pk], scope.end), equations=_of(closing, [tranche.pk])),
        }
        for tranche in tranches
    ]
    return [row for row in rows if row["received_minor"] or any(row["members"].values())]


def _sale_of_tranche(listed: Listed, shown: Published) -> dict[int, str]:
    documents = [*listed.openings, *listed.receipts]
    return {row.tranche_id: row.sale.reference for row in documents if row.sale and row.tranche_id and shown.shows_money(row.sale.pk)}


def _banks(scope: Scope) -> list[Json]:
    latest = BankStatement.objects.filter(bank_account=OuterRef("pk"), last_day__lt=scope.end).order_by("-last_day", "-id")
    accounts = {
        account.code: account
        for account in BankAccount.objects.annotate(
            statement_on=Subquery(latest.values("last_day")[:1]), statement_minor=Subquery(latest.values("closing_minor")[:1])
        )
    }
    return [_bank(scope, accounts[code], amount, not_ours) for code, amount, not_ours in queries.at_banks(scope) if code in accounts]


def _bank(scope: Scope, account: Any, amount: int, not_ours: int) -> Json:
    # A statement that ends earlier still speaks for this balance where the books show no movement since.
    reaches = account.statement_on is not None and _held(scope, account.code, account.statement_on + timedelta(days=1)) == amount
    statement = account.statement_minor if reaches else None
    return {
        "bank": plain(account.name),
        "account_tail": account.account_number[-4:],
        "ledger_minor": amount,
        "not_ours_minor": not_ours,
        "statement_on": account.statement_on.isoformat() if reaches else None,
        "statement_minor": statement,
        "difference_minor": amount - statement if statement is not None else None,
    }


def _held(scope: Scope, bank: str, end: date) -> int:
    """Return what the ledger had at a bank account before a day, in minor units."""
    return next((amount for code, amount, _not_ours in queries.at_banks(replace(scope, end=end)) if code == bank), 0)
