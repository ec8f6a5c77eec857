"""
A community's statement for its notice board: one page in Khmer, then the same in English, in large letters; or one of them.

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
from reports.render.words import BOTH, languages_of

Content = Mapping[str, Any]
ATTACHMENT: Final = "statement.json"
SET_ATTACHMENT: Final = "statements.json"


def render_statement(*, content: Content, language: str = BOTH, is_signed: bool = False) -> bytes:
    """
    Render one statement as PDF/A-3b with its content attached as ``statement.json``; ``language`` is an edition.

    ``is_signed`` is what its foot says: whoever asks for it signs the file next.

    :raises UnknownLanguage: if statements are not made in this edition
    :raises pikepdf.pdfa.PdfaError: if the result would not be a valid archive file
    """
    languages = languages_of(language)
    figures = canonical(content)
    drawn = _draw([(content, digest(figures))], languages, is_signed=is_signed)
    return archive(pdf=drawn, attachment=figures.encode(), name=ATTACHMENT, description=title_of(content), when=_when(content), alike=True)


def merge_statements(*, contents: Sequence[Content], language: str = BOTH, is_signed: bool = False) -> bytes:
    """
    Render many statements as one PDF/A-3b with a bookmark for each community; all contents are attached as one JSON list.

    :raises UnknownLanguage: if statements are not made in this edition
    :raises ValueError: if there is none
    """
    if not contents:
        raise ValueError("there is no statement to merge")
    texts = [canonical(content) for content in contents]
    drawn = _draw([(content, digest(text)) for content, text in zip(contents, texts, strict=True)], languages_of(language), is_signed=is_signed)
    attached = f"[{','.join(texts)}]".encode()
    when = max(_when(content) for content in contents)
    return archive(pdf=drawn, attachment=attached, name=SET_ATTACHMENT, description=contents[0]["period"]["label"], when=when)


def file_name(*, content: Content, language: str = BOTH) -> str:
    """Return what a statement's file is called: ``KS-VC-01-2026.pdf``, and ``KS-VC-01-2026-km.pdf`` in one language."""
    edition = "" if language == BOTH else f"-{language}"
    return f"{content['recipient']['code']}-{content['period']['label']}{edition}.pdf"


def title_of(content: Content) -> str:
    """Return the document's title in both languages."""
    name = content["recipient"]["name"]
    names = " · ".join(filter(None, (name["km"], name["en"])))
    return f"{names} {content['period']['label']}"


def _when(content: Content) -> datetime:
    return datetime.fromisoformat(content["frozen_at"])


def _draw(statements: Iterable[tuple[Content, str]], languages: Sequence[str], *, is_signed: bool) -> bytes:
    register_fonts()
    written = io.BytesIO()
    canvas: Canvas | None = None
    for content, fingerprint in statements:
        if canvas is None:
            canvas = _canvas(written, content, languages[0])
        key = f"s-{content['recipient']['code']}"
        canvas.bookmarkPage(key)
        canvas.addOutlineEntry(title_of(content), key, level=0)
        for page, language in enumerate(languages, start=1):
            Sheet(content, language, fingerprint, is_signed=is_signed).draw(canvas, page, len(languages))
            canvas.showPage()
    assert canvas is not None
    canvas.save()
    return written.getvalue()


def _canvas(written: io.BytesIO, content: Content, language: str) -> Canvas:
    canvas = Canvas(written, pagesize=design.PAGE, pageCompression=0, invariant=1, initialFontName=REGULAR, lang=language)
    authority = content["authority"]
    canvas.setTitle(title_of(content))
    canvas.setAuthor(authority["km"] or authority["en"])
    canvas.setCreator("Forest Dividend")
    return canvas
