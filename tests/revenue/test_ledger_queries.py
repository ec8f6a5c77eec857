"""What the ledger answers, and that the answers agree with each other."""

from __future__ import annotations

from datetime import date
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from revenue.ledger import checks, queries, services
from revenue.ledger.chart import Row
from revenue.ledger.models import Tranche
from tests.revenue.ledger_books import RECEIVED, UNALLOCATED, advance, committed, pot, spent

pytestmark = pytest.mark.django_db
MARCH, APRIL, MAY = date(2026, 3, 1), date(2026, 4, 1), date(2026, 5, 1)


def post(event: str, day: date, *rows: Row, key: str, occurred_on: date | None = None) -> None:
    services.post(event=event, day=day, rows=rows, key=key, document=f"doc:{key}", by_id=1, occurred_on=occurred_on)


@pytest.fixture
def months() -> dict[str, Tranche]:
    """T1 comes in February, is approved and paid in March, spent in April; T2 comes in April."""
    t = {code: services.open_tranche(source="SALE", received_on=MARCH, currency="USD", code=code) for code in ("T1", "T2")}
    one = t["T1"].pk
    post("receipt", date(2026, 2, 10), Row(UNALLOCATED, RECEIVED, 10000, one), key="1")
    post("allocate", date(2026, 2, 10), Row(pot("A"), UNALLOCATED, 8000, one), key="2")
    post("approve", date(2026, 3, 5), Row(committed("A"), pot("A"), 3000, one, 7), key="3")
    post("pay", date(2026, 3, 6), Row(advance("V"), committed("A"), 3000, one, 7, 120000, "KHR"), key="4", occurred_on=date(2026, 3, 4))
    post("spend", date(2026, 4, 7), Row(spent("V"), advance("V"), 1000, one, 7, 40000, "KHR"), key="5")
    post("receipt", date(2026, 4, 8), Row(UNALLOCATED, RECEIVED, 500, t["T2"].pk), key="6")
    return t


def test_the_equation_of_a_past_evening_is_what_it_was_then(months: dict[str, Tranche]) -> None:
    then, now = queries.equation(through=APRIL), queries.equation()
    assert (then.received, then.unallocated, then.pot, then.advance, then.spent, then.difference) == (10000, 2000, 5000, 3000, 0, 0)
    assert (now.received, now.unallocated, now.pot, now.advance, now.spent, now.difference) == (10500, 2500, 5000, 2000, 1000, 0)
    assert now.disbursed == 3000


def test_the_equation_before_the_first_receipt_is_empty(months: dict[str, Tranche]) -> None:
    assert queries.equation(through=date(2026, 1, 1)).received == 0


def test_the_equations_of_the_tranches_add_up_to_the_whole(months: dict[str, Tranche]) -> None:
    by_tranche = queries.equations_by_tranche()
    assert by_tranche[0] == queries.equation()
    assert sum(one.received for tranche, one in by_tranche.items() if tranche) == by_tranche[0].received
    assert queries.equation(tranche_ids=[months["T2"].pk]) == by_tranche[months["T2"].pk]


def test_an_equation_is_of_one_currency(months: dict[str, Tranche]) -> None:
    assert queries.equation(currency="EUR").received == 0


def test_flows_are_those_of_the_period_and_no_others(months: dict[str, Tranche]) -> None:
    found = queries.flows(MARCH, APRIL)
    assert [(flow.event, flow.debit.kind, flow.credit.kind, flow.amount_minor, flow.postings) for flow in found] == [
        ("approve", "committed", "pot", 3000, 1),
        ("pay", "advance", "committed", 3000, 1),
    ]
    assert queries.flows(MARCH, APRIL, tranche_ids=[months["T2"].pk]) == []


def test_flows_explain_the_change_between_two_evenings(months: dict[str, Tranche]) -> None:
    before, after = queries.equation(through=APRIL), queries.equation(through=MAY)
    came_in = sum(flow.amount_minor for flow in queries.flows(APRIL, MAY) if flow.credit.kind == "received")
    assert after.received - before.received == came_in == 500


def test_the_flows_of_spans_are_those_of_each_and_lead_back_to_the_equation_before(months: dict[str, Tranche]) -> None:
    spans = queries.flows_by_span([MARCH, APRIL], MAY)
    assert spans == {first: queries.flows(first, end, by_tranche=False) for first, end in ((MARCH, APRIL), (APRIL, MAY))}
    assert queries.equation(through=MAY).before(spans[APRIL]) == queries.equation(through=APRIL)


def test_a_statement_runs_from_its_opening_to_its_closing(months: dict[str, Tranche]) -> None:
    found = queries.statement(UNALLOCATED, APRIL, MAY)
    assert (found.opening_minor, found.closing_minor) == (2000, 2500)
    assert [(row.amount_minor, row.balance_minor, row.other) for row in found.rows] == [(500, 2500, RECEIVED)]
    advances = queries.statement(advance("V"), MARCH, MAY)
    assert [(row.occurred_on, row.amount_minor, row.local_minor) for row in advances.rows] == [
        (date(2026, 3, 4), 3000, 120000),
        (date(2026, 4, 7), -1000, -40000),
    ]


def test_a_statement_of_a_place_never_used_is_empty() -> None:
    assert queries.statement(pot("never"), MARCH, MAY) == queries.Statement(pot("never"), 0, 0, [])


def test_balances_are_grouped_and_filtered(months: dict[str, Tranche]) -> None:
    found = queries.balances(grouped=["kind", "pot"], currency="USD", kinds=["pot", "advance"])
    assert [(held.key, held.amount_minor, held.local_minor) for held in found] == [(("advance", ""), 2000, 80000), (("pot", "A"), 5000, 0)]
    assert [held.key for held in queries.balances(grouped=["lot", "local_currency"], currency="USD", holders=["V"], kinds=["advance"])] == [
        (7, "KHR")
    ]


def test_balances_of_all_currencies_are_never_one_sum() -> None:
    with pytest.raises(ValueError, match="across currencies"):
        queries.balances(grouped=["kind"])


def test_the_trial_balance_comes_to_nothing(months: dict[str, Tranche]) -> None:
    lines = queries.trial_balance("USD")
    assert sum(line.amount_minor for line in lines) == 0
    assert {line.place: line.amount_minor for line in lines}[pot("A")] == queries.balance(pot("A")) == 5000


def test_the_trace_goes_down_from_a_tranche_and_up_from_a_disbursement(months: dict[str, Tranche]) -> None:
    one = months["T1"].pk
    assert [step.event for step in queries.trace_down([one])] == ["receipt", "allocate", "approve", "pay", "spend"]
    assert [step.event for step in queries.trace_up(7, one)] == ["receipt", "allocate", "approve", "pay", "spend"]
    assert queries.trace_up(7) == queries.trace_up(7, one)
    assert [step.event for step in queries.moves_of_lot(7)] == ["approve", "pay", "spend"]
    assert [step.tranche_id for step in queries.steps_of_documents(["doc:6"])] == [months["T2"].pk]


def test_the_trace_of_one_disbursement_leaves_out_the_others(months: dict[str, Tranche]) -> None:
    one = months["T1"].pk
    post("approve", MAY, Row(committed("A"), pot("A"), 100, one, 8), key="8")
    assert {step.lot for step in queries.trace_up(7, one)} == {0, 7}


@pytest.mark.parametrize("answer", ["down", "flows", "trial", "equation", "statement"])
def test_each_answer_is_one_query(months: dict[str, Tranche], django_assert_num_queries: object, answer: str) -> None:
    ask = {
        "down": lambda: queries.trace_down([months["T1"].pk]),
        "flows": lambda: queries.flows(MARCH, MAY),
        "trial": lambda: queries.trial_balance("USD"),
        "equation": lambda: queries.equation(through=APRIL),
        "statement": lambda: queries.statement(UNALLOCATED, MARCH, MAY),
    }[answer]
    with django_assert_num_queries(1):  # type: ignore[operator]
        ask()


def test_accountants_see_both_sides_of_each_posting(months: dict[str, Tranche]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT side, account, amount_minor, tranche FROM ledger_leg WHERE document = 'doc:2' ORDER BY side")
        assert cursor.fetchall() == [("credit", UNALLOCATED.code, -8000, "T1"), ("debit", pot("A").code, 8000, "T1")]


# --- The command ------------------------------------------------------------------------------------------------------------


def test_the_command_is_silent_when_the_books_are_well(months: dict[str, Tranche]) -> None:
    out = StringIO()
    call_command("check_books", *(name for name in checks.names() if name.startswith("ledger.")), stdout=out)
    assert out.getvalue() == ""


def test_the_command_lists_its_checks() -> None:
    out = StringIO()
    call_command("check_books", "--list", stdout=out)
    assert "ledger.balances" in out.getvalue().split()


def test_the_command_says_what_is_wrong_and_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(checks._registered, "ledger.test", lambda: iter(["Something is wrong."]))
    out = StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("check_books", "ledger.test", stdout=out)
    assert (ended.value.code, out.getvalue()) == (1, "ledger.test: Something is wrong.\n")


def test_the_command_names_a_check_it_does_not_know() -> None:
    with pytest.raises(CommandError, match="no-such-check"):
        call_command("check_books", "no-such-check")


def test_two_checks_do_not_share_a_name() -> None:
    with pytest.raises(ValueError, match="two checks"):
        checks.register("ledger.balances")(list)
