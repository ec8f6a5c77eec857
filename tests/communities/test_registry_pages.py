"""The office pages of recipients, accounts, assignments and lists, through HTTP."""

from __future__ import annotations

from html import unescape
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from communities.registry import services
from communities.registry.models import Assignment, IndicatorSnapshot, PayeeAccount, Recipient, Village
from core.models import ImportRun
from core.people.models import Role
from tests.communities.test_registry_services import COUNTS, RECIPIENTS, VILLAGES, proposed, recipient
from tests.revenue.credits_office import AT, officer, person

pytestmark = pytest.mark.django_db


def as_role(role: str) -> Client:
    client = Client()
    client.force_login(person(role), backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def desk() -> Client:
    return as_role(Role.FINANCE_OFFICER)


def words(answer: Any) -> str:
    return unescape(answer.content.decode())


def upload(desk: Client, model: str, content: str, **more: str) -> Any:
    return desk.post(f"/admin/registry/{model}/new/import/", {**more, "file": SimpleUploadedFile("list.csv", content.encode())}, follow=True)


def accept(desk: Client) -> Any:
    return desk.post(f"/admin/core/importrun/{ImportRun.objects.latest('id').pk}/act/accept/", follow=True)


def test_villages_recipients_and_counts_come_from_lists(desk: Client) -> None:
    assert "Pu Huong" in words(upload(desk, "village", VILLAGES, source="gazetteer"))
    assert "2 added" in words(accept(desk))
    assert "11010101, 11010102" in words(upload(desk, "recipient", RECIPIENTS, from_date="2026-01-01"))
    assert "1 accounts wait for an approver" in words(accept(desk))
    assert "households 120" in words(upload(desk, "indicatorsnapshot", COUNTS, code="c-26", as_of="2026-06-30", source="survey"))
    accept(desk)
    assert (Village.objects.count(), Recipient.objects.count(), IndicatorSnapshot.objects.get().values.count()) == (2, 2, 4)


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"code": "two words"}, "without spaces"),
        ({"as_of": "32/01/2026"}, "This is not a date"),
        ({"source": ""}, "This field is required"),
    ],
)
def test_a_sheet_of_counts_says_what_it_is(desk: Client, changed: dict[str, str], sentence: str) -> None:
    answer = upload(desk, "indicatorsnapshot", COUNTS, **{"code": "c-26", "as_of": "2026-06-30", "source": "survey", **changed})
    assert (answer.status_code, sentence in words(answer)) == (422, True)


def test_an_import_is_put_aside(desk: Client) -> None:
    upload(desk, "village", VILLAGES, source="gazetteer")
    run = ImportRun.objects.get()
    desk.post(f"/admin/core/importrun/{run.pk}/act/abandon/")
    run.refresh_from_db()
    assert run.state == ImportRun.State.ABANDONED
    assert desk.post(f"/admin/core/importrun/{run.pk}/act/accept/").status_code == 422
    assert not Village.objects.exists()


def test_an_account_is_proposed_by_one_and_approved_by_another(desk: Client) -> None:
    one = recipient()
    given = {"channel": "BANK", "institution": "ACLEDA", "account_name": "VC", "account_number": "០០០ 536 001", "reason": "Letter of 3 May"}
    desk.post(f"/admin/registry/recipient/{one.pk}/act/propose-account/", given)
    waiting = PayeeAccount.objects.get()
    assert waiting.account_number == "000 536 001"
    page = f"/admin/registry/payeeaccount/{waiting.pk}/act/approve/"
    assert desk.post(page, {"reason": ""}).status_code == 404
    approving = as_role(Role.FINANCE_APPROVER)
    assert "Letter of 3 May" in words(approving.get(page))
    assert approving.post(page, {"reason": ""}).status_code == 302
    waiting.refresh_from_db()
    assert waiting.status == PayeeAccount.Status.APPROVED


def test_a_second_proposal_is_answered_in_words_and_keeps_what_was_typed(desk: Client) -> None:
    one = recipient()
    proposed(one)
    given = {"channel": "BANK", "institution": "Wing", "account_name": "VC", "account_number": "999 888 777", "reason": "x"}
    answer = desk.post(f"/admin/registry/recipient/{one.pk}/act/propose-account/", given)
    assert answer.status_code == 422
    assert "waits for a decision" in words(answer)
    assert "999 888 777" in words(answer)


def test_an_administrator_assigns_a_liaison_and_proposes_no_account() -> None:
    one, liaison = recipient(), person(Role.LIAISON)
    client = as_role(Role.ADMINISTRATOR)
    client.post("/admin/registry/assignment/new/assign/", {"person": liaison.pk, "recipient": one.pk, "from_date": "2026-10-01"})
    assert Assignment.objects.get().person == liaison
    assert client.get(f"/admin/registry/recipient/{one.pk}/act/propose-account/").status_code == 404
    assert "account number" not in words(client.get(f"/admin/registry/recipient/{one.pk}/change/")).lower()


def test_an_assignment_is_ended(desk: Client) -> None:
    made = services.assign(person_id=person(Role.LIAISON).pk, recipient_id=recipient().pk, from_date=AT.date(), by=officer(), at=AT)
    page = f"/admin/registry/assignment/{made.pk}/act/end/"
    assert desk.post(page, {"to_date": AT.date().isoformat()}).status_code == 422
    assert desk.post(page, {"to_date": "2027-01-01"}).status_code == 302


@pytest.mark.parametrize("name", ["recipient", "payeeaccount", "assignment", "village", "indicatorsnapshot"])
@pytest.mark.parametrize(("role", "status"), [(Role.FINANCE_OFFICER, 200), (Role.AUDITOR, 200), (Role.LIAISON, 404)])
def test_readers_of_the_books_see_the_register(role: str, name: str, status: int) -> None:
    assert as_role(role).get(f"/admin/registry/{name}/").status_code == status


def test_the_code_and_kind_of_a_recipient_stay(desk: Client) -> None:
    one = recipient()
    given = {"code": "x", "kind": "COMMUNE", "name": "New name", "name_km": "", "province": "", "is_active": "on"}
    inlines = {f"{name}-{count}_FORMS": "0" for name in ("cover", "accounts", "assignments") for count in ("TOTAL", "INITIAL")}
    desk.post(f"/admin/registry/recipient/{one.pk}/change/", {**given, **inlines})
    one.refresh_from_db()
    assert (one.code, one.kind, one.name) == ("KS-VC-01", "VILLAGE_COMMITTEE", "New name")
