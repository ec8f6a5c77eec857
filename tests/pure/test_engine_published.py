"""Plans that countries and projects have published, to the cent. Sources and evidence stand in each expected file."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import yaml

from revenue.sharing.engine import Allocation, Facts, Source, allocate, in_force
from revenue.sharing.engine.units import in_minor
from revenue.sharing.planfile import parse, parse_facts

PLANS = Path(__file__).parent.parent / "plans"
CASES = sorted(path.name.removesuffix(".expected.yaml") for path in PLANS.glob("*.expected.yaml"))


def _table(case: str) -> dict[str, Any]:
    return dict(yaml.safe_load((PLANS / f"{case}.expected.yaml").read_text()))


def _periods(case: str) -> list[tuple[Allocation, dict[str, str]]]:
    table = _table(case)
    plans = [parse((PLANS / f"{name}.yaml").read_text()) for name in (case, *table.get("also", ()))]
    on = date.fromisoformat(table["on"]) if "on" in table else None
    facts_path = PLANS / f"{case}.facts.yaml"
    first_facts = facts_path.read_text() if facts_path.exists() else ""
    found = []
    for period in ({**table, "facts": first_facts}, *table.get("periods", ())):
        source = Source(_minor(period["amount"], table["currency"]), table["currency"], on=on)
        facts = parse_facts(period["facts"], currency=source.currency) if period.get("facts") else Facts()
        found.append((allocate(plan=in_force(plans=plans, source=source), facts=facts, source=source), period["expected"]))
    return found


def _minor(amount: str, currency: str) -> int:
    minor = in_minor(value=Fraction(amount), currency=currency)
    assert minor is not None
    return minor


@pytest.mark.parametrize("case", CASES)
def test_a_published_plan_gives_exactly_the_published_amounts(case: str) -> None:
    for allocation, expected in _periods(case):
        lines = allocation.to_plain()["lines"]
        assert isinstance(lines, list)
        assert {line["recipient"] or line["pot"]: line["amount"] for line in lines} == expected


@pytest.mark.parametrize("case", CASES)
def test_the_lines_of_a_published_plan_add_up_to_the_receipt(case: str) -> None:
    for allocation, _ in _periods(case):
        assert sum(line.amount_minor for line in allocation.lines) == allocation.total_minor


def test_riel_payouts_are_rounded_down_to_notes_and_the_residue_is_kept() -> None:
    case = "khm_composite_end_to_end"
    allocation, _ = _periods(case)[0]
    paid = {line.recipient: [str(line.payout.amount_minor), line.payout.residue] for line in allocation.lines if line.payout}
    assert paid == _table(case)["payout"]


def test_what_is_carried_can_be_given_to_the_next_receipt_as_it_is_written() -> None:
    carried = parse_facts("carried: {KHR: {villages: {a: 4.5, b: 5/3, c: -0.25}}}", currency="USD").carried["KHR"]["villages"]
    assert carried == {"a": Fraction(9, 2), "b": Fraction(5, 3), "c": Fraction(-1, 4)}


def test_every_published_case_that_allocates_is_here() -> None:
    assert len(CASES) >= 15
