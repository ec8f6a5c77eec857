"""A programme of any size: sales, allocations, disbursements and spending, a quarter always the same length."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final

from revenue.ledger.chart import PURPOSES, Place, Row
from revenue.ledger.services import EntryDraft, open_tranche

FIRST_DAY: Final = date(2001, 1, 1)
QUARTER: Final = timedelta(days=91)
POTS: Final = 4
DISBURSEMENTS: Final = 20
SPENDS: Final = 5
# One sale: a receipt, an allocation to each pot, and for each disbursement an approval, a payment and its spending.
POSTINGS_PER_SALE: Final = 1 + POTS + DISBURSEMENTS * (2 + SPENDS)
SALES_PER_QUARTER: Final = 10_000 // POSTINGS_PER_SALE
VILLAGES: Final = 60

UNALLOCATED: Final = Place("unallocated", "USD", bank="X")
RECEIVED: Final = Place("received", "USD")


def pot(number: int) -> Place:
    return Place("pot", "USD", bank="X", pot=f"project/pot-{number % POTS}")


def quarter_of(sale: int) -> tuple[date, date]:
    """Return the half-open quarter a sale lies in."""
    first = FIRST_DAY + QUARTER * (sale // SALES_PER_QUARTER)
    return first, first + QUARTER


def sale_day(sale: int) -> date:
    return quarter_of(sale)[0] + timedelta(days=sale % SALES_PER_QUARTER * QUARTER.days // SALES_PER_QUARTER)


def sale_entries(sale: int) -> tuple[int, list[EntryDraft]]:
    """Open the tranche of a sale, and return it with the entries of the sale's whole life."""
    day = sale_day(sale)
    tranche = open_tranche(source="SALE", received_on=day, currency="USD", code=f"receipt-{sale}").pk
    share = DISBURSEMENTS // POTS * 10_000

    def entry(event: str, key: str, *rows: Row) -> EntryDraft:
        return EntryDraft(event, day, rows, f"{sale}/{key}", f"{event}:{sale}/{key}", 1)

    entries = [
        entry("receipt", "receipt", Row(UNALLOCATED, RECEIVED, share * POTS, tranche)),
        entry("allocate", "allocate", *(Row(pot(number), UNALLOCATED, share, tranche) for number in range(POTS))),
    ]
    for number in range(DISBURSEMENTS):
        entries += _disbursement(entry, sale, number, tranche)
    return tranche, entries


def _disbursement(entry: object, sale: int, number: int, tranche: int) -> Iterator[EntryDraft]:
    assert callable(entry)
    lot = sale * DISBURSEMENTS + number + 1
    source = pot(number)
    held = Place("committed", "USD", bank="X", pot=source.pot)
    village = f"V{lot % VILLAGES:03}"
    advance = Place("advance", "USD", pot=source.pot, holder=village)
    yield entry("approve", f"approve/{number}", Row(held, source, 10_000, tranche, lot))
    yield entry("pay", f"pay/{number}", Row(advance, held, 10_000, tranche, lot, 400_000, "KHR"))
    for spend in range(SPENDS):
        spent = Place("spent", "USD", pot=source.pot, holder=village, purpose=PURPOSES[spend % len(PURPOSES)])
        yield entry("spend", f"spend/{number}/{spend}", Row(spent, advance, 1_500, tranche, lot, 60_000, "KHR"))
