"""Approve, reject or cancel a disbursement: never by who asked for it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from core.audit.services import record
from core.people.access import CHECKERS, require_other_person, require_role
from core.people.models import User
from revenue.disbursements.draws import Part, choose, committed_parts
from revenue.disbursements.models import Disbursement
from revenue.disbursements.places import committed_place, sources
from revenue.disbursements.refusals import NotAtThisStep, NotFilledIn, needed
from revenue.disbursements.services.givebacks import drawn_from, give_back
from revenue.disbursements.states import STEPS, Status
from revenue.ledger import chart
from revenue.ledger.chart import Row
from revenue.ledger.models import Entry
from revenue.ledger.queries import first_open_day
from revenue.ledger.services import lock_places, post, retry_on_deadlock


@retry_on_deadlock
@transaction.atomic
def approve_disbursement(*, disbursement_id: int, by: User, at: datetime, on: date, tranche_ids: Sequence[int] | None = None) -> Disbursement:
    """
    Approve a request and promise it the money: the tranches are chosen here, once.

    ``tranche_ids`` are the tranches the approver named; without them the plan's order for the pot holds.

    :raises OwnRequest: if the person asked for it
    :raises NotAtThisStep: if it is not waiting for a decision
    :raises NotEnoughInPot: if the pot has less; it says how much
    """
    disbursement = _to_decide(disbursement_id=disbursement_id, by=by, on=on)
    committed = committed_place(disbursement)
    lock_places(places=[*sources(disbursement), committed])
    parts = choose(disbursement, tranche_ids=tranche_ids)
    entry = post(
        event=chart.APPROVE,
        day=first_open_day(happened_on=on),
        occurred_on=on,
        rows=[Row(committed, part.place, part.amount_minor, part.tranche_id, lot=disbursement.pk) for part in parts],
        key=f"approve:{disbursement.reference}",
        document=disbursement.reference,
        by_id=by.pk,
    )
    _step(disbursement, Status.REQUESTED, Status.APPROVED, decided_by=by, decided_at=at, decided_on=on, approval_entry=entry)
    after = {"amount_minor": disbursement.amount_minor, "tranches": {str(part.tranche_id): part.amount_minor for part in _by_tranche(parts)}}
    record(act="disbursement.approve", subject=f"disbursement:{disbursement.reference}", by=by, at=at, after=after)
    return disbursement


@retry_on_deadlock
@transaction.atomic
def reject_disbursement(*, disbursement_id: int, reason: str, by: User, at: datetime, on: date) -> Disbursement:
    """
    Reject a request, with its reason. Nothing was promised, so nothing is posted.

    :raises OwnRequest, NotAtThisStep: as approve_disbursement
    :raises NotFilledIn: without a reason
    """
    disbursement = _to_decide(disbursement_id=disbursement_id, by=by, on=on)
    words = needed(text=reason, field="reason")[:300]
    _step(disbursement, Status.REQUESTED, Status.REJECTED, decided_by=by, decided_at=at, decided_on=on, decision_reason=words)
    record(act="disbursement.reject", subject=f"disbursement:{disbursement.reference}", by=by, at=at, reason=words)
    return disbursement


@retry_on_deadlock
@transaction.atomic
def cancel_disbursement(*, disbursement_id: int, reason: str, by: User, at: datetime, on: date) -> Disbursement:
    """
    Cancel an approved disbursement that is not paid: what was promised goes back where it was drawn.

    :raises NotAtThisStep: if it is not approved, or paid already
    :raises NotFilledIn: without a reason
    """
    require_role(person=by, roles=CHECKERS)
    words = needed(text=reason, field="reason")[:300]
    disbursement = locked(disbursement_id)
    require_other_person(person=by, maker_id=disbursement.requested_by_id)
    require_step(disbursement, Status.CANCELLED)
    committed = committed_place(disbursement)
    lock_places(places=[*sources(disbursement), committed])
    back = give_back(drawn=drawn_from(disbursement), rest=committed_parts(disbursement))
    # Where a recall took all that was promised, its entry is the one that left nothing to give back.
    entry = (
        post(
            event=chart.RELEASE_COMMITMENT,
            day=first_open_day(happened_on=on),
            occurred_on=on,
            rows=[Row(part.place, committed, part.amount_minor, part.tranche_id, lot=disbursement.pk) for part in back],
            key=f"cancel:{disbursement.reference}",
            document=disbursement.reference,
            by_id=by.pk,
        )
        if back
        else Entry.objects.filter(event=chart.RECALL, postings__lot=disbursement.pk).distinct().latest("id")
    )
    _step(disbursement, Status.APPROVED, Status.CANCELLED, cancel_entry=entry, decision_reason=words)
    record(act="disbursement.cancel", subject=f"disbursement:{disbursement.reference}", by=by, at=at, reason=words)
    return disbursement


def locked(disbursement_id: int) -> Disbursement:
    """Hold a disbursement until the transaction ends: whoever acts second sees what the first did."""
    rows = Disbursement.objects.select_for_update(of=("self",))
    return rows.select_related("pot__project", "project", "bank_account", "recipient").get(id=disbursement_id)


def require_step(disbursement: Disbursement, status: Status) -> None:
    """
    Let a disbursement go on to a status, or say where it stands.

    :raises NotAtThisStep: if that does not follow from where it stands
    """
    if status not in STEPS[Status(disbursement.status)]:
        raise NotAtThisStep(
            _("%(reference)s is %(status)s.") % {"reference": disbursement.reference, "status": disbursement.get_status_display()},
            next_step=_("Look at its page to see what happened."),
        )


def _to_decide(*, disbursement_id: int, by: User, on: date) -> Disbursement:
    require_role(person=by, roles=CHECKERS)
    disbursement = locked(disbursement_id)
    require_other_person(person=by, maker_id=disbursement.requested_by_id)
    # Only what is waiting for a decision can still be rejected.
    require_step(disbursement, Status.REJECTED)
    if on < disbursement.requested_on:
        raise NotFilledIn(_("It cannot be decided before it was asked for."), field="on", next_step=_("Correct the day."))
    return disbursement


def _step(disbursement: Disbursement, old: Status, new: Status, **values: object) -> None:
    changed = Disbursement.objects.filter(id=disbursement.pk, status=old).update(status=new, **values)
    if changed != 1:
        raise NotAtThisStep(_("Somebody acted on %(reference)s first.") % {"reference": disbursement.reference})
    disbursement.status = new
    for name, value in values.items():
        setattr(disbursement, name, value)


def _by_tranche(parts: Sequence[Part]) -> list[Part]:
    """Return one part a tranche, for the record."""
    sums: dict[int, Part] = {}
    for part in parts:
        before = sums.get(part.tranche_id)
        sums[part.tranche_id] = Part(part.place, part.tranche_id, part.amount_minor + (before.amount_minor if before else 0))
    return list(sums.values())
