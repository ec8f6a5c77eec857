"""What money was posted or decided by does not change afterwards: refused by raw SQL as the application."""

from __future__ import annotations

from contextlib import AbstractContextManager
from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from psycopg.errors import RestrictViolation

from core.files import store
from revenue.credits import services as selling
from revenue.credits.models import Issuance, OpeningPosition, Receipt, SaleLot
from revenue.disbursements.models import BankStatement, Disbursement, StatementLine
from revenue.disbursements.services import payment_sent_back
from revenue.ledger.refusals import constraint_of
from revenue.sharing.models import AllocationLine, Pot
from tests.communities.village import Village
from tests.revenue.credits_office import AT, approver, bank, officer, receipt
from tests.revenue.sharing_stage import Stage
from tests.revenue.test_disbursements_statements import THREE, accept

pytestmark = pytest.mark.django_db


@pytest.fixture
def stage() -> Stage:
    stage = Stage()
    stage.shared()
    return stage


def refused(rule: str, statement: str, *arguments: Any) -> None:
    """Run a statement that exactly this rule refuses, and that does meet a row."""
    savepoint: AbstractContextManager[Any] = transaction.atomic()
    with pytest.raises(IntegrityError) as caught, savepoint, connection.cursor() as cursor:
        cursor.execute(statement, arguments)
    assert isinstance(caught.value.__cause__, RestrictViolation)
    assert constraint_of(caught.value) == rule


def run(statement: str, *arguments: Any) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, arguments)
        return int(cursor.rowcount)


# --- Money out ---------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "change",
    [
        "amount_minor = amount_minor + 1",
        "recipient_id = (SELECT max(id) FROM registry_recipient)",
        "pot_id = (SELECT min(id) FROM sharing_pot WHERE id <> pot_id)",
        "purpose = 'training'",
        "kind = 'FINAL'",
        "description = 'something else'",
        "requested_by_id = decided_by_id, decided_by_id = requested_by_id",
        "decided_on = decided_on - 1",
        "approval_entry_id = (SELECT min(id) FROM ledger_entry)",
        "status = 'REQUESTED', decided_by_id = NULL, decided_at = NULL, decided_on = NULL, approval_entry_id = NULL",
    ],
)
def test_an_approved_disbursement_is_what_was_approved(stage: Stage, change: str) -> None:
    refused("disbursements_disbursement_frozen", f"UPDATE disbursements_disbursement SET {change} WHERE id = %s", stage.promised().pk)


def test_a_request_is_approved_as_it_was_asked(stage: Stage) -> None:
    refused("disbursements_disbursement_frozen", "UPDATE disbursements_disbursement SET amount_minor = 1 WHERE id = %s", stage.asked().pk)


@pytest.mark.parametrize(
    "change",
    [
        "amount_minor = 1, local_minor = 1",
        "fee_minor = fee_minor + 1",
        "bank_reference = 'OTHER'",
        "paid_on = paid_on + 1",
        "payee_account_id = (SELECT max(id) FROM registry_payeeaccount)",
        "entry_id = (SELECT min(id) FROM ledger_entry)",
    ],
)
def test_a_payment_is_what_the_bank_debited(stage: Stage, change: str) -> None:
    refused("disbursements_payment_frozen", f"UPDATE disbursements_payment SET {change} WHERE id = %s", stage.paid().pk)


def test_a_payment_that_was_sent_back_stays_so(stage: Stage) -> None:
    paid = stage.paid()
    payment_sent_back(payment_id=paid.pk, on=paid.paid_on, by=stage.officer, at=AT)
    back = "status = 'PAID', sent_back_on = NULL, sent_back_entry_id = NULL"
    refused("disbursements_payment_frozen", f"UPDATE disbursements_payment SET {back} WHERE id = %s", paid.pk)
    assert Disbursement.objects.get(id=paid.disbursement_id).status == "APPROVED"


@pytest.mark.parametrize("table", ["disbursements_payment", "disbursements_disbursement"])
def test_money_out_is_never_deleted(stage: Stage, table: str) -> None:
    stage.paid()
    refused(f"{table}_kept", f"DELETE FROM {table}")


def test_a_statement_is_what_the_bank_said(stage: Stage) -> None:
    accept(stage, THREE)
    refused("disbursements_bankstatement_frozen", "UPDATE disbursements_bankstatement SET closing_minor = closing_minor + 1")
    refused("disbursements_statementline_frozen", "UPDATE disbursements_statementline SET amount_minor = amount_minor + 1")
    refused("disbursements_statementline_kept", "DELETE FROM disbursements_statementline")
    assert (BankStatement.objects.count(), StatementLine.objects.count() > 0) == (1, True)


# --- Money in ----------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "change",
    [
        "gross_minor = gross_minor + 1",
        "sender_fee_minor = sender_fee_minor + 1",
        "not_ours_minor = not_ours_minor + 1",
        "invoice_minor = invoice_minor + 1",
        "value_date = value_date - 1",
        "bank_reference = 'OTHER'",
        "entry_id = entry_id + 1",
        "status = 'UNIDENTIFIED', sale_id = NULL, not_ours_minor = gross_minor",
    ],
)
def test_a_receipt_is_what_was_posted(stage: Stage, change: str) -> None:
    refused("credits_receipt_frozen", f"UPDATE credits_receipt SET {change}")
    assert Receipt.objects.count() == 1


def test_a_refund_is_what_the_bank_sent() -> None:
    held = receipt(None, 500, "FT-HELD")
    selling.refund_receipt(receipt_id=held.pk, day=held.value_date, bank_reference="OUT", by=officer(), at=AT)
    refused("credits_receipt_frozen", "UPDATE credits_receipt SET refunded_minor = 400")


@pytest.mark.parametrize(
    "change", ["amount_minor = amount_minor + 1", "quantity = quantity + 1", "unit_price = unit_price + 1", "fees_minor = 1", "currency = 'EUR'"]
)
def test_a_sale_is_what_was_agreed(stage: Stage, change: str) -> None:
    refused("credits_sale_frozen", f"UPDATE credits_sale SET {change}")


def test_serials_stay_with_their_sale_and_block(stage: Stage) -> None:
    assert SaleLot.objects.exists()
    refused("credits_salelot_frozen", "UPDATE credits_salelot SET first = first + 1")
    refused("credits_issuance_frozen", "UPDATE credits_issuance SET issued_on = issued_on - 1")
    refused("credits_issuance_kept", "DELETE FROM credits_issuance WHERE id = %s", _unsold(stage).pk)


def _unsold(stage: Stage) -> Issuance:
    sold = Issuance.objects.order_by("id").first()
    assert sold is not None
    return selling.record_issuance(
        project_id=sold.project_id, first=sold.last + 1, last=sold.last + 9, serial_text="", vintage_start=sold.vintage_start,
        vintage_end=sold.vintage_end, issued_on=sold.issued_on, by=stage.officer, at=AT,
    )  # fmt: skip


def test_a_cancelled_sale_is_not_revived(stage: Stage) -> None:
    block = _unsold(stage)
    sale = selling.record_sale(
        project_id=block.project_id, buyer_id=stage.sale.buyer_id, contract_reference="C-9", sale_date=stage.sale.sale_date, currency="USD",
        unit_price=stage.sale.unit_price, lots=[(block.pk, block.first, block.last)], by=stage.officer, at=AT,
    )  # fmt: skip
    selling.cancel_sale(sale_id=sale.pk, on=sale.sale_date, reason="x", by=stage.officer, at=AT)
    refused("credits_sale_frozen", "UPDATE credits_sale SET status = 'AGREED', cancelled_on = NULL WHERE id = %s", sale.pk)
    refused("credits_salelot_frozen", "UPDATE credits_salelot SET is_live = true WHERE sale_id = %s", sale.pk)


def test_an_opening_position_is_decided_as_proposed(stage: Stage) -> None:
    document = store(data=b"%PDF-1.4", media_type="application/pdf", original_name="l.pdf", by=officer(), at=AT)
    facts: dict[str, Any] = {"project_id": stage.sale.project_id, "bank_account_id": bank().pk, "as_of": date(2026, 1, 1), "document_id": document.pk}
    opening = selling.propose_opening(amount_minor=100, by=officer(), at=AT, **facts)
    refused("credits_openingposition_frozen", "UPDATE credits_openingposition SET amount_minor = 200")
    selling.decide_opening(opening_id=opening.pk, approve=True, reason="", by=approver(), at=AT)
    refused("credits_openingposition_frozen", "UPDATE credits_openingposition SET reason = 'x'")
    assert OpeningPosition.objects.get().amount_minor == 100


# --- Codes that stand in the ledger, plans and recipients ------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("table", "change"),
    [
        ("credits_project", "code = code || 'x'"),
        ("credits_project", "currency = 'EUR'"),
        ("credits_bankaccount", "code = code || 'x'"),
        ("credits_bankaccount", "currency = 'EUR'"),
        ("registry_recipient", "code = code || 'x'"),
        ("sharing_pot", "code = code || 'x'"),
        ("sharing_pot", "purpose = 'reserve'"),
        ("sharing_allocationline", "amount_minor = amount_minor + 1"),
        ("sharing_allocationline", "recipient_id = NULL"),
        ("registry_payeeaccount", "account_number = '999999999'"),
        ("registry_payeeaccount", "account_name = 'Somebody'"),
        ("registry_payeeaccount", "decided_at = decided_at - interval '1 day'"),
    ],
)
def test_what_the_ledger_names_keeps_its_meaning(stage: Stage, table: str, change: str) -> None:
    refused(f"{table}_frozen", f"UPDATE {table} SET {change}")


def test_names_that_stand_nowhere_in_the_ledger_may_be_corrected(stage: Stage) -> None:
    assert run("UPDATE sharing_pot SET title = 'Other words'") == Pot.objects.count()
    assert run("UPDATE registry_recipient SET name = 'Other words ' || id")
    assert AllocationLine.objects.exists()


# --- Spending ----------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("change", ["amount_minor = amount_minor + 1", "other_minor = 1", "currency = 'USD'", "spent_on = spent_on - 1"])
def test_a_logged_record_is_decided_as_it_was_logged_or_corrected(change: str) -> None:
    village = Village()
    refused("spending_spendingrecord_version", f"UPDATE spending_spendingrecord SET {change} WHERE id = %s", village.log().pk)


@pytest.mark.parametrize(
    "change",
    [
        "funded_minor = funded_minor - 1, not_funded_minor = not_funded_minor + 1",
        "drawn_minor = drawn_minor + 1",
        "payee = 'Somebody else'",
        "description = 'something else'",
        "women = women + 10",
        "status = 'REFUSED', entry_id = NULL, funded_minor = NULL, not_funded_minor = NULL",
    ],
)
def test_an_accepted_record_is_what_was_accepted(change: str) -> None:
    village = Village()
    village.advance(usd=100_00, riel=410_000)
    record = village.accept(village.log(amount_minor=100_000))
    refused("spending_spendingrecord_frozen", f"UPDATE spending_spendingrecord SET {change} WHERE id = %s", record.pk)
