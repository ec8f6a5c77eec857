"""Signing in and out, the forced password, and the administrators' pages, through HTTP."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse

from core.people.models import Role, User
from tests.revenue.credits_office import PASSWORD, person

pytestmark = pytest.mark.django_db


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def sign_in(client: Client, username: str, password: str, **more: str) -> object:
    return client.post("/login/", {"username": username, "password": password, **more})


@pytest.mark.parametrize(
    ("role", "begins"),
    [
        (Role.FINANCE_OFFICER, "/admin/"),
        (Role.FINANCE_APPROVER, "/admin/"),
        (Role.AUDITOR, "/admin/"),
        (Role.ADMINISTRATOR, "/admin/"),
        (Role.LIAISON, "/field/"),
    ],
)
def test_each_role_begins_where_its_work_is(role: str, begins: str) -> None:
    person(role, "somebody")
    client = Client()
    answer = client.post("/login/", {"username": "somebody", "password": PASSWORD})
    assert answer["Location"] == "/"
    assert client.get("/")["Location"] == begins


def test_nobody_begins_at_what_is_published() -> None:
    assert Client().get("/")["Location"] == reverse("reports:issued")


def test_a_wrong_password_is_answered_with_one_sentence_and_keeps_the_name() -> None:
    person(Role.AUDITOR, "somebody")
    answer = Client().post("/login/", {"username": "somebody", "password": "wrong"})
    assert answer.status_code == 422
    text = answer.content.decode()
    assert "do not belong together" in text
    assert 'value="somebody"' in text
    assert "wrong" not in re.sub(r"<[^>]*csrf[^>]*>", "", text).replace("wrong password", "")


def test_a_suspended_person_gets_the_same_sentence() -> None:
    gone = person(Role.AUDITOR, "somebody")
    User.objects.filter(id=gone.pk).update(is_active=False)
    answer = Client().post("/login/", {"username": "somebody", "password": PASSWORD})
    assert (answer.status_code, b"do not belong together" in answer.content) == (422, True)


def test_after_five_wrong_passwords_the_name_is_closed_for_a_while() -> None:
    person(Role.AUDITOR, "somebody")
    client = Client()
    for _turn in range(5):
        answer = client.post("/login/", {"username": "somebody", "password": "wrong"})
    assert answer.status_code == 429
    assert b"Wait a little" in answer.content
    assert client.post("/login/", {"username": "somebody", "password": PASSWORD}).status_code == 429


@pytest.mark.parametrize("wanted", ["https://elsewhere.example/", "//elsewhere.example", "javascript:alert(1)"])
def test_signing_in_leads_to_no_other_site(wanted: str) -> None:
    person(Role.AUDITOR, "somebody")
    answer = Client().post("/login/", {"username": "somebody", "password": PASSWORD, "next": wanted})
    assert answer["Location"] == "/"


def test_signing_in_leads_back_to_the_page_that_was_asked_for() -> None:
    person(Role.AUDITOR, "somebody")
    answer = Client().post("/login/", {"username": "somebody", "password": PASSWORD, "next": "/trace/"})
    assert answer["Location"] == "/trace/"


def test_the_admins_own_sign_in_page_leads_to_ours() -> None:
    assert Client().get("/admin/login/?next=/admin/")["Location"] == "/login/?next=/admin/"


def test_the_office_does_not_exist_for_a_liaison() -> None:
    assert signed_in(person(Role.LIAISON)).get("/admin/").status_code == 404


def test_signing_out_needs_a_form() -> None:
    client = signed_in(person(Role.AUDITOR))
    assert client.get("/logout/").status_code == 405
    assert client.post("/logout/")["Location"] == "/login/"
    assert "_auth_user_id" not in client.session


def test_who_must_choose_a_password_sees_nothing_else_first() -> None:
    new = person(Role.LIAISON)
    User.objects.filter(id=new.pk).update(must_change_password=True)
    client = signed_in(new)
    assert client.get("/field/")["Location"] == "/password/"
    assert client.get("/api/").status_code == 403
    answer = client.post(
        "/password/", {"old_password": PASSWORD, "new_password1": "rain-on-the-lake-7", "new_password2": "rain-on-the-lake-7"}, follow=True
    )
    assert answer.redirect_chain[-1][0] == "/field/"
    assert not User.objects.get(id=new.pk).must_change_password


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        (("wrong", "rain-on-the-lake-7", "rain-on-the-lake-7"), "not your present password"),
        ((PASSWORD, "rain-on-the-lake-7", "rain-on-the-lake-8"), "not the same"),
        ((PASSWORD, "short", "short"), "too short"),
        ((PASSWORD, PASSWORD, PASSWORD), "the password you have now"),
        (("", "", ""), "Write a new password"),
    ],
)
def test_a_password_that_cannot_be_taken_is_answered_at_its_field(typed: tuple[str, str, str], sentence: str) -> None:
    client = signed_in(person(Role.AUDITOR))
    answer = client.post("/password/", dict(zip(("old_password", "new_password1", "new_password2"), typed, strict=True)))
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert User.objects.get().check_password(PASSWORD)


def test_suspending_signs_a_person_out_at_once() -> None:
    liaison, administrator = person(Role.LIAISON), person(Role.ADMINISTRATOR)
    phone, office = signed_in(liaison), signed_in(administrator)
    assert phone.get("/field/").status_code == 200
    answer = office.post(f"/admin/people/user/{liaison.pk}/act/suspend/", {"reason": "Left the programme"})
    assert answer.status_code == 302
    assert phone.get("/field/")["Location"].startswith("/login/")


def test_a_new_password_is_shown_once_and_kept_by_no_browser() -> None:
    liaison, administrator = person(Role.LIAISON), person(Role.ADMINISTRATOR)
    office = signed_in(administrator)
    answer = office.post(f"/admin/people/user/{liaison.pk}/act/reset-access/", {"reason": "Forgotten"})
    found = re.search(r"(?<=<dd>)[a-z2-9]{4}-[a-z2-9]{4}-[a-z2-9]{4}(?=<)", answer.content.decode())
    assert found is not None
    assert "no-store" in answer["Cache-Control"]
    assert User.objects.get(id=liaison.pk).check_password(found[0])
    assert found[0] not in office.get(f"/admin/people/user/{liaison.pk}/change/").content.decode()


def test_an_administrator_lets_a_new_person_in() -> None:
    office = signed_in(person(Role.ADMINISTRATOR))
    answer = office.post("/admin/people/user/new/create/", {"full_name": "Vanna", "username": "vanna", "role": "LIAISON", "language": "km"})
    assert answer.status_code == 200
    assert User.objects.get(username="vanna").must_change_password


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"username": "Capital Name"}, "without spaces"),
        ({"username": "administrator"}, "Somebody has the user name"),
        ({"role": ""}, "Choose the role"),
        ({"role": "SUPERUSER"}, "not one of the available choices"),
    ],
)
def test_a_person_who_cannot_be_let_in_is_answered_at_the_field(changed: dict[str, str], sentence: str) -> None:
    office = signed_in(person(Role.ADMINISTRATOR))
    given = {"full_name": "Vanna", "username": "vanna", "role": "LIAISON", "language": "km", **changed}
    answer = office.post("/admin/people/user/new/create/", given)
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert User.objects.count() == 1


@pytest.mark.parametrize("role", [Role.FINANCE_OFFICER, Role.FINANCE_APPROVER, Role.AUDITOR])
def test_nobody_else_manages_people(role: str) -> None:
    other = person(Role.LIAISON)
    client = signed_in(person(role))
    for path in ("/admin/people/user/new/create/", f"/admin/people/user/{other.pk}/act/suspend/"):
        assert client.get(path).status_code == 404
        assert client.post(path, {"reason": "x"}).status_code == 404


def test_an_administrator_has_no_button_for_their_own_access() -> None:
    administrator = person(Role.ADMINISTRATOR)
    text = signed_in(administrator).get(f"/admin/people/user/{administrator.pk}/change/").content.decode()
    assert "/act/suspend/" not in text
    assert "/act/reset-access/" not in text
