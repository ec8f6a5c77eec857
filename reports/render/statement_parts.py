"""One page of a community's statement: its blocks, set as large as the page allows, and its head and foot."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from reportlab.lib.colors import Color

from core.money import EXPONENTS, Money, plain
from reports.render import design
from reports.render.flow import filled
from reports.render.frame import Proof, draw_band, draw_code
from reports.render.letters import BOLD, REGULAR, draw_line, draw_text, text_width, wrap
from reports.render.statement_words import word
from reports.render.values import Text, day
from reports.render.words import KHMER

WIDTH: Final = design.PAGE[0]
LEFT: Final = 42.0
RIGHT: Final = WIDTH - 42.0
TOP: Final = design.PAGE[1] - 34.0
FOOT: Final = 126.0
# Letter size of the text and how many lines a list may have; the first that fits the page is taken.
FITS: Final = (
    (14.0, 99), (13.5, 99), (13.0, 99), (12.5, 99), (12.0, 99), (12.0, 6), (11.5, 8), (11.5, 5), (11.5, 4), (11.0, 4), (11.0, 3), (10.5, 3),
    (10.5, 2), (10.0, 2), (9.5, 2), (9.0, 2), (8.5, 1), (8.0, 1),
)  # fmt: skip
Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Block:
    """Something of a known height that is drawn from its top edge down."""

    height: float
    draw: Callable[[Any, float], None]


def said(money: Money, language: str) -> str:
    """Write an amount as villagers do: $1,250.00 or 5,000,000 ៛."""
    amount = plain(Money(abs(money.minor), money.currency))
    sign = "−" if money.minor < 0 else ""
    if money.currency == "USD":
        return f"{sign}${amount}"
    unit = {"KHR": "៛"}.get(money.currency, money.currency)
    return f"{sign}{amount} {unit}"


class Sheet:
    """One language's page of one statement."""

    def __init__(self, content: Json, language: str, fingerprint: str, *, is_signed: bool = False) -> None:
        self._content, self._language = content, language
        self._hand = "signed" if is_signed else "unsigned"
        self._proof = Proof(fingerprint, content["verify_address"])
        self._currency: str = content["currency"]

    def draw(self, canvas: Any, page: int, pages: int) -> None:
        """Draw the page; its number and that of all pages are told in the foot."""
        y = self._head(canvas)
        y = self._tiles(canvas, y)
        for size, most in FITS:
            blocks = list(_Body(self._content, self._language, size, most).blocks())
            if sum(block.height for block in blocks) <= y - FOOT:
                break
        spare = max(0.0, y - FOOT - sum(block.height for block in blocks))
        # Some air between the blocks where the page has room; never so much that they fall apart.
        gap = min(5.0, spare / max(1, len(blocks)))
        for block in blocks:
            block.draw(canvas, y)
            y -= block.height + gap
        self._foot(canvas, page, pages)

    def _word(self, key: str) -> str:
        return word(key, self._language)

    def _read(self, text: Json) -> str:
        return Text.of(text).read(self._language)

    def _head(self, canvas: Any) -> float:
        content, y = self._content, TOP
        if content["demonstration"]:
            draw_band(canvas, self._word("demonstration"), width=WIDTH, height=design.PAGE[1], tall=24, size=10.5)
            y -= 10
        canvas.setFillColor(design.MUTED)
        draw_text(canvas, LEFT, y - 8, self._read(content["authority"]), REGULAR, 9)
        draw_text(canvas, RIGHT, y - 8, self._word("notice"), REGULAR, 9, align="right")
        y -= 40
        canvas.setFillColor(design.FOREST)
        draw_text(canvas, LEFT, y, self._word("title"), BOLD, 23)
        y -= 8
        y = self._name(canvas, y)
        canvas.setFillColor(design.INK)
        first, end = (date.fromisoformat(content["period"][key]) for key in ("first", "end"))
        last = day(end - timedelta(days=1), self._language)
        draw_text(canvas, LEFT, y - 14, f"{day(first, self._language)} {self._word('to')} {last}", REGULAR, 12)
        villages = ", ".join(self._read(village) for village in content["recipient"]["villages"][:6])
        if villages:
            canvas.setFillColor(design.MUTED)
            draw_text(canvas, RIGHT, y - 14, f"{self._word('villages')}: {villages}"[:110], REGULAR, 9, align="right")
        return y - 24

    def _name(self, canvas: Any, y: float) -> float:
        canvas.setFillColor(design.INK)
        for line in wrap(self._read(self._content["recipient"]["name"]), BOLD, 17, RIGHT - LEFT):
            y -= design.leading(17, self._language) * 0.86
            draw_line(canvas, LEFT, y, line, BOLD, 17)
        return y - 4

    def _tiles(self, canvas: Any, y: float) -> float:
        money = self._content["money"]
        figures = (("share", "share"), ("paid", "paid"), ("spent", "spent"), ("with_us", "closing"))
        width = (RIGHT - LEFT - 3 * 8) / 4
        for at, (key, field) in enumerate(figures):
            x = LEFT + at * (width + 8)
            filled(canvas, x, y - 58, width, 58, design.WASH)
            filled(canvas, x, y - 58, width, 3, design.OCHRE if key == "with_us" else design.FOREST)
            canvas.setFillColor(design.MUTED)
            draw_text(canvas, x + 8, y - 15, self._word(key), REGULAR, 9.5)
            canvas.setFillColor(design.INK)
            amount = Money(money[f"{field}_minor"], self._currency)
            text = said(amount, self._language)
            size = min(17.0, 17.0 * (width - 16) / text_width(text, BOLD, 17))
            draw_text(canvas, x + 8, y - 35, text, BOLD, size)
            beneath = self._beneath(field, amount)
            size = min(8.5, 8.5 * (width - 16) / max(1.0, text_width(beneath, REGULAR, 8.5)))
            canvas.setFillColor(design.MUTED)
            draw_text(canvas, x + 8, y - 50, beneath, REGULAR, size)
        return y - 68

    def _beneath(self, field: str, amount: Money) -> str:
        """Return what a figure is in the money people hold: as it really was where that is known, else about."""
        if field in {"closing", "paid"}:
            known = in_hand(self._content["money"]["held" if field == "closing" else "paid_out"], self._currency, self._language)
            if known:
                return known
        riel = _about(amount.minor, self._content["rate"])
        return f"{self._word('about')} {said(riel, self._language)}" if riel and riel.minor else ""

    def _foot(self, canvas: Any, page: int, pages: int) -> None:
        content = self._content
        canvas.setStrokeColor(design.FOREST)
        canvas.setLineWidth(1.2)
        canvas.line(LEFT, FOOT - 4, RIGHT, FOOT - 4)
        width = RIGHT - LEFT - 92
        canvas.setFillColor(design.FOREST)
        draw_text(canvas, LEFT, FOOT - 21, self._word("s_complain"), BOLD, 12)
        y = FOOT - 21 - design.leading(10, self._language)
        canvas.setFillColor(design.INK)
        where = f" {self._word('complain_at')}: {content['complaints']}" if content["complaints"] else ""
        for line in wrap(self._word("complain") + where, REGULAR, 10, width):
            draw_line(canvas, LEFT, y, line, REGULAR, 10)
            y -= design.leading(10, self._language)
        canvas.setFillColor(design.MUTED)
        frozen = f"{self._word('frozen')} {day(date.fromisoformat(content['frozen_at'][:10]), self._language)}"
        marks = [*([self._word("other_side")] if pages > 1 else []), frozen, f"{self._word('code')} {self._proof.code}", self._word(self._hand)]
        draw_text(canvas, LEFT, 18, " · ".join(marks), REGULAR, 7.5)
        draw_text(canvas, RIGHT, 18, f"{self._word('page')} {page} {self._word('of')} {pages}", REGULAR, 7.5, align="right")
        if content["rate"]:
            on = day(date.fromisoformat(content["rate"]["on"]), self._language)
            draw_text(canvas, LEFT, 42, f"{self._word('rate')} {on}", REGULAR, 7.5)
        if self._proof.address:
            draw_text(canvas, LEFT, 30, f"{self._word('check')} {self._proof.address}", REGULAR, 7.5)
            draw_code(canvas, self._proof.address, RIGHT - 74, 34, 74)


def in_hand(amounts: Sequence[Json], book: str, language: str) -> str:
    """Write amounts of several currencies side by side, all of them; nothing where all is in the book's own currency."""
    if all(row["currency"] == book for row in amounts):
        return ""
    ordered = sorted(amounts, key=lambda row: (row["currency"] != book, row["currency"]))
    return " + ".join(said(Money(row["minor"], row["currency"]), language) for row in ordered if row["minor"])


def _about(minor: int, rate: Json | None) -> Money | None:
    """Return an amount at the rate of a real payment, rounded down; None where nothing was ever paid in another currency."""
    if rate is None or minor < 0:
        return None
    return Money(minor * rate["local_minor"] // rate["amount_minor"], rate["local_currency"])


class _Body:
    """The blocks between head and foot, at one letter size and one length of lists."""

    def __init__(self, content: Json, language: str, size: float, most: int) -> None:
        self._content, self._language, self._size, self._most = content, language, size, most
        self._currency: str = content["currency"]
        self._step = design.leading(size, language) * (0.94 if language == KHMER else 1.0)
        self._small = size - 2

    def blocks(self) -> Iterator[Block]:
        yield from self._shares()
        yield from self._payments()
        yield from self._spending()
        yield from self._left()
        yield from self._late()

    # --- parts of the page -------------------------------------------------------------------------------------------------
    def _shares(self) -> Iterator[Block]:
        yield self._title("s_share")
        rows = self._content["shares"]
        if not rows:
            yield self._prose("no_share")
        for row in rows[: self._most]:
            name = f"{self._sold(row['sale'])} {self._word('arrived_on')} {self._day(row['received_on'])}"
            state = f" ({self._word(row['state'])})" if row["state"] != "allocated" else ""
            yield self._row(name + state, self._money(row["amount_minor"]), self._why(row), self._riel(row["amount_minor"]))
        yield from self._rest(rows, [row["amount_minor"] for row in rows])

    def _sold(self, sale: Json | None) -> str:
        if sale is None:
            return f"{self._word('no_sale')}:"
        if sale["quantity"] is None:
            return f"{self._word('private_sale')}:"
        sold = f"{sale['quantity']:,} {self._word('tonnes')}, {self._word('sold_on')} {self._day(sale['date'])}"
        return f"{self._word('sale')} {sale['reference']}: {sold};"

    def _why(self, row: Json) -> str:
        pot = self._read(row["pot"])
        return f"{pot}: {self._read(row['how'])}"

    def _payments(self) -> Iterator[Block]:
        yield self._title("s_paid")
        rows = self._content["payments"]
        if not rows:
            yield self._prose("no_payment")
        for row in rows[: self._most]:
            local = Money(row["local_minor"], row["local_currency"])
            other = said(local, self._language) if row["local_currency"] != self._currency else ""
            name = f"{self._day(row['paid_on'])}: {self._read(row['purpose'])}, {self._word('into')} {row['account']}"
            yield self._row(name, self._money(row["amount_minor"]), self._arrival(row), other)
        yield from self._rest(rows, [row["amount_minor"] for row in rows])

    def _arrival(self, row: Json) -> str:
        if row["sent_back_on"]:
            return f"{self._word('sent_back')} {self._day(row['sent_back_on'])}"
        found = row["acknowledged"]
        if found is None:
            return self._word("not_acknowledged")
        people = f" {self._word('and')} ".join(filter(None, (found["signed_by"], found["also_signed_by"])))
        return f"{self._word('acknowledged')} {people} {self._word('on')} {self._day(found['on'])}"

    def _spending(self) -> Iterator[Block]:
        yield self._title("s_bought")
        rows = self._content["spending"]
        if not rows:
            yield self._prose("no_spending")
        yield from (self._purchase(row) for row in rows) if len(rows) <= self._most else self._categories(rows)
        if len(rows) > 1:
            yield self._row(self._word("total"), self._sums([(row["currency"], row["amount_minor"]) for row in rows]), "", "", strong=True)
        waiting = self._content["waiting"]
        if waiting["records"]:
            yield self._prose_text(f"{self._word('waiting')} {waiting['records']:,}")

    def _purchase(self, row: Json) -> Block:
        paper = self._word("paper" if row["has_evidence"] else "no_paper")
        beyond = ""
        if row["not_funded_minor"]:
            beyond = f"{said(Money(row['not_funded_minor'], row['currency']), self._language)} {self._word('own_money')}"
        name = f"{self._day(row['spent_on'])}: {row['description'] or self._read(row['category'])} ({paper})"
        return self._row(name, said(Money(row["amount_minor"], row["currency"]), self._language), beyond, "")

    def _categories(self, rows: Sequence[Json]) -> Iterator[Block]:
        """Where the page is too small for each purchase: a line for each kind of thing bought, the largest lists first."""
        kinds: dict[str, list[Json]] = {}
        for row in rows:
            kinds.setdefault(self._read(row["category"]), []).append(row)
        for name, found in sorted(kinds.items(), key=lambda kind: (-len(kind[1]), kind[0])):
            papers = sum(row["has_evidence"] for row in found)
            said_so = f"{name} × {len(found):,} ({papers:,} {self._word('paper')})"
            yield self._row(said_so, self._sums([(row["currency"], row["amount_minor"]) for row in found]), "", "")

    def _left(self) -> Iterator[Block]:
        yield self._title("s_left")
        money = self._content["money"]
        lines = (("opening", money["opening_minor"]), ("plus_paid", money["paid_minor"]), ("less_spent", -money["spent_minor"]))
        for key, minor in lines:
            if minor:
                yield self._row(self._word(key), self._money(minor), "", "")
        if money["other_minor"]:
            yield self._row(self._word("less_other"), self._money(money["other_minor"]), "", "")
        held = in_hand(money["held"], self._currency, self._language)
        yield self._row(self._word("closing"), self._money(money["closing_minor"]), "", held, strong=True)
        if money["at_bank_minor"]:
            yield self._row(self._word("at_bank"), self._money(money["at_bank_minor"]), "", self._riel(money["at_bank_minor"]))
        if money["to_repay_minor"]:
            yield self._row(self._word("to_repay"), self._money(money["to_repay_minor"]), "", "")

    def _late(self) -> Iterator[Block]:
        rows = self._content["late"]
        if not rows:
            yield self._row(self._word("nothing_late"), "", "", "", strong=True)
            return
        yield self._title("s_late")
        for row in rows[: self._most]:
            name = f"{row['reference']} {self._word('l_' + row['kind'])} ({row['days']:,} {self._word('days_late')})"
            yield self._row(name, self._money(row["amount_minor"]), "", "")
        yield from self._rest(rows, [row["amount_minor"] for row in rows])

    # --- how they are set --------------------------------------------------------------------------------------------------
    def _rest(self, rows: Sequence[Json], minors: Sequence[int]) -> Iterator[Block]:
        """Sum up what a full list leaves out, so that the page still adds up."""
        if len(rows) > self._most:
            rest = minors[self._most :]
            yield self._row(f"{self._word('others')}: {len(rest)}", self._money(sum(rest)), "", "")

    def _word(self, key: str) -> str:
        return word(key, self._language)

    def _read(self, text: Json) -> str:
        return Text.of(text).read(self._language)

    def _day(self, text: str) -> str:
        return day(date.fromisoformat(text), self._language)

    def _money(self, minor: int) -> str:
        return said(Money(minor, self._currency), self._language)

    def _riel(self, minor: int) -> str:
        about = _about(minor, self._content["rate"])
        return f"{self._word('about')} {said(about, self._language)}" if about and about.minor else ""

    def _sums(self, amounts: Sequence[tuple[str, int]]) -> str:
        """Add up amounts by currency: two currencies are never one sum."""
        sums: dict[str, int] = {}
        for currency, minor in amounts:
            sums[currency] = sums.get(currency, 0) + minor
        ordered = sorted(sums, key=lambda currency: (-EXPONENTS[currency], currency))
        return " + ".join(said(Money(sums[currency], currency), self._language) for currency in ordered)

    def _title(self, key: str) -> Block:
        size = self._size + 1.5
        height = design.leading(size, self._language) + 9

        def draw(canvas: Any, top: float) -> None:
            canvas.setFillColor(design.FOREST)
            draw_text(canvas, LEFT, top - height + 9, self._word(key), BOLD, size)
            canvas.setStrokeColor(design.FOREST)
            canvas.setLineWidth(0.8)
            canvas.line(LEFT, top - height + 3, RIGHT, top - height + 3)

        return Block(height, draw)

    def _prose(self, key: str) -> Block:
        return self._prose_text(self._word(key))

    def _prose_text(self, text: str) -> Block:
        return self._row(text, "", "", "")

    def _row(self, name: str, amount: str, small: str, beneath: str, *, strong: bool = False) -> Block:
        """Return a line with its amount at the right, a small explanation under it, and another amount under the amount."""
        face = BOLD if strong else REGULAR
        column = max(text_width(amount, BOLD, self._size), text_width(beneath, REGULAR, self._small)) + 14
        room = RIGHT - LEFT - column
        lines = wrap(name, face, self._size, room)
        notes = wrap(small, REGULAR, self._small, room) if small else ()
        step, note_step = self._step, design.leading(self._small, self._language) * 0.95
        height = max(len(lines) * step + len(notes) * note_step, step + (note_step if beneath else 0)) + 2

        def draw(canvas: Any, top: float) -> None:
            base = top - step * 0.74
            _lines(canvas, lines, face, self._size, base, step, design.INK)
            _lines(canvas, notes, REGULAR, self._small, base - (len(lines) - 1) * step - note_step, note_step, design.MUTED)
            canvas.setFillColor(design.INK)
            draw_text(canvas, RIGHT, base, amount, BOLD, self._size, align="right")
            if beneath:
                canvas.setFillColor(design.MUTED)
                draw_text(canvas, RIGHT, base - note_step, beneath, REGULAR, self._small, align="right")

        return Block(height, draw)


def _lines(canvas: Any, lines: Sequence[Any], face: str, size: float, base: float, step: float, colour: Color) -> None:
    canvas.setFillColor(colour)
    for at, line in enumerate(lines):
        draw_line(canvas, LEFT, base - at * step, line, face, size)
