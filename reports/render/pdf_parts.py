"""The sections of a report, as flowables in the order of its contents."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from reportlab.platypus import CondPageBreak, Flowable, NextPageTemplate, PageBreak, Spacer

from core.money import Money
from reports.render import charts, design
from reports.render.columns import Row
from reports.render.flow import Beside, Caption, Prose, Section
from reports.render.grid import Grid, with_strong
from reports.render.sheets import left_out, on_paper
from reports.render.tables import MEMBERS, report_tables
from reports.render.values import Text, amount, rounded
from reports.render.words import word

SECTIONS: Final = (
    "s_glance", "s_equation", "s_sales", "s_allocation", "s_purpose", "s_recipient", "s_category",
    "s_payments", "s_spending", "s_people", "s_held", "s_exceptions", "s_decisions", "s_complaints", "s_since", "s_notes",
)  # fmt: skip
_AT_BANK: Final = ("unallocated", "pots", "reserve", "withheld", "committed", "shortfall")
_WITH_RECIPIENTS: Final = ("with_recipients", "recoverable")
_WIDE: Final = frozenset({"equation_project", "equation_tranche"})
_USED: Final = ("spent", "charges", "lost", "fx")
# The order of the bar: from what reached its end to what has not moved.
_BAR: Final = ("spent", "with_recipients", "recoverable", "committed", "pots", "reserve", "withheld", "unallocated", "shortfall", "charges", "lost", "fx")  # fmt: skip


class Parts:
    """Writes the sections of one snapshot in one language."""

    def __init__(self, snapshot: Row, language: str, fingerprint: str, *, level: int = 0) -> None:
        self._snapshot, self._language, self._fingerprint, self._level = snapshot, language, fingerprint, level
        self._tables = report_tables(snapshot)
        self._currency: str = snapshot["currency"]
        self._several = len(snapshot["scope"]["projects"]) > 1

    def sections(self) -> Sequence[str]:
        """Return the keys of the sections, in order; what changed comes first in a corrected report."""
        # Reports of earlier days say nothing of what was not yet asked of them.
        absent = {key for key, name in (("s_decisions", "decisions"), ("s_since", "since_last")) if name not in self._snapshot}
        if not self._snapshot.get("complaints"):
            absent.add("s_complaints")
        listed = tuple(key for key in SECTIONS if key not in absent)
        return ("s_changes", *listed) if self._snapshot["replaces"] else listed

    def all(self) -> Iterator[Flowable]:
        """Yield everything after the contents page."""
        makers = {
            "s_changes": self._changes, "s_glance": self._glance, "s_equation": self._equation, "s_sales": self._sales,
            "s_allocation": self._allocation, "s_purpose": self._purpose, "s_recipient": self._recipient,
            "s_category": self._category, "s_payments": self._payments, "s_spending": self._spending, "s_people": self._people,
            "s_held": self._held, "s_exceptions": self._exceptions,
            "s_decisions": self._decisions, "s_complaints": self._complaints, "s_since": self._since, "s_notes": self._notes,
        }  # fmt: skip
        for number, key in enumerate(self.sections(), start=1):
            yield PageBreak() if key in {"s_glance", "s_equation", "s_sales"} and number > 1 else CondPageBreak(self._beginning(key))
            yield Section(key, number, self._language, level=self._level)
            intro = f"i_{key[2:]}"
            if key in makers and intro in _INTRODUCED:
                yield Prose(self._word(intro), self._language, colour=design.MUTED, after=4)
            yield from makers[key]()

    def _beginning(self, key: str) -> float:
        """Return the room a section wants to begin on a page: its title and its first table's beginning, or its chart."""
        if key == "s_purpose":
            return min(600.0, 150.0 + 47.0 * len(self._snapshot["by_purpose"]))
        return 330.0 if key == "s_payments" else 230.0

    def _word(self, key: str) -> str:
        return word(key, self._language)

    def _money(self, minor: int) -> Money:
        return Money(minor, self._currency)

    def _read(self, text: Row) -> str:
        return Text.of(text).read(self._language)

    def _table(self, key: str, *, caption: bool = True, note: str = "") -> Iterator[Flowable]:
        """Yield a table with its caption, or the sentence that says it is empty."""
        table = self._tables[key]
        grid = Grid(on_paper(table, self._language, several_projects=self._several)) if table.rows else None
        if caption:
            width = design.WIDE_PAGE[0] if key in _WIDE else design.PAGE[0]
            yield CondPageBreak(_room(grid, width - 2 * design.MARGIN))
            yield Caption(self._word(f"t_{key}"), self._language, note=note)
        if grid is None:
            yield Prose(self._word(table.empty), self._language, colour=design.MUTED, after=10)
            return
        hidden = left_out(table)
        if hidden:  # above the table: below it, it might stand alone on a page
            names = ", ".join(self._word(name) for name in hidden)
            yield Prose(f"{self._word('zero_columns')} {names}.", self._language, size=design.SMALL, colour=design.MUTED, after=2, widest=700)
        yield grid

    def _chart(self, caption: str, picture: charts.Picture) -> Iterator[Flowable]:
        """Yield a picture with its caption, on one page."""
        yield CondPageBreak(picture.tall + 40)
        yield Caption(self._word(caption), self._language, note=self._currency)
        yield picture
        yield Spacer(0, 8)

    # the sections

    def _glance(self) -> Iterator[Flowable]:
        yield Spacer(0, 4)
        yield charts.Tiles(self._tiles())
        yield from self._verdicts()
        closing = self._snapshot["equation"]["closing"]
        yield Caption(self._word("each_dollar"), self._language, note=self._currency)
        if closing["received_minor"] > 0:
            places = {name: self._money(closing["members"][name]) for name in _BAR}
            yield charts.DollarBar(self._money(closing["received_minor"]), places, self._language)
        else:
            yield Prose(self._word("nothing_received"), self._language, colour=design.MUTED)
        left = [*self._table("headline", note=self._currency)]
        right = [*self._table("overdue"), *self._table("balances", note=self._currency)]
        yield Beside([_unbroken(left), _unbroken(right)], [56, 44])

    def _tiles(self) -> list[charts.Tile]:
        figures = self._snapshot["headline"]
        so_far = self._word("so_far")
        tiles = []
        for name in ("sold", "received", "allocated", "paid", "acknowledged", "spent", "evidenced"):
            now, ever = (self._rounded(figures[span][f"{name}_minor"]) for span in ("period", "to_date"))
            tiles.append(charts.Tile(f"{self._word(name)} · {self._currency}", now, f"{ever} {so_far}"))
        balances = figures["balances"]
        there = rounded(self._money(balances["at_bank_closing_minor"]))
        before = rounded(self._money(balances["at_bank_opening_minor"]))
        tiles.append(charts.Tile(f"{self._word('at_bank')} · {self._currency}", there, f"{self._word('opening')} {before}"))
        return tiles

    def _rounded(self, minor: int | None) -> str:
        return self._word("not_shown") if minor is None else rounded(self._money(minor))

    def _verdicts(self) -> Iterator[Flowable]:
        columns = [self._snapshot["equation"][span] for span in ("opening", "movement", "closing")]
        worst = max((column["difference_minor"] for column in columns), key=abs)
        sentence = self._word("unbalanced" if worst else "balanced")
        yield charts.Verdict(f"{sentence} {self._currency} {amount(self._money(worst))}", good=worst == 0)

    def _equation(self) -> Iterator[Flowable]:
        closing = self._snapshot["equation"]["closing"]
        yield from self._verdicts()
        table = self._tables["equation"]
        last = len(table.rows) - 1
        yield Caption(self._word("t_equation"), self._language, note=self._currency)
        yield Grid(with_strong(on_paper(table, self._language), frozenset({0, last})))
        yield from self._table("banks", note=self._currency)
        agree = all(bank["difference_minor"] == 0 for bank in self._snapshot["equation"]["banks"])
        if self._snapshot["equation"]["banks"]:
            yield charts.Verdict(self._word("banks_agree" if agree else "banks_differ"), good=agree)
        if not self._tables["equation_tranche"].rows:
            yield from self._table("equation_tranche", note=self._currency)
            return
        yield NextPageTemplate("wide")
        yield PageBreak()
        if closing["received_minor"] > 0:
            yield from self._chart("flow", charts.Flow(self._flow_columns(closing), self._language))
        if self._several:
            yield from self._table("equation_project", note=self._currency)
        yield from self._table("equation_tranche", note=self._currency)
        yield NextPageTemplate("page")

    def _flow_columns(self, closing: Row) -> list[list[charts.Node]]:
        """Return received, the three kinds of place, and the places; what is zero or negative is no ribbon."""
        held = {name: closing["members"][name] for name in MEMBERS if closing["members"][name] > 0}
        groups = (("used", _USED, "spent"), ("with_recipients_all", _WITH_RECIPIENTS, "with_recipients"), ("at_bank", _AT_BANK, "pots"))
        middle: list[charts.Node] = []
        right: list[charts.Node] = []
        for title, names, colour in groups:
            inside = [name for name in names if name in held]
            if not inside:
                continue
            right += [charts.Node(self._word(name), self._money(held[name]), design.PLACES[name], len(middle)) for name in inside]
            middle.append(charts.Node(self._word(title), self._money(sum(held[name] for name in inside)), design.PLACES[colour]))
        whole = self._money(sum(held.values()))
        return [[charts.Node(self._word("received"), whole, design.SERIES["received"])], middle, right]

    def _sales(self) -> Iterator[Flowable]:
        yield from self._table("sales")
        if self._tables["blocks"].rows:
            yield from self._table("blocks")
        yield from self._table("receipts", note=self._currency)

    def _allocation(self) -> Iterator[Flowable]:
        yield from self._table("plans")
        yield from self._table("allocation", note=self._currency)

    def _purpose(self) -> Iterator[Flowable]:
        series = ("allocated", "paid", "spent", "evidenced")
        groups = [
            charts.Group(self._read(row["title"]), {name: self._money(row["period"][f"{name}_minor"]) for name in series})
            for row in self._snapshot["by_purpose"]
        ]
        if groups:
            yield from self._chart("purpose_chart", charts.GroupedBars(groups, series, self._language))
        yield from self._table("purpose", note=self._currency)
        yield from self._table("purpose_to_date", note=self._currency)

    def _recipient(self) -> Iterator[Flowable]:
        yield from self._table("recipient", note=self._currency)
        yield from self._table("recipient_to_date", note=self._currency)

    def _category(self) -> Iterator[Flowable]:
        yield from self._table("category", note=self._currency)

    def _payments(self) -> Iterator[Flowable]:
        months = self._snapshot["months"][-12:]
        series = ("received", "paid", "spent")
        if any(row[f"{name}_minor"] for row in months for name in series):
            groups = [charts.Group(row["month"], {n: self._money(row[f"{n}_minor"]) for n in series[1:]}) for row in months]
            yield from self._chart("months_chart", charts.Timeline(groups, series[1:], self._language))
        yield from self._table("months", note=self._currency)
        yield from self._table("disbursements", note=self._currency)
        if "checks" in self._snapshot:
            yield from self._table("checks")

    def _spending(self) -> Iterator[Flowable]:
        yield from self._table("spending", note=self._currency)

    def _people(self) -> Iterator[Flowable]:
        yield from self._table("training")
        yield from self._table("people")

    def _held(self) -> Iterator[Flowable]:
        yield from self._table("held", caption=False)

    def _exceptions(self) -> Iterator[Flowable]:
        yield from self._table("exceptions", caption=False)

    def _decisions(self) -> Iterator[Flowable]:
        yield from self._table("decisions", caption=False)

    def _complaints(self) -> Iterator[Flowable]:
        yield from self._table("complaints", caption=False)

    def _since(self) -> Iterator[Flowable]:
        last = self._snapshot["since_last"]
        if last is None:
            yield Prose(self._word("first_report"), self._language, colour=design.MUTED, after=10)
            return
        against = f"{self._word('compared_with')} {last['label']}, {self._word('version')} {last['version']}"
        yield Prose(f"{against}. {self._word('fingerprint_short')} {last['sha256'][:16]}", self._language)
        yield from self._table("since", note=self._currency)
        if last["was_cut"]:
            yield Prose(self._word("was_cut"), self._language, colour=design.MUTED)
        yield from self._table("came_and_went", note=self._currency)

    def _changes(self) -> Iterator[Flowable]:
        yield Prose(self._read(self._snapshot["replaces"]["reason"]), self._language)
        yield from self._table("changes", caption=False)

    def _notes(self) -> Iterator[Flowable]:
        for note in self._snapshot["notes"]:
            yield Prose(self._read(note), self._language)
        yield from self._table("sources")
        yield Prose(self._word("how_to_verify"), self._language)
        yield Prose(self._fingerprint, self._language, size=design.SMALL, colour=design.MUTED)


_INTRODUCED: Final = frozenset(
    f"i_{name}"
    for name in (
        "equation",
        "sales",
        "allocation",
        "purpose",
        "recipient",
        "category",
        "payments",
        "spending",
        "people",
        "held",
        "exceptions",
        "decisions",
        "complaints",
        "since",
    )
)


def _unbroken(parts: Sequence[Flowable]) -> list[Flowable]:
    """Leave out page breaks, for what stands beside something else."""
    return [part for part in parts if not isinstance(part, CondPageBreak)]


def _room(grid: Grid | None, width: float) -> float:
    """Return the room a captioned table wants: all of it if it is short, else enough for a good beginning."""
    if grid is None:
        return 60.0
    whole = grid.wrap(width, 0)[1] + 26
    return whole if whole < 380 else 150.0
