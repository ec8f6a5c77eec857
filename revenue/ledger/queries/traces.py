"""Where money went and where it came from: postings, each with its entry's document. Amounts are minor units."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from revenue.ledger.chart import Place
from revenue.ledger.queries.rows import Places, rows


@dataclass(frozen=True, slots=True)
class Step:
    """One posting on the way of money, with its entry's document. ``debit`` is where it went."""

    posting_id: int
    entry_id: int
    event: str
    day: date
    occurred_on: date
    document: str
    tranche_id: int
    lot: int
    amount_minor: int
    local_minor: int
    local_currency: str
    debit: Place
    credit: Place


def moves_of_lot(lot: int) -> list[Step]:
    """Return every posting of one disbursement, in the order they were written."""
    return _steps("p.lot = %s AND p.lot > 0", [lot])


def trace_down(tranche_ids: Sequence[int]) -> list[Step]:
    """Return every posting of these tranches, in the order they were written: where did this money go?"""
    return _steps("p.tranche_id = ANY(%s)", [list(tranche_ids)])


def trace_up(lot: int, tranche_id: int | None = None) -> list[Step]:
    """Return every posting that brought money of a disbursement, of one tranche or of all it drew, back to the receipt."""
    tranches = [tranche_id] if tranche_id is not None else sorted({step.tranche_id for step in moves_of_lot(lot)})
    return _steps("p.tranche_id = ANY(%s) AND (p.lot = 0 OR p.lot = %s)", [tranches, lot])


def steps_of_entries(entry_ids: Sequence[int]) -> list[Step]:
    """Return the postings of some entries, in the order they were written."""
    return _steps("p.entry_id = ANY(%s)", [list(entry_ids)])


def steps_of_documents(documents: Sequence[str]) -> list[Step]:
    """Return the postings of some documents, such as ``receipt:RC-2026-0001``, in the order they were written."""
    return _steps("p.entry_id IN (SELECT id FROM ledger_entry WHERE document = ANY(%s))", [list(documents)])


def _steps(where: str, arguments: list[Any]) -> list[Step]:
    found = rows(
        "SELECT p.id, p.entry_id, p.event, p.day, e.occurred_on, e.document, p.tranche_id, p.lot, p.amount_minor, p.local_minor,"  # noqa: S608
        " p.local_currency, d.code, c.code FROM ledger_posting p JOIN ledger_entry e ON e.id = p.entry_id"
        f" JOIN ledger_account d ON d.id = p.debit_id JOIN ledger_account c ON c.id = p.credit_id WHERE {where} ORDER BY p.id",
        arguments,
    )
    place = Places()
    steps: list[Step] = []
    for *facts, debit, credit in found:
        cells: list[Any] = [*facts, place[debit], place[credit]]
        steps.append(Step(*cells))
    return steps
