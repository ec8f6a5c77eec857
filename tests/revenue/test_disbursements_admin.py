"""The office pages of sharing and paying over HTTP: what is shown, what is offered to whom, and how mistakes come back."""

from __future__ import annotations

import re
from datetime import date
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from core.models import ImportRun
from core.people.models import Role, User
from revenue.disbursements.models import Acknowledgement, BankStatement, Disbursement, Payment
from revenue.disbursements.states import Status
from revenue.sharing.models import AllocationLine, AllocationRun, Beneficiary, PlanVersion
from tests.database import tampered
from tests.revenue import credits_office as office
from tests.revenue.sharing_stage import PLAN, WITHHOLDING, Stage, held
from tests.revenue.test_disbursements_statements import THREE, csv

pytestmark = pytest.mark.django_db
DISBURSEMENTS = "/admin/disbursements/disbursement/"
LISTS = [
    DISBURSEMENTS,
    "/admin/disbursements/payment/",
    "/admin/disbursements/acknowledgement/",
    "/admin/disbursements/moneyreturn/",
    "/admin/disbursements/bankstatement/",
    "/admin/disbursements/statementline/",
    "/admin/sharing/planversion/",
    "/admin/sharing/waitingtranche/",
    "/admin/sharing/allocationrun/",
    "/admin/sharing/allocationline/",
    "/admin/sharing/pot/",
    "/admin/sharing/beneficiary/",
]


@pytest.fixture
def stage() -> Stage:
    stage = Stage()
    stage.shared()
    return stage


def signed_in(person: User) -> Client:
    client = Client()
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return client


def text(response: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def request_form(stage: Stage, **other: Any) -> dict[str, Any]:
    facts = {
        "client_key": str(uuid4()), "pot": stage.pot("community").pk, "bank_account": stage.bank.pk, "recipient": stage.pu_char.pk, "amount": "1,000.00",
        "kind": "ADVANCE", "description": "A well", "due_on": "", "account_by": "2027-06-01",
    }  # fmt: skip
    return {**facts, **other}


# --- From the request to the recipient's word ---------------------------------------------------------------------------


def test_a_disbursement_goes_from_the_request_to_the_acknowledgement(stage: Stage) -> None:
    officer, approver = signed_in(stage.officer), signed_in(stage.approver)
    asked = officer.post(f"{DISBURSEMENTS}new/request/", request_form(stage))
    row = Disbursement.objects.get()
    assert asked.headers["Location"] == f"{DISBURSEMENTS}{row.pk}/change/"
    page = text(approver.get(f"{DISBURSEMENTS}{row.pk}/act/approve/"))
    assert "Would be drawn from RC-2026" in page
    assert "USD 1,530.00" in page
    Disbursement.objects.update(requested_on=date(2026, 3, 1))
    assert approver.post(f"{DISBURSEMENTS}{row.pk}/act/approve/", {"tranches": ""}).status_code == 302
    with tampered():
        Disbursement.objects.update(decided_on=date(2026, 3, 2))
    payment_form = {"bank_reference": "FT-7", "paid_on": "2026-03-05", "amount": "1,000.00", "fee": "1.50", "local_currency": "KHR"}
    payment_form |= {"local_amount": "៤,០៨៧,០០០", "rate": "4,087"}
    assert officer.post(f"{DISBURSEMENTS}{row.pk}/act/pay/", payment_form).status_code == 302
    payment = Payment.objects.get()
    assert (payment.local_minor, payment.fee_minor) == (4_087_000, 150)
    arrived = {"client_key": str(uuid4()), "received_on": "2026-03-06", "amount": "4,087,000", "signed_by": "Chan Thy", "also_signed_by": "Sok"}
    assert officer.post(f"{DISBURSEMENTS}{row.pk}/act/acknowledge/", arrived).status_code == 302
    assert Acknowledgement.objects.get().local_minor == 4_087_000
    page = text(officer.get(f"{DISBURSEMENTS}{row.pk}/change/"))
    assert "KHR 4,087,000" in page
    assert "SL-2026" in page


def test_a_refused_form_keeps_what_was_typed_and_says_why_at_the_field(stage: Stage) -> None:
    answer = signed_in(stage.officer).post(f"{DISBURSEMENTS}new/request/", request_form(stage, amount="12.345"))
    assert answer.status_code == 422
    assert answer.context["form"].errors["amount"]
    assert "12.345" in answer.content.decode()
    assert not Disbursement.objects.exists()


def test_an_approval_beyond_the_pot_says_what_it_has(stage: Stage) -> None:
    asked = stage.asked(amount=999_999, on=date(2026, 3, 1))
    client = signed_in(stage.approver)
    assert "Cannot be approved now" in text(client.get(f"{DISBURSEMENTS}{asked.pk}/act/approve/"))
    answer = client.post(f"{DISBURSEMENTS}{asked.pk}/act/approve/", {"tranches": ""})
    assert answer.status_code == 422
    assert "USD 1,530.00" in text(answer)


def test_a_payment_of_tomorrow_is_refused(stage: Stage) -> None:
    promised = stage.promised()
    form = {"bank_reference": "FT-7", "paid_on": "2099-01-01", "amount": "1,000.00", "local_currency": "USD"}
    answer = signed_in(stage.officer).post(f"{DISBURSEMENTS}{promised.pk}/act/pay/", form)
    assert answer.status_code == 422
    assert not Payment.objects.exists()


def test_an_unknown_receipt_named_by_the_approver_is_told_at_its_field(stage: Stage) -> None:
    asked = stage.asked()
    answer = signed_in(stage.approver).post(f"{DISBURSEMENTS}{asked.pk}/act/approve/", {"tranches": "RC-1999-0001"})
    assert "tranches" in answer.context["form"].errors


# --- Who is offered what -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("role", "offered"),
    [(Role.FINANCE_OFFICER, set()), (Role.FINANCE_APPROVER, {"approve", "reject"}), (Role.AUDITOR, set())],
)
def test_acts_are_offered_only_to_who_may_do_them(stage: Stage, role: str, offered: set[str]) -> None:
    asked = stage.asked()
    page = signed_in(office.person(role)).get(f"{DISBURSEMENTS}{asked.pk}/change/").content.decode()
    assert set(re.findall(r"/act/([a-z-]+)/", page)) == offered


@pytest.mark.parametrize("act", ["approve", "reject", "pay", "cancel", "sent-back", "return", "acknowledge"])
def test_an_auditor_can_do_nothing(stage: Stage, act: str) -> None:
    asked = stage.asked()
    assert signed_in(office.person(Role.AUDITOR)).post(f"{DISBURSEMENTS}{asked.pk}/act/{act}/", {"reason": "x"}).status_code == 404
    asked.refresh_from_db()
    assert asked.status == Status.REQUESTED


@pytest.mark.parametrize("address", LISTS)
@pytest.mark.parametrize("role", [Role.FINANCE_OFFICER, Role.FINANCE_APPROVER, Role.AUDITOR])
def test_who_reads_the_books_reads_every_list(stage: Stage, address: str, role: str) -> None:
    assert signed_in(office.person(role)).get(address).status_code == 200


@pytest.mark.parametrize("address", LISTS)
def test_nobody_else_reads_them(stage: Stage, address: str) -> None:
    assert Client().get(address).status_code == 302
    for role in (Role.LIAISON, Role.ADMINISTRATOR):
        assert signed_in(office.person(role)).get(address).status_code in (302, 403, 404)


def test_every_kind_of_row_has_its_page(stage: Stage) -> None:
    payment = stage.paid()
    stage.acknowledged(payment)
    stage.returned(payment, 500, 500)
    client = signed_in(stage.officer)
    pages = {
        "disbursements/payment": payment.pk, "disbursements/acknowledgement": Acknowledgement.objects.get().pk,
        "disbursements/moneyreturn": payment.disbursement.returns.get().pk, "sharing/planversion": stage.plan.pk,
        "sharing/allocationrun": AllocationRun.objects.get().pk, "sharing/allocationline": AllocationLine.objects.first().pk,  # type: ignore[union-attr]
        "sharing/pot": stage.pot("community").pk, "sharing/beneficiary": Beneficiary.objects.first().pk,  # type: ignore[union-attr]
    }  # fmt: skip
    assert {name: client.get(f"/admin/{name}/{pk}/change/").status_code for name, pk in pages.items()} == dict.fromkeys(pages, 200)


def test_the_list_is_summed_by_status_and_exported(stage: Stage) -> None:
    stage.asked(amount=5_000)
    stage.promised(amount=7_000)
    client = signed_in(office.person(Role.AUDITOR))
    page = text(client.get(DISBURSEMENTS))
    assert "USD 50.00 (1)" in page
    assert "USD 70.00 (1)" in page
    exported = client.get(f"{DISBURSEMENTS}export.csv?status__exact=APPROVED").content.decode()
    assert "70.00" in exported
    assert "50.00" not in exported


def test_late_advances_are_a_filter(stage: Stage) -> None:
    stage.paid()
    stage.paid(stage.promised(amount=5_000, account_by=date(2099, 1, 1)))
    assert signed_in(stage.officer).get(f"{DISBURSEMENTS}?late=account").context["cl"].result_count == 1


# --- Plans and allocations ---------------------------------------------------------------------------------------------------


def plan_form(stage: Stage, **other: Any) -> dict[str, Any]:
    return {"project": stage.project.pk, "text": PLAN.replace("2026-01-01", "2027-01-01"), **other}


def test_a_plan_is_proposed_read_and_approved(stage: Stage) -> None:
    answer = signed_in(stage.officer).post("/admin/sharing/planversion/new/propose/", plan_form(stage))
    version = PlanVersion.objects.get(number=2)
    assert answer.headers["Location"] == f"/admin/sharing/planversion/{version.pk}/change/"
    client = signed_in(stage.approver)
    assert "divided among the villages by number of households" in text(client.get(f"/admin/sharing/planversion/{version.pk}/act/approve/"))
    assert client.post(f"/admin/sharing/planversion/{version.pk}/act/approve/", {"reason": ""}).status_code == 302
    version.refresh_from_db()
    assert version.status == PlanVersion.Status.APPROVED


def test_a_mistake_in_an_uploaded_plan_comes_back_with_its_line_and_its_text(stage: Stage) -> None:
    wrong = SimpleUploadedFile("plan.yaml", PLAN.replace("60 %", "160 %").encode())
    answer = signed_in(stage.officer).post("/admin/sharing/planversion/new/propose/", plan_form(stage, text="", file=wrong))
    assert answer.status_code == 422
    assert "Line 1" in answer.context["form"].errors["text"][0]
    assert "160 %" in answer.content.decode()


def test_a_picture_is_no_plan(stage: Stage) -> None:
    picture = SimpleUploadedFile("plan.yaml", b"\x89PNG\r\n\x1a\n\xff\xfe")
    answer = signed_in(stage.officer).post("/admin/sharing/planversion/new/propose/", plan_form(stage, text="", file=picture))
    assert "file" in answer.context["form"].errors


def test_a_receipt_is_previewed_proposed_then_allocated(stage: Stage) -> None:
    receipt = stage.receipt(on=date(2026, 3, 1))
    address = f"/admin/sharing/waitingtranche/{receipt.tranche_id}"
    client = signed_in(stage.officer)
    assert "USD 1,530.00" in text(client.get(f"{address}/act/allocate/"))
    answer = client.post(f"{address}/act/allocate/")
    run = AllocationRun.objects.get(tranche=receipt.tranche)
    assert answer.headers["Location"] == f"/admin/sharing/allocationrun/{run.pk}/change/"
    assert client.get(f"{address}/change/").status_code == 200  # it waits for the second person
    signed_in(stage.approver).post(f"/admin/sharing/allocationrun/{run.pk}/act/approve/")
    assert client.get(f"{address}/change/").status_code == 302  # it waits no longer


def test_without_a_plan_the_page_says_why(stage: Stage) -> None:
    receipt = stage.receipt(on=date(2025, 6, 1))
    client = signed_in(stage.officer)
    page = text(client.get(f"/admin/sharing/waitingtranche/{receipt.tranche_id}/act/allocate/"))
    assert "is in force on 2025-06-01, so nothing is allocated" in page
    client.post(f"/admin/sharing/waitingtranche/{receipt.tranche_id}/act/allocate/")
    assert "in force on 2025-06-01" in text(client.get("/admin/sharing/waitingtranche/"))


def test_what_is_withheld_is_released_by_the_approver_only() -> None:
    stage = Stage(plan=WITHHOLDING)
    stage.shared()
    line = AllocationLine.objects.get(recipient=stage.pu_char)
    address = f"/admin/sharing/allocationline/{line.pk}/act/release/"
    assert signed_in(stage.officer).post(address, {"reason": "open"}).status_code == 404
    assert signed_in(stage.approver).post(address, {"reason": "The account is open."}).status_code == 302
    assert held("withheld", holder="pu-char") == 0


def test_a_beneficiary_is_added_and_ended(stage: Stage) -> None:
    client = signed_in(stage.officer)
    form = {"project": stage.project.pk, "recipient": stage.rangers.pk, "group": "patrols", "from_date": "2026-05-01"}
    assert client.post("/admin/sharing/beneficiary/new/add/", form).status_code == 302
    added = Beneficiary.objects.get(group="patrols")
    assert client.post(f"/admin/sharing/beneficiary/{added.pk}/act/end/", {"to_date": "2026-04-01"}).status_code == 422
    assert client.post(f"/admin/sharing/beneficiary/{added.pk}/act/end/", {"to_date": "2026-09-01"}).status_code == 302


# --- Statements ------------------------------------------------------------------------------------------------------------


def upload(stage: Stage, content: bytes) -> Any:
    form = {"bank_account": stage.bank.pk, "layout": "ABA", "file": SimpleUploadedFile("march.csv", content)}
    return signed_in(stage.officer).post("/admin/disbursements/bankstatement/new/upload/", form)


def test_a_statement_is_previewed_accepted_and_set_against_the_ledger(stage: Stage) -> None:
    stage.paid(bank_reference="FT-OUT-0002", fee_minor=200)
    preview = upload(stage, csv([*THREE, ("06/03/2026", "MONTHLY FEE", "", "1.00", "8997.00")]))
    client = signed_in(stage.officer)
    assert "MONTHLY FEE" in text(client.get(preview.headers["Location"]))
    assert not BankStatement.objects.exists()
    run = ImportRun.objects.get()
    assert client.post(f"/admin/core/importrun/{run.pk}/act/accept/").status_code == 302
    statement = BankStatement.objects.get()
    page = text(client.get(f"/admin/disbursements/bankstatement/{statement.pk}/change/"))
    assert "USD 1.00" in page  # the difference
    assert "MONTHLY FEE" in page
    assert client.get("/admin/disbursements/statementline/?matched=no").context["cl"].result_count == 1
    assert "difference USD 1.00" in text(client.get("/admin/disbursements/bankstatement/"))


def test_a_statement_that_does_not_add_up_names_the_line(stage: Stage) -> None:
    preview = upload(stage, csv([THREE[0], ("05/03/2026", "PAYMENT", "", "1000.00", "9999.00")]))
    page = signed_in(stage.officer).get(preview.headers["Location"])
    assert page.context["error_count"] == 1
    assert "accept" not in re.findall(r"/act/([a-z-]+)/", page.content.decode())
