"""What the database itself refuses about plans and allocations, by raw update as well as by save."""

from __future__ import annotations

from datetime import date

import pytest

from revenue.sharing.models import AllocationLine, AllocationRun, Beneficiary
from tests.constraints.test_disbursements_rules import refused
from tests.revenue.sharing_stage import PLAN, Stage

pytestmark = pytest.mark.django_db
SECOND = PLAN.replace("2026-01-01", "2026-07-01").replace("60 %", "50 %")


@pytest.fixture
def stage() -> Stage:
    return Stage()


def test_two_versions_are_never_in_force_at_once(stage: Stage) -> None:
    second = stage.approved(SECOND)
    refused("plan_one_in_force", second, effective_from=date(2026, 6, 30))


def test_a_version_number_stands_once(stage: Stage) -> None:
    refused("plan_version_number_once", stage.proposed(SECOND), number=1)


def test_a_plan_ends_after_it_begins(stage: Stage) -> None:
    refused("plan_ends_after_it_begins", stage.proposed(SECOND), effective_to=date(2026, 7, 1))


def test_who_proposed_is_not_who_decided(stage: Stage) -> None:
    refused("plan_maker_is_not_checker", stage.plan, decided_by_id=stage.officer.pk)


def test_a_decision_matches_its_status(stage: Stage) -> None:
    refused("plan_decision_matches_status", stage.proposed(SECOND), status="APPROVED")


def test_a_beneficiary_is_in_a_group_once_at_a_time(stage: Stage) -> None:
    first = Beneficiary.objects.get(recipient=stage.pu_char)
    second = Beneficiary.objects.get(recipient=stage.pu_ngav)
    refused("beneficiary_once_at_a_time", second, recipient_id=first.recipient_id)


def test_a_membership_ends_after_it_begins(stage: Stage) -> None:
    refused("beneficiary_ends_after_it_begins", Beneficiary.objects.get(recipient=stage.pu_char), to_date=date(2026, 1, 1))


def test_a_pot_code_stands_once_a_project(stage: Stage) -> None:
    refused("pot_code_once", stage.pot("community"), code="protection")


def test_a_tranche_is_allocated_once(stage: Stage) -> None:
    first = AllocationRun.objects.get(tranche=stage.shared().tranche)
    second = AllocationRun.objects.get(tranche=stage.shared(on=date(2026, 2, 9)).tranche)
    refused("tranche_allocated_once", second, tranche_id=first.tranche_id)


@pytest.mark.parametrize("values", [{"entry_id": None}, {"plan_version_id": None}, {"status": "UNALLOCATED"}])
def test_an_allocation_has_its_plan_and_entry_or_a_reason(stage: Stage, values: dict[str, object]) -> None:
    refused("allocation_has_plan_or_reason", AllocationRun.objects.get(tranche=stage.shared().tranche), **values)


@pytest.mark.parametrize(
    ("constraint", "values"),
    [
        ("allocation_line_not_negative", {"amount_minor": -1}),
        ("allocation_line_position_once", {"position": 2}),
        ("allocation_line_release_is_whole", {"released_at": "2026-03-01T00:00Z"}),
    ],
)
def test_an_allocation_line_is_whole(stage: Stage, constraint: str, values: dict[str, object]) -> None:
    stage.shared()
    refused(constraint, AllocationLine.objects.get(position=1), **values)
