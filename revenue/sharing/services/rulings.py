"""Record what people decided about a step of the plan: the recipients' own division, or a departure from the rule."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from core.audit.services import record
from core.clock import day_of
from core.people.access import CHECKERS, MAKERS, require_other_person, require_role
from core.people.models import User
from revenue.credits.models import Project
from revenue.ledger.models import Tranche
from revenue.sharing.engine import PlanRefused
from revenue.sharing.engine.plan import Decide, Plan, Share, Split, Step, walk
from revenue.sharing.models import AllocationRun, Ruling
from revenue.sharing.planfile.factsfile import decided_parts
from revenue.sharing.queries import plan_in_force, plan_of, project_of_tranche
from revenue.sharing.refusals import AlreadyDecided, WrongFact, reason_needed, sentences
from revenue.sharing.services.preview import preview_allocation


@transaction.atomic
def record_ruling(
    *,
    tranche_id: int,
    step: str,
    authority: str,
    title: str,
    document_id: int,
    decided_on: date,
    why: str,
    women_present: int | None,
    men_present: int | None,
    parts: Mapping[str, Mapping[str, str]],
    by: User,
    at: datetime,
) -> Ruling:
    """
    Record a decision about one step of the plan for a receipt that waits to be shared; another person decides whether it stands.

    ``step`` is the number or id of the step. A ``decided`` step takes the recipients' own division, with who was present;
    any other split or share a departure from its rule, with the reason. ``parts`` is ``{"shares": {code: "70 %"}}`` or
    ``{"amounts": {code: "700.00"}}``, in major units. The receipt is tried with it: it must add up.

    :raises WrongFact: if something is missing, the step does not take a decision, or the parts do not add up
    :raises AlreadyDecided: if the receipt is shared already, or the step has its decision
    """
    require_role(person=by, roles=MAKERS)
    tranche = Tranche.objects.get(id=tranche_id)
    project = project_of_tranche(tranche_id=tranche_id)
    version = plan_in_force(project_id=project.pk, on=tranche.received_on) if project else None
    if project is None or version is None:
        raise WrongFact(_("No plan is in force for this receipt."), next_step=_("Identify the receipt, or let a plan be approved, first."))
    if AllocationRun.objects.filter(tranche=tranche, status=AllocationRun.Status.ALLOCATED).exists():
        raise AlreadyDecided(_("This receipt is shared already."), next_step=_("Let its allocation be reversed first."))
    chosen = _step(plan_of(version), step.strip())
    ruling = Ruling(
        tranche=tranche,
        project=project,
        kind=Ruling.Kind.MANUAL if isinstance(chosen, Decide) else Ruling.Kind.OVERRIDE,
        step=chosen.head.id or chosen.head.number,
        authority=authority.strip()[:160],
        title=title.strip()[:160],
        document_id=document_id,
        decided_on=decided_on,
        why=why.strip()[:300],
        women_present=women_present,
        men_present=men_present,
        parts={name: dict(given) for name, given in parts.items()},
        made_by=by,
        made_at=at,
    )
    _is_whole(ruling)
    _adds_up(ruling)
    with sentences():
        ruling.save()
    after = {"step": ruling.step, "kind": str(ruling.kind), "authority": ruling.authority, "document": ruling.title, "parts": ruling.parts}
    record(act="ruling.record", subject=f"allocation:{tranche.code}", by=by, at=at, reason=ruling.why, after=after)
    return ruling


def _step(plan: Plan, name: str) -> Step:
    for step in walk(plan.steps):
        if name and name in (step.head.number, step.head.id) and isinstance(step, (Decide, Split, Share)):
            return step
    known = ", ".join(step.head.id or step.head.number for step in walk(plan.steps) if isinstance(step, (Decide, Split, Share)))
    raise WrongFact(
        _("The plan has no split, share or decided step “%(step)s”.") % {"step": name},
        field="step",
        next_step=_("It has: %(steps)s.") % {"steps": known},
    )


def _is_whole(ruling: Ruling) -> None:
    if not ruling.authority:
        raise WrongFact(_("Say who decided."), field="authority", next_step=_("For example: Assembly of the villages."))
    if not ruling.title:
        raise WrongFact(_("Name the document."), field="title", next_step=_("For example: Minutes of 4 May 2026."))
    if ruling.decided_on > day_of(ruling.made_at):
        raise WrongFact(_("The decision lies in the future."), field="decided_on")
    if ruling.kind == Ruling.Kind.OVERRIDE and not ruling.why:
        raise WrongFact(_("Say why this departs from the rule."), field="why", next_step=_("The rule's own result stays beside it."))
    if ruling.kind == Ruling.Kind.MANUAL and not ((ruling.women_present or 0) + (ruling.men_present or 0)):
        raise WrongFact(_("Say how many women and men were present."), field="women_present", next_step=_("Count the names on the minutes."))
    if ruling.kind == Ruling.Kind.MANUAL:
        ruling.women_present, ruling.men_present = ruling.women_present or 0, ruling.men_present or 0


def _adds_up(ruling: Ruling) -> None:
    """Try the receipt with the decision: what the engine says is wrong is wrong with the decision."""
    try:
        decided_parts(parts=ruling.parts, currency=ruling.tranche.currency)
    except PlanRefused as refusal:
        raise WrongFact(str(refusal), field="parts") from refusal
    preview = preview_allocation(tranche_id=ruling.tranche_id, with_ruling=ruling)
    if preview.allocation is None:
        raise WrongFact(preview.problem, field="parts")


@transaction.atomic
def decide_ruling(*, ruling_id: int, approve: bool, reason: str, by: User, at: datetime) -> Ruling:
    """
    Let a recorded decision stand, or not. It is counted when the receipt is shared next.

    :raises AlreadyDecided: if somebody decided it first, or the receipt is shared already
    :raises OwnRequest: if the person recorded it
    :raises ReasonNeeded: if it is refused without a reason
    """
    require_role(person=by, roles=CHECKERS)
    # An allocation of the project that is approved at this moment has counted the decision, or comes after it.
    Project.objects.select_for_update(no_key=True).get(id=Ruling.objects.values_list("project_id").get(id=ruling_id)[0])
    ruling = Ruling.objects.select_for_update(of=("self",)).select_related("tranche").get(id=ruling_id)
    require_other_person(person=by, maker_id=ruling.made_by_id)
    if ruling.status != Ruling.Status.PROPOSED:
        raise AlreadyDecided(_("This has been decided already."), next_step=_("Look at its page to see by whom."))
    if not approve and not reason.strip():
        raise reason_needed()
    if approve and AllocationRun.objects.filter(tranche=ruling.tranche, status=AllocationRun.Status.ALLOCATED).exists():
        raise AlreadyDecided(_("This receipt is shared already."), next_step=_("Let its allocation be reversed first."))
    ruling.status = Ruling.Status.APPROVED if approve else Ruling.Status.REFUSED
    ruling.ruled_by, ruling.ruled_at, ruling.reason = by, at, reason.strip()[:300]
    ruling.save(update_fields=["status", "ruled_by", "ruled_at", "reason"])
    act = "ruling.approve" if approve else "ruling.refuse"
    record(act=act, subject=f"allocation:{ruling.tranche.code}", by=by, at=at, reason=ruling.reason, after={"step": ruling.step})
    return ruling
