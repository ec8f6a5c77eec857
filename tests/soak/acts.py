"""
What a client of the soak does: each act is one real service call.

It is planned as plain values, which are written down before the call and can be sent again word for word.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any, Final
from uuid import UUID

from django.db.models import Model, QuerySet

from communities.spending import services as spending
from communities.spending.models import Category, Recoverable, Settlement, SpendingRecord
from core.people.models import User
from revenue.credits import services as selling
from revenue.credits.models import BankAccount, BankTransfer, Buyer, Issuance, Project, Recall, Receipt, Sale
from revenue.disbursements import services as paying
from revenue.disbursements.models import Acknowledgement, Disbursement, MoneyReturn, Payment
from revenue.ledger.models import Account
from revenue.sharing import services as sharing
from revenue.sharing.models import AllocationRun, Pot
from tests.flows.programme import morning
from tests.soak.stage import ISSUED_FROM, SERIALS_EACH, Stage

Facts = dict[str, Any]
Plan = Callable[[Stage, Random, str], Facts | None]

SOLD_ON: Final = date(2026, 7, 1)
TODAY: Final = date(2026, 9, 1)
NOW: Final = morning(TODAY)


@dataclass(frozen=True, slots=True)
class Act:
    """
    One kind of act.

    ``audit`` is what its audit record is called and ``subject`` whom that is about. A keyed act makes a row of ``model``
    that carries the key in ``field``; another act works on the row ``facts["id"]`` of it. ``moves`` is what the bank's
    balance gains, in cents. A ``once`` act can be confirmed to one client only.
    """

    weight: float
    audit: str
    model: type[Model]
    plan: Plan
    do: Callable[[Stage, Facts], Any]
    subject: Callable[[Any], str]
    field: str = ""
    moves: Callable[[Facts], int] = lambda _facts: 0
    once: bool = True


def key_of(facts: Facts) -> str:
    return str(facts["key"])


def some(found: QuerySet[Any], random: Random) -> Any:
    """Return one of the newest of these, so that clients meet at the same rows and old ones have their turn too."""
    ids = list(found.order_by("-pk").values_list("pk", flat=True)[: random.choice((5, 50, 500))])
    return found.model.objects.get(pk=random.choice(ids)) if ids else None


def _id(found: QuerySet[Any], random: Random) -> Facts | None:
    row = some(found, random)
    return {"id": row.pk} if row else None


def _uuid(random: Random) -> str:
    return str(UUID(int=random.getrandbits(128), version=4))


def by(name: str) -> User:
    return User.objects.get(username=name)


OFFICER: Final = "dara"
APPROVER: Final = "chantha"
LIAISON: Final = "sreymom"


# --- money in ------------------------------------------------------------------------------------------------------------


def plan_sale(stage: Stage, random: Random, name: str) -> Facts | None:
    client, number = (int(part) for part in name.split("-"))
    first = ISSUED_FROM + (client * stage.operations_each + number) * SERIALS_EACH
    if random.random() < 0.05 and number > 20:  # serials that somebody else may sell at this moment
        first -= random.randrange(SERIALS_EACH * 20)
    return {"key": f"ERPA-{name}", "first": first, "quantity": random.randrange(200, SERIALS_EACH), "price": f"{random.randrange(300, 1500)}e-2"}


def sell(stage: Stage, facts: Facts) -> Sale:
    lots = [(Issuance.objects.get(serial_text=stage.serial_text).pk, facts["first"], facts["first"] + facts["quantity"] - 1)]
    return selling.record_sale(
        project_id=Project.objects.get().pk, buyer_id=Buyer.objects.get().pk, contract_reference=facts["key"], sale_date=SOLD_ON, currency="USD",
        unit_price=Decimal(facts["price"]), lots=lots, by=by(OFFICER), at=NOW,
    )  # fmt: skip


def plan_receipt(_stage: Stage, random: Random, name: str) -> Facts | None:
    sale = some(Sale.objects.filter(status__in=["AGREED", "DELIVERED"]), random)
    if sale is None:
        return None
    gross = random.choice((sale.amount_minor, sale.amount_minor // 2, random.randrange(1, sale.amount_minor + 5_000)))
    return {
        "key": f"IN-{name}", "sale": None if random.random() < 0.2 else sale.pk, "gross": gross, "fee": random.choice((0, 0, min(25_00, gross // 2))),
        "on": (SOLD_ON + timedelta(days=random.randrange(60))).isoformat(),
    }  # fmt: skip


def receive(stage: Stage, facts: Facts) -> Receipt:
    return selling.record_receipt(
        bank_account_id=stage.bank_id, bank_reference=facts["key"], value_date=date.fromisoformat(facts["on"]), gross_minor=facts["gross"],
        sale_id=facts["sale"], sender_fee_minor=facts["fee"], by=by(OFFICER), at=NOW,
    )  # fmt: skip


def plan_identify(_stage: Stage, random: Random, _name: str) -> Facts | None:
    receipt = some(Receipt.objects.filter(status="UNIDENTIFIED"), random)
    sale = some(Sale.objects.filter(status__in=["AGREED", "DELIVERED"]), random)
    return {"id": receipt.pk, "sale": sale.pk} if receipt and sale else None


def identify(_stage: Stage, facts: Facts) -> Receipt:
    return selling.identify_receipt(receipt_id=facts["id"], sale_id=facts["sale"], reason="The buyer wrote", by=by(OFFICER), at=NOW)


def plan_recall(_stage: Stage, random: Random, name: str) -> Facts | None:
    receipt = some(Receipt.objects.filter(part_of=None), random)
    return {"key": f"BACK-{name}", "receipt": receipt.pk, "amount": random.randrange(1, 20_000)} if receipt else None


def recall(stage: Stage, facts: Facts) -> Recall:
    return selling.recall_receipt(
        receipt_id=facts["receipt"], amount_minor=facts["amount"], value_date=TODAY, bank_reference=facts["key"], reason="Sent in error",
        document_id=stage.document_id, by=by(OFFICER), at=NOW,
    )  # fmt: skip


def plan_transfer(stage: Stage, random: Random, name: str) -> Facts | None:
    banks = random.sample([stage.bank_id, stage.other_bank_id], 2)
    origin = BankAccount.objects.get(id=banks[0]).code
    codes = list(Account.objects.filter(bank=origin, kind__in=["pot", "unallocated", "reserve"]).values_list("code", flat=True))
    if not codes:
        return None
    sent = random.randrange(1_000, 60_000)
    places = random.sample(codes, min(len(codes), 3))
    return {"key": f"MOVE-{name}", "banks": banks, "places": places, "sent": sent, "credited": sent - random.choice((0, 0, sent // 50))}


def transfer(_stage: Stage, facts: Facts) -> BankTransfer:
    return selling.record_transfer(
        from_account_id=facts["banks"][0], to_account_id=facts["banks"][1], sent_reference=facts["key"], sent_on=TODAY, sent_minor=facts["sent"],
        credited_reference=f"{facts['key']}-C", credited_on=TODAY, credited_minor=facts["credited"], places=facts["places"], by=by(OFFICER), at=NOW,
    )  # fmt: skip


# --- sharing it out --------------------------------------------------------------------------------------------------------


def plan_proposal(_stage: Stage, random: Random, _name: str) -> Facts | None:
    if AllocationRun.objects.filter(status="PROPOSED").count() > 2:  # the first that is approved changes what the others would share
        return None
    return _id(Receipt.objects.filter(status="IDENTIFIED").exclude(tranche__allocation_runs__status="ALLOCATED"), random)


def propose(_stage: Stage, facts: Facts) -> AllocationRun:
    return sharing.propose_allocation(tranche_id=Receipt.objects.get(id=facts["id"]).tranche_id, by=by(OFFICER), at=NOW)


def plan_run(*statuses: str, **asked: Any) -> Plan:
    return lambda _stage, random, _name: _id(AllocationRun.objects.filter(status__in=statuses, **asked), random)


def share_out(_stage: Stage, facts: Facts) -> AllocationRun:
    return sharing.approve_allocation(run_id=facts["id"], by=by(APPROVER), at=NOW, day=TODAY)


def refuse_run(_stage: Stage, facts: Facts) -> AllocationRun:
    return sharing.refuse_allocation(run_id=facts["id"], reason="It would be shared otherwise now", by=by(APPROVER), at=NOW)


def ask_reversal(_stage: Stage, facts: Facts) -> AllocationRun:
    return sharing.ask_reversal(run_id=facts["id"], reason="Shared by mistake", by=by(OFFICER), at=NOW)


def reverse_run(_stage: Stage, facts: Facts) -> AllocationRun:
    return sharing.reverse_allocation(run_id=facts["id"], by=by(APPROVER), at=NOW, day=TODAY)


# --- money out -------------------------------------------------------------------------------------------------------------


def plan_request(stage: Stage, random: Random, _name: str) -> Facts | None:
    pot, recipient = random.choice(stage.payees)
    kind = "FINAL" if pot == "training" else random.choice(("ADVANCE", "ADVANCE", "ADVANCE", "FINAL"))
    return {"key": _uuid(random), "pot": pot, "recipient": recipient, "amount": random.randrange(1_000, 40_000), "kind": kind}


def request(stage: Stage, facts: Facts) -> Disbursement:
    return paying.request_disbursement(
        client_key=UUID(facts["key"]), pot_id=Pot.objects.get(code=facts["pot"]).pk, bank_account_id=stage.bank_id, recipient_id=facts["recipient"],
        amount_minor=facts["amount"], kind=facts["kind"], description="Work plan 2026", due_on=None,
        account_by=TODAY + timedelta(days=90) if facts["kind"] == "ADVANCE" else None, by=by(OFFICER), at=NOW, on=TODAY,
    )  # fmt: skip


def plan_disbursement(status: str) -> Plan:
    return lambda _stage, random, _name: _id(Disbursement.objects.filter(status=status), random)


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
    amount = asked.amount_minor - random.choice((0, 0, 0, 3, 100))
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
    return {"key": _uuid(random), "payment": payment.pk} if payment else None


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


# --- what it was used for --------------------------------------------------------------------------------------------------


def plan_log(stage: Stage, random: Random, _name: str) -> Facts | None:
    recipient, category = random.choice(stage.spenders)
    currency = random.choice(("KHR", "KHR", "USD"))
    amount = random.randrange(100, 800_000) if currency == "KHR" else random.randrange(1, 20_000)
    return {"key": _uuid(random), "recipient": recipient, "category": category, "amount": amount, "currency": currency}


def log(_stage: Stage, facts: Facts) -> SpendingRecord:
    return spending.log_spending(
        client_key=UUID(facts["key"]), recipient_id=facts["recipient"], category_id=Category.objects.get(code=facts["category"]).pk, spent_on=TODAY,
        amount_minor=facts["amount"], currency=facts["currency"], payee="Sok's hardware", description="Two hand pumps", women=12, men=9,
        by=by(LIAISON), at=NOW,
    )  # fmt: skip


def plan_record(*statuses: str) -> Plan:
    return lambda _stage, random, _name: _id(SpendingRecord.objects.filter(status__in=statuses), random)


def accept(_stage: Stage, facts: Facts) -> SpendingRecord:
    return spending.accept_spending(record_id=facts["id"], by=by(OFFICER), at=NOW, on=TODAY)


def refuse(_stage: Stage, facts: Facts) -> SpendingRecord:
    return spending.refuse_spending(record_id=facts["id"], words="Not for the village", by=by(OFFICER), at=NOW)


def undo(_stage: Stage, facts: Facts) -> SpendingRecord:
    return spending.undo_acceptance(record_id=facts["id"], reason="The wrong record", by=by(APPROVER), at=NOW, on=TODAY)


def plan_disallowance(_stage: Stage, random: Random, _name: str) -> Facts | None:
    record = some(SpendingRecord.objects.filter(status="ACCEPTED", funded_minor__gt=0), random)
    return (
        {"key": _uuid(random), "record": record.pk, "local": random.choice((record.funded_minor, (record.funded_minor + 1) // 2))} if record else None
    )


def disallow(_stage: Stage, facts: Facts) -> Recoverable:
    return spending.disallow_spending(
        client_key=UUID(facts["key"]), record_id=facts["record"], local_minor=facts["local"], reason="Not eligible", by=by(OFFICER), at=NOW, on=TODAY
    )


def plan_repayment(_stage: Stage, random: Random, name: str) -> Facts | None:
    owed = some(Recoverable.objects.filter(left_local_minor__gt=0), random)
    if owed is None:
        return None
    local = random.choice((owed.left_local_minor, (owed.left_local_minor + 1) // 2))
    credited = local if owed.local_currency == "USD" else local * 100 // random.randrange(4_050, 4_151)
    return {"key": f"REPAID-{name}", "form": _uuid(random), "owed": owed.pk, "local": local, "credited": credited}


def repay(stage: Stage, facts: Facts) -> Settlement:
    return spending.record_repayment(
        client_key=UUID(facts["form"]), recoverable_id=facts["owed"], bank_account_id=stage.bank_id, bank_reference=facts["key"], repaid_on=TODAY,
        local_minor=facts["local"], credited_minor=facts["credited"], by=by(OFFICER), at=NOW,
    )  # fmt: skip


def plan_write_off(_stage: Stage, random: Random, _name: str) -> Facts | None:
    owed = some(Recoverable.objects.filter(left_local_minor__gt=0), random)
    return {"key": _uuid(random), "owed": owed.pk, "local": (owed.left_local_minor + 1) // 2} if owed else None


def ask_write_off(stage: Stage, facts: Facts) -> Settlement:
    return spending.ask_write_off(
        client_key=UUID(facts["key"]), recoverable_id=facts["owed"], local_minor=facts["local"], reason="The person died", document_id=stage.document_id,
        by=by(OFFICER), at=NOW,
    )  # fmt: skip


def plan_settlement(_stage: Stage, random: Random, _name: str) -> Facts | None:
    return _id(Settlement.objects.filter(status="PROPOSED"), random)


def write_off(_stage: Stage, facts: Facts) -> Settlement:
    return spending.decide_settlement(settlement_id=facts["id"], approve=True, words="", by=by(APPROVER), at=NOW, on=TODAY)


def _at(prefix: str, path: str = "reference") -> Callable[[Any], str]:
    def subject(row: Any) -> str:
        for step in path.split("__"):
            row = getattr(row, step)
        return f"{prefix}:{row}"

    return subject


_OWED: Final = _at("recoverable", "recoverable__reference")
_SHARED: Final = _at("allocation", "tranche__code")
_PAID: Final = _at("disbursement", "disbursement__reference")

ACTS: Final[dict[str, Act]] = {
    "sell": Act(6, "sale.record", Sale, plan_sale, sell, _at("sale"), "contract_reference"),
    "receive": Act(
        9, "receipt.record", Receipt, plan_receipt, receive, _at("receipt"), "bank_reference", lambda facts: int(facts["gross"] - facts["fee"])
    ),
    "identify": Act(2, "receipt.identify", Receipt, plan_identify, identify, _at("receipt")),
    "recall": Act(0.4, "receipt.recall", Recall, plan_recall, recall, _at("receipt", "receipt__reference"), "bank_reference", lambda f: -int(f["amount"])),
    "transfer": Act(
        1, "transfer.record", BankTransfer, plan_transfer, transfer, _at("transfer"), "sent_reference", lambda f: int(f["credited"] - f["sent"])
    ),
    "propose": Act(8, "allocation.propose", Receipt, plan_proposal, propose, _at("allocation", "tranche__code"), once=False),
    "share out": Act(8, "allocation.post", AllocationRun, plan_run("PROPOSED"), share_out, _SHARED),
    "refuse shares": Act(4, "allocation.reject", AllocationRun, plan_run("PROPOSED"), refuse_run, _SHARED),
    "ask reversal": Act(
        0.5, "allocation.ask_reversal", AllocationRun, plan_run("ALLOCATED", reversal_asked_by=None), ask_reversal, _SHARED, once=False
    ),
    "reverse": Act(0.5, "allocation.reverse", AllocationRun, plan_run("ALLOCATED", reversal_asked_by__isnull=False), reverse_run, _SHARED),
    "request": Act(12, "disbursement.request", Disbursement, plan_request, request, _at("disbursement"), "client_key"),
    "approve": Act(12, "disbursement.approve", Disbursement, plan_disbursement("REQUESTED"), approve, _at("disbursement")),
    "reject": Act(1, "disbursement.reject", Disbursement, plan_disbursement("REQUESTED"), reject, _at("disbursement")),
    "cancel": Act(1, "disbursement.cancel", Disbursement, plan_disbursement("APPROVED"), cancel, _at("disbursement")),
    "pay": Act(11, "disbursement.pay", Payment, plan_payment, pay, _PAID, "bank_reference", lambda f: -int(f["amount"] + f["fee"])),
    "sent back": Act(1, "disbursement.sent_back", Payment, plan_sent_back, sent_back, _PAID, "", lambda f: int(f["moved"]), once=False),
    "acknowledge": Act(4, "payment.acknowledge", Acknowledgement, plan_acknowledgement, acknowledge, _at("disbursement", "payment__disbursement__reference"), "client_key"),
    "give back": Act(3, "disbursement.return", MoneyReturn, plan_return, give_back, _PAID, "bank_reference", lambda f: int(f["credited"])),
    "log": Act(10, "spending.log", SpendingRecord, plan_log, log, _at("spending"), "client_key"),
    "accept": Act(10, "spending.accept", SpendingRecord, plan_record("LOGGED"), accept, _at("spending")),
    "refuse": Act(0.5, "spending.refuse", SpendingRecord, plan_record("LOGGED"), refuse, _at("spending")),
    "undo": Act(0.7, "spending.undo", SpendingRecord, plan_record("ACCEPTED"), undo, _at("spending")),
    "disallow": Act(2, "recoverable.ask", Recoverable, plan_disallowance, disallow, _at("recoverable"), "client_key"),
    "repay": Act(2, "recoverable.repaid", Settlement, plan_repayment, repay, _OWED, "bank_reference", lambda f: int(f["credited"])),
    "ask write-off": Act(1, "recoverable.ask_write_off", Settlement, plan_write_off, ask_write_off, _OWED, "client_key"),
    "write off": Act(1, "recoverable.write_off", Settlement, plan_settlement, write_off, _OWED),
}  # fmt: skip
