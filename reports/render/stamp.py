"""What a signature looks like on the cover of a report: who signed, when, by which certificate, in both languages."""

from __future__ import annotations

import io
from datetime import UTC, datetime

from reportlab.pdfgen.canvas import Canvas

from reports.render import design
from reports.render.flow import filled
from reports.render.letters import BOLD, REGULAR, draw_text, register_fonts, text_width
from reports.render.words import LANGUAGES, word


def stamp_pdf(*, name: str, organisation: str, at: datetime, certificate: str) -> bytes:
    """Draw the stamp as a page of its own size: opaque, since the box it covers says that it is empty. ``certificate`` is its sha256."""
    register_fonts()
    _x, _y, width, height = design.SIGNATURE
    written = io.BytesIO()
    canvas = Canvas(written, pagesize=(width, height), pageCompression=0, invariant=1, initialFontName=REGULAR)
    filled(canvas, 0, 0, width, height, design.WASH)
    filled(canvas, 0, 0, 3, height, design.FOREST)
    canvas.setFillColor(design.FOREST)
    signer = ", ".join(dict.fromkeys(filter(None, (name, organisation))))
    title = f"{' · '.join(word('signed', language) for language in reversed(LANGUAGES))}: {signer}"
    size = min(9.0, 9.0 * (width - 24) / text_width(title, BOLD, 9))
    draw_text(canvas, 12, height - 16, title, BOLD, size)
    canvas.setFillColor(design.MUTED)
    moment = at.astimezone(UTC)
    draw_text(canvas, 12, 9, f"{moment:%Y-%m-%d %H:%M} UTC · {certificate[:32]}", REGULAR, 7)
    canvas.showPage()
    canvas.save()
    return written.getvalue()
