"""What must be true of spending records and the ledger together."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from django.utils.translation import gettext as _

from revenue.ledger.checks import register
from revenue.ledger.queries.rows import rows

# The draw in the book's currency, and what was funded in the recipient's own, must both be the entry's.
_POSTED: Final = """
SELECT s.reference, s.drawn_minor, coalesce(p.amount_minor, 0), s.funded_minor, coalesce(p.local_minor, 0), e.event IS NOT NULL,
    coalesce(e.event = 'spend' AND e.document = s.reference, false),
    coalesce(p.same_currency AND p.same_local AND p.same_holder, true)
FROM spending_spendingrecord s
JOIN registry_recipient r ON r.id = s.recipient_id
LEFT JOIN ledger_entry e ON e.id = s.entry_id
LEFT JOIN LATERAL (
    SELECT sum(x.amount_minor) AS amount_minor, sum(x.local_minor) AS local_minor, bool_and(x.currency = s.drawn_currency) AS same_currency,
        bool_and(x.local_currency = s.currency) AS same_local, bool_and(a.holder = r.code) AS same_holder
    FROM ledger_posting x JOIN ledger_account a ON a.id = x.credit_id WHERE x.entry_id = s.entry_id
) p ON true
WHERE s.status = 'ACCEPTED'
ORDER BY s.reference
"""


@register("spending.posted")
def accepted_spending_is_posted() -> Iterator[str]:
    """Every accepted record that drew money has its entry, of the same amounts, from its own recipient's advances."""
    for reference, drawn, posted, funded, posted_local, has_entry, is_spend, agrees in rows(_POSTED, []):
        if (drawn or funded) and not has_entry:
            yield _("%(reference)s was paid from advances and has no entry in the ledger.") % {"reference": reference}
        elif has_entry and not is_spend:
            yield _("%(reference)s names an entry that is not its own.") % {"reference": reference}
        elif (drawn, funded) != (posted, posted_local):
            yield _(
                "%(reference)s says %(drawn)s was drawn and %(funded)s paid by it; its entry moved %(posted)s and %(posted_local)s (minor units)."
            ) % {"reference": reference, "drawn": drawn, "funded": funded, "posted": posted, "posted_local": posted_local}
        elif not agrees:
            yield _("%(reference)s and its entry differ in currency or recipient.") % {"reference": reference}


@register("spending.decided")
def decided_records_have_their_decision() -> Iterator[str]:
    """No record is accepted or refused without the step that says who decided it."""
    for table, column in (("spending_spendingrecord", "spending_id"), ("spending_trainingrecord", "training_id")):
        found = rows(
            f"SELECT s.reference FROM {table} s WHERE s.status IN ('ACCEPTED', 'REFUSED') AND (s.decided_by_id IS NULL OR NOT EXISTS ("  # noqa: S608 - both names stand above
            f"SELECT 1 FROM spending_reviewstep v WHERE v.{column} = s.id AND v.status = s.status AND v.by_id = s.decided_by_id)) ORDER BY 1",
            [],
        )
        for (reference,) in found:
            yield _("%(reference)s was decided, and no decision is on record.") % {"reference": reference}


@register("spending.entries")
def spend_entries_have_their_record() -> Iterator[str]:
    """Every entry of spending that was not reversed belongs to one accepted record."""
    found = rows(
        "SELECT e.document FROM ledger_entry e LEFT JOIN spending_latercover c ON c.entry_id = e.id"
        " LEFT JOIN spending_spendingrecord s ON (s.entry_id = e.id OR s.id = c.spending_id) AND s.status = 'ACCEPTED'"
        " WHERE e.event = 'spend' AND s.id IS NULL AND NOT EXISTS (SELECT 1 FROM ledger_entry v WHERE v.reverses_id = e.id) ORDER BY 1",
        [],
    )
    for (document,) in found:
        yield _("The ledger shows spending of %(document)s, and no accepted record stands for it.") % {"document": document}


# What the documents say moved, beside what their entries moved: into the recoverable by the demand, out of it by each settlement.
_OWED: Final = """
WITH told AS (
    SELECT r.reference, r.entry_id, 'disallow' AS event, r.amount_minor, r.local_minor, r.recipient_id, r.purpose, r.currency
    FROM spending_recoverable r
    UNION ALL
    SELECT r.reference, t.entry_id,
        CASE t.kind WHEN 'REPAID' THEN 'repaid' WHEN 'WRITE_OFF' THEN 'write_off' WHEN 'TAKEN_BACK' THEN 'reversal' ELSE 'allowed_after_all' END,
        t.amount_minor * CASE t.kind WHEN 'TAKEN_BACK' THEN 1 ELSE -1 END, t.local_minor * CASE t.kind WHEN 'TAKEN_BACK' THEN 1 ELSE -1 END, r.recipient_id, r.purpose, r.currency
    FROM spending_settlement t JOIN spending_recoverable r ON r.id = t.recoverable_id WHERE t.status = 'DONE'
)
SELECT told.reference, abs(told.amount_minor), abs(coalesce(moved.amount_minor, 0)), e.event = told.event AND e.document = told.reference,
    (told.amount_minor, told.local_minor) = (coalesce(moved.amount_minor, 0), coalesce(moved.local_minor, 0))
FROM told JOIN ledger_entry e ON e.id = told.entry_id JOIN registry_recipient c ON c.id = told.recipient_id
LEFT JOIN LATERAL (
    SELECT sum(((d.kind = 'recoverable')::int - (k.kind = 'recoverable')::int) * p.amount_minor) AS amount_minor,
        sum(((d.kind = 'recoverable')::int - (k.kind = 'recoverable')::int) * p.local_minor) AS local_minor
    FROM ledger_posting p JOIN ledger_account d ON d.id = p.debit_id JOIN ledger_account k ON k.id = p.credit_id
    WHERE p.entry_id = told.entry_id AND (d.kind = 'recoverable' AND d.holder = c.code AND d.purpose = told.purpose
        OR k.kind = 'recoverable' AND k.holder = c.code AND k.purpose = told.purpose)
) moved ON true
ORDER BY told.reference, told.entry_id
"""
_LEFT: Final = """
SELECT coalesce(owed.holder, there.holder), coalesce(owed.purpose, there.purpose), coalesce(owed.amount_minor, 0), coalesce(there.amount_minor, 0)
FROM (
    SELECT c.code AS holder, r.purpose, r.currency, sum(r.left_minor) AS amount_minor
    FROM spending_recoverable r JOIN registry_recipient c ON c.id = r.recipient_id GROUP BY 1, 2, 3
) owed
FULL JOIN (
    SELECT a.holder, a.purpose, a.currency, sum(b.amount_minor) AS amount_minor
    FROM ledger_balance b JOIN ledger_account a ON a.id = b.account_id
    -- Money that was owed before the books began has no document here: it came with the opening position.
    WHERE a.kind = 'recoverable' AND b.lot IN (SELECT p.lot FROM ledger_posting p WHERE p.event = 'disallow')
    GROUP BY 1, 2, 3
) there ON (there.holder, there.purpose, there.currency) = (owed.holder, owed.purpose, owed.currency)
WHERE coalesce(owed.amount_minor, 0) <> coalesce(there.amount_minor, 0)
ORDER BY 1, 2
"""


@register("spending.owed")
def what_is_owed_back_is_posted() -> Iterator[str]:
    """Every demand, repayment, write-off and allowance has its entry, of the same amounts; together they leave what the ledger shows as owed."""
    for reference, told, posted, is_its_own, agrees in rows(_OWED, []):
        if not is_its_own:
            yield _("%(reference)s names an entry that is not its own.") % {"reference": reference}
        elif not agrees:
            yield _("%(reference)s says that %(told)s moved; its entry moved %(posted)s (minor units), or another amount in hand.") % {
                "reference": reference, "told": told, "posted": posted,
            }  # fmt: skip
    for holder, purpose, owed, there in rows(_LEFT, []):
        yield _("%(holder)s owes %(owed)s for %(purpose)s by its documents, and %(there)s by the ledger (minor units).") % {
            "holder": holder, "purpose": purpose, "owed": owed, "there": there,
        }  # fmt: skip


@register("spending.left")
def what_is_left_is_what_was_not_settled() -> Iterator[str]:
    """What a demand leaves is its amount less every settlement that is done."""
    found = rows(
        "SELECT r.reference FROM spending_recoverable r LEFT JOIN spending_settlement t ON t.recoverable_id = r.id AND t.status = 'DONE'"
        " AND NOT t.is_undone AND t.kind <> 'TAKEN_BACK' GROUP BY r.id"
        " HAVING (r.left_local_minor, r.left_minor) <> (r.local_minor - coalesce(sum(t.local_minor), 0), r.amount_minor - coalesce(sum(t.amount_minor), 0))"
        " ORDER BY 1",
        [],
    )
    for (reference,) in found:
        yield _("What %(reference)s leaves to be repaid is not its amount less what was settled.") % {"reference": reference}
    halves = rows(
        "SELECT r.reference FROM spending_settlement t JOIN spending_recoverable r ON r.id = t.recoverable_id"
        " LEFT JOIN spending_settlement u ON u.undoes_id = t.id AND u.status = 'DONE' LEFT JOIN ledger_entry v ON v.reverses_id = t.entry_id"
        " WHERE t.kind = 'REPAID' AND (t.is_undone <> (u.id IS NOT NULL) OR v.id IS DISTINCT FROM u.entry_id) ORDER BY 1",
        [],
    )
    for (reference,) in halves:
        yield _("A repayment of %(reference)s was taken back by half.") % {"reference": reference}


@register("spending.later")
def later_covers_and_undone_acceptances_are_posted() -> Iterator[str]:
    """Every later cover has its entry of the same amounts; every acceptance that was undone has its entries reversed."""
    covers = rows(
        "SELECT s.reference FROM spending_latercover c JOIN spending_spendingrecord s ON s.id = c.spending_id JOIN ledger_entry e ON e.id = c.entry_id"
        " WHERE e.event <> 'spend' OR e.document <> s.reference OR (c.drawn_minor, c.funded_minor) <>"
        " (SELECT sum(p.amount_minor), sum(p.local_minor) FROM ledger_posting p WHERE p.entry_id = e.id) ORDER BY 1",
        [],
    )
    for (reference,) in covers:
        yield _("A later cover of %(reference)s and its entry differ.") % {"reference": reference}
    undone = rows(
        "SELECT DISTINCT s.reference FROM spending_spendingrecord s LEFT JOIN spending_latercover c ON c.spending_id = s.id"
        " JOIN ledger_entry e ON e.id IN (s.entry_id, c.entry_id)"
        " WHERE s.status = 'UNDONE' AND NOT EXISTS (SELECT 1 FROM ledger_entry v WHERE v.reverses_id = e.id) ORDER BY 1",
        [],
    )
    for (reference,) in undone:
        yield _("The acceptance of %(reference)s was undone, and its entry stands.") % {"reference": reference}
