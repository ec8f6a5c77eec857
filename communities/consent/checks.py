"""What must always be true of what was withheld for want of consent."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from django.utils.translation import gettext as _

from revenue.ledger.checks import register
from revenue.ledger.queries.rows import rows

_MOVED: Final = """
SELECT w.id, w.amount_minor, coalesce(p.moved, 0), w.release_entry_id IS NULL OR coalesce(r.reverses_id = w.entry_id, false)
FROM consent_withholding w
LEFT JOIN ledger_entry r ON r.id = w.release_entry_id
LEFT JOIN LATERAL (
    SELECT sum(x.amount_minor) AS moved FROM ledger_posting x
    JOIN ledger_account d ON d.id = x.debit_id JOIN ledger_account c ON c.id = x.credit_id
    WHERE x.entry_id = w.entry_id AND x.event = 'reallocate' AND x.currency = w.currency AND d.kind = 'withheld' AND c.kind = 'pot'
        AND d.holder = c.holder
) p ON true
ORDER BY w.id
"""


@register("consent.withheld")
def withholdings_are_posted() -> Iterator[str]:
    """What was withheld for want of consent was posted, and its release is the same entry the other way round."""
    for number, amount, moved, is_released_whole in rows(_MOVED, []):
        if amount != moved:
            yield _("Withholding %(number)s says %(amount)s, and its entry moved %(moved)s (minor units).") % {
                "number": number,
                "amount": amount,
                "moved": moved,
            }
        if not is_released_whole:
            yield _("The release of withholding %(number)s is not its entry the other way round.") % {"number": number}
