"""What becomes of money to be repaid: repaid, written off, or allowed after all. Worked down to zero in both currencies."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from communities.spending import limits, parts
from communities.spending.models import Recoverable, Settlement
from communities.spending.refusals import AlreadyDecided, NotFilledIn, ReferenceUsed, already_decided, key_used_otherwise
from communities.spending.services import takebacks
from communities.spending.services.disallowances import check_amount, rows_between
from core.audit.services import record as audit
from core.clock import day_of
from core.people.access import CHECKERS, MAKERS, OFFICERS, require_other_person, require_role
from core.people.models import User
from revenue.credits.models import BankAccount
from revenue.disbursements.models import Disbursement
from revenue.disbursements.places import fx_place, sources
from revenue.disbursements.services.givebacks import Piece, credited_rows, home_of
from revenue.ledger import chart
from revenue.ledger.chart import Place, Row
from revenue.ledger.queries import first_open_day
from revenue.ledger.riel import Held
from revenue.ledger.services import LocalDrawn, lock_places, post, retry_on_deadlock

Kind = Settlement.Kind


@retry_on_deadlock
@transaction.atomic
def record_repayment(
    *,
    client_key: UUID,
    recoverable_id: int,
    bank_account_id: int,
    bank_reference: str,
    repaid_on: date,
    local_minor: int,
    credited_minor: int,
    by: User,
    at: datetime,
) -> Settlement:
    """
    Record what a recipient paid back: ``local_minor`` of what they owed, for which the bank credited ``credited_minor``.

    It goes back to the pots it came from; what the bank gave more or less than the books carried is an exchange
    difference. The same bank reference for the same repayment is once.

    :raises NotYours: if the person is no finance officer
    :raises MoreThanThereIs: if they owe less
    :raises NotFilledIn: if a value cannot be right
    :raises ReferenceUsed: if the bank reference stands for another repayment
    """
    require_role(person=by, roles=MAKERS)
    recoverable = _locked(recoverable_id)
    bank = BankAccount.objects.get(pk=bank_account_id)
    reference = limits.needed(text=bank_reference, field="bank_reference", longest=80)
    earlier = Settlement.objects.filter(bank_account=bank, bank_reference=reference)
    same = earlier.filter(is_undone=False).first()
    if same is not None:
        if (same.recoverable_id, same.repaid_on, same.local_minor, same.credited_minor) == (recoverable.pk, repaid_on, local_minor, credited_minor):
            return same
        raise _reference_used()
    check_amount(local_minor, at_most=recoverable.left_local_minor, currency=recoverable.local_currency)
    _check_credit(recoverable=recoverable, bank=bank, repaid_on=repaid_on, amounts=(local_minor, credited_minor), today=day_of(at))
    rows = _repaid_rows(recoverable=recoverable, bank=bank, local_minor=local_minor, credited_minor=credited_minor)
    settlement = Settlement(
        recoverable=recoverable,
        client_key=client_key,
        kind=Kind.REPAID,
        local_minor=local_minor,
        bank_account=bank,
        bank_reference=reference,
        repaid_on=repaid_on,
        credited_minor=credited_minor,
        asked_by=by,
        asked_at=at,
    )
    try:
        with transaction.atomic():
            _settle(settlement, rows=rows, event=chart.REPAID, on=repaid_on, key=_repaid_key(bank, reference, earlier.count()), by=by)
    except IntegrityError as error:
        if "settlement_bank_reference_once" in str(error):
            raise _reference_used() from error
        raise
    after = {"local_minor": local_minor, "credited_minor": credited_minor, "amount_minor": settlement.amount_minor, "bank_reference": reference}
    audit(act="recoverable.repaid", subject=f"recoverable:{recoverable.reference}", by=by, at=at, after=after)
    return settlement


@transaction.atomic
def ask_write_off(*, client_key: UUID, recoverable_id: int, local_minor: int, reason: str, document_id: int, by: User, at: datetime) -> Settlement:
    """
    Ask that ``local_minor`` of what is owed is written off, with the document that shows why. An approver decides.

    :raises NotYours: if the person is no officer
    :raises MoreThanThereIs: if less is owed
    :raises AlreadyDecided: if a decision is waited for already
    """
    return _ask(kind=Kind.WRITE_OFF, facts=(client_key, recoverable_id, local_minor, reason, document_id), by=by, at=at)


@transaction.atomic
def ask_to_allow(
    *, client_key: UUID, recoverable_id: int, local_minor: int, reason: str, by: User, at: datetime, document_id: int | None = None
) -> Settlement:
    """
    Ask that ``local_minor`` of what is owed is allowed after all. An approver decides.

    An advance that nobody accounted for needs the document that now does.

    :raises NotYours: if the person is no officer
    :raises MoreThanThereIs: if less is owed
    :raises NotFilledIn: if there is neither spending nor a document
    :raises AlreadyDecided: if a decision is waited for already
    """
    return _ask(kind=Kind.ALLOWED, facts=(client_key, recoverable_id, local_minor, reason, document_id), by=by, at=at)


@retry_on_deadlock
@transaction.atomic
def decide_settlement(*, settlement_id: int, approve: bool, words: str, by: User, at: datetime, on: date) -> Settlement:
    """
    Approve or refuse a write-off, what is to be allowed after all, or that a repayment is taken back; posted on ``on`` or the first open day.

    :raises NotYours, OwnRequest: if the person is no approver, asked for it, or logged the spending or recorded the repayment
    :raises AlreadyDecided: if it was decided before
    :raises MoreThanThereIs: if less is owed by now
    :raises MoneyHasMoved: if what was repaid is no longer in the pot it went to
    :raises WordsNeeded: if it is refused without a reason
    """
    require_role(person=by, roles=CHECKERS)
    recoverable = _locked(Settlement.objects.only("recoverable_id").get(pk=settlement_id).recoverable_id)
    settlement = Settlement.objects.select_for_update().get(pk=settlement_id)
    settlement.recoverable = recoverable
    require_other_person(person=by, maker_id=settlement.asked_by_id)
    require_other_person(person=by, maker_id=recoverable.spending.logged_by_id if recoverable.spending else None)
    require_other_person(person=by, maker_id=settlement.undoes.asked_by_id if settlement.undoes else None)
    if settlement.status != Settlement.Status.PROPOSED:
        raise already_decided(reference=recoverable.reference, standing=settlement.get_status_display())
    said = words.strip() if approve else limits.needed(text=words, field="words", longest=500)
    settlement.decided_by, settlement.decided_at, settlement.answer = by, at, said[:500]
    if approve:
        _carry_out(settlement, by=by, on=on)
    else:
        settlement.status = Settlement.Status.REFUSED
        settlement.save()
    act = {Kind.WRITE_OFF: "write_off", Kind.ALLOWED: "allow", Kind.TAKEN_BACK: "take_back"}[Kind(settlement.kind)]
    audit(
        act=f"recoverable.{act}" if approve else f"recoverable.{act}_refused",
        subject=f"recoverable:{recoverable.reference}", by=by, at=at, reason=said or settlement.reason,
        after={"local_minor": settlement.local_minor, "amount_minor": settlement.amount_minor},
    )  # fmt: skip
    return settlement


def _locked(recoverable_id: int) -> Recoverable:
    return Recoverable.objects.select_for_update(of=("self",)).select_related("recipient", "spending").get(pk=recoverable_id)


def _ask(*, kind: Settlement.Kind, facts: tuple[UUID, int, int, str, int | None], by: User, at: datetime) -> Settlement:
    client_key, recoverable_id, local_minor, reason, document_id = facts
    require_role(person=by, roles=OFFICERS)
    recoverable = _locked(recoverable_id)
    same = Settlement.objects.filter(client_key=client_key).first()
    if same is not None:
        if (same.recoverable_id, same.kind, same.local_minor) == (recoverable.pk, kind, local_minor):
            return same
        raise key_used_otherwise(recoverable.reference)
    words = limits.needed(text=reason, field="reason", longest=500)
    check_amount(local_minor, at_most=recoverable.left_local_minor, currency=recoverable.local_currency)
    if document_id is None and (kind == Kind.WRITE_OFF or recoverable.spending_id is None):
        raise NotFilledIn(_("A document is needed here."), field="document", next_step=_("Add a photo or PDF of the paper that shows why."))
    if recoverable.settlements.filter(status=Settlement.Status.PROPOSED).exists():
        raise AlreadyDecided(_("An approver has to decide about %(reference)s first.") % {"reference": recoverable.reference})
    asked = Settlement.objects.create(
        recoverable=recoverable,
        client_key=client_key,
        kind=kind,
        status=Settlement.Status.PROPOSED,
        local_minor=local_minor,
        reason=words,
        document_id=document_id,
        asked_by=by,
        asked_at=at,
    )
    act = "ask_write_off" if kind == Kind.WRITE_OFF else "ask_to_allow"
    audit(act=f"recoverable.{act}", subject=f"recoverable:{recoverable.reference}", by=by, at=at, reason=words, after={"local_minor": local_minor})
    return asked


def _carry_out(settlement: Settlement, *, by: User, on: date) -> None:
    if settlement.kind == Kind.TAKEN_BACK:
        takebacks.carry_out(settlement, by=by, on=on)
        return
    recoverable = settlement.recoverable
    check_amount(settlement.local_minor, at_most=recoverable.left_local_minor, currency=recoverable.local_currency)
    event, where = {Kind.WRITE_OFF: (chart.WRITE_OFF, parts.lost_place), Kind.ALLOWED: (chart.ALLOWED_AFTER_ALL, parts.spent_place)}[
        Kind(settlement.kind)
    ]
    owed = _owed_place(recoverable)
    to = where(recipient_code=recoverable.recipient.code, purpose=recoverable.purpose, currency=recoverable.currency)
    lock_places(places=[owed, to])
    rows = rows_between(_taken(recoverable, settlement.local_minor), debit=to, credit=owed, local_currency=recoverable.local_currency)
    _settle(settlement, rows=rows, event=event, on=on, key=f"settle:{settlement.pk}", by=by)


def _settle(settlement: Settlement, *, rows: list[Row], event: str, on: date, key: str, by: User) -> None:
    owed = _owed_place(settlement.recoverable)
    settlement.entry = post(
        event=event,
        day=first_open_day(happened_on=on),
        occurred_on=on,
        rows=rows,
        key=key,
        document=settlement.recoverable.reference,
        by_id=by.pk,
        corrects_id=settlement.recoverable.entry_id if event == chart.ALLOWED_AFTER_ALL else None,
    )
    settlement.amount_minor = sum(row.amount_minor for row in rows if row.credit == owed)
    settlement.status = Settlement.Status.DONE
    settlement.save()


def _repaid_key(bank: BankAccount, reference: str, taken_back: int) -> str:
    """Once for each time that a bank reference stands for a repayment: again only after it was taken back."""
    return f"repaid:{bank.code}:{reference}" + (f":{taken_back + 1}" if taken_back else "")


def _owed_place(recoverable: Recoverable) -> Place:
    return parts.recoverable_place(recipient_code=recoverable.recipient.code, purpose=recoverable.purpose, currency=recoverable.currency)


def _taken(recoverable: Recoverable, local_minor: int) -> list[Held]:
    return parts.moved(parts.take(parts.owed_parts(recoverable), local_minor), _owed_place(recoverable))


def _repaid_rows(*, recoverable: Recoverable, bank: BankAccount, local_minor: int, credited_minor: int) -> list[Row]:
    owed = _owed_place(recoverable)
    lots = {part.lot for part in parts.owed_parts(recoverable)}
    disbursements = {row.pk: row for row in Disbursement.objects.filter(pk__in=lots).select_related("pot", "recipient", "bank_account")}
    lock_places(places=[owed, *(place for row in disbursements.values() for place in (*sources(row, bank_code=bank.code), fx_place(row)))])
    held = _taken(recoverable, local_minor)
    pieces = list(_pieces(held, disbursements, bank=bank, owed=owed))
    return list(credited_rows(pieces, credited_minor=credited_minor, local_currency=recoverable.local_currency))


def _pieces(held: list[Held], disbursements: dict[int, Disbursement], *, bank: BankAccount, owed: Place) -> Iterator[Piece]:
    for part in held:
        row = disbursements[part.lot]
        home = home_of(row, bank_code=bank.code)
        place = home[part.tranche_id].place if part.tranche_id in home else sources(row, bank_code=bank.code)[1]
        yield Piece(place, fx_place(row), owed, LocalDrawn(part.tranche_id, part.lot, part.amount_minor, part.local_minor))


def _check_credit(*, recoverable: Recoverable, bank: BankAccount, repaid_on: date, amounts: tuple[int, int], today: date) -> None:
    local_minor, credited_minor = amounts
    if bank.currency != recoverable.currency:
        raise NotFilledIn(
            _("This bank account is in %(bank)s, and the money is owed in %(books)s.") % {"bank": bank.currency, "books": recoverable.currency},
            field="bank_account",
        )
    if credited_minor < 0:
        raise NotFilledIn(_("The bank cannot have credited less than nothing."), field="credited")
    if recoverable.local_currency == recoverable.currency and credited_minor > local_minor:
        raise NotFilledIn(_("The bank cannot have credited more than was paid back."), field="credited")
    limits.check_day(day=repaid_on, today=today, field="repaid_on")


def _reference_used() -> ReferenceUsed:
    return ReferenceUsed(
        _("A repayment with this bank reference has been recorded already."),
        field="bank_reference",
        next_step=_("Check the reference on the bank's paper."),
    )
