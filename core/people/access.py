"""Which role may do what: asked before every act, answered with a reason."""

from __future__ import annotations

from collections.abc import Collection

from django.http import HttpRequest
from django.utils.translation import gettext as _

from core.people.models import Role, User
from core.refusal import Refused

MAKERS = frozenset({Role.FINANCE_OFFICER})
CHECKERS = frozenset({Role.FINANCE_APPROVER})
OFFICERS = MAKERS | CHECKERS
READERS = OFFICERS | {Role.AUDITOR}
ADMINISTRATORS = frozenset({Role.ADMINISTRATOR})
LIAISONS = frozenset({Role.LIAISON})


class NotYours(Refused):
    """The person's role does not do this."""

    code = "not_yours"


class OwnRequest(Refused):
    """The person who asked may not decide."""

    code = "own_request"


def may(person: object, roles: Collection[Role]) -> bool:
    """Whether this is a signed-in, active person in one of these roles."""
    return isinstance(person, User) and person.is_active and person.role in roles


def require_role(*, person: User, roles: Collection[Role]) -> None:
    """
    Let the person through, or say whose act this is.

    :raises NotYours: if the person's role is none of these
    """
    if not may(person, roles):
        names = _(" or ").join(str(Role(role).label) for role in sorted(roles))
        raise NotYours(_("This is for the %(roles)s.") % {"roles": names}, next_step=_("Ask a colleague in that role."))


def require_other_person(*, person: User, maker_id: int | None) -> None:
    """
    Refuse the maker as the checker.

    :raises OwnRequest: if the person is the one who asked
    """
    if maker_id is not None and person.pk == maker_id:
        raise OwnRequest(_("You asked for this yourself, so you cannot decide it."), next_step=_("Another approver must decide."))


def reads_books(request: HttpRequest) -> bool:
    """Whether the office's sidebar shows the books to this person."""
    return may(request.user, READERS)


def manages_people(request: HttpRequest) -> bool:
    """Whether the office's sidebar shows the people to this person."""
    return may(request.user, ADMINISTRATORS)
