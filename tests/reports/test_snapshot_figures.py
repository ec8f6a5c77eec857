"""The figures of a report over more than one quarter: late records, returns, other people's money, other currencies."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import Any

import jsonschema
import pytest

from core import files
from reports import queries
from reports.models import Period, Report
from reports.snapshot import freeze, since
from revenue.credits import services as selling
from revenue.credits.models import Project
from revenue.disbursements import services as paying
from revenue.sharing import services as sharing
from tests.flows.programme import AFTER, PLAN, SmallProgramme, morning, picture
from tests.flows.test_journey_services import SCHEMA
from tests.reports.making import QuickFiles, make

pytestmark = pytest.mark.django_db
NEXT_QUARTER = datetime(2027, 1, 5, 3, 0, tzinfo=UTC)
Figures = dict[str, Any]


@pytest.fixture
def programme() -> SmallProgramme:
    return SmallProgramme()


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> QuickFiles:
    return QuickFiles(monkeypatch)


def figures_of(report: Report) -> Figures:
    """Make a report and return its figures, once they keep the schema and their equation holds everywhere."""
    made = make(report)
    assert made.snapshot
    figures: Figures = json.loads(made.snapshot.text)
    whole(figures)
    return figures


def whole(figures: Figures) -> None:
    validator = jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))
    assert [f"{error.json_path}: {error.message}" for error in validator.iter_errors(figures)] == []
    equation = figures["equation"]
    columns = [equation["opening"], equation["movement"], equation["closing"], *equation["by_project"], *equation["by_tranche"]]
    assert [column["difference_minor"] for column in columns] == [0] * len(columns)
    for column in columns:
        assert column["received_minor"] == sum(column["members"].values())
    assert equation["movement"]["received_minor"] == figures["headline"]["period"]["received_minor"]


def of_project(reports: list[Report]) -> Report:
    return next(report for report in reports if report.project)


# --- late ------------------------------------------------------------------------------------------------------------------
def test_money_recorded_after_its_quarter_closed_is_received_in_the_next(programme: SmallProgramme) -> None:
    sale = programme.sell()
    programme.receive(sale, 100_001, on=date(2026, 7, 6))
    closed = of_project(programme.close())
    programme.receive(sale, 50_000, on=date(2026, 9, 29))  # found in the bank statement afterwards, before the report was made
    assert figures_of(closed)["headline"]["period"]["received_minor"] == 100_001
    second = figures_of(of_project(programme.close("2026Q4", at=NEXT_QUARTER)))
    assert second["headline"]["period"]["received_minor"] == 50_000
    assert second["headline"]["to_date"]["received_minor"] == 150_001


def test_money_identified_after_its_quarter_closed_is_received_in_the_next(programme: SmallProgramme) -> None:
    sale = programme.sell()
    programme.receive(sale, 100_001, on=date(2026, 7, 6))
    held = programme.receive(None, 70_000, on=date(2026, 8, 6))
    closed = of_project(programme.close())
    selling.identify_receipt(receipt_id=held.pk, sale_id=sale.pk, reason="A letter", by=programme.officer, at=morning(date(2026, 10, 6)))
    first = figures_of(closed)
    assert first["headline"]["period"]["received_minor"] == 100_001
    assert first["equation"]["banks"][0]["not_ours_minor"] == 70_000
    assert figures_of(of_project(programme.close("2026Q4", at=NEXT_QUARTER)))["headline"]["period"]["received_minor"] == 70_000


def test_spending_accepted_after_its_quarter_closed_counts_with_its_people_in_the_next(programme: SmallProgramme) -> None:
    programme.allocate(programme.receive(programme.sell(), 1_000_000, on=date(2026, 7, 6)), on=date(2026, 7, 7))
    programme.pay_out(programme.pu_char, 20_000, on=date(2026, 8, 1))
    record = programme.log(5_000, on=date(2026, 9, 20), women=4, men=3)
    closed = of_project(programme.close())
    programme.accept(record, on=date(2026, 10, 2))
    first = figures_of(closed)
    second = figures_of(of_project(programme.close("2026Q4", at=NEXT_QUARTER)))
    counted = [(one["headline"]["period"]["spent_minor"], one["beneficiaries"]["period"]["women"]) for one in (first, second)]
    assert counted == [(0, 0), (5_000, 4)]


def test_a_training_accepted_after_its_quarter_closed_counts_in_the_next(programme: SmallProgramme) -> None:
    programme.receive(programme.sell(), 1_000, on=date(2026, 7, 6))
    closed = of_project(programme.close())
    programme.train(on=date(2026, 9, 29), days=3, women=5, men=5)
    first = figures_of(closed)
    second = figures_of(of_project(programme.close("2026Q4", at=NEXT_QUARTER)))
    assert [one["headline"]["period"]["training_person_days"] for one in (first, second)] == [0, 30]
    assert [len(one["training"]) for one in (first, second)] == [0, 1]


def test_a_closed_quarter_frozen_late_says_what_it_said(programme: SmallProgramme) -> None:
    sale = programme.sell()
    programme.allocate(programme.receive(sale, 1_000_000, on=date(2026, 7, 6)), on=date(2026, 7, 7))
    payment = programme.pay_out(programme.pu_char, 20_000, on=date(2026, 8, 1))
    programme.close()
    first = frozen(programme)
    # A busy October, before the worker comes.
    programme.acknowledge(payment, on=date(2026, 10, 6))
    programme.accept(programme.log(5_000, on=date(2026, 9, 20)), on=date(2026, 10, 7))
    programme.pay_out(programme.pu_char, 10_000, on=date(2026, 10, 8))
    programme.receive(sale, 5_000, on=date(2026, 9, 30))
    programme.train(on=date(2026, 9, 29))
    assert frozen(programme) == first


def frozen(programme: SmallProgramme) -> Figures:
    period = Period.objects.get(label="2026Q3")
    scope = queries.scope_of(project=programme.project, first=period.first, end=period.end)
    closed_on = date(2026, 10, 5)
    made: Figures = json.loads(freeze(scope=scope, label=period.label, version=1, closed_on=closed_on, at=AFTER, seal=None).text)
    whole(made)
    return made


# --- what comes back -------------------------------------------------------------------------------------------------------
def test_after_returns_payments_sent_back_and_rejections_the_figures_are_net(programme: SmallProgramme) -> None:
    programme.allocate(programme.receive(programme.sell(), 2_000_003, on=date(2026, 7, 6)), on=date(2026, 7, 7))
    day = date(2026, 8, 3)
    used = programme.pay_out(programme.pu_char, 30_000, on=day, riel=1_230_000)
    paying.return_money(
        disbursement_id=used.disbursement_id, bank_account_id=programme.bank.pk, bank_reference="BACK-1", returned_on=date(2026, 9, 1),
        local_minor=410_000, credited_minor=9_900, reason="Not used", by=programme.officer, at=morning(date(2026, 9, 1)),
    )  # fmt: skip
    failed = programme.pay_out(programme.rangers, 20_000, on=day, pot="rangers", fee=100)
    paying.payment_sent_back(payment_id=failed.pk, on=date(2026, 8, 5), by=programme.officer, at=morning(date(2026, 8, 5)))
    rejected = programme.request(programme.pu_char, 1_000, on=day)
    paying.reject_disbursement(disbursement_id=rejected.pk, reason="No", by=programme.approver, at=morning(day), on=day)
    cancelled = programme.approve(programme.request(programme.pu_char, 2_000, on=day), on=day)
    paying.cancel_disbursement(disbursement_id=cancelled.pk, reason="No", by=programme.approver, at=morning(day), on=day)
    figures = figures_of(of_project(programme.close()))
    # What the bank gave back too little (1.00) was paid, and is the exchange's.
    assert figures["headline"]["period"]["paid_minor"] == 30_000 - 9_900
    members = figures["equation"]["closing"]["members"]
    assert (members["committed"], members["with_recipients"], members["fx"], members["charges"]) == (20_000, 20_000, 100, 0)
    statuses = {row["reference"]: row["status"] for row in figures["disbursements"]}
    assert [statuses[one.reference] for one in (used.disbursement, failed.disbursement, rejected, cancelled)] == [
        "paid",
        "approved",
        "rejected",
        "cancelled",
    ]


# --- whose money -----------------------------------------------------------------------------------------------------------
def test_money_that_is_not_ours_stands_apart_from_what_was_received(programme: SmallProgramme) -> None:
    sale = programme.sell(quantity=100)
    programme.receive(sale, sale.amount_minor + 5_000, on=date(2026, 7, 6))
    figures = figures_of(of_project(programme.close()))
    assert figures["headline"]["period"]["received_minor"] == sale.amount_minor
    bank = figures["equation"]["banks"][0]
    assert (bank["ledger_minor"], bank["not_ours_minor"]) == (sale.amount_minor + 5_000, 5_000)
    (row,) = [row for row in figures["held"] if row["kind"] == "not_ours"]
    assert (row["amount_minor"], row["project"], row["since"], row["age_days"]) == (5_000, "keo-seima", "2026-07-06", 87)
    assert "more than was owed" in row["reason"]["en"]


def test_money_in_another_currency_is_not_added_to_dollars(programme: SmallProgramme) -> None:
    sale = programme.sell()
    programme.receive(sale, 100_000, on=date(2026, 7, 6))
    euro = selling.create_bank_account(
        code="euro", name="Euro account", institution="ACLEDA", account_number="0002", currency="EUR", by=programme.officer, at=AFTER
    )
    selling.record_receipt(
        bank_account_id=euro.pk, bank_reference="IN-EUR", value_date=date(2026, 7, 8), gross_minor=90_000, sale_id=sale.pk, invoice_minor=105_000,
        by=programme.officer, at=AFTER,
    )  # fmt: skip
    figures = figures_of(of_project(programme.close()))
    assert figures["headline"]["period"]["received_minor"] == 100_000


def test_each_project_reports_its_own_and_the_programme_the_sum(programme: SmallProgramme) -> None:
    programme.allocate(programme.receive(programme.sell(), 300_007, on=date(2026, 7, 6)), on=date(2026, 7, 7))
    other = _second_project(programme)
    issuance = selling.record_issuance(
        project_id=other.pk, first=1, last=1000, serial_text="", vintage_start=date(2024, 1, 1), vintage_end=date(2024, 12, 31),
        issued_on=date(2025, 1, 1), by=programme.officer, at=morning(date(2026, 7, 1)),
    )  # fmt: skip
    from decimal import Decimal

    sale = selling.record_sale(
        project_id=other.pk, buyer_id=programme.buyer.pk, contract_reference="T-1", sale_date=date(2026, 7, 2), currency="USD",
        unit_price=Decimal(5), lots=[(issuance.pk, 1, 1000)], by=programme.officer, at=morning(date(2026, 7, 2)),
    )  # fmt: skip
    programme.receive(sale, 200_001, on=date(2026, 7, 10))
    made = [figures_of(report) for report in programme.close()]
    received = {one["scope"]["level"] + one["scope"]["projects"][0]["code"]: one["headline"]["period"]["received_minor"] for one in made}
    assert received == {"projectkeo-seima": 300_007, "projecttumring": 200_001, "programmekeo-seima": 500_008}
    unallocated = next(one for one in made if one["scope"]["projects"][0]["code"] == "tumring")["held"]
    assert [(row["kind"], row["amount_minor"]) for row in unallocated] == [("unallocated", 200_001)]


def _second_project(programme: SmallProgramme) -> Project:
    return selling.create_project(
        code="tumring", name="Tumring", registry="VERRA", programme_id="1689", standard="VCS", mechanism="bilateral", host_authority="MAFF",
        by=programme.officer, at=morning(date(2026, 1, 1)),
    )  # fmt: skip


def test_a_receipt_without_a_plan_in_force_is_named_with_its_reason() -> None:
    programme = SmallProgramme(plan=PLAN.replace("effective_from: 2026-01-01", "effective_from: 2026-08-01"))
    receipt = programme.receive(programme.sell(), 300_007, on=date(2026, 7, 6))
    programme.allocate(receipt, on=date(2026, 7, 7))
    figures = figures_of(of_project(programme.close()))
    (held,) = figures["held"]
    assert (held["reference"], held["amount_minor"]) == (receipt.reference, 300_007)
    assert "plan" in held["reason"]["en"]
    assert [row["code"] for row in figures["exceptions"]] == ["unallocated"]
    assert figures["headline"]["overdue"]["receipts_not_allocated"] == 1


def test_an_advance_not_accounted_for_in_time_is_named_with_what_is_left(programme: SmallProgramme) -> None:
    programme.allocate(programme.receive(programme.sell(), 1_000_000, on=date(2026, 7, 6)), on=date(2026, 7, 7))
    payment = programme.pay_out(programme.pu_char, 20_000, on=date(2026, 7, 8), account_by=date(2026, 9, 15))
    programme.accept(programme.log(5_000, on=date(2026, 8, 20)), on=date(2026, 8, 21))
    figures = figures_of(of_project(programme.close()))
    late = next(row for row in figures["exceptions"] if row["code"] == "late_advance")
    assert (late["reference"], late["amount_minor"], late["age_days"]) == (payment.disbursement.reference, 15_000, 16)
    assert figures["headline"]["overdue"]["accounts"] == 1


def test_a_report_of_nothing_is_still_a_report(programme: SmallProgramme) -> None:
    figures = figures_of(programme.ask(project=""))
    assert figures["headline"]["period"]["received_minor"] == 0


def test_the_same_question_freezes_the_same_text(programme: SmallProgramme) -> None:
    programme.receive(programme.sell(), 1_000, on=date(2026, 7, 6))
    programme.close()
    assert frozen(programme) == frozen(programme)


# --- what may be published -------------------------------------------------------------------------------------------------
def hidden_sale(programme: SmallProgramme, number: int) -> None:
    sale = programme.sell(quantity=1_000 + number, first=1_000_001 + 2_000 * number)
    programme.allocate(programme.receive(sale, 70_000 + number, on=date(2026, 7, 6)), on=date(2026, 7, 7))


def test_of_a_sale_whose_price_may_not_be_shown_nothing_gives_it_by_division(programme: SmallProgramme) -> None:
    hidden_sale(programme, 1)
    figures = figures_of(of_project(programme.close()))
    (sale,) = figures["sales"]
    said = ("quantity", "unit_price", "amount_minor", "received_minor", "outstanding_minor")
    assert ([sale[name] for name in said], sale["blocks"]) == ([None] * 5, [])
    (receipt,), (allocation,), (tranche,) = figures["receipts"], figures["allocations"], figures["equation"]["by_tranche"]
    assert (receipt["sale"], receipt["bank_reference"], allocation["sale"], tranche["sale"]) == (None, None, None, None)
    assert (receipt["gross_minor"], tranche["received_minor"]) == (70_001, 70_001)
    assert (figures["headline"]["period"]["units_sold"], figures["headline"]["period"]["sold_minor"]) == (0, None)


def test_with_three_such_sales_their_tonnes_are_shown_and_their_sum_is_not(programme: SmallProgramme) -> None:
    for number in (1, 2, 3):
        hidden_sale(programme, number)
    figures = figures_of(of_project(programme.close()))
    assert [(row["quantity"], len(row["blocks"]), row["amount_minor"]) for row in figures["sales"]] == [(1_000 + at, 1, None) for at in (1, 2, 3)]
    assert {row["sale"] for row in figures["receipts"]} == {None}
    # The sum to date of the next quarter, with one sale more, less this one would be that sale's price.
    sold = [(figures["headline"][span]["units_sold"], figures["headline"][span]["sold_minor"]) for span in ("period", "to_date")]
    assert sold == [(3_006, None)] * 2


def test_a_sale_that_still_owes_is_printed_in_the_next_quarter_though_what_it_owes_is_not(programme: SmallProgramme) -> None:
    hidden_sale(programme, 1)
    paid = programme.sell(quantity=10, price="1", first=1_400_001)
    programme.receive(paid, paid.amount_minor, on=date(2026, 7, 6))
    programme.close()
    figures = figures_of(of_project(programme.close("2026Q4", at=NEXT_QUARTER)))
    assert [(row["in_period"], row["outstanding_minor"]) for row in figures["sales"]] == [(False, None)]


def test_a_sale_whose_price_may_be_published_is_printed_whole_beside_one_whose_may_not(programme: SmallProgramme) -> None:
    hidden_sale(programme, 1)
    whole_one = programme.sell(public=True, quantity=10, first=1_400_001)
    programme.receive(whole_one, whole_one.amount_minor, on=date(2026, 7, 8))
    figures = figures_of(of_project(programme.close()))
    assert [(row["quantity"], row["amount_minor"]) for row in figures["sales"]] == [(None, None), (10, whole_one.amount_minor)]
    assert [row["sale"] for row in figures["receipts"]] == [None, whole_one.reference]
    # The sum of both, less the one that is printed, would be the other.
    assert (figures["headline"]["period"]["units_sold"], figures["headline"]["period"]["sold_minor"]) == (10, None)


# --- since the last report, and what was decided -----------------------------------------------------------------------------
def test_the_main_figures_stand_beside_those_of_the_last_issued_report_with_what_came_and_went(programme: SmallProgramme) -> None:
    receipt = programme.receive(programme.sell(public=True), 10_000_001, on=date(2026, 7, 6))
    programme.allocate(receipt, on=date(2026, 7, 7))
    paid = programme.pay_out(programme.pu_char, 300_000, on=date(2026, 8, 10))  # nobody says that it arrived
    first = of_project(programme.close())
    assert figures_of(first)["since_last"] is None
    issued = programme.issue(first)
    programme.acknowledge(paid, on=date(2026, 10, 2))
    waiting = programme.pay_out(programme.rangers, 100_000, on=date(2026, 11, 2), pot="rangers")

    second = figures_of(of_project(programme.close("2026Q4", at=NEXT_QUARTER)))["since_last"]
    assert issued.snapshot
    assert (second["label"], second["version"], second["sha256"]) == ("2026Q3", 1, issued.snapshot.sha256)
    rows = {row["figure"]: row for row in second["figures"]}
    assert rows["received"] == {"figure": "received", "before_minor": 10_000_001, "after_minor": 0, "difference_minor": -10_000_001}
    assert (rows["paid"]["before_minor"], rows["paid"]["after_minor"], rows["paid"]["difference_minor"]) == (300_000, 100_000, -200_000)
    assert rows["acknowledgements"] == {"figure": "acknowledgements", "before": 1, "after": 1, "difference": 0}
    changed = [(row["change"], row["code"], row["reference"]) for row in second["exceptions"]]
    assert ("closed", "not_acknowledged", paid.disbursement.reference) in changed
    assert ("new", "not_acknowledged", waiting.disbursement.reference) in changed
    assert second["was_cut"] is False


def test_a_report_that_is_not_issued_is_not_compared_with(programme: SmallProgramme) -> None:
    programme.receive(programme.sell(), 100_001, on=date(2026, 7, 6))
    figures_of(of_project(programme.close()))
    assert figures_of(of_project(programme.close("2026Q4", at=NEXT_QUARTER)))["since_last"] is None


def test_of_a_figure_that_may_not_be_published_no_difference_is_either() -> None:
    compared = since._compared("sold", None, 5_000, is_money=True)
    assert compared == {"figure": "sold", "before_minor": None, "after_minor": 5_000, "difference_minor": None}


def test_what_undoes_an_entry_of_an_earlier_quarter_is_listed_as_a_correction(programme: SmallProgramme) -> None:
    receipt = programme.receive(programme.sell(), 10_000_001, on=date(2026, 7, 6))
    run = programme.allocate(receipt, on=date(2026, 7, 7))
    assert figures_of(of_project(programme.close()))["decisions"] == []
    sharing.ask_reversal(run_id=run.pk, reason="Shared by the wrong version", by=programme.officer, at=morning(date(2026, 10, 19)))
    sharing.reverse_allocation(run_id=run.pk, by=programme.approver, at=morning(date(2026, 10, 20)), day=date(2026, 10, 20))
    (row,) = figures_of(of_project(programme.close("2026Q4", at=NEXT_QUARTER)))["decisions"]
    assert (row["kind"], row["on"], row["decided_minor"], row["rule_minor"]) == ("correction", "2026-10-20", 10_000_001, None)
    assert row["reason"]["en"] == f"It undoes entry #{run.entry_id} of 2026-07-07."
    assert row["reason"]["km"]


def test_a_departure_from_the_rule_is_listed_with_its_authority_reason_and_variance(programme: SmallProgramme) -> None:
    receipt = programme.receive(programme.sell(), 1_000_000, on=date(2026, 7, 6))
    paper = files.store(data=picture(), media_type="image/jpeg", original_name="letter.jpg", by=programme.officer, at=morning(date(2026, 7, 6)))
    assert receipt.tranche_id
    ruling = sharing.record_ruling(
        tranche_id=receipt.tranche_id, step="3", authority="Office of the Minister", title="Letter 5", document_id=paper.pk,
        decided_on=date(2026, 7, 5), why="No less than the year before", women_present=None, men_present=None,
        parts={"shares": {"community": "70 %", "rangers": "15 %", "training": "15 %"}}, by=programme.officer, at=morning(date(2026, 7, 6)),
    )  # fmt: skip
    sharing.decide_ruling(ruling_id=ruling.pk, approve=True, reason="", by=programme.approver, at=morning(date(2026, 7, 6)))
    programme.allocate(receipt, on=date(2026, 7, 7))
    rows = figures_of(of_project(programme.close()))["decisions"]
    assert {row["subject"]["en"]: (row["rule_minor"], row["decided_minor"], row["variance_minor"]) for row in rows} == {
        "Community development": (510_000, 595_000, 85_000), "Rangers": (212_500, 127_500, -85_000), "Training": (127_500, 127_500, 0),
    }  # fmt: skip
    assert {(row["kind"], row["on"], row["authority"]["en"], row["reason"]["en"]) for row in rows} == {
        ("override", "2026-07-05", "Office of the Minister (Letter 5)", "No less than the year before")
    }


def test_training_is_counted_by_sex(programme: SmallProgramme) -> None:
    programme.receive(programme.sell(), 100_001, on=date(2026, 7, 6))
    programme.train(on=date(2026, 8, 3), days=3, women=7, men=4)
    figures = figures_of(of_project(programme.close()))
    period = figures["headline"]["period"]
    assert [period[f"training{who}_person_days"] for who in ("_women", "_men", "")] == [21, 12, 33]
    (held,) = figures["training"]
    assert (held["women_person_days"], held["men_person_days"], held["person_days"]) == (21, 12, 33)
