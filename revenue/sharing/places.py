"""Where the ledger keeps what a plan has shared."""

from __future__ import annotations

from communities.registry.models import Recipient
from revenue.ledger import chart
from revenue.ledger.chart import Place
from revenue.sharing.models import Pot


def pot_place(*, pot: Pot, bank_code: str, recipient: Recipient | None, currency: str) -> Place:
    """Return the place of a pot at a bank: one recipient's own part of it, or what is not divided."""
    return Place(chart.POT, currency, bank=bank_code, pot=pot.ledger_code, holder=recipient.code if recipient else "")


def withheld_place(*, pot: Pot, bank_code: str, recipient: Recipient | None, currency: str) -> Place:
    """Return the place of what is allocated from a pot but not yet to be paid."""
    return Place(chart.WITHHELD, currency, bank=bank_code, pot=pot.ledger_code, holder=recipient.code if recipient else "")


def reserve_place(*, pot: Pot, bank_code: str, currency: str) -> Place:
    """Return the place of what a plan holds back in a pot."""
    return Place(chart.RESERVE, currency, bank=bank_code, pot=pot.ledger_code)


def unallocated_place(*, bank_code: str, currency: str) -> Place:
    """Return the place at a bank of what no plan has shared yet."""
    return Place(chart.UNALLOCATED, currency, bank=bank_code)
