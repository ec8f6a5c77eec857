"""Allocations by two people: proposed, refused, approved as seen, corrected after a late fact, and undone."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from communities.registry.models import Village
from core.audit.models import AuditRecord
from core.people.access import NotYours, OwnRequest
from core.people.models import Role
from revenue.ledger import checks
from revenue.ledger.models import Entry
from revenue.ledger.refusals import MoneyHasMoved
from revenue.sharing import services
from revenue.sharing.models import AllocationLine, AllocationRun
from revenue.sharing.queries.memory import overpaid, remembered
from revenue.sharing.refusals import AlreadyDecided, LaterReceipts, NotAsked, NothingToAllocate, PreviewChanged, ReasonNeeded
from tests.revenue import credits_office as office
from tests.revenue.sharing_stage import AT, BEGINS, PLAN, Stage, held

pytestmark = pytest.mark.django_db
DAY = date(2026, 2, 1)
LATE = date(2026, 4, 1)
RECOUPING = PLAN + "  - {recover_overpayment: community, to: reserve, cap: 20 %}\n"
REMEMBERING = PLAN.replace(
    "- {charge: costs, from: receipt, take: 10 % of gross}", "- {recover: costs, from: receipt, costs: stated costs, at_most: 40 % of gross}"
)


@pytest.fixture
def stage() -> Stage:
    return Stage()


def proposed(stage: Stage) -> AllocationRun:
    return services.propose_allocation(tranche_id=stage.receipt().tranche_id, by=stage.officer, at=AT)


def approve(run: AllocationRun, stage: Stage, day: date = DAY) -> AllocationRun:
    return services.approve_allocation(run_id=run.pk, by=stage.approver, at=AT, day=day)


def run_of(stage: Stage, *, on: date = DAY, gross: int = 1_000_000) -> AllocationRun:
    return AllocationRun.objects.get(tranche=stage.shared(gross, on=on).tranche, status="ALLOCATED")


def counted_late(stage: Stage, households: tuple[int, int] = (50, 50)) -> None:
    """A newer count of the same day than the one that was used: it says otherwise."""
    villages = (Village.objects.get(name="pu-char"), Village.objects.get(name="pu-ngav"))
    stage.counted(date(2026, 1, 15), dict(zip(villages, households, strict=True)))


def corrected(run: AllocationRun, stage: Stage, day: date = LATE) -> AllocationRun:
    proposal = services.propose_correction(run_id=run.pk, reason="The count of 15 January came late", by=stage.officer, at=AT)
    return approve(proposal, stage, day)


def of(run: AllocationRun, code: str) -> AllocationLine:
    return run.lines.get(recipient__code=code)


# --- Proposed and approved -------------------------------------------------------------------------------------------------


def test_a_proposal_moves_nothing(stage: Stage) -> None:
    run = proposed(stage)
    assert (run.status, run.entry, run.lines.count()) == (AllocationRun.Status.PROPOSED, None, 0)
    assert held("unallocated") == 1_000_000


def test_what_is_approved_is_what_was_proposed_to_the_byte(stage: Stage) -> None:
    run = proposed(stage)
    done = approve(run, stage)
    assert (done.result, done.sha256) == (run.result, run.sha256)
    assert sum(done.lines.values_list("amount_minor", flat=True)) == 1_000_000
    assert run.sha256 in AuditRecord.objects.get(act="allocation.post").content


def test_a_proposal_that_is_no_longer_true_is_not_posted(stage: Stage) -> None:
    run = proposed(stage)
    counted_late(stage)
    with pytest.raises(PreviewChanged, match="propose"):
        approve(run, stage)
    assert held("unallocated") == 1_000_000


def test_approving_one_receipt_leaves_the_proposals_of_the_others_true(stage: Stage) -> None:
    runs = [services.propose_allocation(tranche_id=stage.receipt(gross).tranche_id, by=stage.officer, at=AT) for gross in (1_000_000, 300_001, 7)]
    before = [(run.result, run.sha256) for run in runs]
    # In another order than they were proposed: each leaves facts (what was shared last time) that this plan does not use.
    done = [approve(run, stage) for run in reversed(runs)]
    assert [(run.result, run.sha256) for run in reversed(done)] == before
    for run in done:
        posted = {(line.pot.code, line.recipient and line.recipient.code): line.amount_minor for line in run.lines.select_related("pot", "recipient")}
        told = {(line["pot"], line["recipient"]): round(Decimal(line["amount"]) * 100) for line in json.loads(run.result)["lines"]}
        assert posted == {place: minor for place, minor in told.items() if place in posted}
        assert sum(posted.values()) == run.amount_minor
    with pytest.raises(NothingToAllocate):
        services.propose_correction(run_id=done[0].pk, reason="Nothing new", by=stage.officer, at=AT)


def test_a_proposal_that_the_one_approved_before_it_changes_is_not_posted() -> None:
    stage = Stage(plan=REMEMBERING)
    services.state_fact(
        project_id=stage.project.pk, tranche_id=None, name="costs", value="12,000.00", from_date=BEGINS, source="Invoice 1", document_id=None,
        by=stage.officer, at=AT,
    )  # fmt: skip
    first, second = proposed(stage), proposed(stage)
    approve(first, stage)
    # The costs that the first paid back are not taken from the second again.
    with pytest.raises(PreviewChanged):
        approve(second, stage)


def test_a_new_proposal_takes_the_place_of_one_that_is_no_longer_true(stage: Stage) -> None:
    run = proposed(stage)
    assert services.propose_allocation(tranche_id=run.tranche_id, by=stage.officer, at=AT) == run
    counted_late(stage)
    newer = services.propose_allocation(tranche_id=run.tranche_id, by=stage.officer, at=AT)
    run.refresh_from_db()
    assert (run.status, newer.status) == (AllocationRun.Status.WITHDRAWN, AllocationRun.Status.PROPOSED)


def test_who_proposed_an_allocation_cannot_approve_it(stage: Stage) -> None:
    run = proposed(stage)
    AllocationRun.objects.filter(id=run.pk).update(run_by=stage.approver)
    with pytest.raises(OwnRequest):
        approve(run, stage)


def test_an_officer_cannot_approve(stage: Stage) -> None:
    with pytest.raises(NotYours):
        services.approve_allocation(run_id=proposed(stage).pk, by=office.person(Role.FINANCE_OFFICER), at=AT, day=DAY)


def test_an_allocation_is_decided_once(stage: Stage) -> None:
    run = approve(proposed(stage), stage)
    with pytest.raises(AlreadyDecided):
        approve(run, stage)


def test_a_refused_proposal_leaves_the_money_and_may_come_again(stage: Stage) -> None:
    run = proposed(stage)
    with pytest.raises(ReasonNeeded):
        services.refuse_allocation(run_id=run.pk, reason=" ", by=stage.approver, at=AT)
    services.refuse_allocation(run_id=run.pk, reason="The count is wrong", by=stage.approver, at=AT)
    assert held("unallocated") == 1_000_000
    assert services.propose_allocation(tranche_id=run.tranche_id, by=stage.officer, at=AT).pk != run.pk


def test_an_officer_takes_a_proposal_back(stage: Stage) -> None:
    run = services.withdraw_allocation(run_id=proposed(stage).pk, reason="Too early", by=stage.officer, at=AT)
    with pytest.raises(AlreadyDecided):
        approve(run, stage)


# --- Corrected after a late fact -------------------------------------------------------------------------------------------


def test_a_late_fact_posts_only_the_difference(stage: Stage) -> None:
    run = run_of(stage)
    counted_late(stage)
    new = corrected(run, stage)
    assert new.entry is not None
    assert new.entry.corrects_id == run.entry_id
    assert [(row.amount_minor, row.event) for row in new.entry.postings.all()] == [(102_000, "reallocate")]
    assert (held("pot", holder="pu-char"), held("pot", holder="pu-ngav")) == (255_000, 255_000)
    run.refresh_from_db()
    assert (run.status, new.status, new.first) == (AllocationRun.Status.CORRECTED, AllocationRun.Status.ALLOCATED, run)
    assert list(checks.run()) == []


def test_a_correction_of_what_is_part_paid_takes_only_what_is_there(stage: Stage) -> None:
    """pu-ngav was to get 357,000 and has been paid 300,000; the rule now gives it 255,000, and only 57,000 is still there."""
    run = run_of(stage)
    stage.paid(stage.promised(stage.pu_ngav, 300_000))
    counted_late(stage)
    new = corrected(run, stage)
    assert (of(new, "pu-char").amount_minor, of(new, "pu-char").rule_minor) == (153_000 + 57_000, 255_000)
    assert (of(new, "pu-ngav").amount_minor, of(new, "pu-ngav").rule_minor) == (300_000, 255_000)
    assert held("pot", holder="pu-char") == 210_000
    assert overpaid(run_id=new.pk) == {"pu-ngav": 45_000}
    assert sum(new.lines.values_list("amount_minor", flat=True)) == 1_000_000
    assert list(checks.run()) == []


def test_what_was_overpaid_is_taken_from_the_next_receipt_within_the_cap() -> None:
    stage = Stage(plan=RECOUPING)
    run = run_of(stage)
    stage.paid(stage.promised(stage.pu_ngav, 300_000))
    counted_late(stage)
    corrected(run, stage)
    assert remembered(project_id=stage.project.pk).owed == {"pu-ngav": 45_000}
    second = run_of(stage, on=date(2026, 5, 1), gross=300_000)
    # Its half of 153,000 is 76,500; a fifth of that is the most that may be kept back.
    assert of(second, "pu-ngav").amount_minor == 76_500 - 15_300
    assert remembered(project_id=stage.project.pk).owed == {"pu-ngav": 29_700}


def test_money_that_comes_back_lets_the_rest_of_a_correction_be_posted(stage: Stage) -> None:
    run = run_of(stage)
    payment = stage.paid(stage.promised(stage.pu_ngav, 300_000))
    counted_late(stage)
    new = corrected(run, stage)
    stage.returned(payment, 45_000, 45_000)
    last = corrected(new, stage, date(2026, 6, 1))
    assert {line.recipient.code: (line.amount_minor, line.rule_minor) for line in last.lines.filter(recipient__isnull=False) if line.recipient} == {
        "pu-char": (255_000, None),
        "pu-ngav": (255_000, None),
    }
    assert remembered(project_id=stage.project.pk).owed == {}
    assert list(checks.run()) == []


def test_a_correction_when_all_has_been_paid_is_refused(stage: Stage) -> None:
    run = run_of(stage)
    stage.paid(stage.promised(stage.pu_ngav, 357_000))
    counted_late(stage)
    with pytest.raises(NothingToAllocate, match="paid already"):
        corrected(run, stage)
    run.refresh_from_db()
    assert run.status == AllocationRun.Status.ALLOCATED


def test_a_correction_that_changes_nothing_is_refused(stage: Stage) -> None:
    with pytest.raises(NothingToAllocate, match="the same"):
        corrected(run_of(stage), stage)


def test_a_correction_needs_its_reason(stage: Stage) -> None:
    with pytest.raises(ReasonNeeded):
        services.propose_correction(run_id=run_of(stage).pk, reason="", by=stage.officer, at=AT)


def test_who_shared_by_mistake_gets_nothing_after_a_correction(stage: Stage) -> None:
    run = run_of(stage)
    member = stage.project.beneficiaries.get(recipient=stage.pu_char)
    services.end_beneficiary(beneficiary_id=member.pk, to_date=date(2026, 1, 20), by=stage.officer, at=AT)
    new = corrected(run, stage)
    assert (of(new, "pu-char").amount_minor, of(new, "pu-ngav").amount_minor) == (0, 510_000)
    assert list(checks.run()) == []


def test_a_correction_that_later_receipts_rest_on_is_refused() -> None:
    stage = Stage(plan=REMEMBERING)
    state = {"project_id": stage.project.pk, "tranche_id": None, "name": "costs", "from_date": BEGINS, "document_id": None, "by": stage.officer}
    services.state_fact(**state, value="12,000.00", source="Invoice 1", at=AT)
    first = run_of(stage)
    run_of(stage, on=date(2026, 3, 1))
    services.state_fact(**state, value="13,000.00", source="Invoice 1, corrected", at=AT)
    with pytest.raises(LaterReceipts):
        corrected(first, stage)


def test_a_correction_is_refused_when_a_later_receipt_was_shared_while_it_waited() -> None:
    stage = Stage(plan=REMEMBERING)
    state = {"project_id": stage.project.pk, "tranche_id": None, "name": "costs", "from_date": BEGINS, "document_id": None, "by": stage.officer}
    services.state_fact(**state, value="6,000.00", source="Invoice 1", at=AT)
    first = run_of(stage)
    services.state_fact(**state, value="3,000.00", source="Invoice 1, corrected", at=AT)
    proposal = services.propose_correction(run_id=first.pk, reason="The invoice was corrected", by=stage.officer, at=AT)
    run_of(stage, on=date(2026, 3, 1))
    with pytest.raises(LaterReceipts):
        approve(proposal, stage, LATE)


@pytest.mark.parametrize("act", ["approve", "reverse"])
def test_receipts_of_a_project_are_shared_and_undone_one_after_another(stage: Stage, act: str) -> None:
    # What one receipt leaves to remember goes into the next: nothing is read before the project is held.
    run = proposed(stage) if act == "approve" else asked(run_of(stage), stage)
    with CaptureQueriesContext(connection) as asked_for:
        approve(run, stage) if act == "approve" else undone(run, stage)
    first = next(query["sql"] for query in asked_for if not query["sql"].startswith("SAVEPOINT"))
    assert '"credits_project"' in first
    assert first.endswith('FOR NO KEY UPDATE OF "credits_project"')


# --- Undone ----------------------------------------------------------------------------------------------------------------


def asked(run: AllocationRun, stage: Stage) -> AllocationRun:
    return services.ask_reversal(run_id=run.pk, reason="The wrong sale", by=stage.officer, at=AT)


def undone(run: AllocationRun, stage: Stage) -> AllocationRun:
    return services.reverse_allocation(run_id=run.pk, by=stage.approver, at=AT, day=LATE)


def test_two_people_undo_a_whole_allocation_and_it_may_be_shared_again(stage: Stage) -> None:
    run = undone(asked(run_of(stage), stage), stage)
    assert (run.status, held("unallocated"), held("pot")) == (AllocationRun.Status.REVERSED, 1_000_000, 0)
    again = services.propose_allocation(tranche_id=run.tranche_id, by=stage.officer, at=AT)
    assert approve(again, stage, LATE).status == AllocationRun.Status.ALLOCATED
    assert Entry.objects.filter(event="allocate").count() == 2
    assert list(checks.run()) == []


def test_nobody_undoes_what_nobody_asked_for(stage: Stage) -> None:
    with pytest.raises(NotAsked):
        undone(run_of(stage), stage)


def test_who_asked_for_a_reversal_cannot_do_it(stage: Stage) -> None:
    run = asked(run_of(stage), stage)
    AllocationRun.objects.filter(id=run.pk).update(reversal_asked_by=stage.approver)
    with pytest.raises(OwnRequest):
        undone(run, stage)


def test_an_allocation_is_undone_once(stage: Stage) -> None:
    run = undone(asked(run_of(stage), stage), stage)
    with pytest.raises(AlreadyDecided):
        undone(run, stage)


def test_what_has_been_promised_keeps_its_allocation_from_being_undone(stage: Stage) -> None:
    run = asked(run_of(stage), stage)
    stage.promised(stage.pu_char, 100_000)
    with pytest.raises(MoneyHasMoved):
        undone(run, stage)
    run.refresh_from_db()
    assert run.status == AllocationRun.Status.ALLOCATED


def test_an_approver_lets_an_allocation_stand(stage: Stage) -> None:
    run = asked(run_of(stage), stage)
    services.refuse_reversal(run_id=run.pk, reason="It is the right sale", by=stage.approver, at=AT)
    with pytest.raises(NotAsked):
        undone(run, stage)


def test_costs_that_went_into_a_later_receipt_keep_an_allocation_from_being_undone() -> None:
    stage = Stage(plan=REMEMBERING)
    services.state_fact(
        project_id=stage.project.pk, tranche_id=None, name="costs", value="12,000.00", from_date=BEGINS, source="Invoice 1", document_id=None,
        by=stage.officer, at=AT,
    )  # fmt: skip
    first = run_of(stage)
    run_of(stage, on=date(2026, 3, 1))
    with pytest.raises(LaterReceipts):
        undone(asked(first, stage), stage)
