"""What was issued, sold and received in the demonstration. Blocks, buyers, prices and references are invented."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from random import Random
from typing import Final

from config.demonstration.programme import (
    PROGRAMMES,
    QUARTERS,
    RUNNING,
    WITHOUT_PLAN,
    Programme,
    bank_account,
    first_day,
    quarters_of,
)

INSTALMENTS: Final = 4
# Far above any number a registry has given out, so that no invented block can be taken for a real one.
FIRST_SERIAL: Final = 9_000_000_001
FIRST_VINTAGE: Final = 2017
BUYERS: Final = (
    ("Buyer A (demonstration)", "SG"),
    ("Buyer B (demonstration)", "JP"),
    ("Buyer C (demonstration)", "FR"),
    ("Buyer D (demonstration)", "GB"),
    ("Buyer E (demonstration)", "KR"),
)
SALE_COLUMNS: Final = (
    "reference", "project", "buyer", "buyer_country", "contract_reference", "sale_date", "currency", "quantity", "unit_price", "amount", "fees",
    "authorisation", "authorisation_reference", "price_is_public", "status", "delivered_on", "cancelled_on", "cancel_reason",
)  # fmt: skip
LOT_COLUMNS: Final = ("sale", "registry", "programme_id", "vintage_start", "vintage_end", "first", "last")
RECEIPT_COLUMNS: Final = (
    "reference", "sale", "instalment", "bank_account", "bank_reference", "value_date", "currency", "gross", "sender_fee", "status", "note",
    "refunded_on", "refund_reference",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Receipt:
    """One instalment; amounts in whole US dollars."""

    reference: str
    sale: str
    instalment: int
    account: str
    bank_reference: str
    value_date: date
    gross: int
    sender_fee: int
    quarter: str
    programme: str
    refunded_on: date | None = None
    refund_reference: str = ""


@dataclass(frozen=True, slots=True)
class Sale:
    """A sale of one vintage's first credits in equal instalments, one a quarter."""

    programme: Programme
    number: int
    quarters: tuple[str, ...]
    vintage: int
    first: int
    cancelled: bool = False

    @property
    def reference(self) -> str:
        """Return the sale's own reference."""
        return f"SALE-{self.programme.short}-{'X' if self.cancelled else ''}{self.number:02d}"

    @property
    def instalments(self) -> int:
        """Return how many instalments were agreed."""
        return INSTALMENTS if self.quarters[-1] == RUNNING or len(self.quarters) > 1 else 1

    @property
    def quantity(self) -> int:
        """Return how many credits are sold, in tCO2e."""
        return self.instalments * self.programme.instalment_usd * 100 // self.programme.price_cents

    @property
    def on(self) -> date:
        """Return the day of the contract: the second of its first quarter."""
        return first_day(quarter=self.quarters[0]) + timedelta(days=1)

    @property
    def issued(self) -> int:
        """Return how many credits of the vintage were issued: two fifths more than are sold."""
        return self.quantity * 7 // 5


def sales() -> list[Sale]:
    """Return every sale, project by project, oldest first; one of them was cancelled and its credits sold again."""
    made: list[Sale] = []
    first = FIRST_SERIAL
    for programme in PROGRAMMES:
        for number, quarters in enumerate(_contracts(programme), start=1):
            sale = Sale(programme, number, quarters, FIRST_VINTAGE + number, first)
            if sale.reference == "SALE-KS-03":
                made.append(Sale(programme, number, quarters, sale.vintage, first, cancelled=True))
            made.append(sale)
            first += sale.issued
    return made


def _contracts(programme: Programme) -> list[tuple[str, ...]]:
    """Divide a project's quarters into contracts of four; quarters without a plan stand in contracts of their own."""
    gaps = WITHOUT_PLAN.get(programme.code, ())
    contracts: list[tuple[str, ...]] = []
    for _, run in groupby(quarters_of(programme=programme), key=lambda quarter: quarter in gaps):
        quarters = tuple(run)
        contracts += [quarters[start : start + INSTALMENTS] for start in range(0, len(quarters), INSTALMENTS)]
    return contracts


def sale_rows(*, made: list[Sale]) -> list[list[str]]:
    """Return the sales in their columns."""
    return [_sale_row(place, sale) for place, sale in enumerate(made)]


def _sale_row(place: int, sale: Sale) -> list[str]:
    buyer = BUYERS[1] if sale.programme.registry == "JCM" else BUYERS[place % len(BUYERS)]
    authorisation = "NDC" if sale.programme.registry == "JCM" else "OIMP" if sale.reference == "SALE-KS-03" else "NONE"
    amount = sale.instalments * sale.programme.instalment_usd
    delivered = sale.on + timedelta(days=21)
    open_still = sale.quarters[0] == RUNNING
    return [
        sale.reference, sale.programme.code, *buyer, f"ERPA-{sale.programme.short}-{sale.on:%Y}-{sale.number:02d}", sale.on.isoformat(), "USD",
        str(sale.quantity), f"{sale.programme.price_cents // 100}.{sale.programme.price_cents % 100:02d}", f"{amount}.00", f"{amount // 50}.00",
        authorisation, f"LoA-DEMO-{sale.on:%Y}-{place:02d}" if authorisation != "NONE" else "", "yes" if place % 3 == 0 else "no",
        "CANCELLED" if sale.cancelled else "AGREED" if open_still else "DELIVERED",
        "" if sale.cancelled or open_still else delivered.isoformat(),
        (sale.on + timedelta(days=1)).isoformat() if sale.cancelled else "",
        "The buyer withdrew before delivery (demonstration)." if sale.cancelled else "",
    ]  # fmt: skip


def vintage_days(*, sale: Sale) -> tuple[date, date]:
    """Return the first and last day of a sale's vintage; the first of Prey Lang is the published one."""
    if sale.programme.registry == "JCM" and sale.number == 1:
        return date(2018, 3, 12), date(2020, 12, 31)
    year = sale.vintage + (2 if sale.programme.registry == "JCM" else 0)
    return date(year, 1, 1), date(year, 12, 31)


def lot_rows(*, made: list[Sale]) -> list[list[str]]:
    """Return the serial range of each sale: the first credits of its vintage."""
    return [
        [sale.reference, sale.programme.registry, sale.programme.programme_id, *(day.isoformat() for day in vintage_days(sale=sale)),
         str(sale.first), str(sale.first + sale.quantity - 1)]
        for sale in made
    ]  # fmt: skip


def receipts(*, made: list[Sale], chance: Random) -> list[Receipt]:
    """Return every instalment that has come in; one arrives early in each quarter."""
    found: list[Receipt] = []
    for sale in made:
        if sale.cancelled:
            continue
        for number, quarter in enumerate(sale.quarters, start=1):
            day = first_day(quarter=quarter) + timedelta(days=chance.randrange(4, 10))
            while day.weekday() >= 5:
                day += timedelta(days=1)
            reference = f"{sale.reference.replace('SALE', 'RCP')}-{number}"
            found.append(
                Receipt(
                    reference=reference,
                    sale=sale.reference,
                    instalment=number,
                    account=bank_account(programme=sale.programme, quarter=quarter),
                    bank_reference=f"IN{day:%y%m%d}{sale.programme.short}{QUARTERS.index(quarter):02d}",
                    value_date=day,
                    gross=sale.programme.instalment_usd,
                    sender_fee=chance.choice((0, 15, 25)),
                    quarter=quarter,
                    programme=sale.programme.code,
                )
            )
    return sorted(found, key=lambda receipt: (receipt.value_date, receipt.reference))


def _status(receipt: Receipt) -> str:
    if receipt.refunded_on:
        return "REFUNDED"
    return "IDENTIFIED" if receipt.sale else "UNIDENTIFIED"


def receipt_row(*, receipt: Receipt) -> list[str]:
    """Return a receipt in its columns."""
    return [
        receipt.reference, receipt.sale, str(receipt.instalment), receipt.account, receipt.bank_reference, receipt.value_date.isoformat(),
        "USD", f"{receipt.gross}.00", f"{receipt.sender_fee}.00", _status(receipt), "demonstration",
        receipt.refunded_on.isoformat() if receipt.refunded_on else "", receipt.refund_reference,
    ]  # fmt: skip
