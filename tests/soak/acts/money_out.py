"""Asking, deciding, paying, and what comes back."""

from __future__ import annotations

from datetime import timedelta
from random import Random
from typing import Final
from uuid import UUID

from revenue.disbursements import services as paying
from revenue.disbursements.models import Acknowledgement, Disbursement, MoneyReturn, Payment
from revenue.sharing.models import Pot
from tests.soak.acts.shared import APPROVER, NOW, OFFICER, TODAY, Act, Facts, Plan, by, id_of, new_uuid, some, subject_of
from tests.soak.stage import Stage


def plan_request(stage: Stage, random: Random, _name: str) -> Facts | None:
    pot, recipient = random.choice(stage.payees)
    kind = "FINAL" if pot == "training" else random.choice(("ADVANCE", "ADVANCE", "ADVANCE", "FINAL"))
    return {"key": new_uuid(random), "pot": pot, "recipient": recipient, "amount": random.randrange(1_000, 40_000), "kind": kind}


def request(stage: Stage, facts: Facts) -> Disbursement:
    return paying.request_disbursement(
        client_key=UUID(facts["key"]), pot_id=Pot.objects.get(code=facts["pot"]).pk, bank_account_id=stage.bank_id, recipient_id=facts["recipient"],
        amount_minor=facts["amount"], kind=facts["kind"], description="Work plan 2026", due_on=None,
        account_by=TODAY + timedelta(days=90) if facts["kind"] == "ADVANCE" else None, by=by(OFFICER), at=NOW, on=TODAY,
    )  # fmt: skip


def plan_disbursement(status: str) -> Plan:
    return lambda _stage, random, _name: id_of(Disbursement.objects.filter(status=status), random)


def approve(_stage: Stage, facts: Facts) -> Disbursement:
    return paying.approve_disbursement(disbursement_id=facts["id"], by=by(APPROVER), at=NOW, on=TODAY)


def reject(_stage: Stage, facts: Facts) -> Disbursement:
    return paying.reject_disbursement(disbursement_id=facts["id"], reason="Not in the plan", by=by(APPROVER), at=NOW, on=TODAY)


def cancel(_stage: Stage, facts: Facts) -> Disbursement:
    return paying.cancel_disbursement(disbursement_id=facts["id"], reason="Not needed", by=by(APPROVER), at=NOW, on=TODAY)


def plan_payment(_stage: Stage, random: Random, name: str) -> Facts | None:
    asked = some(Disbursement.objects.filter(status="APPROVED"), random)
    if asked is None:
        return None
    # Rates move: now and then the bank debits more than was approved, and more than the pot has left.
    amount = asked.amount_minor + random.choice((0, 0, 0, 0, -3, -100, asked.amount_minor // 25))
    rate = random.randrange(4_050, 4_151)
    riel = amount * rate // 100 if asked.kind == "ADVANCE" and random.random() < 0.6 else 0
    fee = random.choice((0, 0, 250))
    return {"key": f"OUT-{name}", "disbursement": asked.pk, "amount": amount, "fee": fee, "riel": riel, "rate": f"{rate:,}" if riel else ""}


def pay(_stage: Stage, facts: Facts) -> Payment:
    return paying.pay_disbursement(
        disbursement_id=facts["disbursement"], bank_reference=facts["key"], paid_on=TODAY, amount_minor=facts["amount"], fee_minor=facts["fee"],
        local_minor=facts["riel"] or facts["amount"], local_currency="KHR" if facts["riel"] else "USD", rate=facts["rate"], by=by(OFFICER), at=NOW,
    )  # fmt: skip


def plan_sent_back(_stage: Stage, random: Random, _name: str) -> Facts | None:
    payment = some(Payment.objects.filter(status="PAID", acknowledgement=None), random)
    return {"id": payment.pk, "moved": payment.amount_minor + payment.fee_minor} if payment else None


def sent_back(_stage: Stage, facts: Facts) -> Payment:
    return paying.payment_sent_back(payment_id=facts["id"], on=TODAY, by=by(OFFICER), at=NOW)


def plan_acknowledgement(_stage: Stage, random: Random, _name: str) -> Facts | None:
    payment = some(Payment.objects.filter(status="PAID", acknowledgement=None), random)
    return {"key": new_uuid(random), "payment": payment.pk} if payment else None


def acknowledge(_stage: Stage, facts: Facts) -> Acknowledgement:
    payment = Payment.objects.get(id=facts["payment"])
    return paying.acknowledge_payment(
        client_key=UUID(facts["key"]), payment_id=payment.pk, received_on=TODAY, local_minor=payment.local_minor, local_currency=payment.local_currency,
        signed_by="Chan Thy", also_signed_by="Sok Mealea", photo_id=None, by=by(OFFICER), at=NOW,
    )  # fmt: skip


def plan_return(_stage: Stage, random: Random, name: str) -> Facts | None:
    payment = some(Payment.objects.filter(status="PAID", disbursement__kind="ADVANCE"), random)
    if payment is None:
        return None
    local = random.choice((payment.local_minor, random.randrange(1, payment.local_minor + 1), max(1, payment.local_minor // 3)))
    credited = local if payment.local_currency == "USD" else local * 100 // random.randrange(4_050, 4_151)
    return {"key": f"REST-{name}", "disbursement": payment.disbursement_id, "local": local, "credited": credited}


def give_back(stage: Stage, facts: Facts) -> MoneyReturn:
    return paying.return_money(
        disbursement_id=facts["disbursement"], bank_account_id=stage.bank_id, bank_reference=facts["key"], returned_on=TODAY,
        local_minor=facts["local"], credited_minor=facts["credited"], reason="Not needed", by=by(OFFICER), at=NOW,
    )  # fmt: skip


_PAID: Final = subject_of("disbursement", "disbursement__reference")

ACTS: Final[dict[str, Act]] = {
    "request": Act(12, "disbursement.request", Disbursement, plan_request, request, subject_of("disbursement"), "client_key"),
    "approve": Act(12, "disbursement.approve", Disbursement, plan_disbursement("REQUESTED"), approve, subject_of("disbursement")),
    "reject": Act(1, "disbursement.reject", Disbursement, plan_disbursement("REQUESTED"), reject, subject_of("disbursement")),
    "cancel": Act(1, "disbursement.cancel", Disbursement, plan_disbursement("APPROVED"), cancel, subject_of("disbursement")),
    "pay": Act(11, "disbursement.pay", Payment, plan_payment, pay, _PAID, "bank_reference", lambda f: -int(f["amount"] + f["fee"])),
    "sent back": Act(1, "disbursement.sent_back", Payment, plan_sent_back, sent_back, _PAID, "", lambda f: int(f["moved"]), once=False),
    "acknowledge": Act(4, "payment.acknowledge", Acknowledgement, plan_acknowledgement, acknowledge, subject_of("disbursement", "payment__disbursement__reference"), "client_key"),
    "give back": Act(3, "disbursement.return", MoneyReturn, plan_return, give_back, _PAID, "bank_reference", lambda f: int(f["credited"])),
}  # fmt: skip
