"""The sealed rows of a quarter in the very words that were sealed, the seals, and the balances at both ends."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from datetime import date
from typing import Any, Final

from django.db import connection

from core.audit import sources
from core.audit.models import Seal, SealItem
from core.audit.seals import ROWS_AT_ONCE, in_parts
from revenue.ledger import chart

Json = dict[str, Any]


def seals() -> Iterator[Json]:
    """Yield every seal from the first on: the chain is proved from its beginning."""
    for seal in Seal.objects.order_by("number").iterator(chunk_size=ROWS_AT_ONCE):
        yield {"content": seal.content, "number": seal.number, "root": seal.root}


def seals_of(*, first: date, end: date) -> list[int]:
    """Return the seals that cover a record, file or posting of a day in [first, end)."""
    found = []
    for number, content in Seal.objects.order_by("number").values_list("number", "content").iterator(chunk_size=ROWS_AT_ONCE):
        contents = json.loads(content)["contents"].values()
        if any(held["first"] < end.isoformat() and held["last"] >= first.isoformat() for held in contents):
            found.append(number)
    return found


def members(numbers: list[int]) -> Iterator[Json]:
    """Yield the members of some seals in the order of their trees."""
    rows = SealItem.objects.filter(seal__in=numbers).order_by("seal_id", "kind", "item_id").values_list("seal_id", "kind", "item_id", "leaf")
    for seal, kind, item, leaf in rows.iterator(chunk_size=ROWS_AT_ONCE):
        yield {"id": item, "kind": kind, "leaf": bytes(leaf).hex(), "seal": seal}


def texts(kind: str, numbers: list[int]) -> Iterator[str]:
    """Yield the sealed texts of one kind, in the order of the members. A row that is gone is left out, and will be missed."""
    rows = SealItem.objects.filter(seal__in=numbers, kind=kind).order_by("seal_id", "item_id").values_list("item_id", flat=True)
    for part in in_parts(rows.iterator(chunk_size=ROWS_AT_ONCE), ROWS_AT_ONCE):
        there = {item.id: item.text for item in sources.source_of(kind).texts(part)}
        yield from (there[item] for item in part if item in there)


# A server-side cursor reads the balances, so that their number does not matter.
_BALANCES: Final = """
SELECT a.code, t.code, s.lot, sum(s.amount_minor)::bigint, sum(s.local_minor)::bigint FROM (
    SELECT p.debit_id AS account_id, p.tranche_id, CASE WHEN d.by_lot THEN p.lot ELSE 0 END AS lot, p.amount_minor,
        CASE WHEN d.by_lot_local THEN p.local_minor ELSE 0 END AS local_minor
    FROM ledger_posting p JOIN ledger_account d ON d.id = p.debit_id WHERE p.day < %(before)s
    UNION ALL
    SELECT p.credit_id, p.tranche_id, CASE WHEN c.by_lot THEN p.lot ELSE 0 END, -p.amount_minor,
        CASE WHEN c.by_lot_local THEN -p.local_minor ELSE 0 END
    FROM ledger_posting p JOIN ledger_account c ON c.id = p.credit_id WHERE p.day < %(before)s
) s
JOIN ledger_account a ON a.id = s.account_id
JOIN ledger_tranche t ON t.id = s.tranche_id
GROUP BY 1, 2, 3 HAVING sum(s.amount_minor) <> 0 OR sum(s.local_minor) <> 0
ORDER BY a.code COLLATE "C", t.code COLLATE "C", s.lot
"""


def balances(*, before: date) -> Iterator[Json]:
    """Yield what lay where at the beginning of a day, from the postings: account, tranche, lot, minor units."""
    with connection.chunked_cursor() as cursor:
        cursor.execute(_BALANCES, {"before": before})
        while part := cursor.fetchmany(ROWS_AT_ONCE):
            for account, tranche, lot, amount, local in part:
                yield {"account": account, "amount_minor": amount, "local_minor": local, "lot": lot, "tranche": tranche}


def pairs() -> Iterator[Json]:
    """Yield the movements each event may make."""
    for pair in sorted(chart.PAIRS, key=lambda pair: (pair.event, pair.debit, pair.credit)):
        facts = asdict(pair)
        yield {**facts, "debit_kind": facts.pop("debit"), "credit_kind": facts.pop("credit")}


_LOTS: Final = """
SELECT lot FROM ledger_posting WHERE lot > 0 AND day >= %(first)s AND day < %(end)s
UNION
SELECT lot FROM (
    SELECT p.lot, p.debit_id AS account_id, p.amount_minor AS amount FROM ledger_posting p WHERE p.lot > 0 AND p.day < %(first)s
    UNION ALL
    SELECT p.lot, p.credit_id, -p.amount_minor FROM ledger_posting p WHERE p.lot > 0 AND p.day < %(first)s
) s JOIN ledger_account a ON a.id = s.account_id AND a.by_lot
GROUP BY s.lot, s.account_id HAVING sum(s.amount) <> 0
ORDER BY lot
"""


def lots(*, first: date, end: date) -> list[int]:
    """Return the disbursements that money moved for in [first, end), or that held money when it began."""
    with connection.cursor() as cursor:
        cursor.execute(_LOTS, {"first": first, "end": end})
        return [lot for (lot,) in cursor.fetchall()]
