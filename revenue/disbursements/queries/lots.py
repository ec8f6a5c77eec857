"""What lies where for one disbursement, and what its approval would draw. Minor units."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from revenue.disbursements.draws import choose
from revenue.disbursements.models import Disbursement
from revenue.ledger import chart
from revenue.ledger.models import Tranche
from revenue.ledger.queries import balances


@dataclass(frozen=True, slots=True)
class LotMoney:
    """What of a disbursement is promised, with the recipient (in both currencies), and to be repaid."""

    committed: int = 0
    advance: int = 0
    advance_local: int = 0
    local_currency: str = ""
    recoverable: int = 0


@dataclass(frozen=True, slots=True)
class PreviewLine:
    """One part of what an approval would draw: a tranche, from the recipient's own part of the pot or the undivided one."""

    tranche: Tranche
    amount_minor: int
    is_own: bool


def lot_balance(disbursement_id: int) -> tuple[int, int]:
    """Return what the recipient has still to account for: minor units on the books, and of the currency they hold."""
    money = lot_money([disbursement_id]).get(disbursement_id, LotMoney())
    return money.advance, money.advance_local


def lot_money(disbursement_ids: Iterable[int]) -> dict[int, LotMoney]:
    """Return what lies where for some disbursements, in one read; those that hold nothing are absent."""
    kinds = (chart.COMMITTED, chart.ADVANCE, chart.RECOVERABLE)
    held = balances(grouped=["lot", "currency", "kind", "local_currency"], kinds=kinds, lots=disbursement_ids)
    sums: dict[int, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    local: dict[int, tuple[int, str]] = {}
    for one in held:
        lot, _currency, kind, local_currency = one.key
        sums[lot][kind] += one.amount_minor
        if kind == chart.ADVANCE and one.local_minor:
            local[lot] = (one.local_minor, local_currency)
    return {
        lot: LotMoney(kinds[chart.COMMITTED], kinds[chart.ADVANCE], *local.get(lot, (0, "")), kinds[chart.RECOVERABLE]) for lot, kinds in sums.items()
    }


def preview_draw(disbursement: Disbursement, *, tranche_ids: Collection[int] | None = None) -> list[PreviewLine]:
    """
    Say which tranches an approval would draw now.

    :raises NotEnoughInPot: if the pot has less
    """
    parts = choose(disbursement, tranche_ids=tranche_ids)
    tranches = Tranche.objects.in_bulk([part.tranche_id for part in parts])
    return [PreviewLine(tranches[part.tranche_id], part.amount_minor, bool(part.place.holder)) for part in parts]
