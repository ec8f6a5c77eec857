"""Propose a plan version from its file, and decide on it."""

from __future__ import annotations

import hashlib
import re
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction
from django.db.models import Max, Q
from django.utils.translation import gettext as _

from communities.registry.models import Recipient
from core.audit.services import record
from core.people.access import CHECKERS, MAKERS, require_other_person, require_role
from core.people.models import User
from revenue.credits.models import Project
from revenue.ledger.services import retry_on_deadlock
from revenue.sharing.engine import Plan, PlanRefused
from revenue.sharing.engine import Pot as PlannedPot
from revenue.sharing.engine import Purpose as PlannedPurpose
from revenue.sharing.models import AllocationRun, PlanVersion, Pot
from revenue.sharing.planfile import parse
from revenue.sharing.refusals import AlreadyDecided, NotThisPlan, PlanOverlaps, reason_needed, sentences

# What a pot's code in the database may be.
LONGEST_CODE: Final = 40


@retry_on_deadlock
@transaction.atomic
def propose_plan(*, project_id: int, text: str, document_id: int | None, by: User, at: datetime) -> PlanVersion:
    """
    Propose a version of a project's plan; ``text`` is the plan file. The same file twice is the same version.

    :raises PlanRefused: if the file cannot be read; it names the line
    :raises NotThisPlan: if it is a plan for another project or currency, or changes what an existing pot is for
    """
    return _new_version(PlanVersion.Status.PROPOSED, project_id=project_id, text=text, document_id=document_id, by=by, at=at)


@retry_on_deadlock
@transaction.atomic
def draft_plan(*, project_id: int, text: str, document_id: int | None, by: User, at: datetime) -> PlanVersion:
    """
    Keep a version of a project's plan as a draft: it is edited, tried out in the simulator, and proposed when it is ready.

    :raises PlanRefused: if the file cannot be read; it names the line
    :raises NotThisPlan: if it is a plan for another project or currency, or changes what an existing pot is for
    """
    return _new_version(PlanVersion.Status.DRAFT, project_id=project_id, text=text, document_id=document_id, by=by, at=at)


def _new_version(status: PlanVersion.Status, *, project_id: int, text: str, document_id: int | None, by: User, at: datetime) -> PlanVersion:
    require_role(person=by, roles=MAKERS)
    project = Project.objects.select_for_update().get(id=project_id)
    text = text.replace("\r\n", "\n")
    plan = read_plan(project=project, text=text)
    facts = _facts_of(plan, text)
    alive = [status, PlanVersion.Status.PROPOSED, PlanVersion.Status.APPROVED]
    same = project.plan_versions.filter(sha256=facts["sha256"], status__in=alive).first()
    if same is not None:
        return same
    with sentences():
        version = PlanVersion.objects.create(
            project=project,
            number=(project.plan_versions.aggregate(last=Max("number"))["last"] or 0) + 1,
            **facts,
            status=status,
            document_id=document_id,
            proposed_by=by,
            proposed_at=at,
        )
    act = "plan.draft" if status == PlanVersion.Status.DRAFT else "plan.propose"
    _audit(act, version, by, at)
    return version


def _facts_of(plan: Plan, text: str) -> dict[str, Any]:
    return {
        "title": (plan.title.en or plan.title.km)[:200],
        "text": text,
        "sha256": hashlib.sha256(text.encode()).hexdigest(),
        "effective_from": plan.effective_from,
        "effective_to": plan.effective_to + timedelta(days=1) if plan.effective_to else None,
    }


def _audit(act: str, version: PlanVersion, by: User, at: datetime, reason: str = "") -> None:
    after = {"effective_from": version.effective_from.isoformat(), "sha256": version.sha256}
    record(act=act, subject=f"plan:{version}", by=by, at=at, reason=reason, after=after)


@retry_on_deadlock
@transaction.atomic
def edit_draft(*, version_id: int, text: str, by: User, at: datetime) -> PlanVersion:
    """
    Put another file in a draft's place.

    :raises AlreadyDecided: if it is no draft any more
    :raises PlanRefused, NotThisPlan: as draft_plan
    """
    require_role(person=by, roles=MAKERS)
    version = _draft(version_id)
    text = text.replace("\r\n", "\n")
    for name, value in _facts_of(read_plan(project=version.project, text=text), text).items():
        setattr(version, name, value)
    version.proposed_by, version.proposed_at = by, at
    with sentences():
        version.save()
    _audit("plan.edit", version, by, at)
    return version


@retry_on_deadlock
@transaction.atomic
def propose_draft(*, version_id: int, by: User, at: datetime) -> PlanVersion:
    """
    Propose a draft: from now on its file does not change.

    :raises AlreadyDecided: if it is no draft any more
    :raises PlanRefused, NotThisPlan: as draft_plan, with what the project has by now
    """
    require_role(person=by, roles=MAKERS)
    version = _draft(version_id)
    read_plan(project=version.project, text=version.text)
    version.status, version.proposed_by, version.proposed_at = PlanVersion.Status.PROPOSED, by, at
    version.save(update_fields=["status", "proposed_by", "proposed_at"])
    _audit("plan.propose", version, by, at)
    return version


def _draft(version_id: int) -> PlanVersion:
    version = PlanVersion.objects.select_for_update(of=("self",)).select_related("project").get(id=version_id)
    if version.status != PlanVersion.Status.DRAFT:
        raise AlreadyDecided(_("This version is no draft any more."), next_step=_("Make a new draft from its file."))
    return version


@transaction.atomic
def withdraw_plan(*, version_id: int, reason: str, by: User, at: datetime) -> PlanVersion:
    """
    Take back a draft, or a proposal that nobody has decided yet. Its file stays, and its number is not used again.

    :raises ReasonNeeded: without a reason
    :raises AlreadyDecided: if it has been decided
    """
    require_role(person=by, roles=MAKERS)
    if not reason.strip():
        raise reason_needed()
    version = PlanVersion.objects.select_for_update(of=("self",)).select_related("project").get(id=version_id)
    if version.status not in (PlanVersion.Status.DRAFT, PlanVersion.Status.PROPOSED):
        raise AlreadyDecided(_("This plan version has been decided already."), next_step=_("Look at its page to see by whom."))
    version.status, version.reason = PlanVersion.Status.WITHDRAWN, reason.strip()[:300]
    version.save(update_fields=["status", "reason"])
    _audit("plan.withdraw", version, by, at, reason.strip())
    return version


def read_plan(*, project: Project, text: str) -> Plan:
    """
    Read a plan file for a project, and check it against what the project has already.

    :raises PlanRefused: if the file cannot be read; it names the line
    :raises NotThisPlan: if it is not a plan for this project
    """
    try:
        plan = parse(text.replace("\r\n", "\n"))
    except PlanRefused as refusal:
        refusal.field = "text"
        if refusal.more:
            mistakes = " ".join(str(one) for one in (refusal, *refusal.more))
            everything = PlanRefused(refusal.code, "%(mistakes)s", values={"mistakes": mistakes})
            everything.field = "text"
            raise everything from refusal
        raise
    if _folded(plan.project) not in {_folded(name) for name in _names_of(project)}:
        raise NotThisPlan(
            _("This file is a plan for “%(named)s”, not for %(project)s.") % {"named": plan.project, "project": project},
            field="text",
            next_step=_("Write project: %(code)s, or choose the right project.") % {"code": project.code},
        )
    if plan.currency != project.currency:
        raise NotThisPlan(
            _("This plan shares %(plan)s, and the project's money is in %(project)s.") % {"plan": plan.currency, "project": project.currency},
            field="text",
            next_step=_("Write the plan in the project's currency."),
        )
    _pots_keep_their_purpose(project, plan)
    _named_recipients_exist(plan)
    return plan


def _names_of(project: Project) -> tuple[str, ...]:
    number = project.programme_id
    return project.code, number, f"{project.registry}-{number}", f"{project.standard}-{number}", f"VCS-{number}"


def _folded(text: str) -> str:
    return re.sub(r"[^0-9a-z]", "", text.casefold())


def _pots_keep_their_purpose(project: Project, plan: Plan) -> None:
    purposes = dict(project.pots.values_list("code", "purpose"))
    for pot in plan.pots:
        if len(pot.code) > LONGEST_CODE:
            raise NotThisPlan(_("Line %(line)s: the code “%(pot)s” is too long.") % {"line": pot.line, "pot": pot.code}, field="text")
        if pot.purpose != PlannedPurpose.NONE and purposes.get(pot.code, pot.purpose.value) != pot.purpose.value:
            raise NotThisPlan(
                _("Line %(line)s: the pot “%(pot)s” holds money for another purpose already.") % {"line": pot.line, "pot": pot.code},
                field="text",
                next_step=_("Give the pot a new code: a new meaning is a new pot."),
            )


def _named_recipients_exist(plan: Plan) -> None:
    named = {pot.recipient: pot.line for pot in plan.pots if pot.recipient}
    known = set(Recipient.objects.filter(code__in=named).values_list("code", flat=True))
    for code, line in named.items():
        if code not in known:
            raise NotThisPlan(
                _("Line %(line)s: no recipient has the code “%(code)s”.") % {"line": line, "code": code},
                field="text",
                next_step=_("Register the recipient first, or correct the code."),
            )


@retry_on_deadlock
@transaction.atomic
def decide_plan(*, version_id: int, approve: bool, reason: str, by: User, at: datetime) -> PlanVersion:
    """
    Approve or refuse a proposed version. An approved one ends the version before it and opens its pots.

    :raises OwnRequest: if the person proposed it
    :raises AlreadyDecided: if somebody decided it first
    :raises ReasonNeeded: if it is refused without a reason
    :raises PlanOverlaps: if receipts since its first day have been shared by another version
    :raises NotThisPlan: if one of its pots was opened for another purpose meanwhile
    """
    require_role(person=by, roles=CHECKERS)
    version = PlanVersion.objects.select_for_update(of=("self",)).select_related("project").get(id=version_id)
    require_other_person(person=by, maker_id=version.proposed_by_id)
    if version.status != PlanVersion.Status.PROPOSED:
        raise AlreadyDecided(_("This plan version has been decided already."), next_step=_("Look at its page to see by whom."))
    if not approve and not reason.strip():
        raise reason_needed()
    if approve:
        _end_the_one_before(version)
        # Another version may have opened the same pot since this one was proposed.
        _pots_keep_their_purpose(version.project, parse(version.text))
    version.status = PlanVersion.Status.APPROVED if approve else PlanVersion.Status.REFUSED
    version.decided_by, version.decided_at, version.reason = by, at, reason.strip()
    with sentences():
        version.save(update_fields=["status", "decided_by", "decided_at", "reason"])
    if approve:
        _open_pots(version=version, plan=parse(version.text))
    act = "plan.approve" if approve else "plan.refuse"
    record(act=act, subject=f"plan:{version}", by=by, at=at, reason=reason.strip(), after={"sha256": version.sha256})
    return version


def _end_the_one_before(version: PlanVersion) -> None:
    begins = version.effective_from
    Project.objects.select_for_update().get(id=version.project_id)
    approved = PlanVersion.objects.filter(project_id=version.project_id, status=PlanVersion.Status.APPROVED)
    later = approved.filter(effective_from__gte=begins).order_by("effective_from").first()
    if later is not None and (version.effective_to is None or version.effective_to > later.effective_from):
        raise PlanOverlaps(
            _("Version %(number)s begins on %(day)s, and this one would be in force then.")
            % {"number": later.number, "day": later.effective_from.isoformat()},
            next_step=_("Let this version begin later, or end before that day."),
        )
    shared = AllocationRun.objects.filter(project_id=version.project_id, status=AllocationRun.Status.ALLOCATED, tranche__received_on__gte=begins)
    if version.effective_to is not None:
        shared = shared.filter(tranche__received_on__lt=version.effective_to)
    used = shared.select_related("tranche", "plan_version").order_by("tranche__received_on").first()
    if used is not None and used.plan_version is not None:
        raise PlanOverlaps(
            _("The receipt of %(day)s has been shared by version %(number)s already.")
            % {"day": used.tranche.received_on.isoformat(), "number": used.plan_version.number},
            next_step=_("Let this version begin after it."),
        )
    approved.filter(Q(effective_to=None) | Q(effective_to__gt=begins), effective_from__lt=begins).update(effective_to=begins)


def _open_pots(*, version: PlanVersion, plan: Plan) -> None:
    for planned in plan.pots:
        if planned.purpose == PlannedPurpose.NONE:
            continue
        Pot.objects.update_or_create(project_id=version.project_id, code=planned.code, defaults=_pot_facts(planned))


def _pot_facts(planned: PlannedPot) -> dict[str, object]:
    return {
        "title": (planned.title.en or planned.title.km or planned.code)[:160],
        "title_km": planned.title.km[:160],
        "purpose": planned.purpose.value,
        "draw": Pot.Draw.PROPORTIONAL if planned.draw == "proportional" else Pot.Draw.FIFO,
        "deadline_days": planned.deadline_days,
    }
