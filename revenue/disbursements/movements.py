"""What the books say a bank account moved, and under which references a bank prints it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from django.db.models import Q

from revenue.credits.models import BankAccount, BankTransfer, OtherIncome, Recall, Receipt
from revenue.disbursements.models import MoneyReturn, Payment
from revenue.ledger import chart
from revenue.ledger.models import Entry
from revenue.ledger.queries.rows import rows

# References by entry, as an app knows them for the entries it made.
Known = Callable[[BankAccount, list[int]], Mapping[int, Iterable[str]]]
_known: list[Known] = []


@dataclass(frozen=True, slots=True)
class Movement:
    """
    What one entry moved at a bank and no line stands for yet.

    ``amount_minor`` is the whole movement, positive for money in; ``open_minor`` what of it is still open.
    """

    entry_id: int
    event: str
    document: str
    on: date
    amount_minor: int
    open_minor: int
    references: tuple[str, ...] = ()


def register(known: Known) -> Known:
    """Register who knows the bank references of entries made above: repayments by recipients, for one."""
    if known not in _known:
        _known.append(known)
    return known


# An entry and its reversal by the office moved nothing at the bank; one that the bank sent back moved twice.
_MOVED: Final = """
SELECT e.id, e.event, e.document, e.occurred_on, m.moved, m.moved - coalesce(s.amount, 0)
FROM (
    SELECT p.entry_id, sum(CASE WHEN d.bank = %(bank)s THEN p.amount_minor ELSE 0 END - CASE WHEN c.bank = %(bank)s THEN p.amount_minor ELSE 0 END)::bigint AS moved
    FROM ledger_posting p JOIN ledger_account d ON d.id = p.debit_id JOIN ledger_account c ON c.id = p.credit_id
    WHERE (d.bank = %(bank)s OR c.bank = %(bank)s) AND p.day >= %(first)s AND (%(entries)s::bigint[] IS NULL OR p.entry_id = ANY(%(entries)s::bigint[]))
    GROUP BY p.entry_id
) m
JOIN ledger_entry e ON e.id = m.entry_id
LEFT JOIN (
    SELECT x.entry_id, sum(x.amount_minor)::bigint AS amount FROM disbursements_linematch x JOIN disbursements_statementline l ON l.id = x.line_id
    WHERE x.undone_at IS NULL AND l.bank_account_id = %(account)s GROUP BY x.entry_id
) s ON s.entry_id = e.id
WHERE m.moved <> coalesce(s.amount, 0) AND e.occurred_on BETWEEN %(first)s AND %(last)s AND e.event <> 'opening'
    AND NOT (e.event = 'reversal') AND NOT EXISTS (SELECT FROM ledger_entry r WHERE r.reverses_id = e.id AND r.event = 'reversal')
ORDER BY e.occurred_on, e.id
"""


def open_movements(*, bank_account: BankAccount, first: date, last: date, entry_ids: Iterable[int] | None = None) -> list[Movement]:
    """Return what the books moved at a bank between two days, both included, and no line stands for wholly, the oldest first."""
    entries = None if entry_ids is None else list(entry_ids)
    values = {"bank": bank_account.code, "account": bank_account.pk, "first": first, "last": last, "entries": entries}
    found = rows(_MOVED, values)
    references = _references(bank_account, [row[0] for row in found])
    return [
        Movement(entry_id, event, document, on, moved, left, tuple(references.get(entry_id, ())))
        for entry_id, event, document, on, moved, left in found
    ]


def _references(bank: BankAccount, entry_ids: list[int]) -> dict[int, list[str]]:
    known: dict[int, list[str]] = {}
    for knows in (_of_credits, _of_payments, *_known):
        for entry_id, names in knows(bank, entry_ids).items():
            known.setdefault(entry_id, []).extend(name for name in names if name)
    return known


def _of_credits(bank: BankAccount, entry_ids: list[int]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for receipt in Receipt.objects.filter(bank_account=bank, entry__in=entry_ids):
        found[receipt.entry_id] = [receipt.bank_reference, receipt.reference]
    refunds = {document: pk for pk, document in Entry.objects.filter(id__in=entry_ids, event=chart.REFUND_NOT_OURS).values_list("id", "document")}
    for receipt in Receipt.objects.filter(bank_account=bank, reference__in=refunds):
        found[refunds[receipt.reference]] = [receipt.refund_reference, receipt.reference]
    for recall in Recall.objects.filter(Q(entry__in=entry_ids) | Q(held_entry__in=entry_ids), bank_account=bank):
        for entry_id in (recall.entry_id, recall.held_entry_id):
            found[entry_id or 0] = [recall.bank_reference, recall.reference]
    for income in OtherIncome.objects.filter(bank_account=bank, entry__in=entry_ids):
        found[income.entry_id or 0] = [income.bank_reference, income.reference]
    for transfer in BankTransfer.objects.filter(Q(entry__in=entry_ids) | Q(fee_entry__in=entry_ids)):
        printed = transfer.sent_reference if transfer.from_account_id == bank.pk else transfer.credited_reference
        for entry_id in (transfer.entry_id, transfer.fee_entry_id):
            found[entry_id or 0] = [printed, transfer.reference]
    return found


def _of_payments(bank: BankAccount, entry_ids: list[int]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    wanted = Q(entry__in=entry_ids) | Q(sent_back_entry__in=entry_ids)
    for payment in Payment.objects.filter(wanted, bank_account=bank).select_related("disbursement"):
        for entry_id in (payment.entry_id, payment.sent_back_entry_id):
            found[entry_id or 0] = [payment.bank_reference, payment.disbursement.reference]
    fees = {key: pk for pk, key in Entry.objects.filter(id__in=entry_ids, event=chart.BANK_FEE).values_list("id", "key")}
    kept = {f"fee:{payment.pk}": payment for payment in Payment.objects.filter(bank_account=bank, sent_back_entry__isnull=False)} if fees else {}
    for key in fees.keys() & kept.keys():
        found[fees[key]] = [kept[key].bank_reference, kept[key].disbursement.reference]
    for returned in MoneyReturn.objects.filter(bank_account=bank, entry__in=entry_ids):
        found[returned.entry_id] = [returned.bank_reference]
    return found


def fees_of(entry_ids: list[int]) -> dict[int, int]:
    """Return the bank's fee within each entry of a payment, and within its return by the bank."""
    paid = Payment.objects.filter(Q(entry__in=entry_ids) | Q(sent_back_entry__in=entry_ids), fee_minor__gt=0)
    return {entry_id: one.fee_minor for one in paid for entry_id in (one.entry_id, one.sent_back_entry_id) if entry_id}


def parts_of(movement: Movement, fees: Mapping[int, int]) -> list[int]:
    """Return what one movement may show as on a statement: the whole, or an amount and its fee on lines of their own."""
    fee = fees.get(movement.entry_id, 0) if movement.open_minor == movement.amount_minor else 0
    signed = fee if movement.open_minor > 0 else -fee
    return [movement.open_minor, movement.open_minor - signed, signed] if fee else [movement.open_minor]
