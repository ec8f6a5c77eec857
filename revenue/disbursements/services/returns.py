"""Money that comes back: a payment the bank sent back whole, or what a recipient did not use."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from itertools import chain

from django.db import transaction
from django.utils.translation import gettext as _

from core.audit.services import record
from core.clock import day_of
from core.people.access import MAKERS, require_role
from core.people.models import User
from revenue.credits.models import BankAccount
from revenue.disbursements.draws import Part, Purse, pot_parts
from revenue.disbursements.models import Acknowledgement, Covering, Disbursement, MoneyReturn, Payment
from revenue.disbursements.places import charge_place, fx_place, paid_place, shortfall_place, sources
from revenue.disbursements.refusals import MoreThanTheyHold, NotAtThisStep, NotFilledIn, ReferenceUsed, needed, not_in_the_future, sentences
from revenue.disbursements.services.decisions import locked
from revenue.disbursements.services.givebacks import Piece, credited_rows, home_of
from revenue.disbursements.services.undoings import in_the_way, places_of, undo_for
from revenue.disbursements.states import Status
from revenue.ledger import chart
from revenue.ledger.chart import Place, Row
from revenue.ledger.queries import first_open_day
from revenue.ledger.services import draw_local, lock_places, post, retry_on_deadlock, reverse


@retry_on_deadlock
@transaction.atomic
def payment_sent_back(*, payment_id: int, on: date, by: User, at: datetime, fee_kept: bool = False) -> Payment:
    """
    Undo a payment that the bank sent back whole: the disbursement may be paid again, or cancelled.

    ``fee_kept`` says that the bank kept its fee. A covering of what the payment left is undone with it. The same payment
    sent back on the same day is once.

    :raises NotAtThisStep: if the payment was sent back on another day, or the recipient has acknowledged it
    :raises MoneyHasMoved: if some of it was spent or given back
    """
    require_role(person=by, roles=MAKERS)
    disbursement = locked(Payment.objects.only("disbursement_id").get(id=payment_id).disbursement_id)
    payment = Payment.objects.select_for_update().get(id=payment_id)
    if payment.status == Payment.Status.SENT_BACK and payment.sent_back_on == on:
        return payment
    not_in_the_future(on, today=day_of(at), field="on")
    _can_be_sent_back(payment, on)
    coverings = _held(disbursement, payment)
    document, day = disbursement.reference, first_open_day(happened_on=on)
    undo_for(payment, coverings, by=by, at=at, day=on)
    key = f"sent_back:{payment.pk}"
    entry = reverse(entry_id=payment.entry_id, day=day, key=key, by_id=by.pk, document=document, event=chart.RETURNED)
    if fee_kept and payment.fee_minor:
        rows = list(_fee(disbursement, payment.fee_minor))
        post(event=chart.BANK_FEE, day=day, occurred_on=on, rows=rows, key=f"fee:{payment.pk}", document=document, by_id=by.pk)
    payment.status, payment.sent_back_on, payment.sent_back_entry = Payment.Status.SENT_BACK, on, entry
    payment.save(update_fields=["status", "sent_back_on", "sent_back_entry"])
    Disbursement.objects.filter(id=disbursement.pk, status=Status.PAID).update(status=Status.APPROVED)
    after = {"bank_reference": payment.bank_reference, "on": on.isoformat(), "fee_kept": fee_kept}
    record(act="disbursement.sent_back", subject=f"disbursement:{disbursement.reference}", by=by, at=at, after=after)
    return payment


def _held(disbursement: Disbursement, payment: Payment) -> list[Covering]:
    """Hold every place that sending back may touch, and return the coverings that have to be undone first."""
    ours = {*sources(disbursement), paid_place(disbursement), charge_place(disbursement), shortfall_place(disbursement)}
    held: set[Place] = set()
    while True:
        coverings = in_the_way(payment)
        wanted = ours | places_of(coverings)
        if wanted <= held:
            return coverings
        held |= wanted
        lock_places(places=held)


def _can_be_sent_back(payment: Payment, on: date) -> None:
    if payment.status != Payment.Status.PAID:
        raise NotAtThisStep(_("The bank has sent this payment back already."), next_step=_("Look at the disbursement's page."))
    if Acknowledgement.objects.filter(payment=payment).exists():
        raise NotAtThisStep(
            _("The recipient has acknowledged this payment, so the bank cannot have sent it back."),
            next_step=_("If they give it back, record a return of money."),
        )
    if on < payment.paid_on:
        raise NotFilledIn(_("It cannot come back before it was paid."), field="on", next_step=_("Check the day on the bank's paper."))


def _fee(disbursement: Disbursement, fee_minor: int) -> Iterator[Row]:
    """Charge a fee that the bank kept to the pot that paid, and beyond it as a shortfall."""
    taken, short = Purse(chain.from_iterable(pot_parts(disbursement))).take(fee_minor)
    last = max(home_of(disbursement, bank_code=disbursement.bank_account.code))
    missing = [Part(shortfall_place(disbursement), last, short)] if short else []
    for part in (*taken, *missing):
        yield Row(charge_place(disbursement), part.place, part.amount_minor, part.tranche_id)


@retry_on_deadlock
@transaction.atomic
def return_money(
    *,
    disbursement_id: int,
    bank_account_id: int,
    bank_reference: str,
    returned_on: date,
    local_minor: int,
    credited_minor: int,
    reason: str,
    by: User,
    at: datetime,
) -> MoneyReturn:
    """
    Record unspent money that a recipient gave back: ``local_minor`` in the currency they hold, of which the bank credited
    ``credited_minor`` in the pot's currency. The difference to the books is an exchange difference.

    The same bank reference for the same return is once.

    :raises MoreThanTheyHold: if they have less to account for
    :raises NotAtThisStep: if it is no advance, or is not paid
    :raises NotFilledIn: if a value cannot be right
    :raises ReferenceUsed: if the bank reference stands for another return
    """
    require_role(person=by, roles=MAKERS)
    not_in_the_future(returned_on, today=day_of(at), field="returned_on")
    disbursement = locked(disbursement_id)
    bank = BankAccount.objects.get(id=bank_account_id)
    reference = needed(text=bank_reference, field="bank_reference")[:80]
    same = MoneyReturn.objects.filter(bank_account=bank, bank_reference=reference).first()
    if same is not None:
        return _same(same, disbursement, (returned_on, local_minor, credited_minor))
    payment = _check(disbursement, bank, returned_on, local_minor, credited_minor)
    words = needed(text=reason, field="reason")[:300]
    rows = _rows(disbursement, bank, payment.local_currency, local_minor, credited_minor)
    entry = post(
        event=chart.RETURN,
        day=first_open_day(happened_on=returned_on),
        occurred_on=returned_on,
        rows=rows,
        key=f"return:{bank.code}:{reference}",
        document=disbursement.reference,
        by_id=by.pk,
    )
    with sentences():
        returned = MoneyReturn.objects.create(
            disbursement=disbursement,
            bank_account=bank,
            bank_reference=reference,
            returned_on=returned_on,
            local_minor=local_minor,
            local_currency=payment.local_currency,
            credited_minor=credited_minor,
            reason=words,
            entry=entry,
            recorded_by=by,
            recorded_at=at,
        )
    after = {"local_minor": local_minor, "local_currency": payment.local_currency, "credited_minor": credited_minor, "bank_reference": reference}
    record(act="disbursement.return", subject=f"disbursement:{disbursement.reference}", by=by, at=at, reason=words, after=after)
    return returned


def _same(before: MoneyReturn, disbursement: Disbursement, facts: tuple[date, int, int]) -> MoneyReturn:
    if before.disbursement_id == disbursement.pk and (before.returned_on, before.local_minor, before.credited_minor) == facts:
        return before
    raise ReferenceUsed(
        _("A return with this bank reference has been recorded already."),
        field="bank_reference",
        next_step=_("Check the reference on the bank's paper."),
    )


def _check(disbursement: Disbursement, bank: BankAccount, on: date, local_minor: int, credited_minor: int) -> Payment:
    payment = disbursement.payments.filter(status=Payment.Status.PAID).first()
    if payment is None:
        raise NotAtThisStep(_("%(reference)s is not paid, so nothing can come back.") % {"reference": disbursement.reference})
    if disbursement.kind != Disbursement.Kind.ADVANCE:
        raise NotAtThisStep(_("This was a final payment: it is spent, and nothing of it is to be accounted for."))
    if local_minor <= 0:
        raise NotFilledIn(_("The amount must be above zero."), field="local_amount")
    if credited_minor < 0:
        raise NotFilledIn(_("The bank cannot have credited less than nothing."), field="credited")
    if bank.currency != disbursement.currency:
        raise NotFilledIn(
            _("This bank account is in %(bank)s, and the pot in %(pot)s.") % {"bank": bank.currency, "pot": disbursement.currency},
            field="bank_account",
        )
    if payment.local_currency == disbursement.currency and credited_minor > local_minor:
        raise NotFilledIn(_("The bank cannot have credited more than was given back."), field="credited")
    if on < payment.paid_on:
        raise NotFilledIn(_("It cannot come back before it was paid."), field="returned_on", next_step=_("Check the day on the bank's paper."))
    return payment


def _rows(disbursement: Disbursement, bank: BankAccount, local_currency: str, local_minor: int, credited_minor: int) -> list[Row]:
    advance, fx = paid_place(disbursement), fx_place(disbursement)
    home = home_of(disbursement, bank_code=bank.code)
    others = [*sources(disbursement, bank_code=bank.code), fx]
    drawn = draw_local(place=advance, local_minor=local_minor, lots=[disbursement.pk], local_currency=local_currency, others=others)
    if drawn.not_covered_minor:
        raise MoreThanTheyHold(
            _("The recipient has less of this payment left to account for."),
            field="local_amount",
            next_step=_("Check the amount, and whether spending was accepted for it."),
        )
    undivided = sources(disbursement, bank_code=bank.code)[1]
    places = [home[part.tranche_id].place if part.tranche_id in home else undivided for part in drawn.rows]
    pieces = [Piece(place, fx, advance, part) for part, place in zip(drawn.rows, places, strict=True)]
    return list(credited_rows(pieces, credited_minor=credited_minor, local_currency=local_currency))
