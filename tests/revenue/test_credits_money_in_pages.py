"""The officers' pages of recalls, corrections, other income and transfers, through HTTP: what works, and how bad input is answered."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from core.people.models import Role
from revenue.credits.models import BankTransfer, Correction, Issuance, OtherIncome, Recall, Receipt, Sale
from revenue.sharing.models import AssignedMoney
from tests.revenue.credits_office import bank, issuance, project, receipt, sale
from tests.revenue.sharing_stage import Stage
from tests.revenue.test_credits_money_in import approve, income
from tests.revenue.test_credits_pages import as_role, words

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk() -> Client:
    return as_role(Role.FINANCE_OFFICER)


@pytest.fixture
def checker() -> Client:
    return as_role(Role.FINANCE_APPROVER)


@pytest.fixture
def block() -> Issuance:
    return issuance(project(), 1, 100_000)


@pytest.fixture
def sold(block: Issuance) -> Sale:
    return sale(block.project, (block.pk, 1, 2_000), price="10")


@pytest.fixture
def other_sale(sold: Sale, block: Issuance) -> Sale:
    return sale(block.project, (block.pk, 2_001, 3_000), price="10", contract_reference="ERPA-8")


def paper() -> SimpleUploadedFile:
    return SimpleUploadedFile("advice.pdf", b"%PDF-1.4 advice", content_type="application/pdf")


def recall_form(**changed: Any) -> dict[str, Any]:
    return {
        "value_date": "20/10/2026", "amount_minor": "400.00", "bank_reference": "RV1", "reason": "Payment stopped", "document": paper(), **changed,
    }  # fmt: skip


def test_an_officer_records_a_recall_and_sees_what_was_taken_from_where(desk: Client, sold: Sale) -> None:
    paid = receipt(sold, 100_000)
    page = words(desk.get(f"/admin/credits/receipt/{paid.pk}/act/recall/"))
    assert "The bank can take back at most" in page
    assert "USD 1,000.00" in page
    answer = desk.post(f"/admin/credits/receipt/{paid.pk}/act/recall/", recall_form(), follow=True)
    taken = Recall.objects.get()
    assert answer.redirect_chain == [(f"/admin/credits/recall/{taken.pk}/change/", 302)]
    assert f"USD 400.00 of {paid.reference} is taken back." in words(answer)
    assert "Received" in words(answer)
    listed = words(desk.get("/admin/credits/receipt/"))
    assert "taken back in part" in listed
    assert taken.reference in words(desk.get(f"/admin/credits/receipt/{paid.pk}/change/"))
    assert b"RV1" in desk.get("/admin/credits/recall/export.csv").content


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"amount_minor": "four"}, "four"),
        ({"amount_minor": "1,000.01"}, "at most USD 1,000.00"),
        ({"value_date": "31/12/2026"}, "has not come yet"),
        ({"document": ""}, "Choose the document."),
        ({"document": SimpleUploadedFile("x.exe", b"MZ")}, "PDF"),
        ({"reason": " "}, "required"),
    ],
)
def test_a_recall_that_cannot_be_is_answered_at_its_field(desk: Client, sold: Sale, changed: dict[str, Any], said: str) -> None:
    paid = receipt(sold, 100_000)
    answer = desk.post(f"/admin/credits/receipt/{paid.pk}/act/recall/", recall_form(**changed))
    assert answer.status_code == 422
    assert said in words(answer)
    assert not Recall.objects.exists()


def test_an_overpaid_receipt_is_found_by_its_filter_and_its_part_identified(desk: Client, sold: Sale, other_sale: Sale) -> None:
    paid = receipt(sold, 2_050_000)
    listed = words(desk.get("/admin/credits/receipt/?waits=refund"))
    assert paid.reference in listed
    assert " days" in listed
    answer = desk.post(f"/admin/credits/receipt/{paid.pk}/act/identify/", {"sale": other_sale.pk, "reason": "The buyer's letter"}, follow=True)
    part = Receipt.objects.get(part_of=paid)
    assert f"{part.reference} pays sale {other_sale.reference}" in words(answer)
    assert paid.reference not in words(desk.get("/admin/credits/receipt/?waits=refund"))


def test_a_wrong_sale_is_corrected_by_an_approver(desk: Client, checker: Client, sold: Sale, other_sale: Sale) -> None:
    paid = receipt(sold, 50_000)
    desk.post(f"/admin/credits/receipt/{paid.pk}/act/correct/", {"sale": other_sale.pk, "why": "The buyer's letter"}, follow=True)
    correction = Correction.objects.get()
    page = words(checker.get(f"/admin/credits/correction/{correction.pk}/act/approve/"))
    assert other_sale.reference in page
    assert "The buyer's letter" in page
    answer = checker.post(f"/admin/credits/correction/{correction.pk}/act/approve/", {"reason": ""}, follow=True)
    assert f"{paid.reference} pays sale {other_sale.reference} now." in words(answer)
    assert "Approver" in words(desk.get(f"/admin/credits/receipt/{paid.pk}/change/"))


def test_other_income_is_entered_and_approved_by_another(desk: Client, checker: Client, sold: Sale) -> None:
    given = {
        "kind": "GRANT", "project": sold.project_id, "bank_account": bank().pk, "bank_reference": "D1", "value_date": "30/09/2026",
        "amount_minor": "500.00", "payer": "Forest Fund", "document": paper(),
    }  # fmt: skip
    desk.post("/admin/credits/otherincome/new/propose/", given, follow=True)
    entered = OtherIncome.objects.get()
    assert checker.post(f"/admin/credits/otherincome/{entered.pk}/act/refuse/", {"reason": ""}).status_code == 422
    answer = checker.post(f"/admin/credits/otherincome/{entered.pk}/act/approve/", {"reason": ""}, follow=True)
    assert "USD 500.00 is received." in words(answer)
    bad = desk.post("/admin/credits/otherincome/new/propose/", {**given, "payer": "", "document": paper()})
    assert "Say who gave the money." in words(bad)


def test_a_transfer_is_recorded_from_what_lies_at_the_bank(desk: Client, sold: Sale) -> None:
    receipt(sold, 100_000)
    other = bank("other-usd")
    page = words(desk.get("/admin/credits/banktransfer/new/record/"))
    assert "Unallocated · USD 1,000.00" in page
    given = {
        "from_account": bank().pk, "sent_on": "10/10/2026", "sent_minor": "400", "sent_reference": "OUT-1", "to_account": other.pk,
        "credited_on": "11/10/2026", "credited_minor": "399.00", "credited_reference": "IN-1", "places": ["moe-usd|unallocated|"],
    }  # fmt: skip
    answer = desk.post("/admin/credits/banktransfer/new/record/", given, follow=True)
    assert "USD 399.00 moved from moe-usd to other-usd." in words(answer)
    assert BankTransfer.objects.get().fee_minor == 100
    refused = desk.post("/admin/credits/banktransfer/new/record/", {**given, "to_account": bank().pk, "sent_reference": "OUT-2"})
    assert (refused.status_code, "Choose two different accounts." in words(refused)) == (422, True)


def test_interest_is_assigned_to_a_pot_by_two_people(desk: Client, checker: Client) -> None:
    stage = Stage()
    interest = approve(income(amount=2_000, value_date=date(2026, 3, 31)))
    assert interest.tranche is not None
    queue = f"/admin/sharing/waitingtranche/{interest.tranche.pk}"
    assert "two people assign it to a pot" in words(desk.get(f"{queue}/change/"))
    bad = desk.post(f"{queue}/act/assign/", {"pot": stage.pot("costs").pk, "amount": "20.01", "why": "Bank costs"})
    assert "There is USD 20.00 here" in words(bad)
    desk.post(f"{queue}/act/assign/", {"pot": stage.pot("costs").pk, "amount": "20.00", "why": "Bank costs"}, follow=True)
    proposed = AssignedMoney.objects.get()
    assert desk.post(f"/admin/sharing/assignedmoney/{proposed.pk}/act/approve/", {"reason": ""}).status_code == 404
    answer = checker.post(f"/admin/sharing/assignedmoney/{proposed.pk}/act/approve/", {"reason": ""}, follow=True)
    assert "USD 20.00 is in “" in words(answer)


def test_the_first_page_shows_what_others_wait_for_and_what_waits_for_a_second_person(desk: Client, checker: Client, sold: Sale) -> None:
    receipt(sold, 2_050_000)
    income()
    assert "Overpaid money to settle" in words(desk.get("/admin/"))
    assert "Other income to decide" in words(checker.get("/admin/"))
