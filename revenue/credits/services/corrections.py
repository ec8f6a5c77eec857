"""Put right which sale a receipt pays: said by one person, decided by another. What was said before stays."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from core.audit.services import record
from core.money import Money
from core.people.access import CHECKERS, MAKERS, require_other_person, require_role
from core.people.models import User
from revenue.credits.models import Correction, Receipt, Sale
from revenue.credits.refusals import NotPossible, WrongValue, sentences
from revenue.credits.services.shares import identify, locked, owing_sale, settled_minor
from revenue.ledger.services import retry_on_deadlock


def propose_correction(*, receipt_id: int, sale_id: int, why: str, by: User, at: datetime, invoice_minor: int | None = None) -> Correction:
    """
    Say that a receipt pays another sale than was said. Nothing changes until another person approves it.

    ``invoice_minor`` is what of the right sale's invoice it pays, where that is in another currency. The same
    proposal made twice is one.

    :raises NotPossible: if the receipt is of no sale, or another correction of it waits
    :raises WrongValue: if it pays that sale already, or more than it still owes
    """
    require_role(person=by, roles=MAKERS)
    if not why.strip():
        raise WrongValue(_("Say why."), field="why")
    with sentences(), transaction.atomic():
        receipt = locked(receipt_id)
        if receipt.sale_id is None:
            raise NotPossible(_("Nobody has said yet whose money this is."), next_step=_("Identify it."))
        waiting = Correction.objects.filter(receipt=receipt, status=Correction.Status.PROPOSED).first()
        if waiting is not None and (waiting.to_sale_id, waiting.invoice_minor, waiting.why) == (sale_id, invoice_minor, why.strip()[:300]):
            return waiting
        if waiting is not None:
            raise NotPossible(_("Another correction of this receipt waits to be decided."), next_step=_("Have it decided first."))
        sale = _right_sale(receipt=receipt, sale_id=sale_id, invoice_minor=invoice_minor)
        correction = Correction.objects.create(
            receipt=receipt, from_sale_id=receipt.sale_id, to_sale=sale, invoice_minor=invoice_minor, why=why.strip()[:300],
            proposed_by=by, proposed_at=at,
        )  # fmt: skip
        _audit("receipt.propose-correction", correction, by, at, correction.why)
    return correction


@retry_on_deadlock
def decide_correction(*, correction_id: int, approve: bool, reason: str, by: User, at: datetime) -> Correction:
    """
    Approve or refuse a correction. Approved, the newest identification of the tranche names the right sale.

    No money moves: what was paid stays paid, and reports and traces show it under the right sale and project.

    :raises OwnRequest: for the person who proposed it
    :raises NotPossible: if it was decided before, or the receipt changed meanwhile
    :raises WrongValue: if the right sale owes too little by now
    """
    require_role(person=by, roles=CHECKERS)
    with sentences(), transaction.atomic():
        correction = Correction.objects.select_for_update(of=("self",)).select_related("proposed_by").get(id=correction_id)
        require_other_person(person=by, maker_id=correction.proposed_by_id)
        if correction.status != Correction.Status.PROPOSED:
            raise NotPossible(_("This correction is %(status)s already.") % {"status": correction.get_status_display()})
        if not approve and not reason.strip():
            raise WrongValue(_("Say why it is refused."), field="reason")
        correction.status = Correction.Status.APPROVED if approve else Correction.Status.REFUSED
        correction.decided_by, correction.decided_at, correction.reason = by, at, reason.strip()[:300]
        if approve:
            _apply(correction, by=by, at=at)
        correction.save()
        _audit("receipt.correct" if approve else "receipt.refuse-correction", correction, by, at, reason or correction.why)
    return correction


def _apply(correction: Correction, *, by: User, at: datetime) -> None:
    receipt = locked(correction.receipt_id)
    if receipt.sale_id != correction.from_sale_id:
        raise NotPossible(_("The receipt is of another sale by now."), next_step=_("Refuse this correction, and propose a new one."))
    sale = _right_sale(receipt=receipt, sale_id=correction.to_sale_id, invoice_minor=correction.invoice_minor)
    receipt.sale, receipt.invoice_currency, receipt.invoice_minor = sale, sale.currency, _paid(receipt, sale, correction.invoice_minor)
    receipt.rate = ""
    receipt.save(update_fields=["sale", "invoice_currency", "invoice_minor", "rate"])
    identify(tranche=receipt.tranche, sale=sale, reason=correction.why, by=correction.proposed_by, at=at, approved_by=by)


def _right_sale(*, receipt: Receipt, sale_id: int, invoice_minor: int | None) -> Sale:
    if sale_id == receipt.sale_id:
        raise WrongValue(_("The receipt pays this sale already."), field="sale", next_step=_("Choose the right sale."))
    sale = owing_sale(sale_id)
    owed = sale.amount_minor - settled_minor(sale)
    if _paid(receipt, sale, invoice_minor) > owed:
        raise WrongValue(
            _("Sale %(sale)s owes %(owed)s, less than this receipt pays.") % {"sale": sale, "owed": Money(owed, sale.currency)},
            field="sale",
            next_step=_("Choose another sale, or correct that sale's other receipts first."),
        )
    return sale


def _paid(receipt: Receipt, sale: Sale, invoice_minor: int | None) -> int:
    """Return what of the right sale's invoice the receipt pays: what of it is ours, or what is said in the sale's currency."""
    if sale.currency == receipt.currency:
        return receipt.ours_minor
    if not invoice_minor or invoice_minor < 0:
        raise WrongValue(
            _("The sale is in %(sale)s and the bank account in %(bank)s.") % {"sale": sale.currency, "bank": receipt.currency},
            field="invoice_minor",
            next_step=_("Say how much of the invoice this pays, in %(sale)s.") % {"sale": sale.currency},
        )
    return invoice_minor


def _audit(act: str, correction: Correction, by: User, at: datetime, reason: str) -> None:
    before, after = {"sale": correction.from_sale.reference}, {"sale": correction.to_sale.reference, "status": str(correction.status)}
    record(act=act, subject=f"receipt:{correction.receipt.reference}", by=by, at=at, before=before, after=after, reason=reason)
