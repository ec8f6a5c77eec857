"""Serial numbers of carbon credits: read, compared and divided."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from revenue.credits.serials import NotARange, NotASerial, SerialRange, parse_serial, series

CAMBODIAN = "11158-289118799-289118805-VCS-VCU-263-VER-KH-14-1748-01012019-31122019-1"
OLD_LAYOUT = "240-7863589-7889021-VCU-003-APX-IN-1-101-01042006-18032007-0"
GOLD_STANDARD = "GS1-1-KE-GS7495-16-2025-30645-608-30350"


def ranges() -> st.SearchStrategy[SerialRange]:
    return st.tuples(st.integers(0, 60), st.integers(0, 25)).map(lambda pair: SerialRange(pair[0], pair[0] + pair[1]))


def numbers(found: SerialRange | None) -> set[int]:
    return set() if found is None else set(range(found.first, found.last + 1))


def test_a_cambodian_serial_gives_its_seven_tonnes_project_and_vintage() -> None:
    block = parse_serial(text=CAMBODIAN)
    assert (block.registry, block.programme_id, block.country, block.quantity) == ("VERRA", "1748", "KH", 7)
    assert (block.vintage_start, block.vintage_end) == (date(2019, 1, 1), date(2019, 12, 31))
    assert block.certified


def test_the_old_layout_without_vcs_is_read() -> None:
    block = parse_serial(text=OLD_LAYOUT)
    assert (block.programme_id, block.quantity, block.certified) == ("101", 7889021 - 7863589 + 1, False)


@pytest.mark.parametrize(
    ("text", "quantity"),
    [
        ("12629-421604735-421689507-VCS-VCU-576-VER-PY-14-2498-01012020-19112020-0", 84_773),
        ("8040-449402275-449402275-VCU-042-MER-PE-14-1360-01072013-30062014-1", 1),
        ("15312-681393912-681394011-VCS-VCU-208-VER-CA-3-929-01012018-31122018-O", 100),
        ("13557-513004457-513073958-VCS-VCU-1289-VER-TZ-1-2366-16042021-15102021-0", 69_502),
    ],
)
def test_published_serials_hold_what_the_registry_says(text: str, quantity: int) -> None:
    assert parse_serial(text=text).quantity == quantity


def test_a_gold_standard_serial_matches_the_registrys_own_count() -> None:
    block = parse_serial(text=GOLD_STANDARD)
    assert (block.registry, block.programme_id, block.quantity) == ("GOLD_STANDARD", "GS7495", 29_743)
    assert (block.vintage_start, block.vintage_end) == (date(2025, 1, 1), date(2025, 12, 31))


def test_spaces_and_long_dashes_from_a_copied_document_do_no_harm() -> None:
    assert parse_serial(text=f"  {CAMBODIAN.replace('-', ' – ', 2)}\n").numbers == parse_serial(text=CAMBODIAN).numbers


def test_the_batch_does_not_divide_a_series_since_one_vintage_is_issued_in_parts() -> None:
    other_batch = CAMBODIAN.replace("11158-", "13488-", 1)
    assert parse_serial(text=other_batch).series == parse_serial(text=CAMBODIAN).series


def test_another_vintage_is_another_series() -> None:
    later = CAMBODIAN.replace("2019", "2020")
    assert parse_serial(text=later).series != parse_serial(text=CAMBODIAN).series


def test_the_series_names_registry_programme_and_vintage() -> None:
    key = series(registry="JCM", programme_id="KH005", vintage_start=date(2018, 3, 12), vintage_end=date(2020, 12, 31))
    assert key == "JCM:KH005:2018-03-12:2020-12-31"


@pytest.mark.parametrize(
    "text",
    ["", "1748", "=1+1", CAMBODIAN[:-2], CAMBODIAN + "-9", CAMBODIAN.replace("VCU", "CER"), CAMBODIAN.replace("-1748-", "-១៧៤៨-")],
)
def test_what_is_no_serial_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(NotASerial, match="for example 11158-"):
        parse_serial(text=text)


def test_a_date_that_does_not_exist_is_refused_and_named() -> None:
    with pytest.raises(NotASerial, match="31022019 is not a date"):
        parse_serial(text=CAMBODIAN.replace("01012019", "31022019"))


def test_a_vintage_that_ends_before_it_starts_is_refused() -> None:
    with pytest.raises(NotASerial, match="ends before it starts"):
        parse_serial(text=CAMBODIAN.replace("31122019", "31122018"))


def test_a_serial_whose_last_number_comes_first_is_refused() -> None:
    with pytest.raises(NotARange, match="comes before the first"):
        parse_serial(text=CAMBODIAN.replace("289118805", "289118798"))


@pytest.mark.parametrize(("first", "last"), [(5, 4), (-1, 4), (1, 10**15 + 1)])
def test_an_impossible_range_is_refused(first: int, last: int) -> None:
    with pytest.raises(NotARange):
        SerialRange(first, last)


@given(ranges(), ranges())
def test_overlap_is_exactly_the_shared_numbers(one: SerialRange, other: SerialRange) -> None:
    assert numbers(one.overlap(other)) == numbers(one) & numbers(other)


@given(ranges(), ranges())
def test_contains_agrees_with_the_numbers(one: SerialRange, other: SerialRange) -> None:
    assert one.contains(other) == (numbers(other) <= numbers(one))


@given(ranges(), ranges())
def test_taking_out_leaves_exactly_the_other_numbers(one: SerialRange, other: SerialRange) -> None:
    left: set[int] = set()
    for part in one.without(other):
        left |= numbers(part)
    assert left == numbers(one) - numbers(other)


@given(ranges(), st.integers(1, 30))
def test_a_split_loses_no_credit(whole: SerialRange, quantity: int) -> None:
    if quantity >= whole.quantity:
        with pytest.raises(NotARange):
            whole.split(quantity)
    else:
        taken, rest = whole.split(quantity)
        assert (taken.quantity, taken.last + 1, rest.last) == (quantity, rest.first, whole.last)
