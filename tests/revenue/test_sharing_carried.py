"""What could not be paid in whole notes is carried to the next receipt, corrections and reversals included."""

from __future__ import annotations

import json
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest

from communities.registry.models import Village
from revenue.sharing import services
from revenue.sharing.models import AllocationRun
from revenue.sharing.queries.memory import remembered
from tests.revenue.sharing_stage import AT, PLAN, Stage

pytestmark = pytest.mark.django_db
IN_RIEL = PLAN.replace("currency: USD\n", "currency: USD\npayout: {currency: KHR, quantum: 100}\n")
DAY = date(2026, 2, 1)
RATE = Decimal("4050.5")


@pytest.fixture
def stage() -> Stage:
    stage = Stage(plan=IN_RIEL)
    services.state_payout_rate(base="USD", currency="KHR", rate=RATE, on=DAY, source="National Bank", by=stage.officer, at=AT)
    return stage


def shared(stage: Stage, gross: int, after: int = 0) -> AllocationRun:
    return AllocationRun.objects.get(tranche=stage.shared(gross, DAY + timedelta(after)).tranche)


def counted_late(stage: Stage) -> None:
    villages = (Village.objects.get(name="pu-char"), Village.objects.get(name="pu-ngav"))
    stage.counted(date(2026, 1, 15), {villages[0]: 41, villages[1]: 59})


def due(code: str) -> Fraction:
    """What a village's standing shares come to in riel, less what is said to be paid of them: this must be carried."""
    sums = Fraction(0)
    for run in AllocationRun.objects.filter(status="ALLOCATED"):
        for line in json.loads(run.result)["lines"]:
            if line["recipient"] == code:
                sums += Fraction(line["amount"]) * Fraction(RATE) - Fraction(line["payout"]["amount"])
    return sums


def carried(stage: Stage, code: str) -> Fraction:
    return remembered(project_id=stage.project.pk).carried["KHR"]["community"][code]


def assert_reconciled(stage: Stage) -> None:
    for code in ("pu-char", "pu-ngav"):
        assert carried(stage, code) == due(code) != 0


def test_what_is_paid_and_what_is_carried_is_what_the_shares_come_to(stage: Stage) -> None:
    for place, gross in enumerate((123_456, 10_001, 77)):
        shared(stage, gross, place)
        assert_reconciled(stage)
    assert all(0 < carried(stage, code) < 100 for code in ("pu-char", "pu-ngav"))


def test_a_payout_says_what_of_it_was_carried_from_before(stage: Stage) -> None:
    first = {line["recipient"]: line["payout"] for line in json.loads(shared(stage, 123_456).result)["lines"] if line.get("payout")}
    second = {line["recipient"]: line["payout"] for line in json.loads(shared(stage, 10_001, 1).result)["lines"] if line.get("payout")}
    assert "brought" not in first["pu-char"]
    assert second["pu-char"]["brought"] == first["pu-char"]["residue"]


def test_a_corrected_receipt_carries_its_own_rest_to_the_next(stage: Stage) -> None:
    first = shared(stage, 123_456)
    shared(stage, 10_001, 1)
    counted_late(stage)
    proposal = services.propose_correction(run_id=first.pk, reason="A late count", by=stage.officer, at=AT)
    services.approve_allocation(run_id=proposal.pk, by=stage.approver, at=AT, day=date(2026, 4, 1))
    assert_reconciled(stage)
    shared(stage, 5_003, 2)
    assert_reconciled(stage)


def test_a_correction_of_the_latest_receipt_begins_with_what_the_receipt_began_with(stage: Stage) -> None:
    shared(stage, 123_456)
    latest = shared(stage, 10_001, 1)
    counted_late(stage)
    proposal = services.propose_correction(run_id=latest.pk, reason="A late count", by=stage.officer, at=AT)
    services.approve_allocation(run_id=proposal.pk, by=stage.approver, at=AT, day=date(2026, 4, 1))
    assert_reconciled(stage)


def test_a_reversed_receipt_takes_its_rest_with_it_and_brings_it_again(stage: Stage) -> None:
    shared(stage, 123_456)
    wrong = shared(stage, 10_001, 1)
    shared(stage, 5_003, 2)
    services.ask_reversal(run_id=wrong.pk, reason="Another project's money", by=stage.officer, at=AT)
    services.reverse_allocation(run_id=wrong.pk, by=stage.approver, at=AT, day=date(2026, 4, 1))
    assert_reconciled(stage)
    services.approve_allocation(
        run_id=services.propose_allocation(tranche_id=wrong.tranche_id, by=stage.officer, at=AT).pk, by=stage.approver, at=AT, day=date(2026, 4, 1)
    )
    assert_reconciled(stage)
