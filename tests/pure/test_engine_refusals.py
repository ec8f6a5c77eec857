"""What cannot be shared is refused, with the step and the reason."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest

from revenue.sharing.engine import Allocation, Facts, NoEffectivePlan, Plan, PlanRefused, Source, allocate, allocate_in_turn, cautions, in_force
from revenue.sharing.engine.bounds import CannotHold, bounded
from revenue.sharing.engine.split import NothingToSplitBy, apportion
from revenue.sharing.planfile import parse, parse_facts

HEAD = """\
format: 1
project: P
title: P
legal_basis: law
effective_from: 2024-01-01
currency: USD
pots:
  - {code: villages, title: Villages}
  - {code: rest, title: Rest}
steps:
"""
SPLIT = "  - split: receipt\n    into: {villages: 80 %, rest: remainder}\n    id: main\n"
SHARE = SPLIT + "  - share: villages\n    among: villages\n    by: area\n"
TWO = "groups: {villages: [a, b]}\nindicators:\n  area: {a: 1, b: 3}\n"


def _plan(steps: str) -> Plan:
    return parse(HEAD + steps)


def _run(steps: str, facts: str = TWO, amount: int = 100_000, on: date | None = None) -> Allocation:
    known = parse_facts(facts, currency="USD") if facts else Facts()
    return allocate(plan=_plan(steps), facts=known, source=Source(amount, "USD", on=on))


@pytest.mark.parametrize(
    ("code", "steps", "facts"),
    [
        ("missing_group", SHARE, ""),
        ("missing_indicator", SHARE, "groups: {villages: [a, b]}"),
        ("missing_indicator", SHARE, "groups: {villages: [a, b]}\nindicators:\n  area: {a: 1}"),
        ("negative_indicator", SHARE, "groups: {villages: [a, b]}\nindicators:\n  area: {a: 1, b: -1}"),
        ("nothing_to_split_by", SHARE, "groups: {villages: [a, b]}\nindicators:\n  area: {a: 0, b: 0}"),
        ("bound_cannot_hold", SHARE + "    floor: 500.00\n", TWO),
        ("bound_cannot_hold", SHARE + "    ceiling: 100.00\n", TWO),
        ("base_too_large", SHARE + "    base: 500.00\n", TWO),
        ("short", "  - charge: rest\n    from: receipt\n    take: 2,000.00\n" + SPLIT, TWO),
        ("missing_amount", "  - charge: rest\n    from: receipt\n    take: stated fee\n" + SPLIT, TWO),
        ("missing_decision", SPLIT + "  - decided: villages\n    among: villages\n", TWO),
        ("decision_without_step", SPLIT, "overrides:\n  other: {authority: x, document: y, shares: {villages: 100 %}}"),
        ("decision_does_not_add_up", SPLIT, "overrides:\n  main: {authority: x, document: y, shares: {villages: 90 %}}"),
        ("decision_unknown_recipient", SPLIT, "overrides:\n  main: {authority: x, document: y, shares: {z: 100 %}}"),
        (
            "no_case_fits",
            "  - choose: buyer\n    cases:\n      - is: one\n        steps:\n          - split: receipt\n            into: {villages: 80 %, rest: 20 %}\n",
            "values: {buyer: two}",
        ),
        (
            "constraint_broken",
            "  - charge: rest\n    from: receipt\n    take: 900.00\n" + SPLIT
            + "constraints:\n  - {pots: [villages], of: gross, at_least: 50 %}\n",
            TWO,
        ),
    ],
)  # fmt: skip
def test_a_receipt_that_cannot_be_shared_is_refused(code: str, steps: str, facts: str) -> None:
    with pytest.raises(PlanRefused) as refused:
        _run(steps, facts)
    assert refused.value.code == code


def test_without_a_plan_in_force_the_whole_amount_stands_as_unallocated() -> None:
    with pytest.raises(NoEffectivePlan) as refused:
        _run(SPLIT, on=date(2023, 12, 31))
    assert [(line.amount_minor, line.state) for line in refused.value.lines] == [(100_000, "unallocated")]


def test_of_two_versions_the_day_of_the_receipt_chooses() -> None:
    old, new = _plan(SPLIT), parse((HEAD + SPLIT).replace("2024-01-01", "2025-01-01"))
    assert in_force(plans=[old, new], source=Source(1, "USD", on=date(2024, 12, 31))) == old
    assert in_force(plans=[old, new], source=Source(1, "USD", on=date(2025, 1, 1))) == new


def test_a_receipt_in_another_currency_is_refused() -> None:
    with pytest.raises(PlanRefused, match="shares USD"):
        allocate(plan=_plan(SPLIT), facts=Facts(), source=Source(1, "KHR"))


def test_an_override_keeps_the_rules_result_and_the_variance_beside_it() -> None:
    decision = "overrides:\n  main: {authority: Cabinet, document: Minute 7, shares: {villages: 90 %, rest: 10 %}}"
    allocation = _run(SPLIT, decision)
    assert {line.pot: line.amount_minor for line in allocation.lines} == {"villages": 90_000, "rest": 10_000}
    assert allocation.departures[0].variance() == {"villages": 10_000, "rest": -10_000}


def test_what_a_recipient_still_owes_goes_on_to_the_next_receipt() -> None:
    plan = _plan(SHARE + "  - recover_overpayment: villages\n    to: rest\n    cap: 50 %\n")
    facts = parse_facts(TWO, currency="USD")
    owing = parse_facts(TWO + "owed: {a: 150.00}\n", currency="USD")
    first, second = allocate_in_turn(plans=[plan], receipts=[(Source(100_000, "USD"), owing), (Source(100_000, "USD"), facts)])
    assert (dict(first.owed), dict(second.owed)) == ({"a": 5_000}, {"a": 0})


def test_a_plan_names_the_cases_in_which_it_would_refuse() -> None:
    said = [text.en for text in cautions(_plan("  - charge: rest\n    from: receipt\n    take: 20.00\n" + SPLIT))]
    assert said == ["Step 1 refuses when less than USD 20.00 is left of the money received."]


def test_a_plan_of_percentages_alone_never_refuses() -> None:
    assert cautions(_plan("  - charge: rest\n    from: receipt\n    take: 20 % of gross\n" + SPLIT)) == ()


def test_water_filling_fixes_the_larger_violation_first_and_the_floor_when_they_are_equal() -> None:
    weights = {code: Fraction(weight) for code, weight in {"a": 0, "b": 5, "c": 10}.items()}
    floors, ceilings = dict.fromkeys(weights, 10), dict.fromkeys(weights, 50)
    parts, fixed = bounded(total=90, weights=weights, floors=floors, ceilings=ceilings, order=["a", "b", "c"])
    assert (parts, fixed) == ({"a": 10, "b": 30, "c": 50}, frozenset({"a", "c"}))


def test_bounds_that_leave_no_way_are_refused_and_named() -> None:
    weights = {"a": Fraction(1), "b": Fraction(0)}
    with pytest.raises(CannotHold) as refused:
        bounded(total=10, weights=weights, floors=None, ceilings={"a": 5, "b": 50}, order=["a", "b"])
    assert refused.value.side == "ceiling"


def test_equal_remainders_go_in_the_stated_order() -> None:
    thirds = {code: Fraction(1, 3) for code in "abc"}
    assert apportion(total=100, weights=thirds, order=["c", "a", "b"]) == {"a": 33, "b": 33, "c": 34}


def test_what_is_below_the_quantum_goes_to_the_next_in_line_and_is_not_lost() -> None:
    halves = {"a": Fraction(1), "b": Fraction(1)}
    assert apportion(total=1_050, weights=halves, order=["a", "b"], quantum=100) == {"a": 550, "b": 500}


def test_a_zero_share_gets_nothing_even_of_the_remainder() -> None:
    weights = {"a": Fraction(0), "b": Fraction(1), "c": Fraction(1)}
    assert apportion(total=1, weights=weights, order=["a", "b", "c"]) == {"a": 0, "b": 1, "c": 0}


def test_nothing_to_split_by_is_an_error_only_when_there_is_something() -> None:
    assert apportion(total=0, weights={"a": Fraction(0)}, order=["a"]) == {"a": 0}
    with pytest.raises(NothingToSplitBy):
        apportion(total=1, weights={"a": Fraction(0)}, order=["a"])


@pytest.mark.parametrize(("shares", "valid"), [("62 30 8", True), ("60 40 0", True), ("55 40 5", False), ("62 30 7", False)])
def test_papua_new_guineas_limits_decide_which_proposals_are_valid(shares: str, valid: bool) -> None:
    landowners, developer, government = shares.split()
    text = HEAD.replace(
        "  - {code: villages, title: Villages}\n  - {code: rest, title: Rest}\n",
        "".join(f"  - {{code: {code}, title: {code}}}\n" for code in ("landowners", "developer", "government")),
    ) + (
        f"  - split: receipt\n    into: {{landowners: {landowners} %, developer: {developer} %, government: {government} %}}\n"
        "constraints:\n  - {pots: [landowners], of: gross, at_least: 60 %}\n  - {pots: [developer], of: gross, at_most: 40 %}\n"
    )
    if valid:
        assert parse(text).constraints
    else:
        with pytest.raises(PlanRefused) as refused:
            parse(text)
        assert refused.value.code in {"constraint_broken", "shares_do_not_add_up"}
