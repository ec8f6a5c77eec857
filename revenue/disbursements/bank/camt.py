"""Statements as ISO 20022 camt.053 XML, read without following anything outside the file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from core.lines import WRONG, parse_day, unreadable
from core.money import NotAnAmount, parse_amount
from core.refusal import gettext_noop
from core.sheets import LARGEST_FILE, LineError, NotASheet, parse_xml
from revenue.disbursements.bank.statement import Statement, StatementRow, build_statement

_FAMILY = "urn:iso:std:iso:20022:tech:xsd:camt.053."

NO_DAY: Final = gettext_noop("Entry %(number)s has no value date.")


def parse_camt(*, content: bytes) -> tuple[Statement, ...]:
    """
    Read each statement of a camt.053 file; only booked entries count.

    Lines are numbered by entry, from 1. An entry's opening (OPBD) plus its entries must be its closing (CLBD).
    A file that is no such statement gives one statement with one error for the whole file (line 0).
    """
    try:
        root = _root(content)
    except NotASheet as refusal:
        return (Statement((), unreadable(refusal).errors),)
    return tuple(_statement(element) for element in root.iterfind(".//{*}Stmt"))


def _root(content: bytes) -> Element:
    if len(content) > LARGEST_FILE:
        raise NotASheet(
            gettext_noop("The file is too large for a bank statement."), next_step=gettext_noop("Ask the bank for a shorter period."), values={}
        )
    try:
        root = parse_xml(content=content)
    except ElementTree.ParseError as error:
        raise NotASheet(
            gettext_noop("The file is not XML."), next_step=gettext_noop("Ask the bank for a camt.053 file, or upload a CSV."), values={}
        ) from error
    if not root.tag.startswith("{" + _FAMILY):
        raise NotASheet(gettext_noop("The file is not a camt.053 statement."), next_step=gettext_noop("Ask the bank for camt.053."), values={})
    if root.find(".//{*}Stmt") is None:
        raise NotASheet(gettext_noop("The file holds no statement."), next_step=gettext_noop("Ask the bank for it again."), values={})
    return root


def _statement(element: Element) -> Statement:
    rows: list[StatementRow] = []
    errors: list[LineError] = []
    for number, entry in enumerate(element.iterfind("{*}Ntry"), start=1):
        if (_text(entry, "{*}Sts/{*}Cd") or _text(entry, "{*}Sts")) != "BOOK":
            continue
        try:
            rows.append(_row(number, entry))
        except (NotAnAmount, NotASheet) as refusal:
            errors.append(LineError(number, "", WRONG, {"reason": str(refusal)}))
    return build_statement(
        rows=rows,
        errors=errors,
        account=_text(element, "{*}Acct/{*}Id/{*}IBAN") or _text(element, "{*}Acct/{*}Id/{*}Othr/{*}Id"),
        opening_minor=_balance(element, ("OPBD", "PRCD")),
        closing_minor=_balance(element, ("CLBD",)),
    )


def _row(number: int, entry: Element) -> StatementRow:
    said = _text(entry, "{*}ValDt/{*}Dt") or _text(entry, "{*}BookgDt/{*}Dt") or _text(entry, "{*}BookgDt/{*}DtTm")
    day = parse_day(text=said[:10])
    if day is None:
        raise NotASheet(NO_DAY % {"number": number})
    amount, currency = _signed(entry)
    return StatementRow(
        line=number,
        value_date=day,
        amount_minor=amount,
        currency=currency,
        reference=_reference(entry),
        description=_description(entry),
    )


def _signed(element: Element) -> tuple[int, str]:
    amount = element.find("{*}Amt")
    currency = "" if amount is None else amount.get("Ccy", "")
    money = parse_amount(text=_text(element, "{*}Amt"), currency=currency)
    return (-money.minor if _text(element, "{*}CdtDbtInd") == "DBIT" else money.minor), currency


def _reference(entry: Element) -> str:
    """Prefer what the payer wrote (end to end), since it is what we can know beforehand; then the bank's own."""
    end_to_end = _text(entry, "{*}NtryDtls/{*}TxDtls/{*}Refs/{*}EndToEndId")
    if end_to_end and end_to_end != "NOTPROVIDED":
        return end_to_end
    return _text(entry, "{*}AcctSvcrRef") or _text(entry, "{*}NtryRef")


def _description(entry: Element) -> str:
    party = _text(entry, ".//{*}RltdPties/{*}Dbtr//{*}Nm") or _text(entry, ".//{*}RltdPties/{*}Cdtr//{*}Nm")
    words = _text(entry, ".//{*}RmtInf/{*}Ustrd") or _text(entry, "{*}AddtlNtryInf")
    return " · ".join(part for part in (party, words) if part)


def _balance(element: Element, codes: Sequence[str]) -> int | None:
    for balance in element.iterfind("{*}Bal"):
        if _text(balance, "{*}Tp/{*}CdOrPrtry/{*}Cd") in codes:
            return _signed(balance)[0]
    return None


def _text(element: Element, path: str) -> str:
    return (element.findtext(path) or "").strip()
