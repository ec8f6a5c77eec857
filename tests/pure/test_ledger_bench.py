"""What the benchmark prints is what it measured."""

from __future__ import annotations

import json
from itertools import count

import pytest

from tests.benchmarks import page, timing, workload
from tests.benchmarks.timing import Measure

MEASURES = [
    Measure("balance", 10_000, 2.0, 0.5),
    Measure("balance", 100_000, 2.0, 0.1),
    Measure("check", 10_000, 1.0, None),
    Measure("check", 100_000, 10.0, None),
]
DISK = [(10_000, 700.4, 500.4), (100_000, 690.0, 510.0)]


@pytest.mark.parametrize(("costs", "slope"), [([3, 3, 3], 0), ([1, 10, 100], 1), ([1, 100, 10_000], 2), ([100, 10, 1], -1)])
def test_the_exponent_is_the_power_of_the_size(costs: list[int], slope: int) -> None:
    assert timing.exponent(list(zip([10_000, 100_000, 1_000_000], costs, strict=True))) == pytest.approx(slope)


def test_medians_are_taken_of_times_and_of_ratios_round_by_round() -> None:
    assert timing.measure_of("x", 1, [(1.0, 1.0), (9.0, 3.0), (2.0, 4.0)]) == Measure("x", 1, 2.0, 1.0)


def test_the_run_that_warms_up_is_not_timed(monkeypatch: pytest.MonkeyPatch) -> None:
    runs, clock = count(), iter([50.0, 1.0, 2.0])
    monkeypatch.setattr(timing, "milliseconds", lambda run: (run(), next(clock))[1])
    assert timing.sample(lambda: next(runs)) == (50.0, None)
    assert next(runs) == 2


def test_what_takes_milliseconds_is_run_several_times(monkeypatch: pytest.MonkeyPatch) -> None:
    runs, clock = count(), count(9, -1)
    monkeypatch.setattr(timing, "milliseconds", lambda run: (run(), float(next(clock)))[1])
    least, _raw = timing.sample(lambda: next(runs))
    assert (next(runs), least) == (timing._MOST_TURNS + 1, 10.0 - timing._MOST_TURNS)


def test_the_table_shows_growth_before_time() -> None:
    lines = page.as_text(MEASURES, DISK).splitlines()
    assert lines[1].split() == ["balance", "x", "1.00", "x", "1.00", "+0.00", "2.00", "/", "2.00", "0.50", "/", "0.10"]
    assert lines[2].split() == ["check", "x", "1.00", "x", "10.00", "+1.00", "1.00", "/", "10.00", "-", "/", "-"]
    assert "700 (500)" in lines[3]


def test_the_json_holds_all_that_was_measured() -> None:
    found = json.loads(page.as_json(MEASURES, DISK))
    assert found["exponents"] == {"balance": 0.0, "check": 1.0}
    assert len(found["measures"]) == 4


def test_a_quarter_of_the_workload_holds_about_ten_thousand_postings() -> None:
    assert workload.SALES_PER_QUARTER * workload.POSTINGS_PER_SALE == 9_860
    assert workload.quarter_of(0)[1] == workload.quarter_of(workload.SALES_PER_QUARTER)[0]
