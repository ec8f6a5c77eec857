"""Undo a covering: its entries the other way round, once. What it covered is missing again, and shown."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from core.audit.services import record
from core.clock import day_of
from core.people.access import CHECKERS, require_other_person, require_role
from core.people.models import User
from revenue.disbursements import queries
from revenue.disbursements.models import Covering, Payment
from revenue.disbursements.refusals import NotAtThisStep, needed
from revenue.ledger import chart
from revenue.ledger.chart import Place
from revenue.ledger.queries import first_open_day, steps_of_entries
from revenue.ledger.services import lock_places, retry_on_deadlock, reverse

Gap = tuple[int, str]  # tranche, code of the account of what is missing


@retry_on_deadlock
@transaction.atomic
def undo_covering(*, covering_id: int, reason: str, by: User, at: datetime) -> Covering:
    """
    Undo a covering that was a mistake, or that stands in the way of undoing what came before it.

    :raises OwnRequest: if the person asked for the covering
    :raises NotAtThisStep: if it was not approved, or is undone already
    :raises NotFilledIn: without a reason
    :raises MoneyHasMoved: if what it moved is no longer where it was put
    """
    require_role(person=by, roles=CHECKERS)
    covering = Covering.objects.select_for_update(of=("self",)).get(id=covering_id)
    require_other_person(person=by, maker_id=covering.proposed_by_id)
    words = needed(text=reason, field="reason")[:300]
    if not queries.standing_coverings().filter(id=covering_id).exists():
        raise NotAtThisStep(
            _("%(reference)s does not stand, so there is nothing to undo.") % {"reference": covering.reference},
            next_step=_("Look at its page to see what happened."),
        )
    lock_places(places=places_of([covering]))
    _undo(covering, reason=words, by=by, at=at, day=day_of(at))
    return covering


def in_the_way(payment: Payment) -> list[Covering]:
    """
    Return the coverings that must be undone before a payment can be: the latest first.

    They took over what this payment bought, or filled the shortfall that it left. Call it again after their places are held.
    """
    left = _shortfalls(payment)
    standing = list(queries.standing_coverings().filter(kind=Covering.Kind.SHORTFALL).select_related("gap").order_by("-decided_at", "-id"))
    ours = {covering.pk for covering in standing if _takes_over(covering, payment.disbursement_id)}
    missing: dict[Gap, int] = {
        (gap.tranche_id, gap.place.code): gap.amount_minor for gap in queries.gaps(tranche_ids={tranche for tranche, _code in left})
    }
    for covering in standing:
        key = (covering.tranche_id, covering.gap.code)
        if covering.pk in ours:
            missing[key] = missing.get(key, 0) + covering.amount_minor
    for covering in standing:
        key = (covering.tranche_id, covering.gap.code)
        if covering.pk not in ours and missing.get(key, 0) < left.get(key, 0):
            ours.add(covering.pk)
            missing[key] = missing.get(key, 0) + covering.amount_minor
    return [covering for covering in standing if covering.pk in ours]


def undo_for(payment: Payment, coverings: Sequence[Covering], *, by: User, at: datetime, day: date) -> None:
    """Undo the coverings that stand in the way of a payment that the bank sent back: what the bank did is never refused."""
    reason = _("The bank sent back payment %(payment)s, and what it left is not missing any more.") % {"payment": payment.bank_reference}
    for covering in coverings:
        _undo(covering, reason=reason[:300], by=by, at=at, day=day)


def places_of(coverings: Iterable[Covering]) -> set[Place]:
    """Return every place that the entries of coverings moved money between."""
    steps = steps_of_entries([entry for covering in coverings for entry in _entries(covering)])
    return {place for step in steps for place in (step.debit, step.credit)}


def _entries(covering: Covering) -> list[int]:
    return [entry for entry in (covering.refund_entry_id, covering.cover_entry_id) if entry is not None]


def _undo(covering: Covering, *, reason: str, by: User, at: datetime, day: date) -> None:
    on = first_open_day(happened_on=day)
    for entry in _entries(covering):
        reverse(entry_id=entry, day=on, key=f"undo:{entry}", by_id=by.pk, document=covering.reference)
    after = {"amount_minor": covering.amount_minor, "day": on.isoformat()}
    record(act="covering.undo", subject=f"covering:{covering.reference}", by=by, at=at, reason=reason, after=after)


def _takes_over(covering: Covering, lot: int) -> bool:
    return any(step.lot == lot for step in steps_of_entries(_entries(covering)))


def _shortfalls(payment: Payment) -> dict[Gap, int]:
    found: dict[Gap, int] = defaultdict(int)
    for step in steps_of_entries([payment.entry_id]):
        if step.credit.kind == chart.SHORTFALL:
            found[step.tranche_id, step.credit.code] += step.amount_minor
    return dict(found)
