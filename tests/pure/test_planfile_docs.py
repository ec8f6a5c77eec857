"""The page about plan files is run: every example gives the amounts printed under it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from revenue.sharing.engine import Allocation, Facts, Source, allocate
from revenue.sharing.engine.units import for_people, in_minor, number
from revenue.sharing.planfile import parse, parse_facts, parse_periods

PAGE = Path(__file__).parent.parent.parent / "docs" / "plan-files.md"
_BLOCK = re.compile(r"^## (?P<title>[^\n]+)$|^```(?P<kind>yaml|result)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Example:
    name: str
    plan: str
    facts: str
    result: str


def _examples() -> list[Example]:
    head = plan = facts = title = ""
    found: list[Example] = []
    for block in _BLOCK.finditer(PAGE.read_text()):
        body = block["body"] or ""
        if block["title"]:
            title = block["title"]
        elif body.startswith("# head"):
            plan, facts = body, ""
            head = head or body
        elif body.startswith("# plan"):
            plan, facts = head + body, ""
        elif body.startswith("# facts"):
            facts = body
        elif block["kind"] == "result":
            found.append(Example(f"{title} [{len(found)}]", plan, facts, body))
    return found


EXAMPLES = _examples()


def _allocated(example: Example) -> Allocation:
    plan = parse(example.plan)
    received = number(text=example.result.splitlines()[0].removeprefix("receipt "))
    assert received is not None
    minor = in_minor(value=received, currency=plan.currency)
    assert minor is not None
    facts = parse_facts(example.facts, currency=plan.currency) if example.facts else Facts()
    return allocate(plan=plan, facts=facts, source=Source(minor, plan.currency))


def _printed(allocation: Allocation) -> list[str]:
    rows = []
    for line in allocation.lines:
        who = f"{line.pot} / {line.recipient}" if line.recipient else line.pot
        state = "" if line.state == "allocated" else f" {line.state}"
        rows.append(f"{who} {for_people(minor=line.amount_minor, currency=line.currency)}{state}")
    return rows


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_an_example_gives_the_amounts_printed_under_it(example: Example) -> None:
    assert sorted(_printed(_allocated(example))) == sorted(example.result.splitlines()[1:])


def test_every_verb_of_the_page_has_an_example_that_is_run() -> None:
    verbs = re.findall(
        r"^\| `(\w+)`(?:, `(\w+)`)? \| (?:moves|the same|pays|divides|sends|follows|withholds|the recipients|takes)", PAGE.read_text(), re.MULTILINE
    )
    named = {verb for pair in verbs for verb in pair if verb}
    assert len(named) == 13
    unused = {verb for verb in named if not any(f"- {verb}:" in example.plan for example in EXAMPLES)}
    assert not unused


def test_the_facts_and_periods_of_the_page_can_be_read() -> None:
    bodies = [block["body"] for block in _BLOCK.finditer(PAGE.read_text()) if block["body"]]
    assert all(parse_facts(body, currency="USD") for body in bodies if body.startswith("# facts"))
    periods = [parse_periods(body, currency="USD") for body in bodies if body.startswith("# periods")]
    assert [source.amount_minor for source, _ in periods[0]] == [9_000_000, 6_000_000]
