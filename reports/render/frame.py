"""What stands around every page of every paper: the demonstration band, and the foot with the code that leads to its verification."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from reportlab.graphics.barcode.qrencoder import QRCode, QRErrorCorrectLevel
from reportlab.pdfgen.canvas import Canvas

from core.audit.hashing import digest
from reports.render import design
from reports.render.flow import filled
from reports.render.letters import BOLD, REGULAR, draw_text

PAGES_FORM: Final = "pages"
CODE_LETTERS: Final = 16
# A square of 40 points is 14 mm: what a cheap telephone reads from a photocopy.
CODE_SIDE: Final = 40.0
RULE: Final = 57.0
LINE_STEP: Final = 11.0


@dataclass(frozen=True, slots=True)
class Proof:
    """How a paper is verified: the sha256 of its frozen text, and the public address; None where nobody there would know it."""

    fingerprint: str
    base: str | None

    @property
    def code(self) -> str:
        """The beginning of the fingerprint, enough to look the paper up."""
        return self.fingerprint[:CODE_LETTERS]

    @property
    def address(self) -> str | None:
        """Where this paper is verified."""
        return f"{self.base.rstrip('/')}/{self.code}" if self.base else None


class NumberedCanvas(Canvas):
    """A canvas that fills in, at the end, how many pages there are and where each section begins."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.section_pages: dict[str, int] = {}
        self.awaited: list[str] = []

    def save(self) -> None:
        """Define the numbers that pages have referred to, then write the file."""
        self._number(PAGES_FORM, self.getPageNumber() - 1, "left")
        for key in self.awaited:
            self._number(f"at-{key}", self.section_pages[key], "right")
        super().save()

    def _number(self, name: str, number: int, align: str) -> None:
        size = 7.0 if name == PAGES_FORM else 10.0
        self.beginForm(name, 0, -4, 40, 14)
        self.setFillColor(design.MUTED if name == PAGES_FORM else design.INK)
        draw_text(self, 0 if align == "left" else 40, 0, str(number), REGULAR, size, align=align)
        self.endForm()


def draw_band(canvas: Any, text: str, *, width: float, height: float, tall: float = 16.0, size: float = 7.0) -> None:
    """Draw the band that says, at the head of every page, that the figures are invented."""
    filled(canvas, 0, height - tall, width, tall, design.OCHRE_WASH)
    canvas.setFillColor(design.OCHRE)
    draw_text(canvas, width / 2, height - tall / 2 - size * 0.4, text, BOLD, size, align="centre")


def draw_foot(canvas: Any, proof: Proof, lines: Sequence[str], *, left: float, right: float, pages: str, size: float = 7.0) -> None:
    """
    Draw the foot: the code with its address, and up to three lines beside it.

    ``pages`` is printed at the right; the number of all pages follows it where the canvas counts them.
    """
    canvas.setStrokeColor(design.HAIR)
    canvas.setLineWidth(0.5)
    canvas.line(left, RULE, right, RULE)
    x = left
    if proof.address:
        draw_code(canvas, proof.address, left, RULE - 4 - CODE_SIDE, CODE_SIDE)
        x += CODE_SIDE + 8
    canvas.setFillColor(design.MUTED)
    for at, line in enumerate(lines):
        draw_text(canvas, x, RULE - 13 - at * LINE_STEP, line, REGULAR, size)
    draw_text(canvas, right, RULE - 13, pages, REGULAR, size, align="right")


def draw_counted_pages(canvas: Any, text: str, right: float) -> None:
    """Draw "page x of" before the number of all pages, which a NumberedCanvas fills in at the end."""
    canvas.setFillColor(design.MUTED)
    draw_text(canvas, right - 15, RULE - 13, text, REGULAR, 7, align="right")
    canvas.saveState()
    canvas.translate(right - 13, RULE - 13)
    canvas.doForm(PAGES_FORM)
    canvas.restoreState()


def draw_signature_box(canvas: Any, box: tuple[float, float, float, float], sentences: Sequence[str]) -> None:
    """Draw the box (left, bottom, width, height) that a signature covers; as long as it is empty it says so."""
    x, y, width, height = box
    canvas.setStrokeColor(design.HAIR)
    canvas.setLineWidth(0.6)
    canvas.rect(x, y, width, height)
    canvas.setFillColor(design.MUTED)
    for at, sentence in enumerate(sentences):
        base = y + height / 2 - 2.5 + (len(sentences) - 1) * 6.5 - at * 13
        draw_text(canvas, x + width / 2, base, sentence, REGULAR, 7.5, align="centre")


def draw_code(canvas: Any, address: str, x: float, y: float, side: float) -> None:
    """Draw a QR code; the squares of an address are in the file once, however many pages show them."""
    count, squares = _squares(address)
    name = f"qr-{digest(address)[:16]}"  # a name in a PDF has letters and figures only
    if not canvas.hasForm(name):
        canvas.beginForm(name, 0, 0, count, count)
        canvas.setFillColor(design.INK)
        canvas._code.append(f"{squares} f")
        canvas.endForm()
    step = side / count
    canvas.saveState()
    canvas.translate(x, y)
    canvas.scale(step, step)
    canvas.doForm(name)
    canvas.restoreState()


@lru_cache(maxsize=64)
def _squares(address: str) -> tuple[int, str]:
    """Return how many squares a QR code is wide, and the operators that fill its dark ones in squares of size 1."""
    code = QRCode(None, QRErrorCorrectLevel.M)
    code.addData(address if "://" in address else f"https://{address}")
    # Any of the eight masks is readable; looking for the prettiest one costs more than the rest of the page.
    code.version = code.calculate_version()
    code.makeImpl(False, 0)
    count: int = code.getModuleCount()
    found = []
    for row in range(count):
        column = 0
        while column < count:
            first = column
            while column < count and code.isDark(row, column):
                column += 1
            if column > first:
                found.append(f"{first} {count - 1 - row} {column - first} 1 re")
            column += 1
    return count, " ".join(found)
