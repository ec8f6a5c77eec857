"""Take back a repayment that was a mistake: its whole entry the other way round, once. What it paid is owed again."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from communities.spending import limits
from communities.spending.models import Recoverable, Settlement
from communities.spending.refusals import AlreadyDecided, SettleFirst, already_decided, key_used_otherwise
from core.audit.services import record as audit
from core.people.access import OFFICERS, require_role
from core.people.models import User
from revenue.disbursements.models import LineMatch
from revenue.ledger.queries import first_open_day, steps_of_entries
from revenue.ledger.services import lock_places, reverse

Kind, Status = Settlement.Kind, Settlement.Status


@transaction.atomic
def ask_to_take_back(*, client_key: UUID, repayment_id: int, reason: str, by: User, at: datetime) -> Settlement:
    """
    Ask that a repayment is taken back, whole: it was of another debt, or never came. An approver decides.

    :raises NotYours: if the person is no officer
    :raises AlreadyDecided: if it is no repayment that stands, or a decision is waited for already
    :raises SettleFirst: while a bank statement's line is held to be this repayment
    """
    require_role(person=by, roles=OFFICERS)
    repayment = Settlement.objects.get(pk=repayment_id)
    recoverable = Recoverable.objects.select_for_update(of=("self",)).get(pk=repayment.recoverable_id)
    same = Settlement.objects.filter(client_key=client_key).first()
    if same is not None:
        if same.undoes_id == repayment_id:
            return same
        raise key_used_otherwise(recoverable.reference)
    words = limits.needed(text=reason, field="reason", longest=500)
    repayment.refresh_from_db()
    if repayment.kind != Kind.REPAID or repayment.is_undone:
        raise already_decided(reference=recoverable.reference, standing=_("taken back") if repayment.is_undone else repayment.get_kind_display())
    if recoverable.settlements.filter(status=Status.PROPOSED).exists():
        raise AlreadyDecided(_("An approver has to decide about %(reference)s first.") % {"reference": recoverable.reference})
    _require_unmatched(repayment)
    asked = Settlement.objects.create(
        recoverable=recoverable,
        client_key=client_key,
        kind=Kind.TAKEN_BACK,
        status=Status.PROPOSED,
        local_minor=repayment.local_minor,
        undoes=repayment,
        reason=words,
        asked_by=by,
        asked_at=at,
    )
    after = {"local_minor": asked.local_minor, "bank_reference": repayment.bank_reference}
    audit(act="recoverable.ask_take_back", subject=f"recoverable:{recoverable.reference}", by=by, at=at, reason=words, after=after)
    return asked


def carry_out(asked: Settlement, *, by: User, on: date) -> None:
    """
    Reverse the repayment's entry on ``on`` or the first open day; the database adds what it paid to what is owed.

    :raises MoneyHasMoved: if the money is no longer in the pot it went to
    :raises SettleFirst: while a bank statement's line is held to be this repayment
    """
    repayment = asked.undoes
    assert repayment is not None and repayment.entry_id is not None, "the database wants both"
    _require_unmatched(repayment)
    lock_places(places=[place for step in steps_of_entries([repayment.entry_id]) for place in (step.debit, step.credit)])
    asked.entry = reverse(
        entry_id=repayment.entry_id,
        day=first_open_day(happened_on=on),
        key=f"settle:{asked.pk}",
        by_id=by.pk,
        document=asked.recoverable.reference,
    )
    asked.amount_minor = repayment.amount_minor
    asked.status = Status.DONE
    asked.save()


def _require_unmatched(repayment: Settlement) -> None:
    if LineMatch.objects.filter(entry=repayment.entry_id, undone_at=None).exists():
        raise SettleFirst(
            _("A line of a bank statement is held to be this repayment."),
            next_step=_("Undo that match first; afterwards the line can be matched with what it was in truth."),
        )
