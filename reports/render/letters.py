"""
Set English and Khmer text on a ReportLab canvas: shaping, word breaks, widths and text that copies right.

ReportLab alone draws Khmer letters one after another. Here HarfBuzz chooses the glyphs. Our two font
files give each glyph a private code (U+E000 + glyph number), so that a glyph is drawn like any letter and
the font is still cut down to what is used. ``ActualText`` around every Khmer word holds its true letters.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Final

import uharfbuzz
from khmercut import tokenize
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

REGULAR: Final = "NotoSansKhmer-Regular"
BOLD: Final = "NotoSansKhmer-Bold"
FONT_FOLDER: Final = Path(__file__).with_name("fonts")
FIRST_PRIVATE: Final = 0xE000

_KHMER = re.compile(r"[\u1780-\u17ff\u19e0-\u19ff]")
_RUNS = re.compile(r"[\u1780-\u17ff\u19e0-\u19ff\u200b-\u200d]+|[^\s\u1780-\u17ff\u19e0-\u19ff\u200b-\u200d]+|\s+")
_INVISIBLE = re.compile(r"[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\u2060-\u2064\ufeff\ue000-\uf8ff]")
_FEATURES = {"kern": True, "liga": True}


@dataclass(frozen=True, slots=True)
class Glyph:
    """One shaped glyph; lengths are thousandths of the letter size. ``natural`` is the width the font states."""

    letter: str
    natural: float
    advance: float
    x_offset: float
    y_offset: float


@dataclass(frozen=True, slots=True)
class Word:
    """What is never broken, unless it alone is wider than the line. Width at letter size 1."""

    text: str
    width: float
    glyphs: tuple[Glyph, ...] = ()
    space_before: bool = False


Line = tuple[Word, ...]


def register_fonts() -> None:
    """Make the two faces known to ReportLab; doing it twice is harmless."""
    for name in (REGULAR, BOLD):
        if name not in pdfmetrics.getRegisteredFontNames():
            pdfmetrics.registerFont(TTFont(name, str(FONT_FOLDER / f"{name}.ttf"), shapable=False))


@cache
def _shaper(face: str) -> uharfbuzz.Font:
    blob = uharfbuzz.Blob.from_file_path(str(FONT_FOLDER / f"{face}.ttf"))
    return uharfbuzz.Font(uharfbuzz.Face(blob))


def is_khmer(text: str) -> bool:
    """Tell whether any letter of the text is Khmer."""
    return _KHMER.search(text) is not None


@lru_cache(maxsize=20_000)
def _shape(text: str, face: str) -> tuple[Glyph, ...]:
    buffer = uharfbuzz.Buffer()
    buffer.add_str(text)
    buffer.guess_segment_properties()
    uharfbuzz.shape(_shaper(face), buffer, _FEATURES)
    font = pdfmetrics.getFont(face)
    glyphs = []
    for info, place in zip(buffer.glyph_infos, buffer.glyph_positions, strict=True):
        letter = chr(FIRST_PRIVATE + info.codepoint)
        natural = font.face.getCharWidth(ord(letter))
        glyphs.append(Glyph(letter, natural, place.x_advance, place.x_offset, place.y_offset))
    return tuple(glyphs)


def _word(text: str, face: str, *, space_before: bool) -> Word:
    if is_khmer(text):
        glyphs = _shape(text, face)
        return Word(text, sum(glyph.advance for glyph in glyphs) / 1000, glyphs, space_before)
    return Word(text, pdfmetrics.stringWidth(text, face, 1), (), space_before)


def printable(text: str, face: str) -> str:
    """Replace letters the fonts lack by their plain forms (₂ by 2), or by a question mark: never by an empty box."""
    known = pdfmetrics.getFont(face).face.charToGlyph
    text = _INVISIBLE.sub("", text)
    if all(ord(letter) in known or letter.isspace() for letter in text):
        return text
    plain = unicodedata.normalize("NFKC", text)
    return "".join(letter if ord(letter) in known or letter.isspace() else _nearest(letter, known) for letter in plain)


def _nearest(letter: str, known: Container[int]) -> str:
    parts = "".join(part for part in unicodedata.normalize("NFKD", letter) if ord(part) in known)
    return parts or "?"


@lru_cache(maxsize=20_000)
def words(text: str, face: str) -> Line:
    """Cut a text into words: at spaces, between Khmer words, and where the script changes."""
    found: list[Word] = []
    space = False
    for run in _RUNS.findall(printable(text, face)):
        if run.isspace():
            space = True
            continue
        for part in _parts(run.replace("\u200b", "")):
            if part:
                found.append(_word(part, face, space_before=space))
                space = False
    return tuple(found)


def _parts(run: str) -> list[str]:
    """Cut a Khmer phrase, written without spaces, into its words."""
    return [part.strip() for part in tokenize(run)] if is_khmer(run) else [run]


def text_width(text: str, face: str, size: float) -> float:
    """Return the width (points) of a text on one line."""
    if text.isascii():
        return float(pdfmetrics.stringWidth(text, face, size))
    return line_width(words(text, face), face) * size


def line_width(line: Line, face: str) -> float:
    """Return the width of a line at letter size 1."""
    space = pdfmetrics.stringWidth(" ", face, 1)
    return sum(word.width + (space if word.space_before and at else 0) for at, word in enumerate(line))


@lru_cache(maxsize=20_000)
def wrap(text: str, face: str, size: float, width: float) -> tuple[Line, ...]:
    """Break a text into lines no wider than width (points); a word too wide for a line is cut."""
    limit = width / size
    space = pdfmetrics.stringWidth(" ", face, 1)
    lines: list[Line] = []
    current: list[Word] = []
    used = 0.0
    for word in (piece for whole in words(text, face) for piece in _pieces(whole, face, limit)):
        extra = word.width + (space if word.space_before and current else 0)
        if current and used + extra > limit + 1e-6:
            lines.append(tuple(current))
            current, used, extra = [], 0.0, word.width
        current.append(word)
        used += extra
    if current:
        lines.append(tuple(current))
    return tuple(lines)


def _pieces(word: Word, face: str, limit: float) -> list[Word]:
    """Cut a word that no line can hold: after a hyphen or slash where there is one, else between letters."""
    if word.width <= limit:
        return [word]
    parts = re.findall(r"[^-/@.]+[-/@.]*|[-/@.]+", word.text)
    if len(parts) == 1 or word.glyphs:
        parts = _cut(word.text, face, limit)
    found = []
    for at, part in enumerate(parts):
        piece = _word(part, face, space_before=word.space_before and at == 0)
        found += [piece] if piece.width <= limit or len(parts) == 1 else _pieces(piece, face, limit)
    return found


def _cut(text: str, face: str, limit: float) -> list[str]:
    parts = [""]
    for letter in text:
        joins = "\u17b4" <= letter <= "\u17d3" or parts[-1].endswith("\u17d2")
        if parts[-1] and not joins and _word(parts[-1] + letter, face, space_before=False).width > limit:
            parts.append("")
        parts[-1] += letter
    return parts


def draw_text(canvas: Any, x: float, y: float, text: str, face: str, size: float, *, align: str = "left") -> None:
    """Draw a text on one line in the present fill colour; x is its left, middle or right end."""
    if text.isascii():
        canvas.setFont(face, size)
        {"left": canvas.drawString, "right": canvas.drawRightString, "centre": canvas.drawCentredString}[align](x, y, text)
        return
    draw_line(canvas, x, y, words(text, face), face, size, align=align)


def draw_line(canvas: Any, x: float, y: float, line: Line, face: str, size: float, *, align: str = "left") -> None:
    """Draw the words of one line, Khmer ones glyph by glyph."""
    if align != "left":
        x -= line_width(line, face) * size * (1 if align == "right" else 0.5)
    if not any(word.glyphs for word in line):
        canvas.setFont(face, size)
        canvas.drawString(x, y, "".join((" " if word.space_before and at else "") + word.text for at, word in enumerate(line)))
        return
    operators = _Operators(canvas, face, size)
    for at, chunk in enumerate(_chunks(line)):
        if at:
            operators.plain(" ")
        if any(word.glyphs for word in chunk):
            operators.spelled(chunk)
        else:
            operators.plain("".join(word.text for word in chunk))
    canvas._code.append(f"BT 1 0 0 1 {x:.3f} {y:.3f} Tm {operators.text()} ET")


def _chunks(line: Line) -> list[list[Word]]:
    """Gather the words that stand together without a space: Khmer phrases with their brackets."""
    chunks: list[list[Word]] = []
    for word in line:
        if word.space_before or not chunks:
            chunks.append([])
        chunks[-1].append(word)
    return chunks


class _Operators:
    """The text operators of one line. It is one run of text, so that readers see no gap between its words."""

    def __init__(self, canvas: Any, face: str, size: float) -> None:
        self._document = canvas._doc
        self._font = pdfmetrics.getFont(face)
        self._size = size
        self._code: list[str] = []
        self._shown: list[str] = []
        self._subset = -1
        self._rise = 0.0

    def plain(self, text: str) -> None:
        """Show letters that need no shaping."""
        self._set(rise=0.0)
        for subset, letters in self._font.splitString(text, self._document):
            self._set(subset=subset)
            self._shown.append(f"<{letters.hex()}>")

    def spelled(self, chunk: list[Word]) -> None:
        """Show words that stand together, with their true letters as ActualText."""
        letters = "".join(word.text for word in chunk)
        self._flush()
        self._code.append(f"/Span <</ActualText <FEFF{letters.encode('utf-16-be').hex()}>>> BDC")
        for word in chunk:
            if word.glyphs:
                self._shaped(word)
            else:
                self.plain(word.text)
        self._flush()
        self._code.append("EMC")

    def _shaped(self, word: Word) -> None:
        for glyph in word.glyphs:
            ((subset, letter),) = self._font.splitString(glyph.letter, self._document)
            self._set(subset=subset, rise=round(glyph.y_offset * self._size / 1000, 3))
            before, after = -glyph.x_offset, glyph.natural + glyph.x_offset - glyph.advance
            self._shown += [f"{before:g}" if before else "", f"<{letter.hex()}>", f"{after:g}" if after else ""]

    def text(self) -> str:
        """Return all operators, the baseline put back."""
        self._set(rise=0.0)
        self._flush()
        return " ".join(self._code)

    def _set(self, *, subset: int | None = None, rise: float | None = None) -> None:
        if subset is not None and subset != self._subset:
            self._flush()
            self._code.append(f"{self._font.getSubsetInternalName(subset, self._document)} {self._size:g} Tf")
            self._subset = subset
        if rise is not None and rise != self._rise:
            self._flush()
            self._code.append(f"{rise:g} Ts")
            self._rise = rise

    def _flush(self) -> None:
        parts = " ".join(part for part in self._shown if part)
        self._shown = []
        if parts:
            self._code.append(f"[{parts}] TJ")


@cache
def true_letters(face: str) -> dict[str, str]:
    """Map each private code of a face to the letters its glyph stands for, for readers that ignore ActualText."""
    shaper = _shaper(face)
    letters = {}
    for code, glyph in sorted(pdfmetrics.getFont(face).face.charToGlyph.items(), reverse=True):
        if not FIRST_PRIVATE <= code < 0xF900:
            letters[chr(FIRST_PRIVATE + glyph)] = chr(code)
    for glyph in range(shaper.face.glyph_count):
        named = re.fullmatch(r"uni((?:[0-9A-F]{4})+)(?:\..*)?", shaper.glyph_to_string(glyph))
        if named and chr(FIRST_PRIVATE + glyph) not in letters:
            hexes = named[1]
            letters[chr(FIRST_PRIVATE + glyph)] = "".join(chr(int(hexes[at : at + 4], 16)) for at in range(0, len(hexes), 4))
    return letters
