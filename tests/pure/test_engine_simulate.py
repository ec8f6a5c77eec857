"""The command that tries a plan file needs no database and says everything in JSON."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

PLANS = Path(__file__).parent.parent / "plans"


def _simulate(*args: str) -> dict[str, Any]:
    out = StringIO()
    call_command("simulate_plan", *args, "--json", stdout=out)
    return dict(json.loads(out.getvalue()))


def test_the_lines_of_a_simulation_are_amounts_in_major_units_that_add_up() -> None:
    case = str(PLANS / "khm_oddar_meanchey_50_net_area")
    found = _simulate(f"{case}.yaml", "--amount", "1,000,000.00", "--facts", f"{case}.facts.yaml")
    assert found["total"] == "1000000.00"
    rolus_thom = next(line for line in found["lines"] if line["recipient"] == "rolus_thom")
    assert [rolus_thom[name] for name in ("pot", "amount", "currency", "state")] == ["communities", "27561.19", "USD", "allocated"]


def test_a_refusal_prints_its_code_and_the_whole_amount_as_unallocated_and_ends_with_2() -> None:
    out = StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("simulate_plan", str(PLANS / "zwe_si150_2023_versions.yaml"), "--amount", "18000000", "--on", "2020-01-01", "--json", stdout=out)
    found = json.loads(out.getvalue())
    assert ended.value.code == 2
    assert found["refused"] == "no_effective_plan"
    assert [(line["amount"], line["state"]) for line in found["lines"]] == [("18000000.00", "unallocated")]


def test_the_version_in_force_on_the_day_is_used() -> None:
    versions = [str(PLANS / f"zwe_si150_2023_{name}.yaml") for name in ("versions", "amended")]
    found = _simulate(*versions, "--amount", "1000000.00", "--on", "2023-10-01")
    assert [line["amount"] for line in found["lines"]] == ["300000.00", "700000.00"]


def test_periods_remember_what_was_not_recovered(tmp_path: Path) -> None:
    periods = tmp_path / "periods.yaml"
    periods.write_text(
        "periods:\n  - amount: 100000\n    facts: {values: {costs: 140000}}\n  - amount: 200000\n    facts: {values: {costs: 50000}}\n"
    )
    found = _simulate(str(PLANS / "cost_recovery_carry_forward.yaml"), "--periods", str(periods))
    assert [period["memory"] for period in found["periods"]] == [{"unrecovered": "40000.00"}, {"unrecovered": "0.00"}]
    assert [line["amount"] for line in found["periods"][1]["lines"]] == ["94000.00", "53000.00", "53000.00"]


def test_credits_carry_their_serial_numbers() -> None:
    found = _simulate(str(PLANS / "jcm_credit_share.yaml"), "--amount", "12345", "--first-serial", "1001")
    assert [line["serials"] for line in found["lines"]] == [[1001, 7173], [7174, 13345]]


def test_a_missing_file_is_answered_with_a_sentence() -> None:
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("simulate_plan", "nowhere.yaml", "--amount", "1")


def test_a_file_that_cannot_be_read_leaves_the_whole_amount_unallocated_in_json(tmp_path: Path) -> None:
    garbage = tmp_path / "garbage.yaml"
    garbage.write_bytes(bytes(range(128, 256)))
    for path, code in (("nowhere.yaml", "cannot_be_read"), (str(garbage), "not_utf8")):
        out = StringIO()
        with pytest.raises(SystemExit) as ended:
            call_command("simulate_plan", path, "--amount", "90000.00", "--currency", "USD", "--json", stdout=out)
        found = json.loads(out.getvalue())
        assert (ended.value.code, found["refused"], found["total"]) == (2, code, "90000.00")
        assert [(line["amount"], line["state"]) for line in found["lines"]] == [("90000.00", "unallocated")]


@pytest.mark.parametrize(
    ("code", "given"),
    [
        ("not_a_date", ["--amount", "90000.00", "--on", "garbage"]),
        ("not_a_date", ["--amount", "90000.00", "--on", ""]),
        ("not_a_serial", ["--amount", "90000.00", "--first-serial", "-4"]),
        ("not_an_amount", ["--amount", "9" * 5000]),
        ("no_amount", []),
    ],
)
def test_what_is_mistaken_on_the_command_line_is_refused_in_json_too(code: str, given: list[str]) -> None:
    out = StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("simulate_plan", str(PLANS / "guy_2023_instalments.yaml"), *given, "--json", stdout=out)
    found = json.loads(out.getvalue())
    assert (ended.value.code, found["refused"]) == (2, code)
    assert [line["amount"] for line in found["lines"]] == (["90000.00"] if "90000.00" in given else [])


def test_the_printed_form_says_how_each_amount_came_about() -> None:
    out = StringIO()
    call_command("simulate_plan", str(PLANS / "guy_2023_instalments.yaml"), "--amount", "112500000", stdout=out)
    assert "15 % of the money received (112,500,000.00)" in out.getvalue()
