"""The figures of a report over more than one quarter: late records, returns, other people's money, other currencies."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import Any

import jsonschema
import pytest

from reports import queries
from reports.models import Period, Report
from reports.snapshot import freeze
from revenue.credits import services as selling
from revenue.credits.models import Project
from revenue.disbursements import services as paying
from tests.flows.programme import AFTER, PLAN, SmallProgramme, morning
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
    made: Figures = json.loads(freeze(scope=scope, label=period.label, version=1, replaces=None, closed_on=closed_on, at=AFTER, seal=None).text)
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
