"""The picture of how money flows: drawn from one allocation, told in words as well."""

from __future__ import annotations

import re
from fractions import Fraction
from xml.etree import ElementTree as ET

from revenue.sharing.engine import Allocation, Facts, Source, allocate
from revenue.sharing.flow_picture import MOST_RECIPIENTS, Words, draw
from revenue.sharing.planfile import parse

WORDS = Words("How the money flows", "%(count)s others", "to")
SVG = "{http://www.w3.org/2000/svg}"
PLAN = """format: 1
project: PICTURE
title: Picture
legal_basis: Invented
effective_from: 2024-01-01
currency: USD
pots:
  - {code: costs, title: Costs}
  - {code: villages, title: Villages}
steps:
  - {charge: costs, from: receipt, take: 10 % of gross}
  - {split: receipt, into: {villages: 100 %}}
  - {share: villages, among: villages, by: area}
"""


def shared(recipients: int, amount: int = 100_000) -> Allocation:
    codes = tuple(f"v{number:03d}" for number in range(recipients))
    facts = Facts(groups={"villages": codes}, indicators={"area": {code: Fraction(place + 1) for place, code in enumerate(codes)}})
    return allocate(plan=parse(PLAN), facts=facts, source=Source(amount, "USD"))


def drawn(allocation: Allocation, **names: str) -> ET.Element:
    return ET.fromstring(
        draw(allocation=allocation, titles={"receipt": "Receipt", "costs": "Costs", "villages": "Villages"}, names=names, words=WORDS)
    )


def labels(picture: ET.Element) -> list[str]:
    return [text.text or "" for text in picture.iter(f"{SVG}text")]


def test_every_pot_and_recipient_has_its_name_and_amount() -> None:
    found = labels(drawn(shared(2), v000="Pu Char", v001="Pu Ngav"))
    assert found == ["Receipt", "USD 1,000.00", "Costs", "USD 100.00", "Villages", "USD 900.00", "Pu Char", "USD 300.00", "Pu Ngav", "USD 600.00"]


def test_the_same_stands_in_words_for_who_does_not_see_it() -> None:
    picture = drawn(shared(1), v000="Pu Char")
    assert picture.find(f"{SVG}desc").text == (  # type: ignore[union-attr]
        "Receipt to Costs: USD 100.00; Receipt to Villages: USD 900.00; Villages to Pu Char: USD 900.00"
    )
    assert picture.get("role") == "img"
    assert picture.get("aria-labelledby") == "flow-title flow-text"


def test_many_small_recipients_are_drawn_as_one() -> None:
    found = labels(drawn(shared(200)))
    assert f"{200 - MOST_RECIPIENTS} others" in found
    assert len([text for text in found if re.fullmatch(r"v\d\d\d", text)]) == MOST_RECIPIENTS


def test_a_name_cannot_break_out_of_the_picture() -> None:
    picture = draw(allocation=shared(1), titles={}, names={"v000": "<script>alert(1)</script>"}, words=WORDS)
    assert "<script" not in picture


def test_labels_do_not_lie_on_one_another() -> None:
    picture = drawn(shared(14))
    places: dict[str, list[float]] = {}
    for text in picture.iter(f"{SVG}text"):
        places.setdefault(text.get("x", ""), []).append(float(text.get("y", "0")))
    assert all(below - above >= 14 for column in places.values() for above, below in zip(sorted(column), sorted(column)[1:], strict=False))


def test_a_receipt_of_nothing_gives_no_picture() -> None:
    assert draw(allocation=shared(2, 0), titles={}, names={}, words=WORDS) == ""


def test_the_same_allocation_is_always_the_same_picture() -> None:
    assert ET.tostring(drawn(shared(30))) == ET.tostring(drawn(shared(30)))
