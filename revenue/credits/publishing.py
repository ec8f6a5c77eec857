"""What may be published of sales whose price may not: nothing that gives the price by a division. Pure but for its sales."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from revenue.credits.models import Sale

# Who knows one price still cannot divide the other two apart.
FEWEST_TOGETHER: Final = 3


@dataclass(frozen=True, slots=True)
class Published:
    """
    What a published report may say of sales, by the sale's id (``docs/decisions/005``).

    ``priced`` are printed whole; of ``tonnes_only`` tonnes and serials, and no dollars; of the rest neither.
    """

    priced: frozenset[int]
    tonnes_only: frozenset[int]

    def shows_money(self, sale_id: int) -> bool:
        """Whether unit price, amount, received and owed may stand, and rows of money may name the sale."""
        return sale_id in self.priced

    def shows_tonnes(self, sale_id: int) -> bool:
        """Whether quantity and serial numbers may stand."""
        return sale_id in self.priced or sale_id in self.tonnes_only

    def shows_sum(self, sales: Iterable[Sale]) -> bool:
        """
        Whether the sum of these sales' amounts may stand: only where each may be priced.

        However many are hidden in it, the next quarter's sum to date, or the programme's beside a project's, is this one
        and one sale more: the difference would be that sale's amount.
        """
        return all(sale.pk in self.priced for sale in sales)


def published(sales: Sequence[Sale]) -> Published:
    """Say what a report over these sales may publish of each: all whose money is in its sums, project by project."""
    priced = frozenset(sale.pk for sale in sales if sale.price_is_public)
    hidden = Counter(sale.project_id for sale in sales if sale.pk not in priced)
    together = frozenset(sale.pk for sale in sales if sale.pk not in priced and hidden[sale.project_id] >= FEWEST_TOGETHER)
    return Published(priced, together)
