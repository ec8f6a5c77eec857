"""Every mistake in a plan file is named by its code and its line, with a sentence in plain words."""

from __future__ import annotations

from contextlib import suppress

import pytest

from revenue.sharing.engine import PlanRefused
from revenue.sharing.planfile import parse, parse_facts, parse_periods

GOOD = """\
format: 1
project: VCS-1650
title: Village shares
legal_basis: Decision 12
effective_from: 2024-01-01
currency: USD
pots:
  - {code: broker, title: Broker, purpose: costs}
  - {code: reserve, title: Reserve, purpose: reserve}
  - {code: villages, title: Villages, purpose: community_development}
  - {code: rangers, title: Rangers, purpose: forest_protection}
steps:
  - charge: broker
    from: receipt
    take: 10 % of gross
  - hold: reserve
    from: receipt
    take: 5 % of left
    release: after verification
  - split: receipt
    into:
      villages: 60 %
      rangers: remainder
  - share: villages
    among: villages
    by: area
"""

# what is wrong, the words replaced, the words put there, the line named
MISTAKES = [
    ("unknown_format", "format: 1", "format: 2", 1),
    ("missing_entry", "legal_basis: Decision 12\n", "", 1),
    ("missing_entry", "    take: 10 % of gross\n", "", 13),
    ("unknown_entry", "legal_basis:", "legal_base: x\nlegal_basis:", 4),
    ("repeated_entry", "format: 1", "format: 1\nformat: 1", 2),
    ("not_a_date", "2024-01-01", "1 January 2024", 5),
    ("ends_before_it_begins", "currency: USD", "effective_to: 2023-12-31\ncurrency: USD", 6),
    ("unknown_currency", "currency: USD", "currency: DOLLAR", 6),
    ("bad_quantum", "currency: USD", "currency: USD\nquantum: 0", 7),
    ("finer_than_currency", "currency: USD", "currency: USD\nquantum: 0.001", 7),
    ("repeated_pot", "code: reserve", "code: broker", 9),
    ("receipt_is_taken", "code: reserve", "code: receipt", 9),
    ("bad_code", "code: reserve", "code: Reserve fund", 9),
    ("unknown_purpose", "purpose: reserve", "purpose: reserves", 9),
    ("not_one_of", "{code: broker,", "{code: broker, draw: newest,", 8),
    ("not_whole", "{code: broker,", "{code: broker, deadline_days: 0.5,", 8),
    ("not_entries", "  - {code: broker, title: Broker, purpose: costs}", "  - broker", 8),
    ("not_a_list", "steps:\n", "constraints: none\nsteps:\n", 12),
    ("unknown_pot", "charge: broker", "charge: brokr", 13),
    ("unknown_pot", "villages: 60 %", "vilages: 60 %", 22),
    ("receipt_not_allowed", "charge: broker", "charge: receipt", 13),
    ("no_verb", "charge: broker", "carge: broker", 13),
    ("two_verbs", "  - charge: broker\n", "  - charge: broker\n    give: broker\n", 13),
    ("rate_without_base", "10 % of gross", "10 %", 15),
    ("unknown_base", "10 % of gross", "10 % of net", 15),
    ("share_without_percent", "10 % of gross", "10 of gross", 15),
    ("share_out_of_range", "10 % of gross", "110 % of gross", 15),
    ("not_an_amount", "10 % of gross", "a tenth", 15),
    ("negative_amount", "10 % of gross", "-5.00", 15),
    ("finer_than_currency", "10 % of gross", "5.001", 15),
    ("base_not_filled", "10 % of gross", "10 % of pot villages", 13),
    ("not_one_of", "take: 10 % of gross", "take: 10 % of gross\n    if_short: skip", 16),
    ("hold_without_release", "    release: after verification\n", "", 16),
    ("expiry_without_destination", "release: after verification", "release: later\n    expires_after_months: 12", 16),
    ("share_without_percent", "60 %", "0.6", 22),
    ("not_a_share", "60 %", "most", 22),
    ("not_a_share", "60 %", "1/0", 22),
    ("shares_do_not_add_up", "remainder", "30 %", 22),
    ("shares_do_not_add_up", "villages: 60 %", "villages: 60 %\n      broker: 50 %", 22),
    ("two_remainders", "60 %", "remainder", 23),
    ("unknown_tie", "      rangers: remainder\n", "      rangers: remainder\n    ties: [reserve]\n", 20),
    ("repeated_tie", "      rangers: remainder\n", "      rangers: remainder\n    ties: [rangers, rangers]\n", 20),
    ("bad_code", "by: area", "by: area of land", 26),
    ("negative_weight", "by: area", "by: {composite: {area: -1}}", 26),
    ("empty_key", "by: area", "by: {composite: {area: 0}}", 26),
    ("floor_above_ceiling", "by: area", "by: area\n    floor: 10.00\n    ceiling: 5.00", 24),
    ("base_and_bound", "by: area", "by: area\n    floor: 10.00\n    base: 5.00", 24),
    ("above_no_ceiling", "by: area", "by: area\n    above_ceiling: reserve", 24),
    ("bound_off_quantum", "by: area", "by: area\n    quantum: 10\n    floor: 15.00", 28),
    ("group_within_itself", "by: area", "by: area\n    within: villages", 24),
    ("not_shared_yet", "by: area", "by: area\n    within: districts", 24),
    ("already_shared", "by: area", "by: area\n  - share: villages\n    among: villages\n    by: equal", 27),
    ("held_pot_shared", "share: villages", "share: reserve", 24),
    ("held_and_paid", "by: area", "by: area\n  - give: reserve\n    from: rangers\n    take: 1.00", 27),
    ("pot_not_filled", "charge: broker\n    from: receipt", "charge: broker\n    from: villages", 13),
    ("cycle", "by: area", "by: area\n  - split: rangers\n    into: {rangers: 100 %}", 27),
    ("cycle", "by: area", "by: area\n  - split: rangers\n    into: {broker: 50 %, rangers: 50 %}", 27),
    ("filled_after_share", "by: area", "by: area\n  - split: rangers\n    into: {villages: 100 %}", 27),
    ("already_split", "by: area", "by: area\n  - charge: broker\n    from: receipt\n    take: 1.00", 27),
    ("pot_never_filled", "  - {code: reserve,", "  - {code: spare, title: Spare}\n  - {code: reserve,", 9),
    ("receipt_not_assigned", "split: receipt\n    into:\n      villages: 60 %\n      rangers: remainder", "give: rangers\n    from: receipt\n    take: 1.00\n  - give: villages\n    from: receipt\n    take: 60 % of left", 26),
    ("gate_without_condition", "by: area", "by: area\n  - gate: villages", 27),
    ("not_shared_yet", "by: area", "by: area\n  - recover_overpayment: rangers\n    to: broker\n    cap: 20 %", 27),
    ("repeated_id", "by: area", "by: area\n    id: one\n  - gate: villages\n    conditions: [x]\n    id: one", 28),
    ("bands_out_of_order", "by: area", "by: area\n  - tiers: rangers\n    by: price\n    mode: whole\n    bands: [{up_to: 5, into: broker}, {up_to: 4, into: reserve}, {into: broker}]", 30),
    ("bands_without_end", "by: area", "by: area\n  - tiers: rangers\n    by: price\n    mode: whole\n    bands: [{up_to: 5, into: broker}]", 30),
    ("case_without_condition", "by: area", "by: area\n  - choose: buyer\n    cases:\n      - steps: []", 29),
    ("no_steps", "by: area", "by: area\n  - choose: buyer\n    cases:\n      - is: one\n        steps: []", 30),
    ("empty_case", "by: area", "by: area\n  - choose: age\n    cases:\n      - from: 10\n        below: 5\n        steps: []", 29),
    ("constraint_broken", "steps:\n", "constraints:\n  - {pots: [villages], of: gross, at_least: 60 %}\nsteps:\n", 13),
    ("constraint_without_limit", "steps:\n", "constraints:\n  - {pots: [villages], of: gross}\nsteps:\n", 13),
    ("constraint_impossible", "steps:\n", "constraints:\n  - {pots: [villages], of: gross, at_least: 2/3, at_most: 1/3}\nsteps:\n", 13),
    ("constraint_of_left", "steps:\n", "constraints:\n  - {pots: [villages], of: left, at_least: 1/3}\nsteps:\n", 13),
    ("alias_used", "title: Village shares", "title: &t Village shares\nnote: *t", 3),
    ("comma_in_braces", "title: Village shares", "title: {en: 15,000.00}", 3),
    ("not_yaml", "title: Village shares", "title: Village: shares", 3),
    ("several_documents", "  - share: villages", "---\n  - share: villages", 25),
]  # fmt: skip


def test_the_plan_that_the_mistakes_are_made_in_is_itself_right() -> None:
    assert parse(GOOD).groups() == ("villages",)


@pytest.mark.parametrize(("code", "right", "wrong", "line"), MISTAKES, ids=[f"{m[0]}-{n}" for n, m in enumerate(MISTAKES)])
def test_a_mistake_is_named_with_its_line(code: str, right: str, wrong: str, line: int) -> None:
    assert right in GOOD
    with pytest.raises(PlanRefused) as refused:
        parse(GOOD.replace(right, wrong, 1))
    assert (refused.value.code, refused.value.line) == (code, line)
    assert refused.value.message.endswith((".", "!"))


def test_mistakes_of_the_head_the_steps_and_the_constraints_are_named_together() -> None:
    wrong = (
        GOOD.replace("2024-01-01", "soon").replace("legal_basis:", "legal_base:").replace("take: 5 %", "take: a few").replace("by: area", "key: area")
    )
    with pytest.raises(PlanRefused) as refused:
        parse(wrong)
    told = [(one.code, one.line) for one in (refused.value, *refused.value.more)]
    assert [line for _, line in told] == sorted(line for _, line in told)
    assert {("missing_entry", 1), ("unknown_entry", 4), ("not_a_date", 5)} <= set(told)
    assert {line for _, line in told} >= {18, 24}


def test_mistakes_in_the_flow_of_money_are_named_together_and_none_that_only_follows_from_another() -> None:
    wrong = GOOD.replace("    by: area", "    by: area\n  - charge: broker\n    from: receipt\n    take: 1.00").replace(
        "steps:", "  - {code: nobody, title: Nobody, purpose: none}\nsteps:"
    )
    with pytest.raises(PlanRefused) as refused:
        parse(wrong)
    assert [one.code for one in (refused.value, *refused.value.more)] == ["pot_never_filled", "already_split"]
    early = GOOD.replace("charge: broker\n    from: receipt", "charge: broker\n    from: villages")
    with pytest.raises(PlanRefused) as refused:
        parse(early)
    assert [refused.value.code, *refused.value.more] == ["pot_not_filled"]


def test_at_least_forty_distinct_mistakes_are_named() -> None:
    assert len({code for code, *_ in MISTAKES}) >= 40


def test_a_misspelt_pot_is_answered_with_the_pot_that_was_meant() -> None:
    with pytest.raises(PlanRefused, match="Did you mean “villages”"):
        parse(GOOD.replace("villages: 60 %", "vilages: 60 %"))


@pytest.mark.parametrize("text", ["", "- a\n- b\n", "just words", "[" * 500, "\x00", "format: 1\n\tproject: x"])
def test_what_is_no_plan_at_all_is_refused(text: str) -> None:
    with pytest.raises(PlanRefused):
        parse(text)


@pytest.mark.parametrize("place", range(0, len(GOOD), 7))
def test_a_plan_cut_off_anywhere_is_refused_or_read_and_never_breaks(place: int) -> None:
    # Any exception but a refusal fails the test.
    with suppress(PlanRefused):
        parse(GOOD[:place])


FACTS_MISTAKES = [
    ("unknown_entry", "group: {villages: [a]}", 1),
    ("repeated_recipient", "groups: {villages: [a, a]}", 1),
    ("not_a_number", "indicators:\n  area: {a: many}", 2),
    ("decision_without_amounts", "decisions:\n  '4': {authority: x, document: y}", 2),
    ("bad_rate", "payout: {currency: KHR, rate: 0}", 1),
    ("negative_amount", "owed: {a: -1.00}", 1),
]


@pytest.mark.parametrize(("code", "text", "line"), FACTS_MISTAKES)
def test_a_mistake_in_facts_is_named_with_its_line(code: str, text: str, line: int) -> None:
    with pytest.raises(PlanRefused) as refused:
        parse_facts(text, currency="USD")
    assert (refused.value.code, refused.value.line) == (code, line)


def test_a_periods_file_without_periods_is_refused() -> None:
    with pytest.raises(PlanRefused, match="no periods"):
        parse_periods("periods: []", currency="USD")
