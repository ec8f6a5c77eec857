"""What must always be true of disbursements, payments, returns and bank statements."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from django.utils.translation import gettext as _

from core.money import Money
from revenue.credits.models import BankAccount
from revenue.disbursements.queries import bank_position
from revenue.ledger.checks import register
from revenue.ledger.queries.rows import rows


@register("disbursements.approvals")
def approvals_are_posted() -> Iterator[str]:
    """Every approved, paid or cancelled disbursement drew exactly its amount when it was approved."""
    found = rows(
        "SELECT d.reference, d.amount_minor, coalesce(sum(p.amount_minor), 0) FROM disbursements_disbursement d"
        " LEFT JOIN ledger_posting p ON p.entry_id = d.approval_entry_id AND p.event = 'approve' AND p.lot = d.id"
        " WHERE d.status IN ('APPROVED', 'PAID', 'CANCELLED') GROUP BY d.id"
        " HAVING d.amount_minor <> coalesce(sum(p.amount_minor), 0) ORDER BY 1",
        [],
    )
    for reference, amount, posted in found:
        yield _("%(reference)s was approved for %(amount)s, and %(posted)s was promised to it.") % {
            "reference": reference,
            "amount": amount,
            "posted": posted,
        }


@register("disbursements.lots")
def lots_match_their_status() -> Iterator[str]:
    """What is promised or advanced for a disbursement is what its status says: approved all promised (less what went back to the pot, or to the buyer's bank), else nothing."""
    found = rows(
        "SELECT d.reference, d.status, coalesce(b.committed, 0), coalesce(b.advance, 0) FROM disbursements_disbursement d"
        " LEFT JOIN (SELECT b.lot, sum(b.amount_minor) FILTER (WHERE a.kind = 'committed') AS committed,"
        " sum(b.amount_minor) FILTER (WHERE a.kind = 'advance') AS advance"
        " FROM ledger_balance b JOIN ledger_account a ON a.id = b.account_id WHERE b.lot > 0 GROUP BY 1) b ON b.lot = d.id"
        " LEFT JOIN (SELECT lot, sum(amount_minor) AS amount FROM ledger_posting WHERE event IN ('release_commitment', 'recall') GROUP BY 1) r ON r.lot = d.id"
        " WHERE coalesce(b.committed, 0) <> CASE WHEN d.status = 'APPROVED' THEN d.amount_minor - coalesce(r.amount, 0) ELSE 0 END"
        " OR d.status <> 'PAID' AND coalesce(b.advance, 0) <> 0 ORDER BY 1",
        [],
    )
    for reference, status, committed, advance in found:
        yield _("%(reference)s is %(status)s, with %(committed)s promised and %(advance)s advanced.") % {
            "reference": reference,
            "status": status,
            "committed": committed,
            "advance": advance,
        }


@register("disbursements.payments")
def payments_are_posted() -> Iterator[str]:
    """Every payment was posted with its amount and its fee; one that was sent back was undone whole."""
    found = rows(
        "SELECT y.bank_reference, y.amount_minor, coalesce(p.paid, 0), y.fee_minor, coalesce(p.fee, 0), y.status, y.local_minor, coalesce(p.local, 0)"
        " FROM disbursements_payment y LEFT JOIN ledger_entry e ON e.id = y.sent_back_entry_id"
        " LEFT JOIN (SELECT p.entry_id, sum(p.amount_minor) FILTER (WHERE d.kind IN ('advance', 'spent')) AS paid,"
        " sum(p.local_minor) FILTER (WHERE d.kind IN ('advance', 'spent')) AS local,"
        " sum(p.amount_minor) FILTER (WHERE d.kind = 'charge') AS fee FROM ledger_posting p JOIN ledger_account d ON d.id = p.debit_id"
        " WHERE p.event IN ('pay', 'pay_final') GROUP BY 1) p ON p.entry_id = y.entry_id"
        " WHERE (y.amount_minor, y.fee_minor, y.local_minor) <> (coalesce(p.paid, 0), coalesce(p.fee, 0), coalesce(p.local, 0))"
        " OR y.status = 'SENT_BACK' AND e.reverses_id IS DISTINCT FROM y.entry_id ORDER BY 1",
        [],
    )
    for reference, amount, paid, fee, charged, status, local, in_hand in found:
        if local != in_hand:
            yield _("Payment %(reference)s: %(local)s reached the payee, and %(in_hand)s was posted (minor units).") % {
                "reference": reference,
                "local": local,
                "in_hand": in_hand,
            }
            continue
        yield _("Payment %(reference)s (%(status)s) is %(amount)s with a fee of %(fee)s, and %(paid)s with %(charged)s was posted.") % {
            "reference": reference,
            "status": status,
            "amount": amount,
            "fee": fee,
            "paid": paid,
            "charged": charged,
        }


@register("disbursements.returns")
def returns_are_posted() -> Iterator[str]:
    """Every return of money put into the pot what the bank credited."""
    found = rows(
        "SELECT m.bank_reference, m.credited_minor, coalesce(sum(p.amount_minor), 0) FROM disbursements_moneyreturn m"
        " LEFT JOIN (SELECT p.entry_id, p.amount_minor FROM ledger_posting p JOIN ledger_account d ON d.id = p.debit_id"
        " WHERE p.event = 'return' AND d.kind = 'pot') p ON p.entry_id = m.entry_id"
        " GROUP BY m.id HAVING m.credited_minor <> coalesce(sum(p.amount_minor), 0) ORDER BY 1",
        [],
    )
    for reference, credited, posted in found:
        yield _("Return %(reference)s: the bank credited %(credited)s, and %(posted)s was posted.") % {
            "reference": reference,
            "credited": credited,
            "posted": posted,
        }


@register("disbursements.given_back")
def what_came_back_left_the_recipients_hands() -> Iterator[str]:
    """Every return, and every closing of last cents, took out of the recipient's hands what its document says."""
    found = rows(
        "SELECT told.document, told.local_minor, coalesce(sum(p.local_minor), 0) FROM ("
        " SELECT 'return ' || bank_reference AS document, local_minor, NULL AS amount_minor, entry_id FROM disbursements_moneyreturn"
        " UNION ALL SELECT d.reference, c.local_minor, c.amount_minor, c.entry_id FROM disbursements_lotclosing c"
        " JOIN disbursements_disbursement d ON d.id = c.disbursement_id) told"
        " LEFT JOIN (SELECT p.entry_id, p.local_minor, p.amount_minor FROM ledger_posting p JOIN ledger_account c ON c.id = p.credit_id"
        " WHERE p.event = 'return' AND c.kind = 'advance') p ON p.entry_id = told.entry_id"
        " GROUP BY told.document, told.local_minor, told.amount_minor, told.entry_id"
        " HAVING told.local_minor <> coalesce(sum(p.local_minor), 0) OR told.amount_minor <> coalesce(sum(p.amount_minor), 0) ORDER BY 1",
        [],
    )
    for document, local, posted in found:
        yield _(
            "%(document)s says that %(local)s came back or was closed, and its entry took %(posted)s (minor units), or another amount on the books."
        ) % {
            "document": document,
            "local": local,
            "posted": posted,
        }


@register("disbursements.coverings")
def coverings_are_posted() -> Iterator[str]:
    """Every approved covering filled its gap in its tranche by its amount; one that was undone was undone whole."""
    found = rows(
        "SELECT v.reference, v.amount_minor, coalesce(sum(p.amount_minor), 0) FROM disbursements_covering v"
        " LEFT JOIN ledger_posting p ON p.entry_id IN (v.cover_entry_id, v.refund_entry_id) AND p.tranche_id = v.tranche_id"
        " AND v.gap_id = CASE v.kind WHEN 'SHORTFALL' THEN p.debit_id ELSE p.credit_id END AND p.event IN ('cover', 'refund')"
        " WHERE v.status = 'APPROVED' GROUP BY v.id HAVING v.amount_minor <> coalesce(sum(p.amount_minor), 0) ORDER BY 1",
        [],
    )
    for reference, amount, posted in found:
        yield _("Covering %(reference)s is %(amount)s, and %(posted)s was posted (minor units).") % {
            "reference": reference,
            "amount": amount,
            "posted": posted,
        }
    halves = rows(
        "SELECT v.reference FROM disbursements_covering v JOIN ledger_entry e ON e.id IN (v.cover_entry_id, v.refund_entry_id)"
        " LEFT JOIN ledger_entry u ON u.reverses_id = e.id GROUP BY v.id HAVING count(u.id) NOT IN (0, count(e.id)) ORDER BY 1",
        [],
    )
    for (reference,) in halves:
        yield _("Only one entry of covering %(reference)s was undone.") % {"reference": reference}


@register("disbursements.statements")
def ledger_matches_the_statements() -> Iterator[str]:
    """Where a bank account has statements, the ledger's places there are what the newest of them says."""
    for bank in BankAccount.objects.filter(statements__isnull=False).distinct().order_by("code"):
        position = bank_position(bank_account=bank, on=date.max)
        if position.difference_minor and position.statement_minor is not None:
            yield _("%(bank)s on %(day)s: the ledger says %(ledger)s and the statement %(statement)s.") % {
                "bank": bank,
                "day": position.on.isoformat(),
                "ledger": Money(position.ledger_minor, bank.currency),
                "statement": Money(position.statement_minor, bank.currency),
            }
