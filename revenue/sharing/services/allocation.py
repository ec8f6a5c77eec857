"""Share a tranche by the plan in force on the day it was received: proposed by one person, approved and posted by another."""

from __future__ import annotations

from datetime import date, datetime

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from core.audit.services import record
from core.clock import day_of
from core.people.access import CHECKERS, MAKERS, require_other_person, require_role
from core.people.models import User
from revenue.credits.models import Project
from revenue.ledger import chart
from revenue.ledger.services import lock_places, post, retry_on_deadlock
from revenue.sharing.models import AllocationRun, UsedCount
from revenue.sharing.queries import project_of_tranche
from revenue.sharing.refusals import AlreadyDecided, NothingToAllocate, PreviewChanged, reason_needed, sentences
from revenue.sharing.services.corrections import hold_project, post_correction, refuse_if_remembered_later
from revenue.sharing.services.preview import Preview, preview_allocation, preview_correction
from revenue.sharing.shelves import filled_from_banks, row_of, shelved

Status = AllocationRun.Status


@retry_on_deadlock
@transaction.atomic
def propose_allocation(*, tranche_id: int, by: User, at: datetime, seen: str = "") -> AllocationRun:
    """
    Propose to share a tranche by the plan in force on the day it was received. Nothing is posted yet.

    ``seen`` is the digest of the preview that the person looked at: something else is never proposed in its place.
    Where no plan can share it, the run says why; later it may be tried again. The same proposal twice is one; a new one
    takes the place of one that is no longer true. A tranche that is shared already gives the run that shared it.

    :raises NothingToAllocate: if nothing of the tranche is unallocated
    :raises PreviewChanged: if it would be shared otherwise than was seen
    """
    require_role(person=by, roles=MAKERS)
    project = project_of_tranche(tranche_id=tranche_id)
    # Whoever proposes second sees what the first did.
    if project is not None:
        Project.objects.select_for_update(no_key=True).get(id=project.pk)
    done = AllocationRun.objects.filter(tranche_id=tranche_id, status=Status.ALLOCATED).first()
    if done is not None:
        return done
    preview = preview_allocation(tranche_id=tranche_id, asked_on=day_of(at))
    if not preview.amount_minor:
        raise NothingToAllocate(_("Nothing of this receipt is unallocated."), next_step=_("Look at its allocation to see where it went."))
    if seen and seen != preview.digest:
        raise _changed(_("Open the page again and look at the new lines."))
    if preview.allocation is None:
        return _not_allocated(preview=preview, by=by, at=at)
    return _propose(preview=preview, by=by, at=at)


@retry_on_deadlock
@transaction.atomic
def propose_correction(*, run_id: int, reason: str, by: User, at: datetime, seen: str = "") -> AllocationRun:
    """
    Propose to share an allocated tranche again with what is known now: after a late fact, the difference will be posted.

    :raises ReasonNeeded: without a reason
    :raises AlreadyDecided: if the allocation does not stand any more
    :raises NothingToAllocate: if the plan gives the same as before, or cannot share it now
    :raises PreviewChanged: if it would be shared otherwise than was seen
    :raises LaterReceipts: if what it leaves to remember changes, and receipts after it were shared
    """
    require_role(person=by, roles=MAKERS)
    if not reason.strip():
        raise reason_needed()
    hold_project(run_id=run_id)
    run = AllocationRun.objects.select_for_update(of=("self",)).select_related("project").get(id=run_id)
    if run.status != Status.ALLOCATED:
        raise _stands_no_more()
    preview = preview_correction(run_id=run_id, asked_on=day_of(at))
    if preview.allocation is None:
        raise NothingToAllocate(preview.problem, next_step=_("Correct the facts first."))
    if seen and seen != preview.digest:
        raise _changed(_("Open the page again and look at the new lines."))
    if preview.gives_what(run) and not run.lines.filter(rule_minor__isnull=False).exists():
        raise NothingToAllocate(_("With what is known now, the plan gives the same as before."), next_step=_("Record the late fact first."))
    refuse_if_remembered_later(run=run, result=preview.allocation)
    return _propose(preview=preview, by=by, at=at, corrects=run, reason=reason.strip()[:300])


def _propose(*, preview: Preview, by: User, at: datetime, corrects: AllocationRun | None = None, reason: str = "") -> AllocationRun:
    assert preview.allocation is not None
    assert preview.project is not None
    # Held: the one who refuses it at this moment ends first, and then it is open no more.
    open_one = AllocationRun.objects.select_for_update().filter(tranche=preview.tranche, status=Status.PROPOSED).first()
    if open_one is not None:
        if (open_one.sha256, open_one.corrects_id) == (preview.digest, corrects.pk if corrects else None):
            return open_one
        AllocationRun.objects.filter(id=open_one.pk).update(status=Status.WITHDRAWN, reason=_("A newer proposal took its place."))
    run = AllocationRun.objects.create(
        tranche=preview.tranche,
        corrects=corrects,
        first_id=(corrects.first_id or corrects.pk) if corrects else None,
        project=preview.project,
        plan_version=preview.plan_version,
        snapshot=preview.gathered.snapshot if preview.gathered else None,
        status=Status.PROPOSED,
        reason=reason,
        amount_minor=sum(line.amount_minor for line in preview.lines if line.state != "unallocated"),
        currency=preview.tranche.currency,
        result=preview.allocation.to_json(),
        sha256=preview.digest,
        run_by=by,
        run_at=at,
    )
    _name_counts(run, preview)
    after = {"plan": str(run.plan_version), "amount_minor": run.amount_minor, "currency": run.currency, "result_sha256": run.sha256}
    after |= {"corrects": corrects.pk} if corrects else {}
    record(act="allocation.propose", subject=f"allocation:{run.tranche.code}", by=by, at=at, reason=reason, after=after)
    return run


def _name_counts(run: AllocationRun, preview: Preview) -> None:
    counts = preview.gathered.counts if preview.gathered else ()
    UsedCount.objects.bulk_create(UsedCount(run=run, snapshot=snapshot) for snapshot in counts)


def _not_allocated(*, preview: Preview, by: User, at: datetime) -> AllocationRun:
    """Keep the reason on a run without an entry; the same reason again, in whichever language, is the same run."""
    tranche = preview.tranche
    if preview.project is None:
        raise NothingToAllocate(preview.problem, next_step=_("Identify the receipt first."))
    reason = preview.problem[:300]
    before = AllocationRun.objects.filter(tranche=tranche).order_by("-id").first()
    if before is not None and before.status == Status.UNALLOCATED and before.reason in _in_each_language(preview):
        return before
    run = AllocationRun.objects.create(
        tranche=tranche,
        project=preview.project,
        plan_version=preview.plan_version,
        snapshot=preview.gathered.snapshot if preview.gathered else None,
        status=Status.UNALLOCATED,
        reason=reason,
        amount_minor=preview.amount_minor,
        currency=tranche.currency,
        run_by=by,
        run_at=at,
    )
    _name_counts(run, preview)
    record(act="allocation.refuse", subject=f"allocation:{tranche.code}", by=by, at=at, reason=reason)
    return run


def _in_each_language(preview: Preview) -> list[str]:
    """Return the reason as a reader of each language would have it kept."""
    reasons = []
    for language, _name in settings.LANGUAGES:
        with override(language):
            reasons.append(preview.problem[:300])
    return reasons


@retry_on_deadlock
@transaction.atomic
def approve_allocation(*, run_id: int, by: User, at: datetime, day: date) -> AllocationRun:
    """
    Approve a proposed allocation and post it on ``day`` in one entry: exactly what was proposed, or nothing.

    :raises AlreadyDecided: if it is not waiting for a decision
    :raises OwnRequest: if the person proposed it
    :raises PreviewChanged: if it would be shared otherwise now than was proposed
    :raises LaterReceipts: if a correction changes what later receipts have been shared with since it was proposed
    """
    require_role(person=by, roles=CHECKERS)
    # One receipt of a project after another: what the first leaves to remember is what the second is shared with.
    hold_project(run_id=run_id)
    run = _waiting(run_id)
    require_other_person(person=by, maker_id=run.run_by_id)
    preview = _as_proposed(run)
    if preview.allocation is None or not preview.gives_what(run):
        raise _changed(_("Refuse this proposal, and let it be proposed again as it is now."))
    if run.corrects is not None:
        refuse_if_remembered_later(run=run.corrects, result=preview.allocation)
    run.status, run.decided_by, run.decided_at = Status.ALLOCATED, by, at
    if run.corrects_id:
        post_correction(run=run, allocation=preview.allocation, day=day)
    else:
        _post(run=run, preview=preview, day=day)
    after = {"plan": str(run.plan_version), "amount_minor": run.amount_minor, "currency": run.currency, "result_sha256": run.sha256}
    act = "allocation.correct" if run.corrects_id else "allocation.post"
    record(act=act, subject=f"allocation:{run.tranche.code}", by=by, at=at, reason=run.reason, after=after)
    return run


def _post(*, run: AllocationRun, preview: Preview, day: date) -> None:
    tranche = run.tranche
    lines = shelved(project=run.project, lines=preview.lines)
    rows = list(filled_from_banks(lines=lines, by_bank=preview.by_bank, tranche_id=tranche.pk))
    lock_places(places={place for row in rows for place in (row.debit, row.credit)})
    tries = AllocationRun.objects.filter(tranche=tranche, status=Status.REVERSED, corrects=None).count() + 1
    run.entry = post(
        event=chart.ALLOCATE,
        day=day,
        rows=rows,
        key=f"allocate:{tranche.code}:{tries}",
        document=tranche.code,
        by_id=run.decided_by_id,
    )
    with sentences():
        run.save(update_fields=["status", "decided_by", "decided_at", "entry"])
    run.lines.bulk_create(
        row_of(run=run, position=position, line=one.line, shelf=one.shelf, amount_minor=one.line.amount_minor)
        for position, one in enumerate(lines, start=1)
    )


def preview_proposed(*, run_id: int) -> Preview:
    """Say what approving a proposal would share now, with the conditions and rates of the day it was proposed; save nothing."""
    return _as_proposed(AllocationRun.objects.select_related("tranche").get(id=run_id))


def _as_proposed(run: AllocationRun) -> Preview:
    asked_on = day_of(run.run_at)
    if run.corrects_id:
        return preview_correction(run_id=run.corrects_id, asked_on=asked_on)
    return preview_allocation(tranche_id=run.tranche_id, asked_on=asked_on)


@transaction.atomic
def refuse_allocation(*, run_id: int, reason: str, by: User, at: datetime) -> AllocationRun:
    """
    Refuse a proposed allocation: its money stays where it is.

    :raises ReasonNeeded: without a reason
    :raises AlreadyDecided: if it is not waiting for a decision
    """
    require_role(person=by, roles=CHECKERS)
    if not reason.strip():
        raise reason_needed()
    run = _waiting(run_id)
    require_other_person(person=by, maker_id=run.run_by_id)
    run.status, run.decided_by, run.decided_at, run.reason = Status.REFUSED, by, at, reason.strip()[:300]
    run.save(update_fields=["status", "decided_by", "decided_at", "reason"])
    record(act="allocation.reject", subject=f"allocation:{run.tranche.code}", by=by, at=at, reason=run.reason)
    return run


@transaction.atomic
def withdraw_allocation(*, run_id: int, reason: str, by: User, at: datetime) -> AllocationRun:
    """
    Take a proposed allocation back before it is decided.

    :raises ReasonNeeded: without a reason
    :raises AlreadyDecided: if it is not waiting for a decision
    """
    require_role(person=by, roles=MAKERS)
    if not reason.strip():
        raise reason_needed()
    run = _waiting(run_id)
    run.status, run.reason = Status.WITHDRAWN, reason.strip()[:300]
    run.save(update_fields=["status", "reason"])
    record(act="allocation.withdraw", subject=f"allocation:{run.tranche.code}", by=by, at=at, reason=run.reason)
    return run


def _waiting(run_id: int) -> AllocationRun:
    run = AllocationRun.objects.select_for_update(of=("self",)).select_related("tranche", "project", "plan_version__project").get(id=run_id)
    if run.status != Status.PROPOSED:
        raise AlreadyDecided(
            _("This allocation is not waiting for a decision any more."), next_step=_("Look at its page to see by whom it was decided.")
        )
    return run


def _stands_no_more() -> AlreadyDecided:
    return AlreadyDecided(_("This allocation does not stand any more."), next_step=_("Look at the one that took its place."))


def _changed(next_step: str) -> PreviewChanged:
    return PreviewChanged(_("The plan, a fact or the amount has changed since you looked: it would be shared otherwise now."), next_step=next_step)
