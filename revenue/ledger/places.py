"""The accounts behind places: found, or opened when a place is first named."""

from __future__ import annotations

from collections.abc import Iterable

from revenue.ledger.chart import Place
from revenue.ledger.models import Account
from revenue.ledger.refusals import sentences


def account_ids(places: Iterable[Place]) -> dict[str, int]:
    """Return the account id of each place by its code, leaving out those that were never used."""
    codes = {place.code for place in places}
    return dict(Account.objects.filter(code__in=codes).values_list("code", "id"))


def open_accounts(places: Iterable[Place]) -> dict[str, int]:
    """Return the account id of each place by its code, opening those that do not exist yet."""
    by_code = {place.code: place for place in places}
    found = account_ids(by_code.values())
    # In one order everywhere, so that two who open the same accounts wait for each other and never in a ring.
    missing = [by_code[code] for code in sorted(by_code.keys() - found.keys())]
    if not missing:
        return found
    with sentences():
        Account.objects.bulk_create(
            [
                Account(
                    kind=place.kind,
                    currency=place.currency,
                    bank=place.bank,
                    pot=place.pot,
                    holder=place.holder,
                    purpose=place.purpose,
                )
                for place in missing
            ],
            ignore_conflicts=True,
        )
    return account_ids(by_code.values())
