"""What the ledger refuses, and the one place where the database's refusals become sentences."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from django.db import IntegrityError, connection
from django.utils.translation import gettext as _

from core.refusal import Refused


class NotEnoughMoney(Refused):
    """The place holds less than was asked. ``available_minor`` is what it holds, where that was read."""

    code = "not_enough_money"

    def __init__(self, message: str = "", *, available_minor: int | None = None, next_step: str = "") -> None:
        super().__init__(
            message or _("There is not enough money in this place."),
            next_step=next_step or _("Ask for less, or wait until money is allocated there."),
        )
        self.available_minor = available_minor


class PairNotAllowed(Refused):
    """This event may not move money between these two places."""

    code = "pair_not_allowed"


class OneCurrency(Refused):
    """The two places, the tranche or the lot are in different currencies."""

    code = "one_currency"


class BooksClosed(Refused):
    """The day lies in a period whose books are closed."""

    code = "books_closed"


class AlreadyReversed(Refused):
    """The entry was reversed before, by another key."""

    code = "already_reversed"


class MoneyHasMoved(Refused):
    """The entry cannot be undone, because its money is no longer where it was put."""

    code = "money_has_moved"


class KeyUsedOtherwise(Refused):
    """The idempotency key, or the tranche's code, stands for something else already."""

    code = "key_used_otherwise"


class MoreThanTheShortfall(Refused):
    """A shortfall cannot be covered by more than it is."""

    code = "more_than_the_shortfall"


def books_closed() -> BooksClosed:
    """Say that the books are closed for this day."""
    return BooksClosed(
        _("The books are closed for this day."),
        next_step=_("Post it on the first open day; the day it happened stays on the record."),
    )


def already_reversed() -> AlreadyReversed:
    """Say that the entry was reversed before."""
    return AlreadyReversed(_("This entry has been reversed already."), next_step=_("Write a new entry if the facts are different."))


def key_used_otherwise(key: str) -> KeyUsedOtherwise:
    """Say that the key stands for something else."""
    return KeyUsedOtherwise(
        _("“%(key)s” was recorded before with other facts.") % {"key": key},
        next_step=_("Open the earlier record, and correct it if it is wrong."),
    )


def _pair_not_allowed(constraint: str) -> PairNotAllowed:
    sentences = {
        "ledger_posting_same_bank": _("The two places are in different bank accounts."),
        "ledger_posting_other_bank": _("A transfer needs two different bank accounts."),
        "ledger_posting_same_pot": _("The two places belong to different pots."),
        "ledger_posting_same_holder": _("The two places belong to different recipients."),
        "ledger_posting_lot_needed": _("This money belongs to a disbursement, and none was named."),
        "ledger_posting_mirrors_entry": _("A reversal must undo one whole earlier entry, which is no reversal itself."),
        "ledger_posting_refund_in_pairs": _("What one tranche pays for another must be the same amount in both."),
    }
    return PairNotAllowed(
        sentences.get(constraint, _("Money cannot move between these two places for this reason.")),
        next_step=_("Choose the event that describes what happened."),
    )


_BOOKS: Final = {"ledger_posting_books_open", "ledger_bookclosing_forward", "ledger_bookclosing_day"}
_CURRENCY: Final = {
    "ledger_posting_debit_currency",
    "ledger_posting_credit_currency",
    "ledger_posting_tranche_currency",
    "ledger_posting_lot_one_local_currency",
}
_MONEY: Final = {"ledger_balance_enough_money", "ledger_balance_no_cents_without_riel"}
_SHAPE: Final = {
    "ledger_posting_two_accounts",
    "ledger_posting_moves_something",
    "ledger_posting_lot_not_negative",
    "ledger_posting_local_has_currency",
    "ledger_posting_pair_allowed",
    "ledger_posting_same_bank",
    "ledger_posting_other_bank",
    "ledger_posting_same_pot",
    "ledger_posting_same_holder",
    "ledger_posting_lot_needed",
    "ledger_posting_mirrors_entry",
    "ledger_posting_refund_in_pairs",
    "ledger_entry_event_known",
    "ledger_entry_reversal_names_entry",
}


def constraint_of(error: BaseException) -> str:
    """Return the name of the constraint or rule a database error speaks of, or an empty text."""
    diag = getattr(error.__cause__ or error, "diag", None)
    return str(getattr(diag, "constraint_name", None) or "")


def refusal_for(constraint: str) -> Refused | None:
    """Return the refusal that a broken database rule stands for, or None where it is a fault of ours."""
    if constraint in _MONEY:
        return NotEnoughMoney()
    if constraint in _BOOKS:
        return books_closed()
    if constraint in _CURRENCY:
        return OneCurrency(
            _("The places, the money and its disbursement must be in one currency."),
            next_step=_("Use the places of that currency."),
        )
    if constraint == "ledger_balance_shortfall_below_zero":
        return MoreThanTheShortfall(_("This is more than the shortfall."), next_step=_("Cover no more than what the bank took too much."))
    return _pair_not_allowed(constraint) if constraint in _SHAPE else None


@contextmanager
def sentences() -> Iterator[None]:
    """
    Turn what the database refuses inside into a refusal with a sentence.

    :raises Refused: one of this module's, by the constraint that was broken
    """
    try:
        with connection.wrap_database_errors:
            yield
    except IntegrityError as error:
        refusal = refusal_for(constraint_of(error))
        if refusal is None:
            raise
        raise refusal from error
