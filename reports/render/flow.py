"""What flows down the pages: headings, prose, and tables that break well. Text is set by ``letters``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from reportlab.lib.colors import Color
from reportlab.platypus import Flowable

from reports.render import design
from reports.render.letters import BOLD, REGULAR, Line, draw_line, draw_text, wrap
from reports.render.words import word


class Prose(Flowable):
    """A paragraph in one face, broken between words; it may run on over pages."""

    def __init__(
        self,
        text: str,
        language: str,
        *,
        size: float = design.BODY,
        face: str = REGULAR,
        colour: Color = design.INK,
        after: float = 6,
        widest: float = 485,
    ) -> None:
        super().__init__()
        self._text, self._language, self._size, self._face, self._colour = text, language, size, face, colour
        self._after, self._widest = after, widest
        self._lines: Sequence[Line] | None = None

    def wrap(self, avail_width: float, _avail_height: float) -> tuple[float, float]:
        """Break the lines."""
        if self._lines is None:
            self._lines = wrap(self._text, self._face, self._size, min(avail_width, self._widest))
        return avail_width, len(self._lines) * self._leading + self._after

    @property
    def _leading(self) -> float:
        return design.leading(self._size, self._language)

    def split(self, avail_width: float, avail_height: float) -> list[Flowable]:
        """Cut between lines, never leaving one alone."""
        self.wrap(avail_width, avail_height)
        assert self._lines is not None
        fits = int(avail_height / self._leading)
        if fits >= len(self._lines):
            fits = len(self._lines) - 2
        if fits < 2:
            return []
        return [self._part(self._lines[:fits], after=0), self._part(self._lines[fits:], after=self._after)]

    def _part(self, lines: Sequence[Line], *, after: float) -> Prose:
        part = Prose("", self._language, size=self._size, face=self._face, colour=self._colour, after=after, widest=self._widest)
        part._lines = lines
        return part

    def draw(self) -> None:
        """Draw the lines from the top."""
        self.canv.setFillColor(self._colour)
        assert self._lines is not None
        top = len(self._lines) * self._leading + self._after
        for at, line in enumerate(self._lines):
            draw_line(self.canv, 0, top - at * self._leading - self._leading * 0.74, line, self._face, self._size)


def place_of(key: str, language: str) -> str:
    """Return the name of the place in the file where a section begins."""
    return f"{key}-{language}"


class Section(Flowable):
    """The title of a section: numbered, with a rule, a bookmark and its page told to the contents."""

    HEIGHT = 44.0

    def __init__(self, key: str, number: int, language: str, *, level: int = 0) -> None:
        super().__init__()
        self._key, self._number, self._language, self._title, self._level = key, number, language, word(key, language), level
        self.spaceBefore = 14.0  # not at the top of a page

    def wrap(self, avail_width: float, _avail_height: float) -> tuple[float, float]:
        """Take the whole width."""
        self._width = avail_width
        return avail_width, self.HEIGHT

    def draw(self) -> None:
        """Draw the title and mark the place."""
        canvas = self.canv
        place = place_of(self._key, self._language)
        canvas.bookmarkPage(place)
        canvas.addOutlineEntry(f"{self._number}  {self._title}", place, level=self._level)
        canvas.section_pages[place] = canvas.getPageNumber()
        canvas.setFillColor(design.OCHRE)
        draw_text(canvas, 0, 18, str(self._number), BOLD, 17)
        canvas.setFillColor(design.FOREST)
        draw_text(canvas, 28, 18, self._title, BOLD, 17)
        canvas.setStrokeColor(design.FOREST)
        canvas.setLineWidth(1)
        canvas.line(0, 9, self._width, 9)


class Caption(Flowable):
    """The title of a table or chart."""

    def __init__(self, text: str, language: str, *, note: str = "") -> None:
        super().__init__()
        self._text, self._note, self._height = text, note, 10 + design.leading(10, language)

    def wrap(self, avail_width: float, _avail_height: float) -> tuple[float, float]:
        """Take the whole width."""
        self._width = avail_width
        return avail_width, self._height

    def draw(self) -> None:
        """Draw the title, and the note at the right."""
        self.canv.setFillColor(design.INK)
        draw_text(self.canv, 0, 7, self._text, BOLD, 10)
        if self._note:
            self.canv.setFillColor(design.MUTED)
            draw_text(self.canv, self._width, 7, self._note, REGULAR, design.SMALL, align="right")


class Beside(Flowable):
    """Stacks of flowables next to each other; it never breaks."""

    def __init__(self, stacks: Sequence[Sequence[Flowable]], widths: Sequence[float], gap: float = 22) -> None:
        super().__init__()
        self._stacks, self._widths, self._gap = stacks, widths, gap

    def wrap(self, avail_width: float, avail_height: float) -> tuple[float, float]:
        """Measure each stack within its share of the width."""
        room = avail_width - self._gap * (len(self._stacks) - 1)
        self._rooms = [room * share / sum(self._widths) for share in self._widths]
        self._heights = [
            [part.wrapOn(self.canv, width, avail_height)[1] for part in stack] for stack, width in zip(self._stacks, self._rooms, strict=True)
        ]
        self._height = max(map(sum, self._heights))
        return avail_width, self._height

    def draw(self) -> None:
        """Draw the stacks from the top."""
        x = 0.0
        for stack, heights, width in zip(self._stacks, self._heights, self._rooms, strict=True):
            y = self._height
            for part, height in zip(stack, heights, strict=True):
                y -= height
                part.drawOn(self.canv, x, y)
            x += width + self._gap


def filled(canvas: Any, x: float, y: float, width: float, height: float, colour: Color) -> None:
    """Fill a rectangle without an outline."""
    canvas.setFillColor(colour)
    canvas.rect(x, y, width, height, stroke=0, fill=1)
