"""What changed since the last issued report: the main figures of both, side by side, and which exceptions came and went."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from communities.spending.models import SpendingRecord
from reports.render.tables import COUNTS, HEADLINE

Json = dict[str, Any]
# Those stand in every report until somebody deals with them; the others are told once, in the period in which they happened.
STANDING: Final = frozenset({"unallocated", "late_payment", "late_advance", "not_acknowledged", "not_repaid", "write_off_waits"})
HELD_AT: Final = {"at_bank": "at_bank_closing_minor", "with_recipients_all": "with_recipients_closing_minor"}
SHOWN: Final = ("code", "severity", "sentence", "reference", "project", "amount_minor")


@dataclass(frozen=True, slots=True)
class Last:
    """The snapshot of the last issued report of the same scope and kind of period."""

    text: str
    sha256: str


def section(*, last: Last | None, headline: Json, exceptions: list[Json], currency: str, most_listed: int) -> Json | None:
    """
    Return the last report's figures beside this one's; None where there is none in the same currency.

    ``exceptions`` are all of this report's. ``was_cut`` says that the last report had more than it listed, so that some
    of those that are called new may be older.
    """
    before = json.loads(last.text) if last else None
    if last is None or before is None or before["currency"] != currency:
        return None
    return {
        "label": before["period"]["label"],
        "version": before["version"],
        "sha256": last.sha256,
        "figures": list(_figures(before["headline"], headline)),
        "exceptions": _came_and_went(before["exceptions"], exceptions)[:most_listed],
        "was_cut": len(before["exceptions"]) >= most_listed,
    }


def _figures(before: Json, after: Json) -> Iterator[Json]:
    for name in HEADLINE:
        key = name if name in COUNTS else f"{name}_minor"
        if key in before["period"]:
            yield _compared(name, before["period"][key], after["period"][key], is_money=name not in COUNTS)
    for name, key in HELD_AT.items():
        yield _compared(name, before["balances"][key], after["balances"][key], is_money=True)
    for name in after["overdue"]:
        yield _compared(name, before["overdue"].get(name), after["overdue"][name], is_money=False)
    yield _compared("recipients_paid", before["recipients_paid"], after["recipients_paid"], is_money=False)


def _compared(name: str, before: int | None, after: int | None, *, is_money: bool) -> Json:
    # Of a figure that one of the two may not publish, no difference may be published either.
    difference = None if before is None or after is None else after - before
    suffix = "_minor" if is_money else ""
    return {"figure": name, f"before{suffix}": before, f"after{suffix}": after, f"difference{suffix}": difference}


def _came_and_went(before: list[Json], after: list[Json]) -> list[Json]:
    had, has = {_identity(row) for row in before}, {_identity(row) for row in after}
    new = [_row("new", row) for row in after if _identity(row) not in had]
    gone = [row for row in before if row["code"] in STANDING and _identity(row) not in has]
    return [*new, *(_row("closed", row) for row in [*gone, *_evidenced_since(before)])]


def _evidenced_since(before: list[Json]) -> list[Json]:
    """Return what lacked its evidence then and has it now: such a record is told in one period only, whatever became of it."""
    bare = {row["reference"]: row for row in before if row["code"] == "no_evidence"}
    missing = SpendingRecord.objects.filter(reference__in=bare, status=SpendingRecord.Status.ACCEPTED, evidence=None)
    still = set(missing.values_list("reference", flat=True)) if bare else set()
    return [row for reference, row in bare.items() if reference not in still]


def _identity(row: Mapping[str, Any]) -> tuple[str, str, str]:
    return row["code"], row["reference"] or "", row["project"] or ""


def _row(change: str, row: Json) -> Json:
    return {"change": change, **{name: row[name] for name in SHOWN}}
