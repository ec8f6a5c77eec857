"""Close what nobody can spend or send any more: the last cents or riel of an advance."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from core.audit.services import record
from core.clock import day_of
from core.money import Money
from core.people.access import MAKERS, require_role
from core.people.models import User
from revenue.disbursements.models import LAST_CENTS, Disbursement, LotClosing
from revenue.disbursements.places import fx_place, paid_place
from revenue.disbursements.queries import lot_money
from revenue.disbursements.queries.lots import LotMoney
from revenue.disbursements.refusals import NotAtThisStep, TooMuchLeft, needed, not_in_the_future
from revenue.disbursements.services.decisions import locked
from revenue.ledger import chart
from revenue.ledger.chart import Row
from revenue.ledger.queries import first_open_day
from revenue.ledger.services import draw_local, lock_places, post, retry_on_deadlock


@retry_on_deadlock
@transaction.atomic
def close_last_cents(*, disbursement_id: int, reason: str, by: User, at: datetime, on: date) -> LotClosing:
    """
    Close what is left of an advance to exchange differences, where it is no more than LAST_CENTS in both currencies.

    :raises TooMuchLeft: if more is left; it is spent, given back or disallowed instead
    :raises NotAtThisStep: if nothing is left
    :raises NotFilledIn: without a reason, or on a day that has not come
    """
    require_role(person=by, roles=MAKERS)
    not_in_the_future(on, today=day_of(at), field="on")
    words = needed(text=reason, field="reason")[:300]
    disbursement = locked(disbursement_id)
    advance, fx = paid_place(disbursement), fx_place(disbursement)
    lock_places(places=[advance, fx])
    left = lot_money([disbursement.pk]).get(disbursement.pk, LotMoney())
    _check(disbursement, left)
    drawn = draw_local(place=advance, local_minor=left.advance_local, lots=[disbursement.pk], local_currency=left.local_currency, others=[fx])
    rows = [Row(fx, advance, part.amount_minor, part.tranche_id, part.lot, part.local_minor, left.local_currency) for part in drawn.rows]
    entry = post(
        event=chart.RETURN,
        day=first_open_day(happened_on=on),
        occurred_on=on,
        rows=rows,
        key=f"close:{disbursement.reference}:{disbursement.closings.count() + 1}",
        document=disbursement.reference,
        by_id=by.pk,
    )
    facts = {"amount_minor": left.advance, "local_minor": left.advance_local, "local_currency": left.local_currency}
    closing = LotClosing.objects.create(
        disbursement=disbursement, closed_on=on, currency=disbursement.currency, reason=words, entry=entry, closed_by=by, recorded_at=at, **facts
    )
    record(act="disbursement.close_last_cents", subject=f"disbursement:{disbursement.reference}", by=by, at=at, reason=words, after=facts)
    return closing


def is_small(left: LotMoney, currency: str) -> bool:
    """Say whether what is left of an advance is so little that an officer may close it alone."""
    within = left.advance <= LAST_CENTS.get(currency, 0) and left.advance_local <= LAST_CENTS.get(left.local_currency, 0)
    return left.advance_local > 0 and within


def _check(disbursement: Disbursement, left: LotMoney) -> None:
    if not left.advance_local:
        raise NotAtThisStep(_("Nothing of %(reference)s is left to be accounted for.") % {"reference": disbursement.reference})
    if not is_small(left, disbursement.currency):
        raise TooMuchLeft(
            _("%(left)s of it is still to be accounted for: that is more than an officer closes.")
            % {"left": f"{Money(left.advance_local, left.local_currency)} ({Money(left.advance, disbursement.currency)})"},
            next_step=_("Have it spent with its receipts, or given back."),
        )
