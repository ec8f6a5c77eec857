"""What each quarter paid in the demonstration. Everything is invented, within what the plans allocate."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Final

from config.demonstration.catalogue import ITEMS, REJECTIONS, SIGNERS
from config.demonstration.people import Counts, Party, weight
from config.demonstration.programme import (
    NEWEST,
    PROGRAMMES,
    QUARTERS,
    RATES,
    RUNNING,
    TODAY,
    WITHOUT_PLAN,
    Programme,
    Purse,
    bank_account,
    first_day,
)
from config.demonstration.sales import Receipt

COLUMNS: Final = (
    "key", "project", "pot", "recipient", "purpose", "kind", "bank_account", "currency", "amount", "description",
    "requested_on", "due_on", "account_by", "decision", "decided_on", "decision_reason",
    "paid_on", "bank_reference", "fee", "local_currency", "local_amount", "rate",
    "sent_back_on", "repaid_on", "repaid_bank_reference", "cancelled_on", "cancel_reason",
    "acknowledged_on", "acknowledged_amount", "signed_by", "also_signed_by",
    "returned_on", "returned_local", "returned_credited", "return_bank_reference", "return_reason",
)  # fmt: skip
# Asked for: so many parts in a hundred of what the quarter's receipt allocates to the recipient.
ASKED_PERCENT: Final = 85
OFFICE_PERCENT: Final = 95
FEE_CENTS: Final = 150
ACCOUNT_WITHIN_DAYS: Final = 75


@dataclass(slots=True)
class Payout:
    """One disbursement on its way; amounts in cents of a dollar and minor units of the payout currency."""

    key: str
    programme: Programme
    party: Party
    pot: str
    purpose: str
    kind: str
    account: str
    cents: int
    description: str
    requested_on: date
    quarter: str
    local_currency: str = "USD"
    local: int = 0
    rate: str = ""
    decision: str = ""
    decided_on: date | None = None
    reason: str = ""
    paid_on: date | None = None
    sent_back_on: date | None = None
    repaid_on: date | None = None
    cancelled_on: date | None = None
    acknowledged_on: date | None = None
    signers: tuple[str, str] = ("", "")
    spent_percent: int = 100
    overspent: bool = False
    returned_on: date | None = None
    returned_local: int = 0
    returned_cents: int = 0

    @property
    def reference(self) -> str:
        """Return the bank's reference of the payment."""
        return f"OUT{self.key.replace('-', '')}"

    @property
    def open_advance(self) -> bool:
        """Say whether money is with the recipient, to be accounted for."""
        return self.kind == "ADVANCE" and self.paid_on is not None and (self.sent_back_on is None or self.repaid_on is not None)

    @property
    def last_paid_on(self) -> date | None:
        """Return the day on which the money that stayed was paid."""
        return self.repaid_on or self.paid_on


def quarter_payouts(*, quarter: str, received: list[Receipt], everybody: list[Party], counted: Counts, chance: Random) -> list[Payout]:
    """Return what was asked for in one quarter, project by project, in the order of the requests."""
    made: list[Payout] = []
    for programme in PROGRAMMES:
        receipt = next((found for found in received if (found.quarter, found.programme) == (quarter, programme.code)), None)
        if receipt is None or quarter in WITHOUT_PLAN.get(programme.code, ()):
            continue
        own = [party for party in everybody if party.programme == programme.code]
        made += _programme_payouts(programme, receipt, own, counted, chance)
    for place, payout in enumerate(made):
        _run(payout, place, chance)
    return made


def _programme_payouts(programme: Programme, receipt: Receipt, own: list[Party], counted: Counts, chance: Random) -> list[Payout]:
    cents = (receipt.gross - receipt.sender_fee) * 100
    costs = cents * programme.costs_per_mille // 1000
    left = (cents - costs) * (1000 - programme.reserve_per_mille) // 1000
    office = next(party for party in own if party.group == "office")
    found = [_payout(programme, receipt, office, ("costs", "costs", "FINAL"), costs * OFFICE_PERCENT // 100, chance)]
    for purse in programme.purses:
        members = [party for party in own if party.group == purse.group]
        found += _purse_payouts(programme, receipt, purse, members, left * purse.per_mille // 1000, counted, chance)
    found.sort(key=lambda payout: (payout.requested_on, payout.party.code))
    for number, payout in enumerate(found, start=1):
        payout.key = f"{receipt.quarter}-{programme.short}-{number:02d}"
    return found


def _purse_payouts(
    programme: Programme, receipt: Receipt, purse: Purse, members: list[Party], pot: int, counted: Counts, chance: Random
) -> list[Payout]:
    weights = {party.code: weight(party=party, key=purse.key, counted=counted) for party in members}
    asking = sorted(chance.sample(members, min(len(members), programme.paid_each_quarter)), key=lambda party: party.code)
    head = (purse.code, purse.purpose, "ADVANCE")
    whole = sum(weights.values())
    return [_payout(programme, receipt, party, head, pot * weights[party.code] // whole * ASKED_PERCENT // 10_000 * 100, chance) for party in asking]


def _payout(programme: Programme, receipt: Receipt, party: Party, head: tuple[str, str, str], cents: int, chance: Random) -> Payout:
    pot, purpose, kind = head
    item = chance.choice(ITEMS[purpose])
    asked = _workday(receipt.value_date + timedelta(days=chance.randrange(3, 11)))
    account = bank_account(programme=programme, quarter=receipt.quarter)
    return Payout(
        "", programme, party, pot, purpose, kind, account, cents, item.km if chance.randrange(2) else item.en, asked, receipt.quarter
    )  # fmt: skip


def _run(payout: Payout, place: int, chance: Random) -> None:
    """Carry a request on as far as its quarter lets it."""
    if payout.quarter == RUNNING and place % 5 in (0, 1):
        if place % 2 == 0:
            payout.requested_on = _workday(TODAY - timedelta(days=chance.randrange(3, 12)))
            return
        _decide(payout, _workday(TODAY - timedelta(days=chance.randrange(3, 6))))
        return
    if payout.kind == "ADVANCE" and place % 19 == 7:
        payout.reason = chance.choice(REJECTIONS)
        _decide(payout, _workday(payout.requested_on + timedelta(days=2)), "REJECTED")
        return
    _decide(payout, _workday(payout.requested_on + timedelta(days=chance.randrange(1, 4))))
    _pay(payout, chance)
    _exceptions(payout, place, chance)


def _decide(payout: Payout, day: date, decision: str = "APPROVED") -> None:
    payout.decision, payout.decided_on = decision, day


def _pay(payout: Payout, chance: Random) -> None:
    assert payout.decided_on is not None
    payout.paid_on = _workday(payout.decided_on + timedelta(days=chance.randrange(2, 6)))
    payout.local = payout.cents
    rate = RATES[payout.quarter] + 5 * chance.randrange(-2, 3)
    if payout.pot == "community" and chance.randrange(10) < 7:
        payout.local_currency, payout.rate = "KHR", str(rate)
        payout.local = payout.cents * rate // 10_000 * 100
    payout.acknowledged_on = payout.paid_on + timedelta(days=chance.randrange(1, 8))
    first, second = chance.sample(SIGNERS, 2)
    payout.signers = (first, second)


def _exceptions(payout: Payout, place: int, chance: Random) -> None:
    """Let some payments go wrong, as they do: sent back, cancelled, not acknowledged, late, partly returned, overspent."""
    assert payout.paid_on is not None
    if payout.kind == "FINAL":
        return
    if payout.key in ("2025Q1-KS-06", f"{NEWEST}-SC-05"):
        payout.sent_back_on, payout.repaid_on = _workday(payout.paid_on + timedelta(days=3)), _workday(payout.paid_on + timedelta(days=8))
        payout.acknowledged_on = payout.repaid_on + timedelta(days=2)
    elif payout.key in ("2025Q3-TR-05", f"{NEWEST}-TR-06"):
        payout.cancelled_on, payout.reason = payout.paid_on, "The committee is being elected again; the work is put off."
        payout.paid_on = payout.acknowledged_on = None
    elif payout.key in ("2025Q2-KS-09", f"{NEWEST}-KS-05", f"{NEWEST}-SC-08", f"{NEWEST}-PL-04"):
        payout.spent_percent = 40
    elif payout.key in (f"{NEWEST}-KS-09", f"{NEWEST}-TR-08") or (payout.quarter == RUNNING and place % 5 == 2):
        payout.acknowledged_on, payout.signers = None, ("", "")
        payout.spent_percent = 0
    elif place % 16 == 5 and payout.quarter != RUNNING:
        payout.spent_percent = 90
    elif place % 41 == 12:
        payout.overspent = True


def give_back(*, payout: Payout, local: int, on: date) -> None:
    """Record that a recipient returned what was left; the bank credits it at the rate of the payment."""
    payout.returned_on, payout.returned_local = on, local
    payout.returned_cents = payout.cents * local // payout.local


def row(*, payout: Payout) -> list[str]:
    """Return a disbursement in its columns; amounts in major units."""
    paid = payout.last_paid_on
    account_by = paid + timedelta(days=ACCOUNT_WITHIN_DAYS) if paid and payout.kind == "ADVANCE" else None
    local = major(minor=payout.local, currency=payout.local_currency) if payout.paid_on else ""
    return [
        payout.key, payout.programme.code, payout.pot, payout.party.code, payout.purpose, payout.kind, payout.account, "USD",
        major(minor=payout.cents, currency="USD"), payout.description,
        payout.requested_on.isoformat(), _day(payout.requested_on + timedelta(days=14)), _day(account_by),
        payout.decision, _day(payout.decided_on), payout.reason if payout.decision == "REJECTED" else "",
        _day(payout.paid_on), payout.reference if payout.paid_on else "", major(minor=FEE_CENTS, currency="USD") if payout.paid_on else "",
        payout.local_currency if payout.paid_on else "", local, payout.rate if payout.paid_on else "",
        _day(payout.sent_back_on), _day(payout.repaid_on), f"{payout.reference}B" if payout.repaid_on else "",
        _day(payout.cancelled_on), payout.reason if payout.cancelled_on else "",
        _day(payout.acknowledged_on), local if payout.acknowledged_on else "", *payout.signers,
        _day(payout.returned_on),
        major(minor=payout.returned_local, currency=payout.local_currency) if payout.returned_on else "",
        major(minor=payout.returned_cents, currency="USD") if payout.returned_on else "",
        f"RET{payout.key.replace('-', '')}" if payout.returned_on else "",
        "Unspent at the end of the work" if payout.returned_on else "",
    ]  # fmt: skip


def major(*, minor: int, currency: str) -> str:
    """Write minor units as a plain decimal: 12345 cents are 123.45, riel have no decimals."""
    return str(minor) if currency == "KHR" else f"{minor // 100}.{minor % 100:02d}"


def _day(day: date | None) -> str:
    return day.isoformat() if day else ""


def _workday(day: date) -> date:
    return day + timedelta(days=max(0, 7 - day.weekday()) if day.weekday() >= 5 else 0)


def last_day(*, quarter: str) -> date:
    """Return the last day on which a quarter's acts may fall: its end, or some days before today."""
    following = TODAY if quarter == RUNNING else first_day(quarter=QUARTERS[QUARTERS.index(quarter) + 1])
    return following - timedelta(days=2)
