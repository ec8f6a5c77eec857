"""Money that is held because it is not ours, or not yet known to be: identified, or sent back."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from core.clock import day_of
from core.people.access import MAKERS, require_role
from core.people.models import User
from core.references import next_reference
from revenue.credits.models import Receipt, Sale
from revenue.credits.refusals import NotPossible, WrongValue, check_day, sentences
from revenue.credits.services.shares import Share, audit, identify, locked, not_ours, others, owing_sale, rows_of, share_of
from revenue.ledger import chart
from revenue.ledger.queries import first_open_day
from revenue.ledger.services import Row, open_tranche, post, retry_on_deadlock


@retry_on_deadlock
def identify_receipt(
    *, receipt_id: int, sale_id: int, reason: str, by: User, at: datetime, day: date | None = None, invoice_minor: int | None = None
) -> Receipt:
    """
    Say which sale a held receipt pays. What is ours of it becomes unallocated on ``day``, by default today.

    :raises NotPossible: if the receipt is not waiting to be identified, or the sale is cancelled or paid
    """
    require_role(person=by, roles=MAKERS)
    with sentences(), transaction.atomic():
        receipt = locked(receipt_id)
        if receipt.status != Receipt.Status.UNIDENTIFIED:
            raise NotPossible(_("This receipt is %(status)s already.") % {"status": receipt.get_status_display()})
        sale = owing_sale(sale_id)
        # What the bank took back meanwhile is not there to be identified.
        gross = receipt.gross_minor - receipt.recalled_held_minor
        share = share_of(
            bank=receipt.bank_account, sale=sale, gross_minor=gross, sender_fee_minor=receipt.sender_fee_minor, invoice_minor=invoice_minor
        )
        _refuse_paid(sale, share)
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
        identify(tranche=receipt.tranche, sale=sale, reason=reason, by=by, at=at)
        audit(receipt, "receipt.identify", by, at, reason)
    return receipt


@retry_on_deadlock
def identify_held(
    *, receipt_id: int, sale_id: int, reason: str, by: User, at: datetime, day: date | None = None, invoice_minor: int | None = None
) -> Receipt:
    """
    Say which sale the overpaid part of a receipt pays: it becomes a receipt of its own, with its own tranche.

    So each sale's money keeps its own equation and trace, and is shared out once, like any other. Posted on ``day``,
    by default today; what goes beyond what the sale still owes stays held. Returns the new receipt.

    :raises NotPossible: if nothing of the receipt is held beside a sale, or the sale is cancelled or paid
    """
    require_role(person=by, roles=MAKERS)
    with sentences(), transaction.atomic():
        receipt = locked(receipt_id)
        held = receipt.held_minor
        if receipt.status != Receipt.Status.IDENTIFIED or held <= 0:
            raise NotPossible(_("Nothing of this receipt is held beside its sale."))
        sale = owing_sale(sale_id)
        share = share_of(bank=receipt.bank_account, sale=sale, gross_minor=held, sender_fee_minor=0, invoice_minor=invoice_minor)
        _refuse_paid(sale, share)
        part = _part_of(receipt, sale, share, by, at, day or first_open_day(happened_on=day_of(at)))
        receipt.passed_minor += share.ours_minor
        receipt.save(update_fields=["passed_minor"])
        identify(tranche=part.tranche, sale=sale, reason=reason, by=by, at=at)
        audit(receipt, "receipt.identify-rest", by, at, reason)
        audit(part, "receipt.record", by, at, reason)
    return part


def _part_of(receipt: Receipt, sale: Sale, share: Share, by: User, at: datetime, day: date) -> Receipt:
    """Open a tranche as old as the receipt, and move into it what turns out to pay another sale."""
    bank, name = receipt.bank_account, next_reference(prefix="RC", year=receipt.value_date.year)
    tranche = open_tranche(source=chart.SALE, received_on=receipt.value_date, currency=receipt.currency, code=name)
    ours = Share(share.ours_minor, 0, 0, share.settled_minor)
    entry = post(
        event=chart.IDENTIFY,
        day=day,
        rows=[
            Row(others(receipt.currency), not_ours(bank), share.ours_minor, receipt.tranche_id),
            *rows_of(bank=bank, project_code=sale.project.code, tranche=tranche, share=ours),
        ],
        key=f"receipt:{name}",
        document=name,
        by_id=by.pk,
    )
    return Receipt.objects.create(
        reference=name, part_of=receipt, bank_account=bank, bank_reference=receipt.bank_reference, value_date=receipt.value_date,
        currency=receipt.currency, gross_minor=share.ours_minor, invoice_currency=sale.currency, invoice_minor=share.settled_minor,
        status=Receipt.Status.IDENTIFIED, sale=sale, tranche=tranche, entry=entry, recorded_by=by, recorded_at=at,
    )  # fmt: skip


@retry_on_deadlock
def refund_receipt(*, receipt_id: int, day: date, bank_reference: str, by: User, at: datetime) -> Receipt:
    """
    Record that the bank sent back what is held as not ours: all of an unidentified receipt, or what was overpaid.

    ``day`` is when the bank sent it. The same refund recorded twice is one.

    :raises NotPossible: if nothing of it is held as not ours
    """
    require_role(person=by, roles=MAKERS)
    check_day(day=day, today=day_of(at), field="day")
    if not bank_reference.strip():
        raise WrongValue(_("Copy the bank's reference from the statement."), field="bank_reference")
    with sentences(), transaction.atomic():
        receipt = locked(receipt_id)
        held = receipt.held_minor
        if held <= 0 and (receipt.refunded_on, receipt.refund_reference) == (day, bank_reference.strip()):
            return receipt
        if held <= 0:
            raise NotPossible(_("Nothing of this receipt is held to be sent back."))
        if day < receipt.value_date:
            raise WrongValue(_("The money cannot go back before it came."), field="day")
        post(
            event=chart.REFUND_NOT_OURS,
            day=first_open_day(happened_on=day),
            occurred_on=day,
            rows=[Row(others(receipt.currency), not_ours(receipt.bank_account), held, receipt.tranche_id)],
            key=f"refund:{receipt.reference}",
            document=receipt.reference,
            by_id=by.pk,
        )
        if receipt.status == Receipt.Status.UNIDENTIFIED:
            receipt.status = Receipt.Status.REFUNDED
        receipt.refunded_minor, receipt.refunded_on, receipt.refund_reference = held, day, bank_reference.strip()
        receipt.save(update_fields=["status", "refunded_minor", "refunded_on", "refund_reference"])
        audit(receipt, "receipt.refund", by, at)
    return receipt


def _refuse_paid(sale: Sale, share: Share) -> None:
    if share.ours_minor == 0:
        raise NotPossible(
            _("Sale %(sale)s is paid in full.") % {"sale": sale.reference}, field="sale", next_step=_("Choose another sale, or send the money back.")
        )


def _identifying_rows(*, receipt: Receipt, project_code: str, share: Share) -> list[Row]:
    """Take out of what is held what turns out to be ours, and receive it."""
    bank = receipt.bank_account
    ours = Share(share.ours_minor, share.fee_minor, 0, share.settled_minor)
    released = receipt.held_minor - share.held_minor
    rows = rows_of(bank=bank, project_code=project_code, tranche=receipt.tranche, share=ours)
    if released:
        rows.insert(0, Row(others(receipt.currency), not_ours(bank), released, receipt.tranche_id))
    return rows
