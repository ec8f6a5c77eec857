"""What the database itself refuses about coverings, last cents, large debits, matches and our own accounts' numbers."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction

from revenue.credits.models import BankAccountChange
from revenue.credits.services import decide_account_change, propose_account_change
from revenue.disbursements import services
from revenue.disbursements.models import Covering, LineMatch, LotClosing, Payment, StatementLine
from revenue.ledger.models import Entry
from revenue.ledger.refusals import constraint_of
from revenue.ledger.services import close_books
from tests.database import tampered
from tests.revenue.payment_stories import asked, covered, source_of
from tests.revenue.sharing_stage import AT, Stage
from tests.revenue.test_disbursements_statements import THREE, accept

pytestmark = pytest.mark.django_db


@pytest.fixture
def stage() -> Stage:
    stage = Stage()
    stage.shared()
    return stage


@pytest.fixture
def covering(stage: Stage) -> Covering:
    """One that waits: 70.00 are missing."""
    stage.paid(stage.promised(amount=153_000), amount_minor=160_000, local_minor=160_000)
    return asked(stage)


def seen() -> None:
    """Let the database look now at what it looks at on commit."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def refused(rule: str, statement: str, *arguments: Any) -> None:
    """Run a statement that exactly this rule refuses, at once or at commit."""
    with pytest.raises(IntegrityError) as caught, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, arguments)
        assert cursor.rowcount > 0
        seen()
    assert constraint_of(caught.value) == rule


def refused_by_orm(rule: str, row: Any, **values: object) -> None:
    for name, value in values.items():
        setattr(row, name, value)
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        row.save()
        seen()
    assert constraint_of(caught.value) == rule


# --- Coverings ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "values"),
    [
        ("covering_is_positive", {"amount_minor": 0}),
        ("covering_says_why", {"why": ""}),
        ("covering_decision_matches_status", {"status": "REFUSED"}),
        ("covering_is_posted_when_approved", {"status": "APPROVED", "decided_by_id": "approver", "decided_at": AT}),
        ("covering_maker_is_not_checker", {"status": "REFUSED", "reason": "x", "decided_by_id": "officer", "decided_at": AT}),
        ("disbursements_covering_frozen", {"amount_minor": 1}),
        ("disbursements_covering_frozen", {"source_id": "other"}),
    ],
)
def test_a_covering_is_what_its_status_says(stage: Stage, covering: Covering, rule: str, values: dict[str, Any]) -> None:
    people = {"approver": stage.approver.pk, "officer": stage.officer.pk, "other": source_of("costs").pk}
    values = {name: people.get(value, value) if isinstance(value, str) else value for name, value in values.items()}
    columns = ", ".join(f"{name} = %s" for name in values)
    refused(rule, f"UPDATE disbursements_covering SET {columns} WHERE id = %s", *values.values(), covering.pk)
    refused_by_orm(rule, Covering.objects.get(), **values)


def test_an_approved_covering_posted_its_amount_and_stays(stage: Stage, covering: Covering) -> None:
    entry = Entry.objects.filter(event="pay").get()
    values = (stage.approver.pk, AT, entry.pk, covering.pk)
    change = "UPDATE disbursements_covering SET status = 'APPROVED', decided_by_id = %s, decided_at = %s, cover_entry_id = %s WHERE id = %s"
    refused("covering_is_what_was_posted", change, *values)
    refused_by_orm(
        "covering_is_what_was_posted", Covering.objects.get(), status="APPROVED", decided_by=stage.approver, decided_at=AT, cover_entry=entry
    )
    services.approve_covering(covering_id=covering.pk, by=stage.approver, at=AT)
    seen()
    refused("disbursements_covering_frozen", "UPDATE disbursements_covering SET reason = 'other'")
    refused("disbursements_covering_kept", "DELETE FROM disbursements_covering")


def test_a_covering_moves_no_money_between_banks(stage: Stage, covering: Covering) -> None:
    services.approve_covering(covering_id=covering.pk, by=stage.approver, at=AT)
    seen()
    with tampered(), connection.cursor() as cursor:  # somebody gave the posted row another bank
        cursor.execute("UPDATE disbursements_covering SET status = 'PROPOSED', decided_by_id = NULL, decided_at = NULL, cover_entry_id = NULL")
        cursor.execute(
            "INSERT INTO ledger_account (kind, currency, bank, pot, holder, purpose) SELECT kind, currency, 'other-bank', pot, holder, purpose"
            " FROM ledger_account WHERE kind = 'reserve'"
        )
        cursor.execute("UPDATE ledger_posting SET credit_id = (SELECT id FROM ledger_account WHERE bank = 'other-bank') WHERE event = 'cover'")
    change = "UPDATE disbursements_covering SET status = 'APPROVED', decided_by_id = %s, decided_at = %s, cover_entry_id = %s"
    refused("covering_stays_at_its_bank", change, stage.approver.pk, AT, Entry.objects.get(event="cover").pk)


def test_no_more_of_an_exchange_loss_is_covered_than_there_is(stage: Stage) -> None:
    paid = stage.paid(stage.promised(amount=100_000), local_minor=4_087_000, local_currency="KHR", rate="4,087")
    stage.returned(paid, 4_087_000, 99_200)
    first = covered(stage, kind="fx")
    seen()
    entry = Entry.objects.get(event="cover")
    values = {
        "reference": "CV-2", "client_key": uuid4(), "kind": "FX", "tranche_id": first.tranche_id, "gap_id": first.gap_id, "source_id": first.source_id,
        "currency": "USD", "amount_minor": 800, "why": "x", "document_id": first.document_id, "proposed_by_id": stage.officer.pk, "proposed_at": AT,
        "status": "APPROVED", "decided_by_id": stage.approver.pk, "decided_at": AT,
    }  # fmt: skip
    with tampered(), connection.cursor() as cursor:
        cursor.execute("UPDATE disbursements_covering SET status = 'PROPOSED', decided_by_id = NULL, decided_at = NULL, cover_entry_id = NULL")
        cursor.execute("UPDATE ledger_balance SET amount_minor = -1 WHERE account_id = %s", [first.gap_id])
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        Covering.objects.create(**values, cover_entry=entry)
        seen()
    assert constraint_of(caught.value) == "covering_within_the_loss"


def test_one_covering_of_a_gap_waits(covering: Covering) -> None:
    columns = "status, proposed_at, reason, kind, currency, amount_minor, why, document_id, gap_id, proposed_by_id, source_id, tranche_id"
    copy = f"INSERT INTO disbursements_covering (reference, client_key, {columns}) SELECT 'CV-2', %s, {columns} FROM disbursements_covering"
    refused("covering_one_at_a_time", copy, uuid4())


# --- Last cents, large debits --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("book", "local", "currency"), [(101, 1, "KHR"), (1, 5_001, "KHR"), (0, 0, "KHR"), (1, 1, "THB")])
def test_only_little_is_closed_alone(stage: Stage, book: int, local: int, currency: str) -> None:
    paid = stage.paid()
    values: dict[str, Any] = {
        "disbursement": paid.disbursement, "closed_on": date(2026, 4, 1), "amount_minor": book, "currency": "USD", "local_minor": local,
        "local_currency": currency, "reason": "x", "entry": paid.entry, "closed_by": stage.officer, "recorded_at": AT,
    }  # fmt: skip
    with pytest.raises(IntegrityError, match="lot_closing_is_small"), transaction.atomic():
        LotClosing.objects.create(**values)
    with pytest.raises(IntegrityError, match="lot_closing_says_why"), transaction.atomic():
        LotClosing.objects.create(**{**values, "amount_minor": 1, "local_minor": 1, "local_currency": "KHR", "reason": ""})


@pytest.mark.parametrize("statement", ["UPDATE disbursements_lotclosing SET reason = 'y'", "DELETE FROM disbursements_lotclosing"])
def test_what_was_closed_is_never_changed(stage: Stage, statement: str) -> None:
    paid = stage.paid(stage.promised(amount=100), local_minor=4_087, local_currency="KHR", rate="4,087")
    services.close_last_cents(disbursement_id=paid.disbursement_id, reason="x", by=stage.officer, at=AT, on=date(2026, 4, 1))
    with pytest.raises(Exception, match="append-only|permission denied"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_a_debit_far_above_the_approval_says_that_it_was_confirmed(stage: Stage) -> None:
    payment = stage.paid()
    with tampered():
        Payment.objects.all().delete()
    payment.pk, payment.amount_minor, payment.local_minor = None, 105_001, 105_001
    with pytest.raises(IntegrityError, match="not confirmed") as caught, transaction.atomic():
        payment.save(force_insert=True)
    assert constraint_of(caught.value) == "payment_far_above_is_confirmed"
    payment.above_confirmed = True
    payment.save(force_insert=True)
    refused("disbursements_payment_frozen", "UPDATE disbursements_payment SET above_confirmed = false")


# --- Statement lines -------------------------------------------------------------------------------------------------------------


def test_a_line_stands_for_entries_wholly_and_for_no_more_than_they_moved(stage: Stage) -> None:
    stage.paid(bank_reference="FT-OUT-0002", fee_minor=200)
    accept(stage, THREE)
    seen()
    receipt, _payment, _fee = StatementLine.objects.order_by("line")
    pay = Entry.objects.get(event="pay")
    add = "INSERT INTO disbursements_linematch (line_id, entry_id, amount_minor, by_hand, matched_by_id, matched_at, undone_reason)"
    refused("line_match_is_the_whole_line", f"{add} VALUES (%s, %s, 1, true, %s, now(), '')", receipt.pk, pay.pk, stage.officer.pk)
    refused("line_match_once", f"{add} SELECT line_id, entry_id, 1, true, matched_by_id, now(), '' FROM disbursements_linematch LIMIT 1")
    refused("line_match_is_an_amount", f"{add} VALUES (%s, %s, 0, true, %s, now(), '')", receipt.pk, pay.pk, stage.officer.pk)
    refused("line_match_undone_with_reason", "UPDATE disbursements_linematch SET undone_at = now()")
    refused("disbursements_linematch_frozen", "UPDATE disbursements_linematch SET by_hand = NOT by_hand")
    refused("disbursements_linematch_kept", "DELETE FROM disbursements_linematch")
    undo = "UPDATE disbursements_linematch SET undone_at = now(), undone_by_id = %s, undone_reason = 'x' WHERE line_id = %s"
    with connection.cursor() as cursor:
        cursor.execute(undo, [stage.officer.pk, receipt.pk])
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        LineMatch.objects.create(line=receipt, entry=pay, amount_minor=receipt.amount_minor, matched_by=stage.officer, matched_at=AT)
        seen()
    assert constraint_of(caught.value) == "line_match_within_the_entry"
    refused("disbursements_linematch_frozen", "UPDATE disbursements_linematch SET undone_reason = 'y' WHERE undone_at IS NOT NULL")


def test_a_match_of_closed_books_stays(stage: Stage) -> None:
    stage.paid(bank_reference="FT-OUT-0002", fee_minor=200)
    accept(stage, THREE)
    close_books(through=date(2026, 3, 31), by_id=stage.approver.pk, at=AT)
    undo = "UPDATE disbursements_linematch SET undone_at = now(), undone_by_id = %s, undone_reason = 'x'"
    refused("line_match_kept_in_closed_books", undo, stage.officer.pk)


# --- Our own accounts --------------------------------------------------------------------------------------------------------------


def test_the_number_of_our_account_is_what_two_people_gave_it(stage: Stage) -> None:
    refused("bankaccount_changed_by_two", "UPDATE credits_bankaccount SET account_number = '666'")
    refused_by_orm("bankaccount_changed_by_two", stage.bank, institution="Other")
    facts: dict[str, Any] = {"bank_account_id": stage.bank.pk, "institution": "ABA", "why": "A letter", "by": stage.officer, "at": AT}
    change = propose_account_change(account_number="000 999 111", **facts)
    refused("bankaccount_changed_by_two", "UPDATE credits_bankaccount SET institution = 'ABA', account_number = '000 999 111'")
    refused(
        "bankaccountchange_maker_is_not_checker",
        "UPDATE credits_bankaccountchange SET status = 'APPROVED', decided_by_id = proposed_by_id, decided_at = now()",
    )
    refused("credits_bankaccountchange_frozen", "UPDATE credits_bankaccountchange SET account_number = '666'")
    decide_account_change(change_id=change.pk, approve=True, reason="", by=stage.approver, at=AT)
    refused("credits_bankaccountchange_frozen", "UPDATE credits_bankaccountchange SET status = 'PROPOSED', decided_by_id = NULL, decided_at = NULL")
    # Back to the old number is another change; an old approval does not carry it.
    refused("bankaccount_changed_by_two", "UPDATE credits_bankaccount SET institution = 'ACLEDA', account_number = '0001-moe-usd'")
    for change_of, rule in (
        ({"why": ""}, "bankaccountchange_is_whole"),
        ({"institution": "ACLEDA", "account_number": "1"}, "bankaccountchange_changes_something"),
    ):
        row = BankAccountChange(bank_account=stage.bank, old_institution="ACLEDA", old_number="1", institution="ABA", account_number="2", why="x")
        row.proposed_by, row.proposed_at = stage.officer, AT
        refused_by_orm(rule, row, **change_of)
