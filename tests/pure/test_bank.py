"""Bank statements: read, added up, and matched with what was expected."""

from __future__ import annotations

import io
from datetime import date

import pytest
import xlsxwriter

from revenue.disbursements.bank.camt import parse_camt
from revenue.disbursements.bank.match import Expected, Reason, suggest
from revenue.disbursements.bank.statement import StatementRow
from revenue.disbursements.bank.tables import ABA, ACLEDA, Layout, parse_table

ABA_FILE = b"""Account statement for MINISTRY
Account No: 000 123 456
Generated at,"Jul 09, 2026"
ACCOUNT ACTIVITY
Date,Transaction Details,Money In,Ccy,Money Out,Ccy,Balance,Ccy
"Jul 8, 2026","FUNDS RECEIVED FROM BUYER LTD REF# INC-001","1,200.00",USD,,,"1,200.00",USD
"Jul 8, 2026","TRANSFERRED TO ANDOUNG CBO REF# OUT-001",,,4.50,USD,"1,195.50",USD
"""
ACLEDA_FILE = b"""ACCOUNT STATEMENT ACLBKHPP
DATE,DESCRIPTIONS,CASH OUT,CASH IN,BALANCE
08/07/2026,Opening transfer Ref. FT26190A1,,2000.00,2000.00
09/07/2026,To village Ref. FT26190B2,500.00,,1500.00
"""
CAMT_FILE = b"""<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02"><BkToCstmrStmt><Stmt><Id>S1</Id>
<Acct><Id><Othr><Id>000123456</Id></Othr></Id></Acct>
<Bal><Tp><CdOrPrtry><Cd>OPBD</Cd></CdOrPrtry></Tp><Amt Ccy="USD">100.00</Amt><CdtDbtInd>CRDT</CdtDbtInd></Bal>
<Bal><Tp><CdOrPrtry><Cd>CLBD</Cd></CdOrPrtry></Tp><Amt Ccy="USD">340.50</Amt><CdtDbtInd>CRDT</CdtDbtInd></Bal>
<Ntry><Amt Ccy="USD">250.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>BOOK</Sts><ValDt><Dt>2026-07-08</Dt></ValDt>
<AcctSvcrRef>B-1</AcctSvcrRef><NtryDtls><TxDtls><Refs><EndToEndId>INC-001</EndToEndId></Refs></TxDtls></NtryDtls></Ntry>
<Ntry><Amt Ccy="USD">9.50</Amt><CdtDbtInd>DBIT</CdtDbtInd><Sts>BOOK</Sts><ValDt><Dt>2026-07-09</Dt></ValDt><AcctSvcrRef>B-2</AcctSvcrRef></Ntry>
<Ntry><Amt Ccy="USD">77.00</Amt><CdtDbtInd>DBIT</CdtDbtInd><Sts>PDNG</Sts><ValDt><Dt>2026-07-09</Dt></ValDt></Ntry>
</Stmt></BkToCstmrStmt></Document>"""


def row(line: int, amount: int, day: date = date(2026, 7, 8), reference: str = "", text: str = "") -> StatementRow:
    return StatementRow(line, day, amount, "USD", reference, text)


def expected(key: str, amount: int, *references: str, day: date = date(2026, 7, 8)) -> Expected:
    return Expected(key, amount, "USD", day, references)


def test_an_aba_statement_gives_signed_amounts_and_references() -> None:
    statement = parse_table(content=ABA_FILE, filename="aba.csv", layout=ABA)
    assert [(entry.line, entry.amount_minor, entry.reference) for entry in statement.rows] == [(6, 120_000, "INC-001"), (7, -450, "OUT-001")]
    assert (statement.errors, statement.account, statement.currency) == ((), "000123456", "USD")
    assert (statement.opening_minor, statement.closing_minor) == (0, 119_550)


def test_an_acleda_statement_needs_the_currency_of_the_account() -> None:
    told = parse_table(content=ACLEDA_FILE, filename="acleda.csv", layout=ACLEDA, currency="USD")
    assert [(entry.amount_minor, entry.reference) for entry in told.rows] == [(200_000, "FT26190A1"), (-50_000, "FT26190B2")]
    silent = parse_table(content=ACLEDA_FILE, filename="acleda.csv", layout=ACLEDA)
    assert silent.rows == ()
    assert "does not say its currency" in silent.errors[0].message


def test_a_line_that_was_left_out_is_noticed_at_the_next_balance() -> None:
    lines = ABA_FILE.decode().replace('"1,195.50"', '"1,095.50"')
    statement = parse_table(content=lines.encode(), filename="aba.csv", layout=ABA)
    assert [(error.line, error.column) for error in statement.errors] == [(7, "Balance")]


def test_a_statement_with_its_newest_line_first_is_turned_round() -> None:
    lines = ABA_FILE.decode().splitlines()
    turned = "\n".join([*lines[:5], lines[6], lines[5]])
    statement = parse_table(content=turned.encode(), filename="aba.csv", layout=ABA)
    assert [entry.reference for entry in statement.rows] == ["INC-001", "OUT-001"]
    assert statement.readable


def test_a_line_with_money_in_and_out_is_refused() -> None:
    content = b"DATE,DESCRIPTIONS,CASH OUT,CASH IN,BALANCE\n08/07/2026,x,5,5,10\n"
    statement = parse_table(content=content, filename="a.csv", layout=ACLEDA, currency="USD")
    assert "One line is one movement" in statement.errors[0].message


def test_a_line_without_an_amount_is_refused() -> None:
    content = b"DATE,DESCRIPTIONS,CASH OUT,CASH IN,BALANCE\n08/07/2026,x,,,10\n"
    statement = parse_table(content=content, filename="a.csv", layout=ACLEDA, currency="USD")
    assert "has no amount" in statement.errors[0].message


def test_a_line_of_sums_under_the_table_is_no_movement() -> None:
    statement = parse_table(content=ACLEDA_FILE + b"Total,,500.00,2000.00,\n", filename="a.csv", layout=ACLEDA, currency="USD")
    assert (len(statement.rows), statement.errors) == (2, ())


def test_a_person_may_name_the_columns_of_a_workbook() -> None:
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True})
    sheet = book.add_worksheet()
    for place, cells in enumerate([["Jour", "Texte", "Montant", "No"], ["08/07/2026", "Don", "-250000", "R-77"]]):
        sheet.write_row(place, 0, cells)
    book.close()
    layout = Layout(date="Jour", description="Texte", amount="Montant", reference="No", currency="KHR")
    statement = parse_table(content=target.getvalue(), filename="b.xlsx", layout=layout)
    assert [(entry.amount_minor, entry.currency, entry.reference) for entry in statement.rows] == [(-250_000, "KHR", "R-77")]


def test_a_file_that_is_no_statement_says_which_column_is_missing() -> None:
    statement = parse_table(content=b"Date,Name\n1,2\n", filename="a.csv", layout=ABA)
    assert statement.errors[0].line == 0
    assert "“Transaction Details”" in statement.errors[0].message


def test_two_currencies_on_one_account_are_refused() -> None:
    content = ABA_FILE.replace(b"4.50,USD", b"4.50,EUR")
    statement = parse_table(content=content, filename="a.csv", layout=ABA)
    assert [error.line for error in statement.errors] == [7]


def test_a_camt_statement_counts_booked_entries_only_and_adds_up() -> None:
    (statement,) = parse_camt(content=CAMT_FILE)
    assert [(entry.amount_minor, entry.reference) for entry in statement.rows] == [(25_000, "INC-001"), (-950, "B-2")]
    assert (statement.errors, statement.account, statement.opening_minor, statement.closing_minor) == ((), "000123456", 10_000, 34_050)


def test_a_camt_statement_that_does_not_add_up_is_refused() -> None:
    (statement,) = parse_camt(content=CAMT_FILE.replace(b">340.50<", b">999.00<"))
    assert "closes at USD 999.00" in statement.errors[0].message


@pytest.mark.parametrize(
    "content",
    [b"", b"not xml", b"<Document xmlns='urn:other'/>", b'<!DOCTYPE d [<!ENTITY a SYSTEM "file:///etc/passwd">]><d>&a;</d>'],
)
def test_what_is_no_camt_statement_is_refused(content: bytes) -> None:
    (statement,) = parse_camt(content=content)
    assert (statement.rows, [error.line for error in statement.errors]) == ((), [0])


def test_a_camt_entry_without_a_number_for_an_amount_is_named() -> None:
    (statement,) = parse_camt(content=CAMT_FILE.replace(b">9.50<", b">nine<"))
    assert [error.line for error in statement.errors] == [2]


def test_the_same_reference_and_amount_is_the_surest_match() -> None:
    found = suggest(rows=[row(1, 500, reference="INC-001")], expected=[expected("other", 500), expected("receipt", 500, "inc001")])
    assert [(match.key, match.reason, match.only_one) for match in found] == [("receipt", Reason.REFERENCE_AND_AMOUNT, True)]


def test_a_reference_inside_the_text_is_found() -> None:
    found = suggest(rows=[row(1, -500, text="TRANSFER TO VILLAGE (PB-2026-004)")], expected=[expected("payment", -500, "PB-2026-004")])
    assert [match.reason for match in found] == [Reason.REFERENCE_AND_AMOUNT]


def test_the_same_amount_within_some_days_is_suggested_and_later_is_not() -> None:
    due = expected("receipt", 500, day=date(2026, 7, 3))
    assert [match.reason for match in suggest(rows=[row(1, 500)], expected=[due])] == [Reason.AMOUNT_AND_DAY]
    assert suggest(rows=[row(1, 500)], expected=[due], days_apart=4) == ()


def test_two_equal_partners_are_both_offered_and_neither_is_sure() -> None:
    found = suggest(rows=[row(1, 500)], expected=[expected("a", 500), expected("b", 500)])
    assert [(match.key, match.only_one) for match in found] == [("a", False), ("b", False)]


def test_a_reference_with_another_amount_shows_the_difference() -> None:
    found = suggest(rows=[row(1, 475, reference="INC-001")], expected=[expected("receipt", 500, "INC-001")])
    assert [(match.reason, match.difference_minor) for match in found] == [(Reason.REFERENCE_ONLY, -25)]


def test_money_in_is_never_matched_with_a_payment() -> None:
    assert suggest(rows=[row(1, 500, reference="PB-2026-004")], expected=[expected("payment", -500, "PB-2026-004")]) == ()


def test_another_currency_is_never_matched() -> None:
    riel = Expected("receipt", 500, "KHR", date(2026, 7, 8), ("INC-001",))
    assert suggest(rows=[row(1, 500, reference="INC-001")], expected=[riel]) == ()
