"""Undo a whole allocation: asked for by one person, done by another, once, while its money is where it was put."""

from __future__ import annotations

import json
from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from core.audit.services import record
from core.people.access import CHECKERS, MAKERS, require_other_person, require_role
from core.people.models import User
from revenue.ledger.services import retry_on_deadlock, reverse
from revenue.sharing.models import AllocationRun
from revenue.sharing.queries import shared_in_turn
from revenue.sharing.refusals import AlreadyDecided, LaterReceipts, NotAsked, reason_needed, sentences
from revenue.sharing.services.corrections import hold_project


@transaction.atomic
def ask_reversal(*, run_id: int, reason: str, by: User, at: datetime) -> AllocationRun:
    """
    Ask that an allocation be undone; another person decides. The same again is the same request.

    :raises ReasonNeeded: without a reason
    :raises AlreadyDecided: if it does not stand any more, or another reversal is asked for
    """
    require_role(person=by, roles=MAKERS)
    if not reason.strip():
        raise reason_needed()
    run = _standing(run_id)
    wanted = reason.strip()[:300]
    if run.reversal_asked_by_id is not None:
        if (run.reversal_asked_by_id, run.reversal_reason) == (by.pk, wanted):
            return run
        raise AlreadyDecided(_("Its reversal has been asked for already."), next_step=_("An approver decides."))
    run.reversal_asked_by, run.reversal_reason = by, wanted
    run.save(update_fields=["reversal_asked_by", "reversal_reason"])
    record(act="allocation.ask_reversal", subject=f"allocation:{run.tranche.code}", by=by, at=at, reason=wanted)
    return run


@transaction.atomic
def refuse_reversal(*, run_id: int, reason: str, by: User, at: datetime) -> AllocationRun:
    """
    Let an allocation stand although its reversal was asked for.

    :raises ReasonNeeded: without a reason
    :raises NotAsked: if nobody asked
    """
    require_role(person=by, roles=CHECKERS)
    if not reason.strip():
        raise reason_needed()
    run = _asked_for(run_id, by)
    run.reversal_asked_by, run.reversal_reason = None, ""
    run.save(update_fields=["reversal_asked_by", "reversal_reason"])
    record(act="allocation.refuse_reversal", subject=f"allocation:{run.tranche.code}", by=by, at=at, reason=reason.strip())
    return run


@retry_on_deadlock
@transaction.atomic
def reverse_allocation(*, run_id: int, by: User, at: datetime, day: date) -> AllocationRun:
    """
    Undo an allocation whose reversal was asked for: its whole entry the other way round, posted on ``day``.

    :raises NotAsked: if nobody asked
    :raises AlreadyDecided: if it does not stand any more
    :raises OwnRequest: if the person asked for it
    :raises LaterReceipts: if a receipt after it was shared with what it left to remember
    :raises MoneyHasMoved: if some of its money was promised, paid or released: then only a correction is possible
    """
    require_role(person=by, roles=CHECKERS)
    hold_project(run_id=run_id)
    run = _asked_for(run_id, by)
    if run.corrects_id is not None:
        raise AlreadyDecided(_("A correction is not reversed."), next_step=_("Correct the facts, and propose another correction."))
    if _is_remembered(run):
        raise LaterReceipts(
            _("Later receipts of this project were shared after it, and with what it left to remember."),
            next_step=_("Reverse the later allocations first, the newest before the others, or propose a correction."),
        )
    assert run.entry_id is not None
    run.reversal_entry = reverse(
        entry_id=run.entry_id, day=day, key=f"reverse-allocation:{run.tranche.code}:{run.pk}", by_id=by.pk, document=run.tranche.code
    )
    run.status, run.reversed_by, run.reversed_at = AllocationRun.Status.REVERSED, by, at
    with sentences():
        run.save(update_fields=["status", "reversed_by", "reversed_at", "reversal_entry"])
    after = {"amount_minor": run.amount_minor, "currency": run.currency}
    record(act="allocation.reverse", subject=f"allocation:{run.tranche.code}", by=by, at=at, reason=run.reversal_reason, after=after)
    return run


def _is_remembered(run: AllocationRun) -> bool:
    """Whether costs or debts that this receipt left went into a later one."""
    result = json.loads(run.result)
    left = result.get("memory") or result.get("owed")
    return bool(left) and shared_in_turn(project_id=run.project_id).filter(turn__gt=run.pk).exists()


def _asked_for(run_id: int, by: User) -> AllocationRun:
    run = _standing(run_id)
    if run.reversal_asked_by_id is None:
        raise NotAsked(_("Nobody has asked for this reversal."), next_step=_("An officer asks for it first, with the reason."))
    require_other_person(person=by, maker_id=run.reversal_asked_by_id)
    return run


def _standing(run_id: int) -> AllocationRun:
    run = AllocationRun.objects.select_for_update(of=("self",)).select_related("tranche").get(id=run_id)
    if run.status != AllocationRun.Status.ALLOCATED:
        raise AlreadyDecided(_("This allocation does not stand any more."), next_step=_("Look at its page to see what became of it."))
    return run
