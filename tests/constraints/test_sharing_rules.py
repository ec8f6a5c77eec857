"""What the database itself refuses about plans and allocations, by raw update as well as by save."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import IntegrityError, transaction

from revenue.sharing.models import AllocationLine, AllocationRun, Beneficiary, PlanVersion
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


# --- A version says for ever what was approved ------------------------------------------------------------------------------


@pytest.mark.parametrize("change", [{"text": "format: 1"}, {"sha256": "0" * 64}, {"title": "Another"}, {"number": 7}])
def test_an_approved_version_says_the_same_for_ever(stage: Stage, change: dict[str, object]) -> None:
    refused("plan_version_stays", stage.plan, **change)


def test_a_proposed_version_is_decided_as_it_was_proposed(stage: Stage) -> None:
    refused("plan_version_stays", stage.proposed(SECOND), text=SECOND + "# changed")


def test_an_approved_version_begins_when_it_was_said_to(stage: Stage) -> None:
    refused("plan_version_stays", stage.plan, effective_from=date(2025, 12, 1))


def test_a_decision_is_not_taken_back(stage: Stage) -> None:
    refused("plan_version_stays", stage.plan, reason="Changed afterwards")


def test_a_version_ends_only_where_the_next_begins(stage: Stage) -> None:
    refused("plan_version_stays", stage.plan, effective_to=date(2026, 5, 1))
    stage.approved(SECOND)
    refused("plan_one_in_force", PlanVersion.objects.get(pk=stage.plan.pk), effective_to=None)


def test_a_version_does_not_end_before_what_it_shared(stage: Stage) -> None:
    stage.shared(on=date(2026, 8, 1))
    stage.proposed(SECOND)
    refused("plan_version_stays", stage.plan, effective_to=date(2026, 7, 1))


def test_a_version_is_never_deleted(stage: Stage) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        PlanVersion.objects.filter(pk=stage.plan.pk).delete()


@pytest.mark.parametrize("change", [{"result": "{}"}, {"sha256": "0" * 64}, {"snapshot": None}])
def test_what_an_allocation_rests_on_does_not_change(stage: Stage, change: dict[str, object]) -> None:
    refused("allocation_stays", AllocationRun.objects.get(tranche=stage.shared().tranche), **change)
