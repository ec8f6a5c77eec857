"""Quarters are half-open and follow each other."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.periods import NotAPeriod, Quarter, parse_quarter, quarter_of


@given(st.dates(date(2000, 1, 1), date(2098, 12, 31)))
def test_every_day_is_in_exactly_one_quarter(day: date) -> None:
    quarter = quarter_of(day)
    assert quarter.first <= day < quarter.end
    assert quarter.next.first == quarter.end
    assert parse_quarter(str(quarter)) == quarter


@pytest.mark.parametrize("text", ["2026", "2026Q5", "2026-Q1", "26Q1", "Q1 2026", ""])
def test_what_names_no_quarter_is_refused(text: str) -> None:
    with pytest.raises(NotAPeriod):
        parse_quarter(text)


def test_a_quarter_is_read_whatever_its_case() -> None:
    assert parse_quarter(" 2026q3 ") == Quarter(2026, 3)
