"""Release money held in reserve: when its rule is met, or when it has expired."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from core.audit.services import record
from core.people.access import CHECKERS, require_other_person, require_role
from core.people.models import User
from revenue.ledger import chart
from revenue.ledger.chart import Row
from revenue.ledger.queries import balances
from revenue.ledger.services import lock_places, post, retry_on_deadlock
from revenue.sharing.models import AllocationLine, Pot, Purpose
from revenue.sharing.places import pot_place, reserve_place
from revenue.sharing.queries.holds import terms_of
from revenue.sharing.refusals import NotWithheld, WrongFact, reason_needed
from revenue.sharing.services.releases import standing_line


@retry_on_deadlock
@transaction.atomic
def release_reserve(*, line_id: int, pot_id: int | None, reason: str, by: User, at: datetime, day: date) -> AllocationLine:
    """
    Put what is left of a reserve into a pot, undivided, posted on ``day``.

    Without ``pot_id`` it goes where the plan says it goes when it expires. A reserve that has expired goes nowhere else.

    :raises ReasonNeeded: without a reason
    :raises NotWithheld: if the line is not a reserve, was released before, or nothing of it is left
    :raises WrongFact: if the pot is not one of the project's spending pots, or not the one the plan names
    """
    require_role(person=by, roles=CHECKERS)
    if not reason.strip():
        raise reason_needed()
    line = standing_line(line_id)
    require_other_person(person=by, maker_id=line.run.run_by_id)
    if line.state != AllocationLine.State.HELD or line.release_entry_id is not None:
        raise NotWithheld(_("This line holds nothing in reserve any more."), next_step=_("Look at its allocation to see when it was released."))
    to = _pot(line, pot_id, day)
    rows = _rows(line, to)
    tranche = line.run.tranche
    line.release_entry = post(event=chart.RELEASE, day=day, rows=rows, key=f"release:{line.pk}", document=tranche.code, by_id=by.pk)
    line.released_by, line.released_at, line.release_reason = by, at, reason.strip()[:300]
    line.released_to, line.released_minor = to, sum(row.amount_minor for row in rows)
    line.save(update_fields=["release_entry", "released_by", "released_at", "release_reason", "released_to", "released_minor"])
    after = {"from": line.pot.ledger_code, "to": to.ledger_code, "amount_minor": line.released_minor, "currency": line.run.currency}
    record(act="reserve.release", subject=f"allocation:{tranche.code}", by=by, at=at, reason=reason.strip(), after=after)
    return line


def _pot(line: AllocationLine, pot_id: int | None, day: date) -> Pot:
    terms = terms_of(line)
    named = Pot.objects.filter(project=line.pot.project, code=terms.then_to).select_related("project").first() if terms and terms.then_to else None
    chosen = Pot.objects.filter(project=line.pot.project, id=pot_id).select_related("project").first() if pot_id else named
    if chosen is None or chosen.purpose == Purpose.RESERVE:
        raise WrongFact(_("Choose the pot that the money goes into."), field="pot", next_step=_("It is one of this project's, and not a reserve."))
    is_expired = terms is not None and terms.expires_on is not None and terms.expires_on <= day
    if is_expired and named is not None and chosen != named:
        raise WrongFact(
            _("The plan says that it goes to “%(pot)s” once it has expired.") % {"pot": named}, field="pot", next_step=_("Choose that pot.")
        )
    return chosen


def _rows(line: AllocationLine, to: Pot) -> list[Row]:
    """Take what is left of the line in the tranche's reserve, one bank after another."""
    currency, left = line.run.currency, line.amount_minor
    where = _lies(line)
    places = {
        bank: (
            pot_place(pot=to, bank_code=bank, recipient=None, currency=currency),
            reserve_place(pot=line.pot, bank_code=bank, currency=currency),
        )
        for bank in where
    }
    lock_places(places=[place for pair in places.values() for place in pair])
    rows = []
    for bank, amount in _lies(line).items():
        part = min(left, amount)
        if part > 0 and bank in places:
            rows.append(Row(*places[bank], part, line.run.tranche_id))
            left -= part
    if not rows:
        raise NotWithheld(_("Nothing of this reserve is left."), next_step=_("Look at the pot to see what it was used for."))
    return rows


def _lies(line: AllocationLine) -> dict[str, int]:
    found = balances(
        grouped=["bank"], currency=line.run.currency, kinds=[chart.RESERVE], pots=[line.pot.ledger_code], tranche_ids=[line.run.tranche_id]
    )
    return {str(held.key[0]): held.amount_minor for held in sorted(found, key=lambda held: str(held.key[0]))}
