"""How an amount that arrived divides between a sale and what is held, and the rows of it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from django.db.models import Max, Sum
from django.utils.translation import gettext as _

from core.audit.services import record
from core.money import LARGEST_MINOR, Money, latin_digits
from core.people.models import User
from revenue.credits.models import BankAccount, Identification, Receipt, Sale
from revenue.credits.refusals import NotPossible, WrongValue
from revenue.ledger import chart
from revenue.ledger.models import Tranche
from revenue.ledger.services import Place, Row

SENDER_FEES: Final = "sender-fees"
# How far a rate may lie from the two amounts before it, or a zero, must be wrong.
MOST_APART: Final = Decimal("0.02")


@dataclass(frozen=True, slots=True)
class Share:
    """How a gross amount divides: what is ours, what of it the sender's bank kept, what is held for others, what of the sale is settled."""

    ours_minor: int
    fee_minor: int
    held_minor: int
    settled_minor: int


def settled_minor(sale: Sale) -> int:
    """Return how much of a sale its receipts have settled, in minor units of the sale's currency."""
    return Receipt.objects.filter(sale=sale).aggregate(total=Sum("settled_minor"))["total"] or 0


def owing_sale(sale_id: int) -> Sale:
    """
    Hold the sale, so that two receipts of it count after each other.

    :raises WrongValue: if there is none
    :raises NotPossible: if it is cancelled
    """
    sale = Sale.objects.select_for_update(of=("self",)).select_related("project").filter(id=sale_id).first()
    if sale is None:
        raise WrongValue(_("Choose a sale."), field="sale")
    if sale.status == Sale.Status.CANCELLED:
        raise NotPossible(
            _("Sale %(sale)s is cancelled.") % {"sale": sale.reference},
            field="sale",
            next_step=_("Record the money without a sale; it is held apart."),
        )
    return sale


def share_of(*, bank: BankAccount, sale: Sale | None, gross_minor: int, sender_fee_minor: int, invoice_minor: int | None) -> Share:
    """
    Divide a gross amount. The fee falls on what is ours first; what the bank credited beyond is held.

    :raises WrongValue: if the sale is in another currency and what it pays of the invoice cannot be right
    """
    credited = gross_minor - sender_fee_minor
    if sale is None:
        return Share(0, 0, credited, 0)
    outstanding = sale.amount_minor - settled_minor(sale)
    if bank.currency == sale.currency:
        ours = settled = min(gross_minor, outstanding)
    elif invoice_minor is None or not 0 < invoice_minor <= LARGEST_MINOR:
        raise WrongValue(
            _("The sale is in %(sale)s and the bank account in %(bank)s.") % {"sale": sale.currency, "bank": bank.currency},
            field="invoice_minor",
            next_step=_("Say how much of the invoice this pays, in %(sale)s.") % {"sale": sale.currency},
        )
    else:
        settled = min(invoice_minor, outstanding)
        ours = gross_minor if settled == invoice_minor else gross_minor * settled // invoice_minor
    fee = min(sender_fee_minor, ours)
    return Share(ours, fee, credited - (ours - fee), settled)


def check_rate(*, rate: str, paid: Money, invoiced: Money | None) -> str:
    """
    Return the rate of the bank's advice as it is to be kept, "" where there is none. It is printed, never multiplied.

    ``invoiced`` is what of the invoice ``paid`` pays, None where nothing was exchanged.

    :raises WrongValue: if it cannot be the rate of these two amounts, either way round
    """
    rate = rate.strip()[:40]
    if not rate:
        return ""
    if invoiced is None or invoiced.currency == paid.currency:
        raise WrongValue(_("Nothing was exchanged, so there is no rate."), field="rate", next_step=_("Leave it empty."))
    found = re.search(r"\d[\d,]*(?:\.\d+)?", latin_digits(rate))
    number = Decimal(found[0].replace(",", "")) if found else Decimal(0)
    either = (invoiced.major() * number, paid.major()), (paid.major() * number, invoiced.major())
    if number <= 0 or all(abs(reckoned - said) > said * MOST_APART for reckoned, said in either):
        raise WrongValue(
            _("%(invoiced)s at %(rate)s is far from %(paid)s.") % {"invoiced": invoiced, "rate": rate, "paid": paid},
            field="rate",
            next_step=_("Check the rate and the zeros of the amounts."),
        )
    return rate


def rows_of(*, bank: BankAccount, project_code: str, tranche: Tranche, share: Share) -> list[Row]:
    """Return the rows that receive a share, and hold what is not ours."""
    unallocated = Place(chart.UNALLOCATED, bank.currency, bank=bank.code)
    charge = Place(chart.CHARGE, bank.currency, pot=f"{project_code}/{SENDER_FEES}")
    rows = [
        (unallocated, Place(chart.RECEIVED, bank.currency), share.ours_minor),
        (charge, unallocated, share.fee_minor),
        (not_ours(bank), others(bank.currency), share.held_minor),
    ]
    return [Row(debit, credit, amount, tranche.pk) for debit, credit, amount in rows if amount]


def others(currency: str) -> Place:
    """Return the place of what we owe to others."""
    return Place(chart.OTHERS, currency)


def not_ours(bank: BankAccount) -> Place:
    """Return the place at a bank of what is not ours."""
    return Place(chart.NOT_OURS, bank.currency, bank=bank.code)


def locked(receipt_id: int) -> Receipt:
    """Hold a receipt until the transaction ends: whoever acts second sees what the first did."""
    return Receipt.objects.select_for_update(of=("self",)).select_related("bank_account", "tranche", "sale").get(id=receipt_id)


def identify(*, tranche: Tranche, sale: Sale, reason: str, by: User, at: datetime, approved_by: User | None = None) -> None:
    """Write whose money a tranche is. What was written before stays, and holds no more."""
    last = Identification.objects.filter(tranche=tranche).aggregate(last=Max("number"))["last"] or 0
    Identification.objects.create(
        tranche=tranche, project_id=sale.project_id, sale=sale, number=last + 1, reason=reason, identified_by=by, identified_at=at,
        approved_by=approved_by,
    )  # fmt: skip


def audit(receipt: Receipt, act: str, by: User, at: datetime, reason: str = "") -> None:
    """Write what was done to a receipt into the audit."""
    after = {
        "bank": receipt.bank_account.code,
        "bank_reference": receipt.bank_reference,
        "value_date": receipt.value_date.isoformat(),
        "gross_minor": receipt.gross_minor,
        "not_ours_minor": receipt.not_ours_minor,
        "refunded_minor": receipt.refunded_minor,
        "recalled_minor": receipt.recalled_minor + receipt.recalled_held_minor,
        "identified_later_minor": receipt.passed_minor,
        "currency": receipt.currency,
        "sale": receipt.sale.reference if receipt.sale else None,
        "status": str(receipt.status),
    }
    record(act=act, subject=f"receipt:{receipt.reference}", by=by, at=at, after=after, reason=reason)
