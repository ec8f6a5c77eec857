"""
A community's statement for its notice board: one page in Khmer, then the same in English, in large letters.

A frozen content (``schemas/statement-1.json``) goes in, bytes come out; the same content gives the same bytes.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from reportlab.pdfgen.canvas import Canvas

from core.audit.hashing import canonical, digest
from reports.render import design
from reports.render.archive import archive
from reports.render.letters import REGULAR, register_fonts
from reports.render.statement_parts import Sheet
from reports.render.words import ENGLISH, KHMER

Content = Mapping[str, Any]
ATTACHMENT: Final = "statement.json"
SET_ATTACHMENT: Final = "statements.json"


def render_statement(*, content: Content) -> bytes:
    """
    Render one statement as PDF/A-3b, Khmer first, with its content attached as ``statement.json``.

    :raises pikepdf.pdfa.PdfaError: if the result would not be a valid archive file
    """
    figures = canonical(content)
    drawn = _draw([(content, digest(figures))])
    return archive(pdf=drawn, attachment=figures.encode(), name=ATTACHMENT, description=title_of(content), when=_when(content))


def merge_statements(*, contents: Sequence[Content]) -> bytes:
    """
    Render many statements as one PDF/A-3b with a bookmark for each community; all contents are attached as one JSON list.

    :raises ValueError: if there is none
    """
    if not contents:
        raise ValueError("there is no statement to merge")
    texts = [canonical(content) for content in contents]
    drawn = _draw([(content, digest(text)) for content, text in zip(contents, texts, strict=True)])
    attached = f"[{','.join(texts)}]".encode()
    when = max(_when(content) for content in contents)
    return archive(pdf=drawn, attachment=attached, name=SET_ATTACHMENT, description=contents[0]["period"]["label"], when=when)


def file_name(*, content: Content) -> str:
    """Return what a statement's file is called: ``KS-VC-01-2026.pdf``."""
    return f"{content['recipient']['code']}-{content['period']['label']}.pdf"


def title_of(content: Content) -> str:
    """Return the document's title in both languages."""
    name = content["recipient"]["name"]
    names = " · ".join(filter(None, (name["km"], name["en"])))
    return f"{names} {content['period']['label']}"


def _when(content: Content) -> datetime:
    return datetime.fromisoformat(content["frozen_at"])


def _draw(statements: Iterable[tuple[Content, str]]) -> bytes:
    register_fonts()
    written = io.BytesIO()
    canvas: Canvas | None = None
    for content, fingerprint in statements:
        if canvas is None:
            canvas = _canvas(written, content)
        key = f"s-{content['recipient']['code']}"
        canvas.bookmarkPage(key)
        canvas.addOutlineEntry(title_of(content), key, level=0)
        for page, language in enumerate((KHMER, ENGLISH), start=1):
            Sheet(content, language, fingerprint).draw(canvas, page)
            canvas.showPage()
    assert canvas is not None
    canvas.save()
    return written.getvalue()


def _canvas(written: io.BytesIO, content: Content) -> Canvas:
    canvas = Canvas(written, pagesize=design.PAGE, pageCompression=0, invariant=1, initialFontName=REGULAR, lang=KHMER)
    authority = content["authority"]
    canvas.setTitle(title_of(content))
    canvas.setAuthor(authority["km"] or authority["en"])
    canvas.setCreator("Forest Dividend")
    return canvas
