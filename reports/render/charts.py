"""Pictures of the figures, drawn straight on the page: vector, selectable text, told apart without colour."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reportlab.lib.colors import Color
from reportlab.platypus import Flowable

from core.money import EXPONENTS, Money
from reports.render import design
from reports.render.flow import filled
from reports.render.letters import BOLD, REGULAR, draw_line, draw_text, text_width, wrap
from reports.render.values import Part, amount, month, percent, rounded
from reports.render.words import word


class Picture(Flowable):
    """A drawing as wide as the frame and of a known height."""

    tall = 0.0  # ReportLab sets width and height itself, to nothing, when a flowable is made

    def wrap(self, avail_width: float, _avail_height: float) -> tuple[float, float]:
        """Take the whole width."""
        self.width = avail_width
        self.height = self.tall
        return avail_width, self.tall


@dataclass(frozen=True, slots=True)
class Tile:
    """One headline figure with its name and a remark."""

    label: str
    figure: str
    remark: str


class Tiles(Picture):
    """Headline figures in rows of four."""

    ACROSS, TALL, GAP = 4, 58.0, 8.0

    def __init__(self, tiles: Sequence[Tile]) -> None:
        super().__init__()
        self._tiles = tiles
        rows = -(-len(tiles) // self.ACROSS)
        self.tall = rows * (self.TALL + self.GAP) + 6

    def draw(self) -> None:
        """Draw the tiles row by row."""
        width = (self.width - self.GAP * (self.ACROSS - 1)) / self.ACROSS
        for at, tile in enumerate(self._tiles):
            x = at % self.ACROSS * (width + self.GAP)
            y = self.height - (at // self.ACROSS + 1) * (self.TALL + self.GAP) + self.GAP
            filled(self.canv, x, y, width, self.TALL, design.WASH)
            filled(self.canv, x, y, 2.2, self.TALL, design.FOREST)
            self.canv.setFillColor(design.MUTED)
            draw_text(self.canv, x + 11, y + 42, tile.label, REGULAR, 8)
            self.canv.setFillColor(design.INK)
            draw_text(self.canv, x + 11, y + 22, tile.figure, BOLD, 15)
            self.canv.setFillColor(design.MUTED)
            draw_text(self.canv, x + 11, y + 8.5, tile.remark, REGULAR, 6.5)


class Verdict(Picture):
    """A sentence that says whether something holds, in a strip of its own."""

    tall = 32.0

    def __init__(self, sentence: str, *, good: bool) -> None:
        super().__init__()
        self._sentence, self._good = sentence, good

    def draw(self) -> None:
        """Draw the strip with a tick or a cross."""
        canvas, colour = self.canv, design.FOREST if self._good else design.RUST
        filled(canvas, 0, 8, self.width, 22, design.WASH if self._good else design.OCHRE_WASH)
        canvas.setStrokeColor(colour)
        canvas.setLineWidth(1.8)
        canvas.setLineCap(1)
        if self._good:
            canvas.lines([(11, 18.5, 14.5, 15), (14.5, 15, 21, 23)])
        else:
            canvas.lines([(12, 15, 20, 23), (12, 23, 20, 15)])
        canvas.setLineCap(0)
        canvas.setFillColor(colour)
        draw_text(canvas, 30, 15.8, self._sentence, BOLD, 9)


class DollarBar(Picture):
    """One bar for all that was received, cut into the places where it is now, each named beneath with its share."""

    def __init__(self, received: Money, places: Mapping[str, Money], language: str) -> None:
        super().__init__()
        self._received, self._language = received, language
        self._places = [(key, money) for key, money in places.items() if money.minor > 0]
        self.tall = 34 + -(-len(self._places) // 2) * 15 + 6

    def draw(self) -> None:
        """Draw the bar and its key in two columns."""
        whole = sum(money.minor for _key, money in self._places)
        x, top = 0.0, self.height - 24
        for key, money in self._places:
            width = self.width * money.minor / whole
            filled(self.canv, x, top, width, 22, design.PLACES[key])
            self.canv.setStrokeColor(design.WHITE)
            self.canv.setLineWidth(0.8)
            self.canv.line(x, top, x, top + 22)
            x += width
        half = (len(self._places) + 1) // 2
        for at, (key, money) in enumerate(self._places):
            self._key_line(at // half * (self.width / 2 + 8), top - 17 - at % half * 15, key, money)

    def _key_line(self, x: float, y: float, key: str, money: Money) -> None:
        width = self.width / 2 - 8
        filled(self.canv, x, y - 0.5, 8, 8, design.PLACES[key])
        self.canv.setFillColor(design.INK)
        draw_text(self.canv, x + 14, y, word(key, self._language), REGULAR, 8)
        draw_text(self.canv, x + width - 46, y, amount(money), REGULAR, 8, align="right")
        draw_text(self.canv, x + width, y, percent(Part(money.minor, self._received.minor)), BOLD, 8, align="right")


@dataclass(frozen=True, slots=True)
class Group:
    """Bars that belong together: a name, and an amount for each series."""

    name: str
    amounts: Mapping[str, Money]


class GroupedBars(Picture):
    """Lying bars, a group for each purpose, with the amount at the end of each bar."""

    BAR, GAP, NAME = 9.0, 11.0, 118.0

    def __init__(self, groups: Sequence[Group], series: Sequence[str], language: str) -> None:
        super().__init__()
        self._groups, self._series, self._language = groups, series, language
        self.tall = 26 + len(groups) * (len(series) * self.BAR + self.GAP)

    def draw(self) -> None:
        """Draw the key, then each group under the other."""
        _key(self.canv, self._series, self._language, self.height - 12)
        most = max((max(m.minor for m in group.amounts.values()) for group in self._groups), default=0)
        room = self.width - self.NAME - 62
        y = self.height - 26
        for group in self._groups:
            middle = y - len(self._series) * self.BAR / 2
            self._name(group.name, middle)
            for name in self._series:
                money = group.amounts[name]
                y -= self.BAR
                width = room * max(money.minor, 0) / most if most else 0
                filled(self.canv, self.NAME, y + 1, max(width, 0.6), self.BAR - 1.6, design.SERIES[name])
                self.canv.setFillColor(design.MUTED)
                draw_text(self.canv, self.NAME + width + 4, y + 2, rounded(money), REGULAR, 6.5)
            y -= self.GAP
            self.canv.setStrokeColor(design.HAIR)
            self.canv.setLineWidth(0.35)
            self.canv.line(0, y + self.GAP / 2, self.width, y + self.GAP / 2)

    def _name(self, name: str, middle: float) -> None:
        lines = wrap(name, BOLD, 8, self.NAME - 12)
        step = design.leading(8, self._language)
        self.canv.setFillColor(design.INK)
        for at, line in enumerate(lines):
            draw_line(self.canv, 0, middle + (len(lines) / 2 - at) * step - step * 0.72, line, BOLD, 8)


class Timeline(Picture):
    """Standing bars by month, one for each series, over a thin grid."""

    tall = 176.0
    LEFT, BASE = 46.0, 34.0

    def __init__(self, months: Sequence[Group], series: Sequence[str], language: str) -> None:
        super().__init__()
        self._months, self._series, self._language = months, series, language

    def draw(self) -> None:
        """Draw the grid, the bars and the names of the months."""
        _key(self.canv, self._series, self._language, self.height - 12)
        shown = [group.amounts[name] for group in self._months for name in self._series]
        top, step = _scale(shown)
        room = self.height - self.BASE - 30
        self._grid(top, step, room, shown[0].currency)
        slot = (self.width - self.LEFT) / len(self._months)
        bar = min(14.0, slot * 0.74 / len(self._series))
        for at, group in enumerate(self._months):
            x = self.LEFT + slot * (at + 0.5) - bar * len(self._series) / 2
            for name in self._series:
                tall = room * max(group.amounts[name].minor, 0) / top
                filled(self.canv, x, self.BASE, bar - 1, tall, design.SERIES[name])
                x += bar
            self.canv.setFillColor(design.MUTED)
            name, year = month(group.name, self._language).split(" ")
            middle = self.LEFT + slot * (at + 0.5)
            draw_text(self.canv, middle, self.BASE - 12, name, REGULAR, 7, align="centre")
            if at == 0 or group.name.endswith("-01"):
                draw_text(self.canv, middle, self.BASE - 23, year, REGULAR, 6.5, align="centre")

    def _grid(self, top: int, step: int, room: float, currency: str) -> None:
        for minor in range(0, top + 1, step):
            y = self.BASE + room * minor / top
            self.canv.setStrokeColor(design.HAIR if minor else design.MUTED)
            self.canv.setLineWidth(0.4)
            self.canv.line(self.LEFT, y, self.width, y)
            self.canv.setFillColor(design.MUTED)
            draw_text(self.canv, self.LEFT - 6, y - 2.4, rounded(Money(minor, currency)), REGULAR, 7, align="right")


def _scale(amounts: Sequence[Money]) -> tuple[int, int]:
    """Return a round top (minor units) not below any amount, and the step of the grid: four or five lines."""
    most = max((money.minor for money in amounts), default=0)
    step = 10 ** EXPONENTS[amounts[0].currency]
    while step * 5 < most:
        for factor in (2, 5, 10):
            if step * factor * 5 >= most or factor == 10:
                step *= factor
                break
    lines = max(1, -(-most // step))
    return step * lines, step


def _key(canvas: Any, series: Sequence[str], language: str, y: float) -> None:
    x = 0.0
    for name in series:
        filled(canvas, x, y, 8, 8, design.SERIES[name])
        canvas.setFillColor(design.INK)
        label = word(name, language)
        draw_text(canvas, x + 12, y + 1, label, REGULAR, 8)
        x += 12 + text_width(label, REGULAR, 8) + 18


@dataclass(frozen=True, slots=True)
class Node:
    """A box of the flow: what it is, how much, its colour, and the box to its left that feeds it."""

    name: str
    money: Money
    colour: Color
    parent: int | None = None


class Flow(Picture):
    """Money flowing from left to right; each ribbon is as wide as its amount. Three columns of boxes."""

    BOX, GAP, LABEL = 9.0, 9.0, 150.0

    def __init__(self, columns: Sequence[Sequence[Node]], language: str) -> None:
        super().__init__()
        self._columns, self._language = columns, language
        self.tall = max(140.0, 16.5 * max(map(len, columns)))

    def draw(self) -> None:
        """Draw ribbons first, boxes over them, and names at their right."""
        whole = self._columns[0][0].money.minor
        widest = max(map(len, self._columns))
        scale = (self.height - 12 - self.GAP * (widest - 1)) / whole
        step = (self.width - self.LABEL - self.BOX) / (len(self._columns) - 1)
        tops = [self._tops(column, scale) for column in self._columns]
        for at in range(1, len(self._columns)):
            self._ribbons(at, tops, scale, step)
        for at, column in enumerate(self._columns):
            middles = [top - node.money.minor * scale / 2 for node, top in zip(column, tops[at], strict=True)]
            for node, top, label in zip(column, tops[at], _apart(middles, 13.0), strict=True):
                filled(self.canv, at * step, top - node.money.minor * scale, self.BOX, max(node.money.minor * scale, 0.8), node.colour)
                self._label(node, at * step + self.BOX + 6, label - 2.8)

    def _tops(self, column: Sequence[Node], scale: float) -> list[float]:
        used = sum(node.money.minor for node in column) * scale + self.GAP * (len(column) - 1)
        y = self.height - 6 - (self.height - 12 - used) / 2
        tops = []
        for node in column:
            tops.append(y)
            y -= node.money.minor * scale + self.GAP
        return tops

    def _ribbons(self, at: int, tops: Sequence[Sequence[float]], scale: float, step: float) -> None:
        left = list(tops[at - 1])
        x0, x1 = (at - 1) * step + self.BOX, at * step
        bend = (x1 - x0) * 0.5
        for node, top in zip(self._columns[at], tops[at], strict=True):
            tall = node.money.minor * scale
            start = left[node.parent or 0]
            left[node.parent or 0] -= tall
            path = self.canv.beginPath()
            path.moveTo(x0, start)
            path.curveTo(x0 + bend, start, x1 - bend, top, x1, top)
            path.lineTo(x1, top - tall)
            path.curveTo(x1 - bend, top - tall, x0 + bend, start - tall, x0, start - tall)
            path.close()
            self.canv.setFillColor(_pale(node.colour))
            self.canv.drawPath(path, stroke=0, fill=1)

    def _label(self, node: Node, x: float, y: float) -> None:
        self.canv.setFillColor(design.INK)
        draw_text(self.canv, x, y, node.name, BOLD, 8)
        self.canv.setFillColor(design.MUTED)
        draw_text(self.canv, x + text_width(node.name, BOLD, 8) + 5, y, rounded(node.money), REGULAR, 8)


def _apart(heights: Sequence[float], gap: float) -> list[float]:
    """Move labels, given from top to bottom, just so far that no two are closer than gap."""
    placed: list[float] = []
    for wish in heights:
        placed.append(min(wish, placed[-1] - gap) if placed else wish)
    low = gap / 2
    for at in range(len(placed) - 1, -1, -1):
        placed[at] = max(placed[at], low)
        low = placed[at] + gap
    return placed


def _pale(colour: Color) -> Color:
    """Mix a colour with white, since archive files are safest without transparency."""
    return Color(*(1 - (1 - part) * 0.32 for part in (colour.red, colour.green, colour.blue)))
