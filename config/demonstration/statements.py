"""The bank's side of the demonstration: one statement an account and quarter, as ACLEDA (old accounts) and ABA (new) print them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from config.demonstration.disbursements import FEE_CENTS, Payout, major
from config.demonstration.sales import Receipt

# code, name, institution, number, currency, in use from, until
ACCOUNTS: Final = (
    ("moe-acleda", "Ministry of Environment, REDD+ revenue (demonstration)", "ACLEDA", "0001 01 100100 1", "USD", "2023-10-01", "2026-06-30"),
    ("fa-acleda", "Forestry Administration, REDD+ revenue (demonstration)", "ACLEDA", "0001 01 100200 2", "USD", "2023-10-01", "2026-06-30"),
    ("moe-aba", "Ministry of Environment, REDD+ revenue from July 2026 (demonstration)", "ABA", "000 300 100", "USD", "2026-07-01", ""),
    ("fa-aba", "Forestry Administration, REDD+ revenue from July 2026 (demonstration)", "ABA", "000 300 200", "USD", "2026-07-01", ""),
)
ACCOUNT_COLUMNS: Final = ("code", "name", "institution", "account_number", "currency", "from_date", "to_date")
MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, slots=True, order=True)
class Movement:
    """One movement in cents of a dollar: positive came in."""

    on: date
    place: int
    reference: str
    cents: int
    text: str


# What the unusual examples move in November, after the running quarter's statements (see unusual/).
LATER: Final = {
    "moe-aba": (
        Movement(date(2026, 11, 4), 0, "IN261104KS21", 12_000_00, "FUNDS RECEIVED FROM BUYER"),
        Movement(date(2026, 11, 10), 0, "IN261110XX04", 640_00, "FUNDS RECEIVED"),
        Movement(date(2026, 11, 10), 1, "INT261110", 412_35, "INTEREST CREDITED"),
        Movement(date(2026, 11, 11), 0, "GR261111FF01", 5_000_00, "FUNDS RECEIVED FRIENDS OF THE FOREST"),
        Movement(date(2026, 11, 12), 2, "REC261112XX04", -640_00, "RECALLED BY SENDER"),
        Movement(date(2026, 11, 13), 0, "CDM7712013", 320_00, "CASH DEPOSIT"),
        Movement(date(2026, 11, 16), 2, "TRF261116", -400_00, "OWN ACCOUNT TRANSFER"),
        Movement(date(2026, 11, 18), 2, "REC261118KS21", -900_00, "RECALLED BY SENDER"),
        Movement(date(2026, 11, 19), 2, "OUT2026Q4KS06", -5_231_00, "TRANSFERRED TO PU CHA (ME MANG) VILLAGE COMMITTEE"),
        Movement(date(2026, 11, 19), 3, "OUT2026Q4KS06", -FEE_CENTS, "TRANSFER FEE"),
        Movement(date(2026, 11, 20), 1, "REP261120KS16", 148_50, "FUNDS RETURNED"),
        Movement(date(2026, 11, 20), 1, "RET2026Q4PL03", 1_693_65, "FUNDS RETURNED"),
        Movement(date(2026, 11, 20), 2, "OUT2026Q4PL01", -6_400_00, "TRANSFERRED TO PREY LANG PROJECT OFFICE"),
        Movement(date(2026, 11, 20), 3, "FEE261120PL01", -FEE_CENTS, "TRANSFER FEE"),
    ),
    "fa-aba": (
        Movement(date(2026, 11, 5), 0, "IN261105RF21", 50_000_00, "FUNDS RECEIVED FROM BUYER"),
        Movement(date(2026, 11, 17), 0, "TRF261116C", 398_50, "OWN ACCOUNT TRANSFER"),
    ),
}


def movements(*, account: str, receipts: list[Receipt], payouts: list[Payout]) -> list[Movement]:
    """Return the movements on an account, in the order of the days; on one day money in comes first."""
    found = [
        Movement(receipt.value_date, 0, receipt.bank_reference, (receipt.gross - receipt.sender_fee) * 100, "FUNDS RECEIVED FROM BUYER")
        for receipt in receipts
        if receipt.account == account
    ]
    found += [
        Movement(receipt.refunded_on, 2, receipt.refund_reference, -receipt.gross * 100, "RETURNED TO SENDER")
        for receipt in receipts
        if receipt.account == account and receipt.refunded_on
    ]
    for payout in payouts:
        if payout.account == account and payout.paid_on:
            found += _of_payout(payout)
    return sorted(found)


def _of_payout(payout: Payout) -> list[Movement]:
    assert payout.paid_on is not None
    name = payout.party.name.upper()
    found = _payment(payout.paid_on, payout.reference, payout.cents, name)
    if payout.sent_back_on and payout.repaid_on:
        found.append(Movement(payout.sent_back_on, 1, f"{payout.reference}R", payout.cents, f"TRANSFER RETURNED {name}"))
        found += _payment(payout.repaid_on, f"{payout.reference}B", payout.cents, name)
    if payout.returned_on:
        found.append(Movement(payout.returned_on, 1, f"RET{payout.key.replace('-', '')}", payout.returned_cents, f"FUNDS RETURNED BY {name}"))
    return found


def _payment(on: date, reference: str, cents: int, name: str) -> list[Movement]:
    return [
        Movement(on, 2, reference, -cents, f"TRANSFERRED TO {name}"),
        Movement(on, 3, reference, -FEE_CENTS, "TRANSFER FEE"),
    ]


def statement_rows(*, account: tuple[str, ...], moved: list[Movement], opening: int, until: date) -> list[list[str]]:
    """Return a statement with the bank's own first lines, header and running balance."""
    return (_aba if account[2] == "ABA" else _acleda)(account, moved, opening, until)


def _aba(account: tuple[str, ...], moved: list[Movement], opening: int, until: date) -> list[list[str]]:
    rows = [
        [f"Account statement for {account[1]}"],
        [f"Account No: {account[3]}"],
        ["Generated at", _aba_day(until)],
        ["ACCOUNT ACTIVITY"],
        ["Date", "Transaction Details", "Money In", "Currency", "Money Out", "Currency", "Balance", "Currency"],
    ]
    balance = opening
    for movement in moved:
        balance += movement.cents
        came, went = _grouped(movement.cents) if movement.cents > 0 else "", _grouped(-movement.cents) if movement.cents < 0 else ""
        rows.append(
            [_aba_day(movement.on), f"{movement.text} REF# {movement.reference}", came, "USD" if came else "", went, "USD" if went else "",
             _grouped(balance), "USD"]
        )  # fmt: skip
    return rows


def _acleda(account: tuple[str, ...], moved: list[Movement], opening: int, _until: date) -> list[list[str]]:
    rows = [
        ["ACLEDA Bank Plc. ACLBKHPP"],
        [f"ACCOUNT STATEMENT {account[1]}"],
        [f"Account No: {account[3]}"],
        ["DATE", "DESCRIPTIONS", "CASH OUT", "CASH IN", "BALANCE"],
    ]
    balance = opening
    for movement in moved:
        balance += movement.cents
        came, went = _grouped(movement.cents) if movement.cents > 0 else "", _grouped(-movement.cents) if movement.cents < 0 else ""
        rows.append([f"{movement.on:%d/%m/%Y}", f"{movement.text} Ref. {movement.reference}", went, came, _grouped(balance)])
    return rows


def _aba_day(day: date) -> str:
    return f"{MONTHS[day.month - 1]} {day.day}, {day.year}"


def _grouped(cents: int) -> str:
    whole, rest = major(minor=cents, currency="USD").split(".")
    return f"{int(whole):,}.{rest}"
