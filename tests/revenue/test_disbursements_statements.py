"""Bank statements: read, accepted whole, matched by reference, and set against the ledger."""

from __future__ import annotations

from datetime import date

import pytest

from core.imports import AcceptedBefore
from core.models import ImportRun
from core.people.access import NotYours
from revenue.disbursements import queries, services
from revenue.disbursements.models import BankStatement, LineMatch, StatementLine
from revenue.disbursements.refusals import ReferenceUsed, StatementRefused
from revenue.ledger import checks
from tests.revenue import credits_office as office
from tests.revenue.sharing_stage import AT, Stage

pytestmark = pytest.mark.django_db
HEADER = "Date,Transaction Details,Money In,Currency,Money Out,Currency,Balance,Currency\n"
THREE = [
    ("01/02/2026", "INWARD TRANSFER Ref: FT-IN-0001", "10000.00", "", "10000.00"),
    ("05/03/2026", "PAYMENT Ref: FT-OUT-0002", "", "1000.00", "9000.00"),
    ("05/03/2026", "FEE Ref: FT-OUT-0002", "", "2.00", "8998.00"),
]
Row = tuple[str, str, str, str, str]


def csv(rows: list[Row]) -> bytes:
    lines = [f"{day},{text},{money_in},USD,{money_out},USD,{balance},USD" for day, text, money_in, money_out, balance in rows]
    return (HEADER + "\n".join(lines) + "\n").encode()


@pytest.fixture
def stage() -> Stage:
    """One receipt (FT-IN-0001) and one payment (FT-OUT-0002) with a fee of 2.00."""
    stage = Stage()
    stage.shared()
    stage.paid(fee_minor=200)
    return stage


def preview(stage: Stage, rows: list[Row], **other: object) -> ImportRun:
    facts = {"bank_account_id": stage.bank.pk, "layout": "ABA", "content": csv(rows), "filename": "march.csv", "by": stage.officer, "at": AT}
    return services.preview_statement(**{**facts, **other})[0]  # type: ignore[arg-type]


def accept(stage: Stage, rows: list[Row]) -> BankStatement:
    return services.accept_statement(import_run_id=preview(stage, rows).pk, by=stage.officer, at=AT)


def test_a_preview_takes_nothing_into_the_books(stage: Stage) -> None:
    run = preview(stage, THREE)
    assert (run.state, run.row_count) == (ImportRun.State.PREVIEWED, 3)
    assert not StatementLine.objects.exists()


def test_lines_are_matched_by_reference_and_amount(stage: Stage) -> None:
    lines = list(accept(stage, THREE).lines.order_by("line"))
    assert [match.entry.event for line in lines for match in line.matches.all()] == ["receipt", "pay", "pay"]
    assert lines[1].matches.get().entry == lines[2].matches.get().entry
    assert not queries.unmatched_lines().exists()


def test_debit_and_fee_in_one_line_are_matched_too(stage: Stage) -> None:
    accept(stage, [THREE[0], ("05/03/2026", "PAYMENT Ref: FT-OUT-0002", "", "1002.00", "8998.00")])
    assert not queries.unmatched_lines().exists()


def test_money_given_back_is_matched(stage: Stage) -> None:
    payment = stage.bank.payments.get()
    stage.returned(payment, 40_000, 40_000, bank_reference="FT-BACK-9")
    accept(stage, [*THREE, ("01/04/2026", "RETURN Ref: FT-BACK-9", "400.00", "", "9398.00")])
    assert LineMatch.objects.filter(entry__event="return").count() == 1


def test_a_line_nobody_recorded_stays_open_until_it_is(stage: Stage) -> None:
    statement = accept(stage, [*THREE, ("06/03/2026", "INWARD Ref: FT-IN-0003", "500.00", "", "9498.00")])
    assert [line.amount_minor for line in queries.unmatched_lines()] == [50_000]
    stage.receipt(50_000, date(2026, 3, 6))
    assert services.match_statement(statement_id=statement.pk, by=stage.officer, at=AT) == 1
    assert not queries.unmatched_lines().exists()


def test_two_lines_alike_are_two_lines(stage: Stage) -> None:
    fee: Row = ("06/03/2026", "MONTHLY FEE", "", "1.00", "8997.00")
    statement = accept(stage, [*THREE, fee, (*fee[:4], "8996.00")])
    assert statement.lines.count() == 5


def test_the_ledger_agrees_with_the_statement_to_the_cent(stage: Stage) -> None:
    accept(stage, THREE)
    position = queries.bank_position(bank_account=stage.bank, on=date(2026, 12, 31))
    assert (position.on, position.ledger_minor, position.statement_minor, position.difference_minor) == (date(2026, 3, 5), 899_800, 899_800, 0)
    assert list(checks.run()) == []


def test_a_day_inside_the_statement_is_compared_on_that_day(stage: Stage) -> None:
    accept(stage, THREE)
    position = queries.bank_position(bank_account=stage.bank, on=date(2026, 2, 10))
    assert (position.ledger_minor, position.difference_minor) == (1_000_000, 0)


def test_without_a_statement_there_is_nothing_to_compare(stage: Stage) -> None:
    position = queries.bank_position(bank_account=stage.bank, on=date(2026, 3, 31))
    assert (position.ledger_minor, position.statement_minor, position.difference_minor) == (899_800, None, None)


def test_what_the_bank_took_and_nobody_recorded_is_found_by_the_checks(stage: Stage) -> None:
    accept(stage, [*THREE, ("06/03/2026", "MONTHLY FEE", "", "1.00", "8997.00")])
    found = list(checks.run(["disbursements.statements"]))
    assert len(found) == 1
    assert "8,998.00" in found[0].sentence
    assert "8,997.00" in found[0].sentence


def test_accepting_twice_is_once(stage: Stage) -> None:
    run = preview(stage, THREE)
    first = services.accept_statement(import_run_id=run.pk, by=stage.officer, at=AT)
    assert services.accept_statement(import_run_id=run.pk, by=stage.officer, at=AT) == first
    assert StatementLine.objects.count() == 3


def test_the_same_file_uploaded_again_is_refused(stage: Stage) -> None:
    accept(stage, THREE)
    with pytest.raises(AcceptedBefore):
        accept(stage, THREE)
    assert StatementLine.objects.count() == 3


def test_a_line_that_stands_on_an_earlier_statement_is_refused(stage: Stage) -> None:
    accept(stage, THREE)
    with pytest.raises(ReferenceUsed):
        accept(stage, [THREE[2], ("07/03/2026", "FEE", "", "1.00", "8997.00")])


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        ([THREE[0], THREE[2]], "do not add|does not follow|add to"),
        ([("31/02/2026", "x", "1.00", "", "1.00")], "not a date"),
        ([], "no lines|column"),
    ],
)
def test_a_statement_that_does_not_add_up_is_refused(stage: Stage, rows: list[Row], sentence: str) -> None:
    with pytest.raises(StatementRefused, match=sentence):
        accept(stage, rows)
    assert not BankStatement.objects.exists()


def test_a_statement_of_another_currency_is_refused(stage: Stage) -> None:
    run = preview(stage, THREE, bank_account_id=office.bank("riel", "KHR").pk)
    with pytest.raises(StatementRefused) as caught:
        services.accept_statement(import_run_id=run.pk, by=stage.officer, at=AT)
    assert caught.value.field == "bank_account"


def test_of_several_statements_in_one_file_none_is_left_out_in_silence(stage: Stage) -> None:
    entry = (
        '<Ntry><Amt Ccy="USD">1.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>BOOK</Sts><ValDt><Dt>2026-03-0{0}</Dt></ValDt>'
        "<AcctSvcrRef>R{0}</AcctSvcrRef></Ntry>"
    )
    days = "".join(f"<Stmt>{entry.format(day)}</Stmt>" for day in (1, 2))
    content = f'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02"><BkToCstmrStmt>{days}</BkToCstmrStmt></Document>'.encode()
    run = preview(stage, [], layout="CAMT", content=content, filename="march.xml")
    with pytest.raises(StatementRefused, match="holds 2 statements"):
        services.accept_statement(import_run_id=run.pk, by=stage.officer, at=AT)


def test_an_unknown_layout_is_refused(stage: Stage) -> None:
    with pytest.raises(StatementRefused):
        preview(stage, THREE, layout="OTHER")


def test_only_an_officer_takes_in_a_statement(stage: Stage) -> None:
    with pytest.raises(NotYours):
        preview(stage, THREE, by=stage.approver)
