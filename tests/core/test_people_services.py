"""Who may sign in, and how access ends."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from core.audit.models import AuditRecord
from core.people import services
from core.people.access import NotYours
from core.people.models import Role, User
from core.people.services import LastAdministrator, NameTaken, NothingToDo, OwnAccess, WeakPassword

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)


@pytest.fixture
def administrator() -> User:
    return services.create_person(username="dara", full_name="Dara", role=Role.ADMINISTRATOR, by=None, at=AT).person


def new(administrator: User, username: str = "vanna", role: str = Role.LIAISON) -> services.NewAccess:
    return services.create_person(username=username, full_name="Sok Vanna", role=role, by=administrator, at=AT)


def test_a_new_person_signs_in_with_the_one_time_password_and_must_change_it(administrator: User) -> None:
    access = new(administrator)
    assert access.person.check_password(access.password)
    assert access.person.must_change_password


def test_one_time_passwords_differ_and_have_no_signs_that_are_mixed_up() -> None:
    made = {services.one_time_password() for _turn in range(200)}
    assert len(made) == 200
    assert not set("".join(made)) & set("il1o0IO")


def test_a_user_name_is_given_once(administrator: User) -> None:
    new(administrator)
    with pytest.raises(NameTaken) as refusal:
        new(administrator)
    assert refusal.value.field == "username"


def test_nobody_but_an_administrator_lets_people_in(administrator: User) -> None:
    officer = new(administrator, "sokha", Role.FINANCE_OFFICER).person
    with pytest.raises(NotYours):
        new(officer)


def test_only_the_very_first_person_comes_from_nobody(administrator: User) -> None:
    with pytest.raises(OwnAccess):
        services.create_person(username="eve", full_name="Eve", role=Role.ADMINISTRATOR, by=None, at=AT)


def test_the_first_person_is_an_administrator() -> None:
    with pytest.raises(OwnAccess):
        services.create_person(username="eve", full_name="Eve", role=Role.FINANCE_APPROVER, by=None, at=AT)


def test_suspending_ends_every_session_even_after_reinstating(administrator: User) -> None:
    person = new(administrator).person
    before = person.get_session_auth_hash()
    services.suspend_person(person_id=person.pk, reason="Left", by=administrator, at=AT)
    services.reinstate_person(person_id=person.pk, reason="Came back", by=administrator, at=AT)
    person.refresh_from_db()
    assert person.is_active
    assert person.get_session_auth_hash() != before


def test_nobody_suspends_themselves(administrator: User) -> None:
    new(administrator, "rith", Role.ADMINISTRATOR)
    with pytest.raises(OwnAccess):
        services.suspend_person(person_id=administrator.pk, reason="x", by=administrator, at=AT)


def test_a_suspended_administrator_suspends_nobody(administrator: User) -> None:
    other = new(administrator, "rith", Role.ADMINISTRATOR).person
    services.suspend_person(person_id=other.pk, reason="x", by=administrator, at=AT)
    # The other's page was open: what it remembers is older than the suspension.
    with pytest.raises(OwnAccess):
        services.suspend_person(person_id=administrator.pk, reason="x", by=other, at=AT)
    assert User.objects.get(id=administrator.pk).is_active


def test_the_last_administrator_stays(administrator: User) -> None:
    other = new(administrator, "rith", Role.ADMINISTRATOR).person
    other.role = Role.AUDITOR
    other.save()
    other.role = Role.ADMINISTRATOR  # only in memory: what the database says decides
    with pytest.raises((LastAdministrator, OwnAccess)):
        services.suspend_person(person_id=administrator.pk, reason="x", by=other, at=AT)
    assert User.objects.get(id=administrator.pk).is_active


def test_suspending_twice_is_said(administrator: User) -> None:
    person = new(administrator).person
    services.suspend_person(person_id=person.pk, reason="x", by=administrator, at=AT)
    with pytest.raises(NothingToDo):
        services.suspend_person(person_id=person.pk, reason="x", by=administrator, at=AT)


def test_resetting_access_replaces_the_password_and_signs_out(administrator: User) -> None:
    first = new(administrator)
    before = first.person.get_session_auth_hash()
    again = services.reset_access(person_id=first.person.pk, reason="Forgotten", by=administrator, at=AT)
    assert not again.person.check_password(first.password)
    assert again.person.check_password(again.password)
    assert again.person.must_change_password
    assert again.person.get_session_auth_hash() != before


def test_a_lost_phone_is_signed_out_and_the_password_stays(administrator: User) -> None:
    access = new(administrator)
    before = access.person.get_session_auth_hash()
    services.sign_out_everywhere(person_id=access.person.pk, reason="Lost phone", by=administrator, at=AT)
    access.person.refresh_from_db()
    assert access.person.get_session_auth_hash() != before
    assert access.person.check_password(access.password)


def test_an_officer_signs_nobody_else_out(administrator: User) -> None:
    officer = new(administrator, "sokha", Role.FINANCE_OFFICER).person
    with pytest.raises(NotYours):
        services.sign_out_everywhere(person_id=administrator.pk, reason="x", by=officer, at=AT)


@pytest.mark.parametrize("password", ["short", "password123", "1234567890123", "sokvanna99"])
def test_a_password_that_is_easy_to_guess_is_refused(administrator: User, password: str) -> None:
    person = new(administrator).person
    with pytest.raises(WeakPassword) as refusal:
        services.choose_password(person=person, password=password, at=AT)
    assert refusal.value.field == "new_password1"
    assert User.objects.get(id=person.pk).must_change_password


def test_the_one_time_password_cannot_be_chosen_again(administrator: User) -> None:
    access = new(administrator)
    with pytest.raises(WeakPassword):
        services.choose_password(person=access.person, password=access.password, at=AT)


def test_no_password_stands_in_the_audit_record(administrator: User) -> None:
    access = new(administrator)
    again = services.reset_access(person_id=access.person.pk, reason="Forgotten", by=administrator, at=AT)
    text = " ".join(AuditRecord.objects.values_list("content", flat=True))
    assert access.password not in text
    assert again.password not in text
    assert list(AuditRecord.objects.order_by("id").values_list("act", flat=True)) == ["person.create", "person.create", "person.reset_access"]
