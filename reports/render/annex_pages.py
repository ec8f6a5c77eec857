"""The auditor's annex as a PDF: rows of one height, drawn as they are read. A 500-page annex never stands in memory as rows."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import cache
from itertools import islice
from typing import Any, Final

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfgen.canvas import Canvas

from core.audit.hashing import canonical
from core.money import EXPONENTS, Money
from reports.render import design
from reports.render.annex import BETWEEN, AnnexColumn, AnnexTable, Line
from reports.render.annex_words import WORDS, word
from reports.render.archive import archive
from reports.render.frame import Proof, draw_band, draw_foot, draw_signature_box
from reports.render.letters import BOLD, REGULAR, draw_line, draw_text, register_fonts, text_width, wrap
from reports.render.values import Text, amount, day
from reports.render.words import WORDS as REPORT_WORDS
from reports.render.words import in_edition, languages_of

Json = Mapping[str, Any]
ROWS: Final = 40
STEP: Final = 11.0
SIZE: Final = 6.3
WIDTH, HEIGHT = design.WIDE_PAGE
LEFT: Final = 34.0
RIGHT: Final = WIDTH - 34.0
FIRST_ROW: Final = HEIGHT - 92.0
GAP: Final = 5.0
# In an edition of both languages a line is two high: the English stands under the Khmer.
SECOND: Final = 9.5
ATTACHMENT: Final = "annex.json"


def annex_pdf(*, head: Json, tables: Sequence[AnnexTable], language: str) -> bytes:
    """
    Render the annex as PDF/A-3b with its head and control sums attached as ``annex.json``; ``language`` is an edition.

    :raises UnknownLanguage: if reports are not made in this edition
    :raises pikepdf.pdfa.PdfaError: if the result would not be a valid archive file
    """
    drawn = draw_annex(head=head, tables=tables, language=language)
    when = datetime.fromisoformat(head["frozen_at"])
    title = _title(head, language)
    return archive(pdf=drawn, attachment=canonical(head).encode(), name=ATTACHMENT, description=title, when=when, alike=True)


def draw_annex(*, head: Json, tables: Sequence[AnnexTable], language: str) -> bytes:
    """Draw the pages of the annex, before they are archived."""
    languages = languages_of(language)
    register_fonts()
    written = io.BytesIO()
    canvas = Canvas(written, pagesize=design.WIDE_PAGE, pageCompression=0, invariant=1, initialFontName=REGULAR, lang=languages[0])
    canvas.setTitle(_title(head, language))
    canvas.setAuthor(Text.of(head["authority"]).read(languages[0]))
    canvas.setCreator("Forest Dividend")
    pages = _Pages(canvas, head, language, tables)
    pages.cover(tables)
    for table in tables:
        pages.list(table)
    canvas.save()
    return written.getvalue()


def _title(head: Json, edition: str) -> str:
    return f"{in_edition(WORDS, 'title', edition)} {head['period']['label']}"


class _Pages:
    """Draws page after page; forgets each when it is done."""

    def __init__(self, canvas: Canvas, head: Json, edition: str, tables: Sequence[AnnexTable]) -> None:
        self._canvas, self._head, self._edition = canvas, head, edition
        self._languages = languages_of(edition)
        self._language = self._languages[0]
        self._rows_here, self._step = ROWS // len(self._languages), STEP * len(self._languages)
        self._count = 1 + sum(map(self._pages_of, tables))
        self._proof = Proof(head["report"]["sha256"], head.get("verify_address"))
        self._letters = _Letters(canvas)

    def _pages_of(self, table: AnnexTable) -> int:
        return max(1, -(-table.count // self._rows_here))

    def cover(self, tables: Sequence[AnnexTable]) -> None:
        """Draw the first page: what this is, and how its lines add up to the report."""
        canvas, head = self._canvas, self._head
        self._running("title")
        canvas.setFillColor(design.FOREST)
        draw_text(canvas, LEFT, HEIGHT - 84, self._word("title"), BOLD, 20)
        y = HEIGHT - 108
        first, end = (date.fromisoformat(head["period"][key]) for key in ("first", "end"))
        spans = [f"{day(first, one)} {word('to', one)} {day(end - timedelta(days=1), one)}" for one in self._languages]
        report = f"{self._read(head['report']['name'])} {head['period']['label']} v{head['report']['version']}"
        facts = ((self._word("report"), report), (self._word("period"), " · ".join(spans)), (self._word("fingerprint"), head["report"]["sha256"]))
        beside = LEFT + 14 + max(text_width(label, REGULAR, 8) for label, _text in facts)
        for label, text in facts:
            canvas.setFillColor(design.MUTED)
            draw_text(canvas, LEFT, y, label, REGULAR, 8)
            canvas.setFillColor(design.INK)
            draw_text(canvas, beside, y, text, REGULAR, 8)
            y -= 15
        canvas.setFillColor(design.MUTED)
        for language in self._languages:
            for line in wrap(f"{word('intro', language)} {word('cut', language)}", REGULAR, 8, RIGHT - LEFT):
                draw_line(canvas, LEFT, y - 4, line, REGULAR, 8)
                y -= 14
        y -= 16 + 12 * (len(self._languages) - 1)
        self._control(y)
        self._contents(tables, y)
        draw_signature_box(canvas, design.ANNEX_SIGNATURE, [in_edition(REPORT_WORDS, "unsigned", language) for language in self._languages])
        canvas.showPage()

    def _head_words(self, x: float, y: float, key: str, *, size: float = 8, align: str = "left", more: str = "") -> None:
        """Draw the title of a column; in an edition of both languages the Khmer stands over the English."""
        for at, language in enumerate(reversed(self._languages)):
            text = word(key, language) + ("" if at else more)
            draw_text(self._canvas, x, y + at * size * 1.5, text, BOLD, size, align=align)

    def _control(self, y: float) -> None:
        canvas, currency, edges = self._canvas, self._head["currency"], (LEFT + 270, LEFT + 360, LEFT + 440)
        canvas.setFillColor(design.FOREST)
        self._head_words(LEFT, y, "control", size=9, more=f" · {currency}")
        for key, edge in zip(("in_report", "in_lines", "difference"), edges, strict=True):
            self._head_words(edge, y, key, align="right")
        for row in self._head["control"]:
            y -= 16
            canvas.setStrokeColor(design.HAIR)
            canvas.line(LEFT, y + 11, edges[-1], y + 11)
            canvas.setFillColor(design.INK)
            draw_text(canvas, LEFT, y, in_edition(REPORT_WORDS, row["member"], self._edition), REGULAR, 8)
            for name, edge in zip(("in_report_minor", "in_lines_minor", "difference_minor"), edges, strict=True):
                wrong = name == "difference_minor" and row[name] != 0
                canvas.setFillColor(design.RUST if wrong else design.INK)
                draw_text(canvas, edge, y, amount(Money(row[name], currency)), BOLD if wrong else REGULAR, 8, align="right")

    def _contents(self, tables: Sequence[AnnexTable], y: float) -> None:
        canvas, left, page = self._canvas, LEFT + 490, 2
        canvas.setFillColor(design.FOREST)
        self._head_words(left, y, "lists", size=9)
        self._head_words(RIGHT - 50, y, "lines", align="right")
        self._head_words(RIGHT, y, "page", align="right")
        for table in tables:
            y -= 16
            canvas.setFillColor(design.INK)
            draw_text(canvas, left, y, self._word(table.key), REGULAR, 8)
            draw_text(canvas, RIGHT - 50, y, f"{table.count:,}", REGULAR, 8, align="right")
            draw_text(canvas, RIGHT, y, str(page), REGULAR, 8, align="right")
            canvas.linkRect("", table.key, (left, y - 4, RIGHT, y + 11), relative=0, thickness=0)
            page += self._pages_of(table)

    def list(self, table: AnnexTable) -> None:
        """Draw a list, forty lines to a page; twenty in an edition of both languages."""
        shown = [(at, column) for at, column in enumerate(table.columns) if column.share]
        width = (RIGHT - LEFT) / sum(column.share for _at, column in shown)
        places, x = [], LEFT
        for at, column in shown:
            room = column.share * width
            places.append(_Place(at, column, x, room - GAP))
            x += room
        lines = table.lines()
        for number in range(self._pages_of(table)):
            if number == 0:
                self._canvas.bookmarkPage(table.key)
                self._canvas.addOutlineEntry(self._word(table.key), table.key, level=0)
            self._running(table.key)
            self._list_head(places)
            self._rows(places, islice(lines, self._rows_here))
            if not table.count:
                self._canvas.setFillColor(design.MUTED)
                draw_text(self._canvas, LEFT, FIRST_ROW, self._word("nothing"), REGULAR, 8)
            self._canvas.showPage()

    def _list_head(self, places: Sequence[_Place]) -> None:
        self._canvas.setFillColor(design.FOREST)
        for place in places:
            numeric = place.column.kind in {"money", "count"}
            edge = place.x + place.room if numeric else place.x
            for at, language in enumerate(reversed(self._languages)):
                text = word(place.column.key, language)
                size = min(7.0, 7.0 * place.room / max(1.0, text_width(text, BOLD, 7)))
                draw_text(self._canvas, edge, FIRST_ROW + 15 + 10 * at, text, BOLD, size, align="right" if numeric else "left")
        self._canvas.setStrokeColor(design.FOREST)
        self._canvas.setLineWidth(0.8)
        self._canvas.line(LEFT, FIRST_ROW + 9.5, RIGHT, FIRST_ROW + 9.5)

    def _rows(self, places: Sequence[_Place], lines: Iterator[Line]) -> None:
        canvas, letters = self._canvas, self._letters
        canvas.setFillColor(design.INK)
        y = FIRST_ROW
        for line in lines:
            for place in places:
                value = line[place.at]
                if value is None or value == "":
                    continue
                if place.is_money:
                    letters.right(place.edge, y, figures(value, line[place.column.currency_at]))
                elif place.column.kind == "count":
                    letters.right(place.edge, y, str(value))
                else:
                    for at, text in enumerate(value.split(BETWEEN)):
                        letters.left(place.x, y - at * SECOND, text, place.room)
            y -= self._step
        letters.flush()
        canvas.setStrokeColor(design.HAIR)
        canvas.setLineWidth(0.3)
        canvas._code.append(_rules(round((FIRST_ROW - y) / self._step), self._step))

    def _running(self, key: str) -> None:
        canvas, head = self._canvas, self._head
        if head["demonstration"]:
            draw_band(canvas, self._word("demonstration"), width=WIDTH, height=HEIGHT)
        canvas.setFillColor(design.MUTED)
        name = self._read(head["report"]["name"])
        draw_text(canvas, LEFT, HEIGHT - 36, f"{self._word('title')} · {name} · {head['period']['label']}", REGULAR, 7.5)
        draw_text(canvas, RIGHT, HEIGHT - 36, self._word(key), BOLD, 7.5, align="right")
        lines = [f"{self._word('fingerprint')} {self._proof.code}"]
        if self._proof.address:
            lines.append(f"{self._word('verify')} {self._proof.address}")
        pages = f"{word('page', self._language)} {canvas.getPageNumber()} {word('of', self._language)} {self._count}"
        draw_foot(canvas, self._proof, lines, left=LEFT, right=RIGHT, pages=pages, size=6.5)

    def _word(self, key: str) -> str:
        return in_edition(WORDS, key, self._edition)

    def _read(self, text: Json) -> str:
        return " · ".join(dict.fromkeys(Text.of(text).read(language) for language in self._languages))


@cache
def _rules(count: int, step: float) -> str:
    """Return the operators that draw a hair line under each of some rows."""
    heights = [FIRST_ROW - 3 - step * (at + 1) + STEP for at in range(count)]
    return " ".join(f"{LEFT:g} {y:.1f} m {RIGHT:g} {y:.1f} l" for y in heights) + (" S" if count else "")


class _Place:
    """Where a column stands on the page."""

    __slots__ = ("at", "column", "edge", "is_money", "room", "x")

    def __init__(self, at: int, column: AnnexColumn, x: float, room: float) -> None:
        self.at, self.column, self.x, self.room = at, column, x, room
        self.edge = x + room
        self.is_money = column.kind == "money"


def figures(minor: int, currency: str) -> str:
    """Write an amount with commas and the currency's decimals; other currencies than the book's name themselves."""
    if EXPONENTS.get(currency) == 2:
        sign, minor = ("-", -minor) if minor < 0 else ("", minor)
        return f"{sign}{minor // 100:,}.{minor % 100:02d}"
    return f"{currency} {minor:,}" if currency else ""


class _Letters:
    """Writes cells quickly: what is ASCII in one text object a page, other letters shaped one by one."""

    def __init__(self, canvas: Canvas) -> None:
        self._canvas = canvas
        self._font = pdfmetrics.getFont(REGULAR)
        self._widths = [self._font.face.getCharWidth(code) * SIZE / 1000 for code in range(128)]
        self._operators: list[str] = []
        self._known: dict[tuple[str, int], str] = {}

    def left(self, x: float, y: float, text: str, room: float) -> None:
        """Write a text from its left end, cut short where its column ends."""
        if not text.isascii():
            draw_text(self._canvas, x, y, self._fitting(text, room), REGULAR, SIZE)
            return
        key = (text, int(room))
        shown = self._known.get(key)
        if shown is None:
            if len(self._known) > 20_000:
                self._known.clear()
            shown = self._known[key] = self._cut(text, room)
        self._operators.append(f"1 0 0 1 {x:.2f} {y:.2f} Tm ({shown}) Tj")

    def right(self, edge: float, y: float, text: str) -> None:
        """Write figures up to their right end."""
        widths = self._widths
        width = sum([widths[code] for code in text.encode()])
        self._operators.append(f"1 0 0 1 {edge - width:.2f} {y:.2f} Tm ({text}) Tj")

    def _cut(self, text: str, room: float) -> str:
        widths, used = self._widths, 0.0
        dots = 3 * widths[ord(".")]
        if sum([widths[code] for code in text.encode()]) <= room:
            return _escaped(text)
        for at, letter in enumerate(text):
            used += widths[ord(letter)]
            if used > room - dots:
                return _escaped(text[:at]) + "..."
        return _escaped(text)

    def _fitting(self, text: str, room: float) -> str:
        """Cut a text with Khmer letters; they are never cut within a word that is drawn as one."""
        lines = wrap(text, REGULAR, SIZE, room)
        if len(lines) <= 1:
            return text
        kept = "".join((" " if part.space_before and at else "") + part.text for at, part in enumerate(lines[0]))
        return f"{kept[:-1]}…" if len(kept) > 1 else kept

    def flush(self) -> None:
        """Put what was written on the page."""
        if self._operators:
            name = self._font.getSubsetInternalName(0, self._canvas._doc)
            self._canvas._code.append(f"BT {name} {SIZE:g} Tf {' '.join(self._operators)} ET")
            self._operators = []


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)").replace("\n", " ").replace("\r", " ")
