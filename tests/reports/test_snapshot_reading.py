"""How a snapshot reads the ledger: each posting once, a quarter's opening from what moved in it, one currency at a time."""

from __future__ import annotations

import json
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from reports import queries
from reports.snapshot import freeze
from reports.snapshot.ledger import BEGINNING, read
from revenue.credits import services as selling
from revenue.credits.models import Sale
from revenue.ledger.queries import equations_by_tranche, flows
from tests.flows.programme import AFTER, SmallProgramme

pytestmark = pytest.mark.django_db
FIRST, MIDDLE, END = date(2026, 7, 1), date(2026, 8, 14), date(2026, 10, 1)


@pytest.fixture
def programme() -> SmallProgramme:
    """Two receipts shared, one advance paid and partly spent, over three months."""
    made = SmallProgramme()
    sale = made.sell()
    for month in (7, 8):
        made.allocate(made.receive(sale, 300_007, on=date(2026, month, 6)), on=date(2026, month, 7))
    made.pay_out(made.pu_char, 20_000, on=date(2026, 8, 20), riel=820_000)
    made.accept(made.log(410_000, currency="KHR", on=date(2026, 9, 2)), on=date(2026, 9, 3))
    return made


def scope_from(programme: SmallProgramme, first: date, currency: str = "USD") -> queries.Scope:
    return queries.scope_of(project=programme.project, first=first, end=END, currency=currency)


@pytest.mark.parametrize("first", [FIRST, MIDDLE])
def test_the_opening_less_what_moved_is_what_the_balances_of_that_evening_say(programme: SmallProgramme, first: date) -> None:
    found = read(scope_from(programme, first))
    asked = equations_by_tranche(through=first).get(0)
    assert found.opening is not None
    assert found.opening == asked if asked else found.opening.received == 0
    assert found.closing == equations_by_tranche(through=END)


def test_the_spans_together_are_all_that_moved(programme: SmallProgramme) -> None:
    found = read(scope_from(programme, MIDDLE))
    whole = flows(BEGINNING, END, by_tranche=False)
    assert sum(flow.amount_minor for span in found.spans.values() for flow in span) == sum(flow.amount_minor for flow in whole)
    of_august = [flow for start, span in found.spans.items() if date(2026, 8, 1) <= start < date(2026, 9, 1) for flow in span]
    assert sum(flow.amount_minor for flow in of_august) == sum(flow.amount_minor for flow in flows(date(2026, 8, 1), date(2026, 9, 1)))


def test_dollars_lie_nowhere_in_a_report_of_euros(programme: SmallProgramme) -> None:
    selling.create_bank_account(
        code="euro", name="Euro account", institution="ACLEDA", account_number="0002", currency="EUR", by=programme.officer, at=AFTER
    )
    content = json.loads(freeze(scope=scope_from(programme, FIRST, "EUR"), label="2026Q3", version=1, closed_on=None, at=AFTER, seal=None).text)
    assert (content["by_recipient"], content["equation"]["banks"]) == ([], [])
    assert {row["balance_minor"] for row in content["by_purpose"]} == {0}


def test_a_snapshot_reads_the_postings_of_its_period_once_however_many_receipts_it_is_about(programme: SmallProgramme) -> None:
    def asked() -> list[str]:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            freeze(scope=scope_from(programme, FIRST), label="2026Q3", version=1, closed_on=None, at=AFTER, seal=None)
        return [query["sql"] for query in captured.captured_queries]

    before, sale = asked(), Sale.objects.get()
    for number, day in enumerate((9, 10, 11)):
        programme.allocate(programme.receive(sale, 100_000 + number, on=date(2026, 9, day)), on=date(2026, 9, day))
    after = asked()
    assert len(after) == len(before)
    assert sum("width_bucket" in sql for sql in after) == 1
