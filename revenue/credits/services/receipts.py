"""Money that arrives: an instalment of a sale, or not yet known whose."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from core.clock import day_of
from core.money import LARGEST_MINOR, Money
from core.people.access import MAKERS, require_role
from core.people.models import User
from core.references import next_reference
from revenue.credits.models import BankAccount, Receipt
from revenue.credits.refusals import AlreadyThere, WrongValue, check_day, sentences
from revenue.credits.services.shares import audit, check_rate, identify, owing_sale, rows_of, share_of
from revenue.ledger import chart
from revenue.ledger.queries import first_open_day
from revenue.ledger.services import open_tranche, post, retry_on_deadlock


@retry_on_deadlock
def record_receipt(
    *,
    bank_account_id: int,
    bank_reference: str,
    value_date: date,
    gross_minor: int,
    sale_id: int | None,
    by: User,
    at: datetime,
    sender_fee_minor: int = 0,
    reference: str | None = None,
    invoice_minor: int | None = None,
    rate: str = "",
    day: date | None = None,
) -> Receipt:
    """
    Record what a bank credited: an instalment of a sale, or money not yet known whose (``sale_id`` None).

    ``gross_minor`` is what was sent, in minor units of the bank account's currency; ``sender_fee_minor`` what banks
    kept on the way; ``invoice_minor`` what of the invoice it pays, where the sale is in another currency, and ``rate``
    what the bank's advice says then. What goes beyond what the sale still owes is held as not ours. Posted on ``day``,
    else the value date, else the first open day. Allocation is not run here.

    :raises AlreadyThere: if this bank reference was recorded for the account
    :raises WrongValue: if an amount, rate or date cannot be right
    :raises NotPossible: if the sale is cancelled
    """
    require_role(person=by, roles=MAKERS)
    _check_amounts(gross_minor=gross_minor, sender_fee_minor=sender_fee_minor)
    check_day(day=value_date, today=day_of(at), field="value_date")
    bank_reference = _needed(bank_reference)
    with sentences(), transaction.atomic():
        bank = BankAccount.objects.get(id=bank_account_id)
        _refuse_known(bank=bank, bank_reference=bank_reference)
        sale = owing_sale(sale_id) if sale_id is not None else None
        share = share_of(bank=bank, sale=sale, gross_minor=gross_minor, sender_fee_minor=sender_fee_minor, invoice_minor=invoice_minor)
        invoiced = Money(invoice_minor, sale.currency) if sale and invoice_minor else None
        said = check_rate(rate=rate, paid=Money(gross_minor, bank.currency), invoiced=invoiced)
        name = reference or next_reference(prefix="RC", year=value_date.year)
        tranche = open_tranche(source=chart.SALE, received_on=value_date, currency=bank.currency, code=name)
        entry = post(
            event=chart.RECEIPT if sale else chart.HOLD_NOT_OURS,
            day=day or first_open_day(happened_on=value_date),
            occurred_on=value_date,
            rows=rows_of(bank=bank, project_code=sale.project.code if sale else "", tranche=tranche, share=share),
            key=f"receipt:{name}",
            document=name,
            by_id=by.pk,
        )
        receipt = Receipt.objects.create(
            reference=name, bank_account=bank, bank_reference=bank_reference, value_date=value_date, currency=bank.currency,
            gross_minor=gross_minor, sender_fee_minor=sender_fee_minor, not_ours_minor=gross_minor - share.ours_minor,
            invoice_currency=sale.currency if sale else "", invoice_minor=share.settled_minor if sale else None, rate=said,
            status=Receipt.Status.IDENTIFIED if sale else Receipt.Status.UNIDENTIFIED, sale=sale, tranche=tranche, entry=entry,
            recorded_by=by, recorded_at=at,
        )  # fmt: skip
        if sale:
            identify(tranche=tranche, sale=sale, reason="", by=by, at=at)
        audit(receipt, "receipt.record", by, at)
    return receipt


def _needed(bank_reference: str) -> str:
    if not bank_reference.strip():
        raise WrongValue(_("Copy the bank's reference from the statement."), field="bank_reference")
    return bank_reference.strip()


def _check_amounts(*, gross_minor: int, sender_fee_minor: int) -> None:
    if not 0 < gross_minor <= LARGEST_MINOR:
        raise WrongValue(_("The amount is above zero, and not absurdly large."), field="gross_minor")
    if not 0 <= sender_fee_minor < gross_minor:
        raise WrongValue(_("What the sender's bank kept is between zero and the amount sent."), field="sender_fee_minor")


def _refuse_known(*, bank: BankAccount, bank_reference: str) -> None:
    known = Receipt.objects.filter(bank_account=bank, bank_reference=bank_reference, part_of=None).first()
    if known is not None:
        raise AlreadyThere(
            _("This bank reference was recorded as receipt %(receipt)s already.") % {"receipt": known.reference},
            field="bank_reference",
            next_step=_("Open that receipt."),
        )
