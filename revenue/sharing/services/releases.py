"""Release what a plan withheld from a recipient."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from core.audit.services import record
from core.people.access import CHECKERS, require_other_person, require_role
from core.people.models import User
from revenue.ledger import chart
from revenue.ledger.chart import Row
from revenue.ledger.queries import balances
from revenue.ledger.refusals import NotEnoughMoney
from revenue.ledger.services import lock_places, post, retry_on_deadlock
from revenue.sharing.models import AllocationLine, AllocationRun
from revenue.sharing.places import pot_place, withheld_place
from revenue.sharing.queries.withheld import waits
from revenue.sharing.refusals import NotWithheld, reason_needed


@retry_on_deadlock
@transaction.atomic
def release_withheld(*, line_id: int, reason: str, by: User, at: datetime, day: date) -> AllocationLine:
    """
    Put a withheld line into its pot, for its recipient, posted on ``day``.

    :raises ReasonNeeded: without a reason
    :raises NotWithheld: if the line is not withheld, or was released before
    """
    require_role(person=by, roles=CHECKERS)
    if not reason.strip():
        raise reason_needed()
    line = standing_line(line_id)
    require_other_person(person=by, maker_id=line.run.run_by_id)
    if line.state != AllocationLine.State.WITHHELD or line.release_entry_id is not None or not line.amount_minor:
        raise NotWithheld(_("This line holds nothing back any more."), next_step=_("Look at its allocation to see when it was released."))
    rows = list(_rows(line))
    tranche = line.run.tranche
    line.release_entry = post(
        event=chart.RELEASE,
        day=day,
        rows=rows,
        key=f"release:{line.pk}",
        document=tranche.code,
        by_id=by.pk,
    )
    line.released_by, line.released_at, line.release_reason = by, at, reason.strip()[:300]
    line.save(update_fields=["release_entry", "released_by", "released_at", "release_reason"])
    # Whether the conditions of the plan held on that day stays on the record, whoever said why.
    missing = waits(lines=[line], on=day)[line.pk].missing
    after: dict[str, object] = {"missing": list(missing)} if missing else {}
    after |= {"pot": line.pot.ledger_code, "recipient": line.recipient.code if line.recipient else "", "amount_minor": line.amount_minor}
    record(act="allocation.release", subject=f"allocation:{tranche.code}", by=by, at=at, reason=reason.strip(), after=after)
    return line


def standing_line(line_id: int) -> AllocationLine:
    """
    Hold a line of an allocation that stands.

    :raises NotWithheld: if the allocation was corrected or reversed
    """
    line = AllocationLine.objects.select_for_update(of=("self",)).select_related("run__tranche", "pot__project", "recipient").get(id=line_id)
    if line.run.status != AllocationRun.Status.ALLOCATED:
        raise NotWithheld(_("The allocation of this line does not stand any more."), next_step=_("Look at the one that took its place."))
    return line


def _rows(line: AllocationLine) -> Iterator[Row]:
    """Take the line's amount from where it is withheld, one bank after another."""
    currency, left = line.run.currency, line.amount_minor
    places = {
        bank: (
            pot_place(pot=line.pot, bank_code=bank, recipient=line.recipient, currency=currency),
            withheld_place(pot=line.pot, bank_code=bank, recipient=line.recipient, currency=currency),
        )
        for bank in _withheld(line)
    }
    lock_places(places=[place for pair in places.values() for place in pair])
    for bank, amount in _withheld(line).items():
        part = min(left, amount)
        if part and bank in places:
            yield Row(*places[bank], part, line.run.tranche_id)
            left -= part
    if left:
        raise NotEnoughMoney(_("Less is withheld here than this line says."), next_step=_("Let check_books say what is wrong."))


def _withheld(line: AllocationLine) -> dict[str, int]:
    """Return what is withheld for the line's recipient in its pot and tranche, by bank."""
    found = balances(
        grouped=["bank"],
        currency=line.run.currency,
        kinds=[chart.WITHHELD],
        pots=[line.pot.ledger_code],
        holders=[line.recipient.code if line.recipient else ""],
        tranche_ids=[line.run.tranche_id],
    )
    return {str(held.key[0]): held.amount_minor for held in found}
