"""A report lists what it holds for others, and what the independent check found."""

from __future__ import annotations

from datetime import date

import pytest

from communities.callbacks.queries import MatchRate
from reports.render.tables import NOT_SHOWN, report_tables
from reports.render.values import Part, Word
from revenue.credits import services as selling
from tests.flows.programme import SmallProgramme, morning
from tests.reports.making import QuickFiles
from tests.reports.test_snapshot_figures import NEXT_QUARTER, figures_of, of_project

pytestmark = pytest.mark.django_db


@pytest.fixture
def programme() -> SmallProgramme:
    return SmallProgramme()


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> QuickFiles:
    return QuickFiles(monkeypatch)


def test_money_nobody_has_identified_is_listed_in_the_programmes_report_alone_until_it_is_known(programme: SmallProgramme) -> None:
    sale = programme.sell()
    programme.receive(sale, 100_001, on=date(2026, 7, 6))
    held = programme.receive(None, 70_000, on=date(2026, 8, 6))
    whole_programme, one_project = [figures_of(report)["held"] for report in sorted(programme.close(), key=lambda report: report.project_id or 0)]
    (row,) = [row for row in whole_programme if row["kind"] == "not_ours"]
    assert (row["amount_minor"], row["project"], row["since"]) == (70_000, None, "2026-08-06")
    assert row["reason"]["en"] == "Nobody knows yet what it was paid for."
    assert not [row for row in one_project if row["kind"] == "not_ours"]
    selling.identify_receipt(receipt_id=held.pk, sale_id=sale.pk, reason="A letter", by=programme.officer, at=morning(date(2026, 10, 6)))
    assert not [row for report in programme.close("2026Q4", at=NEXT_QUARTER) for row in figures_of(report)["held"] if row["kind"] == "not_ours"]


# --- the independent check -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("reached", "matched", "said"), [(4, 4, None), (6, 5, 5), (0, 0, None)])
def test_what_villages_say_is_counted_and_held_back_of_a_few(
    programme: SmallProgramme, monkeypatch: pytest.MonkeyPatch, reached: int, matched: int, said: int | None
) -> None:
    programme.receive(programme.sell(), 100_000, on=date(2026, 7, 6))
    monkeypatch.setattr("reports.snapshot.checks.match_rate", lambda **_days: MatchRate(7, reached, matched, 0, 0, reached - matched))
    figures = figures_of(of_project(programme.close()))
    assert figures["checks"] == {"drawn": 7, "reached": reached, "matched": said}
    cells = dict(report_tables(figures)["checks"].rows)
    assert cells[Word("match_rate")] == (Part(5, 6) if said else NOT_SHOWN if reached else None)


def test_a_period_without_a_check_says_so(programme: SmallProgramme) -> None:
    programme.receive(programme.sell(), 100_000, on=date(2026, 7, 6))
    table = report_tables(figures_of(of_project(programme.close())))["checks"]
    assert (table.rows, table.empty) == ((), "e_checks")
