"""What a bank's debit for a disbursement may be, and what is a slip of the pen."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from django.utils.translation import gettext as _

from core.money import EXPONENTS, Money, latin_digits
from revenue.disbursements.models import Disbursement
from revenue.disbursements.refusals import NotConfirmed, NotFilledIn, not_in_the_future

# A debit may lie a little above what was approved, since rates move. Beyond it the officer says in so many words that it is so.
MOST_ABOVE_PERCENT: Final = 5
# How far the paid amount may lie from amount × rate before the rate, or a zero, must be wrong.
MOST_APART: Final = Decimal("0.02")
# Minor units. A small payment may cost more than it is; a large one never.
_LARGE_FEE: Final = 10_000


@dataclass(frozen=True, slots=True)
class Debit:
    """What left our account and what reached the payee, as the bank's paper says."""

    bank_reference: str
    paid_on: date
    amount_minor: int
    fee_minor: int
    local_minor: int
    local_currency: str
    rate: str


def is_far_above(disbursement: Disbursement, amount_minor: int) -> bool:
    """Say whether a debit lies further above the approval than rates move."""
    return amount_minor * 100 > disbursement.amount_minor * (100 + MOST_ABOVE_PERCENT)


def check_debit(disbursement: Disbursement, paid: Debit, *, today: date, confirmed_minor: int | None) -> None:
    """
    Refuse what cannot be the debit of this disbursement.

    :raises NotFilledIn: at the field that cannot be right
    :raises NotConfirmed: if it lies far above the approval and ``confirmed_minor`` is another amount
    """
    if paid.amount_minor <= 0 or paid.local_minor <= 0:
        raise NotFilledIn(_("The amount must be above zero."), field="amount")
    if paid.fee_minor < 0:
        raise NotFilledIn(_("A fee cannot be below zero."), field="fee")
    not_in_the_future(paid.paid_on, today=today, field="paid_on")
    if disbursement.decided_on is not None and paid.paid_on < disbursement.decided_on:
        raise NotFilledIn(
            _("It was approved on %(day)s and cannot have been paid before.") % {"day": disbursement.decided_on.isoformat()},
            field="paid_on",
            next_step=_("Check the day on the bank's paper."),
        )
    _check_amounts(disbursement, paid, confirmed_minor)
    if paid.local_currency not in EXPONENTS:
        raise NotFilledIn(_("This currency is not used here."), field="local_currency")
    if paid.local_currency == disbursement.currency:
        if paid.local_minor != paid.amount_minor:
            raise NotFilledIn(
                _("Nothing was exchanged, so what was paid out is what was debited."),
                field="local_amount",
                next_step=_("Write the bank's fee into its own field."),
            )
        return
    _check_rate(disbursement, paid)


def _check_amounts(disbursement: Disbursement, paid: Debit, confirmed_minor: int | None) -> None:
    """Ask again about a debit far above the approval, which is posted if it is so, and refuse a fee that cannot be."""
    if is_far_above(disbursement, paid.amount_minor) and confirmed_minor != paid.amount_minor:
        approved, debited = (Money(minor, disbursement.currency) for minor in (disbursement.amount_minor, paid.amount_minor))
        raise NotConfirmed(
            _("%(approved)s was approved, and %(debited)s is far more.") % {"approved": approved, "debited": debited},
            field="confirmed",
            next_step=_("Check the zeros. If the bank's paper says so, confirm the amount here: it is recorded, and listed for everybody to see."),
        )
    if paid.fee_minor > max(paid.amount_minor, _LARGE_FEE):
        raise NotFilledIn(_("This fee is higher than the payment."), field="fee", next_step=_("Check the zeros on the bank's paper."))


def _check_rate(disbursement: Disbursement, paid: Debit) -> None:
    """Refuse a rate that cannot be this payment's. It is printed, and never used to reckon money."""
    found = re.search(r"\d[\d,]*(?:\.\d+)?", latin_digits(paid.rate))
    rate = Decimal(found[0].replace(",", "")) if found else Decimal(0)
    if rate <= 0:
        raise NotFilledIn(_("The exchange rate is missing."), field="rate", next_step=_("Copy it from the bank's paper, for example 4,087."))
    debited, local = Money(paid.amount_minor, disbursement.currency), Money(paid.local_minor, paid.local_currency)
    expected = debited.major() * rate
    if abs(local.major() - expected) > expected * MOST_APART:
        raise NotFilledIn(
            _("%(debited)s at %(rate)s is far from %(local)s.") % {"debited": debited, "rate": paid.rate, "local": local},
            field="rate",
            next_step=_("Check the rate and the zeros of the amounts."),
        )
