"""What every story of paid money checks after each step: the equation, the bank's statement, and a replay of the postings."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django.db import connection

from core import files
from core.models import StoredFile
from revenue.credits.models import Receipt
from revenue.disbursements import queries, services
from revenue.disbursements.models import Covering
from revenue.ledger import chart, checks
from revenue.ledger.models import Account, Tranche
from revenue.ledger.queries import balances, equations_by_tranche
from tests.revenue.sharing_stage import AT, Stage

BELOW = {"ledger", "credits", "sharing", "disbursements"}


class Bank:
    """The bank's own word, kept by hand: what it credited and debited, in cents. It knows nothing of the books."""

    def __init__(self, stage: Stage) -> None:
        self.stage, self.balance = stage, 0

    def moved(self, cents: int) -> None:
        """The bank moved an amount, and afterwards the books say the same as it."""
        self.balance += cents
        self.agrees()

    def agrees(self) -> None:
        """After every step: books and bank, documents and tranches, balances and a replay of all postings."""
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        found = balances(grouped=["bank"], currency="USD", banks=[self.stage.bank.code], kinds=chart.AT_BANK)
        assert sum(one.amount_minor for one in found) == self.balance
        equations = equations_by_tranche()
        for tranche in Tranche.objects.all():
            of_it = equations[tranche.pk]
            documents = sum(receipt.kept_minor for receipt in Receipt.objects.filter(tranche=tranche))
            assert (of_it.received, of_it.difference) == (documents, 0)
        assert list(checks.run([name for name in checks.names() if name.split(".")[0] in BELOW and name != "disbursements.statements"])) == []


def paper(stage: Stage) -> StoredFile:
    return files.store(data=b"%PDF-1.4 minutes", media_type="application/pdf", original_name="minutes.pdf", by=stage.officer, at=AT)


def asked(
    stage: Stage, *, kind: str = chart.SHORTFALL, source: str = "reserve", amount: int | None = None, tranche: Any = None, **other: Any
) -> Covering:
    """Ask to cover the oldest gap of a kind from a source: a kind of place, or a pot's code with whose part of it."""
    found = [one for one in queries.gaps() if one.place.kind == kind and (tranche is None or one.tranche_id == tranche.pk)]
    gap = found[0]
    bearer = source_of(source)
    facts: dict[str, Any] = {
        "client_key": uuid4(), "tranche_id": gap.tranche_id, "gap_id": gap.account_id, "source_id": bearer.pk, "amount_minor": amount or gap.amount_minor,
        "why": "The committee decided it", "document_id": paper(stage).pk, "by": stage.officer, "at": AT,
    }  # fmt: skip
    return services.propose_covering(**{**facts, **other})


def covered(stage: Stage, **other: Any) -> Covering:
    covering = asked(stage, **other)
    return services.approve_covering(covering_id=covering.pk, by=stage.approver, at=AT)


def source_of(source: str) -> Account:
    if source in (chart.RESERVE, chart.UNALLOCATED):
        return Account.objects.get(kind=source)
    pot, _dot, holder = source.partition(".")
    return Account.objects.get(kind=chart.POT, pot=f"keo-seima/{pot}", holder=holder)


def in_tranche(tranche: Tranche, kind: str) -> tuple[int, int]:
    """What lies in places of a kind of one tranche: on the books, and in the recipients' hands."""
    found = balances(grouped=["kind"], currency="USD", kinds=[kind], tranche_ids=[tranche.pk])
    return (found[0].amount_minor, found[0].local_minor) if found else (0, 0)
