"""
Pictures of receipts, attendance lists and passbooks for the demonstration, drawn when they are loaded.

Each picture carries the words “demonstration data”. The same record gives the same bytes. The paper on its table is
drawn once a style and kept; what is written on it is drawn for each record, which takes some ten milliseconds.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from random import Random
from typing import Final

from PIL import Image, ImageDraw, ImageFilter, ImageFont

from core.money import Money, plain

FONTS: Final = Path(__file__).resolve().parents[2] / "reports" / "render" / "fonts"
QUALITY: Final = 62
# Positions and sizes below are those of a page 760 dots wide, drawn at this part of it.
PERCENT: Final = 60
STYLES: Final = 5
EDGE: Final = 40
INK: Final = (38, 42, 66)
PEN: Final = (22, 48, 140)
STAMP: Final = (176, 40, 44)
KHMER_DIGITS: Final = str.maketrans("0123456789", "០១២៣៤៥៦៧៨៩")


@dataclass(frozen=True, slots=True)
class ReceiptRecord:
    """What a receipt says: the demonstration's key, the day as text, amount in minor units, and the words."""

    key: str
    day: str
    amount_minor: int
    currency: str
    payee: str
    description: str
    paid_by: str


def receipt_image(record: ReceiptRecord) -> bytes:
    """Draw a photographed shop receipt as JPEG."""
    chance = Random(record.key)  # noqa: S311 - a picture, not a secret
    page = _Page(_receipt_blank(chance.randrange(STYLES)))
    page.text((380, 70), record.payee, 40, bold=True, anchor="mm")
    page.text((185, 180), f"{chance.randrange(100, 9999):04d}", 26)
    page.text((700, 180), record.day, 26, anchor="ra")
    page.text((270, 222), record.paid_by[:34], 24)
    sign = "៛" if record.currency == "KHR" else "$"
    amount = f"{plain(Money(record.amount_minor, record.currency))} {sign}"
    for line, words in enumerate(_wrapped(record.description)):
        page.text((70, 356 + 44 * line), words, 25)
    page.text((695, 358 + chance.randrange(6)), amount, 27, anchor="ra")
    page.text((695, 610), amount, 30, bold=True, anchor="ra")
    page.text((250, 700), _khmer(record), 26)
    page.scribble((110, 880), chance)
    page.scribble((520, 880), chance)
    return page.photographed()


def attendance_image(*, key: str, topic: str, place: str, day: str, women: int, men: int) -> bytes:
    """Draw a photographed attendance list as JPEG: numbers, sex and signatures, no names of people."""
    chance = Random(key)  # noqa: S311
    page = _Page(_attendance_blank(chance.randrange(STYLES)))
    page.text((60, 110), topic, 26)
    page.text((60, 150), f"{place} · {day}", 24)
    people = ["ស្រី / F"] * women + ["ប្រុស / M"] * men
    chance.shuffle(people)
    step = min(34, 790 // max(1, len(people)))
    for row, sex in enumerate(people):
        top = 210 + row * step
        page.line((50, top + step), (790, top + step))
        page.text((60, top + 2), str(row + 1).translate(KHMER_DIGITS), max(6, min(20, step - 6)))
        page.text((130, top + 2), sex, max(6, min(20, step - 6)))
        page.scribble((560, top + step // 2), chance, size=min(9, step // 3))
    page.text((60, 1030), f"ស្រី {women}   ប្រុស {men}   សរុប {women + men}".translate(KHMER_DIGITS), 28, bold=True)
    return page.photographed()


def passbook_image(*, key: str, holder: str, institution: str, day: str, amount_minor: int, currency: str) -> bytes:
    """Draw a photographed passbook page as JPEG, with the payment as its last line."""
    chance = Random(key)  # noqa: S311
    page = _Page(_passbook_blank(chance.randrange(STYLES)))
    page.text((60, 50), institution, 30, bold=True)
    page.text((60, 100), holder[:52], 24)
    balance = chance.randrange(10_000, 90_000)
    for line in range(6):
        top = 170 + line * 58
        last = line == 5
        moved = amount_minor if last else chance.randrange(10_000, 200_000)
        balance += moved
        page.text((60, top + 8), day if last else "· · ·", 22)
        page.text((590, top + 8), plain(Money(moved, currency)), 22, anchor="ra", bold=last)
        page.text((840, top + 8), plain(Money(balance, currency)), 22, anchor="ra")
    return page.photographed()


def result_image(*, key: str, words: str, place: str, day: str) -> bytes:
    """Draw a sheet held up before what was bought, as JPEG: what it was, where and when. No scene is made up."""
    chance = Random(key)  # noqa: S311
    page = _Page(_result_blank(chance.randrange(STYLES)))
    for line, part in enumerate(_wrapped(words)):
        page.text((60, 150 + 48 * line), part, 30)
    page.text((60, 430), place[:44], 26)
    page.text((60, 480), day, 26)
    page.scribble((560, 520), chance)
    return page.photographed()


@dataclass(frozen=True, slots=True)
class _Blank:
    """A printed page as a telephone saw it, and by how much it lies askew (tenths of a degree)."""

    photo: Image.Image
    size: tuple[int, int]
    tenths: int


class _Page:
    """What is written on a blank: one layer of ink, laid as askew as the paper."""

    def __init__(self, blank: _Blank) -> None:
        self.blank = blank
        self.ink = Image.new("L", blank.size, 0)
        self.pen = ImageDraw.Draw(self.ink)

    def text(self, at: tuple[int, int], words: str, size: int, *, bold: bool = False, anchor: str = "la") -> None:
        _text(self.pen, at, words, size, bold=bold, anchor=anchor, fill=255)

    def line(self, start: tuple[int, int], end: tuple[int, int]) -> None:
        self.pen.line((_scaled(*start), _scaled(*end)), fill=90, width=1)

    def scribble(self, at: tuple[int, int], chance: Random, size: int = 26) -> None:
        """Draw something like a signature."""
        left, middle = at
        points = [_scaled(left + step * size // 3, middle + chance.randrange(-size, size + 1)) for step in range(14)]
        self.pen.line(points, fill=255, width=max(1, size // 12))

    def photographed(self) -> bytes:
        turned = self.ink.rotate(self.blank.tenths / 10, expand=True, resample=Image.Resampling.BILINEAR)
        photo = self.blank.photo.copy()
        photo.paste(PEN, _corner(self.blank.size, turned.size), turned)
        target = io.BytesIO()
        photo.save(target, "JPEG", quality=QUALITY)
        return target.getvalue()


@lru_cache(maxsize=STYLES)
def _receipt_blank(style: int) -> _Blank:
    paper, chance = _paper((760, 1000), f"receipt {style}")
    pen = ImageDraw.Draw(paper)
    _text(pen, (380, 125), "វិក្កយបត្រ  RECEIPT", 34, anchor="mm")
    _text(pen, (60, 180), "លេខ / No", 26)
    _text(pen, (60, 225), "អ្នកទិញ / Paid by", 22)
    for box in (((50, 290), (710, 600)), ((50, 290), (710, 340)), ((50, 290), (500, 600))):
        pen.rectangle((_scaled(*box[0]), _scaled(*box[1])), outline=INK, width=2)
    _text(pen, (70, 298), "បរិយាយ / Description", 24)
    _text(pen, (520, 298), "តម្លៃ / Amount", 24)
    _text(pen, (480, 612), "សរុប / Total", 26, anchor="ra", bold=True)
    _text(pen, (60, 700), "ចំនួនទឹកប្រាក់៖", 26)
    _text(pen, (120, 800), "អ្នកទិញ / Buyer", 22)
    _text(pen, (510, 800), "អ្នកលក់ / Seller", 22)
    _stamp(pen, (560, 890))
    return _photographed(paper, chance)


@lru_cache(maxsize=STYLES)
def _attendance_blank(style: int) -> _Blank:
    paper, chance = _paper((840, 1120), f"attendance {style}")
    _text(ImageDraw.Draw(paper), (420, 60), "បញ្ជីវត្តមាន  ATTENDANCE LIST", 36, bold=True, anchor="mm")
    return _photographed(paper, chance)


@lru_cache(maxsize=STYLES)
def _passbook_blank(style: int) -> _Blank:
    paper, chance = _paper((900, 640), f"passbook {style}")
    pen = ImageDraw.Draw(paper)
    _text(pen, (840, 50), "សៀវភៅធនាគារ PASSBOOK", 28, anchor="ra")
    for line in range(6):
        top = 170 + line * 58
        pen.line((_scaled(50, top + 48), _scaled(850, top + 48)), fill=(160, 165, 175), width=1)
        _text(pen, (300, top + 8), "CR  ប្រាក់ចូល", 22)
    return _photographed(paper, chance)


@lru_cache(maxsize=STYLES)
def _result_blank(style: int) -> _Blank:
    paper, chance = _paper((760, 620), f"result {style}")
    _text(ImageDraw.Draw(paper), (380, 70), "រូបថតលទ្ធផល  PHOTO OF THE RESULT", 32, bold=True, anchor="mm")
    return _photographed(paper, chance)


def _khmer(record: ReceiptRecord) -> str:
    """Write the amount in Khmer digits with the currency's Khmer name."""
    name = "រៀល" if record.currency == "KHR" else "ដុល្លារ"
    return f"{plain(Money(record.amount_minor, record.currency)).translate(KHMER_DIGITS)} {name}"


def _wrapped(text: str, width: int = 34) -> list[str]:
    """Break Latin text at spaces; Khmer has none, and is cut between words only where it has spaces too."""
    lines, line = [], ""
    for word in text.split(" "):
        if line and len(line) + len(word) + 1 > width:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}".strip()
    return [*lines, line][:5]


def _paper(size: tuple[int, int], style: str) -> tuple[Image.Image, Random]:
    chance = Random(style)  # noqa: S311
    tone = chance.choice(((252, 250, 242), (247, 249, 252), (255, 247, 236), (246, 252, 245)))
    width, height = _scaled(*size)
    paper = Image.new("RGB", (width, height), tone)
    pen = ImageDraw.Draw(paper)
    _text(pen, (size[0] // 2, size[1] - 28), "demonstration data · ទិន្នន័យសាកល្បង", 22, anchor="mm", fill=(150, 60, 60))
    pen.line((0, height // 2, width, height // 2 + chance.randrange(-3, 4)), fill=tuple(max(0, part - 14) for part in tone), width=3)
    return paper, chance


def _stamp(pen: ImageDraw.ImageDraw, at: tuple[int, int]) -> None:
    left, top = at
    for wide, high, width in ((95, 60, 4), (84, 50, 2)):
        pen.ellipse((_scaled(left - wide, top - high), _scaled(left + wide, top + high)), outline=STAMP, width=width)
    _text(pen, (left, top), "បានទូទាត់ PAID", 20, anchor="mm", fill=STAMP)


def _photographed(paper: Image.Image, chance: Random) -> _Blank:
    """Lay the paper on a table, a little askew and unsharp, as a telephone would see it."""
    table = Image.new("RGB", (paper.width + 2 * EDGE, paper.height + 2 * EDGE), chance.choice(((112, 86, 62), (90, 94, 98), (134, 116, 92))))
    tenths = chance.randrange(-22, 23)
    turned = paper.convert("RGBA").rotate(tenths / 10, expand=True, resample=Image.Resampling.BICUBIC)
    table.paste(turned, _corner(paper.size, turned.size), turned)
    noise = Image.frombytes("L", (table.width // 3, table.height // 3), chance.randbytes(table.width // 3 * (table.height // 3)))
    grain = noise.resize(table.size).point([value // 14 for value in range(256)])
    table = Image.composite(Image.new("RGB", table.size, (255, 255, 255)), table, grain)
    return _Blank(table.filter(ImageFilter.GaussianBlur(0.6)), paper.size, tenths)


def _corner(size: tuple[int, int], turned: tuple[int, int]) -> tuple[int, int]:
    """Return where something of a size stands on the table once it is turned, about the same middle."""
    return EDGE - (turned[0] - size[0]) // 2, EDGE - (turned[1] - size[1]) // 2


def _scaled(left: int, top: int) -> tuple[int, int]:
    return left * PERCENT // 100, top * PERCENT // 100


def _text(
    pen: ImageDraw.ImageDraw,
    at: tuple[int, int],
    words: str,
    size: int,
    *,
    bold: bool = False,
    anchor: str = "la",
    fill: tuple[int, int, int] | int = INK,
) -> None:
    language = "km" if _shapes() and not words.isascii() else None
    pen.text(_scaled(*at), words, font=_font(max(7, size * PERCENT // 100), bold), fill=fill, anchor=anchor, language=language)


@lru_cache(maxsize=64)
def _font(size: int, bold: bool) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(FONTS / f"NotoSansKhmer-{'Bold' if bold else 'Regular'}.ttf"), size)


@lru_cache(maxsize=1)
def _shapes() -> bool:
    """Say whether this Pillow can put Khmer letters together; without it a picture is still drawn."""
    from PIL import features

    return bool(features.check("raqm"))
