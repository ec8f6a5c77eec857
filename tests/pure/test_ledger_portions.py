"""How much of each tranche goes into an amount."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from revenue.ledger.portions import in_proportion, oldest_first, split

available = st.lists(st.integers(0, 10**12), min_size=1, max_size=8)


@given(available, st.data())
def test_the_parts_add_up_and_none_is_more_than_is_there(held: list[int], data: st.DataObject) -> None:
    amount = data.draw(st.integers(0, sum(held)))
    for choose in (oldest_first, in_proportion):
        parts = choose(available=held, amount=amount)
        assert sum(parts) == amount
        assert all(0 <= part <= there for part, there in zip(parts, held, strict=True))


@given(available, st.data())
def test_a_younger_tranche_is_touched_only_when_the_older_are_empty(held: list[int], data: st.DataObject) -> None:
    parts = oldest_first(available=held, amount=data.draw(st.integers(0, sum(held))))
    for place, part in enumerate(parts):
        if part:
            assert parts[:place] == held[:place]


@given(available, st.data())
def test_proportional_parts_are_within_one_unit_of_exact(held: list[int], data: st.DataObject) -> None:
    amount = data.draw(st.integers(0, sum(held)))
    for part, there in zip(in_proportion(available=held, amount=amount), held, strict=True):
        assert abs(part * sum(held) - there * amount) < max(sum(held), 1)


def test_equal_claims_go_to_the_older_tranche() -> None:
    assert split(amount=1, weights=[1, 1, 1]) == [1, 0, 0]


@pytest.mark.parametrize("choose", [oldest_first, in_proportion])
def test_more_than_is_there_is_not_taken(choose: object) -> None:
    with pytest.raises(ValueError, match="between nothing"):
        choose(available=[1, 2], amount=4)  # type: ignore[operator]


def test_nothing_is_split_by_no_weight() -> None:
    with pytest.raises(ValueError, match="nothing to split"):
        split(amount=1, weights=[0, 0])
