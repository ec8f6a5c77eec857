"""What the buyer's bank takes back of a receipt. A fact: it is never refused because the money was used."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from core.audit.services import record
from core.clock import day_of
from core.money import Money
from core.people.access import MAKERS, require_role
from core.people.models import User
from core.references import next_reference
from revenue.credits.models import Recall, Receipt
from revenue.credits.refusals import AlreadyThere, NotPossible, WrongValue, check_day, sentences
from revenue.credits.services.shares import locked, not_ours, others
from revenue.ledger import chart
from revenue.ledger.queries import first_open_day
from revenue.ledger.services import EntryDraft, Row, TakenBack, post_many, retry_on_deadlock, take_back


@retry_on_deadlock
def recall_receipt(
    *, receipt_id: int, amount_minor: int, value_date: date, bank_reference: str, reason: str, document_id: int, by: User, at: datetime
) -> Recall:
    """
    Record that the bank took a receipt back, wholly or in part, on ``value_date``.

    ``amount_minor`` is what it debited, in minor units of the account's currency. What is held as not ours goes first;
    of what is ours, what still lies at that bank is taken back, and the rest, which was used, is a shortfall. All of
    it is one posting statement. The same recall recorded twice is one.

    :raises AlreadyThere: if the bank reference stands for another recall of the account
    :raises NotPossible: if nothing of the receipt is left to be taken back
    :raises WrongValue: if the amount or a date cannot be right
    """
    require_role(person=by, roles=MAKERS)
    check_day(day=value_date, today=day_of(at), field="value_date")
    said, why = bank_reference.strip(), reason.strip()
    if not said:
        raise WrongValue(_("Copy the bank's reference from the statement."), field="bank_reference")
    if not why:
        raise WrongValue(_("Say why the bank took it back."), field="reason")
    with sentences(), transaction.atomic():
        receipt = locked(receipt_id)
        before = Recall.objects.filter(bank_account=receipt.bank_account, bank_reference=said).first()
        if before is not None:
            return _same(before, receipt, amount_minor, value_date)
        _check(receipt, amount_minor, value_date)
        asked = _Asked(receipt, amount_minor, value_date, said, why[:300], document_id, by, at)
        recall = _post(asked, min(amount_minor, receipt.held_minor))
        _keep(receipt, recall)
        _audit(recall, receipt, by, at)
    return recall


@dataclass(frozen=True, slots=True)
class _Asked:
    receipt: Receipt
    amount_minor: int
    value_date: date
    bank_reference: str
    reason: str
    document_id: int
    by: User
    at: datetime


def _same(before: Recall, receipt: Receipt, amount_minor: int, value_date: date) -> Recall:
    if (before.receipt_id, before.amount_minor, before.value_date) == (receipt.pk, amount_minor, value_date):
        return before
    raise AlreadyThere(
        _("This bank reference was recorded as recall %(recall)s already.") % {"recall": before.reference},
        field="bank_reference",
        next_step=_("Open that recall."),
    )


def _check(receipt: Receipt, amount_minor: int, value_date: date) -> None:
    most = receipt.kept_minor + receipt.held_minor
    if most <= 0:
        raise NotPossible(_("Nothing of this receipt is left to be taken back."))
    if not 0 < amount_minor <= most:
        raise WrongValue(
            _("The bank can take back at most %(most)s of this receipt.") % {"most": Money(most, receipt.currency)},
            field="amount_minor",
            next_step=_("Check the zeros. What else the bank took is a fee or another movement."),
        )
    if value_date < receipt.value_date:
        raise WrongValue(_("The money cannot go back before it came."), field="value_date")


def _post(asked: _Asked, held_minor: int) -> Recall:
    receipt, ours = asked.receipt, asked.amount_minor - held_minor
    bank, name = receipt.bank_account, next_reference(prefix="RL", year=asked.value_date.year)
    taken = TakenBack([], [], 0)
    if ours:
        taken = take_back(tranche_id=receipt.tranche_id, bank=bank.code, currency=receipt.currency, amount_minor=ours)
    held_rows = [Row(others(receipt.currency), not_ours(bank), held_minor, receipt.tranche_id)] if held_minor else []
    day = first_open_day(happened_on=asked.value_date)
    drafts = [
        EntryDraft(event, day, rows, key=f"{what}:{name}", document=name, by_id=asked.by.pk, occurred_on=asked.value_date)
        for what, event, rows in (("recall", chart.RECALL, taken.rows), ("recall-held", chart.REFUND_NOT_OURS, held_rows))
        if rows
    ]
    entries = dict(zip((draft.event for draft in drafts), post_many(entries=drafts), strict=True))
    return Recall.objects.create(
        reference=name, receipt=receipt, bank_account=bank, bank_reference=asked.bank_reference, value_date=asked.value_date,
        currency=receipt.currency, amount_minor=asked.amount_minor, held_minor=held_minor, shortfall_minor=taken.shortfall_minor,
        reason=asked.reason, document_id=asked.document_id, entry_id=entries.get(chart.RECALL),
        held_entry_id=entries.get(chart.REFUND_NOT_OURS), recorded_by=asked.by, recorded_at=asked.at,
    )  # fmt: skip


def _keep(receipt: Receipt, recall: Recall) -> None:
    """Say on the receipt what became of it; one that nobody identified and that is wholly gone is recalled."""
    receipt.recalled_minor += recall.ours_minor
    receipt.recalled_held_minor += recall.held_minor
    if receipt.status == Receipt.Status.UNIDENTIFIED and receipt.held_minor == 0:
        receipt.status = Receipt.Status.RECALLED
    receipt.save(update_fields=["status", "recalled_minor", "recalled_held_minor"])


def _audit(recall: Recall, receipt: Receipt, by: User, at: datetime) -> None:
    after = {
        "receipt": receipt.reference,
        "bank_reference": recall.bank_reference,
        "value_date": recall.value_date.isoformat(),
        "amount_minor": recall.amount_minor,
        "held_minor": recall.held_minor,
        "shortfall_minor": recall.shortfall_minor,
        "currency": recall.currency,
        "document": recall.document_id,
    }
    record(act="receipt.recall", subject=f"receipt:{receipt.reference}", by=by, at=at, after=after, reason=recall.reason)
