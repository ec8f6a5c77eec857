"""Freeze the golden programme as a report snapshot, and write it: ``python -m tests.golden.snapshot``."""

from __future__ import annotations

import json
import statistics
from pathlib import Path

from tests.golden.keo_seima import (
    AT_BANK,
    BANKS,
    END,
    FIRST,
    KINDS,
    MEMBERS,
    OTHERS,
    PLACE,
    PROJECT,
    PURPOSES,
    VILLAGES,
    Json,
    Programme,
    before,
    both,
    column,
    days_between,
    in_period,
    later,
    measures,
    members,
    play,
)

GOLDEN_FILE = Path(__file__).with_name("snapshot-keo-seima-2026Q3.json")
LONG_AGO = "2000-01-01"


def golden_snapshot() -> Json:
    """Build the whole sample snapshot, anew each time."""
    books = play()
    return {
        **_head(),
        "headline": _headline(books),
        "equation": _equation(books),
        "sales": _sales(books),
        "receipts": books.receipts,
        "plans": _plans(),
        "allocations": [row for row in books.allocations if in_period(row["on"])],
        "by_purpose": _by_purpose(books),
        "by_recipient": _by_recipient(books),
        "by_category": _by_category(books),
        "months": _months(books),
        "disbursements": [row for row in books.disbursements if row["requested_on"] >= FIRST],
        "spending": _spending(books),
        "training": _training(),
        "beneficiaries": {
            "period": {"women": 1_184, "men": 1_027, "not_recorded": 46},
            "to_date": {"women": 6_902, "men": 6_118, "not_recorded": 311},
        },
        "held": _held(books),
        "exceptions": _exceptions(books),
        "decisions": _decisions(),
        "checks": {"drawn": 12, "reached": 11, "matched": 10},
        "complaints": None,
        "since_last": _since_last(books),
        "notes": _notes(),
        "sources": _sources(),
    }


def _head() -> Json:
    return {
        "schema": "forest-dividend/snapshot-1",
        "kind": "reinvestment",
        "scope": {"level": "project", "name": both("Keo Seima Wildlife Sanctuary REDD+", "គម្រោងរេដបូក ដែនជម្រកសត្វព្រៃកែវសីមា"), "projects": [_project()]},
        "period": {"label": "2026Q3", "first": FIRST, "end": END},
        "currency": "USD",
        "version": 1,
        "replaces": None,
        "changes": [],
        "authority": both("Ministry of Environment, Kingdom of Cambodia", "ក្រសួងបរិស្ថាន ព្រះរាជាណាចក្រកម្ពុជា"),
        "demonstration": True,
        "frozen_at": "2026-10-09T02:15:00Z",
        "prepared_by": both("Finance office of the programme", "ការិយាល័យហិរញ្ញវត្ថុនៃកម្មវិធី"),
        "books": {"closed": True, "closed_on": "2026-10-08"},
        "seal": {"number": 4127, "root": "5f0c9a1e7b3d4826" * 4, "sealed_at": "2026-10-09T02:14:00Z"},
        "verify_address": "forest-dividend.example/verify",
    }  # fmt: skip


def _project() -> Json:
    return {
        "code": PROJECT,
        "name": both("Keo Seima Wildlife Sanctuary REDD+", "គម្រោងរេដបូក ដែនជម្រកសត្វព្រៃកែវសីមា"),
        "registry": "Verra",
        "standard": "VCS, CCB",
        "mechanism": "Voluntary",
        "programme_id": "VCS 1650",
        "host_authority": both("Ministry of Environment", "ក្រសួងបរិស្ថាន"),
        "proponent": both("Ministry of Environment with its conservation partner", "ក្រសួងបរិស្ថាន និងដៃគូអភិរក្ស"),
    }


def _figures(books: Programme, first: str, end: str) -> Json:
    sums = measures(books, lambda _purpose, _recipient: True, first, end)
    sold = [row for row in _sales(books) if first <= row["date"] < end]
    received = sum(m.amount for m in books.moves if m.source == "received" and first <= m.on < end)
    days = {FIRST: _training(), LONG_AGO: []}[first]
    return {
        "units_sold": sum(row["quantity"] for row in sold),
        "sold_minor": sum(row["amount_minor"] for row in sold),
        "received_minor": received,
        **sums,
        "training_women_person_days": sum(row["women_person_days"] for row in days) if days else 1_052,
        "training_men_person_days": sum(row["men_person_days"] for row in days) if days else 894,
        "training_person_days": sum(row["person_days"] for row in days) if days else 1_946,
    }


def _headline(books: Programme) -> Json:
    opening, closing = members(before(books, FIRST)), members(before(books, END))
    waits = [d["days_receipt_to_payment"] for d in books.disbursements if in_period(d["paid_on"])]
    paid = {d["recipient"] for d in books.disbursements if in_period(d["paid_on"])}
    late = [d for d in books.disbursements if d["overdue"]]
    return {
        "period": _figures(books, FIRST, END),
        "to_date": _figures(books, LONG_AGO, END),
        "balances": {
            "at_bank_opening_minor": sum(opening[name] for name in AT_BANK),
            "at_bank_closing_minor": sum(closing[name] for name in AT_BANK),
            "with_recipients_opening_minor": opening["with_recipients"] + opening["recoverable"],
            "with_recipients_closing_minor": closing["with_recipients"] + closing["recoverable"],
        },
        "overdue": {
            "payments": sum(d["paid_on"] is None for d in late),
            "acknowledgements": sum(d["paid_on"] is not None for d in late),
            "accounts": 1,
            "receipts_not_allocated": 1,
            "spending_without_evidence": sum(not r["evidence"] and in_period(r["on"]) and r["amount"] > 0 for r in books.records),
        },
        "recipients_paid": len(paid),
        "days_receipt_to_payment_median": int(statistics.median_low(waits)),
        "days_receipt_to_payment_longest": max(waits),
    }  # fmt: skip


def _equation(books: Programme) -> Json:
    closing = list(before(books, END))
    tranches = []
    for receipt in books.receipts:
        own = column(move for move in closing if move.tranche == receipt["reference"])
        kind = "sale" if receipt["sale"] else "interest"
        head = {"reference": receipt["reference"], "kind": kind, "sale": receipt["sale"], "project": PROJECT}
        tranches.append({**head, "received_on": receipt["value_date"], **own})
    return {
        "opening": column(before(books, FIRST)),
        "movement": column(move for move in closing if move.on >= FIRST),
        "closing": column(closing),
        "by_project": [],
        "by_tranche": tranches,
        "banks": [_bank(books, at, name, tail) for at, (name, tail) in enumerate(BANKS)],
    }


def _bank(books: Programme, at: int, name: Json, tail: str) -> Json:
    own = members(move for move in before(books, END) if books.banks[move.tranche] == at)
    not_ours = 25_000 if at == 1 else 0
    there = sum(own[member] for member in AT_BANK) + not_ours
    return {
        "bank": name, "account_tail": tail, "ledger_minor": there, "not_ours_minor": not_ours,
        "statement_on": "2026-09-30", "statement_minor": there, "difference_minor": 0,
    }  # fmt: skip


def _sales(books: Programme) -> list[Json]:
    return [
        _sale(books, "S-2024-01", "2024-08-20", ("First climate buyer Ltd", "ក្រុមហ៊ុនអ្នកទិញទី១"), 55_000, 750, "none", 12_629_001),
        _sale(books, "S-2025-01", "2025-05-27", ("Second climate buyer plc", "ក្រុមហ៊ុនអ្នកទិញទី២"), 45_000, 800, "none", 12_684_001),
        _sale(books, "S-2026-01", "2026-02-11", ("Airline offset programme", "កម្មវិធីទូទាត់កាបូនអាកាសចរណ៍"), 105_000, 750, "oimp", 13_488_001),
        _sale(books, "S-2026-02", "2026-08-26", ("First climate buyer Ltd", "ក្រុមហ៊ុនអ្នកទិញទី១"), 25_000, None, "none", 13_593_001),
    ]  # fmt: skip


def _sale(books: Programme, reference: str, day: str, buyer: tuple[str, str], units: int, cents: int | None, article6: str, first: int) -> Json:
    received = sum(row["gross_minor"] for row in books.receipts if row["sale"] == reference)
    amount = units * (cents or 1_150)
    done = received == amount
    block = {
        "serials": f"{first}-{first + units - 1}-VCS-VCU-263-VER-KH-14-1650-01012020-31122020-1",
        "first": str(first), "last": str(first + units - 1), "vintage": "2020", "quantity": units,
    }  # fmt: skip
    return {
        "reference": reference, "project": PROJECT, "date": day, "in_period": in_period(day), "buyer": both(*buyer),
        "blocks": [block], "quantity": units, "currency": "USD",
        "unit_price": None if cents is None else f"{cents // 100}.{cents % 100:02d}", "amount_minor": amount,
        "article6": article6, "status": "paid" if done else "delivered",
        "status_title": both("Paid in full", "បានទូទាត់គ្រប់ចំនួន") if done else both("Delivered", "បានប្រគល់"),
        "received_minor": received, "outstanding_minor": amount - received,
    }  # fmt: skip


def _plans() -> list[Json]:
    title = both("Keo Seima benefit-sharing plan", "ផែនការបែងចែកផលប្រយោជន៍កែវសីមា")
    return [
        {"code": "KS-BSP", "version": 1, "title": title, "project": PROJECT, "first": "2024-01-01", "end": "2026-01-01", "sha256": "1b" * 32},
        {"code": "KS-BSP", "version": 2, "title": title, "project": PROJECT, "first": "2026-01-01", "end": "2026-09-15", "sha256": "2c" * 32},
    ]  # fmt: skip


def _by_purpose(books: Programme) -> list[Json]:
    rows = []
    for code, title in PURPOSES.items():
        moves = [move for move in before(books, END) if move.purpose == code]
        own = members(moves)
        rows.append(
            {
                "purpose": code,
                "title": title,
                "period": measures(books, lambda p, _r, c=code: p == c, FIRST, END),  # type: ignore[misc]
                "to_date": measures(books, lambda p, _r, c=code: p == c, LONG_AGO, END),  # type: ignore[misc]
                "balance_minor": sum(own[name] for name in AT_BANK if name != "unallocated"),
            }
        )
    return rows


def _by_recipient(books: Programme) -> list[Json]:
    everyone = {code: (name, "community") for code, name in VILLAGES.items()}
    everyone |= {code: (name, kind) for code, (name, kind, _purpose) in OTHERS.items()}
    rows = []
    for code, (name, kind) in everyone.items():
        own = members(move for move in before(books, END) if move.recipient == code)
        rows.append(
            {
                "code": code, "name": name, "kind": kind, "kind_title": KINDS[kind], "province": PLACE, "project": PROJECT,
                "period": measures(books, lambda _p, r, c=code: r == c, FIRST, END),  # type: ignore[misc]
                "to_date": measures(books, lambda _p, r, c=code: r == c, LONG_AGO, END),  # type: ignore[misc]
                "with_recipient_minor": own["with_recipients"] + own["recoverable"],
            }
        )  # fmt: skip
    return rows


def _grouped(books: Programme, *keys: str) -> list[tuple[Json, Json]]:
    groups: dict[tuple[str, ...], list[Json]] = {}
    for row in books.records:
        if in_period(row["on"]):
            groups.setdefault(tuple(row[key] for key in keys), []).append(row)
    sums = []
    for _key, rows in sorted(groups.items()):
        told = [row for row in rows if row["amount"] > 0]
        numbers = {
            "amount_minor": sum(row["amount"] for row in rows),
            "evidenced_minor": sum(row["amount"] for row in rows if row["evidence"]),
            "records": len(told),
            "with_evidence": sum(row["evidence"] for row in told),
        }
        sums.append((rows[0], numbers))
    return sums


def _by_category(books: Programme) -> list[Json]:
    return [
        {"category": row["category"], "title": row["title"], "purpose": row["purpose"], "purpose_title": PURPOSES[row["purpose"]], **sums}
        for row, sums in _grouped(books, "purpose", "category")
    ]  # fmt: skip


def _spending(books: Programme) -> list[Json]:
    return [
        {
            "recipient": row["recipient"], "recipient_name": VILLAGES.get(row["recipient"]) or OTHERS[row["recipient"]][0],
            "category": row["category"], "title": row["title"], "purpose": row["purpose"], **sums,
        }
        for row, sums in _grouped(books, "recipient", "category")
    ]  # fmt: skip


def _months(books: Programme) -> list[Json]:
    rows = []
    for month in ("2025-10", "2025-11", "2025-12", *(f"2026-{number:02d}" for number in range(1, 10))):
        first = f"{month}-01"
        end = later(first, 32)[:7] + "-01"
        sums = measures(books, lambda _p, _r: True, first, end)
        received = sum(m.amount for m in books.moves if m.source == "received" and first <= m.on < end)
        kept = {key: sums[key] for key in ("allocated_minor", "paid_minor", "spent_minor")}
        rows.append({"month": month, "received_minor": received, **kept})
    return rows


def _training() -> list[Json]:
    topics = (
        ("Bookkeeping for village committees", "ការកត់ត្រាបញ្ជីសម្រាប់គណៈកម្មការភូមិ", "2026-07-14", 3, 22, 17),
        ("Patrol data collection with a phone", "ការប្រមូលទិន្នន័យល្បាតតាមទូរស័ព្ទ", "2026-08-04", 2, 6, 28),
        ("Resin and wild honey: quality and sale", "ជ័រទឹក និងទឹកឃ្មុំព្រៃ៖ គុណភាព និងការលក់", "2026-09-08", 4, 31, 24),
    )
    name = OTHERS["TRN-01"][0]
    return [
        {
            "reference": f"T-2026-{at:03d}", "recipient": "TRN-01", "recipient_name": name, "topic": both(en, km), "date": day,
            "days": days, "women": women, "men": men, "not_recorded": 0,
            "women_person_days": days * women, "men_person_days": days * men, "person_days": days * (women + men),
        }
        for at, (en, km, day, days, women, men) in enumerate(topics, start=14)
    ]  # fmt: skip


def _held(books: Programme) -> list[Json]:
    closing = members(before(books, END))
    withheld_since = min(move.on for move in books.moves if move.target == "withheld")
    reserve_since = min(move.on for move in books.moves if move.target == "reserve")
    rows = [
        ("unallocated", "R-2026-003", both("Receipt R-2026-003", "បង្កាន់ដៃ R-2026-003"), closing["unallocated"], "2026-09-24",
         both("No benefit-sharing plan was in force on the day it was received.", "គ្មានផែនការបែងចែកផលប្រយោជន៍ណាមួយមានសុពលភាពនៅថ្ងៃទទួលប្រាក់ទេ។")),
        ("withheld", "V12", VILLAGES["V12"], closing["withheld"], withheld_since,
         both("The village has not yet agreed to the plan.", "ភូមិមិនទាន់យល់ព្រមលើផែនការនៅឡើយ។")),
        ("reserve", "KS-RES", PURPOSES["reserve"], closing["reserve"], reserve_since,
         both("Reserve of the plan, kept for years without sales.", "ប្រាក់បម្រុងនៃផែនការ ទុកសម្រាប់ឆ្នាំដែលគ្មានការលក់។")),
        ("not_ours", "FT2609240006", both("Overpaid by the buyer", "អ្នកទិញបង់លើស"), 25_000, "2026-09-24",
         both("To be returned to the buyer.", "ត្រូវប្រគល់ជូនអ្នកទិញវិញ។")),
    ]  # fmt: skip
    return [
        {"kind": kind, "reference": reference, "title": title, "project": PROJECT, "amount_minor": amount,
         "reason": reason, "since": since, "age_days": days_between(since, END)}
        for kind, reference, title, amount, since, reason in rows
    ]  # fmt: skip


def _exceptions(books: Programme) -> list[Json]:
    rows = [
        _exception("no_plan", "high", "R-2026-003", 14_370_500, 7,
                   ("Receipt R-2026-003 came in when no plan was in force; nothing of it has been shared out.",
                    "បង្កាន់ដៃ R-2026-003 បានចូលនៅពេលគ្មានផែនការមានសុពលភាព ហើយមិនទាន់បានបែងចែកទេ។")),
        _exception("account_overdue", "medium", "V06", None, 61,
                   ("Pu Huong village committee has not accounted for its advance of April 2026 in time.",
                    "គណៈកម្មការភូមិពូហ៊ួងមិនទាន់ទូទាត់បុរេប្រទានខែមេសា ២០២៦ ទាន់ពេលវេលាទេ។")),
        _exception("recoverable", "medium", "V03", 42_000, 13,
                   ("Spending of Pu Ngav village committee was disallowed and is to be repaid.",
                    "ចំណាយរបស់គណៈកម្មការភូមិពូញ៉ាវមួយចំនួនត្រូវបានបដិសេធ ហើយត្រូវសងវិញ។")),
    ]  # fmt: skip
    for row in books.disbursements:
        if row["overdue"]:
            rows.append(_late(row))
    return rows


def _late(row: Json) -> Json:
    name = row["recipient_name"]
    if row["paid_on"]:
        words = (f"{name['en']} has not said that payment {row['reference']} arrived.",
                 f"{name['km']}មិនទាន់បញ្ជាក់ថាបានទទួលការទូទាត់ {row['reference']} ទេ។")  # fmt: skip
        return _exception("acknowledgement_overdue", "medium", row["reference"], row["amount_minor"], row["overdue_days"], words)
    words = (f"Payment {row['reference']} to {name['en']} has been waiting since {row['requested_on']}.",
             f"ការទូទាត់ {row['reference']} ជូន{name['km']}រង់ចាំតាំងពី {row['requested_on']}។")  # fmt: skip
    return _exception("payment_overdue", "low", row["reference"], row["amount_minor"], row["overdue_days"], words)


def _exception(code: str, severity: str, reference: str, amount: int | None, age: int | None, words: tuple[str, str]) -> Json:
    return {
        "code": code, "severity": severity, "sentence": both(*words), "reference": reference, "project": PROJECT,
        "amount_minor": amount, "age_days": age,
    }  # fmt: skip


def _decisions() -> list[Json]:
    authority = both("Provincial benefit-sharing committee (minutes 14/2026)", "គណៈកម្មការបែងចែកផលប្រយោជន៍ខេត្ត (កំណត់ហេតុ ១៤/២០២៦)")
    flood = both("The wells of three villages were lost in the flood.", "អណ្តូងរបស់ភូមិបីត្រូវបានបំផ្លាញដោយទឹកជំនន់។")
    rows = [
        ("override", "2026-07-20", "R-2026-001", VILLAGES["V03"], authority, flood, 1_812_500, 2_012_500),
        ("override", "2026-07-20", "R-2026-001", VILLAGES["V06"], authority, flood, 1_640_000, 1_440_000),
        ("own_division", "2026-07-22", "R-2026-001", both("V01 60 %, V02 40 %", ""), both("Commune assembly (minutes of 22 July)", ""),
         both("Divided by the recipients themselves; present: 41 women, 37 men.", "អ្នកទទួលបានបែងចែកដោយខ្លួនឯង៖ ស្ត្រី ៤១ នាក់ បុរស ៣៧ នាក់។"), None, None),
        ("write_off", "2026-09-18", "OWED-2026-004", VILLAGES["V09"], both("Programme office, asked by one person and decided by another", ""),
         both("The document of the decision is on file.", ""), None, 12_345),
    ]  # fmt: skip
    return [
        {
            "kind": kind, "on": on, "reference": reference, "project": PROJECT, "subject": subject, "authority": by, "reason": reason,
            "rule_minor": rule, "decided_minor": decided, "variance_minor": None if rule is None or decided is None else decided - rule,
        }
        for kind, on, reference, subject, by, reason, rule, decided in rows
    ]  # fmt: skip


def _since_last(books: Programme) -> Json:
    """Compare with a quarter in which everything was a little less."""
    headline = _headline(books)
    figures = []
    for key, value in headline["period"].items():
        name, suffix = key.removesuffix("_minor"), "_minor" if key.endswith("_minor") else ""
        was = value * 9 // 10
        figures.append({"figure": name, f"before{suffix}": was, f"after{suffix}": value, f"difference{suffix}": value - was})
    figures.append({"figure": "payments", "before": 0, "after": headline["overdue"]["payments"], "difference": headline["overdue"]["payments"]})
    shown = ("code", "severity", "sentence", "reference", "project", "amount_minor")
    rows = [("closed" if at == 0 else "new", row) for at, row in enumerate(_exceptions(books)[:4])]
    return {
        "label": "2026Q2", "version": 1, "sha256": "7b" * 32, "figures": figures, "was_cut": False,
        "exceptions": [{"change": change, **{name: row[name] for name in shown}} for change, row in rows],
    }  # fmt: skip


def _notes() -> list[Json]:
    return [
        both("Every amount in this report is invented; the names of places are real.",
             "ចំនួនទឹកប្រាក់ទាំងអស់ក្នុងរបាយការណ៍នេះជាឧទាហរណ៍ ឯឈ្មោះទីកន្លែងជាឈ្មោះពិត។"),
        both("Riel amounts are those of the bank; rates are recorded, never multiplied back.",
             "ចំនួនជាប្រាក់រៀលគឺតាមធនាគារ អត្រាប្តូរប្រាក់ត្រូវបានកត់ត្រា មិនត្រូវបានគណនាត្រឡប់ទេ។"),
    ]  # fmt: skip


def _sources() -> list[Json]:
    return [
        {"title": both("Registry export, Verra", "ទិន្នន័យពីបញ្ជី Verra"), "reference": "verra-vcus-1650.csv", "sha256": "3d" * 32},
        {"title": both("Village names: national gazetteer, 2025", "ឈ្មោះភូមិ៖ បញ្ជីឈ្មោះភូមិសាស្ត្រជាតិ ២០២៥"), "reference": "data.mef.gov.kh", "sha256": None},
    ]  # fmt: skip


def empty_snapshot() -> Json:
    """Build the snapshot of a project to which nothing has happened yet."""
    snapshot = golden_snapshot()
    zero = dict.fromkeys(MEMBERS, 0)
    nothing = {"received_minor": 0, "members": zero, "difference_minor": 0}
    for key, value in snapshot.items():
        if isinstance(value, list):
            snapshot[key] = []
    snapshot["equation"] = {"opening": nothing, "movement": nothing, "closing": nothing, "by_project": [], "by_tranche": [], "banks": []}
    headline = snapshot["headline"]
    for part in ("period", "to_date", "balances", "overdue"):
        headline[part] = dict.fromkeys(headline[part], 0)
    headline |= {"recipients_paid": 0, "days_receipt_to_payment_median": None, "days_receipt_to_payment_longest": None}
    people = {"women": 0, "men": 0, "not_recorded": 0}
    return {
        **snapshot,
        "beneficiaries": {"period": people, "to_date": people},
        "demonstration": False,
        "seal": None,
        "verify_address": None,
        "since_last": None,
    }


def programme_snapshot() -> Json:
    """Build the snapshot of a programme of two projects, the second without money, restated and with books open."""
    snapshot = golden_snapshot()
    second = {**_project(), "code": "tumring", "name": both("Tumring REDD+", "គម្រោងរេដបូកទំរីង"), "programme_id": "VCS 1689"}
    snapshot["scope"] = {"level": "programme", "name": both("National REDD+ programme", "កម្មវិធីរេដបូកជាតិ"), "projects": [_project(), second]}
    closing = snapshot["equation"]["closing"]
    none = {"received_minor": 0, "members": dict.fromkeys(MEMBERS, 0), "difference_minor": 0}
    snapshot["equation"]["by_project"] = [
        {"code": project["code"], "name": project["name"], **column}
        for project, column in zip(snapshot["scope"]["projects"], (closing, none), strict=True)
    ]
    snapshot |= {
        "version": 2,
        "replaces": {"version": 1, "sha256": "9a" * 32, "reason": both("A payment had been entered twice.", "ការទូទាត់មួយត្រូវបានបញ្ចូលពីរដង។")},
        "changes": [{"figure": both("Paid in the period", "បានទូទាត់ក្នុងរយៈពេល"), "before": "119,000.00", "after": "118,893.26", "entries": ["E-4127"]}],
        "books": {"closed": False, "closed_on": None},
        "complaints": _complaints(),
    }
    return snapshot


def _complaints() -> Json:
    def rows(*found: tuple[str, str, str, int | None]) -> list[Json]:
        return [{"code": code, "title": both(en, km), "number": number} for code, en, km, number in found]

    return {
        "total": 31,
        "by_category": rows(
            ("payment", "Payment", "ការទូទាត់", 17), ("choice", "Choice of projects", "ការជ្រើសរើសគម្រោង", None), ("land", "Land", "ដីធ្លី", None)
        ),
        "by_status": rows(("received", "Received", "បានទទួល", 12), ("closed", "Closed", "បានបិទ", 19)),
    }


def large_snapshot(payments: int) -> Json:
    """Build a snapshot with many payments, each to a recipient of its own."""
    snapshot = golden_snapshot()
    model = snapshot["disbursements"][0]
    snapshot["disbursements"] = [
        {
            **model,
            "reference": f"D-2026-{at:06d}",
            "recipient": f"X{at:05d}",
            "recipient_name": both(f"Village committee number {at}", f"គណៈកម្មការភូមិលេខ {at}"),
        }
        for at in range(payments)
    ]
    return snapshot


def golden_text(snapshot: Json) -> str:
    """Write a snapshot as the golden file holds it: readable, keys in the order of the report."""
    return json.dumps(snapshot, ensure_ascii=False, indent=1) + "\n"


if __name__ == "__main__":
    assert set(MEMBERS) == set(golden_snapshot()["equation"]["closing"]["members"])
    GOLDEN_FILE.write_text(golden_text(golden_snapshot()), encoding="utf-8")
