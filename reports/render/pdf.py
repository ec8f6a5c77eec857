"""A report as a PDF: cover, contents, sections, running head and foot; archived with its figures inside."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from reportlab.graphics.barcode.qrencoder import QRCode, QRErrorCorrectLevel
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import BaseDocTemplate, Frame, NextPageTemplate, PageBreak, PageTemplate, Spacer

from core.audit.hashing import canonical, digest
from reports.render import design
from reports.render.archive import archive
from reports.render.flow import filled
from reports.render.letters import BOLD, REGULAR, draw_line, draw_text, register_fonts, text_width, wrap
from reports.render.pdf_parts import Parts
from reports.render.tables import Row
from reports.render.values import Text, day
from reports.render.words import check_language, word

PAGES_FORM = "pages"
ATTACHMENT = "snapshot.json"


def report_pdf(*, snapshot: Row, language: str) -> bytes:
    """
    Render a snapshot as a PDF/A-3b with the snapshot attached; the same snapshot gives the same bytes.

    :raises UnknownLanguage: if reports are not made in this language
    :raises pikepdf.pdfa.PdfaError: if the result would not be a valid archive file
    """
    check_language(language)
    register_fonts()
    figures = canonical(snapshot)
    look = _Look(snapshot, language, digest(figures))
    drawn = _draw(look)
    when = datetime.fromisoformat(snapshot["frozen_at"])
    return archive(pdf=drawn, attachment=figures.encode(), name=ATTACHMENT, description=look.title, when=when)


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


class _Look:
    """What stands on the pages besides the sections."""

    def __init__(self, snapshot: Row, language: str, fingerprint: str) -> None:
        self.snapshot, self.language, self.fingerprint = snapshot, language, fingerprint
        self.parts = Parts(snapshot, language, fingerprint)
        self.scope = self.read(snapshot["scope"]["name"])
        self.title = f"{self.word('title')} {snapshot['period']['label']} — {self.scope}"

    def word(self, key: str) -> str:
        """Return one of the report's own words."""
        return word(key, self.language)

    def read(self, text: Row) -> str:
        """Return a text of the snapshot in the report's language."""
        return Text.of(text).read(self.language)

    def span(self) -> str:
        """Return the period with its last day, as people say it."""
        period = self.snapshot["period"]
        first, end = date.fromisoformat(period["first"]), date.fromisoformat(period["end"])
        return f"{day(first, self.language)} {self.word('to')} {day(end - timedelta(days=1), self.language)}"

    def code(self) -> str:
        """Return the beginning of the fingerprint, enough to look the report up."""
        return self.fingerprint[:16]

    def address(self) -> str | None:
        """Return where this report can be verified."""
        base: str | None = self.snapshot["verify_address"]
        return None if base is None else f"{base.rstrip('/')}/{self.code()}"


def _draw(look: _Look) -> bytes:
    written = io.BytesIO()
    document = BaseDocTemplate(
        written,
        pagesize=design.PAGE,
        initialFontName=REGULAR,
        invariant=1,
        pageCompression=0,  # pikepdf compresses: its zlib is the same everywhere
        title=look.title,
        author=look.read(look.snapshot["authority"]),
        subject=look.span(),
        creator="Forest Dividend",
        lang=look.language,
    )
    document.addPageTemplates(_templates(look))
    story = [NextPageTemplate("contents"), Spacer(0, 1), PageBreak(), NextPageTemplate("page"), Spacer(0, 1), PageBreak()]
    document.build([*story, *look.parts.all()], canvasmaker=partial(NumberedCanvas))
    return written.getvalue()


def _templates(look: _Look) -> list[PageTemplate]:
    def page(name: str, size: Sequence[float], on_page: Any) -> PageTemplate:
        width, height = size
        frame = Frame(
            design.MARGIN, design.BOTTOM, width - 2 * design.MARGIN, height - design.TOP - design.BOTTOM,
            leftPadding=0, rightPadding=0, topPadding=0, bottomPadding=0,
        )  # fmt: skip
        return PageTemplate(id=name, frames=[frame], pagesize=size, onPage=lambda canvas, _document: on_page(canvas, look, size))

    return [
        page("cover", design.PAGE, draw_cover),
        page("contents", design.PAGE, draw_contents),
        page("page", design.PAGE, draw_running),
        page("wide", design.WIDE_PAGE, draw_running),
    ]


def draw_running(canvas: Any, look: _Look, size: Sequence[float]) -> None:
    """Draw the head and foot of an inner page."""
    width, height = size
    left, right = design.MARGIN, width - design.MARGIN
    if look.snapshot["demonstration"]:
        filled(canvas, 0, height - 16, width, 16, design.OCHRE_WASH)
        canvas.setFillColor(design.OCHRE)
        draw_text(canvas, width / 2, height - 11, look.word("demonstration"), BOLD, 7, align="centre")
    canvas.setFillColor(design.MUTED)
    draw_text(canvas, left, height - 36, f"{look.word('title')} · {look.scope}", REGULAR, 7.5)
    draw_text(canvas, right, height - 36, look.snapshot["period"]["label"], BOLD, 7.5, align="right")
    canvas.setStrokeColor(design.HAIR)
    canvas.setLineWidth(0.5)
    canvas.line(left, height - 43, right, height - 43)
    canvas.line(left, 42, right, 42)
    _foot(canvas, look, left, right)


def _foot(canvas: Any, look: _Look, left: float, right: float) -> None:
    canvas.setFillColor(design.MUTED)
    address = look.address()
    status = look.word("closed" if look.snapshot["books"]["closed"] else "interim")
    marks = [f"{look.word('version')} {look.snapshot['version']}", status, f"{look.word('fingerprint_short')} {look.code()}"]
    draw_text(canvas, left, 30, " · ".join(marks), REGULAR, 7)
    if address:
        draw_text(canvas, left, 20, f"{look.word('verify')} {address}", REGULAR, 7)
    digits = text_width("000", REGULAR, 7)
    draw_text(canvas, right - digits - 2, 30, f"{look.word('page')} {canvas.getPageNumber()} {look.word('of')}", REGULAR, 7, align="right")
    canvas.saveState()
    canvas.translate(right - digits, 30)
    canvas.doForm(PAGES_FORM)
    canvas.restoreState()


def draw_contents(canvas: Any, look: _Look, size: Sequence[float]) -> None:
    """Draw the contents: a line for each section, with its page and a link."""
    draw_running(canvas, look, size)
    left, right = design.MARGIN, size[0] - design.MARGIN
    y = size[1] - design.TOP - 26
    canvas.setFillColor(design.FOREST)
    draw_text(canvas, left, y, look.word("contents"), BOLD, 20)
    y -= 40
    for number, key in enumerate(look.parts.sections(), start=1):
        canvas.setFillColor(design.OCHRE)
        draw_text(canvas, left, y, str(number), BOLD, 10)
        canvas.setFillColor(design.INK)
        draw_text(canvas, left + 28, y, look.word(key), REGULAR, 10)
        canvas.setStrokeColor(design.HAIR)
        canvas.setLineWidth(0.5)
        canvas.line(left, y - 9, right, y - 9)
        canvas.linkRect("", key, (left, y - 9, right, y + 13), relative=0, thickness=0)
        canvas.awaited.append(key)
        canvas.saveState()
        canvas.translate(right - 40, y)
        canvas.doForm(f"at-{key}")
        canvas.restoreState()
        y -= 26


def draw_cover(canvas: Any, look: _Look, size: Sequence[float]) -> None:
    """Draw the cover: who, what, when, for which project, in which state, and how to check it."""
    width, height = size
    filled(canvas, 0, 0, 22, height, design.FOREST)
    left = 74.0
    canvas.setFillColor(design.FOREST)
    draw_text(canvas, left, height - 92, look.read(look.snapshot["authority"]), BOLD, 13)
    canvas.setStrokeColor(design.OCHRE)
    canvas.setLineWidth(2)
    canvas.line(left, height - 106, left + 46, height - 106)
    y = _paragraph(canvas, look, left, height - 236, look.word("title"), BOLD, 32, width - left - 60, design.INK)
    y = _paragraph(canvas, look, left, y - 2, look.word("subtitle"), REGULAR, 12, width - left - 110, design.MUTED)
    y = _paragraph(canvas, look, left, y - 34, look.scope, BOLD, 16, width - left - 60, design.FOREST)
    canvas.setFillColor(design.INK)
    draw_text(canvas, left, y - 6, f"{look.snapshot['period']['label']}  ·  {look.span()}", REGULAR, 12)
    if look.snapshot["demonstration"]:
        filled(canvas, left, y - 58, width - left - 60, 26, design.OCHRE_WASH)
        filled(canvas, left, y - 58, 3, 26, design.OCHRE)
        canvas.setFillColor(design.OCHRE)
        draw_text(canvas, left + 14, y - 49, look.word("demonstration"), BOLD, 10)
    _facts(canvas, look, left, 292)
    _proof(canvas, look, left, width - 60)


def _paragraph(canvas: Any, look: _Look, x: float, y: float, text: str, face: str, size: float, width: float, colour: Any) -> float:
    canvas.setFillColor(colour)
    for line in wrap(text, face, size, width):
        draw_line(canvas, x, y, line, face, size)
        y -= design.leading(size, look.language)
    return y


def _facts(canvas: Any, look: _Look, left: float, y: float) -> None:
    snapshot = look.snapshot
    projects = snapshot["scope"]["projects"]
    facts = []
    if len(projects) == 1:
        one = projects[0]
        facts.append(("programme_id", f"{one['programme_id']} ({one['registry']}; {one['standard']}; {one['mechanism']})"))
        if look.read(one["proponent"]):
            facts.append(("proponent", look.read(one["proponent"])))
    else:
        facts.append(("projects", ", ".join(look.read(one["name"]) for one in projects)))
    facts.append(("status", look.word("closed" if snapshot["books"]["closed"] else "interim")))
    version = str(snapshot["version"])
    if snapshot["replaces"]:
        version += f" ({look.word('replaces').lower()} {snapshot['replaces']['version']}, {snapshot['replaces']['sha256'][:16]})"
    facts += [("version", version), ("prepared_by", look.read(snapshot["prepared_by"]))]
    frozen = datetime.fromisoformat(snapshot["frozen_at"])
    facts.append(("frozen_at", f"{day(frozen.date(), look.language)}, {frozen:%H:%M} UTC"))
    for key, text in facts:
        canvas.setFillColor(design.MUTED)
        draw_text(canvas, left, y, look.word(key), REGULAR, 9)
        y = _paragraph(canvas, look, left + 118, y, text, REGULAR, 9, 330, design.INK) - 4


def _proof(canvas: Any, look: _Look, left: float, right: float) -> None:
    canvas.setStrokeColor(design.HAIR)
    canvas.setLineWidth(0.6)
    canvas.line(left, 132, right, 132)
    address = look.address()
    lines = [f"{look.word('fingerprint')}", look.fingerprint]
    seal = look.snapshot["seal"]
    if seal:
        lines.append(f"{look.word('seal')} {seal['number']} · {seal['root'][:32]}…")
    if address:
        lines.append(f"{look.word('verify')} {address}")
        _qr(canvas, address, right - 62, 56, 62)
    lines.append(look.word("unsigned"))
    y = 114.0
    for line in lines:
        canvas.setFillColor(design.INK if line == look.fingerprint else design.MUTED)
        draw_text(canvas, left, y, line, REGULAR, 7.5)
        y -= design.leading(7.5, look.language)


def _qr(canvas: Any, address: str, x: float, y: float, side: float) -> None:
    """Draw a QR code as one path of squares."""
    code = QRCode(None, QRErrorCorrectLevel.M)
    code.addData(f"https://{address}" if "://" not in address else address)
    code.make()
    count = code.getModuleCount()
    step = side / count
    path = canvas.beginPath()
    for row in range(count):
        for column in range(count):
            if code.isDark(row, column):
                path.rect(x + column * step, y + (count - 1 - row) * step, step, step)
    canvas.setFillColor(design.INK)
    canvas.drawPath(path, stroke=0, fill=1)
