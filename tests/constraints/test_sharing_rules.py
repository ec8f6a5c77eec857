"""What the database itself refuses about plans and allocations, by raw update as well as by save."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction

from core import files
from revenue.sharing import services
from revenue.sharing.models import AllocationLine, AllocationRun, Beneficiary, PayoutRate, PlanVersion, Ruling, StatedFact, UsedCount
from tests.constraints.test_disbursements_rules import refused
from tests.revenue.sharing_stage import AT, PLAN, Stage

pytestmark = pytest.mark.django_db
# What a trigger of core.append_only.frozen says.
FROZEN = "what the books were made from does not change"
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


@pytest.mark.parametrize(
    "values", [{"entry_id": None}, {"plan_version_id": None}, {"status": "UNALLOCATED", "decided_by_id": None, "decided_at": None}]
)
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


# --- An allocation is proposed by one and approved by another -----------------------------------------------------------------


def proposed(stage: Stage) -> AllocationRun:
    return services.propose_allocation(tranche_id=stage.receipt().tranche_id, by=stage.officer, at=AT)


def shared(stage: Stage) -> AllocationRun:
    return AllocationRun.objects.get(tranche=stage.shared().tranche)


def test_who_proposes_an_allocation_is_not_who_approves_it(stage: Stage) -> None:
    refused("allocation_maker_is_not_checker", shared(stage), run_by_id=stage.approver.pk)


def test_a_tranche_has_one_proposal_at_a_time(stage: Stage) -> None:
    first, second = proposed(stage), shared(stage)
    with pytest.raises(IntegrityError, match="tranche_proposed_once"), transaction.atomic():
        AllocationRun.objects.create(
            tranche=first.tranche, project=first.project, plan_version=first.plan_version, status="PROPOSED", amount_minor=1, currency="USD",
            sha256="0" * 64, run_by=stage.officer, run_at=AT,
        )  # fmt: skip
    refused("allocation_stays", second, status="PROPOSED", decided_by_id=None, decided_at=None, entry_id=None)


def test_an_allocation_is_never_written_as_done(stage: Stage) -> None:
    done = shared(stage)
    with pytest.raises(IntegrityError, match="allocation_steps"), transaction.atomic():
        AllocationRun.objects.create(
            tranche=stage.receipt().tranche, project=done.project, plan_version=done.plan_version, status="ALLOCATED", amount_minor=1, currency="USD",
            sha256="0" * 64, entry=done.entry, run_by=stage.officer, run_at=AT,
        )  # fmt: skip


def test_a_proposal_does_not_become_an_allocation_without_a_second_person(stage: Stage) -> None:
    entry = shared(stage).entry
    assert entry is not None
    refused("allocation_steps", proposed(stage), status="ALLOCATED", entry_id=entry.pk)


@pytest.mark.parametrize(
    ("constraint", "values"),
    [
        ("allocation_decision_matches_status", {"decided_at": AT}),
        ("allocation_decision_matches_status", {"status": "REFUSED"}),
        ("allocation_has_plan_or_reason", {"plan_version_id": None}),
        ("allocation_reversal_has_reason", {"reversal_reason": "Why not"}),
        ("allocation_correction_has_first", {"first_id": 1}),
    ],
)
def test_a_proposal_is_what_its_status_says(stage: Stage, constraint: str, values: dict[str, object]) -> None:
    refused(constraint, proposed(stage), **values)


def test_an_allocation_is_reversed_by_two(stage: Stage) -> None:
    run = shared(stage)
    assert run.entry is not None
    whole = {"status": "REVERSED", "reversed_at": AT, "reversal_entry_id": run.entry.pk, "reversal_reason": "Wrong"}
    by = stage.approver.pk
    refused("allocation_reversed_by_two", run, **whole, reversal_asked_by_id=by, reversed_by_id=by)
    refused("allocation_reversed_by_two", AllocationRun.objects.get(pk=run.pk), status="REVERSED")


def test_an_approved_allocation_is_not_proposed_again(stage: Stage) -> None:
    refused("allocation_stays", shared(stage), status="WITHDRAWN", decided_by_id=None, decided_at=None, entry_id=None)


@pytest.mark.parametrize(
    ("constraint", "values"),
    [
        ("allocation_line_rule_not_negative", {"rule_minor": -1}),
        ("allocation_line_reserve_released", {"released_minor": 5}),
        (FROZEN, {"how_km": "ផ្សេង"}),
    ],
)
def test_a_line_keeps_what_it_says(stage: Stage, constraint: str, values: dict[str, object]) -> None:
    line = shared(stage).lines.get(position=1)
    if "released_minor" in values:
        values = {**values, "release_entry_id": line.run.entry_id, "released_by_id": stage.approver.pk, "released_at": AT, "release_reason": "Why"}
    refused(constraint, line, **values)


# --- Drafts, stated facts and decisions --------------------------------------------------------------------------------------


def test_a_proposed_version_is_no_draft_again(stage: Stage) -> None:
    refused("plan_version_steps", stage.proposed(SECOND), status="DRAFT")


def stated(stage: Stage) -> StatedFact:
    return services.state_fact(
        project_id=stage.project.pk, tranche_id=None, name="costs", value="1", from_date=date(2026, 1, 1), source="Invoice", document_id=None,
        by=stage.officer, at=AT,
    )  # fmt: skip


def rate(stage: Stage) -> PayoutRate:
    return services.state_payout_rate(
        base="USD", currency="KHR", rate=Decimal(4050), on=date(2026, 1, 1), source="National Bank", by=stage.officer, at=AT
    )


@pytest.mark.parametrize("make", [stated, rate])
def test_what_was_stated_stays(stage: Stage, make: Any) -> None:
    row = make(stage)
    for change in (lambda: type(row).objects.filter(pk=row.pk).update(source="Other"), row.delete):
        with pytest.raises((IntegrityError, ProgrammingError)), transaction.atomic():
            change()


@pytest.mark.parametrize(
    ("constraint", "row"),
    [
        ("stated_fact_is_whole", {"name": "costs", "value": "", "from_date": date(2026, 1, 1), "source": "x"}),
        ("stated_fact_is_whole", {"name": "costs", "value": "1", "from_date": date(2026, 1, 1), "source": ""}),
    ],
)
def test_a_stated_fact_is_whole(stage: Stage, constraint: str, row: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        StatedFact.objects.create(project=stage.project, stated_by=stage.officer, stated_at=AT, **row)


@pytest.mark.parametrize(
    ("constraint", "row"),
    [
        ("payout_rate_above_zero", {"base": "USD", "currency": "KHR", "rate": 0, "source": "x"}),
        ("payout_rate_above_zero", {"base": "USD", "currency": "KHR", "rate": 1, "source": ""}),
        ("payout_rate_of_two_currencies", {"base": "USD", "currency": "USD", "rate": 1, "source": "x"}),
    ],
)
def test_a_rate_is_a_rate(stage: Stage, constraint: str, row: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        PayoutRate.objects.create(on=date(2026, 1, 1), stated_by=stage.officer, stated_at=AT, **row)


def test_a_sheet_is_named_once_by_an_allocation_and_for_good(stage: Stage) -> None:
    used = stage.allocated(stage.receipt()).counts.get()
    with pytest.raises(IntegrityError, match="used_count_once_a_run"), transaction.atomic():
        UsedCount.objects.create(run=used.run, snapshot=used.snapshot)
    for change in ("UPDATE sharing_usedcount SET snapshot_id = snapshot_id", "DELETE FROM sharing_usedcount"):
        with pytest.raises(Exception, match="append-only|permission denied"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(change)


def ruling(stage: Stage, **changes: Any) -> Ruling:
    minutes = files.store(data=b"%PDF-1.4 minutes", media_type="application/pdf", original_name="minutes.pdf", by=stage.officer, at=AT)
    given: dict[str, Any] = {
        "tranche_id": stage.receipt().tranche_id, "step": "3", "authority": "Minister", "title": "Letter 5", "document_id": minutes.pk,
        "decided_on": date(2026, 1, 4), "why": "As before", "women_present": None, "men_present": None,
        "parts": {"shares": {"community": "70 %", "protection": "30 %"}}, "by": stage.officer, "at": AT, **changes,
    }  # fmt: skip
    return services.record_ruling(**given)


@pytest.mark.parametrize(
    ("constraint", "values"),
    [
        ("ruling_decision_matches_status", {"status": "APPROVED"}),
        ("override_says_why", {"why": ""}),
        ("own_division_has_attendance", {"kind": "MANUAL"}),
        (FROZEN, {"parts": {"shares": {"community": "100 %"}}}),
    ],
)
def test_a_decision_about_a_step_is_whole(stage: Stage, constraint: str, values: dict[str, object]) -> None:
    refused(constraint, ruling(stage), **values)


def test_who_enters_a_decision_is_not_who_lets_it_stand(stage: Stage) -> None:
    refused("ruling_maker_is_not_checker", ruling(stage), status="APPROVED", ruled_by_id=stage.officer.pk, ruled_at=AT)


def test_a_step_has_one_decision_a_receipt(stage: Stage) -> None:
    first = ruling(stage)
    with pytest.raises(IntegrityError, match="ruling_once_a_step"), transaction.atomic():
        Ruling.objects.create(
            tranche=first.tranche, project=first.project, kind="OVERRIDE", step="3", authority="x", title="x", document=first.document,
            decided_on=first.decided_on, why="x", parts={}, made_by=stage.officer, made_at=AT,
        )  # fmt: skip


def test_a_decision_that_stands_stays(stage: Stage) -> None:
    done = services.decide_ruling(ruling_id=ruling(stage).pk, approve=True, reason="", by=stage.approver, at=AT)
    refused(FROZEN, done, reason="Changed afterwards")
