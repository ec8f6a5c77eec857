"""Cover what is missing: asked by an officer with the paper of the decision, decided by an approver; nothing moves before."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from core.audit.services import record
from core.clock import day_of
from core.money import Money
from core.people.access import CHECKERS, MAKERS, require_other_person, require_role
from core.people.models import User
from core.references import next_reference
from revenue.disbursements import queries
from revenue.disbursements.covers import Used, across, borne, may_pay_for, used_by, within
from revenue.disbursements.models import Covering
from revenue.disbursements.queries import Gap
from revenue.disbursements.refusals import CannotCover, NotAtThisStep, NotFilledIn, NothingMissing, key_used_otherwise, needed, sentences
from revenue.ledger import chart
from revenue.ledger.chart import Place, Row
from revenue.ledger.models import Account
from revenue.ledger.queries import first_open_day
from revenue.ledger.services import EntryDraft, lock_places, post_many, retry_on_deadlock

# Whoever posts meanwhile can open only so many places.
_LOOKS: Final = 8


@retry_on_deadlock
@transaction.atomic
def propose_covering(
    *,
    client_key: UUID,
    tranche_id: int,
    gap_id: int,
    source_id: int,
    amount_minor: int,
    why: str,
    document_id: int,
    by: User,
    at: datetime,
) -> Covering:
    """
    Ask that a pot or the reserve (``source_id``) bears what is missing of a tranche in the account ``gap_id``.

    ``amount_minor`` in minor units of the tranche's currency. The same ``client_key`` twice is once. Nothing is posted.

    :raises NothingMissing: if less than that is missing
    :raises CannotCover: if the source may not bear it, or has less
    :raises NotFilledIn: if a value cannot be right
    :raises ReferenceUsed: if a covering of it waits already, or the key was used with other values
    """
    require_role(person=by, roles=MAKERS)
    values = {"tranche_id": tranche_id, "gap_id": gap_id, "source_id": source_id, "amount_minor": amount_minor}
    # Who sends the same form at the same moment waits here, and finds what the first made.
    lock_places(places=[Account.objects.get(id=gap_id).place])
    same = Covering.objects.filter(client_key=client_key).first()
    if same is not None:
        if any(getattr(same, name) != value for name, value in values.items()):
            raise key_used_otherwise()
        return same
    gap = _gap(gap_id, tranche_id, amount_minor)
    _check_bearer(gap, source_id, amount_minor)
    kind = Covering.Kind.FX if gap.is_loss else Covering.Kind.SHORTFALL
    words = needed(text=why, field="why")[:300]
    with sentences():
        covering = Covering.objects.create(
            reference=next_reference(prefix="CV", year=day_of(at).year), client_key=client_key, kind=kind, currency=gap.place.currency,
            why=words, document_id=document_id, proposed_by=by, proposed_at=at, **values,
        )  # fmt: skip
    after = {"tranche": covering.tranche.code, "missing": gap.place.code, "borne_by": covering.source.code, "amount_minor": amount_minor}
    record(act="covering.propose", subject=f"covering:{covering.reference}", by=by, at=at, after=after, reason=words)
    return covering


@retry_on_deadlock
@transaction.atomic
def approve_covering(*, covering_id: int, by: User, at: datetime) -> Covering:
    """
    Approve a covering and post it: what the same receipt has first, then other receipts that pay in its place.

    :raises OwnRequest: if the person asked for it
    :raises NotAtThisStep: if it was decided before
    :raises NothingMissing: if less is missing by now
    :raises CannotCover: if the source has less by now
    """
    covering = _to_decide(covering_id, by)
    gap, source, day = covering.gap.place, covering.source.place, day_of(at)
    _hold(covering, gap, source)
    found = _gap(covering.gap_id, covering.tranche_id, covering.amount_minor)
    _check_bearer(found, covering.source_id, covering.amount_minor)
    drafts = [
        EntryDraft(event, first_open_day(happened_on=day), rows, f"{event}:{covering.reference}", covering.reference, by.pk, day)
        for event, rows in _rows(covering, gap, source).items()
        if rows
    ]
    posted = dict(zip((draft.event for draft in drafts), post_many(entries=drafts), strict=True))
    covering.cover_entry_id, covering.refund_entry_id = posted.get(chart.COVER), posted.get(chart.REFUND)
    _decided(covering, Covering.Status.APPROVED, by=by, at=at)
    paid = {str(row.tranche_id): row.amount_minor for draft in drafts for row in draft.rows if row.credit == source}
    record(
        act="covering.approve",
        subject=f"covering:{covering.reference}",
        by=by,
        at=at,
        after={"amount_minor": covering.amount_minor, "tranches": paid},
    )
    return covering


@transaction.atomic
def refuse_covering(*, covering_id: int, reason: str, by: User, at: datetime) -> Covering:
    """
    Refuse a covering, with the reason: what is missing stays missing, and shown.

    :raises OwnRequest, NotAtThisStep: as approve_covering
    :raises NotFilledIn: without a reason
    """
    covering = _to_decide(covering_id, by)
    covering.reason = needed(text=reason, field="reason")[:300]
    _decided(covering, Covering.Status.REFUSED, by=by, at=at)
    record(act="covering.refuse", subject=f"covering:{covering.reference}", by=by, at=at, reason=covering.reason)
    return covering


def _to_decide(covering_id: int, by: User) -> Covering:
    require_role(person=by, roles=CHECKERS)
    covering = Covering.objects.select_for_update(of=("self",)).select_related("gap", "source", "tranche").get(id=covering_id)
    require_other_person(person=by, maker_id=covering.proposed_by_id)
    if covering.status != Covering.Status.PROPOSED:
        raise NotAtThisStep(
            _("%(reference)s is %(status)s.") % {"reference": covering.reference, "status": covering.get_status_display()},
            next_step=_("Look at its page to see what happened."),
        )
    return covering


def _decided(covering: Covering, status: Covering.Status, *, by: User, at: datetime) -> None:
    covering.status, covering.decided_by, covering.decided_at = status, by, at
    covering.save(update_fields=["status", "decided_by", "decided_at", "reason", "cover_entry", "refund_entry"])


def _gap(account_id: int, tranche_id: int, amount_minor: int) -> Gap:
    if amount_minor <= 0:
        raise NotFilledIn(_("The amount must be above zero."), field="amount")
    gap = queries.gap_of(account_id=account_id, tranche_id=tranche_id)
    missing = gap.amount_minor if gap else 0
    if gap is None or missing < amount_minor:
        account = Account.objects.get(id=account_id)
        raise NothingMissing(
            _("%(missing)s is missing there, and %(asked)s was to be covered.")
            % {"missing": Money(missing, account.currency), "asked": Money(amount_minor, account.currency)},
            missing_minor=missing,
            next_step=_("Cover no more than what is missing now."),
        )
    return gap


def _check_bearer(gap: Gap, source_id: int, amount_minor: int) -> None:
    bearer = next((one for one in queries.bearers(gap) if one.account_id == source_id), None)
    able = bearer.amount_minor if bearer else 0
    if able < amount_minor:
        currency = gap.place.currency
        raise CannotCover(
            _("It can bear %(able)s of it, and %(asked)s was asked for.") % {"able": Money(able, currency), "asked": Money(amount_minor, currency)},
            available_minor=able,
            next_step=_("Ask for less, or let another pot or the reserve bear it. Money at another bank is moved there first."),
        )


def _hold(covering: Covering, gap: Place, source: Place) -> None:
    """Hold every place that the entries may touch; again if others were opened meanwhile."""
    ours = {gap, source}
    if covering.kind == Covering.Kind.FX:
        lock_places(places=[*ours, Place(chart.CHARGE, gap.currency, pot=source.pot), Place(chart.POT, gap.currency, bank=source.bank, pot=gap.pot)])
        return
    held: set[Place] = set()
    for _look in range(_LOOKS):
        wanted = ours | {used.place for used in _used(covering, gap)}
        if wanted <= held:
            return
        held |= wanted
        lock_places(places=held)


def _used(covering: Covering, gap: Place) -> list[Used]:
    return used_by(tranche_id=covering.tranche_id, gap=gap)


def _rows(covering: Covering, gap: Place, source: Place) -> dict[str, Sequence[Row]]:
    """Return the rows by event; together they are the amount, for what can be borne was checked while the places are held."""
    tranche_id, amount, others = covering.tranche_id, covering.amount_minor, may_pay_for(covering.tranche)
    if covering.kind == Covering.Kind.FX:
        return {chart.COVER: borne(gap=gap, source=source, tranche_id=tranche_id, others=others, amount_minor=amount)}
    own = within(gap=gap, source=source, tranche_id=tranche_id, amount_minor=amount)
    left = amount - sum(row.amount_minor for row in own)
    used = _used(covering, gap)
    return {
        chart.COVER: own,
        chart.REFUND: across(gap=gap, source=source, tranche_id=tranche_id, others=others, used=used, amount_minor=left) if left else (),
    }
