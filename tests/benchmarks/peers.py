"""The same work by plain Django models and by django-hordak, turn by turn with ours, on the same server."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Final

from django.core.management.base import CommandError
from django.db import connection, models, transaction
from django.db.models import Sum

from revenue.ledger import queries
from revenue.ledger.chart import Row
from revenue.ledger.places import account_ids
from revenue.ledger.services import EntryDraft, post_many
from tests.benchmarks import ledger, raw, workload
from tests.benchmarks.timing import exponent, milliseconds

NAME: Final = "peers"
ROUNDS: Final = 7
# What a pip installs there; the bench makes the environment itself unless HORDAK_PYTHON names the Python of one.
HORDAK: Final = ("django-hordak==2.0.0", "Django>=5.2,<5.3", "psycopg[binary]>=3.2")
_SCRIPT: Final = Path(__file__).with_name("hordak_ledger.py")
# Hordak's table of all balances takes seconds at a million legs.
_SLOW: Final = {"trial_balance": 3, "trial_balance_orm": 3, "batch": 3}
Times = dict[tuple[int, str, str], list[float]]


class PlainEntry(models.Model):
    """An entry as plain Django would keep it: the raw table, without rules."""

    event = models.TextField()
    day = models.DateField()
    occurred_on = models.DateField()
    key = models.TextField()
    document = models.TextField()
    line_count = models.IntegerField()
    created_at = models.DateTimeField(db_default=models.functions.Now())

    class Meta:
        app_label = "benchmarks"
        managed = False
        db_table = "raw_entry"

    def __str__(self) -> str:
        return self.key


class PlainPosting(models.Model):
    """A posting as plain Django would keep it."""

    entry = models.ForeignKey(PlainEntry, on_delete=models.PROTECT)
    line = models.IntegerField()
    event = models.TextField()
    day = models.DateField()
    debit_id = models.BigIntegerField()
    credit_id = models.BigIntegerField()
    tranche_id = models.BigIntegerField()
    lot = models.BigIntegerField()
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    local_minor = models.BigIntegerField()
    local_currency = models.CharField(max_length=3)

    class Meta:
        app_label = "benchmarks"
        managed = False
        db_table = "raw_posting"

    def __str__(self) -> str:
        return f"{self.event} {self.amount_minor}"


# Of no installed app, so that the type checker does not know their managers.
_ENTRIES: Any = PlainEntry
_POSTINGS: Any = PlainPosting


def _plain(draft: EntryDraft, accounts: dict[str, int]) -> tuple[PlainEntry, list[PlainPosting]]:
    entry = PlainEntry(
        event=draft.event, day=draft.day, occurred_on=draft.day, key=f"plain {draft.key}", document=draft.document, line_count=len(draft.rows),
    )  # fmt: skip
    rows = [
        PlainPosting(
            entry=entry, line=line, event=draft.event, day=draft.day, debit_id=accounts[row.debit.code], credit_id=accounts[row.credit.code],
            tranche_id=row.tranche_id, lot=row.lot, amount_minor=row.amount_minor, currency=row.debit.currency, local_minor=row.local_minor,
            local_currency=row.local_currency,
        )
        for line, row in enumerate(draft.rows, start=1)
    ]  # fmt: skip
    return entry, rows


def _plain_batch(drafts: Sequence[EntryDraft], accounts: dict[str, int]) -> None:
    made = [_plain(draft, accounts) for draft in drafts]
    with transaction.atomic():
        _ENTRIES.objects.bulk_create([entry for entry, _rows in made])
        _POSTINGS.objects.bulk_create([row for _entry, rows in made for row in rows])


def _plain_post(draft: EntryDraft, accounts: dict[str, int]) -> None:
    entry, rows = _plain(draft, accounts)
    with transaction.atomic():
        entry.save()
        for row in rows:
            row.entry = entry
            row.save()


def _plain_balance(account: int) -> None:
    sums = [_POSTINGS.objects.filter(**{side: account}).aggregate(total=Sum("amount_minor"))["total"] for side in ("debit_id", "credit_id")]
    assert all(one is not None for one in sums)


def _plain_trial_balance() -> None:
    for side in ("debit_id", "credit_id"):
        list(_POSTINGS.objects.values(side).annotate(total=Sum("amount_minor")))


def ask(hordak: subprocess.Popen[str], what: str) -> float:
    """Let hordak do something, and return the milliseconds it took."""
    assert hordak.stdin is not None
    assert hordak.stdout is not None
    hordak.stdin.write(f"{what}\n")
    hordak.stdin.flush()
    return float(hordak.stdout.readline())


def hordak_python(say: Callable[[str], None]) -> str:
    """
    Return the Python of an environment that has hordak, making one if none is named.

    :raises CommandError: if it cannot be made
    """
    if named := os.environ.get("HORDAK_PYTHON"):
        return named
    home = Path(tempfile.gettempdir()) / "ledger-bench-hordak"
    python = home / "bin" / "python"
    if not (home / "ready").exists():
        say(f"making an environment for django-hordak in {home} …")
        try:
            subprocess.run([sys.executable, "-m", "venv", str(home)], check=True)
            subprocess.run([str(python), "-m", "pip", "install", "--quiet", *HORDAK], check=True)
        except (OSError, subprocess.CalledProcessError) as error:
            wanted = " ".join(f"'{one}'" for one in HORDAK)
            raise CommandError(f"django-hordak could not be installed. Install {wanted} elsewhere and name its Python in HORDAK_PYTHON.") from error
        (home / "ready").touch()
    return str(python)


@contextmanager
def hordaks(sizes: Sequence[int], say: Callable[[str], None]) -> Iterator[dict[int, subprocess.Popen[str]]]:
    """Start a hordak with a history of each size, each in a database of its own that is dropped at the end."""
    python, settings = hordak_python(say), connection.settings_dict
    keys = {key: settings[key] for key in ("HOST", "PORT", "USER", "PASSWORD") if settings[key]}
    started: dict[int, subprocess.Popen[str]] = {}
    names = {size: f"{settings['NAME']}_hordak_{os.getpid()}_{size}" for size in sizes}
    try:
        for size, name in names.items():
            say(f"making {size:,} legs of hordak …")
            ledger._on_the_server(f"CREATE DATABASE {connection.ops.quote_name(name)}")
            command = [python, str(_SCRIPT), json.dumps({"NAME": name, **keys}), str(size)]
            started[size] = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            answer = started[size].stdout.readline()  # type: ignore[union-attr]
            if answer != "ready\n":
                raise CommandError("django-hordak did not start; what it said stands above.")
        yield started
    finally:
        for one in started.values():
            one.communicate()
        for name in names.values():
            ledger._on_the_server(f"DROP DATABASE IF EXISTS {connection.ops.quote_name(name)}")


def _round(programme: ledger.Programme, hordak: subprocess.Popen[str], turn: int, found: Times) -> None:
    """Measure everything once, peer by peer; what is slow takes part in the last rounds only."""

    def note(what: str, **by: Callable[[], float]) -> None:
        for peer, measured in by.items():
            found[programme.size, what, peer].append(measured())

    account = account_ids([workload.UNALLOCATED])[workload.UNALLOCATED.code]
    post = ledger.sample_post(programme)
    note("post", ours=lambda: post[0], sql=lambda: post[1] or 0.0, orm=lambda: _orm_post(programme), hordak=partial(ask, hordak, "post"))
    note(
        "balance",
        ours=lambda: milliseconds(lambda: queries.balance(workload.UNALLOCATED)),
        sql=lambda: milliseconds(lambda: raw.balance(account)),
        orm=lambda: milliseconds(lambda: _plain_balance(account)),
        hordak=partial(ask, hordak, "balance"),
    )
    if turn >= ROUNDS - _SLOW["trial_balance"]:
        note(
            "trial_balance",
            ours=lambda: milliseconds(lambda: queries.trial_balance("USD")),
            sql=lambda: milliseconds(raw.trial_balance),
            orm=lambda: milliseconds(_plain_trial_balance),
            hordak=partial(ask, hordak, "trial_balance"),
            hordak_sum=partial(ask, hordak, "trial_balance_orm"),
        )
    if turn >= ROUNDS - _SLOW["batch"]:
        batch = ledger.sample_batch(programme)
        note("batch", ours=lambda: batch[0], sql=lambda: batch[1] or 0.0, orm=lambda: _orm_batch(programme), hordak=partial(ask, hordak, "batch"))


def _orm_post(programme: ledger.Programme) -> float:
    draft = workload_draft(programme)
    accounts = account_ids(place for row in draft.rows for place in (row.debit, row.credit))
    times = []
    for _time in range(20):
        one = EntryDraft(draft.event, draft.day, draft.rows, f"one {next(programme.keys)}", "bench", None)
        times.append(milliseconds(partial(_plain_post, one, accounts)))
    return sorted(times)[10]


def workload_draft(programme: ledger.Programme) -> EntryDraft:
    row = Row(workload.pot(0), workload.UNALLOCATED, 1, programme.tranches[-1])
    return EntryDraft("allocate", workload.sale_day(programme.sales), (row,), "", "bench", None)


def _orm_batch(programme: ledger.Programme) -> float:
    drafts = programme.next_sales(ledger.BATCH_SALES)
    post_many(entries=drafts)
    accounts = account_ids({place for draft in drafts for row in draft.rows for place in (row.debit, row.credit)})
    took = milliseconds(lambda: _plain_batch(drafts, accounts))
    # The raw tables get these under their own keys, not a second time by the copy that keeps both alike.
    programme.copied = int(raw.execute("SELECT max(id) FROM ledger_entry")[0][0])
    return took


def run(*, sizes: Sequence[int], say: Callable[[str], None]) -> list[dict[str, Any]]:
    """Measure all peers at all sizes in turns, and return how many times as long as ours each takes: medians, paired by round."""
    found: Times = defaultdict(list)
    with hordaks(sizes, say) as running, ledger.databases(sizes, say) as programmes:
        for turn in range(ROUNDS):
            say(f"peers, round {turn + 1} of {ROUNDS} …")
            for programme in programmes:
                ledger.work_on(programme)
                _round(programme, running[programme.size], turn, found)
    return [*_rows(found, sizes), _promise(found, max(sizes))]


def _rows(found: Times, sizes: Sequence[int]) -> Iterator[dict[str, Any]]:
    for what, peer in dict.fromkeys((what, peer) for _size, what, peer in found if peer != "ours"):
        for size in sizes:
            ratio = _to_ours(found, size, what, peer)
            yield {"id": f"{NAME}.{what}.{peer}.{size}", "value": round(ratio, 3), "unit": "x of ours", "limit": None, "holds": None}
        points = [(size, statistics.median(found[size, what, peer])) for size in sizes]
        if len(sizes) > 1 and what != "batch":
            yield {"id": f"{NAME}.{what}.{peer}.growth", "value": round(exponent(points), 3), "unit": "exponent", "limit": None, "holds": None}


def _to_ours(found: Times, size: int, what: str, peer: str) -> float:
    return statistics.median(theirs / ours for theirs, ours in zip(found[size, what, peer], found[size, what, "ours"], strict=True))


def _promise(found: Times, size: int) -> dict[str, Any]:
    ratio = _to_ours(found, size, "trial_balance", "hordak")
    return {"id": "ledger.3.hordak", "value": round(ratio, 1), "unit": "x slower than ours", "limit": 1000, "holds": ratio >= 1000}
