"""Money that was there when the books began: proposed with its document, decided by another person."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from core.audit.services import record
from core.clock import day_of
from core.money import LARGEST_MINOR
from core.people.access import CHECKERS, MAKERS, require_other_person, require_role
from core.people.models import User
from core.references import next_reference
from revenue.credits.models import BankAccount, Identification, OpeningPosition, Sale
from revenue.credits.refusals import NotPossible, WrongValue, check_day, sentences
from revenue.ledger import chart
from revenue.ledger.queries import first_open_day
from revenue.ledger.services import Place, Row, open_tranche, post, retry_on_deadlock


def propose_opening(
    *,
    project_id: int,
    bank_account_id: int,
    as_of: date,
    amount_minor: int,
    document_id: int,
    by: User,
    at: datetime,
    sale_id: int | None = None,
    reference: str | None = None,
) -> OpeningPosition:
    """
    Enter what a bank account held of a project's revenue on a day, with the document that shows it.

    ``amount_minor`` is in minor units of the bank account's currency. The same facts proposed twice are one proposal.

    :raises WrongValue: if the amount, day or sale cannot be right
    """
    require_role(person=by, roles=MAKERS)
    check_day(day=as_of, today=day_of(at), field="as_of")
    if not 0 < amount_minor <= LARGEST_MINOR:
        raise WrongValue(_("The amount is above zero, and not absurdly large."), field="amount_minor")
    if sale_id is not None and not Sale.objects.filter(id=sale_id, project_id=project_id).exists():
        raise WrongValue(_("This sale is of another project."), field="sale")
    facts = {"project_id": project_id, "sale_id": sale_id, "as_of": as_of, "amount_minor": amount_minor, "document_id": document_id}
    with sentences(), transaction.atomic():
        # One at a time for an account, so that the same form sent twice finds what it made.
        bank = BankAccount.objects.select_for_update().get(id=bank_account_id)
        same = OpeningPosition.objects.filter(bank_account=bank, **facts).exclude(status=OpeningPosition.Status.REFUSED).first()
        if same is not None:
            return same
        opening = OpeningPosition.objects.create(
            reference=reference or next_reference(prefix="OP", year=as_of.year),
            bank_account=bank,
            currency=bank.currency,
            proposed_by=by,
            proposed_at=at,
            **facts,
        )
        after = {"bank": bank.code, "amount_minor": amount_minor, "currency": bank.currency, "as_of": as_of.isoformat()}
        record(act="opening.propose", subject=f"opening:{opening.reference}", by=by, at=at, after=after)
    return opening


@retry_on_deadlock
def decide_opening(*, opening_id: int, approve: bool, reason: str, by: User, at: datetime, day: date | None = None) -> OpeningPosition:
    """
    Approve or refuse an opening position. Approved, its money is a tranche of its own, unallocated.

    Posted on ``day``, by default the day it stands for or the first open day.

    :raises OwnRequest: for the person who proposed it
    :raises NotPossible: if it was decided before
    """
    require_role(person=by, roles=CHECKERS)
    with sentences(), transaction.atomic():
        opening = OpeningPosition.objects.select_for_update(of=("self",)).select_related("bank_account").get(id=opening_id)
        require_other_person(person=by, maker_id=opening.proposed_by_id)
        if opening.status != OpeningPosition.Status.PROPOSED:
            raise NotPossible(_("This opening position is %(status)s already.") % {"status": opening.get_status_display()})
        if not approve and not reason.strip():
            raise WrongValue(_("Say why it is refused."), field="reason")
        opening.status = OpeningPosition.Status.APPROVED if approve else OpeningPosition.Status.REFUSED
        opening.decided_by, opening.decided_at, opening.reason = by, at, reason
        if approve:
            _post(opening, by, at, day or first_open_day(happened_on=opening.as_of))
        opening.save()
        act = "opening.approve" if approve else "opening.refuse"
        record(act=act, subject=f"opening:{opening.reference}", by=by, at=at, reason=reason)
    return opening


def _post(opening: OpeningPosition, by: User, at: datetime, day: date) -> None:
    bank = opening.bank_account
    tranche = open_tranche(source=chart.OPENING_SOURCE, received_on=opening.as_of, currency=opening.currency, code=opening.reference)
    place = Place(chart.UNALLOCATED, opening.currency, bank=bank.code)
    opening.tranche = tranche
    opening.entry = post(
        event=chart.OPENING,
        day=day,
        occurred_on=opening.as_of,
        rows=[Row(place, Place(chart.RECEIVED, opening.currency), opening.amount_minor, tranche.pk)],
        key=f"opening:{opening.reference}",
        document=opening.reference,
        by_id=by.pk,
    )
    Identification.objects.create(tranche=tranche, project_id=opening.project_id, sale_id=opening.sale_id, identified_by=by, identified_at=at)
