"""Turn a share into what is really paid: another currency, at a dated rate, in notes that exist."""

from __future__ import annotations

from fractions import Fraction

from core.refusal import gettext_noop as _
from revenue.sharing.engine.lines import Payout
from revenue.sharing.engine.refusal import PlanRefused
from revenue.sharing.engine.run import Run
from revenue.sharing.engine.split import down
from revenue.sharing.engine.units import scale
from revenue.sharing.engine.words import exact_text, number_text


def paid_out(*, run: Run, pot: str, recipient: str | None, minor: int, state: str) -> Payout | None:
    """
    Convert a recipient's share, add what was carried before, and round down to the payout quantum; the rest is carried.

    So over any number of receipts, what is paid and what is still carried is what the shares come to at their rates.

    :raises PlanRefused: wrong_payout_currency
    """
    plan, rate = run.plan, run.facts.payout
    if rate is None or plan.payout_currency is None or recipient is None or state != "allocated":
        return None
    if rate.currency != plan.payout_currency:
        raise PlanRefused(
            "wrong_payout_currency",
            _("The plan pays in %(currency)s, but the rate given is for %(given)s."),
            values={"currency": plan.payout_currency, "given": rate.currency},
        )
    place = (rate.currency, pot, recipient)
    units = scale(currency=rate.currency)
    brought = run.carried.get(place, Fraction(0))
    full = (Fraction(minor, scale(currency=plan.currency)) * rate.rate + brought) * units
    # A correction of an earlier receipt may leave less than nothing: then nothing is paid, and it is carried as it is.
    paid = down(exact=full, quantum=plan.payout_quantum) if full > 0 else 0
    run.carried[place] = (full - paid) / units
    return Payout(
        currency=rate.currency,
        amount_minor=paid,
        residue=exact_text(run.carried[place]),
        rate=number_text(rate.rate),
        rate_on=rate.on,
        rate_source=rate.source,
        brought=exact_text(brought) if brought else "",
    )
