"""A year in which much was undone, asked back and taken back: trace, annex and bundle say the same of it, to the cent."""

from __future__ import annotations

import io
import sys
import zipfile
from collections import defaultdict
from collections.abc import Iterator
from contextlib import redirect_stdout
from datetime import date
from pathlib import Path
from typing import Any
from unittest.mock import patch
from uuid import uuid4

import pytest

from communities.spending import services as spending
from communities.spending.models import Recoverable, SpendingRecord
from core import files
from reports import queries
from reports.bundle import export_bundle, verify
from reports.periods import parse_quarter
from reports.snapshot import documents, money
from reports.snapshot.annex import annex_tables
from reports.snapshot.owed import owed
from reports.trace import rows_of_sale, trace_sale, trace_spending
from revenue.credits import services as selling
from revenue.disbursements import services as paying
from revenue.disbursements.queries import gaps
from revenue.ledger import checks
from revenue.ledger.models import Account
from tests.flows.programme import AFTER, SmallProgramme, kept_for_module, morning

pytestmark = pytest.mark.django_db
QUARTER = parse_quarter("2026Q3")


def day(number: int, month: int = 8) -> date:
    return date(2026, month, number)


class HardYear(SmallProgramme):
    """Spending covered later, undone, and asked back; a receipt taken back by the bank, for which another pays."""

    def __init__(self) -> None:
        super().__init__()
        self.paper = files.store(data=b"%PDF-1.4 minutes", media_type="application/pdf", original_name="minutes.pdf", by=self.officer, at=AFTER)
        self.sale = self.sell()
        first, second = (self.receive(self.sale, gross, on=on) for gross, on in ((10_000_003, day(6, 7)), (5_000_000, day(1))))
        self.allocate(first, on=day(7, 7))
        self.allocate(second, on=day(2))
        self.pay_out(self.pu_char, 10_000, on=day(10))
        self.pump = self.accept(self.log(12_500, on=day(20)), on=day(21))
        self.pay_out(self.pu_char, 6_000, on=day(22))
        spending.cover_later(record_id=self.pump.pk, by=self.officer, at=morning(day(23)), on=day(23))
        self.mistake = self.accept(self.log(1_000, on=day(24)), on=day(25))
        spending.undo_acceptance(record_id=self.mistake.pk, reason="Of last year", by=self.approver, at=morning(day(26)), on=day(26))
        self.feast = self.accept(self.log(2_000, on=day(24)), on=day(27))
        self._asked_back()
        self._taken_back(first)
        self._other_money()

    def _asked_back(self) -> None:
        facts: dict[str, Any] = {"client_key": uuid4(), "by": self.officer, "at": morning(day(28))}
        owed = spending.disallow_spending(**facts, record_id=self.feast.pk, local_minor=1_500, reason="A feast", on=day(28))
        self.owed: Recoverable = owed
        spending.record_repayment(
            **{**facts, "client_key": uuid4()}, recoverable_id=owed.pk, bank_account_id=self.bank.pk, bank_reference="BACK-1", repaid_on=day(28),
            local_minor=600, credited_minor=600,
        )  # fmt: skip
        asked = {**facts, "recoverable_id": owed.pk, "reason": "The slip was found", "document_id": self.paper.pk}
        for ask, minor in ((spending.ask_write_off, 500), (spending.ask_to_allow, 400)):
            step = ask(**{**asked, "client_key": uuid4()}, local_minor=minor)
            spending.decide_settlement(settlement_id=step.pk, approve=True, words="Seen", by=self.approver, at=morning(day(29)), on=day(29))

    def _taken_back(self, receipt: Any) -> None:
        selling.recall_receipt(
            receipt_id=receipt.pk, amount_minor=receipt.gross_minor, value_date=day(1, 9), bank_reference="OUT-R", reason="Stopped",
            document_id=self.paper.pk, by=self.officer, at=morning(day(1, 9)),
        )  # fmt: skip
        (gap,) = gaps()
        self.shortfall = gap.amount_minor
        asked = paying.propose_covering(
            client_key=uuid4(), tranche_id=gap.tranche_id, gap_id=gap.account_id, source_id=Account.objects.get(kind="reserve").pk,
            amount_minor=gap.amount_minor, why="Decided", document_id=self.paper.pk, by=self.officer, at=morning(day(2, 9)),
        )  # fmt: skip
        paying.approve_covering(covering_id=asked.pk, by=self.approver, at=morning(day(2, 9)))

    def _other_money(self) -> None:
        small = self.sell(quantity=100, first=1_200_001)
        paid = self.receive(small, small.amount_minor + 7_777, on=day(3, 9))
        selling.identify_held(receipt_id=paid.pk, sale_id=self.sale.pk, reason="The buyer wrote", by=self.officer, at=morning(day(4, 9)))
        income = selling.propose_income(
            kind="INTEREST", project_id=self.project.pk, bank_account_id=self.bank.pk, bank_reference="INT-1", value_date=day(5, 9), amount_minor=321,
            payer="", document_id=self.paper.pk, by=self.officer, at=morning(day(5, 9)),
        )  # fmt: skip
        selling.decide_income(income_id=income.pk, approve=True, reason="", by=self.approver, at=morning(day(5, 9)))


@pytest.fixture(scope="module")
def year(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[HardYear]:
    with kept_for_module(django_db_blocker, tmp_path_factory.mktemp("files")):
        yield HardYear()


def test_the_rows_of_the_sale_add_up_and_each_record_has_what_is_spent_for_it_now(year: HardYear) -> None:
    trace = trace_sale(year.sale.reference)
    head, *rows = rows_of_sale(trace)
    of = {name: head.index(name) for name in ("receipt", "where", "record", "amount_minor")}
    assert sum(row[of["amount_minor"]] for row in rows) == trace.received_minor == sum(trace.places.values())
    records: dict[tuple[str, str], int] = defaultdict(int)
    for row in rows:
        if row[of["where"]] == "spent":
            records[row[of["receipt"]], row[of["record"]]] += row[of["amount_minor"]]
    second = trace.receipts[1].reference
    # All that the first receipt had paid, the second has paid since; what was undone is spent nowhere.
    assert dict(records) == {(second, year.pump.reference): 12_500, (second, year.feast.reference): 900}
    assert [finding.sentence for finding in checks.run()] == []


def test_each_disbursement_of_the_sale_is_the_sum_of_what_became_of_it(year: HardYear) -> None:
    for receipt in trace_sale(year.sale.reference).receipts:
        assert receipt.received_minor == sum(receipt.places.values())
        for paid in (paid for pot in receipt.pots for paid in pot.disbursements):
            kept = paid.committed_minor + paid.with_recipient_minor + paid.spent_minor + paid.recoverable_minor + paid.lost_minor
            assert paid.drawn_minor == kept + paid.given_back_minor + paid.fx_minor + paid.charges_minor, paid


def test_a_record_leads_up_to_the_receipts_that_pay_for_it_now(year: HardYear) -> None:
    second = trace_sale(year.sale.reference).receipts[1].reference
    found = {record.reference: trace_spending(record.reference) for record in SpendingRecord.objects.all()}
    sources = {name: [(one.receipt, one.amount_minor) for one in trace.sources] for name, trace in found.items()}
    assert sources == {
        year.pump.reference: [(second, 10_000), (second, 2_500)],
        year.mistake.reference: [],
        year.feast.reference: [(second, 900)],
    }  # fmt: skip
    assert [(trace.funded_minor, trace.not_funded_minor) for trace in found.values()] == [(12_500, 0), (0, 0), (900, 1_100)]


def test_the_annex_lists_each_record_with_what_is_spent_for_it_and_none_that_was_undone(year: HardYear) -> None:
    scope = queries.scope_of(project=year.project, first=QUARTER.first, end=QUARTER.end, currency="USD")
    (spent,) = [table for table in annex_tables(scope=scope, language="en") if table.key == "spending"]
    at = {column.key: place for place, column in enumerate(spent.columns)}
    assert {line[at["reference"]]: line[at["drawn"]] for line in spent.lines()} == {year.pump.reference: 12_500, year.feast.reference: 900}
    assert spent.count == 2


def test_a_report_counts_for_a_category_what_is_spent_now_and_no_evidence_beyond_it(year: HardYear) -> None:
    scope = queries.scope_of(project=year.project, first=QUARTER.first, end=QUARTER.end, currency="USD")
    books = money.read(scope)
    sections = money.sections(scope=scope, books=books, listed=documents.read(scope))
    for (row,) in (sections["by_category"], sections["spending"]):
        assert (row["amount_minor"], row["evidenced_minor"], row["records"], row["with_evidence"]) == (13_400, 13_400, 2, 2)
    (purpose,) = [row for row in sections["by_purpose"] if row["purpose"] == "community_development"]
    assert (purpose["period"]["spent_minor"], purpose["to_date"]["evidenced_minor"]) == (13_400, 13_400)


def test_what_is_still_owed_at_the_end_of_a_report_is_listed_and_a_write_off_that_waits(year: HardYear) -> None:
    def listed(end: date) -> list[tuple[str, int | None, int | None]]:
        scope = queries.scope_of(project=year.project, first=QUARTER.first, end=end, currency="USD")
        return [(row["code"], row["amount_minor"], row["age_days"]) for row in owed(scope)]

    # Asked back on 28 August, 600 repaid that day, the rest settled on the next: what came after the end does not count.
    assert (listed(day(28)), listed(day(29)), listed(QUARTER.end)) == ([], [("not_repaid", 900, 1), ("write_off_waits", 500, 1)], [])


def test_its_bundle_holds_the_documents_and_verifies(year: HardYear, tmp_path: Path) -> None:
    path = tmp_path / "hard.zip"
    export_bundle(quarter=QUARTER, path=path, at=AFTER)
    out = io.StringIO()
    with redirect_stdout(out), patch.object(sys, "argv", ["verify.py", str(path)]), pytest.raises(SystemExit) as left:
        verify.main()
    assert (out.getvalue().splitlines()[1:], left.value.code) == (["2026Q3: all is well."], 0)
    with zipfile.ZipFile(path) as packed:
        held = {
            name: len(packed.read(f"{name}.jsonl").splitlines())
            for name in ("recalls", "incomes", "coverings", "later_covers", "recoverables", "settlements")
        }
    assert held == {"recalls": 1, "incomes": 1, "coverings": 1, "later_covers": 1, "recoverables": 1, "settlements": 3}
