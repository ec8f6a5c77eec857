"""How long freezing a quarter's snapshot takes beside the raw SQL that fetches the same rows, on rows that are rolled back."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import partial
from typing import Final, TypedDict

from django.db import connection, transaction

from reports import queries
from reports.snapshot import freeze
from revenue.credits.models import Identification
from revenue.ledger.services import post_many
from tests.benchmarks import workload
from tests.benchmarks.timing import milliseconds
from tests.flows.programme import SmallProgramme

NAME: Final = "snapshot"
FIRST, END, DAY = date(2026, 7, 1), date(2026, 10, 1), date(2026, 8, 3)
AT: Final = datetime(2026, 10, 5, 3, 0, tzinfo=UTC)
SALES_AT_ONCE: Final = 70
LIMIT: Final = 2.0
# The raw side: the rows that the snapshot adds up, as the driver hands them over.
_RAW: Final = """
SELECT p.day, p.event, d.code, c.code, p.tranche_id, p.lot, p.amount_minor, p.local_minor
FROM ledger_posting p JOIN ledger_account d ON d.id = p.debit_id JOIN ledger_account c ON c.id = p.credit_id
WHERE p.day >= %s AND p.day < %s
"""


class Measured(TypedDict):
    """One figure of a benchmark, and whether it holds."""

    id: str
    value: float
    unit: str
    limit: float
    holds: bool


def measure(*, postings: int = 100_000, rounds: int = 5) -> Measured:
    """
    Return the median ratio of freezing to fetching, for a programme with so many postings in the quarter.

    Needs a migrated database without rows; everything is rolled back.
    """
    with _programme(postings) as programme:
        ratios = [_round(programme) for _time in range(rounds)]
    ratio = round(statistics.median(ratios), 2)
    return {"id": "reports.freeze_to_raw", "value": ratio, "unit": "x", "limit": LIMIT, "holds": ratio <= LIMIT}


def _round(programme: SmallProgramme) -> float:
    scope = queries.scope_of(project=programme.project, first=FIRST, end=END)
    ours = milliseconds(partial(freeze, scope=scope, label="2026Q3", version=1, closed_on=None, at=AT, seal=None))
    return ours / milliseconds(_fetch)


def _fetch() -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(_RAW, [FIRST, END])
        found: list[tuple[object, ...]] = cursor.fetchall()
    return found


@contextmanager
def _programme(postings: int) -> Iterator[SmallProgramme]:
    with transaction.atomic():
        programme = SmallProgramme()
        sales = -(-postings // workload.POSTINGS_PER_SALE)
        for start in range(0, sales, SALES_AT_ONCE):
            made = [workload.sale_entries(sale) for sale in range(start, min(start + SALES_AT_ONCE, sales))]
            post_many(entries=[replace(draft, day=DAY) for _tranche, drafts in made for draft in drafts])
            Identification.objects.bulk_create(
                Identification(tranche_id=tranche, project=programme.project, identified_by=programme.officer, identified_at=AT)
                for tranche, _drafts in made
            )
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        yield programme
        transaction.set_rollback(True)
