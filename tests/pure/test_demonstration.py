"""The demonstration's files: readable by the importers, payable by the plans, and the same each time they are made."""

from __future__ import annotations

import csv
import io
from collections import Counter, defaultdict
from datetime import date
from fractions import Fraction
from functools import cache
from pathlib import Path

import pytest
import yaml
from PIL import Image

from communities.registry.importers.recipients import RecipientRow, parse_recipients
from communities.registry.importers.villages import parse_counts, parse_villages
from config.demonstration import generate
from config.demonstration.people import FILES
from config.demonstration.programme import NEWEST, QUARTERS, RUNNING, TODAY
from config.demonstration.receipts import ReceiptRecord, attendance_image, receipt_image
from core.money import parse_amount
from revenue.credits.importers.by_hand import parse_typed_issuances
from revenue.credits.importers.verra import parse_verra_export
from revenue.disbursements.bank.statement import Statement
from revenue.disbursements.bank.tables import PRESETS, parse_table
from revenue.sharing.engine.allocate import NoEffectivePlan, allocate, in_force
from revenue.sharing.engine.facts import Facts, Source
from revenue.sharing.engine.plan import Plan
from revenue.sharing.planfile.plans import parse

Rows = list[dict[str, str]]


@cache
def table(name: str) -> Rows:
    with (FILES / name).open(encoding="utf-8", newline="") as source:
        return list(csv.DictReader(source))


def history(name: str) -> Rows:
    return [row for quarter in QUARTERS for row in table(f"history/{quarter}/{name}.csv")]


def cents(text: str) -> int:
    return parse_amount(text=text, currency="USD").minor


@cache
def villages() -> frozenset[str]:
    parsed = parse_villages(content=(FILES / "villages.csv").read_bytes(), filename="villages.csv")
    assert parsed.errors == ()
    return frozenset(row.code for row in parsed.rows)


@cache
def recipients() -> tuple[RecipientRow, ...]:
    parsed = parse_recipients(content=(FILES / "recipients.csv").read_bytes(), filename="recipients.csv", villages=villages())
    assert parsed.errors == ()
    return parsed.rows


@cache
def plans() -> tuple[Plan, ...]:
    return tuple(parse(path.read_text(encoding="utf-8")) for path in sorted((FILES / "plans").glob("*.yaml")))


@cache
def counted(day: str) -> dict[str, dict[str, Fraction]]:
    """Indicator by recipient: the sum over its villages."""
    name = f"counts_{day}.csv"
    parsed = parse_counts(content=(FILES / name).read_bytes(), filename=name, villages=villages())
    assert parsed.errors == ()
    values = {row.village_code: row.values for row in parsed.rows}
    found: dict[str, dict[str, Fraction]] = defaultdict(dict)
    for recipient in recipients():
        for indicator in ("households", "population", "area_ha"):
            found[indicator][recipient.code] = sum((Fraction(values[code][indicator]) for code in recipient.village_codes), Fraction(0))
    return found


def statements() -> list[tuple[str, Statement]]:
    institutions = {row["code"]: row["institution"] for row in table("bank_accounts.csv")}
    found = []
    for quarter in QUARTERS:
        for path in sorted((FILES / "history" / quarter).glob("bank_statement_*.csv")):
            code = path.stem.removeprefix("bank_statement_")
            layout = PRESETS[institutions[code]]
            found.append((code, parse_table(content=path.read_bytes(), filename=path.name, layout=layout, currency="USD")))
    return found


def entitlements(receipt: dict[str, str]) -> Counter[tuple[str, str]]:
    """What the plan gives each (pot, recipient) of one receipt, in cents; a pot's whole where it names nobody."""
    project = next(row["project"] for row in table("sales.csv") if row["reference"] == receipt["sale"])
    groups: dict[str, list[str]] = defaultdict(list)
    for row in table("beneficiaries.csv"):
        if row["project"] == project:
            groups[row["group"]].append(row["recipient_code"])
    day = date.fromisoformat(receipt["value_date"])
    count = counted("2026-06-30" if day >= date(2026, 6, 30) else "2023-09-30")
    net = cents(receipt["gross"]) - cents(receipt["sender_fee"])
    source = Source(net, "USD", on=day)
    plan = in_force(plans=[plan for plan in plans() if plan.project == project], source=source)
    facts = Facts(groups={name: tuple(codes) for name, codes in groups.items()}, indicators=count)
    found: Counter[tuple[str, str]] = Counter()
    for line in allocate(plan=plan, facts=facts, source=source).lines:
        found[line.pot, line.recipient or ""] += line.amount_minor
    return found


def test_the_committed_files_are_what_the_generator_writes(tmp_path: Path) -> None:
    generate.main(tmp_path)
    made = {path.relative_to(tmp_path): path.read_bytes() for path in tmp_path.rglob("*.csv")}
    kept = {path: (FILES / path).read_bytes() for path in made}
    assert [str(path) for path in made if made[path] != kept[path]] == []
    assert len(made) > 60


def test_the_programme_is_as_large_as_promised() -> None:
    paid = [row for row in history("disbursements") if row["paid_on"]]
    sold = [row for row in table("sales.csv") if row["status"] != "CANCELLED"]
    assert len(villages()) >= 60
    assert len(sold) >= 6
    assert len(paid) >= 400
    assert len(history("spending")) >= 3000


def test_the_registry_export_is_read_without_an_error() -> None:
    parsed = parse_verra_export(content=(FILES / "registry_export_verra.csv").read_bytes(), filename="vcus.csv", programmes={"1650", "1748", "1689"})
    assert parsed.errors == ()
    assert parsed.rows


def test_issuances_typed_by_hand_are_read_without_an_error() -> None:
    parsed = parse_typed_issuances(
        content=(FILES / "issuances_by_hand.csv").read_bytes(), filename="issuances.csv", programmes={"KH005", "DEMO-CF-01"}
    )
    assert parsed.errors == ()
    assert {row.registry for row in parsed.rows} == {"JCM", "NATIONAL"}


def test_every_sale_is_of_credits_that_were_issued_before_and_sold_once() -> None:
    verra = parse_verra_export(
        content=(FILES / "registry_export_verra.csv").read_bytes(), filename="vcus.csv", programmes={"1650", "1748", "1689"}
    ).rows
    typed = parse_typed_issuances(content=(FILES / "issuances_by_hand.csv").read_bytes(), filename="i.csv", programmes={"KH005", "DEMO-CF-01"}).rows
    blocks = [(row.block.series, row.block.numbers, row.issued_on) for row in verra] + [(row.series, row.numbers, row.issued_on) for row in typed]
    sales = {row["reference"]: row for row in table("sales.csv")}
    sold: set[tuple[str, str]] = set()
    for lot in table("sale_lots.csv"):
        sale = sales[lot["sale"]]
        key = f"{lot['registry']}:{lot['programme_id']}:{lot['vintage_start']}:{lot['vintage_end']}"
        first, last = int(lot["first"]), int(lot["last"])
        inside = [day for series, numbers, day in blocks if series == key and numbers.first <= first and last <= numbers.last]
        assert len(inside) == 1, lot
        assert inside[0] < date.fromisoformat(sale["sale_date"])
        assert last - first + 1 == int(sale["quantity"])
        if sale["status"] != "CANCELLED":
            assert (key, lot["first"]) not in sold
            sold.add((key, lot["first"]))


def test_nothing_was_sold_while_the_registry_suspended_the_project() -> None:
    projects = yaml.safe_load((FILES / "projects.yaml").read_text(encoding="utf-8"))["projects"]
    for project in projects:
        for pause in project["status_history"]:
            days = [date.fromisoformat(row["sale_date"]) for row in table("sales.csv") if row["project"] == project["code"]]
            assert days
            assert [day for day in days if pause["from_date"] <= day <= pause["to_date"]] == []


def test_instalments_never_exceed_their_sale() -> None:
    received: Counter[str] = Counter()
    for row in history("receipts"):
        received[row["sale"]] += cents(row["gross"])
    for sale in table("sales.csv"):
        assert received[sale["reference"]] <= cents(sale["amount"])
        assert Fraction(sale["unit_price"]) * int(sale["quantity"]) * 100 == cents(sale["amount"])


def test_every_quarter_asks_for_no_more_than_its_own_receipts_allocate() -> None:
    for quarter in QUARTERS:
        given: Counter[tuple[str, str]] = Counter()
        for receipt in table(f"history/{quarter}/receipts.csv"):
            try:
                given += entitlements(receipt) if receipt["sale"] else Counter()
            except NoEffectivePlan:
                assert "-RF-" in receipt["reference"]
        asked: Counter[tuple[str, str]] = Counter()
        for row in table(f"history/{quarter}/disbursements.csv"):
            asked[row["pot"], row["recipient"]] += cents(row["amount"])
        assert {key: amount for key, amount in asked.items() if amount > given[key]} == {}


def test_three_receipts_stand_without_a_plan_in_force() -> None:
    without = []
    for receipt in history("receipts"):
        try:
            entitlements(receipt) if receipt["sale"] else None
        except NoEffectivePlan:
            without.append(receipt["value_date"][:7])
    assert without == ["2025-01", "2026-07", "2026-10"]


def test_every_bank_statement_is_read_and_adds_up_from_nothing_to_the_end() -> None:
    balances: dict[str, int] = {}
    for account, statement in statements():
        assert statement.errors == ()
        assert statement.opening_minor == balances.get(account, 0)
        assert min(row.balance_minor or 0 for row in statement.rows) >= 0
        balances[account] = statement.closing_minor or 0
    assert len(balances) == 4


def test_the_bank_shows_every_receipt_payment_fee_and_return_once() -> None:
    shown = Counter((account, row.reference, row.amount_minor) for account, statement in statements() for row in statement.rows)
    wanted: Counter[tuple[str, str, int]] = Counter()
    for row in history("receipts"):
        wanted[row["bank_account"], row["bank_reference"], cents(row["gross"]) - cents(row["sender_fee"])] += 1
        if row["refunded_on"]:
            wanted[row["bank_account"], row["refund_reference"], -cents(row["gross"])] += 1
    for row in history("disbursements"):
        references = [name for name in (row["bank_reference"], row["repaid_bank_reference"]) if name]
        for reference in references:
            wanted[row["bank_account"], reference, -cents(row["amount"])] += 1
            wanted[row["bank_account"], reference, -cents(row["fee"])] += 1
        if row["sent_back_on"]:
            wanted[row["bank_account"], f"{row['bank_reference']}R", cents(row["amount"])] += 1
        if row["returned_on"]:
            wanted[row["bank_account"], row["return_bank_reference"], cents(row["returned_credited"])] += 1
    assert shown == wanted
    assert max(shown.values()) == 1


def test_accepted_spending_stays_within_its_advance_but_for_a_few_on_purpose() -> None:
    spent: Counter[str] = Counter()
    for row in history("spending"):
        if row["status"] != "REFUSED":
            spent[row["disbursement"]] += (
                parse_amount(text=row["amount"], currency=row["currency"]).minor
                - parse_amount(text=row["other_amount"], currency=row["currency"]).minor
            )
    beyond = []
    for row in history("disbursements"):
        if row["paid_on"] and row["kind"] == "ADVANCE":
            local = parse_amount(text=row["local_amount"], currency=row["local_currency"]).minor
            back = parse_amount(text=row["returned_local"], currency=row["local_currency"]).minor if row["returned_local"] else 0
            if spent.pop(row["key"], 0) + back > local:
                beyond.append(row["key"])
    assert 1 <= len(beyond) <= 15
    assert spent == Counter()


def test_days_follow_one_another_and_none_lies_ahead() -> None:
    order = ("requested_on", "decided_on", "paid_on", "acknowledged_on")
    for row in history("disbursements"):
        days = [row[name] for name in order if row[name]]
        assert days == sorted(days)
        assert all(day <= TODAY.isoformat() for day in days)
    for row in history("spending"):
        days = [row[name] for name in ("spent_on", "logged_on", "decided_on") if row[name]]
        assert days == sorted(days)
        assert days[-1] <= TODAY.isoformat()


def test_what_a_complete_quarter_spent_was_decided_within_it() -> None:
    for quarter in QUARTERS[:-1]:
        start, end = f"{quarter[:4]}-{3 * int(quarter[5]) - 2:02d}-01", f"{quarter[:4]}-{3 * int(quarter[5]):02d}-31"
        for row in table(f"history/{quarter}/spending.csv"):
            assert start <= row["spent_on"] <= (row["decided_on"] or row["logged_on"]) <= end


@pytest.mark.parametrize("status", ["LOGGED", "QUERIED", "ACCEPTED", "REFUSED"])
def test_every_status_of_spending_occurs(status: str) -> None:
    assert any(row["status"] == status for row in history("spending"))


def test_every_way_a_disbursement_can_go_occurs_in_the_first_two_quarters_to_load() -> None:
    rows = [row for quarter in (NEWEST, RUNNING) for row in table(f"history/{quarter}/disbursements.csv")]
    assert {row["decision"] for row in rows} == {"", "APPROVED", "REJECTED"}
    for name in ("sent_back_on", "cancelled_on", "returned_on", "acknowledged_on"):
        assert any(row[name] for row in rows), name
    assert any(row["paid_on"] and not row["acknowledged_on"] for row in rows)
    assert any(row["decision"] == "APPROVED" and not row["paid_on"] and not row["cancelled_on"] for row in rows)


def test_young_and_indigenous_people_are_among_those_who_benefited() -> None:
    for row in history("spending"):
        people = int(row["women"]) + int(row["men"])
        assert max(int(row["youth"]), int(row["indigenous"])) <= people


def test_references_are_given_once() -> None:
    for name in ("disbursements", "spending", "training"):
        keys = [row["key"] for row in history(name)]
        assert len(keys) == len(set(keys))


def test_a_receipt_picture_is_a_small_jpeg_and_the_same_each_time() -> None:
    record = ReceiptRecord("S-1", "12/08/2026", 5_250_000, "KHR", "ហាងសុខា", "ដំបូលស័ង្កសី", "Pu Tung")
    picture = receipt_image(record)
    assert Image.open(io.BytesIO(picture)).format == "JPEG"
    assert 15_000 < len(picture) < 120_000
    assert receipt_image(record) == picture


def test_an_attendance_list_of_many_people_still_fits() -> None:
    picture = attendance_image(key="T-1", topic="SMART", place="Pu Tung", day="12/08/2026", women=60, men=50)
    assert len(picture) < 200_000


def test_the_late_advances_that_the_notes_name_are_paid_and_spent_to_less_than_half() -> None:
    notes = (FILES / "README.md").read_text(encoding="utf-8")
    spent: Counter[str] = Counter()
    for row in history("spending"):
        spent[row["disbursement"]] += parse_amount(text=row["amount"], currency=row["currency"]).minor
    for key in ("2025Q2-KS-09", "2026Q3-KS-05", "2026Q3-SC-08", "2026Q3-PL-04"):
        assert key in notes
        (row,) = (row for row in history("disbursements") if row["key"] == key)
        local = parse_amount(text=row["local_amount"], currency=row["local_currency"]).minor
        assert row["account_by"] < TODAY.isoformat()
        assert 0 < spent[key] * 2 < local
