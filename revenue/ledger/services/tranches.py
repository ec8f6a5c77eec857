"""Open the tranche of a receipt, a year's interest, a grant or an opening balance."""

from __future__ import annotations

from datetime import date

from revenue.ledger.models import Tranche
from revenue.ledger.refusals import key_used_otherwise


def open_tranche(*, source: str, received_on: date, currency: str, code: str) -> Tranche:
    """
    Open a tranche, or return the one that was opened with this code and the same facts.

    :raises KeyUsedOtherwise: if the code stands for other facts
    """
    tranche, _created = Tranche.objects.get_or_create(code=code, defaults={"source": source, "received_on": received_on, "currency": currency})
    if (tranche.source, tranche.received_on, tranche.currency) != (source, received_on, currency):
        raise key_used_otherwise(code)
    return tranche
