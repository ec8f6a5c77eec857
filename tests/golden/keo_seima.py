"""
A small programme played move by move, so that every figure of the golden snapshot adds up.

The villages are real ones of Kaev Seima district (national gazetteer); every amount is invented.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Final

FIRST: Final = "2026-07-01"
END: Final = "2026-10-01"
PROJECT: Final = "keo-seima"
MEMBERS: Final = (
    "unallocated", "pots", "reserve", "withheld", "committed", "shortfall",
    "with_recipients", "recoverable", "spent", "charges", "lost", "fx",
)  # fmt: skip
AT_BANK: Final = MEMBERS[:6]
RIEL_A_CENT: Final = 41

Json = dict[str, Any]


def both(en: str, km: str) -> Json:
    """Return one text in both languages."""
    return {"en": en, "km": km}


VILLAGES: Final = {
    "V01": both("Andoung Kraloeng village committee", "គណៈកម្មការភូមិអណ្តូងក្រឡឹង"),
    "V02": both("Pu Char village committee", "គណៈកម្មការភូមិពូចា"),
    "V03": both("Pu Ngav village committee", "គណៈកម្មការភូមិពូញ៉ាវ"),
    "V04": both("Pu Keh village committee", "គណៈកម្មការភូមិពូកេះ"),
    "V05": both("Pu Tung indigenous community", "សហគមន៍ជនជាតិដើមភាគតិចភូមិពូទុង"),
    "V06": both("Pu Huong village committee", "គណៈកម្មការភូមិពូហ៊ួង"),
    "V07": both("Khnhaeng community forestry management committee", "គណៈកម្មការគ្រប់គ្រងសហគមន៍ព្រៃឈើភូមិខ្ញែង"),
    "V08": both("Gati village committee", "គណៈកម្មការភូមិហ្គាទី"),
    "V09": both("Pu Kong indigenous community", "សហគមន៍ជនជាតិដើមភាគតិចភូមិពូគង់"),
    "V10": both("Srae Preah community protected area committee", "គណៈកម្មការសហគមន៍តំបន់ការពារធម្មជាតិស្រែព្រះ"),
    "V11": both("Ou Chra village committee", "គណៈកម្មការភូមិអូរច្រា"),
    "V12": both("Srae Andaol village committee", "គណៈកម្មការភូមិស្រែអណ្ដោល"),
}
OTHERS: Final = {
    "RGR-01": (both("Keo Seima ranger unit, O Rona station", "ក្រុមឧទ្យានុរក្សកែវសីមា ស្ថានីយអូររ៉ូណា"), "ranger_unit", "patrol"),
    "RGR-02": (both("Keo Seima ranger unit, Srae Chhuk station", "ក្រុមឧទ្យានុរក្សកែវសីមា ស្ថានីយស្រែឈូក"), "ranger_unit", "patrol"),
    "TRN-01": (both("Mondulkiri vocational training centre", "មជ្ឈមណ្ឌលបណ្តុះបណ្តាលវិជ្ជាជីវៈមណ្ឌលគិរី"), "training_provider", "training"),
    "PRT-01": (both("Implementing partner for monitoring", "ដៃគូអនុវត្តការងារតាមដាន"), "partner", "monitoring"),
}  # fmt: skip
KINDS: Final = {
    "community": both("Community body", "អង្គការសហគមន៍"),
    "ranger_unit": both("Ranger unit", "ក្រុមឧទ្យានុរក្ស"),
    "training_provider": both("Training provider", "អ្នកផ្តល់ការបណ្តុះបណ្តាល"),
    "partner": both("Implementing partner", "ដៃគូអនុវត្ត"),
}
PURPOSES: Final = {
    "community": both("Community development", "ការអភិវឌ្ឍសហគមន៍"),
    "patrol": both("Forest patrols", "ការល្បាតព្រៃឈើ"),
    "training": both("Training and livelihoods", "ការបណ្តុះបណ្តាល និងជីវភាព"),
    "monitoring": both("Monitoring and verification", "ការតាមដាន និងការផ្ទៀងផ្ទាត់"),
    "reserve": both("Reserve", "ប្រាក់បម្រុង"),
}
SHARES: Final = (("community", 55), ("patrol", 20), ("training", 10), ("reserve", 10), ("monitoring", 5))
CATEGORIES: Final = {
    "community": [
        ("water", both("Wells and clean water", "អណ្តូង និងទឹកស្អាត")),
        ("school", both("School repair and supplies", "ការជួសជុលសាលា និងសម្ភារសិក្សា")),
        ("road", both("Village road", "ផ្លូវភូមិ")),
        ("health", both("Health post and medicine", "ប៉ុស្តិ៍សុខភាព និងថ្នាំពេទ្យ")),
    ],
    "patrol": [
        ("fuel", both("Fuel and transport", "ប្រេងឥន្ធនៈ និងការដឹកជញ្ជូន")),
        ("equipment", both("Patrol equipment", "សម្ភារល្បាត")),
        ("rations", both("Food for patrols", "ស្បៀងសម្រាប់ការល្បាត")),
    ],
    "training": [("course", both("Courses and trainers", "វគ្គបណ្តុះបណ្តាល និងគ្រូបង្គោល"))],
    "monitoring": [("survey", both("Field survey", "ការស្ទង់មតិ និងវាស់វែងនៅទីវាល"))],
}
STATUSES: Final = {
    "requested": both("Requested", "បានស្នើ"),
    "approved": both("Approved", "បានអនុម័ត"),
    "paid": both("Paid", "បានទូទាត់"),
    "acknowledged": both("Acknowledged", "បានទទួលស្គាល់"),
}
PLACE: Final = both("Mondulkiri", "មណ្ឌលគិរី")
BANKS: Final = (
    (both("Programme account, Bank A", "គណនីកម្មវិធី ធនាគារ ក"), "4471"),
    (both("Programme account, Bank B", "គណនីកម្មវិធី ធនាគារ ខ"), "0093"),
)


@dataclass(frozen=True, slots=True)
class Move:
    """One amount (cents) of one tranche from one place to another."""

    on: str
    tranche: str
    source: str
    target: str
    amount: int
    purpose: str = ""
    recipient: str = ""


@dataclass
class Programme:
    """The moves so far and the rows that describe them."""

    moves: list[Move] = field(default_factory=list)
    pots: dict[str, dict[str, int]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(int)))
    receipts: list[Json] = field(default_factory=list)
    allocations: list[Json] = field(default_factory=list)
    disbursements: list[Json] = field(default_factory=list)
    records: list[Json] = field(default_factory=list)
    banks: dict[str, int] = field(default_factory=dict)
    chance: random.Random = field(default_factory=lambda: random.Random(1650))


def later(day: str, days: int) -> str:
    """Return the ISO date that many days after another."""
    return (date.fromisoformat(day) + timedelta(days=days)).isoformat()


def days_between(first: str, last: str) -> int:
    """Count the days from one ISO date to another."""
    return (date.fromisoformat(last) - date.fromisoformat(first)).days


def in_period(day: str | None) -> bool:
    """Tell whether a day lies in the third quarter of 2026."""
    return day is not None and FIRST <= day < END


def receive(books: Programme, reference: str, sale: str | None, day: str, gross: int, fees: int, bank: int) -> None:
    """Book a receipt: gross into unallocated, fees out as charges."""
    books.moves.append(Move(day, reference, "received", "unallocated", gross))
    if fees:
        books.moves.append(Move(day, reference, "unallocated", "charges", fees, "monitoring"))
    books.banks[reference] = bank
    books.receipts.append(
        {
            "reference": reference, "sale": sale, "project": PROJECT, "value_date": day, "in_period": in_period(day),
            "bank": BANKS[bank][0], "bank_reference": f"FT{day.replace('-', '')[2:]}{len(books.receipts) + 1:04d}",
            "gross_minor": gross, "fees_minor": fees, "credited_minor": gross - fees, "allocated_minor": 0,
            "allocated_on": None, "state": "not_allocated", "days_to_allocation": None, "plan": None,
        }
    )  # fmt: skip


def allocate(books: Programme, reference: str, day: str, *, plan: str) -> None:
    """Split a receipt: by the plan's percentages, the community part equally, one village withheld."""
    receipt = next(row for row in books.receipts if row["reference"] == reference)
    base = receipt["credited_minor"]
    parts = {purpose: base * percent // 100 for purpose, percent in SHARES}
    parts["monitoring"] += base - sum(parts.values())
    lines = [_village_line(books, reference, day, code, parts["community"], at) for at, code in enumerate(VILLAGES)]
    for purpose, percent in SHARES[1:]:
        kind = "reserve" if purpose == "reserve" else "pot"
        place = "reserve" if kind == "reserve" else "pots"
        books.moves.append(Move(day, reference, "unallocated", place, parts[purpose], purpose))
        books.pots[purpose][reference] += parts[purpose]
        lines.append(
            {"pot": PURPOSES[purpose], "purpose": PURPOSES[purpose], "kind": kind, "share": both(f"{percent} %", ""), "amount_minor": parts[purpose]}
        )
    receipt |= {
        "allocated_minor": base, "allocated_on": day, "state": "allocated", "plan": plan,
        "days_to_allocation": days_between(receipt["value_date"], day),
    }  # fmt: skip
    books.allocations.append(
        {"receipt": reference, "sale": receipt["sale"], "project": PROJECT, "plan": plan, "on": day,
         "base_minor": base, "lines": lines, "total_minor": sum(line["amount_minor"] for line in lines)}
    )  # fmt: skip


def _village_line(books: Programme, tranche: str, day: str, code: str, total: int, at: int) -> Json:
    amount = total // len(VILLAGES) + (1 if at < total % len(VILLAGES) else 0)
    held = code == "V12"
    books.moves.append(Move(day, tranche, "unallocated", "withheld" if held else "pots", amount, "community", code))
    if not held:
        books.pots[code][tranche] += amount
    return {
        "pot": VILLAGES[code], "purpose": PURPOSES["community"], "kind": "withheld" if held else "pot",
        "share": both("55 % × 1/12", ""), "amount_minor": amount,
    }  # fmt: skip


def _draw(books: Programme, pot: str, amount: int) -> list[tuple[str, int]]:
    drawn = []
    for tranche in sorted(books.pots[pot], key=lambda name: name[-8:]):
        take = min(amount, books.pots[pot][tranche])
        if take:
            books.pots[pot][tranche] -= take
            amount -= take
            drawn.append((tranche, take))
    assert amount == 0, (pot, amount)
    return drawn


def disburse(books: Programme, pot: str, recipient: str, amount: int, day: str, reach: str) -> None:
    """Take a payment as far as it goes (requested, approved, paid or acknowledged) and spend most of it."""
    purpose = "community" if recipient in VILLAGES else pot
    row = _disbursement_row(books, recipient, purpose, amount, day, reach)
    books.disbursements.append(row)
    if row["approved_on"] is None:
        return
    for tranche, part in _draw(books, pot, amount):
        books.moves.append(Move(row["approved_on"], tranche, "pots", "committed", part, purpose, recipient))
        if row["paid_on"]:
            books.moves.append(Move(row["paid_on"], tranche, "committed", "with_recipients", part, purpose, recipient))
            _spend(books, row, tranche, part, purpose, recipient)
    receipt = max((r for r in books.receipts if r["value_date"] <= day), key=lambda r: r["value_date"])
    if row["paid_on"]:
        row["days_receipt_to_payment"] = days_between(receipt["value_date"], row["paid_on"])


def _disbursement_row(books: Programme, recipient: str, purpose: str, amount: int, day: str, reach: str) -> Json:
    approved = None if reach == "requested" else later(day, books.chance.randint(2, 8))
    paid = later(approved, books.chance.randint(2, 9)) if approved and reach in {"paid", "acknowledged"} else None
    heard = later(paid, books.chance.randint(1, 10)) if paid and reach == "acknowledged" else None
    waiting = days_between(paid or day, END) - 14
    late = reach != "acknowledged" and waiting > 0
    name = VILLAGES[recipient] if recipient in VILLAGES else OTHERS[recipient][0]
    return {
        "reference": f"D-{day[:4]}-{len(books.disbursements) + 1:04d}", "project": PROJECT, "recipient": recipient,
        "recipient_name": name, "purpose": purpose, "purpose_title": PURPOSES[purpose], "amount_minor": amount,
        "local_currency": "KHR" if recipient in VILLAGES else None,
        "local_minor": amount * RIEL_A_CENT if recipient in VILLAGES else None,
        "status": reach, "status_title": STATUSES[reach], "requested_on": day, "approved_on": approved, "paid_on": paid,
        "acknowledged_on": heard, "days_receipt_to_payment": None, "overdue": late, "overdue_days": waiting if late else None,
    }  # fmt: skip


def _spend(books: Programme, row: Json, tranche: str, part: int, purpose: str, recipient: str) -> None:
    left = part
    for step in range(books.chance.randint(2, 4)):
        day = later(row["paid_on"], 9 + step * books.chance.randint(8, 16))
        amount = min(left, part * books.chance.randint(18, 36) // 100)
        if day >= END or not amount:
            return
        left -= amount
        category, title = books.chance.choice(CATEGORIES[purpose])
        books.moves.append(Move(day, tranche, "with_recipients", "spent", amount, purpose, recipient))
        books.records.append(
            {"on": day, "recipient": recipient, "purpose": purpose, "category": category, "title": title,
             "amount": amount, "evidence": books.chance.random() < 0.88}
        )  # fmt: skip


def play() -> Programme:
    """Play three years of the project: four sales, seven receipts, and what was done with them."""
    books = Programme()
    receive(books, "R-2024-001", "S-2024-01", "2024-09-12", 41_250_000, 4_500, 0)
    allocate(books, "R-2024-001", "2024-09-20", plan="KS-BSP v1")
    receive(books, "R-2025-001", "S-2025-01", "2025-06-18", 36_000_000, 4_500, 0)
    allocate(books, "R-2025-001", "2025-07-01", plan="KS-BSP v1")
    receive(books, "R-2025-002", None, "2025-12-31", 184_233, 0, 0)
    allocate(books, "R-2025-002", "2026-01-12", plan="KS-BSP v2")
    receive(books, "R-2026-001", "S-2026-01", "2026-03-05", 52_500_000, 6_000, 0)
    allocate(books, "R-2026-001", "2026-03-17", plan="KS-BSP v2")
    receive(books, "R-2026-002", "S-2026-01", "2026-07-21", 26_250_000, 4_500, 1)
    allocate(books, "R-2026-002", "2026-08-03", plan="KS-BSP v2")
    receive(books, "R-2026-003", "S-2026-02", "2026-09-24", 14_375_000, 4_500, 1)
    _pay_everyone(books)
    _corrections(books)
    return books


def _pay_everyone(books: Programme) -> None:
    rounds = (("2024-10-14", 1_600_000), ("2025-08-04", 1_300_000), ("2026-04-06", 1_700_000), ("2026-08-10", 900_000))
    for number, (start, amount) in enumerate(rounds):
        last = number == len(rounds) - 1
        for at, code in enumerate(list(VILLAGES)[:11]):
            reach = ("acknowledged", "acknowledged", "paid", "acknowledged", "approved", "requested")[at % 6] if last else "acknowledged"
            disburse(books, code, code, amount + at * 11_350, later(start, at), reach)
        for recipient, share in (("RGR-01", 42), ("RGR-02", 38), ("TRN-01", 36), ("PRT-01", 44)):
            purpose = OTHERS[recipient][2]
            scale = {"patrol": 20, "training": 10, "monitoring": 5}[purpose]
            disburse(books, purpose, recipient, amount * 12 * share * scale // 5_500, later(start, 3), "acknowledged")


def _corrections(books: Programme) -> None:
    held = [move for move in books.moves if move.recipient == "V03" and move.target == "spent"]
    wrong = held[-1]
    books.moves.append(Move("2026-09-18", wrong.tranche, "spent", "recoverable", 42_000, "community", "V03"))
    record = next(row for row in reversed(books.records) if row["recipient"] == "V03")
    books.records.append({**record, "on": "2026-09-18", "amount": -42_000})
    books.moves.append(Move("2026-08-28", "R-2026-001", "with_recipients", "fx", 366, "community", "V01"))
    books.moves.append(Move("2026-09-30", "R-2026-001", "pots", "charges", 1_500, "monitoring"))
    books.pots["monitoring"]["R-2026-001"] -= 1_500


def members(moves: Iterable[Move]) -> dict[str, int]:
    """Add the moves up by member of the equation."""
    sums = dict.fromkeys(MEMBERS, 0)
    for move in moves:
        if move.source in sums:
            sums[move.source] -= move.amount
        if move.target in sums:
            sums[move.target] += move.amount
    return sums


def column(moves: Iterable[Move]) -> Json:
    """Return the equation over these moves."""
    listed = list(moves)
    received = sum(move.amount for move in listed if move.source == "received")
    sums = members(listed)
    return {"received_minor": received, "members": sums, "difference_minor": received - sum(sums.values())}


def before(books: Programme, day: str) -> Iterator[Move]:
    """Yield the moves before a day."""
    return (move for move in books.moves if move.on < day)


def measures(books: Programme, chosen: Callable[[str, str], bool], first: str, end: str) -> Json:
    """Add up the five measures where ``chosen(purpose, recipient)``, over a half-open span."""
    moves = [m for m in books.moves if first <= m.on < end and chosen(m.purpose, m.recipient)]
    records = [r for r in books.records if first <= r["on"] < end and chosen(r["purpose"], r["recipient"])]
    heard = [
        row["amount_minor"]
        for row in books.disbursements
        if row["acknowledged_on"] and first <= row["acknowledged_on"] < end and chosen(row["purpose"], row["recipient"])
    ]
    spent_back = sum(m.amount for m in moves if m.source == "spent")
    return {
        "allocated_minor": sum(m.amount for m in moves if m.source == "unallocated" and m.target in {"pots", "reserve", "withheld"}),
        "paid_minor": sum(m.amount for m in moves if m.source == "committed"),
        "acknowledged_minor": sum(heard),
        "spent_minor": sum(m.amount for m in moves if m.target == "spent") - spent_back,
        "evidenced_minor": sum(row["amount"] for row in records if row["evidence"]),
    }
