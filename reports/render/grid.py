"""A table on paper: measured columns, a head repeated on each page, rows never cut, totals never alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.platypus import Flowable

from reports.render import design
from reports.render.flow import filled
from reports.render.letters import BOLD, REGULAR, Line, draw_line, draw_text, text_width, words, wrap

PADDING = 3.2
AFTER = 10.0
MOST_LINES = 40
MEASURED_ROWS = 400
NOTHING = frozenset({"0", "0.00", "–"})


@dataclass(frozen=True, slots=True)
class Cell:
    """What a cell says, and a smaller second line."""

    text: str
    sub: str = ""


@dataclass(frozen=True, slots=True)
class Head:
    """A column's title. Figures stand at the right; what is unbroken (a date) stays on one line."""

    text: str
    numeric: bool = False
    unbroken: bool = False
    sub: str = ""


@dataclass(frozen=True)
class Content:
    """All rows of a table, already in words, with what was measured of them."""

    heads: Sequence[Head]
    rows: Sequence[Sequence[Cell]]
    totals: Sequence[Cell] | None
    language: str
    strong: frozenset[int] = frozenset()
    layouts: dict[float, Layout] = field(default_factory=dict)

    def layout(self, width: float) -> Layout:
        """Return the measures for a frame of this width, made once."""
        if width not in self.layouts:
            self.layouts[width] = _lay_out(self, width)
        return self.layouts[width]


@dataclass(frozen=True)
class Layout:
    """Letter size, column widths and row heights for one frame width."""

    size: float
    widths: Sequence[float]
    head_height: float
    heights: Sequence[float]
    total_height: float


class Grid(Flowable):
    """The rows from ``first`` up to ``end`` of a table."""

    def __init__(self, content: Content, first: int = 0, end: int | None = None) -> None:
        super().__init__()
        self._content, self._first = content, first
        self._end = len(content.rows) if end is None else end

    def wrap(self, avail_width: float, _avail_height: float) -> tuple[float, float]:
        """Measure these rows with their head, and the totals if they end the table."""
        self._width = avail_width
        layout = self._content.layout(avail_width)
        height = layout.head_height + sum(layout.heights[self._first : self._end])
        return avail_width, height + (layout.total_height + AFTER if self._is_last else 0)

    @property
    def _is_last(self) -> bool:
        return self._end == len(self._content.rows)

    def split(self, avail_width: float, avail_height: float) -> list[Flowable]:
        """Cut between rows: at least two stay here, and totals keep a row beside them."""
        layout = self._content.layout(avail_width)
        room = avail_height - layout.head_height
        cut = self._first
        while cut < self._end and room >= layout.heights[cut]:
            room -= layout.heights[cut]
            cut += 1
        cut = min(cut, self._end - min(2, self._end - self._first - 1))
        if cut - self._first < min(2, self._end - self._first - 1) or cut == self._first:
            return []
        return [Grid(self._content, self._first, cut), Grid(self._content, cut, self._end)]

    def draw(self) -> None:
        """Draw head, rows and totals from the top."""
        layout = self._content.layout(self._width)
        y = self.wrap(self._width, 0)[1]
        y = self._draw_head(layout, y)
        for at in range(self._first, self._end):
            height = layout.heights[at]
            self._draw_row(layout, self._content.rows[at], y, height, strong=at in self._content.strong)
            y -= height
            self._rule(y, 0.35)
        if self._is_last and self._content.totals is not None:
            filled(self.canv, 0, y - layout.total_height, self._width, layout.total_height, design.WASH)
            self._draw_row(layout, self._content.totals, y, layout.total_height, strong=True)
            self._rule(y, 0.8)
            self._rule(y - layout.total_height, 0.8)

    def _rule(self, y: float, width: float) -> None:
        self.canv.setStrokeColor(design.HAIR if width < 0.5 else design.FOREST)
        self.canv.setLineWidth(width)
        self.canv.line(0, y, self._width, y)

    def _draw_head(self, layout: Layout, y: float) -> float:
        self.canv.setFillColor(design.FOREST)
        step = design.leading(layout.size, self._content.language)
        x = 0.0
        for head, width in zip(self._content.heads, layout.widths, strict=True):
            self._draw_title(head, x, y - layout.head_height + PADDING + step * 0.26, width, layout.size)
            x += width
        y -= layout.head_height
        self._rule(y, 0.9)
        return y

    def _draw_title(self, head: Head, x: float, base: float, width: float, size: float) -> None:
        """Draw a column's title upwards from its lowest baseline: the small second title first."""
        align, edge = ("right", x + width - PADDING) if head.numeric else ("left", x + PADDING)
        for text, face, letters in ((head.sub, REGULAR, size - 1), (head.text, BOLD, size)):
            for line in reversed(wrap(text, face, letters, width - 2 * PADDING)):
                draw_line(self.canv, edge, base, line, face, letters, align=align)
                base += design.leading(letters, self._content.language)

    def _draw_row(self, layout: Layout, row: Sequence[Cell], y: float, height: float, *, strong: bool) -> None:
        face = BOLD if strong else REGULAR
        step = design.leading(layout.size, self._content.language)
        x = 0.0
        for head, cell, width in zip(self._content.heads, row, layout.widths, strict=True):
            base = y - PADDING - step * 0.74
            self.canv.setFillColor(design.MUTED if head.numeric and cell.text in NOTHING else design.INK)
            if head.numeric:
                draw_text(self.canv, x + width - PADDING, base, cell.text, face, layout.size, align="right")
                base -= step
            else:
                for line in _lines(cell.text, face, layout.size, width - 2 * PADDING):
                    draw_line(self.canv, x + PADDING, base, line, face, layout.size)
                    base -= step
            if cell.sub:
                self._draw_sub(cell.sub, x, base, width, layout.size, numeric=head.numeric)
            x += width

    def _draw_sub(self, text: str, x: float, base: float, width: float, size: float, *, numeric: bool) -> None:
        small = size - 1
        step = design.leading(small, self._content.language)
        self.canv.setFillColor(design.MUTED)
        if numeric:
            draw_text(self.canv, x + width - PADDING, base + 0.5, text, REGULAR, small, align="right")
            return
        for at, line in enumerate(_lines(text, REGULAR, small, width - 2 * PADDING)):
            draw_line(self.canv, x + PADDING, base - at * step + 0.5, line, REGULAR, small)


def _lines(text: str, face: str, size: float, width: float) -> Sequence[Line]:
    """Break a cell's text; what no page could hold is cut short with an ellipsis."""
    lines = wrap(text, face, size, width)
    if len(lines) <= MOST_LINES:
        return lines
    return (*lines[: MOST_LINES - 1], words("…", face))


def _lay_out(content: Content, width: float) -> Layout:
    for size in design.TABLE_SIZES:
        natural, least = _measure(content, size)
        if sum(least) <= width:
            break
    widths = _share(width, natural, least, [head.numeric for head in content.heads])
    head_height = max(_head_height(head, room - 2 * PADDING, size, content.language) for head, room in zip(content.heads, widths, strict=True))
    total = _row_height(content, content.totals, widths, size, BOLD) if content.totals is not None else 0.0
    heights = [_row_height(content, row, widths, size, REGULAR) for row in content.rows]
    return Layout(size, widths, head_height + 2 * PADDING, heights, total)


def _head_height(head: Head, room: float, size: float, language: str) -> float:
    titles = ((head.text, BOLD, size), (head.sub, REGULAR, size - 1))
    return sum(len(wrap(text, face, letters, room)) * design.leading(letters, language) for text, face, letters in titles)


def _row_height(content: Content, row: Sequence[Cell], widths: Sequence[float], size: float, face: str) -> float:
    step, small = design.leading(size, content.language), design.leading(size - 1, content.language)
    highest = step
    for head, cell, width in zip(content.heads, row, widths, strict=True):
        room = width - 2 * PADDING
        text = cell.text
        single = head.numeric or (text.isascii() and stringWidth(text, face, size) <= room)
        height = step if single else len(_lines(text, face, size, room)) * step
        if cell.sub:
            height += small if head.numeric else len(_lines(cell.sub, REGULAR, size - 1, room)) * small
        highest = max(highest, height)
    return highest + 2 * PADDING


def _measure(content: Content, size: float) -> tuple[list[float], list[float]]:
    """Return each column's natural width (nothing wraps) and the least it can do with."""
    natural, least = [], []
    for at, head in enumerate(content.heads):
        cells = [(row[at].text, row[at].sub) for row in content.rows[:MEASURED_ROWS]] if not head.numeric else [
            (row[at].text, row[at].sub) for row in content.rows
        ]  # fmt: skip
        if content.totals is not None:
            cells.append((content.totals[at].text, content.totals[at].sub))
        full = max((_cell_width(cell, size) for cell in cells), default=0.0)
        title = max(_longest_word((head.text, ""), size), _longest_word(("", head.sub), size))
        one_line = text_width(head.text, BOLD, size)
        if head.numeric or head.unbroken:
            least.append(max(full, title) + 2 * PADDING)
            natural.append(max(full, min(one_line, title * 1.6)) + 2 * PADDING)
        else:
            longest = max((_longest_word(cell, size) for cell in cells), default=0.0)
            least.append(max(title, min(longest, 80.0)) + 2 * PADDING)
            natural.append(max(full, title) + 2 * PADDING)
    return natural, least


def _cell_width(cell: tuple[str, str], size: float) -> float:
    text, sub = cell
    return max(text_width(text, BOLD, size), text_width(sub, REGULAR, size - 1) if sub else 0.0)


def _longest_word(cell: tuple[str, str], size: float) -> float:
    text, sub = cell
    found = [part.width * size for part in words(text, BOLD)]
    found += [part.width * (size - 1) for part in words(sub, REGULAR)]
    return max(found, default=0.0)


def _share(width: float, natural: list[float], least: list[float], numeric: list[bool]) -> list[float]:
    """Give each column its natural width where that fits; else what is missing is taken from those that can wrap."""
    if sum(natural) > width:
        spare = sum(natural) - sum(least)
        cut = min(1.0, (sum(natural) - width) / spare) if spare else 0.0
        fitted = [wish - (wish - need) * cut for wish, need in zip(natural, least, strict=True)]
        scale = min(1.0, width / sum(fitted))
        return [one * scale for one in fitted]
    over = width - sum(natural)
    words_columns = [at for at, figure in enumerate(numeric) if not figure]
    grow = sum(natural[at] for at in words_columns)
    if not grow:
        return [one + over / len(natural) for one in natural]
    return [one + (over * one / grow if not figure else 0) for one, figure in zip(natural, numeric, strict=True)]


def with_strong(content: Content, rows: frozenset[int]) -> Content:
    """Return the same table with some rows in bold."""
    return replace(content, strong=rows, layouts={})
