"""What money was used for, what is asked back, and what becomes of that."""

from __future__ import annotations

from random import Random
from typing import Final
from uuid import UUID

from communities.spending import services as spending
from communities.spending.models import Category, Recoverable, Settlement, SpendingRecord
from tests.flows.programme import picture
from tests.soak.acts.shared import APPROVER, LIAISON, NOW, OFFICER, TODAY, Act, Facts, Plan, by, id_of, new_uuid, some, subject_of
from tests.soak.stage import Stage


def plan_log(stage: Stage, random: Random, _name: str) -> Facts | None:
    recipient, category = random.choice(stage.spenders)
    currency = random.choice(("KHR", "KHR", "USD"))
    amount = random.randrange(100, 800_000) if currency == "KHR" else random.randrange(1, 20_000)
    return {"key": new_uuid(random), "recipient": recipient, "category": category, "amount": amount, "currency": currency, "photos": _photos(random)}


def _photos(random: Random) -> list[list[int]]:
    """Return the sizes of some pictures: of the same size they are the same file, which is kept once."""
    return [[random.randrange(8, 40), random.randrange(8, 40)] for _photo in range(random.choice((0, 0, 1, 1, 2)))]


def log(_stage: Stage, facts: Facts) -> SpendingRecord:
    return spending.log_spending(
        client_key=UUID(facts["key"]), recipient_id=facts["recipient"], category_id=Category.objects.get(code=facts["category"]).pk, spent_on=TODAY,
        amount_minor=facts["amount"], currency=facts["currency"], payee="Sok's hardware", description="Two hand pumps", women=12, men=9,
        photos=[(picture(size=(wide, high)), "image/jpeg", "receipt.jpg") for wide, high in facts["photos"]], by=by(LIAISON), at=NOW,
    )  # fmt: skip


def plan_record(*statuses: str) -> Plan:
    return lambda _stage, random, _name: id_of(SpendingRecord.objects.filter(status__in=statuses), random)


def accept(_stage: Stage, facts: Facts) -> SpendingRecord:
    return spending.accept_spending(record_id=facts["id"], by=by(OFFICER), at=NOW, on=TODAY)


def refuse(_stage: Stage, facts: Facts) -> SpendingRecord:
    return spending.refuse_spending(record_id=facts["id"], words="Not for the village", by=by(OFFICER), at=NOW)


def undo(_stage: Stage, facts: Facts) -> SpendingRecord:
    return spending.undo_acceptance(record_id=facts["id"], reason="The wrong record", by=by(APPROVER), at=NOW, on=TODAY)


def plan_disallowance(_stage: Stage, random: Random, _name: str) -> Facts | None:
    record = some(SpendingRecord.objects.filter(status="ACCEPTED", funded_minor__gt=0), random)
    return (
        {"key": new_uuid(random), "record": record.pk, "local": random.choice((record.funded_minor, (record.funded_minor + 1) // 2))}
        if record
        else None
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
    return {"key": f"REPAID-{name}", "form": new_uuid(random), "owed": owed.pk, "local": local, "credited": credited}


def repay(stage: Stage, facts: Facts) -> Settlement:
    return spending.record_repayment(
        client_key=UUID(facts["form"]), recoverable_id=facts["owed"], bank_account_id=stage.bank_id, bank_reference=facts["key"], repaid_on=TODAY,
        local_minor=facts["local"], credited_minor=facts["credited"], by=by(OFFICER), at=NOW,
    )  # fmt: skip


def plan_write_off(_stage: Stage, random: Random, _name: str) -> Facts | None:
    owed = some(Recoverable.objects.filter(left_local_minor__gt=0), random)
    return {"key": new_uuid(random), "owed": owed.pk, "local": (owed.left_local_minor + 1) // 2} if owed else None


def ask_write_off(stage: Stage, facts: Facts) -> Settlement:
    return spending.ask_write_off(
        client_key=UUID(facts["key"]), recoverable_id=facts["owed"], local_minor=facts["local"], reason="The person died", document_id=stage.document_id,
        by=by(OFFICER), at=NOW,
    )  # fmt: skip


def plan_settlement(_stage: Stage, random: Random, _name: str) -> Facts | None:
    return id_of(Settlement.objects.filter(status="PROPOSED", kind="WRITE_OFF"), random)


def plan_ask_back(_stage: Stage, random: Random, _name: str) -> Facts | None:
    repaid = some(Settlement.objects.filter(kind="REPAID", is_undone=False), random)
    return {"key": new_uuid(random), "repaid": repaid.pk} if repaid else None


def ask_take_back(_stage: Stage, facts: Facts) -> Settlement:
    return spending.ask_to_take_back(client_key=UUID(facts["key"]), repayment_id=facts["repaid"], reason="Of another debt", by=by(OFFICER), at=NOW)


def plan_take_back(_stage: Stage, random: Random, _name: str) -> Facts | None:
    asked = some(Settlement.objects.filter(status="PROPOSED", kind="TAKEN_BACK"), random)
    return {"id": asked.pk, "credited": asked.undoes.credited_minor} if asked else None


def decide(_stage: Stage, facts: Facts) -> Settlement:
    return spending.decide_settlement(settlement_id=facts["id"], approve=True, words="", by=by(APPROVER), at=NOW, on=TODAY)


_OWED: Final = subject_of("recoverable", "recoverable__reference")

ACTS: Final[dict[str, Act]] = {
    "log": Act(10, "spending.log", SpendingRecord, plan_log, log, subject_of("spending"), "client_key"),
    "accept": Act(10, "spending.accept", SpendingRecord, plan_record("LOGGED"), accept, subject_of("spending")),
    "refuse": Act(0.5, "spending.refuse", SpendingRecord, plan_record("LOGGED"), refuse, subject_of("spending")),
    "undo": Act(0.7, "spending.undo", SpendingRecord, plan_record("ACCEPTED"), undo, subject_of("spending")),
    "disallow": Act(2, "recoverable.ask", Recoverable, plan_disallowance, disallow, subject_of("recoverable"), "client_key"),
    "repay": Act(2, "recoverable.repaid", Settlement, plan_repayment, repay, _OWED, "bank_reference", lambda f: int(f["credited"])),
    "ask write-off": Act(1, "recoverable.ask_write_off", Settlement, plan_write_off, ask_write_off, _OWED, "client_key"),
    "ask take back": Act(1, "recoverable.ask_take_back", Settlement, plan_ask_back, ask_take_back, _OWED, "client_key"),
    "take back": Act(1, "recoverable.take_back", Settlement, plan_take_back, decide, _OWED, moves=lambda f: -int(f["credited"])),
    "write off": Act(1, "recoverable.write_off", Settlement, plan_settlement, decide, _OWED),
}  # fmt: skip
