"""Papers that people sign: the voucher of one disbursement, and the list of payments handed to a bank. A content goes in, bytes come out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from reportlab.platypus import Flowable, Spacer

from core.money import Money
from reports.render import design
from reports.render.flow import Prose
from reports.render.grid import Cell, Content, Grid, Head
from reports.render.letters import BOLD
from reports.render.paper import Fact, Json, Paper, Title
from reports.render.values import Text, amount
from reports.render.words import BOTH

_VOUCHER: Final = ("prepared_by", "approved_by", "paid_by", "received_by", "witness")
_LIST: Final = ("prepared_by", "approved_by", "bank_stamp")


def render_voucher(*, content: Json, language: str = BOTH) -> bytes:
    """
    Render the voucher of a disbursement with lines for signatures and its content attached; ``language`` is an edition.

    :raises UnknownLanguage: if papers are not made in this edition
    """
    return _Voucher(content, language).pdf()


def render_payment_list(*, content: Json, language: str = BOTH) -> bytes:
    """
    Render a list of payments from one bank account with lines for signatures and its content attached; ``language`` is an edition.

    :raises UnknownLanguage: if papers are not made in this edition
    """
    return _PaymentList(content, language).pdf()


def _account(bank: Json) -> str:
    return f"{bank['institution']} {bank['account_number']} ({bank['name']})"


def _with_currency(minor: int, currency: str) -> str:
    return f"{currency} {amount(Money(minor, currency))}"


class _Voucher(Paper):
    """What is paid to whom, from which receipts, and who signs for it."""

    size = design.PAGE
    attachment = "voucher.json"

    def title(self) -> str:
        return f"{self.say('voucher')} {self.content['reference']}"

    def story(self) -> Iterator[Flowable]:
        content = self.content
        yield Title(self.say("voucher"), content["reference"], _with_currency(content["amount_minor"], content["currency"]))
        yield from (Fact(self.say(key), text) for key, text in self._facts())
        yield Spacer(0, 10)
        yield from self._sources()
        yield from self.signatures(_VOUCHER)

    def _facts(self) -> list[tuple[str, str]]:
        content = self.content
        payee, payment = content["payee"], content["payment"]
        facts = [
            ("status", self.names(content["status_title"])),
            ("project", f"{content['project']['code']} · {self.names(content['project']['name'])}"),
            ("recipient", f"{content['recipient']['code']} · {self.names(content['recipient']['name'])}"),
            ("purpose", self.names(content["purpose"])),
            ("description", content["description"]),
            ("pot", self.names(content["pot"])),
            ("from", _account(content["bank"])),
            ("into", f"{payee['institution']} {payee['account_number']}" if payee else "–"),
            ("account_name", payee["account_name"] if payee else "–"),
            ("requested", f"{content['requested']['by']}, {self.day(content['requested']['on'])}"),
            ("approved", f"{content['decided']['by']}, {self.day(content['decided']['on'])}" if content["decided"] else "–"),
            ("payment", f"{payment['bank_reference']}, {self.day(payment['paid_on'])}" if payment else self.say("not_paid")),
            ("account_by", self.day(content["account_by"])),
        ]
        if payment:
            rate = f" ({payment['rate']})" if payment["rate"] else ""
            facts.insert(-1, ("paid_out", _with_currency(payment["local_minor"], payment["local_currency"]) + rate))
            facts.insert(-1, ("fee", _with_currency(payment["fee_minor"], content["currency"])))
        return facts

    def _sources(self) -> Iterator[Flowable]:
        """Yield the receipts that the approval drew; before the approval there are none."""
        sources, currency = self.content["sources"], self.content["currency"]
        if not sources:
            return
        rows = [
            [Cell(row["receipt"]), Cell(self.day(row["received_on"])), Cell(row["sale"] or "–"), Cell(amount(Money(row["amount_minor"], currency)))]
            for row in sources
        ]
        whole = Money(sum(row["amount_minor"] for row in sources), currency)
        totals = [Cell(self.say("total")), Cell(""), Cell(""), Cell(amount(whole))]
        yield Prose(self.say("sources"), self.languages[0], face=BOLD, size=10, colour=design.FOREST, after=2)
        yield Grid(Content(_heads(self, "receipt", "received_on", "sale", "amount", numeric=("amount",)), rows, totals, self.languages[0]))
        yield Spacer(0, 6)


class _PaymentList(Paper):
    """What is to be paid, or was paid, from one bank account."""

    size = design.WIDE_PAGE
    attachment = "payments.json"

    def title(self) -> str:
        return f"{self.say('list')} {self.content['bank']['code']} {self.content['on'] or ''}".strip()

    def story(self) -> Iterator[Flowable]:
        content, bank = self.content, self.content["bank"]
        when = f"{self.say('paid_on')} {self.day(content['on'])}" if content["on"] else self.say("to_be_paid")
        yield Title(f"{self.say('list')}: {when}", f"{self.say('from')}: {_account(bank)}", _with_currency(content["total_minor"], bank["currency"]))
        yield from self._payments()
        yield from self.signatures(_LIST)

    def _payments(self) -> Iterator[Flowable]:
        rows, currency = self.content["rows"], self.content["bank"]["currency"]
        if not rows:
            yield Prose(self.say("nothing"), self.languages[0])
            return
        cells = [
            [
                Cell(str(at)),
                Cell(row["reference"], row["bank_reference"] or ""),
                self._names_cell(row["recipient"]),
                Cell(f"{row['institution']} {row['account_number']}", row["account_name"]),
                Cell(Text.of(row["purpose"]).read(self.languages[0]), row["description"]),
                Cell(amount(Money(row["amount_minor"], currency)), _paid_out(row, currency)),
            ]
            for at, row in enumerate(rows, start=1)
        ]
        totals = [Cell(self.say("total")), *[Cell("")] * 4, Cell(_with_currency(self.content["total_minor"], currency))]
        heads = _heads(self, "number", "reference", "recipient", "into", "purpose", "amount", numeric=("amount",))
        yield Grid(Content(heads, cells, totals, self.languages[0]))
        yield Spacer(0, 8)

    def _names_cell(self, name: Json) -> Cell:
        first, *second = dict.fromkeys(Text.of(name).read(language) for language in self.languages)
        return Cell(first, second[0] if second else "")


def _heads(paper: Paper, *keys: str, numeric: Sequence[str] = ()) -> list[Head]:
    return [Head(paper.first(key), numeric=key in numeric, unbroken=key == "received_on", sub=paper.second(key)) for key in keys]


def _paid_out(row: Json, currency: str) -> str:
    """Return what was paid out, where it was in another currency."""
    if row["local_currency"] in {None, currency}:
        return ""
    return _with_currency(row["local_minor"], row["local_currency"])
