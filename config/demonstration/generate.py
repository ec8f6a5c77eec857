"""
Write the files of the demonstration programme. Run by a developer; the output is committed:

    python -m config.demonstration.generate

The same code gives the same files: chance is drawn from one seed, and no clock is read. files/villages.csv is an
input here (see gazetteer.py), as are projects.yaml, the plans, README.md and NOTICE, which are written by hand.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Final

from config.demonstration import catalogue, disbursements, issuances, people, sales, spending, statements
from config.demonstration.people import Counts, Party
from config.demonstration.programme import NEWEST, QUARTERS, RUNNING, TODAY, first_day
from config.demonstration.sales import Receipt

SEED: Final = 1650
COUNTED_ON: Final = ("2023-09-30", "2026-06-30")


def main(target: Path = people.FILES) -> None:
    """Write every generated file below target."""
    chance = Random(SEED)  # noqa: S311 - invented data, not secrets
    known = people.villages()
    everybody = people.parties(known=known)
    first_count = people.counts(known=known, chance=chance)
    later_count = people.grown(before=first_count, chance=chance)
    made = sales.sales()
    received = sales.receipts(made=made, chance=chance)
    _write_lists(target, everybody, (first_count, later_count), chance)
    _write_sales(target, made)
    balances: dict[str, int] = {}
    for quarter in QUARTERS:
        counted = later_count if quarter in (NEWEST, RUNNING) else first_count
        _write_quarter(target / "history" / quarter, quarter, received, everybody, counted, balances, chance)
    _write_later(target / "unusual", balances)


def _write_lists(target: Path, everybody: list[Party], counts: tuple[Counts, Counts], chance: Random) -> None:
    _write(target / "recipients.csv", people.RECIPIENT_COLUMNS, people.recipient_rows(everybody=everybody, chance=chance))
    places = people.beneficiary_rows(everybody=everybody)
    _write(target / "beneficiaries.csv", ("project", "group", "recipient_code", "from_date", "to_date"), places)
    for day, counted in zip(COUNTED_ON, counts, strict=True):
        _write(target / f"counts_{day}.csv", people.COUNT_COLUMNS, people.count_rows(counted=counted))
    _write(target / "categories.csv", ("code", "name", "name_km", "purpose", "is_eligible"), catalogue.CATEGORIES)
    _write(target / "bank_accounts.csv", statements.ACCOUNT_COLUMNS, statements.ACCOUNTS)


def _write_sales(target: Path, made: list[sales.Sale]) -> None:
    _write(target / "registry_export_verra.csv", issuances.VERRA_COLUMNS, issuances.verra_rows(made=made))
    _write(target / "issuances_by_hand.csv", issuances.BY_HAND_COLUMNS, issuances.by_hand_rows(made=made))
    _write(target / "sales.csv", sales.SALE_COLUMNS, sales.sale_rows(made=made))
    _write(target / "sale_lots.csv", sales.LOT_COLUMNS, sales.lot_rows(made=made))


def _write_quarter(
    folder: Path, quarter: str, received: list[Receipt], everybody: list[Party], counted: Counts, balances: dict[str, int], chance: Random
) -> None:
    """Write what happened in one quarter; balances carries each account's closing balance on to the next."""
    own = [receipt for receipt in received if receipt.quarter == quarter]
    payouts = disbursements.quarter_payouts(quarter=quarter, received=own, everybody=everybody, counted=counted, chance=chance)
    spent = spending.quarter_spending(payouts=payouts, counted=counted, chance=chance)
    trained = spending.training_rows(quarter=quarter, payouts=payouts, everybody=everybody, chance=chance)
    if quarter == RUNNING:
        own = [*own, *_unidentified()]
    _write(folder / "receipts.csv", sales.RECEIPT_COLUMNS, [sales.receipt_row(receipt=receipt) for receipt in own])
    _write(folder / "disbursements.csv", disbursements.COLUMNS, [disbursements.row(payout=payout) for payout in payouts])
    rows = [record.row(key=f"S-{quarter}-{number:03d}") for number, record in enumerate(spent, start=1)]
    _write(folder / "spending.csv", spending.SPENDING_COLUMNS, rows)
    _write(folder / "training.csv", spending.TRAINING_COLUMNS, trained)
    _write_statements(folder, quarter, own, payouts, balances)


def _write_statements(folder: Path, quarter: str, own: list[Receipt], payouts: list[disbursements.Payout], balances: dict[str, int]) -> None:
    until = min(first_day(quarter=quarter) + timedelta(days=92), TODAY)
    for account in statements.ACCOUNTS:
        moved = statements.movements(account=account[0], receipts=own, payouts=payouts)
        if not moved:
            continue
        opening = balances.get(account[0], 0)
        rows = statements.statement_rows(account=account, moved=moved, opening=opening, until=until)
        balances[account[0]] = opening + sum(movement.cents for movement in moved)
        _write(folder / f"bank_statement_{account[0]}.csv", rows[0], rows[1:])


def _write_later(folder: Path, balances: dict[str, int]) -> None:
    """Write the statements of late November: they follow the running quarter's."""
    for account in statements.ACCOUNTS:
        moved = list(statements.LATER.get(account[0], ()))
        if moved:
            rows = statements.statement_rows(account=account, moved=moved, opening=balances[account[0]], until=TODAY)
            _write(folder / f"bank_statement_{account[0]}.csv", rows[0], rows[1:])


def _unidentified() -> tuple[Receipt, Receipt]:
    """Return money that came in without a word about its sale: one amount waits, the other went back to its sender."""
    sent_back = Receipt(
        "RCP-UNKNOWN-2", "", 1, "moe-aba", "IN261013XX02", date(2026, 10, 13), 900, 0, RUNNING, "", date(2026, 10, 21), "REF261021XX02"
    )
    return sent_back, Receipt("RCP-UNKNOWN-1", "", 1, "moe-aba", "IN261102XX01", date(2026, 11, 2), 1500, 0, RUNNING, "")


def _write(path: Path, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as target:
        writer = csv.writer(target, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


if __name__ == "__main__":
    main()
