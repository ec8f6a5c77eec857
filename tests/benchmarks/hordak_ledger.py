"""
django-hordak on the same server, driven through its own API. Run by ``peers`` with the Python of an environment of its own.

Arguments: the database as psycopg's keywords in JSON, and how many legs its history is to have. Then one word a line is read from
standard input, and the milliseconds that it took are written as a line of JSON. Nothing of this project is imported.
"""

from __future__ import annotations

import json
import statistics
import sys
from collections.abc import Callable
from importlib import import_module
from itertools import count
from time import perf_counter
from typing import Any

# As many transfers in a batch as ours has postings; a transfer is two legs.
ACCOUNTS, SINGLE, BATCH = 65, 20, 9_860
# A history needs no checks again: the legs of its transfers in one statement, its triggers resting. Every posting that is timed is checked.
GROW = (
    "SET session_replication_role = replica",
    """INSERT INTO hordak_transaction (uuid, timestamp, date, description)
    SELECT gen_random_uuid(), now(), date '2001-01-01' + n / 40, '' FROM generate_series(1, %(transfers)s) n""",
    """INSERT INTO hordak_leg (uuid, transaction_id, account_id, debit, credit, currency, description)
    SELECT gen_random_uuid(), t.id, leg.account_id, leg.debit, leg.credit, 'USD', '' FROM hordak_transaction t CROSS JOIN LATERAL
    (VALUES ((%(places)s::bigint[])[1 + t.id %% cardinality(%(places)s::bigint[])], 1, NULL), (%(bank)s, NULL, 1)) leg (account_id, debit, credit)""",
    "SET session_replication_role = origin",
    "VACUUM ANALYZE",
)


def set_up(database: dict[str, Any]) -> None:
    """Configure a Django with nothing but hordak, and make its tables."""
    from django.conf import settings

    settings.configure(
        DATABASES={"default": {"ENGINE": "django.db.backends.postgresql", **database}},
        INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "mptt", "hordak"],
        DEFAULT_CURRENCY="USD", HORDAK_INTERNAL_CURRENCY="USD", CURRENCIES=["USD"], DEFAULT_AUTO_FIELD="django.db.models.AutoField", USE_TZ=True,
    )  # fmt: skip
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)


class Hordak:
    """A bank, its equity and some accounts, and what is measured on them."""

    def __init__(self) -> None:
        self.models: Any = import_module("hordak.models")
        self.money: Any = import_module("moneyed").Money
        account = self.models.Account.objects.create
        self.bank = account(name="Bank", type="AS", currencies=["USD"])
        self.places = [account(name=f"Place {number}", type="EX", currencies=["USD"]) for number in range(ACCOUNTS - 1)]
        self.turns = count()

    def grow(self, legs: int) -> None:
        from django.db import connection

        with connection.cursor() as cursor:
            for statement in GROW:
                cursor.execute(statement, {"transfers": legs // 2, "places": [place.pk for place in self.places], "bank": self.bank.pk})

    def post(self) -> None:
        self.bank.transfer_to(self.places[next(self.turns) % len(self.places)], self.money(1, "USD"))

    def batch(self) -> None:
        """As its own command for benchmarks does: two legs a transfer, in bulk, in one transaction."""
        from django.db import transaction

        transfers = [self.models.Transaction() for _number in range(BATCH)]
        one = self.money(1, "USD")
        legs = []
        for number, transfer in enumerate(transfers):
            legs.append(self.models.Leg(transaction=transfer, account=self.places[number % len(self.places)], debit=one))
            legs.append(self.models.Leg(transaction=transfer, account=self.bank, credit=one))
        with transaction.atomic():
            self.models.Transaction.objects.bulk_create(transfers)
            self.models.Leg.objects.bulk_create(legs)

    def balance(self) -> None:
        self.bank.get_balance()

    def trial_balance(self) -> None:
        list(self.models.Account.objects.with_balances())

    def trial_balance_orm(self) -> None:
        list(self.models.Account.objects.with_balances_orm())


def milliseconds(work: Callable[[], None], times: int) -> float:
    """Return the median of some runs."""
    found = []
    for _time in range(times):
        start = perf_counter()
        work()
        found.append((perf_counter() - start) * 1000)
    return statistics.median(found)


def main() -> None:
    """Make the ledger, say that it is ready, and measure what is asked for."""
    set_up(json.loads(sys.argv[1]))
    hordak = Hordak()
    hordak.grow(int(sys.argv[2]))
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    for line in sys.stdin:
        name = line.strip()
        sys.stdout.write(json.dumps(milliseconds(getattr(hordak, name), SINGLE if name == "post" else 1)) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
