"""Where the ledger keeps the money of a disbursement."""

from __future__ import annotations

from revenue.disbursements.models import Disbursement
from revenue.ledger import chart
from revenue.ledger.chart import Place
from revenue.sharing.places import pot_place


def committed_place(disbursement: Disbursement) -> Place:
    """Return where approved money waits for the bank's debit; its lot is the disbursement's id."""
    return Place(
        chart.COMMITTED,
        disbursement.currency,
        bank=disbursement.bank_account.code,
        pot=disbursement.pot.ledger_code,
        holder=disbursement.recipient.code,
    )


def paid_place(disbursement: Disbursement) -> Place:
    """Return where paid money goes: an advance with the recipient, or spent at once if the payment is final."""
    kind = chart.ADVANCE if disbursement.kind == Disbursement.Kind.ADVANCE else chart.SPENT
    return Place(kind, disbursement.currency, holder=disbursement.recipient.code, purpose=disbursement.purpose)


def charge_place(disbursement: Disbursement) -> Place:
    """Return where bank fees are counted: against the pot that pays."""
    return Place(chart.CHARGE, disbursement.currency, pot=disbursement.pot.ledger_code)


def shortfall_place(disbursement: Disbursement) -> Place:
    """Return what the bank took beyond what the pot had."""
    return Place(chart.SHORTFALL, disbursement.currency, bank=disbursement.bank_account.code, pot=disbursement.pot.ledger_code)


def fx_place(disbursement: Disbursement) -> Place:
    """Return where exchange differences of money that came back are counted."""
    return Place(chart.FX, disbursement.currency, pot=disbursement.pot.ledger_code)


def sources(disbursement: Disbursement, *, bank_code: str = "") -> tuple[Place, Place]:
    """Return where the money may come from: the recipient's own part of the pot first, then what is not divided."""
    bank, currency = bank_code or disbursement.bank_account.code, disbursement.currency
    return (
        pot_place(pot=disbursement.pot, bank_code=bank, recipient=disbursement.recipient, currency=currency),
        pot_place(pot=disbursement.pot, bank_code=bank, recipient=None, currency=currency),
    )
