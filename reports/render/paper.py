"""A paper that people sign, in one language or with both side by side: its frame, its facts and its boxes for signatures."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any, ClassVar

from reportlab.platypus import BaseDocTemplate, CondPageBreak, Flowable, Frame, PageTemplate

from core.audit.hashing import canonical, digest
from reports.render import design
from reports.render.archive import archive
from reports.render.frame import NumberedCanvas, Proof, draw_band, draw_counted_pages, draw_foot
from reports.render.letters import BOLD, REGULAR, draw_line, draw_text, register_fonts, text_width, wrap
from reports.render.values import Text, day
from reports.render.voucher_words import WORDS
from reports.render.words import ENGLISH, KHMER, LANGUAGES, in_edition, languages_of

Json = Mapping[str, Any]
LABELS = 200.0


class Paper:
    """
    A paper drawn from a frozen content, in an edition.

    :raises UnknownLanguage: if papers are not made in this edition
    """

    size: ClassVar[tuple[float, float]]
    attachment: ClassVar[str]

    def __init__(self, content: Json, edition: str) -> None:
        self.content, self.edition = content, edition
        self.languages = languages_of(edition)

    def story(self) -> Iterator[Flowable]:
        """Yield what stands on the pages."""
        raise NotImplementedError

    def title(self) -> str:
        """Return the document's title."""
        raise NotImplementedError

    def pdf(self) -> bytes:
        """
        Draw it as PDF/A-3b with its content attached; the same content gives the same bytes.

        :raises pikepdf.pdfa.PdfaError: if the result would not be a valid archive file
        """
        register_fonts()
        figures = canonical(self.content)
        self._proof = Proof(digest(figures), self.content.get("verify_address"))
        written = io.BytesIO()
        document = BaseDocTemplate(
            written, pagesize=self.size, initialFontName=REGULAR, invariant=1, pageCompression=0, title=self.title(),
            author=self.content["authority"]["en"], creator="Forest Dividend", lang=self.languages[0],
        )  # fmt: skip
        width, height = self.size
        frame = Frame(
            design.MARGIN, design.BOTTOM, width - 2 * design.MARGIN, height - design.BOTTOM - 58,
            leftPadding=0, rightPadding=0, topPadding=0, bottomPadding=0,
        )  # fmt: skip
        document.addPageTemplates([PageTemplate(id="page", frames=[frame], pagesize=self.size, onPage=self._running)])
        document.build(list(self.story()), canvasmaker=NumberedCanvas)
        when = datetime.fromisoformat(self.content["frozen_at"])
        return archive(pdf=written.getvalue(), attachment=figures.encode(), name=self.attachment, description=self.title(), when=when, alike=True)

    # --- words ---------------------------------------------------------------------------------------------------------------
    def say(self, key: str) -> str:
        """Return a word of this paper: in its language, or in both side by side."""
        return in_edition(WORDS, key, self.edition)

    def first(self, key: str) -> str:
        """Return a word in the first language alone."""
        return WORDS[key][LANGUAGES.index(self.languages[0])]

    def second(self, key: str) -> str:
        """Return a word in the second language, where there is one."""
        return WORDS[key][LANGUAGES.index(self.languages[1])] if len(self.languages) > 1 else ""

    def names(self, text: Json) -> str:
        """Return a text of the content in each language of the paper."""
        return " · ".join(dict.fromkeys(filter(None, (Text.of(text).read(language) for language in self.languages))))

    def day(self, text: str | None) -> str:
        """Write a day; beside both languages with the English month, which both readers know."""
        return day(date.fromisoformat(text), ENGLISH if ENGLISH in self.languages else KHMER) if text else "–"

    # --- parts ---------------------------------------------------------------------------------------------------------------
    def signatures(self, keys: Sequence[str]) -> Iterator[Flowable]:
        """Yield boxes to sign in, which stay together."""
        yield CondPageBreak(_Signatures.ROW * ((len(keys) + 2) // 3))
        yield _Signatures([self.say(key) for key in keys], self.first("name_and_date"))

    def _running(self, canvas: Any, _document: Any) -> None:
        """Draw the head and foot of a page."""
        (width, height), content = self.size, self.content
        left, right = design.MARGIN, width - design.MARGIN
        if content["demonstration"]:
            draw_band(canvas, self.say("demonstration"), width=width, height=height, tall=18, size=7.5)
        canvas.setFillColor(design.MUTED)
        draw_text(canvas, left, height - 38, self.names(content["authority"]), REGULAR, 8)
        moment = f"{self.day(content['frozen_at'][:10])}, {content['frozen_at'][11:16]} UTC"
        lines = [f"{self.say('printed')} {moment}", f"{self.say('code')} {self._proof.code} · {self.first('unsigned')}"]
        if self._proof.address:
            lines.append(f"{self.say('verify')} {self._proof.address}")
        draw_foot(canvas, self._proof, lines, left=left, right=right, pages="")
        draw_counted_pages(canvas, f"{self.first('page')} {canvas.getPageNumber()} {self.first('of')}", right)


class Title(Flowable):
    """What the paper is, its number at the left and the amount at the right."""

    def __init__(self, text: str, under: str, amount_text: str) -> None:
        super().__init__()
        self._text, self._under, self._amount = text, under, amount_text

    def wrap(self, avail_width: float, _avail_height: float) -> tuple[float, float]:
        """Take the whole width."""
        self._width = avail_width
        return avail_width, 70

    def draw(self) -> None:
        """Draw the title, and the amount in large letters."""
        self.canv.setFillColor(design.FOREST)
        draw_text(self.canv, 0, 48, self._text, BOLD, 16)
        self.canv.setFillColor(design.INK)
        room = self._width - text_width(self._amount, BOLD, 17) - 12
        draw_text(self.canv, 0, 22, self._under, BOLD, min(11.0, 11.0 * room / max(1.0, text_width(self._under, BOLD, 11))))
        draw_text(self.canv, self._width, 22, self._amount, BOLD, 17, align="right")
        self.canv.setStrokeColor(design.FOREST)
        self.canv.setLineWidth(1)
        self.canv.line(0, 10, self._width, 10)


class Fact(Flowable):
    """A label and what stands for it."""

    def __init__(self, label: str, text: str) -> None:
        super().__init__()
        self._label, self._text = label, text or "–"

    def wrap(self, avail_width: float, _avail_height: float) -> tuple[float, float]:
        """Break the text beside its label."""
        self._lines = wrap(self._text, REGULAR, 9.5, avail_width - LABELS)
        self._height = max(1, len(self._lines)) * design.leading(9.5, KHMER) + 1
        return avail_width, self._height

    def draw(self) -> None:
        """Draw both from the top."""
        step = design.leading(9.5, KHMER)
        base = self._height - step * 0.74
        self.canv.setFillColor(design.MUTED)
        draw_text(self.canv, 0, base, self._label, REGULAR, 8.5)
        self.canv.setFillColor(design.INK)
        for at, line in enumerate(self._lines):
            draw_line(self.canv, LABELS, base - at * step, line, REGULAR, 9.5)


class _Signatures(Flowable):
    """Boxes to sign in, three in a row; they stay together."""

    ROW = 82.0

    def __init__(self, labels: Sequence[str], hint: str) -> None:
        super().__init__()
        self._labels, self._hint = labels, hint

    def wrap(self, avail_width: float, _avail_height: float) -> tuple[float, float]:
        """Take the whole width."""
        self._width = avail_width
        return avail_width, self.ROW * ((len(self._labels) + 2) // 3)

    def draw(self) -> None:
        """Draw a box for each person, with room for a thumbprint."""
        width = (self._width - 2 * 12) / 3
        top = self.wrap(self._width, 0)[1]
        for at, label in enumerate(self._labels):
            x, y = (at % 3) * (width + 12), top - (at // 3 + 1) * self.ROW + 10
            self.canv.setStrokeColor(design.HAIR)
            self.canv.setLineWidth(0.8)
            self.canv.rect(x, y, width, self.ROW - 14)
            self.canv.setFillColor(design.INK)
            draw_text(self.canv, x + 6, y + self.ROW - 28, label, BOLD, 8.5)
            self.canv.setStrokeColor(design.INK)
            self.canv.setLineWidth(0.5)
            self.canv.line(x + 6, y + 18, x + width - 6, y + 18)
            self.canv.setFillColor(design.MUTED)
            draw_text(self.canv, x + 6, y + 7, self._hint, REGULAR, 6.5)
