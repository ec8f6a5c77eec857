"""What is told about a plan file before any money exists: laws it breaks whatever it is charged, and all its mistakes at once."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from revenue.sharing.engine import Facts, PlanRefused, Source, allocate
from revenue.sharing.planfile import parse, parse_facts
from revenue.sharing.planfile.constraints import check_constraints

KENYA = """format: 1
project: KENYA
title: Land-based project
legal_basis: Climate Change (Amendment) Act 2023
effective_from: 2023-09-01
currency: KES
pots:
  - {code: business, title: Cost of doing business, purpose: costs}
  - {code: community, title: Community, purpose: community_development}
  - {code: proponent, title: Proponent}
steps:
  - {charge: business, from: receipt, take: stated cost, at_most: 15 % of gross}
  - {split: receipt, into: {community: 40 %, proponent: remainder}}
constraints:
  - {pots: [community], of: gross less business, at_least: 40 %, clause: section 23E}
"""


def test_a_share_of_what_unknown_costs_leave_is_proved_when_it_is_written() -> None:
    assert check_constraints(plan=parse(KENYA)) == ()


def test_less_than_the_law_demands_is_refused_whatever_the_costs_are() -> None:
    with pytest.raises(PlanRefused, match="community would always get less than 40 %; section 23E demands at least that") as caught:
        parse(KENYA.replace("community: 40 %", "community: 35 %"))
    assert (caught.value.code, caught.value.line) == ("constraint_broken", 15)


def test_more_than_the_law_allows_is_refused_whatever_the_costs_are() -> None:
    with pytest.raises(PlanRefused, match="proponent would always get more than 50 %"):
        parse(
            KENYA.replace("{pots: [community], of: gross less business, at_least: 40 %", "{pots: [proponent], of: gross less business, at_most: 50 %")
        )


def test_a_demand_of_the_gross_stays_open_where_costs_decide() -> None:
    plan = parse(KENYA.replace("of: gross less business, at_least: 40 %", "of: gross, at_least: 40 %"))
    assert check_constraints(plan=plan) == plan.constraints
    facts = parse_facts("values: {cost: 100.00}", currency="KES")
    with pytest.raises(PlanRefused, match="360.00"):
        allocate(plan=plan, facts=facts, source=Source(1_000_00, "KES"))


def test_a_demand_that_every_receipt_breaks_is_refused_although_costs_are_unknown() -> None:
    with pytest.raises(PlanRefused, match="always get less"):
        parse(KENYA.replace("of: gross less business, at_least: 40 %", "of: gross, at_least: 60 %"))


def test_costs_that_were_charged_twice_prove_nothing() -> None:
    text = KENYA.replace("  - {split: receipt", "  - {give: proponent, from: business, take: stated part}\n  - {split: receipt")
    plan = parse(text.replace("pots: [community], of: gross less business", "pots: [proponent], of: gross less business"))
    assert check_constraints(plan=plan) == plan.constraints


# --- All mistakes at once --------------------------------------------------------------------------------------------------

WRONG = KENYA.replace("take: stated cost", "take: 10").replace("{charge: business", "{charge: busines").replace("remainder", "0.6")


def test_every_step_with_a_mistake_is_named_at_once() -> None:
    with pytest.raises(PlanRefused) as caught:
        parse(WRONG)
    assert [(one.code, one.line) for one in (caught.value, *caught.value.more)] == [("unknown_pot", 12), ("share_without_percent", 13)]


def simulate(path: Path, *more: str) -> Any:
    out = StringIO()
    try:
        call_command("simulate_plan", str(path), "--amount", "1000", *more, stdout=out)
    except SystemExit as ended:
        assert ended.code == 2  # noqa: PT017
    return json.loads(out.getvalue())


def test_the_command_prints_every_mistake(tmp_path: Path) -> None:
    (tmp_path / "plan.yaml").write_text(WRONG)
    with pytest.raises(CommandError, match=r"Line 12:.*\nLine 13:"):
        call_command("simulate_plan", str(tmp_path / "plan.yaml"), "--amount", "1000")


def test_the_json_lists_every_mistake(tmp_path: Path) -> None:
    (tmp_path / "plan.yaml").write_text(WRONG)
    found = simulate(tmp_path / "plan.yaml", "--json")
    assert (found["refused"], [one["line"] for one in found["more"]]) == ("unknown_pot", [13])


def test_the_command_holds_the_file_against_the_schema(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    schema = tmp_path / "schema.json"
    schema.write_text(json.dumps({"type": "object", "properties": {"project": {"maxLength": 3}}}))
    monkeypatch.setattr("revenue.sharing.management.commands.simulate_plan.SCHEMA", schema)
    (tmp_path / "plan.yaml").write_text(KENYA)
    found = simulate(tmp_path / "plan.yaml", "--json")
    assert (found["refused"], found["message"].startswith("At project:")) == ("not_in_schema", True)


# --- Decisions and choices ---------------------------------------------------------------------------------------------------

LEVELS = """format: 1
project: LEVELS
title: Two levels
legal_basis: Invented
effective_from: 2024-01-01
currency: USD
pots:
  - {code: villages, title: Villages}
steps:
  - choose: mechanism
    cases:
      - is: JCM
        steps:
          - {split: receipt, into: {villages: 100 %}}
    otherwise:
      - {split: receipt, into: {villages: 100 %}}
  - {share: villages, among: districts, by: equal}
  - {share: villages, among: villages, within: districts, by: equal, id: second}
"""
FACTS = """groups:
  districts: [north, south]
  villages: {north: [n1, n2], south: [s1, s2]}
values: {mechanism: JCM}
overrides:
  second:
    authority: Assembly of the north
    document: Minutes of 4 May 2024
    reason: n2 lost its harvest
    amounts: {n1: 100.00, n2: 400.00}
"""


def test_a_decision_inside_one_parent_leaves_the_others_to_the_rule() -> None:
    found = allocate(plan=parse(LEVELS), facts=parse_facts(FACTS, currency="USD"), source=Source(1_000_00, "USD"))
    assert {line.recipient: line.amount_minor for line in found.lines} == {"n1": 100_00, "n2": 400_00, "s1": 250_00, "s2": 250_00}
    assert [item.variance() for item in found.departures] == [{"n1": -150_00, "n2": 150_00}]


def test_a_decision_inside_one_parent_must_add_up_there() -> None:
    with pytest.raises(PlanRefused, match="does not add up to 500.00"):
        allocate(plan=parse(LEVELS), facts=parse_facts(FACTS.replace("400.00", "300.00"), currency="USD"), source=Source(1_000_00, "USD"))


def test_a_decision_that_names_nobodys_village_is_refused() -> None:
    with pytest.raises(PlanRefused, match="names “nobody”"):
        allocate(plan=parse(LEVELS), facts=parse_facts(FACTS.replace("n2: 400", "nobody: 400"), currency="USD"), source=Source(1_000_00, "USD"))


def test_what_a_choice_rested_on_stands_on_every_line_of_it() -> None:
    found = allocate(plan=parse(LEVELS), facts=parse_facts(FACTS, currency="USD"), source=Source(1_000_00, "USD"))
    assert all("mechanism: JCM" in line.facts for line in found.lines)


def test_a_plan_without_choices_names_none() -> None:
    found = allocate(
        plan=parse(KENYA), facts=Facts(values=parse_facts("values: {cost: 1.00}", currency="KES").values), source=Source(1_000_00, "KES")
    )
    assert all(not line.facts for line in found.lines)
