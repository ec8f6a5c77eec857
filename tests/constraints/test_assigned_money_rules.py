"""Each rule on interest and donor money put into a pot, refused by raw SQL as the application and by the models."""

from __future__ import annotations

from datetime import date

import pytest

from revenue.sharing import services as sharing
from revenue.sharing.models import AllocationRun, AssignedMoney
from tests.constraints.test_credits_rules import refused, run
from tests.revenue.credits_office import AT, approver, officer
from tests.revenue.sharing_stage import Stage
from tests.revenue.test_credits_money_in import approve, income

pytestmark = pytest.mark.django_db


@pytest.fixture
def stage() -> Stage:
    return Stage()


@pytest.fixture
def proposed(stage: Stage) -> AssignedMoney:
    interest = approve(income(amount=2_000, value_date=date(2026, 3, 31)))
    assert interest.tranche is not None
    return sharing.propose_assignment(
        tranche_id=interest.tranche.pk, pot_id=stage.pot("costs").pk, amount_minor=1_500, why="Bank costs", by=officer(), at=AT
    )


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ("amount_minor = 0", "assignment_is_positive"),
        ("why = ''", "assignment_says_why"),
        ("status = 'APPROVED', decided_by_id = (SELECT id FROM people_user WHERE id <> proposed_by_id LIMIT 1), decided_at = now()",
         "assignment_is_posted_when_approved"),
        ("status = 'REFUSED', decided_by_id = proposed_by_id, decided_at = now(), reason = 'no'", "assignedmoney_maker_is_not_checker"),
        ("decided_at = now()", "assignedmoney_decision_matches_status"),
        ("amount_minor = amount_minor + 1", "sharing_assignedmoney_frozen"),
    ],
)  # fmt: skip
def test_money_assigned_as_it_cannot_be_is_refused(proposed: AssignedMoney, change: str, rule: str) -> None:
    with refused(rule):
        run(f"UPDATE sharing_assignedmoney SET {change} WHERE id = %s", proposed.pk)


def test_what_was_decided_about_assigned_money_stays(proposed: AssignedMoney) -> None:
    sharing.decide_assignment(assignment_id=proposed.pk, approve=True, reason="", by=approver(), at=AT)
    with refused("sharing_assignedmoney_frozen"):
        AssignedMoney.objects.filter(pk=proposed.pk).update(reason="later")
    with refused("sharing_assignedmoney_kept"):
        run("DELETE FROM sharing_assignedmoney WHERE id = %s", proposed.pk)


def test_the_money_of_a_sale_is_not_assigned_and_no_plan_shares_interest(proposed: AssignedMoney, stage: Stage) -> None:
    paid = stage.receipt()
    with refused("assignment_of_no_sale"):
        AssignedMoney.objects.create(
            reference="AS-X", tranche=paid.tranche, pot=proposed.pot, amount_minor=1, currency="USD", why="x", proposed_by=officer(), proposed_at=AT
        )
    shared = stage.allocated(paid)
    copy = AllocationRun.objects.get(pk=shared.pk)
    copy.pk, copy.tranche, copy.status = None, proposed.tranche, AllocationRun.Status.PROPOSED
    with refused("allocation_of_a_sale"):
        copy.save(force_insert=True)


def test_a_plan_that_would_share_interest_says_who_decides(proposed: AssignedMoney) -> None:
    assert "two people assign it" in sharing.preview_allocation(tranche_id=proposed.tranche_id).problem
