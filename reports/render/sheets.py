"""How each table is shown on paper: which columns stand side by side, and which go in small letters underneath."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from core.money import Money
from reports.render.columns import Cells, Column, Table
from reports.render.grid import Cell, Content, Head
from reports.render.tables import MEASURES, MEMBERS
from reports.render.values import Value, amount, read
from reports.render.words import word


@dataclass(frozen=True, slots=True)
class Shown:
    """A column on paper: what it says, and what stands beneath it in small letters."""

    key: str
    sub: str | None = None


def _plain(*keys: str) -> tuple[Shown, ...]:
    return tuple(Shown(key) for key in keys)


_EQUATION: Final = ("received", *MEMBERS, "difference")
PAPER: Final[Mapping[str, Sequence[Shown]]] = {
    "headline": _plain("measure", "in_period", "to_date"),
    "balances": _plain("member", "opening", "closing"),
    "overdue": _plain("measure", "number"),
    "equation": _plain("member", "opening", "movement", "closing"),
    "equation_project": (Shown("code", "name"), *_plain(*_EQUATION)),
    "equation_tranche": (Shown("tranche", "sale"), Shown("received_on", "kind"), *_plain(*_EQUATION)),
    "banks": (Shown("bank", "account_tail"), *_plain("statement_on", "ledger", "statement", "difference", "not_ours")),
    "sales": (
        Shown("reference", "date"), Shown("buyer", "status"), Shown("article6"), Shown("quantity"), Shown("unit_price", "currency"),
        *_plain("amount", "received", "outstanding"),
    ),
    "blocks": _plain("sale", "serials", "vintage", "quantity"),
    "receipts": (
        Shown("reference", "sale"), Shown("value_date", "bank_reference"), Shown("bank", "plan"), *_plain("gross", "fees", "credited"),
        Shown("allocated", "state"), Shown("days_to_allocation"),
    ),
    "plans": (Shown("code", "version"), Shown("name", "sha256"), *_plain("first", "end")),
    "allocation": (Shown("tranche", "date"), Shown("pot", "purpose"), Shown("kind"), Shown("plan"), Shown("share"), Shown("amount")),
    "purpose": _plain("purpose", *MEASURES, "evidence_share", "balance"),
    "purpose_to_date": _plain("purpose", *MEASURES, "evidence_share", "balance"),
    "recipient": (Shown("name", "kind"), *_plain(*MEASURES, "evidence_share", "with_recipient")),
    "recipient_to_date": (Shown("name", "province"), *_plain(*MEASURES, "evidence_share", "with_recipient")),
    "category": (Shown("category", "purpose"), *_plain("amount", "evidenced", "records", "with_evidence", "evidence_share")),
    "months": _plain("month", "received", "allocated", "paid", "spent"),
    "disbursements": (
        Shown("reference", "status"), Shown("recipient", "purpose"), Shown("amount", "local_amount"),
        Shown("requested_on", "approved_on"), Shown("paid_on", "acknowledged_on"), *_plain("days_receipt_to_payment", "overdue_days"),
    ),
    "checks": _plain("measure", "number"),
    "spending": (Shown("recipient"), Shown("category"), *_plain("amount", "evidenced", "records", "with_evidence", "evidence_share")),
    "training": (Shown("date", "reference"), Shown("topic", "recipient"), *_plain("training_days", "women", "men", "women_person_days", "men_person_days", "person_days")),
    "people": _plain("people", "women", "men", "not_recorded", "total"),
    "held": (Shown("kind", "reference"), Shown("title_of", "reason"), *_plain("since", "age_days", "amount")),
    "exceptions": (Shown("severity"), Shown("sentence", "reference"), *_plain("age_days", "amount")),
    "decisions": (Shown("on", "kind"), Shown("subject", "reference"), Shown("authority", "reason"), *_plain("rule", "decided", "variance")),
    "complaints": _plain("measure", "title_of", "number"),
    "since": _plain("figure", "before", "after", "difference"),
    "came_and_went": (Shown("change", "severity"), Shown("sentence", "reference"), *_plain("amount")),
    "changes": (Shown("figure", "entries"), *_plain("before", "after")),
    "sources": (Shown("source", "sha256"), Shown("reference")),
}  # fmt: skip

# Places that are often empty everywhere: such a column is left out, and the page says so.
_MAY_BE_LEFT_OUT: Final = frozenset(MEMBERS)


def left_out(table: Table) -> list[str]:
    """Name the columns of a wide equation that are zero in every row."""
    if not table.key.startswith("equation_") or not table.rows:
        return []
    places = [(column.key, at) for at, column in enumerate(table.columns) if column.key in _MAY_BE_LEFT_OUT]
    return [key for key, at in places if not any(_minor(row[at]) for row in table.rows)]


def _minor(value: Value) -> int:
    return value.minor if isinstance(value, Money) else 0


def on_paper(table: Table, language: str, *, several_projects: bool = False) -> Content:
    """Put a table in words for a page; in a programme's report each row also names its project."""
    hidden = set(left_out(table))
    shown = [one for one in PAPER[table.key] if one.key not in hidden]
    places = {column.key: at for at, column in enumerate(table.columns)}
    project = places.get("project") if several_projects else None
    columns = {column.key: column for column in table.columns}
    heads = [_head(columns[one.key], columns[one.sub] if one.sub else None, language) for one in shown]
    rows = [[_cell(row, places, one, language) for one in shown] for row in table.rows]
    if project is not None:
        rows = [[_with_project(cells[0], row[project], language), *cells[1:]] for cells, row in zip(rows, table.rows, strict=True)]
    totals = None
    if table.totals is not None:
        sums = [table.totals[places[one.key]] for one in shown[1:]]
        totals = [Cell(word("total", language)), *(Cell("" if value is None else _read(value, language)) for value in sums)]
    return Content(heads, rows, totals, language)


def _head(column: Column, sub: Column | None, language: str) -> Head:
    return Head(
        word(column.key, language),
        numeric=column.numeric,
        unbroken="day" in {column.kind, sub.kind if sub else ""},
        sub=word(sub.key, language) if sub else "",
    )


def _cell(row: Cells, places: Mapping[str, int], shown: Shown, language: str) -> Cell:
    sub = "" if shown.sub is None or row[places[shown.sub]] in {None, ""} else _read(row[places[shown.sub]], language)
    if shown.sub == "account_tail" and sub:
        sub = f"… {sub}"
    if shown.sub == "local_amount" and sub:
        local = row[places["local_amount"]]
        sub = f"{local.currency} {sub}" if isinstance(local, Money) else sub
    return Cell(_read(row[places[shown.key]], language), sub)


def _with_project(cell: Cell, project: Value, language: str) -> Cell:
    name = _read(project, language)
    return Cell(cell.text, f"{cell.sub} · {name}" if cell.sub else name)


def _read(value: Value, language: str) -> str:
    return amount(value) if isinstance(value, Money) else read(value, language)
