"""What the register refuses, and the one place where the database's refusals become sentences."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from django.db import IntegrityError
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from core.refusal import Refused
from revenue.ledger.refusals import constraint_of


class NotPossible(Refused):
    """The row is not in a state that allows this."""

    code = "not_possible"


class WrongValue(Refused):
    """A value cannot be right; ``field`` names it."""

    code = "wrong_value"


class AlreadyThere(Refused):
    """Something like this is in the register."""

    code = "already_there"


class NotFoundHere(Refused):
    """There is nothing with this id among what the person may see. Answered as 404, whether it exists or not."""

    code = "not_found"


Said = tuple[type[Refused], str | Promise, str | None, str | Promise]
_SAID: Final[dict[str, Said]] = {
    "registry_recipient_code_key": (AlreadyThere, gettext_lazy("A recipient has this code."), "code", gettext_lazy("Choose another one.")),
    "recipient_has_code": (WrongValue, gettext_lazy("A recipient needs a code."), "code", ""),
    "registry_village_code_key": (AlreadyThere, gettext_lazy("A village has this code."), "code", ""),
    "cover_ends_after_it_begins": (WrongValue, gettext_lazy("The last day is not after the first."), "to_date", ""),
    "cover_once_at_a_time": (AlreadyThere, gettext_lazy("The recipient covers this village at that time already."), "village", ""),
    "payee_one_approved_account": (NotPossible, gettext_lazy("Somebody approved another account a moment ago."), None, ""),
    "payee_one_proposed_account": (
        NotPossible,
        gettext_lazy("Another account of this recipient waits for a decision."),
        None,
        gettext_lazy("Decide that one first."),
    ),
    "payee_maker_is_not_checker": (NotPossible, gettext_lazy("Who proposed an account cannot decide it."), None, ""),
    "assignment_ends_after_it_begins": (WrongValue, gettext_lazy("The last day is not after the first."), "to_date", ""),
    "assignment_once_at_a_time": (AlreadyThere, gettext_lazy("This person is assigned to this recipient at that time already."), "from_date", ""),
    "registry_indicatorsnapshot_code_key": (AlreadyThere, gettext_lazy("A snapshot has this code."), "code", gettext_lazy("Choose another one.")),
    "indicator_once_a_village": (AlreadyThere, gettext_lazy("An indicator stands twice for the same village."), "file", ""),
    "indicator_not_negative": (WrongValue, gettext_lazy("A count is not below zero."), "file", ""),
}


@contextmanager
def sentences() -> Iterator[None]:
    """
    Turn what the database refuses inside into a refusal with a sentence; stands around ``transaction.atomic``.

    :raises Refused: one of this module's, by the constraint that was broken
    """
    try:
        yield
    except IntegrityError as error:
        said = _SAID.get(constraint_of(error))
        if said is None:
            raise
        kind, sentence, field, next_step = said
        raise kind(str(sentence), field=field, next_step=str(next_step)) from error
