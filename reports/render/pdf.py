"""A report as a PDF: cover, contents, sections, running head and foot; archived with its figures inside."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from reportlab.platypus import BaseDocTemplate, Flowable, Frame, NextPageTemplate, PageBreak, PageTemplate, Spacer

from core.audit.hashing import canonical, digest
from reports.render import design
from reports.render.archive import archive
from reports.render.columns import Row
from reports.render.cover import draw_contents, draw_cover
from reports.render.frame import NumberedCanvas, Proof, draw_band, draw_counted_pages, draw_foot
from reports.render.letters import BOLD, REGULAR, draw_text, register_fonts
from reports.render.pdf_parts import Parts
from reports.render.values import Text, day
from reports.render.words import languages_of, word

ATTACHMENT = "snapshot.json"


def report_pdf(*, snapshot: Row, language: str) -> bytes:
    """
    Render a snapshot as a PDF/A-3b with the snapshot attached; the same snapshot gives the same bytes.

    ``language`` is an edition: one language, or both in one file, Khmer first.

    :raises UnknownLanguage: if reports are not made in this edition
    :raises pikepdf.pdfa.PdfaError: if the result would not be a valid archive file
    """
    languages = languages_of(language)
    register_fonts()
    figures = canonical(snapshot)
    looks = [Look(snapshot, one, digest(figures), level=len(languages) - 1) for one in languages]
    when = datetime.fromisoformat(snapshot["frozen_at"])
    return archive(pdf=_draw(looks), attachment=figures.encode(), name=ATTACHMENT, description=_title(looks), when=when)


class Look:
    """What one language's pages say besides the sections."""

    def __init__(self, snapshot: Row, language: str, fingerprint: str, *, level: int = 0) -> None:
        self.snapshot, self.language, self.fingerprint = snapshot, language, fingerprint
        self.proof = Proof(fingerprint, snapshot["verify_address"])
        self.parts = Parts(snapshot, language, fingerprint, level=level)
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


def _title(looks: Sequence[Look]) -> str:
    return " · ".join(dict.fromkeys(look.title for look in looks))


class _Turn(Flowable):
    """Takes no room: from the next page on, head and foot speak the language of what follows."""

    def __init__(self, turn: Callable[[], None]) -> None:
        super().__init__()
        self._turn = turn

    def wrap(self, _avail_width: float, _avail_height: float) -> tuple[float, float]:
        """Take no room."""
        return 0, 0

    def draw(self) -> None:
        """Turn to the language."""
        self._turn()


class _Opening(Flowable):
    """Takes no room: a bookmark where a language begins, in a file that has both."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look

    def wrap(self, _avail_width: float, _avail_height: float) -> tuple[float, float]:
        """Take no room."""
        return 0, 0

    def draw(self) -> None:
        """Mark the place."""
        place = f"edition-{self._look.language}"
        self.canv.bookmarkPage(place)
        self.canv.addOutlineEntry(self._look.word("edition"), place, level=0)


class _Document:
    """The pages of an edition; its running head and foot follow the language of the part that is being drawn."""

    def __init__(self, looks: Sequence[Look]) -> None:
        self._looks = looks
        self._look = looks[0]

    def story(self) -> Iterator[Flowable]:
        """Yield everything from the cover to the last note."""
        yield from (NextPageTemplate("contents"), Spacer(0, 1), PageBreak(), NextPageTemplate("page"), Spacer(0, 1))
        for look in self._looks:
            yield NextPageTemplate("page")
            yield _Turn(partial(self._turn, look))
            yield PageBreak()
            if len(self._looks) > 1:
                yield _Opening(look)
            yield from look.parts.all()

    def _turn(self, look: Look) -> None:
        self._look = look

    def templates(self) -> list[PageTemplate]:
        """Return the four kinds of page."""
        return [
            self._page("cover", design.PAGE, lambda canvas, size: draw_cover(canvas, self._looks, size)),
            self._page("contents", design.PAGE, self._contents),
            self._page("page", design.PAGE, self._running),
            self._page("wide", design.WIDE_PAGE, self._running),
        ]

    def _page(self, name: str, size: Sequence[float], on_page: Callable[[Any, Sequence[float]], None]) -> PageTemplate:
        width, height = size
        frame = Frame(
            design.MARGIN, design.BOTTOM, width - 2 * design.MARGIN, height - design.TOP - design.BOTTOM,
            leftPadding=0, rightPadding=0, topPadding=0, bottomPadding=0,
        )  # fmt: skip
        return PageTemplate(id=name, frames=[frame], pagesize=size, onPage=lambda canvas, _document: on_page(canvas, size))

    def _contents(self, canvas: Any, size: Sequence[float]) -> None:
        self._running(canvas, size)
        draw_contents(canvas, self._looks, size)

    def _running(self, canvas: Any, size: Sequence[float]) -> None:
        """Draw the head and foot of an inner page."""
        look, (width, height) = self._look, size
        left, right = design.MARGIN, width - design.MARGIN
        if look.snapshot["demonstration"]:
            draw_band(canvas, look.word("demonstration"), width=width, height=height)
        canvas.setFillColor(design.MUTED)
        draw_text(canvas, left, height - 36, f"{look.word('title')} · {look.scope}", REGULAR, 7.5)
        draw_text(canvas, right, height - 36, look.snapshot["period"]["label"], BOLD, 7.5, align="right")
        canvas.setStrokeColor(design.HAIR)
        canvas.setLineWidth(0.5)
        canvas.line(left, height - 43, right, height - 43)
        draw_foot(canvas, look.proof, _foot_lines(look), left=left, right=right, pages="")
        draw_counted_pages(canvas, f"{look.word('page')} {canvas.getPageNumber()} {look.word('of')}", right)


def _foot_lines(look: Look) -> list[str]:
    status = look.word("closed" if look.snapshot["books"]["closed"] else "interim")
    marks = [f"{look.word('version')} {look.snapshot['version']}", status, f"{look.word('fingerprint_short')} {look.proof.code}"]
    verify = [f"{look.word('verify')} {look.proof.address}"] if look.proof.address else []
    return [" · ".join(marks), *verify]


def _draw(looks: Sequence[Look]) -> bytes:
    written = io.BytesIO()
    first = looks[0]
    document = BaseDocTemplate(
        written,
        pagesize=design.PAGE,
        initialFontName=REGULAR,
        invariant=1,
        pageCompression=0,  # pikepdf compresses: its zlib is the same everywhere
        title=_title(looks),
        author=first.read(first.snapshot["authority"]),
        subject=first.span(),
        creator="Forest Dividend",
        lang=first.language,
    )
    pages = _Document(looks)
    document.addPageTemplates(pages.templates())
    document.build(list(pages.story()), canvasmaker=NumberedCanvas)
    return written.getvalue()
