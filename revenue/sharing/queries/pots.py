"""What lies in the pots of the plans. Amounts are minor units."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from communities.registry.models import Recipient
from revenue.ledger import chart
from revenue.ledger.queries import balances
from revenue.sharing.models import Pot

_SHELVES = (chart.POT, chart.RESERVE, chart.WITHHELD, chart.COMMITTED)


@dataclass(frozen=True, slots=True)
class PotBalance:
    """
    What lies in a pot at one bank, for one recipient or undivided (``recipient`` None).

    ``available`` may be promised; ``committed`` is promised and not yet paid; ``withheld`` and ``reserve`` are held back.
    """

    bank_code: str
    currency: str
    recipient: Recipient | None
    available: int
    committed: int
    withheld: int
    reserve: int


def pot_balance(pot: Pot) -> list[PotBalance]:
    """Return what lies in a pot by bank and recipient, the undivided part first."""
    return pot_balances(pots=[pot]).get(pot.ledger_code, [])


def pot_balances(*, pots: Iterable[Pot]) -> dict[str, list[PotBalance]]:
    """Return what lies in some pots, by their ledger code, in one read."""
    codes = [pot.ledger_code for pot in pots]
    found = balances(grouped=["pot", "bank", "currency", "holder", "kind"], kinds=_SHELVES, pots=codes)
    recipients = {one.code: one for one in Recipient.objects.filter(code__in={held.key[3] for held in found})}
    sums: dict[tuple[str, str, str, str], dict[str, int]] = defaultdict(dict)
    for held in found:
        pot, bank, currency, holder, kind = held.key
        sums[pot, bank, currency, holder][kind] = held.amount_minor
    by_pot: dict[str, list[PotBalance]] = defaultdict(list)
    for (pot, bank, currency, holder), kinds in sorted(sums.items()):
        by_pot[pot].append(
            PotBalance(
                bank_code=bank,
                currency=currency,
                recipient=recipients.get(holder),
                available=kinds.get(chart.POT, 0),
                committed=kinds.get(chart.COMMITTED, 0),
                withheld=kinds.get(chart.WITHHELD, 0),
                reserve=kinds.get(chart.RESERVE, 0),
            )
        )
    return by_pot
