"""How the cost of the ledger grows with its history, on databases made for this and thrown away."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import count
from typing import Final

from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor

from core import clock
from core.audit.services import record
from revenue.ledger import checks, queries
from revenue.ledger.chart import Row
from revenue.ledger.places import account_ids
from revenue.ledger.services import EntryDraft, post, post_many
from tests.benchmarks import raw, workload
from tests.benchmarks.timing import Measure, Sample, measure_of, milliseconds, sample

BATCH_SALES: Final = workload.SALES_PER_QUARTER
BATCH_POSTINGS: Final = BATCH_SALES * workload.POSTINGS_PER_SALE
# In each round all sizes have their turn, so that whatever else the machine does meets them all alike.
ROUNDS: Final = 7
Disk = list[tuple[int, float, float]]


@dataclass
class Programme:
    """A history of a certain size, in a database of its own."""

    database: str = ""
    size: int = 0
    sales: int = 0
    grown_sales: int = 0
    copied: int = 0
    tranches: list[int] = field(default_factory=list)
    keys: count[int] = field(default_factory=count)

    @property
    def postings(self) -> int:
        return self.sales * workload.POSTINGS_PER_SALE

    def grow(self) -> None:
        """Add whole quarters until the history holds about as many postings as it should."""
        while self.postings < self.size * 0.98:
            post_many(entries=self.next_sales(BATCH_SALES))
        self.grown_sales = self.sales
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


# --- Databases ------------------------------------------------------------------------------------------------------------


@contextmanager
def databases(sizes: Sequence[int], say: Callable[[str], None]) -> Iterator[list[Programme]]:
    """Make a database for each size, each grown from a copy of the one before, and drop them at the end."""
    settled = connection.settings_dict["NAME"]
    programmes: list[Programme] = []
    try:
        for size in sorted(sizes):
            say(f"making {size:,} postings …")
            programmes.append(_made(f"{settled}_bench_{os.getpid()}_{size}", size, programmes[-1] if programmes else None))
        yield programmes
    finally:
        connection.close()
        connection.settings_dict["NAME"] = settled
        for programme in programmes:
            _on_the_server(f"DROP DATABASE {connection.ops.quote_name(programme.database)}")


def _made(name: str, size: int, before: Programme | None) -> Programme:
    connection.close()
    like = f" TEMPLATE {connection.ops.quote_name(before.database)}" if before else ""
    _on_the_server(f"CREATE DATABASE {connection.ops.quote_name(name)}{like}")
    programme = replace(before, tranches=list(before.tranches)) if before else Programme()
    programme.database, programme.size = name, size
    work_on(programme)
    if before is None:
        MigrationExecutor(connection).migrate([("ledger", "0006_batches")])
        raw.make_tables()
    programme.grow()
    return programme


def work_on(programme: Programme) -> None:
    """Turn the connection to the database of a programme."""
    connection.close()
    connection.settings_dict["NAME"] = programme.database


def _on_the_server(sql: str) -> None:
    with connection._nodb_cursor() as cursor:
        cursor.execute(sql)


# --- What is measured ---------------------------------------------------------------------------------------------------------


def sample_balance(programme: Programme) -> Sample:
    place = workload.pot(0)
    account = account_ids([place])[place.code]
    return sample(lambda: queries.balance(place), lambda: raw.balance(account))


def sample_trial_balance(programme: Programme) -> Sample:
    return sample(lambda: queries.trial_balance("USD"), raw.trial_balance)


def sample_trace_down(programme: Programme) -> Sample:
    tranche = programme.tranches[len(programme.tranches) // 2]
    return sample(lambda: queries.trace_down([tranche]), lambda: raw.trace(tranche))


def sample_trace_up(programme: Programme) -> Sample:
    middle = len(programme.tranches) // 2
    return sample(lambda: queries.trace_up(middle * workload.DISBURSEMENTS + 1, programme.tranches[middle]))


def sample_flows(programme: Programme) -> Sample:
    first, end = workload.quarter_of(programme.grown_sales - 1)
    return sample(lambda: queries.flows(first, end, by_tranche=False), lambda: raw.report(first, end))


def sample_flows_by_tranche(programme: Programme) -> Sample:
    first, end = workload.quarter_of(programme.grown_sales - 1)
    return sample(lambda: queries.flows(first, end), lambda: raw.report(first, end, by_tranche=True))


def sample_equation(programme: Programme) -> Sample:
    _first, end = workload.quarter_of(programme.grown_sales - 1)
    return sample(lambda: queries.equation(through=end))


def sample_replay(programme: Programme) -> Sample:
    return sample(lambda: list(checks.run(["ledger.balances"])), raw.trial_balance)


def sample_post(programme: Programme) -> Sample:
    return _sample_post(programme, audited=False)


def sample_audited_post(programme: Programme) -> Sample:
    return _sample_post(programme, audited=True)


def _sample_post(programme: Programme, *, audited: bool) -> Sample:
    accounts = account_ids([workload.pot(0), workload.UNALLOCATED])
    debit, credit = (accounts[place.code] for place in (workload.pot(0), workload.UNALLOCATED))
    tranche, day = programme.tranches[-1], workload.sale_day(programme.sales)

    def ours(event: str, row: Row) -> None:
        with transaction.atomic() if audited else nullcontext():
            entry = post(event=event, day=day, rows=[row], key=f"bench {next(programme.keys)}", document="bench", by_id=None)
            if audited:
                record(act="bench.post", subject=entry.key, by=None, at=clock.now(), after={"amount_minor": row.amount_minor})

    ours("receipt", Row(workload.UNALLOCATED, workload.RECEIVED, 1000, tranche))
    mine, plain = [], []
    for _time in range(20):
        mine.append(milliseconds(partial(ours, "allocate", Row(workload.pot(0), workload.UNALLOCATED, 1, tranche))))
        key = f"bench {next(programme.keys)}"
        plain.append(milliseconds(partial(raw.post_one, debit=debit, credit=credit, tranche=tranche, key=key)))
    return sorted(mine)[10], sorted(plain)[10]


def sample_batch(programme: Programme) -> Sample:
    programme.copied = raw.catch_up(after=programme.copied)
    drafts = programme.next_sales(BATCH_SALES)
    written: list[int] = []
    mine = milliseconds(lambda: written.extend(post_many(entries=drafts)))
    texts = raw.copy_like(written)
    plain = milliseconds(lambda: raw.copy_in(texts))
    programme.copied = max(written)
    return mine, plain


# Reads first: what posting adds is small beside the history, but it is there.
MEASURES: Final[dict[str, dict[str, Callable[[Programme], Sample]]]] = {
    "balance": {"balance of one place": sample_balance, "trial balance": sample_trial_balance},
    "trace": {"trace, sale to spending": sample_trace_down, "trace, spending to sale": sample_trace_up},
    "report": {
        "report, flows of a quarter": sample_flows,
        "report, flows by tranche": sample_flows_by_tranche,
        "report, equation at its end": sample_equation,
    },
    "checks": {"check_books, replay of all balances": sample_replay},
    "post": {"post, one entry": sample_post, "post, one entry and its audit record": sample_audited_post},
    "batch": {f"post_many, {BATCH_POSTINGS:,} postings": sample_batch},
}
# These take long or add to the history: the last rounds are theirs.
_FEW_ROUNDS: Final = {"checks": 5, "batch": 5}


def bytes_per_posting() -> tuple[float, float]:
    """Return what a posting takes on disk with entry, balances and indexes, and what it takes in the raw tables."""
    ours, plain, rows, plain_rows = raw.execute(
        "SELECT (SELECT sum(pg_total_relation_size(t::regclass)) FROM unnest(ARRAY['ledger_entry', 'ledger_posting', 'ledger_balance',"
        " 'ledger_total']) t), pg_total_relation_size('raw_entry') + pg_total_relation_size('raw_posting'),"
        " (SELECT count(*) FROM ledger_posting), (SELECT count(*) FROM raw_posting)"
    )[0]
    return float(ours) / rows, float(plain) / plain_rows


def run(*, sizes: Sequence[int], only: Sequence[str], say: Callable[[str], None]) -> tuple[list[Measure], Disk]:
    """Make a history of each size, go round them all several times, and return the medians and the bytes of a posting."""
    samples: dict[tuple[str, int], list[Sample]] = defaultdict(list)
    with databases(sizes, say) as programmes:
        disk: Disk = []
        for turn in range(ROUNDS):
            say(f"round {turn + 1} of {ROUNDS} …")
            for programme in programmes:
                work_on(programme)
                if turn == 0:
                    disk.append((programme.size, *bytes_per_posting()))
                for group in only or MEASURES:
                    if turn >= ROUNDS - _FEW_ROUNDS.get(group, ROUNDS):
                        for name, measured in MEASURES[group].items():
                            samples[name, programme.size].append(measured(programme))
    return [measure_of(name, size, found) for (name, size), found in samples.items()], disk
