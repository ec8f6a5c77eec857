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
        "SELECT e.document FROM ledger_entry e LEFT JOIN spending_spendingrecord s ON s.entry_id = e.id AND s.status = 'ACCEPTED'"
        " WHERE e.event = 'spend' AND s.id IS NULL AND NOT EXISTS (SELECT 1 FROM ledger_entry v WHERE v.reverses_id = e.id) ORDER BY 1",
        [],
    )
    for (document,) in found:
        yield _("The ledger shows spending of %(document)s, and no accepted record stands for it.") % {"document": document}
