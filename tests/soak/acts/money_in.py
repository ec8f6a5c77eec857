"""Sales, receipts, recalls and transfers between our banks."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Final

from revenue.credits import services as selling
from revenue.credits.models import BankAccount, BankTransfer, Buyer, Issuance, Project, Recall, Receipt, Sale
from revenue.ledger.models import Account
from tests.soak.acts.shared import NOW, OFFICER, SOLD_ON, TODAY, Act, Facts, by, some, subject_of
from tests.soak.stage import ISSUED_FROM, SERIALS_EACH, Stage


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


ACTS: Final[dict[str, Act]] = {
    "sell": Act(6, "sale.record", Sale, plan_sale, sell, subject_of("sale"), "contract_reference"),
    "receive": Act(
        9, "receipt.record", Receipt, plan_receipt, receive, subject_of("receipt"), "bank_reference", lambda facts: int(facts["gross"] - facts["fee"])
    ),
    "identify": Act(2, "receipt.identify", Receipt, plan_identify, identify, subject_of("receipt")),
    "recall": Act(0.4, "receipt.recall", Recall, plan_recall, recall, subject_of("receipt", "receipt__reference"), "bank_reference", lambda f: -int(f["amount"])),
    "transfer": Act(
        1, "transfer.record", BankTransfer, plan_transfer, transfer, subject_of("transfer"), "sent_reference", lambda f: int(f["credited"] - f["sent"])
    ),
}  # fmt: skip
