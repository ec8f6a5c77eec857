"""What officers and approvers do to disbursements and their payments, each as a page: one service call, one sentence back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from communities.registry.models import PayeeAccount
from core import clock, files
from core.acts import Act, Asked, Done, Fact
from core.admin import row_address
from core.clock import day_of
from core.forms import ReasonForm
from core.money import Money, plain
from core.people.access import CHECKERS, MAKERS
from core.refusal import Refused
from revenue.disbursements import queries, services
from revenue.disbursements.draws import available_minor
from revenue.disbursements.forms import AcknowledgeForm, ApproveForm, CloseForm, RequestForm, ReturnForm, SentBackForm, minor, pay_form
from revenue.disbursements.models import Disbursement, Payment
from revenue.disbursements.refusals import NotFilledIn
from revenue.disbursements.services.closings import is_small
from revenue.disbursements.states import Status
from revenue.ledger.models import Tranche


def amount_of(disbursement: Disbursement) -> Money:
    """Return a disbursement's amount."""
    return Money(disbursement.amount_minor, disbursement.currency)


def live_payment(row: Disbursement | Payment) -> Payment | None:
    """Return the payment of a disbursement that stands, or the payment itself if it stands."""
    if isinstance(row, Payment):
        return row if row.status == Payment.Status.PAID else None
    return row.payments.filter(status=Payment.Status.PAID).first()


# --- What is seen before deciding ---------------------------------------------------------------------------------------


def asked_facts(disbursement: Disbursement) -> list[Fact]:
    """Say what was asked for, by whom and for whom."""
    return [
        Fact(_("Disbursement"), disbursement.reference, row_address(disbursement)),
        Fact(_("Amount"), amount_of(disbursement)),
        Fact(_("Recipient"), disbursement.recipient, row_address(disbursement.recipient)),
        Fact(_("From the pot"), f"{disbursement.project} · {disbursement.pot}", row_address(disbursement.pot)),
        Fact(_("For"), disbursement.description),
        Fact(_("Kind"), disbursement.get_kind_display()),
        Fact(_("Asked for by"), f"{disbursement.requested_by}, {disbursement.requested_on}"),
    ]


def _approval_facts(disbursement: Disbursement) -> list[Fact]:
    available = Money(available_minor(disbursement), disbursement.currency)
    return [*asked_facts(disbursement), Fact(_("The pot has for it"), available), *_draw(disbursement)]


def _draw(disbursement: Disbursement) -> Iterator[Fact]:
    try:
        lines = queries.preview_draw(disbursement)
    except Refused as refusal:
        yield Fact(_("Cannot be approved now"), str(refusal))
        return
    for line in lines:
        whose = gettext("its own part of the pot") if line.is_own else gettext("the undivided pot")
        name = gettext("Would be drawn from %(tranche)s") % {"tranche": line.tranche}
        yield Fact(name, f"{Money(line.amount_minor, disbursement.currency)} · {whose} · {line.tranche.received_on}")


def _payment_facts(disbursement: Disbursement) -> list[Fact]:
    account = PayeeAccount.objects.filter(recipient=disbursement.recipient, status=PayeeAccount.Status.APPROVED).first()
    missing = gettext("No approved account. Propose one on the recipient's page, and have an approver decide it.")
    said = f"{account.institution} {account.account_number} · {account.account_name}" if account else missing
    return [*asked_facts(disbursement), Fact(_("Pay to"), said, row_address(account or disbursement.recipient))]


def _held_facts(row: Disbursement | Payment) -> list[Fact]:
    payment = live_payment(row)
    if payment is None:
        return []
    book, local = queries.lot_balance(payment.disbursement_id)
    held = f"{Money(local, payment.local_currency)} ({Money(book, payment.currency)})"
    return [
        Fact(_("Recipient"), payment.disbursement.recipient),
        Fact(_("Paid out"), f"{Money(payment.local_minor, payment.local_currency)}, {payment.paid_on}"),
        Fact(_("Bank reference"), payment.bank_reference),
        Fact(_("Still to be accounted for"), held),
    ]


# --- Doing it --------------------------------------------------------------------------------------------------------------


def _request(asked: Asked) -> Done:
    given = asked.data
    disbursement = services.request_disbursement(
        client_key=given["client_key"], pot_id=given["pot"].pk, bank_account_id=given["bank_account"].pk, recipient_id=given["recipient"].pk,
        amount_minor=minor(text=given["amount"], currency=given["pot"].project.currency, field="amount"), kind=given["kind"],
        description=given["description"], due_on=given["due_on"], account_by=given["account_by"], by=asked.by, at=asked.at, on=day_of(asked.at),
    )  # fmt: skip
    sentence = gettext("%(reference)s is asked for. An approver decides.") % {"reference": disbursement.reference}
    return Done(sentence, url=row_address(disbursement))


def _approve(asked: Asked) -> str:
    chosen = _tranches(asked.data["tranches"])
    approved = services.approve_disbursement(disbursement_id=asked.row.pk, by=asked.by, at=asked.at, on=day_of(asked.at), tranche_ids=chosen)
    return gettext("%(reference)s is approved: %(amount)s is set aside for it.") % {"reference": approved.reference, "amount": amount_of(approved)}


def _tranches(text: str) -> list[int] | None:
    """Return the tranches with these references, or None if none was named."""
    codes = [code.strip() for code in text.split(",") if code.strip()]
    found = dict(Tranche.objects.filter(code__in=codes).values_list("code", "id"))
    unknown = [code for code in codes if code not in found]
    if unknown:
        raise NotFilledIn(
            gettext("There is no receipt “%(code)s”.") % {"code": unknown[0]}, field="tranches", next_step=gettext("Correct its reference.")
        )
    return list(found.values()) or None


def _reject(asked: Asked) -> str:
    services.reject_disbursement(disbursement_id=asked.row.pk, reason=asked.data["reason"], by=asked.by, at=asked.at, on=day_of(asked.at))
    return gettext("%(reference)s is rejected.") % {"reference": asked.row.reference}


def _cancel(asked: Asked) -> str:
    services.cancel_disbursement(disbursement_id=asked.row.pk, reason=asked.data["reason"], by=asked.by, at=asked.at, on=day_of(asked.at))
    return gettext("%(reference)s is cancelled: its money is back in the pot.") % {"reference": asked.row.reference}


def _pay(asked: Asked) -> str:
    given, ours, local = asked.data, asked.row.currency, asked.data["local_currency"]
    amount = minor(text=given["amount"], currency=ours, field="amount")
    paid_out = minor(text=given["local_amount"], currency=local, field="local_amount")
    payment = services.pay_disbursement(
        disbursement_id=asked.row.pk, bank_reference=given["bank_reference"], paid_on=given["paid_on"], amount_minor=amount,
        fee_minor=minor(text=given["fee"], currency=ours, field="fee"), local_minor=amount if local == ours and not paid_out else paid_out,
        local_currency=local, rate=given["rate"] if local != ours else "", by=asked.by, at=asked.at,
        confirmed_minor=int(given["confirmed"][0]) if given.get("confirmed") else None,
    )  # fmt: skip
    return gettext("%(amount)s is recorded as paid to %(recipient)s.") % {
        "amount": Money(payment.local_minor, payment.local_currency),
        "recipient": asked.row.recipient,
    }


def _payment(asked: Asked) -> Payment:
    payment = live_payment(asked.row)
    if payment is None:
        raise NotFilledIn(gettext("There is no payment that stands."))
    return payment


def _send_back(asked: Asked) -> str:
    payment = _payment(asked)
    services.payment_sent_back(payment_id=payment.pk, on=asked.data["on"], fee_kept=asked.data["fee_kept"], by=asked.by, at=asked.at)
    return gettext("The payment is undone. %(reference)s can be paid again, or cancelled.") % {"reference": payment.disbursement.reference}


def _acknowledge(asked: Asked) -> str:
    payment, given, photo = _payment(asked), asked.data, None
    if given["photo"]:
        content, media_type = files.read_photo(upload=given["photo"])
        photo = files.store(data=content, media_type=media_type, original_name=given["photo"].name, by=asked.by, at=asked.at)
    services.acknowledge_payment(
        client_key=given["client_key"], payment_id=payment.pk, received_on=given["received_on"],
        local_minor=minor(text=given["amount"], currency=payment.local_currency, field="amount"), local_currency=payment.local_currency,
        signed_by=given["signed_by"], also_signed_by=given["also_signed_by"], photo_id=photo.pk if photo else None, by=asked.by, at=asked.at,
    )  # fmt: skip
    return gettext("%(recipient)s has acknowledged the payment.") % {"recipient": payment.disbursement.recipient}


def _return(asked: Asked) -> str:
    payment, given = _payment(asked), asked.data
    returned = services.return_money(
        disbursement_id=payment.disbursement_id, bank_account_id=given["bank_account"].pk, bank_reference=given["bank_reference"],
        returned_on=given["returned_on"], local_minor=minor(text=given["local_amount"], currency=payment.local_currency, field="local_amount"),
        credited_minor=minor(text=given["credited"], currency=payment.currency, field="credited"), reason=given["reason"], by=asked.by, at=asked.at,
    )  # fmt: skip
    return gettext("%(amount)s is back in the pot.") % {"amount": Money(returned.credited_minor, payment.currency)}


def _close(asked: Asked) -> str:
    payment, given = _payment(asked), asked.data
    closing = services.close_last_cents(disbursement_id=payment.disbursement_id, reason=given["reason"], by=asked.by, at=asked.at, on=given["on"])
    return gettext("%(left)s is closed: nothing of %(reference)s is left to be accounted for.") % {
        "left": Money(closing.local_minor, closing.local_currency),
        "reference": payment.disbursement.reference,
    }


# --- The acts ----------------------------------------------------------------------------------------------------------------


def _stands_at(status: Status) -> Any:
    return lambda disbursement: disbursement.status == status


def _can_be_acknowledged(row: Disbursement | Payment) -> bool:
    payment = live_payment(row)
    return payment is not None and not hasattr(payment, "acknowledgement")


def _can_be_returned(row: Disbursement | Payment) -> bool:
    payment = live_payment(row)
    return payment is not None and queries.lot_balance(payment.disbursement_id)[1] > 0


def _can_be_closed(row: Disbursement | Payment) -> bool:
    payment = live_payment(row)
    left = queries.lot_money([payment.disbursement_id]).get(payment.disbursement_id) if payment else None
    return payment is not None and left is not None and is_small(left, payment.currency)


def _new_key(_row: Any) -> dict[str, Any]:
    return {"client_key": uuid4()}


def _requested_by(row: Disbursement) -> int:
    return row.requested_by_id


def _first_payment(disbursement: Disbursement) -> dict[str, Any]:
    return {"amount": plain(amount_of(disbursement)), "local_currency": disbursement.currency, "paid_on": clock.today()}


REQUEST = Act(
    name="request", title=_("Ask for a disbursement"), roles=MAKERS, form=RequestForm, run=_request, initial=_new_key,
    explanation=_("Nothing moves yet: an approver decides, and sees which receipts would pay for it."),
)  # fmt: skip
APPROVE = Act(
    name="approve", title=_("Approve"), roles=CHECKERS, form=ApproveForm, run=_approve, facts=_approval_facts, maker=_requested_by,
    possible=_stands_at(Status.REQUESTED),
    explanation=_("Approving sets the money aside. Which receipts pay is decided here, once; it stays with this disbursement from now on."),
)  # fmt: skip
REJECT = Act(
    name="reject", title=_("Reject"), roles=CHECKERS, form=ReasonForm, run=_reject, facts=asked_facts, maker=_requested_by, is_refusal=True,
    possible=_stands_at(Status.REQUESTED),
)  # fmt: skip
PAY = Act(
    name="pay", title=_("Record the payment"), roles=MAKERS, form_of=pay_form, run=_pay, facts=_payment_facts, initial=_first_payment,
    possible=_stands_at(Status.APPROVED),
    explanation=_("Record it when the bank has debited our account. What was approved and not debited goes back to the pot."),
)  # fmt: skip
CANCEL = Act(
    name="cancel", title=_("Cancel"), roles=CHECKERS, form=ReasonForm, run=_cancel, facts=asked_facts, maker=_requested_by, is_refusal=True,
    possible=_stands_at(Status.APPROVED), explanation=_("What was set aside goes back to the pot it came from."),
)  # fmt: skip
ACKNOWLEDGE = Act(
    name="acknowledge", title=_("Enter the acknowledgement"), roles=MAKERS, form=AcknowledgeForm, run=_acknowledge, facts=_held_facts,
    initial=_new_key, possible=_can_be_acknowledged, explanation=_("From the paper that the recipient signed. Two people sign."),
)  # fmt: skip
RETURN = Act(
    name="return", title=_("Record money given back"), roles=MAKERS, form=ReturnForm, run=_return, facts=_held_facts, possible=_can_be_returned,
    explanation=_("Unspent money that is back on our account. What the bank credited more or less than the books is an exchange difference."),
)  # fmt: skip
SENT_BACK = Act(
    name="sent-back", title=_("The bank sent it back"), roles=MAKERS, form=SentBackForm, run=_send_back, facts=_held_facts,
    possible=_can_be_acknowledged, is_refusal=True,
    explanation=_("The whole payment is undone, because it never reached the payee. It can then be paid again, or cancelled."),
)  # fmt: skip
CLOSE = Act(
    name="close", title=_("Close the last cents"), roles=MAKERS, form=CloseForm, run=_close, facts=_held_facts, possible=_can_be_closed,
    explanation=_("For what nobody can spend or send back any more: at most one dollar, or its riel. It becomes an exchange difference."),
)  # fmt: skip
