"""The benchmark of the plan engine: every kind of key can be measured, and the table shows growth."""

from __future__ import annotations

import json
from typing import Any

import pytest

from revenue.sharing.planfile import parse
from tests.benchmarks import engine
from tests.benchmarks.timing import Measure

MEASURES = [Measure("equal", 10, 1.0, None), Measure("equal", 1_000, 10.0, None), Measure("equal", 100_000, 1_000.0, None)]


@pytest.mark.parametrize("key", engine.KEYS)
@pytest.mark.parametrize("recipients", [10, 250])
def test_every_key_shares_the_whole_receipt(key: str, recipients: int) -> None:
    plan = parse(engine._HEAD + engine.KEYS[key] + "\n")
    shared: Any = engine.Case(key, plan, engine.facts_for(recipients)).share()
    assert sum(line.amount_minor for line in shared.lines) == engine.CENTS
    assert len({line.recipient for line in shared.lines if line.recipient}) == recipients


def test_every_key_is_measured_at_every_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "ROUNDS", 1)
    monkeypatch.setattr(engine, "KEYS", dict(list(engine.KEYS.items())[:2]))
    measures = engine.run(sizes=[10, 20], say=lambda _text: None)
    assert {(one.name, one.size) for one in measures} == {(key, size) for key in engine.KEYS for size in (10, 20)}


def test_the_table_shows_growth_and_what_one_recipient_costs() -> None:
    row = engine.as_text(MEASURES).splitlines()[-1].split()
    assert row == ["equal", "1.0", "10.0", "1,000.0", "10", "1.00"]


def test_the_same_measures_stand_in_the_json() -> None:
    assert json.loads(engine.as_plain(MEASURES))["engine"][1] == {"key": "equal", "recipients": 1_000, "milliseconds": 10.0}
