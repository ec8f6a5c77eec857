"""Put interest and donors' money into a named pot: proposed by one person, decided by another."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from communities.registry.models import Recipient
from core.audit.services import record
from core.clock import day_of
from core.money import Money
from core.people.access import CHECKERS, MAKERS, require_other_person, require_role
from core.people.models import User
from core.references import next_reference
from revenue.credits.refusals import NotPossible, WrongValue
from revenue.ledger import chart
from revenue.ledger.chart import Place, Row
from revenue.ledger.models import Tranche
from revenue.ledger.queries import first_open_day
from revenue.ledger.refusals import NotEnoughMoney
from revenue.ledger.services import lock_places, post, retry_on_deadlock
from revenue.sharing.models import Pot, Purpose
from revenue.sharing.models.assignments import AssignedMoney
from revenue.sharing.places import pot_place, reserve_place, unallocated_place
from revenue.sharing.queries import project_of_tranche, unallocated_by_bank

ASSIGNED = (chart.INTEREST, chart.DONOR)


@transaction.atomic
def propose_assignment(
    *, tranche_id: int, pot_id: int, amount_minor: int, why: str, by: User, at: datetime, recipient_id: int | None = None
) -> AssignedMoney:
    """
    Propose that a part of a tranche of interest or donor money goes into a pot, for one recipient of it or for all.

    ``amount_minor`` is in minor units of the tranche's currency. The same proposal made twice is one.

    :raises NotPossible: if the tranche is a sale's, which its plan shares
    :raises NotEnoughMoney: if less of it is unallocated
    :raises WrongValue: if the amount, pot or reason cannot be right
    """
    require_role(person=by, roles=MAKERS)
    if not why.strip():
        raise WrongValue(_("Say why."), field="why")
    # One at a time for a tranche, so that the same form sent twice finds what it made.
    pot = Pot.objects.select_related("project").get(id=pot_id)
    tranche = Tranche.objects.get(id=tranche_id)
    lock_places(places=_unallocated(tranche))
    facts = {"tranche": tranche, "pot": pot, "recipient_id": recipient_id, "amount_minor": amount_minor, "why": why.strip()[:300]}
    same = AssignedMoney.objects.filter(**facts, status=AssignedMoney.Status.PROPOSED).first()
    if same is not None:
        return same
    _check(tranche=tranche, pot=pot, amount_minor=amount_minor, recipient_id=recipient_id)
    name = next_reference(prefix="AS", year=day_of(at).year)
    assignment = AssignedMoney.objects.create(reference=name, currency=tranche.currency, proposed_by=by, proposed_at=at, **facts)
    _audit("assignment.propose", assignment, by, at, assignment.why)
    return assignment


@retry_on_deadlock
@transaction.atomic
def decide_assignment(*, assignment_id: int, approve: bool, reason: str, by: User, at: datetime) -> AssignedMoney:
    """
    Approve or refuse an assignment. Approved, the money goes into the pot in one entry, on the first open day.

    :raises OwnRequest: for the person who proposed it
    :raises NotPossible: if it was decided before
    :raises NotEnoughMoney: if less of the tranche is unallocated by now
    """
    require_role(person=by, roles=CHECKERS)
    assignment = AssignedMoney.objects.select_for_update(of=("self",)).select_related("tranche", "pot__project", "recipient").get(id=assignment_id)
    require_other_person(person=by, maker_id=assignment.proposed_by_id)
    if assignment.status != AssignedMoney.Status.PROPOSED:
        raise NotPossible(_("This assignment is %(status)s already.") % {"status": assignment.get_status_display()})
    if not approve and not reason.strip():
        raise WrongValue(_("Say why it is refused."), field="reason")
    assignment.status = AssignedMoney.Status.APPROVED if approve else AssignedMoney.Status.REFUSED
    assignment.decided_by, assignment.decided_at, assignment.reason = by, at, reason.strip()[:300]
    if approve:
        assignment.entry = post(
            event=chart.ALLOCATE,
            day=first_open_day(happened_on=day_of(at)),
            rows=list(_rows(assignment)),
            key=f"assign:{assignment.reference}",
            document=assignment.reference,
            by_id=by.pk,
        )
    assignment.save()
    _audit("assignment.approve" if approve else "assignment.refuse", assignment, by, at, reason.strip() or assignment.why)
    return assignment


def _check(*, tranche: Tranche, pot: Pot, amount_minor: int, recipient_id: int | None) -> None:
    if tranche.source not in ASSIGNED:
        raise NotPossible(_("The money of a sale is shared by its plan."), next_step=_("Allocate it."))
    if amount_minor <= 0:
        raise WrongValue(_("The amount is above zero, and not absurdly large."), field="amount")
    project = project_of_tranche(tranche_id=tranche.pk)
    if project is None or project.pk != pot.project_id:
        raise WrongValue(_("This pot is of another project than the money."), field="pot", next_step=_("Choose a pot of that project."))
    if recipient_id is not None and (pot.purpose == Purpose.RESERVE or not Recipient.objects.filter(id=recipient_id, is_active=True).exists()):
        raise WrongValue(_("Money in this pot is for no single recipient."), field="recipient", next_step=_("Leave it empty."))
    there = sum(unallocated_by_bank(tranche_id=tranche.pk).values())
    if amount_minor > there:
        raise NotEnoughMoney(
            _("There is %(available)s here, and %(asked)s was asked for.")
            % {"available": Money(there, tranche.currency), "asked": Money(amount_minor, tranche.currency)},
            available_minor=there,
        )


def _unallocated(tranche: Tranche) -> list[Place]:
    return [unallocated_place(bank_code=bank, currency=currency) for bank, currency in unallocated_by_bank(tranche_id=tranche.pk)]


def _goal(assignment: AssignedMoney, bank: str) -> Place:
    pot, currency = assignment.pot, assignment.currency
    if pot.purpose == Purpose.RESERVE:
        return reserve_place(pot=pot, bank_code=bank, currency=currency)
    return pot_place(pot=pot, bank_code=bank, recipient=assignment.recipient, currency=currency)


def _rows(assignment: AssignedMoney) -> Iterator[Row]:
    """Take the amount from where the tranche is unallocated, one bank after another."""
    tranche, left = assignment.tranche, assignment.amount_minor
    sources = _unallocated(tranche)
    lock_places(places=[*sources, *(_goal(assignment, place.bank) for place in sources)])
    for (bank, currency), amount in sorted(unallocated_by_bank(tranche_id=tranche.pk).items()):
        part = min(left, amount)
        if part:
            yield Row(_goal(assignment, bank), unallocated_place(bank_code=bank, currency=currency), part, tranche.pk)
        left -= part
    if left:
        there = assignment.amount_minor - left
        raise NotEnoughMoney(
            _("There is %(available)s here, and %(asked)s was asked for.")
            % {"available": Money(there, assignment.currency), "asked": Money(assignment.amount_minor, assignment.currency)},
            available_minor=there,
        )


def _audit(act: str, assignment: AssignedMoney, by: User, at: datetime, reason: str) -> None:
    after = {
        "tranche": assignment.tranche.code,
        "pot": assignment.pot.ledger_code,
        "recipient": assignment.recipient.code if assignment.recipient else "",
        "amount_minor": assignment.amount_minor,
        "currency": assignment.currency,
        "status": str(assignment.status),
    }
    record(act=act, subject=f"assignment:{assignment.reference}", by=by, at=at, after=after, reason=reason)
