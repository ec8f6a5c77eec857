"""Periods are half-open, follow each other, and have one name each."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.periods import MONTHS, NotAPeriod, Span, parse_period, parse_quarter, quarter_of, span_of

DAYS = st.dates(date(2000, 1, 1), date(2098, 12, 31))


@given(DAYS, st.sampled_from(list(MONTHS)))
def test_every_day_is_in_exactly_one_period_of_a_kind(day: date, kind: str) -> None:
    span = span_of(day, kind=kind)
    assert span.first <= day < span.end
    assert span.kind == kind
    assert span.next.first == span.end
    assert span.next.previous == span
    assert parse_period(str(span)) == span


@given(DAYS, st.integers(1, 1000))
def test_any_days_are_read_back_from_their_name(first: date, days: int) -> None:
    span = Span(first, min(first + timedelta(days=days), date(2099, 12, 31)))
    assert parse_period(str(span)) == span
    assert span.last < span.end


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("2026-04-01..2026-06-30", "2026Q2"), ("2026-01-01..2026-12-31", "2026"), ("2026-02-01..2026-02-28", "2026-02"),
        (" 2026q3 ", "2026Q3"), ("2026-05-01..2026-08-15", "2026-05-01..2026-08-15"),
    ],
)  # fmt: skip
def test_the_same_days_have_one_name(text: str, label: str) -> None:
    assert str(parse_period(text)) == label


def test_a_range_is_written_with_its_last_day_and_kept_half_open() -> None:
    span = parse_period("2026-05-01..2026-08-15")
    assert (span.first, span.end, span.kind) == (date(2026, 5, 1), date(2026, 8, 16), "RANGE")


@pytest.mark.parametrize(
    "text",
    [
        "2026Q5", "2026-Q1", "26Q1", "Q1 2026", "", "2026-13", "2026-1", "1999", "soon", "2026-02-30..2026-03-01", "2026-05-02..2026-05-01",
        "2026-05-01..", "2026-05-01-2026-06-01", "2000-01-01..2099-12-31", "2026-05-01..2026-05-01; DROP",
    ],
)  # fmt: skip
def test_what_names_no_period_is_refused(text: str) -> None:
    with pytest.raises(NotAPeriod):
        parse_period(text)


@pytest.mark.parametrize("text", ["2026", "2026-05", "2026-05-01..2026-08-15", "2026Q5", ""])
def test_where_only_a_quarter_will_do_nothing_else_does(text: str) -> None:
    with pytest.raises(NotAPeriod, match="not a quarter"):
        parse_quarter(text)


def test_a_quarter_is_read_whatever_its_case() -> None:
    assert parse_quarter(" 2026q3 ") == quarter_of(date(2026, 9, 30))
