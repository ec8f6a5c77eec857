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
        " WHERE r.corrects_id IS NULL AND r.status IN ('ALLOCATED', 'CORRECTED', 'REVERSED') AND (r.amount_minor <> coalesce(l.lines, 0) OR r.amount_minor <> coalesce(p.posted, 0))"
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


@register("sharing.corrections")
def corrections_are_posted() -> Iterator[str]:
    """A correction shares the same amount again, and its entry moved exactly what each place got more."""
    found = rows(
        "WITH places AS ("
        " SELECT id, pot_id, recipient_id, sum(now) AS now, sum(before) AS before FROM ("
        " SELECT r.id, l.pot_id, l.recipient_id, l.amount_minor AS now, 0 AS before"
        " FROM sharing_allocationrun r JOIN sharing_allocationline l ON l.run_id = r.id"
        " UNION ALL SELECT r.id, l.pot_id, l.recipient_id, 0, l.amount_minor"
        " FROM sharing_allocationrun r JOIN sharing_allocationline l ON l.run_id = r.corrects_id) both_sides GROUP BY 1, 2, 3)"
        " SELECT t.code, r.amount_minor, sum(p.now), sum(greatest(p.now - p.before, 0)),"
        " (SELECT coalesce(sum(amount_minor), 0) FROM ledger_posting WHERE entry_id = r.entry_id AND event = 'reallocate')"
        " FROM sharing_allocationrun r JOIN places p ON p.id = r.id JOIN ledger_tranche t ON t.id = r.tranche_id"
        " WHERE r.corrects_id IS NOT NULL AND r.entry_id IS NOT NULL"
        " GROUP BY r.id, t.code, r.amount_minor, r.entry_id ORDER BY 1",
        [],
    )
    for tranche, amount, lines, more, posted in found:
        if amount != lines or more != posted:
            yield _("The correction of %(tranche)s shares %(amount)s, its lines are %(lines)s; they grew by %(more)s and %(posted)s was posted.") % {
                "tranche": tranche,
                "amount": amount,
                "lines": lines,
                "more": more,
                "posted": posted,
            }


@register("sharing.releases")
def releases_are_posted() -> Iterator[str]:
    """What was released from being withheld was posted, with the line's amount."""
    found = rows(
        "SELECT t.code, l.position, coalesce(l.released_minor, l.amount_minor), coalesce(sum(p.amount_minor), 0) FROM sharing_allocationline l"
        " JOIN sharing_allocationrun r ON r.id = l.run_id JOIN ledger_tranche t ON t.id = r.tranche_id"
        " LEFT JOIN ledger_posting p ON p.entry_id = l.release_entry_id AND p.event = 'release'"
        " WHERE l.release_entry_id IS NOT NULL GROUP BY 1, 2, 3 HAVING coalesce(l.released_minor, l.amount_minor) <> coalesce(sum(p.amount_minor), 0) ORDER BY 1, 2",
        [],
    )
    for tranche, position, amount, posted in found:
        yield _("Line %(position)s of the allocation of %(tranche)s released %(amount)s, and %(posted)s was posted.") % {
            "tranche": tranche,
            "position": position,
            "amount": amount,
            "posted": posted,
        }
