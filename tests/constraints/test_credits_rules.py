"""Each rule on credits, sales and receipts that the database holds, refused by raw SQL as the application and by the models."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from core.files import store
from revenue.credits import services
from revenue.credits.models import Article6Event, BankAccount, Buyer, Identification, Issuance, OpeningPosition, Project, Receipt, Sale, SaleLot
from revenue.credits.refusals import refusal_of
from revenue.ledger.refusals import constraint_of
from tests.revenue.credits_office import AT, DAY, approver, bank, issuance, officer, project, receipt, sale

pytestmark = pytest.mark.django_db


class refused:  # noqa: N801 - reads like pytest.raises
    """Expect the database to refuse what is inside by the named rule, and leave the transaction usable."""

    def __init__(self, constraint: str) -> None:
        self.constraint = constraint

    def __enter__(self) -> None:
        self.savepoint = transaction.atomic()
        self.savepoint.__enter__()

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> bool:
        self.savepoint.__exit__(kind, error, trace)
        assert isinstance(error, IntegrityError), f"not refused: {error!r}"
        assert constraint_of(error) == self.constraint
        return True


def run(sql: str, *arguments: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, arguments)


def now_rather_than_at_commit() -> None:
    run("SET CONSTRAINTS ALL IMMEDIATE")


@pytest.fixture
def block() -> Issuance:
    return issuance(project())


@pytest.fixture
def sold(block: Issuance) -> Sale:
    return sale(block.project, (block.pk, 1001, 1100))


@pytest.fixture
def paid(sold: Sale) -> Receipt:
    return receipt(sold, 10_000)


def test_the_application_works_here_without_the_owners_rights() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
        assert cursor.fetchone() == (False,)


# --- One row at a time: (table, what is set, the rule) ---------------------------------------------------------------------

ISSUANCE_RULES = [
    ("last = first - 1, quantity = 0", "issuance_last_not_before_first"),
    ("quantity = quantity + 1", "issuance_quantity_is_its_serials"),
    ("vintage_end = vintage_start - 1", "issuance_vintage_in_order"),
]
SALE_RULES = [
    ("amount_minor = 0, fees_minor = 0", "sale_is_positive"),
    ("quantity = 0", "sale_is_positive"),
    ("unit_price = -1", "sale_is_positive"),
    ("fees_minor = -1", "sale_fees_within_amount"),
    ("fees_minor = amount_minor + 1", "sale_fees_within_amount"),
    ("status = 'DELIVERED'", "sale_status_has_its_dates"),
    ("status = 'CANCELLED', cancelled_on = '2026-10-01'", "sale_status_has_its_dates"),
    ("delivered_on = '2026-10-01'", "sale_status_has_its_dates"),
    ("authorisation = 'NDC'", "sale_authorisation_names_its_letter"),
]
LOT_RULES = [
    ("last = first - 1", "sale_lot_last_not_before_first"),
    ("first = 1000", "sale_lot_was_issued"),
    ("last = 2001", "sale_lot_was_issued"),
]
RECEIPT_RULES = [
    ("gross_minor = 0, not_ours_minor = 0", "receipt_is_positive"),
    ("sender_fee_minor = gross_minor", "receipt_is_positive"),
    ("sender_fee_minor = -1", "receipt_is_positive"),
    ("not_ours_minor = -1", "receipt_not_ours_within_gross"),
    ("not_ours_minor = gross_minor + 1", "receipt_not_ours_within_gross"),
    ("sale_id = NULL", "receipt_identified_has_sale"),
    ("invoice_minor = NULL", "receipt_identified_has_sale"),
    ("status = 'UNIDENTIFIED'", "receipt_identified_has_sale"),
    ("status = 'UNIDENTIFIED', sale_id = NULL", "receipt_identified_has_sale"),
    ("status = 'REFUNDED', sale_id = NULL, not_ours_minor = gross_minor", "receipt_refund_has_its_reference"),
    ("refunded_minor = 5", "receipt_refund_has_its_reference"),
]


@pytest.mark.parametrize(("change", "rule"), ISSUANCE_RULES)
def test_an_issuance_that_cannot_be_is_refused(block: Issuance, change: str, rule: str) -> None:
    with refused(rule):
        run(f"UPDATE credits_issuance SET {change} WHERE id = %s", block.pk)


@pytest.mark.parametrize(("change", "rule"), SALE_RULES)
def test_a_sale_that_cannot_be_is_refused(sold: Sale, change: str, rule: str) -> None:
    with refused(rule):
        run(f"UPDATE credits_sale SET {change} WHERE id = %s", sold.pk)


@pytest.mark.parametrize(("change", "rule"), LOT_RULES)
def test_serials_that_were_not_issued_are_refused(sold: Sale, change: str, rule: str) -> None:
    with refused(rule):
        run(f"UPDATE credits_salelot SET {change} WHERE sale_id = %s", sold.pk)


@pytest.mark.parametrize(("change", "rule"), RECEIPT_RULES)
def test_a_receipt_that_cannot_be_is_refused(paid: Receipt, change: str, rule: str) -> None:
    with refused(rule):
        run(f"UPDATE credits_receipt SET {change} WHERE id = %s", paid.pk)


# --- Between rows, by save ------------------------------------------------------------------------------------------------


def test_serials_of_one_series_are_issued_once(block: Issuance) -> None:
    again = Issuance.objects.get(id=block.pk)
    again.pk, again.first, again.last, again.quantity = None, 2000, 2001, 2
    with refused("issuance_serials_once"):
        again.save(force_insert=True)


def test_a_serial_is_in_one_live_sale(sold: Sale) -> None:
    lot = SaleLot.objects.get(sale=sold)
    lot.pk, lot.first, lot.last = None, 1100, 1101
    with refused("sale_lot_serials_once"):
        lot.save(force_insert=True)


def test_a_serial_of_a_cancelled_sale_is_free(sold: Sale) -> None:
    services.cancel_sale(sale_id=sold.pk, on=DAY, reason="x", by=officer(), at=AT)
    assert sale(sold.project, (SaleLot.objects.get(sale=sold).issuance_id, 1001, 1100), contract_reference="NEW").quantity == 100


def test_a_sold_range_repeats_its_own_issuance(sold: Sale) -> None:
    now_rather_than_at_commit()
    with refused("sale_lot_of_issuance"):
        run("UPDATE credits_salelot SET issuance_last = 5000, last = 4000 WHERE sale_id = %s", sold.pk)


def test_an_issuance_that_was_sold_from_does_not_move(sold: Sale) -> None:
    now_rather_than_at_commit()
    with refused("sale_lot_of_issuance"):
        run("UPDATE credits_issuance SET last = last + 1, quantity = quantity + 1")


def test_the_serials_of_a_sale_add_up_to_what_was_sold(sold: Sale) -> None:
    now_rather_than_at_commit()
    with refused("sale_lots_are_its_quantity"):
        run("UPDATE credits_salelot SET last = last + 1 WHERE sale_id = %s", sold.pk)
    with refused("sale_lots_are_its_quantity"):
        run("DELETE FROM credits_salelot WHERE sale_id = %s", sold.pk)


def test_the_serials_of_a_sale_are_of_its_project(sold: Sale) -> None:
    other = issuance(project("tumring", "1689"), 1, 500)
    now_rather_than_at_commit()
    lot = SaleLot(sale=sold, issuance=other, series=other.series, issuance_first=1, issuance_last=500, first=1, last=5)
    with refused("sale_lots_of_its_project"):
        lot.save()


def test_a_suspended_project_sells_through_no_door(sold: Sale) -> None:
    services.suspend_project(project_id=sold.project_id, reason="x", by=approver(), at=AT)
    again = Sale.objects.get(id=sold.pk)
    again.pk, again.reference = None, "SL-X"
    with refused("sale_of_active_project"):
        again.save(force_insert=True)


def test_a_bank_reference_is_received_once_in_an_account(paid: Receipt) -> None:
    other = receipt(None, 500, "FT2")
    with refused("receipt_bank_reference_once"):
        Receipt.objects.filter(id=other.pk).update(bank_reference=paid.bank_reference)


def test_the_same_reference_of_two_accounts_is_two_receipts(paid: Receipt) -> None:
    assert receipt(None, 500, paid.bank_reference, bank_account_id=bank("other").pk).pk != paid.pk


def test_a_refunds_reference_stands_once_in_an_account() -> None:
    for reference in ("FT1", "FT2"):
        made = receipt(None, 500, reference)
        if reference == "FT1":
            services.refund_receipt(receipt_id=made.pk, day=DAY, bank_reference="OUT", by=officer(), at=AT)
    with refused("receipt_refund_reference_once"):
        run(
            "UPDATE credits_receipt SET status = 'REFUNDED', refunded_minor = 500, refunded_on = '2026-10-06', refund_reference = 'OUT' WHERE id = %s",
            made.pk,
        )


@pytest.mark.parametrize("statement", ["UPDATE credits_identification SET reason = 'x'", "DELETE FROM credits_identification"])
def test_an_identification_is_never_changed(paid: Receipt, statement: str) -> None:
    with pytest.raises(Exception, match="append-only|permission denied"), transaction.atomic():
        run(statement)
    assert Identification.objects.get().reason == ""


def test_identifications_of_a_tranche_are_numbered(paid: Receipt) -> None:
    with refused("identification_in_order"):
        Identification.objects.create(tranche=paid.tranche, project=paid.sale.project, number=1, identified_by=officer(), identified_at=AT)  # type: ignore[union-attr]


def test_a_project_stands_once_in_a_registry(block: Issuance) -> None:
    with refused("project_once_in_a_registry"):
        Project.objects.create(code="x", name="x", registry="VERRA", programme_id="1650", standard="s", mechanism="m", host_authority="h")


def test_names_and_codes_are_given_once(paid: Receipt) -> None:
    with refused("credits_buyer_name_key"):
        Buyer.objects.create(name="North Sea Utilities")
    with refused("credits_bankaccount_code_key"):
        BankAccount.objects.create(code="moe-usd", name="x", institution="x", account_number="1")
    with refused("bank_account_once"):
        BankAccount.objects.create(code="x", name="x", institution="ACLEDA", account_number="0001-moe-usd")
    with refused("credits_project_code_key"):
        Project.objects.create(code="keo-seima", name="x", registry="JCM", programme_id="1", standard="s", mechanism="m", host_authority="h")


def test_a_step_under_article_6_names_no_negative_quantity(block: Issuance) -> None:
    with refused("article6_quantity_positive"):
        Article6Event.objects.create(project=block.project, kind="ADJUSTMENT", happened_on=DAY, document_reference="x", quantity=0)


# --- Opening positions --------------------------------------------------------------------------------------------------


@pytest.fixture
def opening(block: Issuance) -> OpeningPosition:
    document = store(data=b"%PDF-1.4", media_type="application/pdf", original_name="l.pdf", by=officer(), at=AT)
    return services.propose_opening(
        project_id=block.project_id, bank_account_id=bank().pk, as_of=date(2026, 7, 1), amount_minor=100, document_id=document.pk, by=officer(), at=AT
    )


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ("amount_minor = 0", "opening_is_positive"),
        ("decided_by_id = proposed_by_id, decided_at = now(), status = 'REFUSED'", "opening_maker_is_not_checker"),
        ("status = 'APPROVED'", "opening_decision_matches_status"),
        ("status = 'REFUSED'", "opening_decision_matches_status"),
    ],
)
def test_an_opening_position_that_cannot_be_is_refused(opening: OpeningPosition, change: str, rule: str) -> None:
    with refused(rule):
        run(f"UPDATE credits_openingposition SET {change} WHERE id = %s", opening.pk)


# --- Every rule speaks -----------------------------------------------------------------------------------------------------


def test_every_rule_a_person_can_break_has_a_sentence() -> None:
    rules = {rule for _change, rule in (*ISSUANCE_RULES, *SALE_RULES, *LOT_RULES)} - {"sale_status_has_its_dates"}
    rules |= {"issuance_serials_once", "sale_lot_serials_once", "sale_lot_of_issuance", "sale_lots_are_its_quantity", "sale_lots_of_its_project"}
    rules |= {"sale_of_active_project", "receipt_bank_reference_once", "receipt_refund_reference_once", "project_once_in_a_registry"}
    rules |= {"credits_buyer_name_key", "credits_bankaccount_code_key", "bank_account_once", "credits_project_code_key", "receipt_is_positive"}
    assert {rule for rule in rules if refusal_of(rule) is None} == set()
