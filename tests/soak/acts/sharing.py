"""Sharing receipts out, and undoing it."""

from __future__ import annotations

from random import Random
from typing import Any, Final

from revenue.credits.models import Receipt
from revenue.sharing import services as sharing
from revenue.sharing.models import AllocationRun
from tests.soak.acts.shared import APPROVER, NOW, OFFICER, TODAY, Act, Facts, Plan, by, id_of, subject_of
from tests.soak.stage import Stage


def plan_proposal(_stage: Stage, random: Random, _name: str) -> Facts | None:
    if AllocationRun.objects.filter(status="PROPOSED").count() > 2:  # the first that is approved changes what the others would share
        return None
    return id_of(Receipt.objects.filter(status="IDENTIFIED").exclude(tranche__allocation_runs__status="ALLOCATED"), random)


def propose(_stage: Stage, facts: Facts) -> AllocationRun:
    return sharing.propose_allocation(tranche_id=Receipt.objects.get(id=facts["id"]).tranche_id, by=by(OFFICER), at=NOW)


def plan_run(*statuses: str, **asked: Any) -> Plan:
    return lambda _stage, random, _name: id_of(AllocationRun.objects.filter(status__in=statuses, **asked), random)


def share_out(_stage: Stage, facts: Facts) -> AllocationRun:
    return sharing.approve_allocation(run_id=facts["id"], by=by(APPROVER), at=NOW, day=TODAY)


def refuse_run(_stage: Stage, facts: Facts) -> AllocationRun:
    return sharing.refuse_allocation(run_id=facts["id"], reason="It would be shared otherwise now", by=by(APPROVER), at=NOW)


def ask_reversal(_stage: Stage, facts: Facts) -> AllocationRun:
    return sharing.ask_reversal(run_id=facts["id"], reason="Shared by mistake", by=by(OFFICER), at=NOW)


def reverse_run(_stage: Stage, facts: Facts) -> AllocationRun:
    return sharing.reverse_allocation(run_id=facts["id"], by=by(APPROVER), at=NOW, day=TODAY)


_SHARED: Final = subject_of("allocation", "tranche__code")

ACTS: Final[dict[str, Act]] = {
    "propose": Act(8, "allocation.propose", Receipt, plan_proposal, propose, subject_of("allocation", "tranche__code"), once=False),
    "share out": Act(8, "allocation.post", AllocationRun, plan_run("PROPOSED"), share_out, _SHARED),
    "refuse shares": Act(4, "allocation.reject", AllocationRun, plan_run("PROPOSED"), refuse_run, _SHARED),
    "ask reversal": Act(
        0.5, "allocation.ask_reversal", AllocationRun, plan_run("ALLOCATED", reversal_asked_by=None), ask_reversal, _SHARED, once=False
    ),
    "reverse": Act(0.5, "allocation.reverse", AllocationRun, plan_run("ALLOCATED", reversal_asked_by__isnull=False), reverse_run, _SHARED),
}  # fmt: skip
