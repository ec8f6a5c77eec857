"""Every shape that published plans use to share forest-carbon money is taught by an example that is run."""

from __future__ import annotations

import re

import pytest

from tests.pure.test_planfile_docs import EXAMPLES, PAGE

# What a plan wants to say, the section that teaches it, and words that stand in that example's plan or facts.
SHAPES = [
    ("a part of all that came in", "2.", ["take: 3 % of gross"]),
    ("a part of what is left after named deductions", "2.", ["charge: audit", "villages: 60 %"]),
    ("costs first, a fixed sum or capped", "2.", ["take: 2,000.00", "if_short: take_what_is_there"]),
    ("costs paid back over several receipts, with interest", "4.", ["recover: costs", "interest: 10 %", "memory:"]),
    ("splits inside splits", "2.", ["split: receipt", "split: community"]),
    ("one recipient fed from several pots, each with its own key", "12.", ["share: responsibility", "share: performance"]),
    ("a share that the law bounds", "17.", ["at_least: 60 %", "at_most: 40 %"]),
    ("a smallest and a largest amount for each recipient", "8.", ["floor:", "ceiling:"]),
    ("no less than last time", "8.", ["last_time:"]),
    ("bands of performance, with somewhere for what was not earned", "11.", ["unearned:"]),
    ("a base for everybody and a bonus", "9.", ["base:", "by: score"]),
    ("by heads", "5.", ["by: equal"]),
    ("by area", "5.", ["by: area"]),
    ("by households or people", "8.", ["by: households"]),
    ("by tonnes of carbon", "5.", ["by: tco2e"]),
    ("by an index of several indicators", "6.", ["composite:"]),
    ("by coefficients multiplied", "6.", ["area × k1 × k2"]),
    ("so much for each unit, the rest somewhere", "10.", ["rate:", "for_each:", "rest:"]),
    ("a rate bounded by a norm", "10.", ["at_most: 8.00"]),
    ("a reserve with its release and expiry", "3.", ["hold:", "release:", "expires_after_months:"]),
    ("a levy between two limits", "2.", ["give: levy", "at_least:", "at_most:"]),
    ("other rules for another kind of project, age or buyer", "12.", ["choose:"]),
    ("other parts above a price", "12.", ["by: price"]),
    ("costs of the first instalment only", "12.", ["choose: instalment", "instalment: 1"]),
    ("unspent money carried over", "10.", ["rest: carried"]),
    ("payable only when conditions hold", "13.", ["gate:", "minimum:"]),
    ("withheld for those who are not eligible yet", "13.", ["conditions: [consent_recorded, account_checked]"]),
    ("an overpayment taken back, so much at a time", "15.", ["recover_overpayment:", "cap:"]),
    ("whole credits before any sale", "16.", ["currency: credits"]),
    ("a division that people decided", "14.", ["decided:"]),
    ("a fee inside the stated part", "12.", ["from: responsibility"]),
    ("paid in another currency at a dated rate, in notes", "21.", ["payout: {currency: KHR, quantum: 100}", "rate: 4050"]),
]


@pytest.mark.parametrize(("shape", "section", "words"), SHAPES, ids=[shape for shape, *_ in SHAPES])
def test_a_shape_is_taught_by_an_example_that_is_run(shape: str, section: str, words: list[str]) -> None:
    there = [f"{one.plan}\n{one.facts}" for one in EXAMPLES if one.name.startswith(section)]
    assert any(all(word in text for word in words) for text in there), shape


def test_all_thirty_two_shapes_stand_in_the_table() -> None:
    assert len({shape for shape, *_ in SHAPES}) == 32
    sections = set(re.findall(r"^## (\d+\.)", PAGE.read_text(), re.MULTILINE))
    assert {section for _, section, _ in SHAPES} <= sections
