"""Papers that people sign: the voucher of one disbursement, and the list of payments handed to a bank. A content goes in, bytes come out."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from functools import partial
from typing import Any, Final

from reportlab.platypus import BaseDocTemplate, CondPageBreak, Flowable, Frame, PageTemplate, Spacer

from core.audit.hashing import canonical, digest
from core.money import Money
from reports.render import design
from reports.render.archive import archive
from reports.render.flow import Prose, filled
from reports.render.grid import Cell, Content, Grid, Head
from reports.render.letters import BOLD, REGULAR, draw_line, draw_text, register_fonts, text_width, wrap
from reports.render.pdf import PAGES_FORM, NumberedCanvas
from reports.render.values import Text, amount, day
from reports.render.voucher_words import both, english, khmer
from reports.render.words import ENGLISH, KHMER

Json = Mapping[str, Any]
LABELS: Final = 200.0


def render_voucher(*, content: Json) -> bytes:
    """Render the voucher of a disbursement, in both languages, with lines for signatures and its content attached."""
    story = [_Title(both("voucher"), content["reference"], _money(content)), *_facts(content), *_sources(content), *_signatures(_VOUCHER)]
    return _paper(content, story, title=f"{english('voucher')} {content['reference']}", name="voucher.json", size=design.PAGE)


def render_payment_list(*, content: Json) -> bytes:
    """Render a list of payments from one bank account, in both languages, with lines for signatures and its content attached."""
    bank = content["bank"]
    when = f"{both('paid_on')} {_day(content['on'])}" if content["on"] else both("to_be_paid")
    account = f"{bank['institution']} {bank['account_number']} ({bank['name']})"
    story = [_Title(f"{both('list')}: {when}", f"{both('from')}: {account}", _total(content)), *_payments(content), *_signatures(_LIST)]
    return _paper(
        content, story, title=f"{english('list')} {bank['code']} {content['on'] or ''}".strip(), name="payments.json", size=design.WIDE_PAGE
    )


_VOUCHER: Final = ("prepared_by", "approved_by", "paid_by", "received_by", "witness")
_LIST: Final = ("prepared_by", "approved_by", "bank_stamp")


def _money(content: Json) -> str:
    return f"{content['currency']} {amount(Money(content['amount_minor'], content['currency']))}"


def _total(content: Json) -> str:
    return f"{content['bank']['currency']} {amount(Money(content['total_minor'], content['bank']['currency']))}"


def _day(text: str | None) -> str:
    """Write a day in figures and the English month, which both readers know: 9 Oct 2026."""
    return day(date.fromisoformat(text), ENGLISH) if text else "–"


def _names(text: Json) -> str:
    return " · ".join(dict.fromkeys(filter(None, (Text.of(text).read(KHMER), text["en"]))))


def _facts(content: Json) -> Iterator[Flowable]:
    payee, bank, payment = content["payee"], content["bank"], content["payment"]
    facts = [
        ("status", _names(content["status_title"])),
        ("project", f"{content['project']['code']} · {_names(content['project']['name'])}"),
        ("recipient", f"{content['recipient']['code']} · {_names(content['recipient']['name'])}"),
        ("purpose", _names(content["purpose"])),
        ("description", content["description"]),
        ("pot", _names(content["pot"])),
        ("from", f"{bank['institution']} {bank['account_number']} ({bank['name']})"),
        ("into", f"{payee['institution']} {payee['account_number']}" if payee else "–"),
        ("account_name", payee["account_name"] if payee else "–"),
        ("requested", f"{content['requested']['by']}, {_day(content['requested']['on'])}"),
        ("approved", f"{content['decided']['by']}, {_day(content['decided']['on'])}" if content["decided"] else "–"),
        ("payment", f"{payment['bank_reference']}, {_day(payment['paid_on'])}" if payment else both("not_paid")),
        ("account_by", _day(content["account_by"])),
    ]
    if payment:
        local = Money(payment["local_minor"], payment["local_currency"])
        rate = f" ({payment['rate']})" if payment["rate"] else ""
        facts.insert(-1, ("paid_out", f"{local.currency} {amount(local)}{rate}"))
        facts.insert(-1, ("fee", f"{content['currency']} {amount(Money(payment['fee_minor'], content['currency']))}"))
    yield from (_Fact(both(key), text) for key, text in facts)
    yield Spacer(0, 10)


def _heads(*keys: str, numeric: Sequence[str] = ()) -> list[Head]:
    return [Head(khmer(key), numeric=key in numeric, unbroken=key == "received_on", sub=english(key)) for key in keys]


def _sources(content: Json) -> Iterator[Flowable]:
    """Yield the receipts that the approval drew; before the approval there are none."""
    if not content["sources"]:
        return
    currency = content["currency"]
    rows = [
        [Cell(row["receipt"]), Cell(_day(row["received_on"])), Cell(row["sale"] or "–"), Cell(amount(Money(row["amount_minor"], currency)))]
        for row in content["sources"]
    ]
    whole = Money(sum(row["amount_minor"] for row in content["sources"]), currency)
    totals = [Cell(both("total")), Cell(""), Cell(""), Cell(amount(whole))]
    yield Prose(both("sources"), KHMER, face=BOLD, size=10, colour=design.FOREST, after=2)
    yield Grid(Content(_heads("receipt", "received_on", "sale", "amount", numeric=("amount",)), rows, totals, KHMER))
    yield Spacer(0, 6)


def _payments(content: Json) -> Iterator[Flowable]:
    if not content["rows"]:
        yield Prose(both("nothing"), KHMER)
        return
    currency = content["bank"]["currency"]
    rows = [
        [
            Cell(str(at)),
            Cell(row["reference"], row["bank_reference"] or ""),
            Cell(Text.of(row["recipient"]).read(KHMER), row["recipient"]["en"]),
            Cell(f"{row['institution']} {row['account_number']}", row["account_name"]),
            Cell(Text.of(row["purpose"]).read(KHMER), row["description"]),
            Cell(amount(Money(row["amount_minor"], currency)), _paid_out(row, currency)),
        ]
        for at, row in enumerate(content["rows"], start=1)
    ]
    totals = [Cell(both("total")), *[Cell("")] * 4, Cell(f"{currency} {amount(Money(content['total_minor'], currency))}")]
    yield Grid(Content(_heads("number", "reference", "recipient", "into", "purpose", "amount", numeric=("amount",)), rows, totals, KHMER))
    yield Spacer(0, 8)


def _paid_out(row: Json, currency: str) -> str:
    """Return what was paid out, where it was in another currency."""
    if row["local_currency"] in {None, currency}:
        return ""
    return f"{row['local_currency']} {amount(Money(row['local_minor'], row['local_currency']))}"


def _signatures(keys: Sequence[str]) -> Iterator[Flowable]:
    yield CondPageBreak(_Signatures.ROW * ((len(keys) + 2) // 3) + 30)
    yield _Signatures(keys)


class _Title(Flowable):
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
        draw_text(self.canv, 0, 22, self._under, BOLD, 11)
        draw_text(self.canv, self._width, 22, self._amount, BOLD, 17, align="right")
        self.canv.setStrokeColor(design.FOREST)
        self.canv.setLineWidth(1)
        self.canv.line(0, 10, self._width, 10)


class _Fact(Flowable):
    """A label in both languages and what stands for it."""

    def __init__(self, label: str, text: str) -> None:
        super().__init__()
        self._label, self._text = label, text or "–"

    def wrap(self, avail_width: float, _avail_height: float) -> tuple[float, float]:
        """Break the text beside its label."""
        self._lines = wrap(self._text, REGULAR, 9.5, avail_width - LABELS)
        self._height = max(1, len(self._lines)) * design.leading(9.5, KHMER) + 2
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

    ROW = 92.0

    def __init__(self, keys: Sequence[str]) -> None:
        super().__init__()
        self._keys = keys

    def wrap(self, avail_width: float, _avail_height: float) -> tuple[float, float]:
        """Take the whole width."""
        self._width = avail_width
        return avail_width, self.ROW * ((len(self._keys) + 2) // 3)

    def draw(self) -> None:
        """Draw a box for each person, with room for a thumbprint."""
        width = (self._width - 2 * 12) / 3
        top = self.wrap(self._width, 0)[1]
        for at, key in enumerate(self._keys):
            x, y = (at % 3) * (width + 12), top - (at // 3 + 1) * self.ROW + 10
            self.canv.setStrokeColor(design.HAIR)
            self.canv.setLineWidth(0.8)
            self.canv.rect(x, y, width, self.ROW - 14)
            self.canv.setFillColor(design.INK)
            draw_text(self.canv, x + 6, y + self.ROW - 28, both(key), BOLD, 8.5)
            self.canv.setStrokeColor(design.INK)
            self.canv.setLineWidth(0.5)
            self.canv.line(x + 6, y + 18, x + width - 6, y + 18)
            self.canv.setFillColor(design.MUTED)
            draw_text(self.canv, x + 6, y + 7, khmer("name_and_date"), REGULAR, 6.5)


def _paper(content: Json, story: Sequence[Flowable], *, title: str, name: str, size: tuple[float, float]) -> bytes:
    register_fonts()
    figures = canonical(content)
    written = io.BytesIO()
    document = BaseDocTemplate(
        written, pagesize=size, initialFontName=REGULAR, invariant=1, pageCompression=0, title=title,
        author=content["authority"]["en"], creator="Forest Dividend", lang=KHMER,
    )  # fmt: skip
    frame = Frame(design.MARGIN, 54, size[0] - 2 * design.MARGIN, size[1] - 54 - 58, leftPadding=0, rightPadding=0, topPadding=0, bottomPadding=0)
    on_page = partial(_running, content=content, size=size, code=digest(figures)[:16])
    document.addPageTemplates([PageTemplate(id="page", frames=[frame], pagesize=size, onPage=on_page)])
    document.build(list(story), canvasmaker=NumberedCanvas)
    when = datetime.fromisoformat(content["frozen_at"])
    return archive(pdf=written.getvalue(), attachment=figures.encode(), name=name, description=title, when=when)


def _running(canvas: Any, _document: Any, *, content: Json, size: tuple[float, float], code: str) -> None:
    """Draw the head and foot of a page."""
    width, height = size
    left, right = design.MARGIN, width - design.MARGIN
    if content["demonstration"]:
        filled(canvas, 0, height - 18, width, 18, design.OCHRE_WASH)
        canvas.setFillColor(design.OCHRE)
        draw_text(canvas, width / 2, height - 12.5, both("demonstration"), BOLD, 7.5, align="centre")
    canvas.setFillColor(design.MUTED)
    draw_text(canvas, left, height - 38, _names(content["authority"]), REGULAR, 8)
    canvas.setStrokeColor(design.HAIR)
    canvas.setLineWidth(0.5)
    canvas.line(left, 42, right, 42)
    moment = f"{_day(content['frozen_at'][:10])}, {content['frozen_at'][11:16]} UTC"
    draw_text(canvas, left, 30, f"{both('printed')} {moment} · {both('code')} {code}", REGULAR, 7)
    digits = text_width("000", REGULAR, 7)
    draw_text(canvas, right - digits - 2, 30, f"{khmer('page')} {canvas.getPageNumber()} {khmer('of')}", REGULAR, 7, align="right")
    canvas.saveState()
    canvas.translate(right - digits, 30)
    canvas.doForm(PAGES_FORM)
    canvas.restoreState()
