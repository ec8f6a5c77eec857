"""Turn a share into what is really paid: another currency, at a dated rate, in notes that exist."""

from __future__ import annotations

from fractions import Fraction

from revenue.sharing.engine.facts import PayoutRate
from revenue.sharing.engine.lines import Payout
from revenue.sharing.engine.plan import Plan
from revenue.sharing.engine.refusal import PlanRefused
from revenue.sharing.engine.split import down
from revenue.sharing.engine.units import scale
from revenue.sharing.engine.words import number_text


def paid_out(*, plan: Plan, rate: PayoutRate | None, minor: int, state: str, recipient: str | None) -> Payout | None:
    """
    Convert a recipient's share and round it down to the payout quantum; the exact rest is carried.

    :raises PlanRefused: wrong_payout_currency
    """
    if rate is None or plan.payout_currency is None or recipient is None or state != "allocated":
        return None
    if rate.currency != plan.payout_currency:
        raise PlanRefused(
            "wrong_payout_currency",
            f"The plan pays in {plan.payout_currency}, but the rate given is for {rate.currency}.",
        )
    full = Fraction(minor * scale(currency=rate.currency), scale(currency=plan.currency)) * rate.rate
    paid = down(exact=full, quantum=plan.payout_quantum)
    rest = (full - paid) / scale(currency=rate.currency)
    return Payout(
        currency=rate.currency,
        amount_minor=paid,
        residue=number_text(rest).replace(",", ""),
        rate=number_text(rate.rate),
        rate_on=rate.on,
        rate_source=rate.source,
    )
