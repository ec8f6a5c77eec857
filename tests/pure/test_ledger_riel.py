"""An advance held in riel: cents and riel reach zero together, whatever is drawn in whatever order."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from revenue.ledger import riel
from revenue.ledger.riel import Held

lots = st.lists(
    st.tuples(st.integers(1, 5_000_000), st.integers(1, 300_000_000)),
    min_size=1,
    max_size=6,
).map(lambda pairs: [Held(lot=number // 3 + 1, tranche_id=number % 3 + 1, amount_minor=u, local_minor=k) for number, (u, k) in enumerate(pairs)])
draws = st.lists(st.integers(1, 50_000_000), max_size=12)


def _after(held: list[Held], taken: list[Held], sign: int = -1) -> list[Held]:
    parts = {(one.lot, one.tranche_id): one for one in taken}
    none = Held(0, 0, 0, 0)
    return [
        Held(
            one.lot,
            one.tranche_id,
            one.amount_minor + sign * parts.get((one.lot, one.tranche_id), none).amount_minor,
            one.local_minor + sign * parts.get((one.lot, one.tranche_id), none).local_minor,
        )
        for one in held
    ]


@given(lots, draws)
def test_an_advance_that_is_used_up_ends_at_zero_in_both_currencies(held: list[Held], amounts: list[int]) -> None:
    for amount in amounts:
        held = _after(held, riel.take(held=held, local_minor=amount)[0])
    held = _after(held, riel.take(held=held, local_minor=sum(one.local_minor for one in held))[0])
    assert [(one.amount_minor, one.local_minor) for one in held] == [(0, 0)] * len(held)


@given(lots, draws)
def test_no_lot_goes_below_zero_and_no_cents_stay_without_riel(held: list[Held], amounts: list[int]) -> None:
    for amount in amounts:
        held = _after(held, riel.take(held=held, local_minor=amount)[0])
        for one in held:
            assert one.amount_minor >= 0
            assert one.local_minor >= 0
            assert one.local_minor or not one.amount_minor


@given(lots, draws, st.data())
def test_undoing_any_draw_later_still_ends_at_zero(held: list[Held], amounts: list[int], data: st.DataObject) -> None:
    done = []
    for amount in amounts:
        taken = riel.take(held=held, local_minor=amount)[0]
        held = _after(held, taken)
        done.append(taken)
        if data.draw(st.booleans()):
            held = _after(held, done.pop(data.draw(st.integers(0, len(done) - 1))), sign=1)
    held = _after(held, riel.take(held=held, local_minor=sum(one.local_minor for one in held))[0])
    assert all((one.amount_minor, one.local_minor) == (0, 0) for one in held)


@given(lots, st.integers(0, 2_000_000_000))
def test_what_is_taken_and_what_is_not_covered_add_up(held: list[Held], amount: int) -> None:
    taken, not_covered = riel.take(held=held, local_minor=amount)
    assert sum(one.local_minor for one in taken) + not_covered == amount
    assert not_covered == max(0, amount - sum(one.local_minor for one in held))


def test_the_first_lot_is_drawn_before_the_next() -> None:
    held = [Held(3, 1, 100, 4000), Held(5, 1, 200, 8000)]
    assert riel.take(held=held, local_minor=5000) == ([Held(3, 1, 100, 4000), Held(5, 1, 25, 1000)], 0)


def test_a_few_riel_may_be_worth_no_cents() -> None:
    assert riel.part(amount_minor=100, local_minor=4000, drawn_local=20) == 0


def test_the_last_riel_takes_all_cents() -> None:
    assert riel.part(amount_minor=7, local_minor=20, drawn_local=20) == 7


def test_more_than_is_held_is_not_drawn() -> None:
    with pytest.raises(ValueError, match="more is drawn"):
        riel.part(amount_minor=7, local_minor=20, drawn_local=21)
