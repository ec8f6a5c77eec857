"""What is held against the books at the end of a soak: every client's own log, and nothing that the books say of themselves."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from django.db.models import Model

from communities.spending.models import SpendingRecord
from core.audit.models import AuditRecord
from core.audit.seals import seal_now
from reports.trace import trace_sale, trace_spending
from revenue.credits.models import Sale
from revenue.ledger import chart, checks
from revenue.ledger.models import Posting
from revenue.ledger.queries import balances
from tests.soak.acts import ACTS, Facts
from tests.soak.client import lines_of

Matrix = dict[tuple[str, str], int]


@dataclass(frozen=True, slots=True)
class Operation:
    """One line of a client's log with its answers: the subject confirmed, if any, and whether it may stand unconfirmed."""

    act: str
    facts: Facts
    confirmed: frozenset[str]
    perhaps: frozenset[str]
    refusals: tuple[str, ...]
    broken: tuple[str, ...]
    answers: int

    @property
    def key(self) -> str:
        return str(self.facts.get("key") or self.facts["id"])


@dataclass
class Verdict:
    """What was found wrong, in sentences; ``lost`` and ``twice`` are about what was confirmed to a client."""

    operations: int = 0
    confirmed: int = 0
    refused: int = 0
    sent_again: int = 0
    postings: int = 0
    acts: dict[str, int] = field(default_factory=dict)
    refusals: dict[str, int] = field(default_factory=dict)
    lost: list[str] = field(default_factory=list)
    twice: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    findings: list[str] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        return not (self.lost or self.twice or self.broken or self.findings)


def judge(logs: Iterable[Path]) -> Verdict:
    """Compare what was confirmed with what is there: documents, audit records, the banks' balances, the checks and the traces."""
    operations = [one for log in logs for one in operations_of(log)]
    verdict = Verdict(
        operations=len(operations),
        confirmed=sum(bool(one.confirmed) for one in operations),
        refused=sum(bool(one.refusals and not one.confirmed) for one in operations),
        sent_again=sum(one.answers > 1 for one in operations),
        postings=Posting.objects.count(),
        acts=dict(Counter(one.act for one in operations if one.confirmed).most_common()),
        refusals=dict(Counter(name for one in operations if not one.confirmed for name in set(one.refusals)).most_common()),
        broken=[f"{one.act} {one.facts}: {said}" for one in operations for said in one.broken],
    )
    for one in operations:
        if len(one.confirmed) > 1:
            verdict.twice.append(f"{one.act} {one.key} was confirmed as {', '.join(sorted(one.confirmed))}")
    _documents(operations, verdict)
    _records(operations, verdict)
    verdict.findings += [*_banks(operations), *_checks(), *_traces()]
    return verdict


def operations_of(log: Path) -> Iterator[Operation]:
    asked: dict[int, dict[str, Any]] = {}
    for line in lines_of(log):
        if "answers" not in line:
            asked[line["n"]] = line
            continue
        wanted, said = asked.pop(line["n"]), line["answers"]
        yield Operation(
            wanted["act"], wanted["facts"],
            frozenset(one["done"] for one in said if "done" in one),
            frozenset(one["perhaps"] for one in said if "perhaps" in one),
            tuple(one["refused"] for one in said if "refused" in one),
            tuple(one["broken"] for one in said if "broken" in one),
            len(said),
        )  # fmt: skip
    for left in asked.values():
        yield Operation(left["act"], left["facts"], frozenset(), frozenset(), (), ("it was never answered",), 0)


def _documents(operations: list[Operation], verdict: Verdict) -> None:
    """Every confirmed key has its row once, and every row its confirmation."""
    keys: dict[tuple[type[Model], str], set[str]] = defaultdict(set)
    for one in operations:
        act = ACTS[one.act]
        if act.field and one.confirmed:
            keys[act.model, act.field].add(one.key)
    for (model, name), confirmed in keys.items():
        there = Counter(
            str(value) for value in model._default_manager.exclude(**{f"{name}__in": _NO_KEYS.get(name, [])}).values_list(name, flat=True)
        )
        verdict.lost += [f"{model.__name__} {key} was confirmed and is not there" for key in sorted(confirmed - set(there))]
        verdict.twice += [f"{model.__name__} {key} is there {times} times" for key, times in there.items() if times > 1]
        if name in _ALL_KEYED.get(model.__name__, name):
            verdict.findings += [f"{model.__name__} {key} is there and was confirmed to nobody" for key in sorted(set(there) - confirmed)]


_NO_KEYS: Final = {"bank_reference": [""]}
# A settlement has a form's key and, if it was repaid, the bank's: only the latter is every repayment's own.
_ALL_KEYED: Final = {"Settlement": "bank_reference"}


def _records(operations: list[Operation], verdict: Verdict) -> None:
    """Every confirmed act has its audit record; an act that can be confirmed once has no more of them than confirmations."""
    told: Counter[tuple[str, str]] = Counter()
    perhaps: Counter[tuple[str, str]] = Counter()
    for one in operations:
        told.update((one.act, subject) for subject in one.confirmed)
        perhaps.update((one.act, subject) for subject in one.perhaps - one.confirmed)
    audits = {act.audit: name for name, act in ACTS.items()}
    found = AuditRecord.objects.filter(act__in=audits, subject__in={subject for _act, subject in (*told, *perhaps)})
    there = Counter((audits[act], subject) for act, subject in found.values_list("act", "subject"))
    for done, times in told.items():
        if there[done] < (times if ACTS[done[0]].once else 1):
            verdict.lost.append(f"{' '.join(done)} was confirmed {times} times and recorded {there[done]} times")
    for done, times in there.items():
        if ACTS[done[0]].once and times > told[done] + perhaps[done]:
            verdict.twice.append(f"{' '.join(done)} was recorded {times} times and confirmed {told[done]} times")


def _banks(operations: list[Operation]) -> Iterator[str]:
    """What moved at the banks, as the clients were told, is what the books hold at the banks."""
    moved = {(one.act, one.key): ACTS[one.act].moves(one.facts) for one in operations if one.confirmed}
    held = sum(one.amount_minor for one in balances(grouped=["bank"], currency="USD", kinds=chart.AT_BANK))
    if held != sum(moved.values()):
        yield f"the clients' banks hold {sum(moved.values())} cents and the books {held}"


def _checks() -> Iterator[str]:
    seal_now(at=datetime.now(UTC))
    for finding in checks.run():
        if finding.check != "disbursements.statements":  # no statement is imported here: the clients' logs are the bank
            yield f"{finding.check}: {finding.sentence}"


def _traces() -> Iterator[str]:
    """Down from all sales and up from all spending, the same cents lie between each sale and each record."""
    down, up = down_from_sales(), up_from_spending()
    if not up:
        yield "nothing was spent: the traces say nothing"
    for pair in sorted({*down, *up}):
        if down.get(pair, 0) != up.get(pair, 0):
            yield f"from {pair[0]} to {pair[1]}: {down.get(pair, 0)} cents going down and {up.get(pair, 0)} going up"


def down_from_sales() -> Matrix:
    found: dict[tuple[str, str], int] = defaultdict(int)
    for sale in Sale.objects.order_by("id").values_list("reference", flat=True):
        for receipt in trace_sale(sale).receipts:
            for pot in receipt.pots:
                for paid in pot.disbursements:
                    for spent in paid.spending:
                        found[sale, spent.reference] += spent.amount_minor
    return {pair: minor for pair, minor in found.items() if minor}


def up_from_spending() -> Matrix:
    found: dict[tuple[str, str], int] = defaultdict(int)
    for record in SpendingRecord.objects.filter(entry__isnull=False).order_by("id").values_list("reference", flat=True):
        for source in trace_spending(record).sources:
            found[source.sale, record] += source.amount_minor
    return {pair: minor for pair, minor in found.items() if minor}


def as_json(verdict: Verdict, faults: dict[str, int], seconds: float, seed: int) -> str:
    return json.dumps({"seed": seed, "seconds": round(seconds), "faults": faults, **vars(verdict)}, indent=1)


def as_text(verdict: Verdict, faults: dict[str, int], seconds: float, seed: int) -> str:
    """Say what was done, what was broken on purpose, and what was lost."""
    done = f"{verdict.operations:,} in {seconds:,.0f} s (seed {seed}): {verdict.confirmed:,} confirmed, {verdict.refused:,} refused"
    told = [
        f"operations  {done}, {verdict.sent_again:,} sent more than once; {verdict.postings:,} postings",
        f"confirmed   {_counted(verdict.acts)}",
        f"refused     {_counted(verdict.refusals)}",
        f"faults      {_counted(faults)}",
        f"lost        {len(verdict.lost)}",
        f"twice       {len(verdict.twice)}",
        f"broken      {len(verdict.broken)}",
        f"check_books, banks and traces: {'clean' if not verdict.findings else f'{len(verdict.findings)} findings'}",
    ]
    return "\n".join([*told, *verdict.lost[:20], *verdict.twice[:20], *verdict.broken[:10], *verdict.findings[:20]])


def _counted(found: dict[str, int]) -> str:
    return ", ".join(f"{times:,} {name}" for name, times in found.items()) or "none"
