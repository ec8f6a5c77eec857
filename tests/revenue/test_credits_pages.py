"""The officers' pages of credits, sales and receipts, through HTTP: what works, and how bad input is answered."""

from __future__ import annotations

from html import unescape
from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from core.audit.models import AuditRecord
from core.models import ImportRun
from core.people.models import Role
from revenue.credits.models import BankAccount, Buyer, Issuance, OpeningPosition, Project, Receipt, Sale
from tests.revenue.credits_office import approver, bank, buyer, issuance, officer, person, project, receipt, sale

pytestmark = pytest.mark.django_db

EXPORT = (
    "Issuance Date,Vintage Start,Vintage End,ID,Name,Quantity Issued,Serial Number\n"
    "03/03/2025,01/01/2018,31/12/2018,1650,Keo Seima,100,90000-501-600-VCS-VCU-263-VER-KH-14-1650-01012018-31122018-1\n"
)


def as_role(role: str) -> Client:
    client = Client()
    client.force_login(person(role), backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def desk() -> Client:
    return as_role(Role.FINANCE_OFFICER)


@pytest.fixture
def block() -> Issuance:
    return issuance(project())


def words(answer: Any) -> str:
    return unescape(answer.content.decode())


def sale_form(block: Issuance, **changed: Any) -> dict[str, Any]:
    return {
        "project": block.project_id,
        "buyer": buyer().pk,
        "contract_reference": "ERPA-7",
        "sale_date": "2026-09-01",
        "currency": "USD",
        "unit_price": "7.20",
        "fees_minor": "",
        "authorisation": "NONE",
        "lots_issuance": [str(block.pk), ""],
        "lots_first": ["1,001", ""],
        "lots_last": ["1,100", ""],
        **changed,
    }


def receipt_form(**changed: Any) -> dict[str, Any]:
    return {"bank_account": bank().pk, "bank_reference": "FT1", "value_date": "05/10/2026", "gross_minor": "216.00", **changed}


# --- Sales --------------------------------------------------------------------------------------------------------------


def test_an_officer_records_a_sale_and_lands_on_its_page(desk: Client, block: Issuance) -> None:
    answer = desk.post("/admin/credits/sale/new/record/", sale_form(block), follow=True)
    made = Sale.objects.get()
    assert answer.redirect_chain == [(f"/admin/credits/sale/{made.pk}/change/", 302)]
    assert "USD 720.00" in words(answer)
    assert "1001–1100" in words(answer)


def test_khmer_digits_are_numbers_too(desk: Client, block: Issuance) -> None:
    desk.post("/admin/credits/sale/new/record/", sale_form(block, unit_price="៧.២០", lots_first=["១០០១"], lots_last=["១១០០"]))
    assert Sale.objects.get().amount_minor == 72_000


def test_a_sale_form_sent_twice_makes_one_sale(desk: Client, block: Issuance) -> None:
    for _time in range(2):
        assert desk.post("/admin/credits/sale/new/record/", sale_form(block)).status_code == 302
    assert Sale.objects.count() == 1


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"sale_date": "31/02/2026"}, "This is not a date"),
        ({"sale_date": "2027-01-01"}, "has not come yet"),
        ({"unit_price": "seven"}, "is not a number"),
        ({"unit_price": "-7"}, "above zero"),
        ({"unit_price": "1e400"}, "is not a number"),
        ({"fees_minor": "1.005"}, "more decimals"),
        ({"fees_minor": "-1"}, "not below zero"),
        ({"fees_minor": "9,999,999"}, "between zero and the amount"),
        ({"currency": "XXX"}, "not one of the available choices"),
        ({"buyer": ""}, "Choose the buyer"),
        ({"project": "x"}, "not active"),
        ({"lots_issuance": [], "lots_first": [], "lots_last": []}, "Name the serial numbers"),
        ({"lots_first": ["1100"], "lots_last": ["1001"]}, "comes before the first"),
        ({"lots_last": ["99999"]}, "was not issued"),
        ({"lots_first": ["abc"]}, "needs a first and a last"),
        ({"lots_issuance": [""]}, "Choose the issuance in row 1"),
        ({"lots_issuance": ["999999"]}, "not one of"),
        ({"authorisation": "NDC"}, "names its letter"),
    ],
)
def test_a_sale_that_cannot_be_is_answered_in_words_and_keeps_what_was_typed(
    desk: Client, block: Issuance, changed: dict[str, Any], sentence: str
) -> None:
    answer = desk.post("/admin/credits/sale/new/record/", sale_form(block, **changed))
    assert answer.status_code == 422
    assert sentence in words(answer)
    assert 'value="ERPA-7"' in words(answer)
    assert not Sale.objects.exists()


def test_serials_that_are_sold_are_refused_with_the_sale_that_has_them(desk: Client, block: Issuance) -> None:
    first = sale(block.project, (block.pk, 1001, 1100))
    answer = desk.post("/admin/credits/sale/new/record/", sale_form(block, contract_reference="OTHER"))
    assert answer.status_code == 422
    assert f"is in sale {first.reference} already" in words(answer)
    assert 'value="1,001"' in words(answer)


def test_the_list_of_sales_adds_up_what_the_filter_leaves_and_gives_it_as_csv(desk: Client, block: Issuance) -> None:
    sale(block.project, (block.pk, 1001, 1100), price="7.20")
    other = sale(block.project, (block.pk, 1101, 1200), price="10", contract_reference="=2+3")
    receipt(other, 40_000)
    answer = desk.get("/admin/credits/sale/")
    assert "200 tCO2e · USD 1,720.00" in words(answer)
    assert "USD 1,320.00" in words(answer)
    sheet = desk.get("/admin/credits/sale/export.csv").content.decode("utf-8-sig")
    assert "'=2+3" in sheet
    assert "1000.00,400.00" in sheet
    assert "100 tCO2e · USD 1,000.00" in words(desk.get("/admin/credits/sale/?q=%3D2%2B3"))


def test_a_paid_sale_has_no_button_to_cancel_it(desk: Client, block: Issuance) -> None:
    made = sale(block.project, (block.pk, 1001, 1100))
    assert "/act/cancel/" in words(desk.get(f"/admin/credits/sale/{made.pk}/change/"))
    receipt(made, 100)
    assert "/act/cancel/" not in words(desk.get(f"/admin/credits/sale/{made.pk}/change/"))


def test_delivering_and_cancelling_are_pages_of_their_own(desk: Client, block: Issuance) -> None:
    one, other = sale(block.project, (block.pk, 1001, 1100)), sale(block.project, (block.pk, 1101, 1200), contract_reference="B")
    desk.post(f"/admin/credits/sale/{one.pk}/act/deliver/", {"on": "2026-10-01"})
    desk.post(f"/admin/credits/sale/{other.pk}/act/cancel/", {"on": "2026-10-01", "reason": "Buyer withdrew"})
    assert list(Sale.objects.order_by("id").values_list("status", flat=True)) == ["DELIVERED", "CANCELLED"]


# --- Receipts -----------------------------------------------------------------------------------------------------------


def test_an_officer_records_an_instalment_of_a_sale(desk: Client, block: Issuance) -> None:
    made = sale(block.project, (block.pk, 1001, 1100), price="7.20")
    answer = desk.post(f"/admin/credits/sale/{made.pk}/act/receive/", receipt_form(sender_fee_minor="5"), follow=True)
    assert "waits to be allocated" in words(answer)
    assert (Receipt.objects.get().gross_minor, Receipt.objects.get().sender_fee_minor) == (21_600, 500)


def test_money_without_a_sale_is_held(desk: Client) -> None:
    answer = desk.post("/admin/credits/receipt/new/record/", receipt_form(sale=""), follow=True)
    assert "held until it is identified" in words(answer)
    assert Receipt.objects.get().status == Receipt.Status.UNIDENTIFIED


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"gross_minor": "0"}, "above zero"),
        ({"gross_minor": "-216"}, "not below zero"),
        ({"gross_minor": "12,34"}, "is not an amount"),
        ({"gross_minor": "9" * 30}, "too large"),
        ({"gross_minor": ""}, "Give the amount"),
        ({"sender_fee_minor": "216"}, "between zero and the amount sent"),
        ({"value_date": "2026-12-31"}, "has not come yet"),
        ({"value_date": "yesterday"}, "This is not a date"),
        ({"bank_account": ""}, "Choose the bank account"),
        ({"bank_reference": ""}, "This field is required"),
    ],
)
def test_a_receipt_that_cannot_be_is_answered_in_words(desk: Client, changed: dict[str, Any], sentence: str) -> None:
    answer = desk.post("/admin/credits/receipt/new/record/", receipt_form(sale="", **changed))
    assert answer.status_code == 422
    assert sentence in words(answer)
    assert not Receipt.objects.exists()


def test_a_bank_reference_that_was_recorded_is_refused_with_the_receipt_that_has_it(desk: Client) -> None:
    made = receipt(None, 100, "FT1")
    answer = desk.post("/admin/credits/receipt/new/record/", receipt_form(sale=""))
    assert answer.status_code == 422
    assert f"recorded as receipt {made.reference} already" in words(answer)


def test_receipts_are_found_by_what_they_wait_for(desk: Client, block: Issuance) -> None:
    waiting = receipt(sale(block.project, (block.pk, 1001, 1100)), 100, "FT1")
    unknown = receipt(None, 100, "FT2")
    for what, seen, unseen in (("allocation", waiting, unknown), ("identification", unknown, waiting)):
        text = words(desk.get(f"/admin/credits/receipt/?waits={what}"))
        assert seen.reference in text
        assert unseen.reference not in text


def test_a_held_receipt_is_identified_or_sent_back(desk: Client, block: Issuance) -> None:
    made = sale(block.project, (block.pk, 1001, 1100), price="7.20")
    one, other = receipt(None, 100, "FT1"), receipt(None, 200, "FT2")
    desk.post(f"/admin/credits/receipt/{one.pk}/act/identify/", {"sale": made.pk, "reason": "Letter"})
    desk.post(f"/admin/credits/receipt/{other.pk}/act/refund/", {"day": "2026-10-06", "bank_reference": "OUT1"})
    assert list(Receipt.objects.order_by("id").values_list("status", flat=True)) == ["IDENTIFIED", "REFUNDED"]


# --- Imports ------------------------------------------------------------------------------------------------------------


def upload(desk: Client, content: bytes, layout: str = "verra") -> Any:
    file = SimpleUploadedFile("export.csv", content, content_type="text/csv")
    return desk.post("/admin/credits/issuance/new/import/", {"layout": layout, "file": file}, follow=True)


def test_a_registry_export_is_previewed_and_then_accepted(desk: Client) -> None:
    project()
    answer = upload(desk, EXPORT.encode())
    run = ImportRun.objects.get()
    assert "501–600" in words(answer)
    assert not Issuance.objects.exists()
    answer = desk.post(f"/admin/core/importrun/{run.pk}/act/accept/", follow=True)
    assert "1 blocks of credits were added" in words(answer)
    assert Issuance.objects.get().import_line == 2


def test_every_mistake_of_an_export_is_shown_by_line_and_nothing_can_be_accepted(desk: Client) -> None:
    project()
    answer = upload(desk, EXPORT.replace(",100,", ",99,").encode())
    text = words(answer)
    assert "holds 100 credits" in text
    assert "/act/accept/" not in text
    run = ImportRun.objects.get()
    assert desk.post(f"/admin/core/importrun/{run.pk}/act/accept/").status_code == 422
    assert not Issuance.objects.exists()


def test_an_export_of_credits_in_the_books_says_so(desk: Client) -> None:
    of = project()
    upload(desk, EXPORT.encode())
    desk.post(f"/admin/core/importrun/{ImportRun.objects.get().pk}/act/accept/")
    answer = upload(desk, (EXPORT + "\n").encode())
    assert "already" in words(answer)
    answer = upload(desk, EXPORT.replace("501-600", "550-649").encode())
    assert "in the books already, as 501 to 600" in words(answer)
    assert Issuance.objects.filter(project=of).count() == 1


def test_the_same_file_is_not_accepted_twice(desk: Client) -> None:
    project()
    upload(desk, EXPORT.encode())
    desk.post(f"/admin/core/importrun/{ImportRun.objects.get().pk}/act/accept/")
    answer = upload(desk, EXPORT.encode())
    assert answer.status_code == 422
    assert "was accepted on" in words(answer)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "is empty"),
        (b"ID,Name\n1,x\n", "are missing"),
        (EXPORT.replace("1650,Keo", "9999,Keo").encode(), "not in the register"),
        (EXPORT.replace("100,90000", "=50+50,90000").encode(), "holds a formula"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "is not a table"),
    ],
)
def test_a_file_that_cannot_be_read_is_answered_in_words(desk: Client, content: bytes, sentence: str) -> None:
    project()
    assert sentence in words(upload(desk, content))
    assert not Issuance.objects.exists()


def test_a_file_of_50_mb_is_refused_at_its_field(desk: Client) -> None:
    answer = upload(desk, b"x" * (50 * 1024 * 1024))
    assert answer.status_code == 422
    assert "larger than 20 MB" in words(answer)
    assert not ImportRun.objects.exists()


# --- Projects, master data, opening positions --------------------------------------------------------------------------------


def test_an_approver_suspends_a_project_with_a_reason(block: Issuance) -> None:
    page = f"/admin/credits/project/{block.project_id}/act/suspend/"
    client = as_role(Role.FINANCE_APPROVER)
    assert client.post(page, {"reason": ""}).status_code == 422
    assert client.post(page, {"reason": "Registry review"}).status_code == 302
    assert Project.objects.get().status == Project.Status.SUSPENDED
    assert as_role(Role.FINANCE_OFFICER).get(page).status_code == 404


def test_master_data_is_corrected_with_an_audit_record(desk: Client, block: Issuance) -> None:
    one = buyer()
    desk.post(f"/admin/credits/buyer/{one.pk}/change/", {"name": "North Sea Utilities AG", "country": "DE", "registry_account": ""})
    assert Buyer.objects.get().name == "North Sea Utilities AG"
    record = AuditRecord.objects.get(act="buyer.change")
    assert "North Sea Utilities AG" in record.content
    assert record.actor == officer()


def test_the_code_and_currency_of_a_bank_account_stay(desk: Client) -> None:
    one = bank()
    desk.post(
        f"/admin/credits/bankaccount/{one.pk}/change/",
        {"code": "other", "name": "New name", "institution": "ACLEDA", "account_number": "1", "currency": "KHR"},
    )
    again = BankAccount.objects.get()
    assert (again.code, again.currency, again.name) == ("moe-usd", "USD", "New name")


def test_a_bank_accounts_code_must_suit_the_ledger(desk: Client) -> None:
    given = {"code": "-x", "name": "n", "institution": "ACLEDA", "account_number": "1", "currency": "USD"}
    assert "is not a code" in words(desk.post("/admin/credits/bankaccount/add/", given))
    assert not BankAccount.objects.exists()


def test_the_status_of_a_project_is_changed_by_no_raw_form(desk: Client, block: Issuance) -> None:
    given = {"name": "N", "standard": "s", "mechanism": "m", "host_authority": "h", "status": "CLOSED", "code": "x", "programme_id": "1"}
    desk.post(f"/admin/credits/project/{block.project_id}/change/", given)
    again = Project.objects.get()
    assert (again.name, again.status, again.code, again.programme_id) == ("N", "ACTIVE", "keo-seima", "1650")


def test_an_opening_position_needs_its_document_and_another_person(desk: Client, block: Issuance) -> None:
    given = {"project": block.project_id, "bank_account": bank().pk, "sale": "", "as_of": "2026-07-01", "amount_minor": "1,234.56"}
    answer = desk.post("/admin/credits/openingposition/new/propose/", {**given, "document": BytesIO(b"just text")})
    assert "neither a PDF nor a photo" in words(answer)
    letter = SimpleUploadedFile("letter.pdf", b"%PDF-1.4 letter")
    desk.post("/admin/credits/openingposition/new/propose/", {**given, "document": letter})
    made = OpeningPosition.objects.get()
    page = f"/admin/credits/openingposition/{made.pk}/act/approve/"
    assert desk.post(page, {"reason": ""}).status_code == 404
    assert as_role(Role.FINANCE_APPROVER).post(page, {"reason": ""}).status_code == 302
    made.refresh_from_db()
    assert made.decided_by == approver()


# --- Who sees what -------------------------------------------------------------------------------------------------------

LISTS = ("project", "issuance", "buyer", "sale", "bankaccount", "receipt", "openingposition", "article6event")


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("role", [Role.FINANCE_OFFICER, Role.FINANCE_APPROVER, Role.AUDITOR])
def test_readers_of_the_books_see_the_lists(role: str, name: str) -> None:
    assert as_role(role).get(f"/admin/credits/{name}/").status_code == 200


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.LIAISON])
def test_others_do_not_see_the_lists(role: str, name: str) -> None:
    assert as_role(role).get(f"/admin/credits/{name}/").status_code in {403, 404}


def test_an_auditor_changes_nothing(block: Issuance) -> None:
    client = as_role(Role.AUDITOR)
    made = sale(block.project, (block.pk, 1001, 1100))
    text = words(client.get(f"/admin/credits/sale/{made.pk}/change/"))
    assert "/act/" not in text
    for path in (f"/admin/credits/sale/{made.pk}/act/deliver/", "/admin/credits/sale/new/record/", "/admin/credits/issuance/new/import/"):
        assert client.post(path, {"on": "2026-10-01"}).status_code == 404
    assert client.post(f"/admin/credits/buyer/{made.buyer_id}/change/", {"name": "x"}).status_code == 403
    assert client.post(f"/admin/credits/sale/{made.pk}/delete/", {"post": "yes"}).status_code == 403
