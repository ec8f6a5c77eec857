"""The office of the demonstration: its people let in, and the rows that every act names, read once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from functools import cached_property
from typing import Final

from django.contrib.auth.hashers import PBKDF2PasswordHasher

from communities.registry.models import Assignment, Recipient
from communities.registry.services import assign
from communities.spending.models import Category
from config.demonstration.acts import moment
from config.demonstration.logins import ADMINISTRATOR, APPROVER, FIELD, OFFICE, OFFICER, PASSWORD, SECOND_OFFICER, Login, who_logs_for
from core.people.models import User
from core.people.services import create_person
from revenue.credits.models import BankAccount, Project, Sale
from revenue.sharing.models import Pot

BEGAN: Final = date(2023, 9, 1)


class Office:
    """Who acts and what they name, by the codes of the files. Read when first asked for, then kept."""

    @cached_property
    def people(self) -> dict[str, User]:
        return {person.username: person for person in User.objects.all()}

    @property
    def officer(self) -> User:
        return self.people[OFFICER.username]

    @property
    def second_officer(self) -> User:
        return self.people[SECOND_OFFICER.username]

    @property
    def approver(self) -> User:
        return self.people[APPROVER.username]

    @cached_property
    def recipients(self) -> dict[str, Recipient]:
        return {recipient.code: recipient for recipient in Recipient.objects.all()}

    @cached_property
    def projects(self) -> dict[str, Project]:
        return {project.code: project for project in Project.objects.all()}

    @cached_property
    def banks(self) -> dict[str, BankAccount]:
        return {bank.code: bank for bank in BankAccount.objects.all()}

    @cached_property
    def pots(self) -> dict[tuple[str, str], int]:
        return {(project, code): number for project, code, number in Pot.objects.values_list("project__code", "code", "id")}

    @cached_property
    def categories(self) -> dict[str, int]:
        return dict(Category.objects.values_list("code", "id"))

    @cached_property
    def sales(self) -> dict[str, int]:
        return dict(Sale.objects.values_list("reference", "id"))

    def logger(self, recipient_code: str) -> User:
        """Return the person who logs for a recipient."""
        return self.people[who_logs_for(recipient_code=recipient_code).username]


def let_everybody_in() -> None:
    """Make the first administrator, and through them everybody else who is not there yet."""
    known = set(User.objects.values_list("username", flat=True))
    with _printed_password():
        for login in (*OFFICE, *FIELD):
            if login.username not in known:
                _let_in(login)


@contextmanager
def _printed_password() -> Iterator[None]:
    """
    Hash quickly for a moment: the demonstration's password is printed for everybody, so nothing protects it.

    Django hashes it again in full when somebody signs in with it.
    """
    full = PBKDF2PasswordHasher.iterations
    PBKDF2PasswordHasher.iterations = 1000
    try:
        yield
    finally:
        PBKDF2PasswordHasher.iterations = full


def assign_everybody() -> None:
    """Let each person of the field log for their recipients from the first day on."""
    office = Office()
    at = moment(day=BEGAN, minutes=60, key="assignments")
    assigned = set(Assignment.objects.values_list("recipient__code", flat=True))
    for code, recipient in sorted(office.recipients.items()):
        if code not in assigned:
            assign(person_id=office.logger(code).pk, recipient_id=recipient.pk, from_date=BEGAN, by=office.people[ADMINISTRATOR.username], at=at)


def _let_in(login: Login) -> None:
    administrator = User.objects.filter(username=ADMINISTRATOR.username).first()
    create_person(
        username=login.username,
        full_name=login.full_name,
        role=login.role,
        language=login.language,
        password=PASSWORD,
        must_change_password=False,
        by=administrator,
        at=moment(day=BEGAN, minutes=0, key=login.username),
    )
