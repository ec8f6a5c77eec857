"""
The tables of a report, made once from the snapshot; PDF, XLSX and CSV only write them down.

No figure is worked out here but totals and percentages of what the snapshot holds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from typing import Any, Final

from core.money import Money
from reports.render.columns import Cells, Column, Row, Table
from reports.render.values import Month, Part, Text, Value, Word

MEMBERS: Final = (
    "unallocated", "pots", "reserve", "withheld", "committed", "shortfall",
    "with_recipients", "recoverable", "spent", "charges", "lost", "fx",
)  # fmt: skip
MEASURES: Final = ("allocated", "paid", "acknowledged", "spent", "evidenced")
TRAINING: Final = ("training_women_person_days", "training_men_person_days", "training_person_days")
HEADLINE: Final = ("units_sold", "sold", "received", *MEASURES, *TRAINING)
NOT_SHOWN: Final = Word("not_shown")
COUNTS: Final = frozenset({"units_sold", *TRAINING})


def report_tables(snapshot: Row) -> dict[str, Table]:
    """Return every table of the report by its key, in the order of the report."""
    maker = _Maker(snapshot)
    return {table.key: table for table in maker.all()}


def _plain(key: str, field: str | None = None) -> Column:
    return Column(key, lambda row: row[field or key])


def _text(key: str, field: str | None = None) -> Column:
    return Column(key, lambda row: Text.of(row[field or key]), "both")


def _word(key: str, prefix: str, field: str | None = None) -> Column:
    return Column(key, lambda row: Word(prefix + row[field or key]))


def _day(key: str) -> Column:
    return Column(key, lambda row: None if row[key] is None else date.fromisoformat(row[key]), "day")


def _count(key: str, field: str | None = None, *, total: bool = False) -> Column:
    return Column(key, lambda row: row[field or key], "figure", total=total)


def _shown(value: Any, write: Callable[[Any], Value] = lambda value: value) -> Value:
    """Write a value that may be left out because it may not be published."""
    return NOT_SHOWN if value is None else write(value)


def _has(figures: Row, key: str) -> bool:
    """Tell whether a report states a headline figure: older ones do not state all."""
    return (key if key in COUNTS else f"{key}_minor") in figures


class _Maker:
    """Makes the tables of one snapshot, in its currency."""

    def __init__(self, snapshot: Row) -> None:
        self._snapshot = snapshot
        self._currency: str = snapshot["currency"]

    def all(self) -> Iterable[Table]:
        yield from (self._headline(), self._balances(), self._overdue(), self._equation())
        yield from (self._equation_project(), self._equation_tranche(), self._banks())
        yield from (self._sales(), self._blocks(), self._receipts(), self._plans(), self._allocation())
        for span, suffix in (("period", ""), ("to_date", "_to_date")):
            yield self._purposes(span, suffix)
        for span, suffix in (("period", ""), ("to_date", "_to_date")):
            yield self._recipients(span, suffix)
        yield from (self._categories(), self._months(), self._disbursements(), self._checks(), self._spending())
        yield from (self._training(), self._people(), self._held(), self._exceptions(), self._decisions(), self._complaints())
        yield from (self._since(), self._came_and_went(), self._changes(), self._sources())

    def _money(self, key: str, field: str | None = None, *, total: bool = True) -> Column:
        name = field or f"{key}_minor"
        return Column(key, lambda row: self._amount(row[name]), "money", total=total)

    def _own_money(self, key: str) -> Column:
        """Return a column of amounts in the currency of the row itself; some may not be published."""
        return Column(key, lambda row: _shown(row[f"{key}_minor"], lambda minor: Money(minor, row["currency"])), "money", total=True)

    def _sale_of(self, tranche: str) -> Column:
        """Return a column of the sale that brought a row's tranche: of a tranche that a sale brought, no name means that it may not be published."""
        sold = {row["reference"] for row in self._snapshot["equation"]["by_tranche"] if row["kind"] == "sale"}
        return Column("sale", lambda row: NOT_SHOWN if row["sale"] is None and row[tranche] in sold else row["sale"])

    def _amount(self, minor: int | None) -> Money | None:
        return None if minor is None else Money(minor, self._currency)

    def _table(self, key: str, columns: Iterable[Column], rows: Iterable[Row], *, empty: str = "e_rows") -> Table:
        listed = tuple(columns)
        cells = tuple(tuple(column.get(row) for column in listed) for row in rows)
        return Table(key, listed, cells, self._totals(listed, cells), empty)

    def _totals(self, columns: tuple[Column, ...], rows: tuple[Cells, ...]) -> Cells | None:
        if len(rows) < 2 or not any(column.total for column in columns):
            return None
        sums = [self._sum(row[at] for row in rows) if column.total else None for at, column in enumerate(columns)]
        return (Word("total"), *sums[1:])

    def _sum(self, values: Iterable[Value]) -> Value:
        """
        Add up counts, or the amounts in the report's currency; other currencies are never added to it.

        Tonnes add up over those that are shown; amounts of which one is not shown have no sum.
        """
        listed = list(values)
        if NOT_SHOWN in listed and not any(isinstance(value, int) for value in listed):
            return NOT_SHOWN
        if any(isinstance(value, Part) for value in listed):
            parts = [value for value in listed if isinstance(value, Part)]
            return Part(sum(value.part for value in parts), sum(value.whole for value in parts))
        own = [value for value in listed if isinstance(value, Money) and value.currency == self._currency]
        if own:
            return Money(sum(value.minor for value in own), self._currency)
        return sum(value for value in listed if isinstance(value, int))

    def _headline(self) -> Table:
        figures = self._snapshot["headline"]
        rows = [{"key": key, "period": figures["period"], "to_date": figures["to_date"]} for key in HEADLINE if _has(figures["period"], key)]

        def figure(span: str) -> Callable[[Row], Value]:
            def get(row: Row) -> Value:
                key = row["key"]
                return row[span][key] if key in COUNTS else _shown(row[span][f"{key}_minor"], self._amount)

            return get

        columns = [
            _word("measure", "", "key"),
            Column("in_period", figure("period"), "money"),
            Column("to_date", figure("to_date"), "money"),
        ]
        return self._table("headline", columns, rows)

    def _balances(self) -> Table:
        held = self._snapshot["headline"]["balances"]
        rows = [
            {"key": word, "opening": held[f"{field}_opening_minor"], "closing": held[f"{field}_closing_minor"]}
            for word, field in (("at_bank", "at_bank"), ("with_recipients_all", "with_recipients"))
        ]
        columns = [_word("member", "", "key"), self._money("opening", "opening"), self._money("closing", "closing")]
        return self._table("balances", columns, rows)

    def _overdue(self) -> Table:
        headline = self._snapshot["headline"]
        numbers = {
            **headline["overdue"],
            "recipients_paid": headline["recipients_paid"],
            "days_median": headline["days_receipt_to_payment_median"],
            "days_longest": headline["days_receipt_to_payment_longest"],
        }
        rows = [{"key": key, "number": number} for key, number in numbers.items()]
        return self._table("overdue", [_word("measure", "", "key"), _count("number")], rows)

    def _equation(self) -> Table:
        equation = self._snapshot["equation"]
        spans = ("opening", "movement", "closing")
        lines = [("received", [equation[span]["received_minor"] for span in spans])]
        lines += [(name, [equation[span]["members"][name] for span in spans]) for name in MEMBERS]
        lines.append(("difference", [equation[span]["difference_minor"] for span in spans]))
        rows = [{"key": key, **dict(zip(spans, amounts, strict=True))} for key, amounts in lines]
        columns = [_word("member", "", "key"), *(self._money(span, span, total=False) for span in spans)]
        return self._table("equation", columns, rows)

    def _members(self) -> list[Column]:
        def member(name: str) -> Column:
            return Column(name, lambda row: self._amount(row["members"][name]), "money", total=True)

        return [self._money("received"), *(member(name) for name in MEMBERS), self._money("difference")]

    def _equation_project(self) -> Table:
        columns = [_plain("code"), _text("name"), *self._members()]
        return self._table("equation_project", columns, self._snapshot["equation"]["by_project"])

    def _equation_tranche(self) -> Table:
        columns = [
            _plain("tranche", "reference"), _word("kind", "k_"), self._sale_of("reference"), _plain("project"), _day("received_on"),
            *self._members(),
        ]  # fmt: skip
        return self._table("equation_tranche", columns, self._snapshot["equation"]["by_tranche"], empty="e_receipts")

    def _banks(self) -> Table:
        columns = [
            _text("bank"), _plain("account_tail"), self._money("ledger"), self._money("not_ours"), _day("statement_on"),
            self._money("statement"), self._money("difference"),
        ]  # fmt: skip
        return self._table("banks", columns, self._snapshot["equation"]["banks"])

    def _sales(self) -> Table:
        price = Column("unit_price", lambda row: _shown(row["unit_price"]), "figure")
        tonnes = Column("quantity", lambda row: _shown(row["quantity"]), "figure", total=True)
        columns = [
            _plain("reference"), _plain("project"), _day("date"), _text("buyer"), tonnes, price,
            _plain("currency"), self._own_money("amount"), self._own_money("received"), self._own_money("outstanding"),
            _word("article6", "a6_"), _text("status", "status_title"),
        ]  # fmt: skip
        return self._table("sales", columns, self._snapshot["sales"], empty="e_sales")

    def _blocks(self) -> Table:
        rows = [{"sale": sale["reference"], **block} for sale in self._snapshot["sales"] for block in sale["blocks"]]
        columns = [
            _plain("sale"), _plain("serials"), _plain("first_serial", "first"), _plain("last_serial", "last"), _plain("vintage"),
            _count("quantity", total=True),
        ]  # fmt: skip
        return self._table("blocks", columns, rows, empty="e_sales")

    def _receipts(self) -> Table:
        sale = Column("sale", lambda row: NOT_SHOWN if row["bank_reference"] is None else row["sale"])
        columns = [
            _plain("reference"), sale, _plain("project"), _day("value_date"), _text("bank"),
            Column("bank_reference", lambda row: _shown(row["bank_reference"])),
            self._money("gross"), self._money("fees"), self._money("credited"), self._money("allocated"),
            _word("state", "r_"), _plain("plan"), _count("days_to_allocation"),
        ]  # fmt: skip
        return self._table("receipts", columns, self._snapshot["receipts"], empty="e_receipts")

    def _plans(self) -> Table:
        columns = [
            _plain("code"), Column("version", lambda row: str(row["version"])), _text("name", "title"), _plain("project"),
            _day("first"), _day("end"), _plain("sha256"),
        ]  # fmt: skip
        return self._table("plans", columns, self._snapshot["plans"], empty="e_plans")

    def _allocation(self) -> Table:
        rows = [{**run, **line} for run in self._snapshot["allocations"] for line in run["lines"]]
        columns = [
            _plain("tranche", "receipt"), self._sale_of("receipt"), _plain("project"), _plain("plan"),
            Column("date", lambda row: date.fromisoformat(row["on"]), "day"), _text("pot"), _text("purpose"), _word("kind", "l_"),
            _text("share"), self._money("amount"),
        ]  # fmt: skip
        return self._table("allocation", columns, rows, empty="e_allocation")

    def _measures(self, span: str) -> list[Column]:
        def measure(name: str) -> Column:
            return Column(name, lambda row: self._amount(row[span][f"{name}_minor"]), "money", total=True)

        def evidence(row: Row) -> Value:
            return Part(row[span]["evidenced_minor"], row[span]["spent_minor"])

        return [*map(measure, MEASURES), Column("evidence_share", evidence, "figure", total=True)]

    def _purposes(self, span: str, suffix: str) -> Table:
        columns = [_text("purpose", "title"), *self._measures(span), self._money("balance")]
        return self._table(f"purpose{suffix}", columns, self._snapshot["by_purpose"])

    def _recipients(self, span: str, suffix: str) -> Table:
        columns = [
            _plain("code"), _text("name"), _text("kind", "kind_title"), _text("province"), _plain("project"),
            *self._measures(span), self._money("with_recipient"),
        ]  # fmt: skip
        return self._table(f"recipient{suffix}", columns, self._snapshot["by_recipient"])

    def _records(self) -> list[Column]:
        share = Column("evidence_share", lambda row: Part(row["evidenced_minor"], row["amount_minor"]), "money", total=True)
        counts = (_count("records", total=True), _count("with_evidence", total=True))
        return [self._money("amount"), self._money("evidenced"), *counts, share]

    def _categories(self) -> Table:
        columns = [_text("category", "title"), _text("purpose", "purpose_title"), *self._records()]
        return self._table("category", columns, self._snapshot["by_category"], empty="e_spending")

    def _months(self) -> Table:
        columns = [
            Column("month", lambda row: Month(row["month"]), "day"),
            *(self._money(name) for name in ("received", "allocated", "paid", "spent")),
        ]
        return self._table("months", columns, self._snapshot["months"])

    def _disbursements(self) -> Table:
        def local(row: Row) -> Value:
            return None if row["local_currency"] is None else Money(row["local_minor"], row["local_currency"])

        columns = [
            _plain("reference"), _plain("project"), _plain("code", "recipient"), _text("recipient", "recipient_name"),
            _text("purpose", "purpose_title"), self._money("amount"), _plain("local_currency"), Column("local_amount", local, "money"),
            _text("status", "status_title"), _day("requested_on"), _day("approved_on"), _day("paid_on"), _day("acknowledged_on"),
            _count("days_receipt_to_payment"), _count("overdue_days"),
        ]  # fmt: skip
        return self._table("disbursements", columns, self._snapshot["disbursements"], empty="e_disbursements")

    def _checks(self) -> Table:
        """Return what the independent check found, once payments were drawn for it."""
        found = self._snapshot.get("checks")
        numbers: list[tuple[str, Value]] = []
        if found and found["drawn"]:
            share = _shown(found["matched"], lambda matched: Part(matched, found["reached"])) if found["reached"] else None
            numbers = [(f"checks_{name}", _shown(number)) for name, number in found.items()] + [("match_rate", share)]
        rows = [{"key": key, "number": number} for key, number in numbers]
        return self._table("checks", [_word("measure", "", "key"), Column("number", lambda row: row["number"], "figure")], rows, empty="e_checks")

    def _spending(self) -> Table:
        columns = [_plain("code", "recipient"), _text("recipient", "recipient_name"), _text("category", "title"), *self._records()]
        return self._table("spending", columns, self._snapshot["spending"], empty="e_spending")

    def _training(self) -> Table:
        people = ("women", "men", "not_recorded")

        def by_sex(sex: str) -> Column:
            return Column(f"{sex}_person_days", lambda row: row.get(f"{sex}_person_days", row[sex] * row["days"]), "figure", total=True)

        columns = [
            _plain("reference"), _day("date"), _text("topic"), _text("recipient", "recipient_name"), _count("training_days", "days"),
            *(_count(name, total=True) for name in people), by_sex("women"), by_sex("men"), _count("person_days", total=True),
        ]  # fmt: skip
        return self._table("training", columns, self._snapshot["training"], empty="e_training")

    def _people(self) -> Table:
        spans = self._snapshot["beneficiaries"]
        rows = [{"key": key, **spans[span]} for key, span in (("in_period", "period"), ("to_date", "to_date"))]
        whole = Column("total", lambda row: row["women"] + row["men"] + row["not_recorded"], "figure")
        columns = [_word("people", "", "key"), _count("women"), _count("men"), _count("not_recorded"), whole]
        return self._table("people", columns, rows)

    def _held(self) -> Table:
        columns = [
            _word("kind", "h_"), _plain("reference"), _text("title_of", "title"), _plain("project"), _text("reason"), _day("since"),
            _count("age_days"), self._money("amount"),
        ]  # fmt: skip
        return self._table("held", columns, self._snapshot["held"], empty="e_held")

    def _exceptions(self) -> Table:
        columns = [
            _word("severity", "v_"), _plain("code"), _text("sentence"), _plain("reference"), _plain("project"),
            _count("age_days"), self._money("amount", total=False),
        ]  # fmt: skip
        return self._table("exceptions", columns, self._snapshot["exceptions"], empty="e_exceptions")

    def _decisions(self) -> Table:
        columns = [
            _day("on"), _word("kind", "d_"), _plain("reference"), _plain("project"), _text("subject"), _text("authority"), _text("reason"),
            *(self._money(name, total=False) for name in ("rule", "decided", "variance")),
        ]  # fmt: skip
        return self._table("decisions", columns, self._snapshot.get("decisions", ()), empty="e_decisions")

    def _complaints(self) -> Table:
        counts = self._snapshot.get("complaints")
        groups = (("by_category", "category"), ("by_status", "state")) if counts else ()
        rows = [{"key": key, **row} for name, key in groups for row in counts[name]] if counts else []
        number = Column("number", lambda row: _shown(row["number"]), "figure")
        whole = [{"key": "total", "title": {"en": "", "km": ""}, "number": counts["total"]}] if counts else []
        return self._table("complaints", [_word("measure", "", "key"), _text("title_of", "title"), number], [*rows, *whole])

    def _since(self) -> Table:
        """Return the figures of the last issued report beside this one's: amounts, or counts."""
        last = self._snapshot.get("since_last")

        def figure(span: str) -> Column:
            def get(row: Row) -> Value:
                return _shown(row[span]) if span in row else _shown(row[f"{span}_minor"], self._amount)

            return Column(span, get, "money")

        columns = [_word("figure", ""), *map(figure, ("before", "after", "difference"))]
        return self._table("since", columns, last["figures"] if last else ())

    def _came_and_went(self) -> Table:
        last = self._snapshot.get("since_last")
        columns = [
            _word("change", "x_"), _word("severity", "v_"), _plain("code"), _text("sentence"), _plain("reference"), _plain("project"),
            self._money("amount", total=False),
        ]  # fmt: skip
        return self._table("came_and_went", columns, last["exceptions"] if last else (), empty="e_came_and_went")

    def _changes(self) -> Table:
        entries = Column("entries", lambda row: ", ".join(row["entries"]))
        columns = [_text("figure"), _plain("before"), _plain("after"), entries]
        return self._table("changes", columns, self._snapshot["changes"])

    def _sources(self) -> Table:
        columns = [_text("source", "title"), _plain("reference"), _plain("sha256")]
        return self._table("sources", columns, self._snapshot["sources"])
