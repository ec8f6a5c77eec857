"""Drawing a sample: repeatable, in proportion, and the same whatever order the payments were read in."""

from __future__ import annotations

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from communities.callbacks.drawing import draw

FRAMES = st.dictionaries(
    st.sampled_from(["keo-seima", "prey-lang", "tumring", "romtum"]), st.lists(st.integers(1, 500).map(str), unique=True, max_size=40), max_size=4
)


@given(FRAMES, st.integers(0, 120), st.text(max_size=8))
def test_a_draw_takes_each_at_most_once_and_as_many_as_there_are(frame: dict[str, list[str]], size: int, seed: str) -> None:
    drawn = draw(frame=frame, size=size, seed=seed)
    assert len(drawn) == min(size, sum(map(len, frame.values())))
    assert len({(one.stratum, one.key) for one in drawn}) == len(drawn)
    assert all(one.key in frame[one.stratum] for one in drawn)
    assert [one.position for one in drawn] == list(range(1, len(drawn) + 1))


@given(FRAMES, st.integers(0, 120), st.text(max_size=8))
def test_a_draw_does_not_depend_on_the_order_of_the_frame(frame: dict[str, list[str]], size: int, seed: str) -> None:
    backwards = {stratum: list(reversed(keys)) for stratum, keys in reversed(frame.items())}
    assert draw(frame=frame, size=size, seed=seed) == draw(frame=backwards, size=size, seed=seed)


@given(FRAMES, st.integers(0, 120))
def test_each_stratum_gives_its_part_to_within_one_and_none_is_left_out(frame: dict[str, list[str]], size: int) -> None:
    counts = {stratum: len(keys) for stratum, keys in frame.items() if keys}
    drawn = draw(frame=frame, size=size, seed="s")
    if size >= len(counts):
        assert {one.stratum for one in drawn} == set(counts)


def test_what_is_drawn_are_the_lowest_hashes_as_the_documentation_says() -> None:
    keys = [str(number) for number in range(50)]
    by_hand = sorted(keys, key=lambda key: hashlib.sha256(f"abc/ks/{key}".encode()).hexdigest())[:5]
    assert [one.key for one in draw(frame={"ks": keys}, size=5, seed="abc")] == by_hand
    assert [one.key for one in draw(frame={"ks": keys}, size=5, seed="abd")] != by_hand
