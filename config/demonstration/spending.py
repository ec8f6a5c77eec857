"""What was spent and taught with each advance in the demonstration. Everything is invented."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random
from typing import Final
from zlib import crc32

from config.demonstration.catalogue import ANSWERS, ITEMS, PAYEES, QUERIES, REFUSALS, TOPICS, Item
from config.demonstration.disbursements import Payout, give_back, last_day, major
from config.demonstration.people import Counts, Party
from config.demonstration.programme import NEWEST, RUNNING, first_day

SPENDING_COLUMNS: Final = (
    "key", "disbursement", "recipient", "category", "spent_on", "currency", "amount", "other_amount", "payee", "description",
    "women", "men", "youth", "indigenous", "evidence", "logged_on", "status", "decided_on", "said", "answer",
)  # fmt: skip
TRAINING_COLUMNS: Final = (
    "key", "recipient", "topic", "trainer", "place", "first_day", "days", "women", "men", "evidence", "logged_on", "status", "decided_on",
)  # fmt: skip
TRAININGS_A_QUARTER: Final = 3


@dataclass(slots=True)
class Spent:
    """One spending record; amounts in minor units of its currency."""

    payout: Payout
    item: Item
    spent_on: date
    amount: int
    currency: str
    other: int
    payee: str
    people: tuple[int, int, int, int]
    evidence: str
    logged_on: date
    khmer: bool
    status: str = "ACCEPTED"
    decided_on: date | None = None
    said: str = ""
    answer: str = ""

    def row(self, *, key: str) -> list[str]:
        """Return the record in its columns; amounts in major units."""
        return [
            key, self.payout.key, self.payout.party.code, self.item.category, self.spent_on.isoformat(), self.currency,
            major(minor=self.amount, currency=self.currency), major(minor=self.other, currency=self.currency), self.payee,
            self.item.km if self.khmer else self.item.en, *(str(count) for count in self.people), self.evidence,
            self.logged_on.isoformat(), self.status, self.decided_on.isoformat() if self.decided_on else "", self.said, self.answer,
        ]  # fmt: skip


def quarter_spending(*, payouts: list[Payout], counted: Counts, chance: Random) -> list[Spent]:
    """Return what was logged for the advances of one quarter, in the order of the days; unspent rests are given back."""
    found: list[Spent] = []
    for payout in payouts:
        if payout.open_advance and payout.spent_percent:
            found += _of_one(payout, counted, chance)
    found.sort(key=lambda spent: (spent.logged_on, spent.payout.key))
    for place, spent in enumerate(found):
        _review(spent, place, chance)
    found += [_instead(spent) for spent in found if spent.status == "REFUSED" and spent.payout.quarter != RUNNING]
    found.sort(key=lambda spent: (spent.logged_on, spent.payout.key))
    return found


def _instead(spent: Spent) -> Spent:
    """Return the record that took a refused one's place: the same money, accounted for properly."""
    end = last_day(quarter=spent.payout.quarter)
    item = ITEMS[spent.payout.purpose][0]
    logged = min((spent.decided_on or end) + timedelta(days=1), end)
    return replace(spent, item=item, evidence="receipt;photo", logged_on=logged, status="ACCEPTED", decided_on=end, said="", answer="")


def _of_one(payout: Payout, counted: Counts, chance: Random) -> list[Spent]:
    paid, end = payout.last_paid_on, last_day(quarter=payout.quarter)
    assert paid is not None
    start = (payout.acknowledged_on or paid) + timedelta(days=1)
    step = 100 if payout.local_currency == "KHR" else 1
    total = payout.local * payout.spent_percent // 100 // step * step
    parts = _parts(total, chance.randrange(5, 9), step, chance)
    # An office needs some days to look: the last purchase is made that long before the quarter ends.
    latest = max(start, end - timedelta(days=12))
    found = [_spent(payout, part, start, latest, counted, chance) for part in parts]
    if payout.overspent:
        extra = _spent(payout, 250_000 if payout.local_currency == "KHR" else 6_000, latest, latest, counted, chance)
        found.append(extra)
    if payout.spent_percent == 90:
        give_back(payout=payout, local=payout.local - total, on=_workday_before(end))
    return found


def _parts(total: int, count: int, step: int, chance: Random) -> list[int]:
    """Divide a total into parts of some sizes, each a multiple of step; the last takes what is left."""
    weights = [chance.randrange(3, 14) for _ in range(count)]
    parts = [total * weight // sum(weights) // step * step for weight in weights]
    parts[-1] += total - sum(parts)
    return parts


def _spent(payout: Payout, amount: int, start: date, latest: date, counted: Counts, chance: Random) -> Spent:
    item = chance.choice(ITEMS[payout.purpose])
    day = start + timedelta(days=chance.randrange((latest - start).days + 1))
    other = amount // 5 // 100 * 100 if chance.randrange(90) == 0 else 0
    return Spent(
        payout=payout,
        item=item,
        spent_on=day,
        # What another donor paid comes on top, so that the advance is still used up to the last riel.
        amount=amount + other,
        currency=payout.local_currency,
        other=other,
        payee=chance.choice(PAYEES[item.payee]),
        people=_people(payout.party, counted, chance),
        evidence=chance.choice(("receipt", "receipt", "receipt", "receipt;photo", "receipt;photo", "photo")) if chance.randrange(25) else "",
        logged_on=day + timedelta(days=chance.randrange(0, 5)),
        khmer=chance.randrange(100) < 60,
    )


def _people(party: Party, counted: Counts, chance: Random) -> tuple[int, int, int, int]:
    """Return women, men, young people and Indigenous people among them, within what the villages hold."""
    if not party.villages:
        women, men = chance.randrange(0, 6), chance.randrange(4, 18)
        return women, men, (women + men) // 5, 0
    village = counted[chance.choice(party.villages)]
    percent = chance.randrange(6, 60)
    women, men = village["population_female"] * percent // 100, village["population_male"] * percent // 100
    indigenous = (women + men) * chance.randrange(55, 96) // 100 if party.indigenous else 0
    return women, men, (women + men) * chance.randrange(12, 30) // 100, indigenous


def _review(spent: Spent, place: int, chance: Random) -> None:
    """Let the office look at a record: most are accepted, some are asked about or refused, the newest still wait."""
    end = last_day(quarter=spent.payout.quarter)
    decided = min(spent.logged_on + timedelta(days=chance.randrange(1, 8)), end)
    quarter = spent.payout.quarter
    if quarter == RUNNING and place % 5 in (1, 3):
        spent.status = "LOGGED"
    elif (quarter == RUNNING and place % 11 == 4) or (quarter == NEWEST and place % 60 == 31):
        spent.status, spent.said = "QUERIED", chance.choice(QUERIES)
    elif place % 71 == 40:
        spent.status, spent.said, spent.decided_on = "REFUSED", chance.choice(REFUSALS), decided
    else:
        spent.decided_on = decided
        if place % 53 == 17:
            spent.said, spent.answer = chance.choice(QUERIES), chance.choice(ANSWERS)
    if spent.status == "REFUSED" and spent.said == REFUSALS[0]:
        # The category is one of the advance's purpose: what was bought is what the office refuses.
        spent.item = replace(spent.item, en="Drinks for the inauguration", km="ភេសជ្ជៈក្នុងពិធីសម្ពោធ")


def training_rows(*, quarter: str, payouts: list[Payout], everybody: list[Party], chance: Random) -> list[list[str]]:
    """Return the trainings of a quarter: those of the schools that were paid, and some that communities held."""
    held = [payout.party for payout in payouts if payout.open_advance and payout.party.group == "trainers" for _ in range(TRAININGS_A_QUARTER)]
    held += chance.sample([payout.party for payout in payouts if payout.party.villages], min(3, len(payouts)))
    rows = [_training(quarter, party, everybody, chance) for party in held]
    rows.sort(key=lambda row: (row[4], row[0]))
    return [[f"T-{quarter}-{number:03d}", *row] for number, row in enumerate(rows, start=1)]


def _training(quarter: str, party: Party, everybody: list[Party], chance: Random) -> list[str]:
    start, end = first_day(quarter=quarter) + timedelta(days=25), last_day(quarter=quarter) - timedelta(days=15)
    first = start + timedelta(days=chance.randrange(max(1, (end - start).days)))
    days = chance.randrange(1, 4)
    logged = first + timedelta(days=days + chance.randrange(0, 3))
    waiting = quarter == RUNNING and chance.randrange(2) == 0
    # Of those the office has not accepted, some wait, some were asked about and some refused: by the party, so that chance goes its way.
    status = ("LOGGED", "QUERIED", "REFUSED")[crc32(party.code.encode()) % 3] if waiting else "ACCEPTED"
    hosts = [host for host in everybody if host.programme == party.programme and host.villages]
    topic = chance.choice(TOPICS)[chance.randrange(2)]
    return [
        party.code, topic, "Demonstration trainer", chance.choice(hosts).name, first.isoformat(), str(days),
        str(chance.randrange(8, 22)), str(chance.randrange(8, 20)), "attendance" if chance.randrange(8) else "", logged.isoformat(),
        status, "" if waiting else min(logged + timedelta(days=chance.randrange(1, 6)), end + timedelta(days=14)).isoformat(),
    ]  # fmt: skip


def _workday_before(day: date) -> date:
    return day - timedelta(days=max(0, day.weekday() - 4))
