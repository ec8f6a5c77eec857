"""Consent: what a community said about a plan version, entered by one person and confirmed by another."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from communities.consent import access, limits
from communities.consent.models import Consent
from communities.consent.refusals import AlreadyDecided, NotFilledIn, NotFoundHere, NotPossible, sentences
from communities.registry.models import Recipient
from core import files
from core.audit.services import record
from core.clock import day_of
from core.people.access import OFFICERS, require_other_person, require_role
from core.people.models import User
from revenue.sharing.models import Beneficiary, PlanVersion

Document = tuple[bytes, str, str]
Kind = Consent.Kind
_SPOKEN_OF = (PlanVersion.Status.PROPOSED, PlanVersion.Status.APPROVED)


def record_consent(
    *,
    client_key: UUID,
    recipient_id: int,
    plan_version_id: int,
    kind: str,
    happened_on: date,
    said_by: str,
    by: User,
    at: datetime,
    women: int = 0,
    men: int = 0,
    spoken_language: str = "",
    reason: str = "",
    document: Document | None = None,
) -> Consent:
    """
    Write down what a community said on a day about a plan version: consent given, refused or withdrawn.

    A consent counts when another person has confirmed it; a refusal or withdrawal counts at once. The same form twice
    is one record.

    :raises NotFoundHere: if the community is not this person's
    :raises NotPossible: if the community does not share by that plan, or there is no consent to withdraw
    :raises NotFilledIn: if a value is missing or cannot be right
    """
    community = access.community_to_write_for(person=by, recipient_id=recipient_id, at=at)
    before = Consent.objects.filter(client_key=client_key, recipient=community).first()
    if before is not None:
        return before
    facts = Consent(
        client_key=client_key, recipient=community, plan_version=_version(plan_version_id, community), kind=_kind(kind), happened_on=happened_on,
        women=women, men=men, entered_by=by, entered_at=at,
    )  # fmt: skip
    facts.said_by = limits.needed(text=said_by, field="said_by", longest=200)
    _check(facts, spoken_language=spoken_language, reason=reason, document=document)
    try:
        with sentences(), transaction.atomic():
            return _write(facts, document)
    except IntegrityError:
        # The same form arrived twice at once, and the other one is written.
        before = Consent.objects.filter(client_key=client_key, recipient=community).first()
        if before is None:
            raise
        return before


def _version(plan_version_id: int, community: Recipient) -> PlanVersion:
    version = PlanVersion.objects.select_related("project").filter(pk=plan_version_id, status__in=_SPOKEN_OF).first()
    if version is None or not Beneficiary.objects.filter(project_id=version.project_id, recipient=community).exists():
        raise NotPossible(
            _("%(recipient)s does not share by this plan.") % {"recipient": community},
            field="plan_version",
            next_step=_("Choose a plan of its own project."),
        )
    return version


def _kind(kind: str) -> Kind:
    if kind not in Kind.values:
        raise NotFilledIn(_("Choose what was said."), field="kind")
    return Kind(kind)


def _check(facts: Consent, *, spoken_language: str, reason: str, document: Document | None) -> None:
    limits.check_day(day=facts.happened_on, today=day_of(facts.entered_at), field="happened_on")
    is_meeting = facts.kind != Kind.WITHDRAWN
    limits.check_meeting(women=facts.women, men=facts.men, needed=is_meeting)
    facts.spoken_language = limits.needed(text=spoken_language, field="spoken_language", longest=60) if is_meeting else spoken_language.strip()[:60]
    facts.reason = limits.needed(text=reason, field="reason", longest=500) if facts.kind in Consent.AGAINST else reason.strip()[:500]
    if is_meeting and document is None:
        raise NotFilledIn(_("The minutes of the meeting, or a photo of them, are needed."), field="document", next_step=_("Choose the document."))
    if facts.kind == Kind.WITHDRAWN and not _was_given(facts):
        raise NotPossible(
            _("No consent to this plan is on record before that day, so there is nothing to withdraw."),
            field="kind",
            next_step=_("Record a refusal, or check the day and the plan."),
        )


def _was_given(facts: Consent) -> bool:
    earlier = Consent.objects.filter(recipient=facts.recipient, plan_version=facts.plan_version, kind=Kind.GIVEN, happened_on__lte=facts.happened_on)
    return earlier.exclude(status=Consent.Status.REJECTED).exists()


def _write(facts: Consent, document: Document | None) -> Consent:
    by, at = facts.entered_by, facts.entered_at
    if document is not None:
        data, media_type, name = document
        facts.document = files.store(data=data, media_type=media_type, original_name=name, by=by, at=at)
    facts.save(force_insert=True)
    after = {
        "kind": facts.kind,
        "plan": str(facts.plan_version),
        "happened_on": facts.happened_on.isoformat(),
        "women": facts.women,
        "men": facts.men,
        "document": facts.document.sha256 if facts.document else "",
    }
    record(act="consent.record", subject=_subject(facts), by=by, at=at, after=after, reason=facts.reason)
    return facts


def decide_consent(*, consent_id: int, confirm: bool, remark: str, by: User, at: datetime) -> Consent:
    """
    Confirm what was entered by comparing it with its document, or say why it is not right.

    :raises OwnRequest: for whoever entered it
    :raises AlreadyDecided: if it was decided before
    :raises NotFilledIn: if it is not confirmed and no reason is given
    """
    require_role(person=by, roles=OFFICERS)
    with sentences(), transaction.atomic():
        said = Consent.objects.select_for_update(of=("self",)).select_related("recipient", "plan_version__project").filter(pk=consent_id).first()
        if said is None:
            raise NotFoundHere(_("There is no such consent."), next_step=_("Open the list again."))
        require_other_person(person=by, maker_id=said.entered_by_id)
        if said.status != Consent.Status.ENTERED:
            raise AlreadyDecided(_("This was decided before."), next_step=_("Open it to see who decided."))
        if not confirm and not remark.strip():
            raise NotFilledIn(_("Say what is not right."), field="remark")
        said.status = Consent.Status.CONFIRMED if confirm else Consent.Status.REJECTED
        said.decided_by, said.decided_at, said.remark = by, at, remark.strip()[:300]
        said.save(update_fields=["status", "decided_by", "decided_at", "remark"])
        act = "consent.confirm" if confirm else "consent.reject"
        after = {"kind": said.kind, "plan": str(said.plan_version), "happened_on": said.happened_on.isoformat()}
        record(act=act, subject=_subject(said), by=by, at=at, after=after, reason=said.remark)
    return said


def _subject(said: Consent) -> str:
    return f"consent:{said.recipient.code}:{said.plan_version}"
