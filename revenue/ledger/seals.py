"""A posting as it is sealed: with its entry, accounts and tranche, so that a change to any of them shows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from core.audit.hashing import canonical
from core.audit.sources import Sealable, iso, register
from revenue.ledger.queries.rows import rows

KIND: Final = "posting"

# Left joins: where an entry or account is gone, the posting is still there and no longer what was sealed.
_TEXTS: Final = """
SELECT p.id, p.line, p.event, p.day, d.code, c.code, t.code, t.source, t.received_on, p.lot, p.amount_minor, p.currency,
    p.local_minor, p.local_currency, p.entry_id, e.event, e.day, e.occurred_on, e.key, e.document, e.line_count, e.reverses_id,
    e.corrects_id, e.made_by_id, e.created_at
FROM ledger_posting p
LEFT JOIN ledger_account d ON d.id = p.debit_id
LEFT JOIN ledger_account c ON c.id = p.credit_id
LEFT JOIN ledger_tranche t ON t.id = p.tranche_id
LEFT JOIN ledger_entry e ON e.id = p.entry_id
WHERE p.id = ANY (%s) ORDER BY p.id
"""


def texts(ids: Sequence[int]) -> Iterator[Sealable]:
    """Yield the postings of these ids in order, each as its sealed text. Amounts are minor units."""
    for row in rows(_TEXTS, [list(ids)]):
        posting, entry = row[:14], row[14:]
        facts = {
            "amount_minor": posting[10],
            "credit": posting[5],
            "currency": posting[11],
            "day": posting[3].isoformat(),
            "debit": posting[4],
            "entry": _entry(entry),
            "event": posting[2],
            "id": posting[0],
            "kind": KIND,
            "line": posting[1],
            "local_currency": posting[13],
            "local_minor": posting[12],
            "lot": posting[9],
            "tranche": {"code": posting[6], "received_on": _day(posting[8]), "source": posting[7]},
        }
        name = f"posting {posting[0]} (line {posting[1]} of entry {entry[4]}, {posting[2]} for {entry[5]})"
        yield Sealable(posting[0], canonical(facts), posting[3].isoformat(), name)


def _entry(row: Sequence[object]) -> dict[str, object]:
    pk, event, day, occurred_on, key, document, line_count, reverses, corrects, made_by, created_at = row
    return {
        "corrects": corrects,
        "created_at": iso(created_at) if created_at else None,  # type: ignore[arg-type]
        "day": _day(day),
        "document": document,
        "event": event,
        "id": pk,
        "key": key,
        "line_count": line_count,
        "made_by": made_by,
        "occurred_on": _day(occurred_on),
        "reverses": reverses,
    }


def _day(day: object) -> str | None:
    return str(day) if day else None


register(kind=KIND, table="ledger_posting", trigger="ledger_posting_await_seal", texts=texts)
