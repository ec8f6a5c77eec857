"""Each rule on recalls, corrections, transfers and other income that the database holds, refused by raw SQL and by the models."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.utils import ProgrammingError

from core.files import store
from revenue.credits import services
from revenue.credits.models import BankTransfer, Correction, Identification, Issuance, OtherIncome, Recall, Receipt, Sale
from revenue.ledger.refusals import constraint_of
from tests.constraints.test_credits_rules import now_rather_than_at_commit, refused, run
from tests.revenue.credits_office import AT, DAY, approver, bank, issuance, officer, project, receipt, sale

pytestmark = pytest.mark.django_db


def document() -> int:
    return store(data=b"%PDF-1.4 advice", media_type="application/pdf", original_name="advice.pdf", by=officer(), at=AT).pk


@pytest.fixture
def block() -> Issuance:
    return issuance(project(), 1, 100_000)


@pytest.fixture
def sold(block: Issuance) -> Sale:
    return sale(block.project, (block.pk, 1, 1_000), price="10")


@pytest.fixture
def other(sold: Sale, block: Issuance) -> Sale:
    return sale(block.project, (block.pk, 1_001, 2_000), price="10", contract_reference="ERPA-8")


@pytest.fixture
def paid(sold: Sale) -> Receipt:
    return receipt(sold, 100_000)


@pytest.fixture
def recalled(paid: Receipt) -> Recall:
    return services.recall_receipt(
        receipt_id=paid.pk, amount_minor=40_000, value_date=date(2026, 10, 20), bank_reference="RV1", reason="Stopped",
        document_id=document(), by=officer(), at=AT,
    )  # fmt: skip


@pytest.fixture
def moved(paid: Receipt) -> BankTransfer:
    return services.record_transfer(
        from_account_id=bank().pk, to_account_id=bank("other-usd").pk, sent_reference="OUT-1", sent_on=DAY, sent_minor=10_000,
        credited_reference="IN-1", credited_on=DAY, credited_minor=9_900, places=["unallocated|USD|moe-usd|||"], by=officer(), at=AT,
    )  # fmt: skip


@pytest.fixture
def proposed(sold: Sale) -> OtherIncome:
    return services.propose_income(
        kind="GRANT", project_id=sold.project_id, bank_account_id=bank().pk, bank_reference="D1", value_date=DAY, amount_minor=5_000,
        payer="Forest Fund", document_id=document(), by=officer(), at=AT,
    )  # fmt: skip


@pytest.fixture
def correction(paid: Receipt, other: Sale) -> Correction:
    return services.propose_correction(receipt_id=paid.pk, sale_id=other.pk, why="A letter", by=officer(), at=AT)


def copied(row: Any, **changed: Any) -> None:
    """Write a second row like this one, with some columns changed, by the ORM."""
    row.pk = None
    for name, value in {"reference": "COPY-1", **changed}.items():
        if name != "reference" or hasattr(row, "reference"):
            setattr(row, name, value)
    row.save(force_insert=True)


# --- Recalls ---------------------------------------------------------------------------------------------------------------

RECALL_RULES = [
    ({"amount_minor": 0, "held_minor": 0}, "recall_is_positive"),
    ({"held_minor": -1}, "recall_is_posted"),
    ({"shortfall_minor": 40_001}, "recall_parts_within_amount"),
    ({"held_minor": 5}, "recall_is_posted"),
    ({"entry_id": None}, "recall_is_posted"),
    ({"bank_reference": ""}, "recall_has_reference_and_reason"),
    ({"reason": "", "bank_reference": "RV9"}, "recall_has_reference_and_reason"),
    ({}, "recall_bank_reference_once"),
]


@pytest.mark.parametrize(("changed", "rule"), RECALL_RULES)
def test_a_recall_that_cannot_be_is_refused(recalled: Recall, changed: dict[str, Any], rule: str) -> None:
    with refused(rule):
        copied(recalled, **changed)


def test_a_recall_is_at_its_receipts_bank_and_in_its_currency(recalled: Recall) -> None:
    for changed in ({"bank_account_id": bank("other-usd").pk}, {"currency": "EUR"}):
        with refused("recall_at_its_receipts_bank"):
            copied(Recall.objects.get(reference=recalled.reference), bank_reference="RV2", **changed)
            now_rather_than_at_commit()


def test_a_recall_without_its_sum_on_the_receipt_is_refused_at_commit(recalled: Recall, paid: Receipt) -> None:
    with refused("receipt_recalls_add_up"):
        copied(recalled, bank_reference="RV2")
        now_rather_than_at_commit()
    with refused("receipt_recalls_add_up"):
        run("UPDATE credits_receipt SET recalled_minor = recalled_minor + 1 WHERE id = %s", paid.pk)
        now_rather_than_at_commit()


@pytest.mark.parametrize("table", ["credits_recall", "credits_banktransfer"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET currency = 'EUR'", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
def test_facts_of_the_bank_are_never_changed_or_removed(recalled: Recall, moved: BankTransfer, table: str, statement: str) -> None:
    with pytest.raises((IntegrityError, ProgrammingError)), transaction.atomic():
        run(statement.format(table))


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ("recalled_minor = 100001", "receipt_what_left_was_there"),
        ("recalled_minor = -1", "receipt_what_left_was_there"),
        ("recalled_held_minor = 1", "receipt_what_left_was_there"),
        ("passed_minor = 1", "receipt_what_left_was_there"),
        ("rate = '1.09'", "receipt_rate_where_exchanged"),
    ],
)
def test_a_receipt_gives_no_more_than_it_had(paid: Receipt, change: str, rule: str) -> None:
    with refused(rule):
        run(f"UPDATE credits_receipt SET {change} WHERE id = %s", paid.pk)


def test_what_was_taken_back_never_comes_back(recalled: Recall, paid: Receipt) -> None:
    with refused("credits_receipt_frozen"):
        run("UPDATE credits_receipt SET recalled_minor = 0 WHERE id = %s", paid.pk)
    with refused("credits_receipt_frozen"):
        Receipt.objects.filter(pk=paid.pk).update(recalled_minor=1)


def test_a_receipt_closed_by_recalls_is_wholly_gone() -> None:
    strange = receipt(None, 5_000, "FT9")
    with refused("receipt_recalled_wholly"):
        run("UPDATE credits_receipt SET status = 'RECALLED' WHERE id = %s", strange.pk)


# --- Identified later, and anew ----------------------------------------------------------------------------------------------


def test_a_part_without_its_sum_on_the_receipt_is_refused_at_commit(other: Sale, sold: Sale) -> None:
    over = receipt(sold, 2_100_000, "FT2")
    part = services.identify_held(receipt_id=over.pk, sale_id=other.pk, reason="A letter", by=officer(), at=AT)
    with refused("receipt_parts_add_up"):
        run("UPDATE credits_receipt SET passed_minor = passed_minor + 1 WHERE id = %s", over.pk)
        now_rather_than_at_commit()
    with refused("receipt_part_is_of_a_sale"):
        run("UPDATE credits_receipt SET not_ours_minor = 5 WHERE id = %s", part.pk)


def test_the_sale_of_a_receipt_is_the_one_last_identified(paid: Receipt, other: Sale) -> None:
    with refused("receipt_sale_as_identified"):
        run("UPDATE credits_receipt SET sale_id = %s WHERE id = %s", other.pk, paid.pk)
        now_rather_than_at_commit()
    with refused("receipt_sale_as_identified"):
        Identification.objects.create(
            tranche=paid.tranche, project=other.project, sale=other, number=2, reason="A letter", identified_by=officer(), identified_at=AT,
            approved_by=approver(),
        )  # fmt: skip
        now_rather_than_at_commit()


@pytest.mark.parametrize("changed", [{"approved_by": None}, {"reason": ""}, {"approved_by": "officer"}])
def test_an_identification_is_corrected_by_two_people_with_a_reason(paid: Receipt, other: Sale, changed: dict[str, Any]) -> None:
    facts = {"reason": "A letter", "approved_by": approver(), **changed}
    if facts["approved_by"] == "officer":
        facts["approved_by"] = officer()
    with refused("identification_corrected_by_two"):
        Identification.objects.create(
            tranche=paid.tranche, project=other.project, sale=other, number=2, identified_by=officer(), identified_at=AT, **facts
        )


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ("to_sale_id = from_sale_id", "correction_changes_the_sale"),
        ("why = ''", "correction_says_why"),
        ("status = 'APPROVED'", "correction_decision_matches_status"),
        ("status = 'REFUSED', decided_by_id = proposed_by_id, decided_at = now(), reason = 'no'", "correction_maker_is_not_checker"),
        ("proposed_at = now()", "credits_correction_frozen"),
    ],
)
def test_a_correction_that_cannot_be_is_refused(correction: Correction, change: str, rule: str) -> None:
    with refused(rule):
        run(f"UPDATE credits_correction SET {change} WHERE id = %s", correction.pk)


def test_corrections_wait_one_at_a_time_and_a_decided_one_stays(correction: Correction) -> None:
    with refused("correction_one_at_a_time"):
        copied(Correction.objects.get(pk=correction.pk))
    services.decide_correction(correction_id=correction.pk, approve=False, reason="No", by=approver(), at=AT)
    with refused("credits_correction_frozen"):
        Correction.objects.filter(pk=correction.pk).update(reason="Yes")
    with refused("credits_correction_kept"):
        run("DELETE FROM credits_correction")


# --- Other income ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ("amount_minor = 0", "income_is_positive"),
        ("payer = ''", "income_names_its_payer"),
        ("kind = 'INTEREST'", "income_names_its_payer"),
        ("status = 'APPROVED', decided_by_id = %(approver)s, decided_at = now()", "income_is_posted_when_approved"),
        ("status = 'APPROVED'", "income_is_posted_when_approved"),
        ("status = 'REFUSED', decided_by_id = %(approver)s, decided_at = now()", "otherincome_decision_matches_status"),
        ("status = 'REFUSED', decided_by_id = proposed_by_id, decided_at = now(), reason = 'no'", "otherincome_maker_is_not_checker"),
        ("amount_minor = amount_minor + 1", "credits_otherincome_frozen"),
        ("currency = 'EUR'", "income_in_its_banks_currency"),
    ],
)
def test_other_income_that_cannot_be_is_refused(proposed: OtherIncome, change: str, rule: str) -> None:
    with refused(rule), connection.cursor() as cursor:
        cursor.execute(f"UPDATE credits_otherincome SET {change} WHERE id = %(id)s", {"id": proposed.pk, "approver": approver().pk})
        now_rather_than_at_commit()


def test_other_income_once_decided_stays_and_counts_once(proposed: OtherIncome, sold: Sale) -> None:
    with refused("income_bank_reference_once"):
        copied(OtherIncome.objects.get(pk=proposed.pk))
    with refused("bank_credit_counts_once"):
        run("UPDATE credits_otherincome SET status = status")
        copied(receipt(sold, 5_000, "FT7"), bank_reference="D1", tranche_id=0)
    services.decide_income(income_id=proposed.pk, approve=True, reason="", by=approver(), at=AT)
    with refused("credits_otherincome_frozen"):
        run("UPDATE credits_otherincome SET reason = 'later' WHERE id = %s", proposed.pk)
    with refused("credits_otherincome_kept"):
        run("DELETE FROM credits_otherincome")


# --- Transfers ----------------------------------------------------------------------------------------------------------------------

TRANSFER_RULES = [
    ({"sent_minor": 9_899, "fee_entry_id": None}, "transfer_amounts_in_order"),
    ({"credited_minor": 0}, "transfer_amounts_in_order"),
    ({"fee_entry_id": None}, "transfer_fee_is_posted"),
    ({"credited_minor": 10_000}, "transfer_fee_is_posted"),
    ({"credited_on": date(2026, 1, 1)}, "transfer_days_in_order"),
    ({"credited_reference": "IN-2"}, "transfer_debit_once"),
    ({"sent_reference": "OUT-2"}, "transfer_credit_once"),
]


@pytest.mark.parametrize(("changed", "rule"), TRANSFER_RULES)
def test_a_transfer_that_cannot_be_is_refused(moved: BankTransfer, changed: dict[str, Any], rule: str) -> None:
    with refused(rule):
        copied(moved, **changed)


def test_a_transfer_joins_two_accounts_in_one_currency(moved: BankTransfer) -> None:
    fresh = {"sent_reference": "OUT-2", "credited_reference": "IN-2"}
    with refused("transfer_between_two_accounts"):
        copied(BankTransfer.objects.get(pk=moved.pk), to_account_id=bank().pk, **fresh)
    euro = bank("moe-eur", "EUR").pk
    for field, rule in (("to_account_id", "transfer_to_in_its_currency"), ("from_account_id", "transfer_from_in_its_currency")):
        with refused(rule):
            copied(BankTransfer.objects.get(sent_reference="OUT-1"), **{field: euro}, **fresh)
            now_rather_than_at_commit()


def test_each_rule_has_its_name_in_the_error(paid: Receipt) -> None:
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        run("UPDATE credits_receipt SET passed_minor = 1 WHERE id = %s", paid.pk)
    assert constraint_of(caught.value) == "receipt_what_left_was_there"
