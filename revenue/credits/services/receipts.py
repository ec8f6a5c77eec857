"""Money that arrives: recorded, identified, and sent back where it is not ours."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from django.db import transaction
from django.db.models import Max, Sum
from django.utils.translation import gettext as _

from core.audit.services import record
from core.clock import day_of
from core.money import LARGEST_MINOR
from core.people.access import MAKERS, require_role
from core.people.models import User
from core.references import next_reference
from revenue.credits.models import BankAccount, Identification, Receipt, Sale
from revenue.credits.refusals import AlreadyThere, NotPossible, WrongValue, check_day, sentences
from revenue.ledger import chart
from revenue.ledger.models import Tranche
from revenue.ledger.queries import first_open_day
from revenue.ledger.services import Place, Row, open_tranche, post, retry_on_deadlock

SENDER_FEES: Final = "sender-fees"


@dataclass(frozen=True, slots=True)
class Share:
    """How a gross amount divides: what is ours, what of it the sender's bank kept, what is held for others, what of the sale is settled."""

    ours_minor: int
    fee_minor: int
    held_minor: int
    settled_minor: int


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
    day: date | None = None,
) -> Receipt:
    """
    Record what a bank credited: an instalment of a sale, or money not yet known whose (``sale_id`` None).

    ``gross_minor`` is what was sent, in minor units of the bank account's currency; ``sender_fee_minor`` what banks
    kept on the way; ``invoice_minor`` what of the invoice it pays, where the sale is in another currency. What goes beyond
    what the sale still owes is held as not ours. Posted on ``day``, else the value date, else the first open day.
    Allocation is not run here.

    :raises AlreadyThere: if this bank reference was recorded for the account
    :raises WrongValue: if an amount or date cannot be right
    :raises NotPossible: if the sale is cancelled
    """
    require_role(person=by, roles=MAKERS)
    _check_amounts(gross_minor=gross_minor, sender_fee_minor=sender_fee_minor)
    check_day(day=value_date, today=day_of(at), field="value_date")
    bank_reference = bank_reference.strip()
    if not bank_reference:
        raise WrongValue(_("Copy the bank's reference from the statement."), field="bank_reference")
    with sentences(), transaction.atomic():
        bank = BankAccount.objects.get(id=bank_account_id)
        _refuse_known(bank=bank, bank_reference=bank_reference)
        sale = _owing_sale(sale_id) if sale_id is not None else None
        share = _share(bank=bank, sale=sale, gross_minor=gross_minor, sender_fee_minor=sender_fee_minor, invoice_minor=invoice_minor)
        name = reference or next_reference(prefix="RC", year=value_date.year)
        tranche = open_tranche(source=chart.SALE, received_on=value_date, currency=bank.currency, code=name)
        entry = post(
            event=chart.RECEIPT if sale else chart.HOLD_NOT_OURS,
            day=day or first_open_day(happened_on=value_date),
            occurred_on=value_date,
            rows=_rows(bank=bank, project_code=sale.project.code if sale else "", tranche=tranche, share=share),
            key=f"receipt:{name}",
            document=name,
            by_id=by.pk,
        )
        receipt = Receipt.objects.create(
            reference=name, bank_account=bank, bank_reference=bank_reference, value_date=value_date, currency=bank.currency,
            gross_minor=gross_minor, sender_fee_minor=sender_fee_minor, not_ours_minor=gross_minor - share.ours_minor,
            invoice_currency=sale.currency if sale else "", invoice_minor=share.settled_minor if sale else None,
            status=Receipt.Status.IDENTIFIED if sale else Receipt.Status.UNIDENTIFIED, sale=sale, tranche=tranche, entry=entry,
            recorded_by=by, recorded_at=at,
        )  # fmt: skip
        if sale:
            _identify(tranche=tranche, sale=sale, reason="", by=by, at=at)
        _audit(receipt, "receipt.record", by, at)
    return receipt


@retry_on_deadlock
def identify_receipt(
    *, receipt_id: int, sale_id: int, reason: str, by: User, at: datetime, day: date | None = None, invoice_minor: int | None = None
) -> Receipt:
    """
    Say which sale a held receipt pays. What is ours of it becomes unallocated on ``day``, by default today.

    :raises NotPossible: if the receipt is not waiting to be identified, or the sale is cancelled
    """
    require_role(person=by, roles=MAKERS)
    with sentences(), transaction.atomic():
        receipt = _locked(receipt_id)
        if receipt.status != Receipt.Status.UNIDENTIFIED:
            raise NotPossible(_("This receipt is %(status)s already.") % {"status": receipt.get_status_display()})
        sale = _owing_sale(sale_id)
        bank = receipt.bank_account
        share = _share(bank=bank, sale=sale, gross_minor=receipt.gross_minor, sender_fee_minor=receipt.sender_fee_minor, invoice_minor=invoice_minor)
        if share.ours_minor == 0:
            raise NotPossible(
                _("Sale %(sale)s is paid in full.") % {"sale": sale.reference}, next_step=_("Choose another sale, or send the money back.")
            )
        post(
            event=chart.IDENTIFY,
            day=day or first_open_day(happened_on=day_of(at)),
            rows=_identifying_rows(receipt=receipt, project_code=sale.project.code, share=share),
            key=f"identify:{receipt.reference}",
            document=receipt.reference,
            by_id=by.pk,
        )
        receipt.status, receipt.sale = Receipt.Status.IDENTIFIED, sale
        receipt.not_ours_minor = receipt.gross_minor - share.ours_minor
        receipt.invoice_currency, receipt.invoice_minor = sale.currency, share.settled_minor
        receipt.save(update_fields=["status", "sale", "not_ours_minor", "invoice_currency", "invoice_minor"])
        _identify(tranche=receipt.tranche, sale=sale, reason=reason, by=by, at=at)
        _audit(receipt, "receipt.identify", by, at, reason)
    return receipt


@retry_on_deadlock
def refund_receipt(*, receipt_id: int, day: date, bank_reference: str, by: User, at: datetime) -> Receipt:
    """
    Record that the bank sent back what is held as not ours: all of an unidentified receipt, or what was overpaid.

    ``day`` is when the bank sent it.

    :raises NotPossible: if nothing of it is held as not ours
    """
    require_role(person=by, roles=MAKERS)
    check_day(day=day, today=day_of(at), field="day")
    if not bank_reference.strip():
        raise WrongValue(_("Copy the bank's reference from the statement."), field="bank_reference")
    with sentences(), transaction.atomic():
        receipt = _locked(receipt_id)
        held = receipt.held_minor
        if held <= 0:
            raise NotPossible(_("Nothing of this receipt is held to be sent back."))
        if day < receipt.value_date:
            raise WrongValue(_("The money cannot go back before it came."), field="day")
        post(
            event=chart.REFUND_NOT_OURS,
            day=first_open_day(happened_on=day),
            occurred_on=day,
            rows=[Row(_others(receipt.currency), _not_ours(receipt.bank_account), held, receipt.tranche_id)],
            key=f"refund:{receipt.reference}",
            document=receipt.reference,
            by_id=by.pk,
        )
        if receipt.status == Receipt.Status.UNIDENTIFIED:
            receipt.status = Receipt.Status.REFUNDED
        receipt.refunded_minor, receipt.refunded_on, receipt.refund_reference = held, day, bank_reference.strip()
        receipt.save(update_fields=["status", "refunded_minor", "refunded_on", "refund_reference"])
        _audit(receipt, "receipt.refund", by, at)
    return receipt


def settled_minor(sale: Sale) -> int:
    """Return how much of a sale its receipts have settled, in minor units of the sale's currency."""
    return Receipt.objects.filter(sale=sale).aggregate(total=Sum("invoice_minor"))["total"] or 0


def _check_amounts(*, gross_minor: int, sender_fee_minor: int) -> None:
    if not 0 < gross_minor <= LARGEST_MINOR:
        raise WrongValue(_("The amount is above zero, and not absurdly large."), field="gross_minor")
    if not 0 <= sender_fee_minor < gross_minor:
        raise WrongValue(_("What the sender's bank kept is between zero and the amount sent."), field="sender_fee_minor")


def _refuse_known(*, bank: BankAccount, bank_reference: str) -> None:
    known = Receipt.objects.filter(bank_account=bank, bank_reference=bank_reference).first()
    if known is not None:
        raise AlreadyThere(
            _("This bank reference was recorded as receipt %(receipt)s already.") % {"receipt": known.reference},
            field="bank_reference",
            next_step=_("Open that receipt."),
        )


def _owing_sale(sale_id: int) -> Sale:
    """Lock the sale, so that two receipts of it count after each other."""
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


def _share(*, bank: BankAccount, sale: Sale | None, gross_minor: int, sender_fee_minor: int, invoice_minor: int | None) -> Share:
    """Divide a gross amount. The fee falls on what is ours first; what the bank credited beyond is held."""
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


def _rows(*, bank: BankAccount, project_code: str, tranche: Tranche, share: Share) -> list[Row]:
    unallocated = Place(chart.UNALLOCATED, bank.currency, bank=bank.code)
    charge = Place(chart.CHARGE, bank.currency, pot=f"{project_code}/{SENDER_FEES}")
    rows = [
        (unallocated, Place(chart.RECEIVED, bank.currency), share.ours_minor),
        (charge, unallocated, share.fee_minor),
        (_not_ours(bank), _others(bank.currency), share.held_minor),
    ]
    return [Row(debit, credit, amount, tranche.pk) for debit, credit, amount in rows if amount]


def _identifying_rows(*, receipt: Receipt, project_code: str, share: Share) -> list[Row]:
    """Take out of what is held what turns out to be ours, and receive it."""
    bank = receipt.bank_account
    ours = Share(share.ours_minor, share.fee_minor, 0, share.settled_minor)
    released = receipt.credited_minor - share.held_minor
    rows = _rows(bank=bank, project_code=project_code, tranche=receipt.tranche, share=ours)
    if released:
        rows.insert(0, Row(_others(receipt.currency), _not_ours(bank), released, receipt.tranche_id))
    return rows


def _others(currency: str) -> Place:
    return Place(chart.OTHERS, currency)


def _not_ours(bank: BankAccount) -> Place:
    return Place(chart.NOT_OURS, bank.currency, bank=bank.code)


def _locked(receipt_id: int) -> Receipt:
    return Receipt.objects.select_for_update(of=("self",)).select_related("bank_account", "tranche").get(id=receipt_id)


def _identify(*, tranche: Tranche, sale: Sale, reason: str, by: User, at: datetime) -> None:
    last = Identification.objects.filter(tranche=tranche).aggregate(last=Max("number"))["last"] or 0
    Identification.objects.create(
        tranche=tranche, project_id=sale.project_id, sale=sale, number=last + 1, reason=reason, identified_by=by, identified_at=at
    )


def _audit(receipt: Receipt, act: str, by: User, at: datetime, reason: str = "") -> None:
    after = {
        "bank": receipt.bank_account.code,
        "bank_reference": receipt.bank_reference,
        "value_date": receipt.value_date.isoformat(),
        "gross_minor": receipt.gross_minor,
        "not_ours_minor": receipt.not_ours_minor,
        "refunded_minor": receipt.refunded_minor,
        "currency": receipt.currency,
        "sale": receipt.sale.reference if receipt.sale else None,
        "status": str(receipt.status),
    }
    record(act=act, subject=f"receipt:{receipt.reference}", by=by, at=at, after=after, reason=reason)
