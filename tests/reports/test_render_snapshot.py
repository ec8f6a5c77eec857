"""The sample snapshot keeps its schema and adds up, so that renderings can be judged by it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from reports.render.tables import MEMBERS
from tests.golden.keo_seima import AT_BANK
from tests.golden.snapshot import GOLDEN_FILE, empty_snapshot, golden_snapshot, golden_text, large_snapshot, programme_snapshot

SCHEMA = Path(__file__).parents[2] / "reports" / "schemas" / "snapshot-1.json"
MEASURES = ("allocated_minor", "paid_minor", "acknowledged_minor", "spent_minor", "evidenced_minor")


@pytest.fixture(scope="module")
def validator() -> jsonschema.Draft202012Validator:
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


@pytest.mark.parametrize("snapshot", [golden_snapshot(), empty_snapshot(), programme_snapshot(), large_snapshot(3)])
def test_every_sample_keeps_the_schema(validator: jsonschema.Draft202012Validator, snapshot: dict[str, Any]) -> None:
    assert [f"{error.json_path}: {error.message}" for error in validator.iter_errors(snapshot)] == []


@pytest.mark.parametrize(
    ("path", "wrong"),
    [
        (("headline", "period", "paid_minor"), 12.5),
        (("equation", "closing", "members", "pots"), None),
        (("period", "first"), "1 July 2026"),
        (("authority",), "Ministry"),
        (("frozen_at",), "2026-10-09T02:15:00+07:00"),
        (("surprise",), 1),
    ],
)
def test_the_schema_refuses_what_is_not_a_snapshot(validator: jsonschema.Draft202012Validator, path: tuple[str, ...], wrong: object) -> None:
    snapshot = golden_snapshot()
    place = snapshot
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = wrong
    assert not validator.is_valid(snapshot)


def test_the_golden_file_is_what_the_golden_programme_gives() -> None:
    assert GOLDEN_FILE.read_text(encoding="utf-8") == golden_text(golden_snapshot())


def test_the_equation_holds_in_every_column_and_tranche() -> None:
    equation = golden_snapshot()["equation"]
    for row in [equation["opening"], equation["movement"], equation["closing"], *equation["by_tranche"]]:
        assert row["received_minor"] == sum(row["members"].values())
        assert row["difference_minor"] == 0


def test_opening_and_movement_make_closing_and_so_do_the_tranches() -> None:
    equation = golden_snapshot()["equation"]
    for name in MEMBERS:
        closing = equation["closing"]["members"][name]
        assert equation["opening"]["members"][name] + equation["movement"]["members"][name] == closing
        assert sum(row["members"][name] for row in equation["by_tranche"]) == closing


def test_banks_hold_what_is_at_the_bank_and_what_is_not_ours() -> None:
    equation = golden_snapshot()["equation"]
    at_bank = sum(equation["closing"]["members"][name] for name in AT_BANK)
    assert sum(bank["ledger_minor"] - bank["not_ours_minor"] for bank in equation["banks"]) == at_bank


@pytest.mark.parametrize("span", ["period", "to_date"])
@pytest.mark.parametrize("measure", MEASURES)
def test_purposes_add_up_to_the_headline(span: str, measure: str) -> None:
    snapshot = golden_snapshot()
    assert sum(row[span][measure] for row in snapshot["by_purpose"]) == snapshot["headline"][span][measure]


@pytest.mark.parametrize("measure", ["paid_minor", "acknowledged_minor", "spent_minor", "evidenced_minor"])
def test_recipients_add_up_to_the_headline(measure: str) -> None:
    snapshot = golden_snapshot()
    assert sum(row["period"][measure] for row in snapshot["by_recipient"]) == snapshot["headline"]["period"][measure]


def test_categories_and_spending_add_up_to_what_was_spent() -> None:
    snapshot = golden_snapshot()
    spent = snapshot["headline"]["period"]["spent_minor"]
    assert sum(row["amount_minor"] for row in snapshot["by_category"]) == spent
    assert sum(row["amount_minor"] for row in snapshot["spending"]) == spent
