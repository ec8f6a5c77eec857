"""Documents changed by somebody who has the whole server in his hands: check_books names each."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import connection

from revenue.credits import services as selling
from revenue.ledger import checks
from tests.database import tampered
from tests.revenue.payment_stories import covered, paper
from tests.revenue.sharing_stage import AT, Stage

pytestmark = pytest.mark.django_db


@pytest.fixture
def stage_of_each() -> Stage:
    """A receipt with a fee, one recalled in part, a payment in riel that was covered and one of which some came back; the checks are silent."""
    stage = Stage()
    stage.receipt(sender_fee_minor=25)
    second = stage.shared(on=date(2026, 2, 20))
    stage.paid(stage.promised(amount=153_000), amount_minor=160_000, local_minor=6_539_200, local_currency="KHR", rate="4,087")
    covered(stage)
    stage.returned(stage.paid(stage.promised(stage.pu_ngav, 1_000)), 400, 400)
    selling.recall_receipt(
        receipt_id=second.pk, amount_minor=500, value_date=date(2026, 4, 1), bank_reference="RECALL-1", reason="Sent in error", document_id=paper(stage).pk,
        by=stage.officer, at=AT,
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    assert [found.sentence for found in checks.run(DOCUMENTS)] == []
    return stage


DOCUMENTS = ["credits.recalls", "credits.receipts", "credits.sales", "disbursements.payments", "disbursements.given_back", "disbursements.coverings"]


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("UPDATE credits_recall SET amount_minor = amount_minor + 1", "is USD 5.01 with a shortfall"),
        ("UPDATE credits_recall SET entry_id = entry_id - 1", "and USD 0.00 with USD 0.00 was posted"),
        ("UPDATE credits_receipt SET sender_fee_minor = 26 WHERE sender_fee_minor = 25", "kept USD 0.26, and USD 0.25 was charged"),
        (
            "UPDATE credits_receipt SET entry_id = (SELECT max(id) FROM ledger_entry) WHERE sender_fee_minor = 25",
            "names an entry that is not its own",
        ),
        ("UPDATE credits_sale SET quantity = quantity + 1", "is of 100001 tonnes, and its serial ranges hold 100000"),
        ("UPDATE disbursements_payment SET local_minor = 6539201 WHERE local_currency = 'KHR'", "6539201 reached the payee, and 6539200 was posted"),
        ("UPDATE disbursements_moneyreturn SET local_minor = 401", "says that 401 came back"),
        ("UPDATE disbursements_covering SET amount_minor = 7001", "is 7001, and 7000 was posted"),
        ("UPDATE disbursements_covering SET tranche_id = (SELECT min(id) FROM ledger_tranche)", "and 0 was posted"),
    ],
)
def test_a_document_that_somebody_changed_behind_the_books_is_named(stage_of_each: Stage, statement: str, named: str) -> None:
    with tampered(), connection.cursor() as cursor:
        cursor.execute(statement)
        assert cursor.rowcount == 1
    assert [found.sentence for found in checks.run(DOCUMENTS) if named in found.sentence]
