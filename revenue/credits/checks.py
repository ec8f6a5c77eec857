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
