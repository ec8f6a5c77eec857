"""What is refused about paying, and the database's refusals about it as sentences."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Final

from django.db import IntegrityError, transaction
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.refusal import Refused
from revenue.ledger.refusals import NotEnoughMoney, constraint_of


class NotFilledIn(Refused):
    """A value is missing or cannot be right; ``field`` names it."""

    code = "not_filled_in"


class NotConfirmed(NotFilledIn):
    """What is unusual and may yet be true was not confirmed in so many words."""

    code = "not_confirmed"


class NotAtThisStep(Refused):
    """The disbursement does not stand where this can be done: somebody may have acted first."""

    code = "not_at_this_step"


class NotEnoughInPot(NotEnoughMoney):
    """The pot has less for this recipient than was asked; ``available_minor`` is what it has."""

    code = "not_enough_in_pot"


class NoPayeeAccount(Refused):
    """The recipient has no approved account to be paid on."""

    code = "no_payee_account"


class ReferenceUsed(Refused):
    """The bank reference, or the form's key, stands for something else already."""

    code = "reference_used"


class MoreThanTheyHold(Refused):
    """More comes back than the recipient still has to account for."""

    code = "more_than_they_hold"


class NothingMissing(Refused):
    """There is less of a shortfall or an exchange loss than was to be covered; ``missing_minor`` is what there is."""

    code = "nothing_missing"

    def __init__(self, message: str, *, missing_minor: int, next_step: str = "") -> None:
        super().__init__(message, field="amount", next_step=next_step)
        self.missing_minor = missing_minor


class CannotCover(NotEnoughMoney):
    """The place that was to bear it has less."""

    code = "cannot_cover"


class TooMuchLeft(Refused):
    """What is left of an advance is more than an officer may close alone."""

    code = "too_much_left"


class NotMatching(Refused):
    """The lines and the entries do not stand for the same money."""

    code = "not_matching"


class StatementRefused(Refused):
    """The statement cannot be taken in as it is."""

    code = "statement_refused"


_SENTENCES: Final[dict[str, tuple[str, str | Promise, str | Promise]]] = {
    "payment_bank_reference_once": (
        "bank_reference",
        gettext_lazy("A payment with this bank reference has been recorded already."),
        gettext_lazy("Check the reference on the bank's paper."),
    ),
    "return_bank_reference_once": (
        "bank_reference",
        gettext_lazy("A return with this bank reference has been recorded already."),
        gettext_lazy("Check the reference on the bank's paper."),
    ),
    "disbursement_paid_once": (
        "bank_reference",
        gettext_lazy("This disbursement has been paid already."),
        gettext_lazy("Look at its page for the payment."),
    ),
    "covering_one_at_a_time": (
        "gap",
        gettext_lazy("A covering of this waits for its decision already."),
        gettext_lazy("Wait for the decision, or have it refused first."),
    ),
    "disbursements_covering_client_key_key": (
        "gap",
        gettext_lazy("A covering of this waits for its decision already."),
        gettext_lazy("Wait for the decision, or have it refused first."),
    ),
    "line_match_once": (
        "entries",
        gettext_lazy("This line stands for this entry already."),
        gettext_lazy("Choose another entry."),
    ),
    "line_match_within_the_entry": (
        "entries",
        gettext_lazy("Another line stands for this entry already."),
        gettext_lazy("Look at the entry's page to see which."),
    ),
    "line_match_kept_in_closed_books": (
        "reason",
        gettext_lazy("The books are closed for the day of this line."),
        gettext_lazy("What a closed quarter's statement stood for stays as it is."),
    ),
    "statement_line_once": (
        "file",
        gettext_lazy("A line of this statement is in the books already."),
        gettext_lazy("Ask the bank for a statement that begins after the last one."),
    ),
    "import_file_accepted_once": (
        "file",
        gettext_lazy("This file has been accepted already."),
        gettext_lazy("Choose another file."),
    ),
}


@contextmanager
def sentences() -> Iterator[None]:
    """
    Turn what the database refuses inside into a refusal with a sentence.

    :raises ReferenceUsed: by the constraint that was broken
    """
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        found = _SENTENCES.get(constraint_of(error))
        if found is None:
            raise
        field, message, next_step = found
        raise ReferenceUsed(str(message), field=field, next_step=str(next_step)) from error


def needed(*, text: str, field: str) -> str:
    """
    Return a text without the spaces around it.

    :raises NotFilledIn: if nothing is left
    """
    stripped = text.strip()
    if not stripped:
        raise NotFilledIn(_("This is empty."), field=field, next_step=_("Fill it in: it stays on the record."))
    return stripped


def key_used_otherwise() -> ReferenceUsed:
    """Say that the same form was sent before with other values."""
    return ReferenceUsed(_("This form was sent before with other values."), next_step=_("Open a new form and fill it in again."))


def not_in_the_future(day: date, *, today: date, field: str) -> None:
    """
    Refuse a day that has not come: nobody has paid or received anything on it.

    :raises NotFilledIn: at the field
    """
    if day > today:
        raise NotFilledIn(_("%(day)s has not come yet.") % {"day": day.isoformat()}, field=field, next_step=_("Record it when the bank has done it."))
