"""What must always be true of allocations."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _

from revenue.ledger.checks import register
from revenue.ledger.queries.rows import rows


@register("sharing.runs")
def lines_add_up_to_the_posting() -> Iterator[str]:
    """The lines of an allocation add up to its amount and to what its entry moved."""
    found = rows(
        "SELECT t.code, r.amount_minor, coalesce(l.lines, 0), coalesce(p.posted, 0) FROM sharing_allocationrun r"
        " JOIN ledger_tranche t ON t.id = r.tranche_id"
        " LEFT JOIN (SELECT run_id, sum(amount_minor) AS lines FROM sharing_allocationline GROUP BY 1) l ON l.run_id = r.id"
        " LEFT JOIN (SELECT entry_id, sum(amount_minor) AS posted FROM ledger_posting WHERE event = 'allocate' GROUP BY 1) p"
        " ON p.entry_id = r.entry_id"
        " WHERE r.status IN ('ALLOCATED', 'REVERSED') AND (r.amount_minor <> coalesce(l.lines, 0) OR r.amount_minor <> coalesce(p.posted, 0))"
        " ORDER BY 1",
        [],
    )
    for tranche, amount, lines, posted in found:
        yield _("The allocation of %(tranche)s is %(amount)s, its lines add up to %(lines)s and its entry to %(posted)s.") % {
            "tranche": tranche,
            "amount": amount,
            "lines": lines,
            "posted": posted,
        }


@register("sharing.releases")
def releases_are_posted() -> Iterator[str]:
    """What was released from being withheld was posted, with the line's amount."""
    found = rows(
        "SELECT t.code, l.position, l.amount_minor, coalesce(sum(p.amount_minor), 0) FROM sharing_allocationline l"
        " JOIN sharing_allocationrun r ON r.id = l.run_id JOIN ledger_tranche t ON t.id = r.tranche_id"
        " LEFT JOIN ledger_posting p ON p.entry_id = l.release_entry_id AND p.event = 'release'"
        " WHERE l.release_entry_id IS NOT NULL GROUP BY 1, 2, 3 HAVING l.amount_minor <> coalesce(sum(p.amount_minor), 0) ORDER BY 1, 2",
        [],
    )
    for tranche, position, amount, posted in found:
        yield _("Line %(position)s of the allocation of %(tranche)s released %(amount)s, and %(posted)s was posted.") % {
            "tranche": tranche,
            "position": position,
            "amount": amount,
            "posted": posted,
        }
