"""What the ledger promises: each measure by its id, beside its limit. Ratios are medians of one run on one server."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any, Final

from tests.benchmarks import imports, ledger, writers
from tests.benchmarks.timing import Measure, exponent

Row = dict[str, Any]
# By id: the group of ledger measures it needs, what it is, and a limit for the growth exponent or the ratio to plain SQL.
_RATIOS: Final = {
    "ledger.1": ("batch", f"post_many, {ledger.BATCH_POSTINGS:,} postings", 1.25),
    "ledger.2": ("post", "post, one entry", 2.0),
    "ledger.2+audit": ("post", "post, one entry and its audit record", 3.0),
    "ledger.4.ratio": ("report", "report, flows of a quarter", 0.2),
    "ledger.5.ratio": ("trace", "trace, sale to spending", 4.0),
    "ledger.9": ("checks", "check_books, replay of all balances", 2.0),
}
_EXPONENTS: Final = {
    "ledger.3.balance": ("balance", "balance of one place", 0.05),
    "ledger.3.trial_balance": ("balance", "trial balance", 0.05),
    "ledger.4.growth": ("report", "report, flows of a quarter", 0.15),
    "ledger.5.growth": ("trace", "trace, sale to spending", 0.05),
}
_STORAGE: Final = "ledger.8"
_WRITERS: Final = ("ledger.6", "ledger.6+audit", "ledger.7", "ledger.7+audit")
_IMPORTS: Final = ("ledger.10.csv", "ledger.10.xlsx")
IDS: Final = (*_RATIOS, *_EXPONENTS, _STORAGE, *_WRITERS, *_IMPORTS)


def wanted(name: str) -> list[str]:
    """Return the ids a name stands for: itself, or all that begin with it, such as ledger.6."""
    return [one for one in IDS if one == name or one.startswith((f"{name}.", f"{name}+"))]


def run(*, sizes: Sequence[int], only: Sequence[str], say: Callable[[str], None]) -> list[Row]:
    """Measure what was asked for (everything if nothing was), in databases made for it and dropped."""
    asked = set(only or IDS)
    groups = list(dict.fromkeys(group for one, (group, _name, _limit) in {**_RATIOS, **_EXPONENTS}.items() if one in asked))
    found: list[Row] = []
    if groups or _STORAGE in asked:
        measures, disk = ledger.run(sizes=sizes, only=groups or ["balance"], say=say)
        found += [row for row in (*_ratios(measures), *_growths(measures), _storage(disk)) if row["id"] in asked]
    if asked & {*_WRITERS, *_IMPORTS}:
        found += [row for row in _beside(sizes[0], asked, say) if row["id"] in asked or row["id"].rsplit(".", 1)[0] in asked]
    return found


def _ratios(measures: Sequence[Measure]) -> list[Row]:
    largest = max(one.size for one in measures)
    ratio = {one.name: one.to_raw for one in measures if one.size == largest and one.to_raw is not None}
    return [_row(one, ratio[name], "x plain SQL", limit) for one, (_group, name, limit) in _RATIOS.items() if name in ratio]


def _growths(measures: Sequence[Measure]) -> list[Row]:
    points = {name: [(one.size, one.milliseconds) for one in measures if one.name == name] for name in {one.name for one in measures}}
    return [_row(one, exponent(points[name]), "exponent", limit) for one, (_group, name, limit) in _EXPONENTS.items() if name in points]


def _storage(disk: Sequence[tuple[int, float, float]]) -> Row:
    _size, ours, plain = max(disk)
    return _row(_STORAGE, ours / plain, "x plain tables", 1.25)


def _beside(size: int, asked: set[str], say: Callable[[str], None]) -> list[Row]:
    rows = []
    with ledger.databases([size], say) as (programme,):
        ledger.work_on(programme)
        if asked & set(_WRITERS):
            say("eight writers at once …")
            rows += [_row(one, *facts) for one, facts in writers.run().items()]
        if "ledger.10.csv" in asked:
            say(f"importing {imports.ROWS:,} lines …")
            rows.append(_row("ledger.10.csv", imports.import_to_copy(), "x COPY", 1.5))
        if "ledger.10.xlsx" in asked:
            rows.append(_row("ledger.10.xlsx", imports.workbook_to_openpyxl(), "x faster than openpyxl", 8, more_is_better=True))
    return rows


def _row(name: str, value: float, unit: str, limit: float, more_is_better: bool = False) -> Row:
    holds = value >= limit if more_is_better else value <= limit
    return {"id": name, "value": round(value, 3), "unit": unit, "limit": limit, "holds": holds}


def as_json(rows: Sequence[Row]) -> str:
    """Return the measures as JSON, one object each."""
    return json.dumps(list(rows), indent=1)


def as_text(rows: Sequence[Row]) -> str:
    """Return the measures as lines, each beside its limit."""
    return "\n".join(f"{one['id']:<28}{one['value']:>12,.3f} {one['unit']:<24} limit {_limit(one['limit']):<8} {_said(one['holds'])}" for one in rows)


def _said(holds: bool | None) -> str:
    return "" if holds is None else "holds" if holds else "MISSED"


def _limit(value: float | None) -> str:
    return "none" if value is None else str(value)
