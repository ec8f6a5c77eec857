"""What must always be true of receipts, recalls, transfers and other income: the books say what their documents say."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from django.utils.translation import gettext as _

from core.money import Money
from revenue.ledger.checks import register
from revenue.ledger.queries.rows import rows

_DIFFERENT: Final = """
WITH documents AS (
    SELECT tranche_id, gross_minor - not_ours_minor - recalled_minor AS received,
        gross_minor - sender_fee_minor - (gross_minor - not_ours_minor - least(sender_fee_minor, gross_minor - not_ours_minor))
            - refunded_minor - recalled_held_minor - passed_minor AS held
    FROM credits_receipt
    UNION ALL
    SELECT tranche_id, amount_minor, 0 FROM credits_otherincome WHERE status = 'APPROVED'
    UNION ALL
    SELECT tranche_id, amount_minor, 0 FROM credits_openingposition WHERE status = 'APPROVED'
), said AS (
    SELECT tranche_id, sum(received)::bigint AS received, sum(held)::bigint AS held FROM documents GROUP BY 1
), booked AS (
    SELECT b.tranche_id, -sum(b.amount_minor) FILTER (WHERE a.kind = 'received') AS received,
        -sum(b.amount_minor) FILTER (WHERE a.kind = 'others') AS others
    FROM ledger_balance b JOIN ledger_account a ON a.id = b.account_id GROUP BY 1
)
SELECT t.code, t.currency, said.received, coalesce(booked.received, 0), said.held, coalesce(booked.others, 0)
FROM said JOIN ledger_tranche t ON t.id = said.tranche_id LEFT JOIN booked ON booked.tranche_id = t.id
WHERE said.received <> coalesce(booked.received, 0) OR said.held <> coalesce(booked.others, 0) ORDER BY 1
"""


@register("credits.documents")
def books_say_what_the_documents_say() -> Iterator[str]:
    """Of each tranche, the ledger received and holds for others what its receipts, recalls and other documents say."""
    for tranche, currency, received, in_books, held, others in rows(_DIFFERENT, []):
        yield _(
            "Tranche %(tranche)s: its documents say that %(received)s was received and %(held)s is held for others;"
            " the books say %(in_books)s and %(others)s."
        ) % {
            "tranche": tranche,
            "received": Money(int(received), currency),
            "held": Money(int(held), currency),
            "in_books": Money(int(in_books), currency),
            "others": Money(int(others), currency),
        }


_MOVED: Final = """
SELECT t.reference, t.currency, t.credited_minor, coalesce(sum(p.amount_minor) FILTER (WHERE p.event = 'bank_transfer'), 0),
    t.sent_minor - t.credited_minor, coalesce(sum(p.amount_minor) FILTER (WHERE p.event <> 'bank_transfer'), 0)
FROM credits_banktransfer t LEFT JOIN ledger_posting p ON p.entry_id IN (t.entry_id, t.fee_entry_id)
GROUP BY t.id
HAVING t.credited_minor <> coalesce(sum(p.amount_minor) FILTER (WHERE p.event = 'bank_transfer'), 0)
    OR t.sent_minor - t.credited_minor <> coalesce(sum(p.amount_minor) FILTER (WHERE p.event <> 'bank_transfer'), 0)
ORDER BY 1
"""


@register("credits.transfers")
def transfers_are_posted() -> Iterator[str]:
    """Every transfer moved what was credited, and charged what a bank kept."""
    for reference, currency, credited, moved, fee, charged in rows(_MOVED, []):
        yield _("Transfer %(reference)s is %(credited)s with a fee of %(fee)s, and %(moved)s with %(charged)s was posted.") % {
            "reference": reference,
            "credited": Money(int(credited), currency),
            "fee": Money(int(fee), currency),
            "moved": Money(int(moved), currency),
            "charged": Money(int(charged), currency),
        }


_RECALLED: Final = """
SELECT r.reference, r.currency, r.amount_minor, coalesce(p.received, 0) + coalesce(h.held, 0), r.shortfall_minor, coalesce(p.shortfall, 0)
FROM credits_recall r
LEFT JOIN (
    SELECT p.entry_id, sum(p.amount_minor) AS received, sum(p.amount_minor) FILTER (WHERE c.kind = 'shortfall') AS shortfall
    FROM ledger_posting p JOIN ledger_account d ON d.id = p.debit_id JOIN ledger_account c ON c.id = p.credit_id
    WHERE p.event = 'recall' AND d.kind = 'received' GROUP BY 1
) p ON p.entry_id = r.entry_id
LEFT JOIN (SELECT entry_id, sum(amount_minor) AS held FROM ledger_posting WHERE event = 'refund_not_ours' GROUP BY 1) h ON h.entry_id = r.held_entry_id
WHERE (r.amount_minor - r.held_minor, r.held_minor, r.shortfall_minor) <> (coalesce(p.received, 0), coalesce(h.held, 0), coalesce(p.shortfall, 0))
ORDER BY 1
"""


@register("credits.recalls")
def recalls_are_posted() -> Iterator[str]:
    """Every recall took back what its document says, and left the shortfall that it says."""
    for reference, currency, amount, posted, shortfall, left in rows(_RECALLED, []):
        yield _("Recall %(reference)s is %(amount)s with a shortfall of %(shortfall)s, and %(posted)s with %(left)s was posted.") % {
            "reference": reference,
            "amount": Money(int(amount), currency),
            "shortfall": Money(int(shortfall), currency),
            "posted": Money(int(posted), currency),
            "left": Money(int(left), currency),
        }


# What the sender's bank kept is charged whole where all of the receipt is ours.
_RECEIVED: Final = """
SELECT r.reference, r.currency, r.sender_fee_minor, coalesce(p.fee, 0), coalesce(o.is_its_own, false)
FROM credits_receipt r
LEFT JOIN (
    SELECT p.tranche_id, sum(p.amount_minor) AS fee FROM ledger_posting p JOIN ledger_account d ON d.id = p.debit_id
    WHERE p.event IN ('receipt', 'sender_fee', 'identify') AND d.kind = 'charge'
        AND NOT EXISTS (SELECT 1 FROM credits_banktransfer t WHERE t.fee_entry_id = p.entry_id)
    GROUP BY 1
) p ON p.tranche_id = r.tranche_id
LEFT JOIN LATERAL (
    SELECT true AS is_its_own FROM ledger_posting one
    WHERE one.entry_id = r.entry_id AND one.tranche_id = r.tranche_id AND one.event IN ('receipt', 'hold_not_ours', 'identify') LIMIT 1
) o ON true
WHERE o.is_its_own IS NULL OR r.status = 'IDENTIFIED' AND r.not_ours_minor = 0 AND r.sender_fee_minor <> coalesce(p.fee, 0)
ORDER BY 1
"""


@register("credits.receipts")
def receipts_have_their_entry() -> Iterator[str]:
    """Every receipt names an entry that brought its tranche, and what the sender's bank kept of it was charged."""
    for reference, currency, fee, charged, is_its_own in rows(_RECEIVED, []):
        if not is_its_own:
            yield _("%(reference)s names an entry that is not its own.") % {"reference": reference}
            continue
        yield _("Receipt %(reference)s: the sender's bank kept %(fee)s, and %(charged)s was charged.") % {
            "reference": reference,
            "fee": Money(int(fee), currency),
            "charged": Money(int(charged), currency),
        }


@register("credits.sales")
def sales_are_their_serials() -> Iterator[str]:
    """Every sale is of as many tonnes as its serial ranges hold."""
    found = rows(
        "SELECT s.reference, s.quantity, coalesce(sum(l.last - l.first + 1), 0) FROM credits_sale s LEFT JOIN credits_salelot l ON l.sale_id = s.id"
        " GROUP BY s.id HAVING s.quantity <> coalesce(sum(l.last - l.first + 1), 0) ORDER BY 1",
        [],
    )
    for reference, quantity, serials in found:
        yield _("Sale %(reference)s is of %(quantity)s tonnes, and its serial ranges hold %(serials)s.") % {
            "reference": reference,
            "quantity": quantity,
            "serials": serials,
        }
