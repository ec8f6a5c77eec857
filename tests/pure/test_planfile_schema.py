"""The JSON Schema that editors use agrees with the program."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from tests.pure.test_planfile_docs import EXAMPLES, Example
from tests.pure.test_planfile_mistakes import GOOD

ROOT = Path(__file__).parent.parent.parent
PLANS = sorted(path for path in (ROOT / "tests" / "plans").glob("*.yaml") if path.stem.count(".") == 0)


class EditorLoader(yaml.SafeLoader):
    """Read YAML as an editor does: a day is text."""


EditorLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in rules if tag != "tag:yaml.org,2002:timestamp"]
    for first, rules in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _errors(text: str) -> list[Any]:
    schema = json.loads((ROOT / "docs" / "schemas" / "plan-1.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    return list(jsonschema.Draft202012Validator(schema).iter_errors(yaml.load(text, Loader=EditorLoader)))


@pytest.mark.parametrize("path", PLANS, ids=lambda path: path.stem)
def test_the_schema_accepts_every_published_plan(path: Path) -> None:
    assert _errors(path.read_text()) == []


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_the_schema_accepts_every_example_of_the_page(example: Example) -> None:
    assert _errors(example.plan) == []


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("format: 1", "format: 2"),
        ("legal_basis: Decision 12\n", ""),
        ("charge: broker", "carge: broker"),
        ("60 %", "0.6"),
        ("purpose: costs", "purpose: cost"),
        ("    release: after verification\n", ""),
        ("effective_from: 2024-01-01", "effective_from: soon"),
    ],
)
def test_the_schema_refuses_what_the_program_refuses(right: str, wrong: str) -> None:
    assert _errors(GOOD) == []
    assert _errors(GOOD.replace(right, wrong, 1))
