"""Record what the bank debited for an approved disbursement, in one entry."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from itertools import chain

from django.db import transaction
from django.utils.translation import gettext as _

from communities.registry.models import PayeeAccount, Recipient
from core.audit.services import record
from core.clock import day_of
from core.people.access import MAKERS, require_role
from core.people.models import User
from revenue.disbursements.draws import Part, Purse, committed_parts, pot_parts
from revenue.disbursements.models import Disbursement, Payment
from revenue.disbursements.places import charge_place, committed_place, paid_place, shortfall_place, sources
from revenue.disbursements.refusals import NoPayeeAccount, ReferenceUsed, needed, sentences
from revenue.disbursements.services.debits import Debit, check_debit, is_far_above
from revenue.disbursements.services.decisions import locked, require_step
from revenue.disbursements.services.givebacks import drawn_from, give_back
from revenue.disbursements.states import Status
from revenue.ledger import chart
from revenue.ledger.chart import Place, Row
from revenue.ledger.models import Entry
from revenue.ledger.portions import split
from revenue.ledger.queries import first_open_day
from revenue.ledger.services import lock_places, post, retry_on_deadlock


@retry_on_deadlock
@transaction.atomic
def pay_disbursement(
    *,
    disbursement_id: int,
    bank_reference: str,
    paid_on: date,
    amount_minor: int,
    fee_minor: int,
    local_minor: int,
    local_currency: str,
    rate: str,
    by: User,
    at: datetime,
    confirmed_minor: int | None = None,
) -> Payment:
    """
    Record a payment: ``amount_minor`` left our account, ``local_minor`` of ``local_currency`` reached the payee.

    What was approved and not debited goes back to the pot; what the bank took beyond comes from the pot, and beyond
    that is a shortfall. The fee is the pot's. The same bank reference for the same payment is once.

    A debit far above the approval is a fact like any other and is posted, but only when the officer has said so:
    ``confirmed_minor`` is the amount that was confirmed.

    :raises NotAtThisStep: if it is not approved
    :raises NoPayeeAccount: if the recipient has no approved account
    :raises NotFilledIn: if an amount, the day or the rate cannot be right
    :raises NotConfirmed: if the debit lies far above the approval and was not confirmed
    :raises ReferenceUsed: if the bank reference stands for another payment
    """
    require_role(person=by, roles=MAKERS)
    disbursement = locked(disbursement_id)
    paid = Debit(
        needed(text=bank_reference, field="bank_reference")[:80], paid_on, amount_minor, fee_minor, local_minor, local_currency, rate.strip()
    )
    same = Payment.objects.filter(bank_account=disbursement.bank_account, bank_reference=paid.bank_reference).first()
    if same is not None:
        return _same(same, disbursement, paid)
    require_step(disbursement, Status.PAID)
    check_debit(disbursement, paid, today=day_of(at), confirmed_minor=confirmed_minor)
    account = _account_of(disbursement.recipient)
    lock_places(places=_places(disbursement))
    entry = _post(disbursement, paid, by=by)
    payment = _keep(disbursement, paid, account=account, entry=entry, by=by, at=at)
    Disbursement.objects.filter(id=disbursement.pk, status=Status.APPROVED).update(status=Status.PAID)
    after = {"amount_minor": amount_minor, "fee_minor": fee_minor, "bank_reference": paid.bank_reference, "paid_on": paid_on.isoformat()}
    if payment.above_confirmed:
        after |= {"approved_minor": disbursement.amount_minor, "above_confirmed": True}
    record(act="disbursement.pay", subject=f"disbursement:{disbursement.reference}", by=by, at=at, after=after)
    return payment


def _post(disbursement: Disbursement, paid: Debit, *, by: User) -> Entry:
    """
    Post what was approved beyond the payment back to the pot (a fee may be taken from it), then the payment.

    They are two entries: when the bank sends the payment back, only the payment is undone, whatever became of the
    rest in the pot meanwhile. A fact of the bank is never refused.
    """
    rows, rest = _rows(disbursement, paid)
    day, by_id, document = first_open_day(happened_on=paid.paid_on), by.pk, disbursement.reference
    key = f"{document}:{paid.bank_reference}"
    if rest:
        event = chart.RELEASE_COMMITMENT
        post(event=event, day=day, occurred_on=paid.paid_on, rows=rest, key=f"rest:{key}", document=document, by_id=by_id)
    event = chart.PAY if disbursement.kind == Disbursement.Kind.ADVANCE else chart.PAY_FINAL
    return post(event=event, day=day, occurred_on=paid.paid_on, rows=rows, key=f"pay:{key}", document=document, by_id=by_id)


def _keep(disbursement: Disbursement, paid: Debit, *, account: PayeeAccount, entry: Entry, by: User, at: datetime) -> Payment:
    with sentences():
        return Payment.objects.create(
            disbursement=disbursement,
            bank_account=disbursement.bank_account,
            payee_account=account,
            bank_reference=paid.bank_reference,
            paid_on=paid.paid_on,
            amount_minor=paid.amount_minor,
            currency=disbursement.currency,
            fee_minor=paid.fee_minor,
            local_minor=paid.local_minor,
            local_currency=paid.local_currency,
            rate=paid.rate,
            above_confirmed=is_far_above(disbursement, paid.amount_minor),
            entry=entry,
            paid_by=by,
            recorded_at=at,
        )


def _same(payment: Payment, disbursement: Disbursement, paid: Debit) -> Payment:
    facts = (payment.disbursement_id, payment.paid_on, payment.amount_minor, payment.fee_minor, payment.local_minor, payment.status)
    if facts == (disbursement.pk, paid.paid_on, paid.amount_minor, paid.fee_minor, paid.local_minor, Payment.Status.PAID):
        return payment
    raise ReferenceUsed(
        _("This bank reference stands for the payment of %(reference)s.") % {"reference": payment.disbursement.reference},
        field="bank_reference",
        next_step=_("Check the reference on the bank's paper."),
    )


def _account_of(recipient: Recipient) -> PayeeAccount:
    account = PayeeAccount.objects.filter(recipient=recipient, status=PayeeAccount.Status.APPROVED).first()
    if account is None:
        raise NoPayeeAccount(
            _("%(recipient)s has no approved account to be paid on.") % {"recipient": recipient},
            next_step=_("Propose its account on the recipient's page, and have an approver decide it."),
        )
    return account


def _places(disbursement: Disbursement) -> list[Place]:
    """Return every place the entry may touch, to be held together."""
    here = (committed_place, paid_place, charge_place, shortfall_place)
    return [*sources(disbursement), *(place(disbursement) for place in here)]


def _rows(disbursement: Disbursement, paid: Debit) -> tuple[list[Row], list[Row]]:
    """Return the rows of the payment, and those of the rest that goes back to the pot."""
    promised = committed_parts(disbursement)
    pot = Purse(chain.from_iterable(pot_parts(disbursement)))
    debited, rest = Purse(promised).take(paid.amount_minor)
    back = give_back(drawn=drawn_from(disbursement), rest=_unused(promised, debited))
    added, short = pot.take(rest)
    pot.put(back)
    fees, short_fee = pot.take(paid.fee_minor)
    committed, lot = committed_place(disbursement), disbursement.pk
    # What the bank took beyond everything is booked on the newest tranche of the lot.
    last = (promised or drawn_from(disbursement))[-1].tranche_id
    bank_took = [Part(shortfall_place(disbursement), last, short)] if short else []
    charged = [Part(shortfall_place(disbursement), last, short_fee)] if short_fee else []
    payment = [
        *(Row(committed, part.place, part.amount_minor, part.tranche_id, lot) for part in (*added, *bank_took)),
        *_to_payee(disbursement, paid, [*debited, *added, *bank_took]),
        *(Row(charge_place(disbursement), part.place, part.amount_minor, part.tranche_id) for part in (*fees, *charged)),
    ]
    return payment, [Row(part.place, committed, part.amount_minor, part.tranche_id, lot) for part in back]


def _to_payee(disbursement: Disbursement, paid: Debit, parts: Sequence[Part]) -> Iterator[Row]:
    """Pay out one row a tranche; what reached the payee is split by largest remainder."""
    amounts: dict[int, int] = {}
    for part in parts:
        amounts[part.tranche_id] = amounts.get(part.tranche_id, 0) + part.amount_minor
    local = split(amount=paid.local_minor, weights=list(amounts.values()))
    place, committed = paid_place(disbursement), committed_place(disbursement)
    for (tranche_id, amount), in_hand in zip(amounts.items(), local, strict=True):
        currency = paid.local_currency if in_hand else ""
        yield Row(place, committed, amount, tranche_id, disbursement.pk, in_hand, currency)


def _unused(promised: Sequence[Part], debited: Sequence[Part]) -> list[Part]:
    used = {part.tranche_id: part.amount_minor for part in debited}
    return [
        Part(part.place, part.tranche_id, part.amount_minor - used.get(part.tranche_id, 0))
        for part in promised
        if part.amount_minor > used.get(part.tranche_id, 0)
    ]
