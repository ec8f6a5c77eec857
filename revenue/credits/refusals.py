"""What credits refuse, and the one place where the database's refusals become sentences."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Final

from django.db import IntegrityError
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.refusal import Refused
from revenue.ledger.refusals import constraint_of, refusal_for


class NotPossible(Refused):
    """The row is not in a state that allows this."""

    code = "not_possible"


class WrongValue(Refused):
    """A value cannot be right; ``field`` names it."""

    code = "wrong_value"


class AlreadyThere(Refused):
    """Something with this name, number or reference is in the books."""

    code = "already_there"


class SerialsTaken(Refused):
    """Some of the serials are in another block or sale."""

    code = "serials_taken"


class NotIssued(Refused):
    """The serials were not issued, or not to this project."""

    code = "not_issued"


class CannotSell(Refused):
    """The project may not sell now."""

    code = "cannot_sell"


Said = tuple[type[Refused], str | Promise, str | None, str | Promise]
_NONE: Final = ""
_SAID: Final[dict[str, Said]] = {
    "project_once_in_a_registry": (
        AlreadyThere, gettext_lazy("A project with this number is in this registry already."), "programme_id", _NONE,
    ),
    "credits_project_code_key": (AlreadyThere, gettext_lazy("A project has this code."), "code", gettext_lazy("Choose another one.")),
    "credits_buyer_name_key": (AlreadyThere, gettext_lazy("A buyer has this name."), "name", gettext_lazy("Choose that buyer.")),
    "credits_bankaccount_code_key": (AlreadyThere, gettext_lazy("A bank account has this code."), "code", gettext_lazy("Choose another one.")),
    "bank_account_once": (AlreadyThere, gettext_lazy("This account of this bank is here already."), "account_number", _NONE),
    "issuance_last_not_before_first": (WrongValue, gettext_lazy("The last serial number comes before the first."), "last", _NONE),
    "issuance_quantity_is_its_serials": (WrongValue, gettext_lazy("The quantity is not last − first + 1."), "last", _NONE),
    "issuance_vintage_in_order": (WrongValue, gettext_lazy("The vintage ends before it starts."), "vintage_end", _NONE),
    "issuance_serials_once": (
        SerialsTaken,
        gettext_lazy("Some of these serial numbers were issued in another block of the same series."),
        "first",
        gettext_lazy("Compare them with the issuances of this project."),
    ),
    "sale_is_positive": (WrongValue, gettext_lazy("A sale has a quantity, a price and an amount above zero."), "unit_price", _NONE),
    "sale_fees_within_amount": (WrongValue, gettext_lazy("The fees are more than the amount of the sale."), "fees_minor", _NONE),
    "sale_authorisation_names_its_letter": (
        WrongValue, gettext_lazy("An authorised sale names its letter of authorisation."), "authorisation_reference", _NONE,
    ),
    "credits_sale_reference_key": (AlreadyThere, gettext_lazy("A sale has this reference."), "reference", _NONE),
    "sale_lot_last_not_before_first": (WrongValue, gettext_lazy("The last serial number comes before the first."), "lots", _NONE),
    "sale_lot_was_issued": (NotIssued, gettext_lazy("Some of these serial numbers are not in the issuance."), "lots", _NONE),
    "sale_lot_of_issuance": (NotIssued, gettext_lazy("These serial numbers are not of the issuance."), "lots", _NONE),
    "sale_lots_of_its_project": (NotIssued, gettext_lazy("Some of these serial numbers were issued to another project."), "lots", _NONE),
    "sale_lots_are_its_quantity": (WrongValue, gettext_lazy("The serial numbers do not add up to the quantity sold."), "lots", _NONE),
    "sale_lot_serials_once": (
        SerialsTaken,
        gettext_lazy("Some of these serial numbers were sold a moment ago in another sale."),
        "lots",
        gettext_lazy("Look at what is left of the issuance."),
    ),
    "sale_of_active_project": (
        CannotSell, gettext_lazy("This project is not active, so it cannot sell."), "project", gettext_lazy("An approver can reinstate it."),
    ),
    "receipt_bank_reference_once": (
        AlreadyThere,
        gettext_lazy("This bank reference was recorded for this bank account already."),
        "bank_reference",
        gettext_lazy("Open the receipt that has it."),
    ),
    "receipt_refund_reference_once": (
        AlreadyThere, gettext_lazy("This bank reference stands on another refund."), "bank_reference", _NONE,
    ),
    "credits_receipt_reference_key": (AlreadyThere, gettext_lazy("A receipt has this reference."), "reference", _NONE),
    "receipt_is_positive": (
        WrongValue, gettext_lazy("The amount is above zero, and the sender's bank keeps less than all of it."), "gross_minor", _NONE,
    ),
    "recall_bank_reference_once": (
        AlreadyThere, gettext_lazy("This bank reference stands on another recall."), "bank_reference", gettext_lazy("Open that recall."),
    ),
    "bank_credit_counts_once": (
        AlreadyThere,
        gettext_lazy("This bank reference was recorded for this bank account already, as other money."),
        "bank_reference",
        gettext_lazy("Look for it among the receipts and the other income."),
    ),
    "income_bank_reference_once": (
        AlreadyThere, gettext_lazy("This bank reference was recorded for this bank account already."), "bank_reference", _NONE,
    ),
    "transfer_debit_once": (AlreadyThere, gettext_lazy("This bank reference stands on another transfer."), "sent_reference", _NONE),
    "transfer_credit_once": (AlreadyThere, gettext_lazy("This bank reference stands on another transfer."), "credited_reference", _NONE),
    "correction_one_at_a_time": (
        NotPossible, gettext_lazy("Another correction of this receipt waits to be decided."), None, gettext_lazy("Have it decided first."),
    ),
    "opening_is_positive": (WrongValue, gettext_lazy("The amount is above zero."), "amount_minor", _NONE),
    "article6_quantity_positive": (WrongValue, gettext_lazy("The quantity is above zero, or left empty."), "quantity", _NONE),
    "identification_in_order": (NotPossible, gettext_lazy("Somebody identified this receipt a moment ago."), None, _NONE),
}  # fmt: skip


def refusal_of(constraint: str) -> Refused | None:
    """Return the refusal that a broken database rule stands for, or None where it is a fault of ours."""
    if constraint in _SAID:
        kind, sentence, field, next_step = _SAID[constraint]
        return kind(str(sentence), field=field, next_step=str(next_step))
    return refusal_for(constraint)


@contextmanager
def sentences() -> Iterator[None]:
    """
    Turn what the database refuses inside into a refusal with a sentence; stands around ``transaction.atomic``.

    :raises Refused: one of this module's or the ledger's, by the constraint that was broken
    """
    try:
        yield
    except IntegrityError as error:
        refusal = refusal_of(constraint_of(error))
        if refusal is None:
            raise
        raise refusal from error


def check_day(*, day: date, today: date, field: str) -> None:
    """
    Refuse a day that cannot be right: before 1990, or not yet come.

    :raises WrongValue: at the field
    """
    if day.year < 1990:
        raise WrongValue(_("%(day)s is too long ago to be right.") % {"day": day.isoformat()}, field=field, next_step=_("Check the year."))
    if day > today:
        raise WrongValue(_("%(day)s has not come yet.") % {"day": day.isoformat()}, field=field, next_step=_("Check the date."))
