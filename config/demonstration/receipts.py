"""
Pictures of receipts, attendance lists and passbooks for the demonstration, drawn when they are loaded.

Each picture carries the words “demonstration data”. The same record gives the same bytes.
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
QUALITY: Final = 68
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
    paper = _paper((760, 1000), chance)
    pen = ImageDraw.Draw(paper)
    _text(pen, (380, 70), record.payee, 40, bold=True, anchor="mm")
    _text(pen, (380, 125), "វិក្កយបត្រ  RECEIPT", 34, anchor="mm")
    number = f"{chance.randrange(100, 9999):04d}"
    _text(pen, (60, 180), f"លេខ / No {number}", 26)
    _text(pen, (700, 180), f"{record.day}", 26, anchor="ra", fill=PEN)
    _text(pen, (60, 225), "អ្នកទិញ / Paid by", 22)
    _text(pen, (270, 222), record.paid_by[:34], 24, fill=PEN)
    bottom = _table(pen, record, chance)
    _text(pen, (60, bottom + 60), f"ចំនួនទឹកប្រាក់៖ {_khmer(record)}", 26, fill=PEN)
    _text(pen, (120, 800), "អ្នកទិញ / Buyer", 22)
    _text(pen, (510, 800), "អ្នកលក់ / Seller", 22)
    _scribble(pen, (110, 880), chance)
    _scribble(pen, (520, 880), chance)
    _stamp(pen, (560, 890), record.payee)
    return _photographed(paper, chance)


def attendance_image(*, key: str, topic: str, place: str, day: str, women: int, men: int) -> bytes:
    """Draw a photographed attendance list as JPEG: numbers, sex and signatures, no names of people."""
    chance = Random(key)  # noqa: S311
    paper = _paper((840, 1120), chance)
    pen = ImageDraw.Draw(paper)
    _text(pen, (420, 60), "បញ្ជីវត្តមាន  ATTENDANCE LIST", 36, bold=True, anchor="mm")
    _text(pen, (60, 110), topic, 26, fill=PEN)
    _text(pen, (60, 150), f"{place} · {day}", 24, fill=PEN)
    people = ["ស្រី / F"] * women + ["ប្រុស / M"] * men
    chance.shuffle(people)
    step = min(34, 790 // max(1, len(people)))
    for place_in_list, sex in enumerate(people):
        top = 210 + place_in_list * step
        pen.line((50, top + step, 790, top + step), fill=(150, 150, 160), width=1)
        _text(pen, (60, top + 2), str(place_in_list + 1).translate(KHMER_DIGITS), min(20, step - 6))
        _text(pen, (130, top + 2), sex, min(20, step - 6))
        _scribble(pen, (560, top + step // 2), chance, size=min(9, step // 3))
    _text(pen, (60, 1030), f"ស្រី {women}   ប្រុស {men}   សរុប {women + men}".translate(KHMER_DIGITS), 28, bold=True)
    return _photographed(paper, chance)


def passbook_image(*, key: str, holder: str, institution: str, day: str, amount_minor: int, currency: str) -> bytes:
    """Draw a photographed passbook page as JPEG, with the payment as its last line."""
    chance = Random(key)  # noqa: S311
    paper = _paper((900, 640), chance)
    pen = ImageDraw.Draw(paper)
    _text(pen, (60, 50), f"{institution} · សៀវភៅធនាគារ PASSBOOK", 30, bold=True)
    _text(pen, (60, 100), holder[:52], 24)
    balance = chance.randrange(10_000, 90_000)
    for line in range(6):
        top = 170 + line * 58
        last = line == 5
        moved = amount_minor if last else chance.randrange(10_000, 200_000)
        balance += moved
        pen.line((50, top + 48, 850, top + 48), fill=(160, 165, 175), width=1)
        _text(pen, (60, top + 8), day if last else "· · ·", 22)
        _text(pen, (300, top + 8), "CR  ប្រាក់ចូល", 22)
        _text(pen, (590, top + 8), plain(Money(moved, currency)), 22, anchor="ra", bold=last)
        _text(pen, (840, top + 8), plain(Money(balance, currency)), 22, anchor="ra")
    return _photographed(paper, chance)


def _table(pen: ImageDraw.ImageDraw, record: ReceiptRecord, chance: Random) -> int:
    """Draw the lines of a receipt and give back where they end."""
    amount = plain(Money(record.amount_minor, record.currency))
    sign = "៛" if record.currency == "KHR" else "$"
    pen.rectangle((50, 290, 710, 600), outline=INK, width=2)
    pen.line((50, 340, 710, 340), fill=INK, width=2)
    pen.line((500, 290, 500, 600), fill=INK, width=2)
    _text(pen, (70, 298), "បរិយាយ / Description", 24)
    _text(pen, (520, 298), "តម្លៃ / Amount", 24)
    top = 356
    for words in _wrapped(record.description):
        _text(pen, (70, top), words, 25, fill=PEN)
        top += 44
    _text(pen, (695, 358 + chance.randrange(6)), f"{amount} {sign}", 27, anchor="ra", fill=PEN)
    _text(pen, (480, 612), "សរុប / Total", 26, anchor="ra", bold=True)
    _text(pen, (695, 610), f"{amount} {sign}", 30, anchor="ra", bold=True, fill=PEN)
    return 640


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


def _paper(size: tuple[int, int], chance: Random) -> Image.Image:
    tone = chance.choice(((252, 250, 242), (247, 249, 252), (255, 247, 236), (246, 252, 245)))
    paper = Image.new("RGB", size, tone)
    pen = ImageDraw.Draw(paper)
    _text(pen, (size[0] // 2, size[1] - 28), "demonstration data · ទិន្នន័យសាកល្បង", 22, anchor="mm", fill=(150, 60, 60))
    pen.line((0, size[1] // 2, size[0], size[1] // 2 + chance.randrange(-3, 4)), fill=tuple(max(0, part - 14) for part in tone), width=3)
    return paper


def _scribble(pen: ImageDraw.ImageDraw, at: tuple[int, int], chance: Random, size: int = 26) -> None:
    """Draw something like a signature."""
    left, middle = at
    points = [(left + step * size // 3, middle + chance.randrange(-size, size + 1)) for step in range(14)]
    pen.line(points, fill=PEN, width=max(1, size // 9), joint="curve")


def _stamp(pen: ImageDraw.ImageDraw, at: tuple[int, int], name: str) -> None:
    left, top = at
    pen.ellipse((left - 95, top - 60, left + 95, top + 60), outline=STAMP, width=4)
    pen.ellipse((left - 84, top - 50, left + 84, top + 50), outline=STAMP, width=2)
    _text(pen, (left, top - 12), name[:14], 22, anchor="mm", fill=STAMP)
    _text(pen, (left, top + 20), "បានទូទាត់ PAID", 18, anchor="mm", fill=STAMP)


def _photographed(paper: Image.Image, chance: Random) -> bytes:
    """Lay the paper on a table, a little askew and unsharp, as a telephone would see it."""
    table = Image.new("RGB", (paper.width + 120, paper.height + 120), chance.choice(((112, 86, 62), (90, 94, 98), (134, 116, 92))))
    turned = paper.convert("RGBA").rotate(chance.randrange(-25, 26) / 10, expand=True, resample=Image.Resampling.BICUBIC)
    table.paste(turned, (60 - (turned.width - paper.width) // 2, 60 - (turned.height - paper.height) // 2), turned)
    noise = Image.frombytes("L", (table.width // 4, table.height // 4), chance.randbytes(table.width // 4 * (table.height // 4)))
    grain = noise.resize(table.size).point(lambda value: value // 16)
    table = Image.composite(Image.new("RGB", table.size, (255, 255, 255)), table, grain)
    target = io.BytesIO()
    table.filter(ImageFilter.GaussianBlur(0.6)).save(target, "JPEG", quality=QUALITY, optimize=True)
    return target.getvalue()


def _text(
    pen: ImageDraw.ImageDraw,
    at: tuple[int, int],
    words: str,
    size: int,
    *,
    bold: bool = False,
    anchor: str = "la",
    fill: tuple[int, int, int] = INK,
) -> None:
    pen.text(at, words, font=_font(size, bold), fill=fill, anchor=anchor, language="km" if _shapes() else None)


@lru_cache(maxsize=64)
def _font(size: int, bold: bool) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(FONTS / f"NotoSansKhmer-{'Bold' if bold else 'Regular'}.ttf"), size)


@lru_cache(maxsize=1)
def _shapes() -> bool:
    """Say whether this Pillow can put Khmer letters together; without it a picture is still drawn."""
    from PIL import features

    return bool(features.check("raqm"))
