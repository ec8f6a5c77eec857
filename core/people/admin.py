"""People, for administrators: let in, suspend, reset access, sign out. Roles are chosen once."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from core.acts import Act, Asked, Done, Fact
from core.admin import HouseAdmin, row_address
from core.people import services
from core.people.access import ADMINISTRATORS, READERS
from core.people.forms import DetailsForm, PersonForm, ReasonForm
from core.people.models import User


def _create(asked: Asked) -> Done:
    access = services.create_person(by=asked.by, at=asked.at, **asked.data)
    return _handed_over(access, gettext("%(person)s may sign in from now on.") % {"person": access.person})


def _reset(asked: Asked) -> Done:
    access = services.reset_access(person_id=asked.row.pk, reason=asked.data["reason"], by=asked.by, at=asked.at)
    return _handed_over(access, gettext("%(person)s is signed out everywhere and has a new password to begin with.") % {"person": access.person})


def _handed_over(access: services.NewAccess, sentence: str) -> Done:
    facts = (Fact(_("User name"), access.person.username), Fact(_("One-time password"), access.password))
    return Done(sentence, url=row_address(access.person), shown_once=facts)


def _suspend(asked: Asked) -> str:
    services.suspend_person(person_id=asked.row.pk, reason=asked.data["reason"], by=asked.by, at=asked.at)
    return gettext("%(person)s is suspended and signed out everywhere.") % {"person": asked.row}


def _reinstate(asked: Asked) -> str:
    services.reinstate_person(person_id=asked.row.pk, reason=asked.data["reason"], by=asked.by, at=asked.at)
    return gettext("%(person)s may sign in again.") % {"person": asked.row}


def _sign_out(asked: Asked) -> str:
    services.sign_out_everywhere(person_id=asked.row.pk, reason=asked.data["reason"], by=asked.by, at=asked.at)
    return gettext("%(person)s is signed out on every device.") % {"person": asked.row}


def _change_details(asked: Asked) -> str:
    services.change_details(person_id=asked.row.pk, by=asked.by, at=asked.at, **asked.data)
    return gettext("Corrected.")


def _own(person: User) -> int:
    return person.pk


@admin.register(User)
class UserAdmin(HouseAdmin):
    # Who people are is no secret from those who read the books; only administrators act.
    viewers = READERS | ADMINISTRATORS
    list_display = ("full_name", "username", "role", "language", "shown_state", "last_login")
    list_filter = ("role", "is_active", "must_change_password")
    search_fields = ("full_name", "username")
    ordering = ("full_name",)
    fields = ("full_name", "username", "role", "role_note", "language", "state_words", "last_login", "created_at")
    readonly_fields = ("role_note", "state_words")
    export_columns = (
        (_("full name"), lambda person: person.full_name),
        (_("user name"), lambda person: person.username),
        (_("role"), lambda person: person.get_role_display()),
        (_("may sign in"), lambda person: person.is_active),
        (_("last sign-in"), lambda person: person.last_login),
    )
    new_acts = (
        Act(
            name="create", title=_("Let a new person in"), roles=ADMINISTRATORS, run=_create, form=PersonForm,
            explanation=_("You are shown a one-time password to hand over. At the first sign-in the person chooses their own."),
        ),
    )  # fmt: skip
    acts = (
        Act(
            name="reset-access", title=_("Give a new password"), roles=ADMINISTRATORS, run=_reset, form=ReasonForm, maker=_own,
            possible=lambda person: person.is_active,
            explanation=_("For a forgotten password. The old one ends, every device is signed out, and you are shown a one-time password to hand over."),
        ),
        Act(
            name="sign-out", title=_("Sign out everywhere"), roles=ADMINISTRATORS, run=_sign_out, form=ReasonForm,
            explanation=_("For a lost phone. Every device is signed out at once; the password stays."),
        ),
        Act(name="details", title=_("Correct name or language"), roles=ADMINISTRATORS, run=_change_details, form=DetailsForm,
            initial=lambda person: {"full_name": person.full_name, "language": person.language}),
        Act(
            name="suspend", title=_("Suspend"), roles=ADMINISTRATORS, run=_suspend, form=ReasonForm, maker=_own, is_refusal=True,
            possible=lambda person: person.is_active,
            explanation=_("The person is signed out at once and cannot sign in. What they did stays under their name."),
        ),
        Act(
            name="reinstate", title=_("Let sign in again"), roles=ADMINISTRATORS, run=_reinstate, form=ReasonForm, maker=_own,
            possible=lambda person: not person.is_active,
        ),
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        return super().get_queryset(request).defer("password")  # type: ignore[no-any-return]

    @display(description=_("state"), label={"active": "success", "first": "warning", "suspended": "danger"})
    def shown_state(self, person: User) -> tuple[str, str]:
        if not person.is_active:
            return "suspended", gettext("suspended")
        if person.must_change_password:
            return "first", gettext("must choose a password")
        return "active", gettext("may sign in")

    @admin.display(description=_("state"))
    def state_words(self, person: User) -> str:
        words: str = self.shown_state(person)[1]
        return words

    @admin.display(description="")
    def role_note(self, person: User) -> str:
        return gettext("A role is never changed: who gets another task gets another account, and this one is suspended.")
