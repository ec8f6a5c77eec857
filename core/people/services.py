"""What administrators do with people: let in, suspend, reset access, sign out. Nobody's role is ever changed."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from core.audit.services import record
from core.people.access import ADMINISTRATORS, require_role
from core.people.models import Role, User
from core.refusal import Refused

# Nothing that is mistaken for something else when it is read aloud or copied from paper.
_LETTERS: Final = "abcdefghjkmnpqrstuvwxyz23456789"


class NameTaken(Refused):
    """Somebody has this user name."""

    code = "name_taken"


class OwnAccess(Refused):
    """Nobody changes their own access."""

    code = "own_access"


class LastAdministrator(Refused):
    """Without an administrator nobody could be let in again."""

    code = "last_administrator"


class NothingToDo(Refused):
    """The person is in this state already."""

    code = "nothing_to_do"


class WeakPassword(Refused):
    """The password is too easy to guess, or not new."""

    code = "weak_password"


@dataclass(frozen=True, slots=True)
class NewAccess:
    """A person and the one-time password to hand over; it is kept nowhere and shown once."""

    person: User
    password: str


def create_person(
    *,
    username: str,
    full_name: str,
    role: str,
    by: User | None,
    at: datetime,
    language: str = "en",
    password: str | None = None,
    must_change_password: bool = True,
) -> NewAccess:
    """
    Let a new person in, with a one-time password to be changed at the first sign-in.

    ``by`` is None only for the very first person, who must be an administrator. ``password`` is for programs that set one.

    :raises NameTaken: if the user name is in use
    :raises NotYours: if ``by`` is not an administrator
    """
    given = password or one_time_password()
    fields = {"full_name": full_name, "role": Role(role), "language": language, "must_change_password": must_change_password}
    try:
        with transaction.atomic():
            _require_administrator_or_first(by=by, role=role)
            person = User.objects.create_user(username, given, **fields)
            after = {"username": username, "role": role, "language": language}
            record(act="person.create", subject=f"person:{person.username}", by=by, at=at, after=after)
    except IntegrityError as error:
        raise NameTaken(
            _("Somebody has the user name “%(name)s”.") % {"name": username}, field="username", next_step=_("Choose another one.")
        ) from error
    return NewAccess(person, given)


@transaction.atomic
def suspend_person(*, person_id: int, reason: str, by: User, at: datetime) -> None:
    """
    Take a person's access away and sign every device out at once.

    :raises OwnAccess: for oneself
    :raises LastAdministrator: if nobody could let people in afterwards
    """
    require_role(person=by, roles=ADMINISTRATORS)
    _refuse_own(person_id=person_id, by=by)
    # All administrators are locked in one order: two who suspend each other at the same moment wait.
    administrators = list(
        User.objects.select_for_update().filter(role=Role.ADMINISTRATOR, is_active=True).order_by("id").values_list("id", flat=True)
    )
    if by.pk not in administrators:
        raise OwnAccess(_("Your own access has been suspended."))
    if administrators == [person_id]:
        raise LastAdministrator(_("This is the last administrator."), next_step=_("Let another administrator in first."))
    if User.objects.filter(id=person_id, is_active=True).update(is_active=False, access_epoch=F("access_epoch") + 1) != 1:
        raise NothingToDo(_("This person is suspended already."))
    record(act="person.suspend", subject=_subject(person_id), by=by, at=at, reason=reason)


@transaction.atomic
def reinstate_person(*, person_id: int, reason: str, by: User, at: datetime) -> None:
    """Give a suspended person access again, with the password they had. Old sessions stay ended."""
    require_role(person=by, roles=ADMINISTRATORS)
    _refuse_own(person_id=person_id, by=by)
    if User.objects.filter(id=person_id, is_active=False).update(is_active=True) != 1:
        raise NothingToDo(_("This person may sign in already."))
    record(act="person.reinstate", subject=_subject(person_id), by=by, at=at, reason=reason)


@transaction.atomic
def reset_access(*, person_id: int, reason: str, by: User, at: datetime) -> NewAccess:
    """
    Replace a forgotten or lost password by a one-time one, and sign every device out.

    :raises OwnAccess: for oneself: one's own password is changed on the password page
    """
    require_role(person=by, roles=ADMINISTRATORS)
    _refuse_own(person_id=person_id, by=by)
    person = User.objects.select_for_update().get(id=person_id)
    password = one_time_password()
    person.set_password(password)
    person.must_change_password = True
    person.access_epoch += 1
    person.save(update_fields=["password", "must_change_password", "access_epoch"])
    record(act="person.reset_access", subject=f"person:{person.username}", by=by, at=at, reason=reason)
    return NewAccess(person, password)


@transaction.atomic
def sign_out_everywhere(*, person_id: int, reason: str, by: User, at: datetime) -> None:
    """End every session of a person, for a lost phone. An administrator, or the person themselves."""
    if by.pk != person_id:
        require_role(person=by, roles=ADMINISTRATORS)
    User.objects.filter(id=person_id).update(access_epoch=F("access_epoch") + 1)
    record(act="person.sign_out", subject=_subject(person_id), by=by, at=at, reason=reason)


@transaction.atomic
def change_details(*, person_id: int, full_name: str, language: str, by: User, at: datetime) -> None:
    """Correct how a person is called and which language they are shown first."""
    require_role(person=by, roles=ADMINISTRATORS)
    person = User.objects.select_for_update().get(id=person_id)
    before = {"full_name": person.full_name, "language": person.language}
    after = {"full_name": full_name, "language": language}
    User.objects.filter(id=person_id).update(**after)
    record(act="person.details", subject=f"person:{person.username}", by=by, at=at, before=before, after=after)


@transaction.atomic
def choose_password(*, person: User, password: str, at: datetime) -> None:
    """
    Let a person set their own password; every other device is signed out by it.

    :raises WeakPassword: if it is too easy, or the one they have
    """
    if person.check_password(password):
        raise WeakPassword(_("This is the password you have now."), field="new_password1", next_step=_("Choose a new one."))
    try:
        validate_password(password, user=person)
    except ValidationError as error:
        raise WeakPassword(" ".join(error.messages), field="new_password1") from error
    person.set_password(password)
    person.must_change_password = False
    person.save(update_fields=["password", "must_change_password"])
    record(act="person.choose_password", subject=f"person:{person.username}", by=person, at=at)


def one_time_password() -> str:
    """Return a password that can be read aloud and typed: three groups of four signs, 59 bits."""
    return "-".join("".join(secrets.choice(_LETTERS) for _sign in range(4)) for _group in range(3))


def _require_administrator_or_first(*, by: User | None, role: str) -> None:
    if by is not None:
        require_role(person=by, roles=ADMINISTRATORS)
    elif role != Role.ADMINISTRATOR or User.objects.exists():
        raise OwnAccess(_("Only the first administrator is let in by nobody."), next_step=_("Name the administrator who lets this person in."))


def _refuse_own(*, person_id: int, by: User) -> None:
    if person_id == by.pk:
        raise OwnAccess(_("You cannot change your own access."), next_step=_("Ask another administrator."))


def _subject(person_id: int) -> str:
    return f"person:{User.objects.values_list('username', flat=True).get(id=person_id)}"
