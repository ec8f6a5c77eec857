"""How the cost of the ledger grows with its history, on a database made for this and thrown away."""

from __future__ import annotations

import os
import statistics
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from typing import Final

from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from revenue.ledger import checks, queries
from revenue.ledger.chart import Row
from revenue.ledger.places import account_ids
from revenue.ledger.services import EntryDraft, post, post_many
from tests.benchmarks import raw, workload
from tests.benchmarks.timing import Measure, median_of, milliseconds, paired

BATCH_SALES: Final = workload.SALES_PER_QUARTER


@contextmanager
def throw_away_database() -> Iterator[None]:
    """Work on a database of its own beside the one that is set, and drop it at the end."""
    settled = connection.settings_dict["NAME"]
    name = f"{settled}_bench_{os.getpid()}"
    quoted = connection.ops.quote_name(name)
    _on_the_server(f"CREATE DATABASE {quoted}")
    connection.close()
    connection.settings_dict["NAME"] = name
    try:
        MigrationExecutor(connection).migrate([("ledger", "0003_allowed_pairs")])
        raw.make_tables()
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = settled
        _on_the_server(f"DROP DATABASE {quoted}")


def _on_the_server(sql: str) -> None:
    with connection._nodb_cursor() as cursor:
        cursor.execute(sql)


@dataclass
class Programme:
    """The history so far: it only grows."""

    sales: int = 0
    tranches: list[int] = field(default_factory=list)
    copied: int = 0
    keys: count[int] = field(default_factory=count)

    @property
    def postings(self) -> int:
        return self.sales * workload.POSTINGS_PER_SALE

    def grow_to(self, size: int) -> None:
        """Add whole quarters until the history holds about that many postings."""
        while self.postings < size * 0.98:
            post_many(entries=self.next_sales(BATCH_SALES))
        self.copied = raw.catch_up(after=self.copied)
        raw.execute("VACUUM ANALYZE")

    def next_sales(self, sales: int) -> list[EntryDraft]:
        """Open the tranches of the next sales and return their entries, which are then to be posted."""
        entries = []
        for _sale in range(sales):
            tranche, drafts = workload.sale_entries(self.sales)
            self.sales += 1
            self.tranches.append(tranche)
            entries += drafts
        return entries


def measure_post(programme: Programme) -> Iterator[Measure]:
    accounts = account_ids([workload.pot(0), workload.UNALLOCATED])
    debit, credit = (accounts[place.code] for place in (workload.pot(0), workload.UNALLOCATED))
    tranche = programme.tranches[-1]
    receipt = Row(workload.UNALLOCATED, workload.RECEIVED, 10**6, tranche)
    day = workload.sale_day(programme.sales)
    post(event="receipt", day=day, rows=[receipt], key=f"bench {next(programme.keys)}", document="bench", by_id=1)

    def ours() -> None:
        for _time in range(20):
            rows = [Row(workload.pot(0), workload.UNALLOCATED, 1, tranche)]
            post(event="allocate", day=day, rows=rows, key=f"bench {next(programme.keys)}", document="bench", by_id=1)

    def plain() -> None:
        for _time in range(20):
            raw.post_one(debit=debit, credit=credit, tranche=tranche, key=f"bench {next(programme.keys)}")

    median, ratio = paired(ours, plain, rounds=15)
    yield Measure("post, one entry", programme.postings, median / 20, ratio)


def measure_batch(programme: Programme) -> Iterator[Measure]:
    times, ratios = [], []
    programme.copied = raw.catch_up(after=programme.copied)
    for _round in range(5):
        drafts = programme.next_sales(BATCH_SALES)
        written: list[int] = []
        times.append(milliseconds(partial(_post, drafts, written)))
        texts = raw.copy_like(written)
        ratios.append(times[-1] / milliseconds(partial(raw.copy_in, texts)))
        programme.copied = max(written)
    name = f"post_many, {BATCH_SALES * workload.POSTINGS_PER_SALE:,} postings"
    yield Measure(name, programme.postings, statistics.median(times), statistics.median(ratios))


def _post(drafts: list[EntryDraft], written: list[int]) -> None:
    written += post_many(entries=drafts)


def measure_balance(programme: Programme) -> Iterator[Measure]:
    place = workload.pot(0)
    account = account_ids([place])[place.code]
    median, ratio = paired(lambda: queries.balance(place), lambda: raw.balance(account), rounds=15)
    yield Measure("balance of one place", programme.postings, median, ratio)
    median, ratio = paired(lambda: queries.trial_balance("USD"), raw.trial_balance, rounds=9)
    yield Measure("trial balance", programme.postings, median, ratio)


def measure_trace(programme: Programme) -> Iterator[Measure]:
    middle = len(programme.tranches) // 2
    tranche = programme.tranches[middle]
    median, ratio = paired(lambda: queries.trace_down([tranche]), lambda: raw.trace(tranche), rounds=15)
    yield Measure("trace, sale to spending", programme.postings, median, ratio)
    lot = middle * workload.DISBURSEMENTS + 1
    yield Measure("trace, spending to sale", programme.postings, median_of(lambda: queries.trace_up(lot, tranche), rounds=15))


def measure_report(programme: Programme) -> Iterator[Measure]:
    first, end = workload.quarter_of(programme.sales - 1)
    median, ratio = paired(lambda: queries.flows(first, end), lambda: raw.report(first, end), rounds=9)
    yield Measure("report, flows of a quarter", programme.postings, median, ratio)
    yield Measure("report, equation at its end", programme.postings, median_of(lambda: queries.equation(through=end), rounds=9))


def measure_checks(programme: Programme) -> Iterator[Measure]:
    median, ratio = paired(lambda: list(checks.run(["ledger.balances"])), raw.trial_balance, rounds=3)
    yield Measure("check_books, replay of balances", programme.postings, median, ratio)


# Reads first: what posting adds belongs to the next size.
MEASURES: Final[dict[str, Callable[[Programme], Iterator[Measure]]]] = {
    "balance": measure_balance,
    "trace": measure_trace,
    "report": measure_report,
    "checks": measure_checks,
    "post": measure_post,
    "batch": measure_batch,
}


def bytes_per_posting() -> tuple[float, float]:
    """Return what a posting takes on disk with entry, balances and indexes, and what it takes in the raw tables."""
    ours, plain, rows = raw.execute(
        "SELECT (SELECT sum(pg_total_relation_size(t::regclass)) FROM unnest(ARRAY['ledger_entry', 'ledger_posting', 'ledger_balance',"
        " 'ledger_total']) t), pg_total_relation_size('raw_entry') + pg_total_relation_size('raw_posting'), (SELECT count(*) FROM ledger_posting)"
    )[0]
    plain_rows = raw.execute("SELECT count(*) FROM raw_posting")[0][0]
    return float(ours) / rows, float(plain) / plain_rows


def run(*, sizes: Sequence[int], only: Sequence[str], say: Callable[[str], None]) -> tuple[list[Measure], list[tuple[int, float, float]]]:
    """Grow the history from size to size, measure at each, and return the measures and the bytes of a posting."""
    programme = Programme()
    measures: list[Measure] = []
    disk: list[tuple[int, float, float]] = []
    for size in sorted(sizes):
        say(f"{size:,} postings …")
        programme.grow_to(size)
        disk.append((programme.postings, *bytes_per_posting()))
        for name, measure in MEASURES.items():
            if not only or name in only:
                measures += [Measure(one.name, size, one.milliseconds, one.to_raw) for one in measure(programme)]
    return measures, disk
