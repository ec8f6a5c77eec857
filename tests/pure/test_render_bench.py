"""The benchmark of papers draws what it says, and states limits beside figures."""

from __future__ import annotations

import re

import pypdfium2

from tests.benchmarks import render


def words_of(pdf: bytes) -> set[str]:
    with pypdfium2.PdfDocument(pdf) as document:
        return {word for page in document for word in page.get_textpage().get_text_range().split()}


def test_all_contestants_draw_the_same_text() -> None:
    mine, plain, usual = words_of(render.ours(1)), words_of(render.by_hand(1)), words_of(render.by_paragraphs(1))
    assert len(plain) > 100
    assert plain <= mine
    assert plain <= usual


def test_each_measure_has_a_limit_and_says_whether_it_holds() -> None:
    found = render.run(say=lambda _text: None, pages=(1, 2), rounds=1, statements=1)
    assert [one["id"] for one in found] == [f"report-{number}" for number in range(1, 8)]
    for one in found:
        assert one["holds"] == (one["value"] >= one["limit"] if one["at_least"] else one["value"] <= one["limit"])
    assert len(re.findall("holds|DOES NOT HOLD", render.as_text(found))) == 7
