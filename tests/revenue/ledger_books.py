"""Small books to post into: places by short names, a bank statement and receipt documents kept beside the ledger."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import count

from revenue.ledger import checks, queries, services
from revenue.ledger.chart import Place, Row
from revenue.ledger.models import Entry, Tranche

FIRST_DAY = date(2026, 1, 5)
USD = "USD"


def at_bank(kind: str, pot: str = "", *, bank: str = "X", holder: str = "") -> Place:
    return Place(kind, USD, bank=bank, pot=pot, holder=holder)


def pot(code: str, *, bank: str = "X") -> Place:
    return at_bank("pot", code, bank=bank)


def committed(code: str, *, bank: str = "X") -> Place:
    return at_bank("committed", code, bank=bank)


def withheld(code: str) -> Place:
    return at_bank("withheld", code)


def advance(holder: str) -> Place:
    return Place("advance", USD, holder=holder)


def recoverable(holder: str) -> Place:
    return Place("recoverable", USD, holder=holder)


def spent(holder: str) -> Place:
    return Place("spent", USD, holder=holder, purpose="forest_protection")


def charge(code: str) -> Place:
    return Place("charge", USD, pot=code)


UNALLOCATED = at_bank("unallocated")
RESERVE = at_bank("reserve")
SHORTFALL = at_bank("shortfall")
NOT_OURS = at_bank("not_ours")
RECEIVED = Place("received", USD)
OTHERS = Place("others", USD)
FX = Place("fx", USD)
LOST = Place("lost", USD)


def cents(text: str) -> int:
    """Read an amount as it is written in the story: 9,999.97."""
    whole, _point, part = text.replace(",", "").partition(".")
    return int(whole) * 100 + int(part or 0)


@dataclass
class Books:
    """What the bank and the receipts say, beside what the ledger says."""

    statement: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    documents: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    numbers: count[int] = field(default_factory=lambda: count(1))

    def tranche(self, code: str, *, source: str = "SALE", received_on: date | None = None) -> Tranche:
        day = received_on or FIRST_DAY + timedelta(days=Tranche.objects.count())
        return services.open_tranche(source=source, received_on=day, currency=USD, code=code)

    def post(
        self,
        event: str,
        rows: Sequence[Row],
        *,
        bank: dict[str, int] | None = None,
        document: dict[int, int] | None = None,
        day: date = date(2026, 3, 2),
    ) -> Entry:
        number = next(self.numbers)
        entry = services.post(event=event, day=day, rows=rows, key=f"story:{number}", document=f"story:{number}", by_id=1)
        self._facts(bank, document)
        return entry

    def reverse(self, entry: Entry, *, event: str = "reversal", bank: dict[str, int] | None = None) -> Entry:
        number = next(self.numbers)
        done = services.reverse(entry_id=entry.pk, day=date(2026, 3, 2), key=f"story:{number}", by_id=1, document=f"story:{number}", event=event)
        self._facts(bank, None)
        return done

    def _facts(self, bank: dict[str, int] | None, document: dict[int, int] | None) -> None:
        for code, amount in (bank or {}).items():
            self.statement[code] += amount
        for tranche_id, amount in (document or {}).items():
            self.documents[tranche_id] += amount

    def agree(self) -> None:
        """Assert that ledger, receipts and bank statement say the same, and that the books are well."""
        by_tranche = queries.equations_by_tranche()
        for tranche_id, equation in by_tranche.items():
            assert equation.difference == 0, equation
            if tranche_id:
                assert equation.received == self.documents.get(tranche_id, 0)
        at_banks = {held.key[0]: held.amount_minor for held in queries.balances(grouped=["bank"], currency=USD) if held.key[0]}
        assert at_banks == {code: amount for code, amount in self.statement.items() if amount}
        findings = [finding.sentence for finding in checks.run(name for name in checks.names() if name.startswith("ledger."))]
        assert findings == [], findings


def in_tranche(place: Place, tranche: Tranche) -> int:
    return sum(one.amount_minor for one in queries.balances_by_tranche(place) if one.tranche_id == tranche.pk)
