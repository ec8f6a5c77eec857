"""Money on its way out: a project with its plan in force, villages that share it, and receipts to share."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from itertools import count
from typing import Any
from uuid import UUID, uuid4

from communities.registry.models import IndicatorSnapshot, IndicatorValue, PayeeAccount, Recipient, RecipientVillage, Village
from core.people.models import Role
from revenue.credits.models import BankAccount, Project, Receipt, Sale
from revenue.disbursements import services as paying
from revenue.disbursements.models import Disbursement, Payment
from revenue.ledger.queries import balances
from revenue.sharing import services
from revenue.sharing.models import AllocationRun, PlanVersion, Pot
from tests.revenue import credits_office as office

AT = office.AT
BEGINS = date(2026, 1, 1)

PLAN = """format: 1
project: keo-seima
title: {en: Keo Seima plan, km: ផែនការកែវសីមា}
legal_basis: Invented for a test
effective_from: 2026-01-01
currency: USD
pots:
  - {code: costs, title: Operating costs, purpose: costs}
  - {code: reserve, title: Reserve, purpose: reserve}
  - {code: community, title: {en: Community development, km: អភិវឌ្ឍន៍សហគមន៍}, purpose: community_development}
  - {code: protection, title: Forest protection, purpose: forest_protection}
steps:
  - {charge: costs, from: receipt, take: 10 % of gross}
  - {hold: reserve, from: receipt, take: 5 % of gross, release: after the next verification}
  - split: receipt
    into: {community: 60 %, protection: remainder}
  - {share: community, among: villages, by: households}
"""
WITHHOLDING = PLAN + "  - {gate: community, conditions: [account_opened]}\n"


class Stage:
    """Two villages with 30 and 70 households, one ranger unit, one sale, one bank account."""

    def __init__(self, *, plan: str = PLAN) -> None:
        self.officer, self.approver = office.officer(), office.approver()
        self.project: Project = office.project()
        self.bank: BankAccount = office.bank()
        issuance = office.issuance(self.project, 1, 100_000)
        self.sale: Sale = office.sale(self.project, (issuance.pk, 1, 100_000), price="10")
        self.pu_char = self.recipient("pu-char", households=30)
        self.pu_ngav = self.recipient("pu-ngav", households=70)
        self.rangers = self.recipient("rangers-1", kind=Recipient.Kind.RANGER_UNIT, group="rangers")
        self._numbers = count(1)
        if plan:
            self.plan = self.approved(plan)

    # --- before money moves --------------------------------------------------------------------------------------------
    def recipient(self, code: str, *, households: int = 0, kind: str = "VILLAGE_COMMITTEE", group: str = "villages") -> Recipient:
        recipient = Recipient.objects.create(code=code, kind=kind, name=code.replace("-", " ").title())
        services.add_beneficiary(project_id=self.project.pk, recipient_id=recipient.pk, group=group, from_date=BEGINS, by=self.officer, at=AT)
        PayeeAccount.objects.create(
            recipient=recipient, channel="BANK", institution="Wing", account_name=recipient.name, account_number=f"99-{code}",
            status="APPROVED", proposed_by=self.officer, proposed_at=AT, decided_by=self.approver, decided_at=AT,
        )  # fmt: skip
        if households:
            village = Village.objects.create(
                code=str(11010000 + len(code) + households), name=code, commune="-", district="-", province="-", source="test"
            )
            RecipientVillage.objects.create(recipient=recipient, village=village, from_date=BEGINS)
            self.counted(BEGINS, {village: households})
        return recipient

    def counted(self, on: date, households: dict[Village, int]) -> IndicatorSnapshot:
        snapshot, _new = IndicatorSnapshot.objects.get_or_create(
            code=f"count-{on}", defaults={"as_of": on, "source": "A count", "recorded_by": self.officer, "recorded_at": AT}
        )
        for village, number in households.items():
            IndicatorValue.objects.create(snapshot=snapshot, village=village, indicator="households", value=Decimal(number))
        return snapshot

    def proposed(self, text: str) -> PlanVersion:
        return services.propose_plan(project_id=self.project.pk, text=text, document_id=None, by=self.officer, at=AT)

    def approved(self, text: str) -> PlanVersion:
        return services.decide_plan(version_id=self.proposed(text).pk, approve=True, reason="", by=self.approver, at=AT)

    # --- money in --------------------------------------------------------------------------------------------------------
    def receipt(self, gross: int = 1_000_000, on: date = date(2026, 2, 1), **other: Any) -> Receipt:
        return office.receipt(self.sale, gross, f"FT-IN-{next(self._numbers):04d}", value_date=on, **other)

    def shared(self, gross: int = 1_000_000, on: date = date(2026, 2, 1)) -> Receipt:
        receipt = self.receipt(gross, on)
        self.allocated(receipt, on)
        return receipt

    def allocated(self, receipt: Receipt, on: date = date(2026, 2, 1)) -> AllocationRun:
        """Propose and approve; where the plan cannot share it, the try that says why."""
        run = services.propose_allocation(tranche_id=receipt.tranche_id, by=self.officer, at=AT)
        if run.status != AllocationRun.Status.PROPOSED:
            return run
        return services.approve_allocation(run_id=run.pk, by=self.approver, at=AT, day=on)

    def pot(self, code: str) -> Pot:
        return Pot.objects.get(project=self.project, code=code)

    # --- money out ---------------------------------------------------------------------------------------------------------
    def asked(self, recipient: Recipient | None = None, amount: int = 100_000, pot: str = "community", **other: Any) -> Disbursement:
        facts: dict[str, Any] = {
            "client_key": uuid4(), "pot_id": self.pot(pot).pk, "bank_account_id": self.bank.pk, "recipient_id": (recipient or self.pu_char).pk,
            "amount_minor": amount, "kind": "ADVANCE", "description": "A well", "due_on": None, "account_by": date(2026, 6, 1),
            "by": self.officer, "at": AT, "on": date(2026, 3, 1),
        }  # fmt: skip
        return paying.request_disbursement(**{**facts, **other})

    def promised(self, recipient: Recipient | None = None, amount: int = 100_000, pot: str = "community", **other: Any) -> Disbursement:
        asked = self.asked(recipient, amount, pot, **other)
        return paying.approve_disbursement(disbursement_id=asked.pk, by=self.approver, at=AT, on=date(2026, 3, 2))

    def paid(self, disbursement: Disbursement | None = None, **other: Any) -> Payment:
        of = disbursement or self.promised()
        return paying.pay_disbursement(**{**self.payment_facts(of), **other})

    def payment_facts(self, of: Disbursement) -> dict[str, Any]:
        return {
            "disbursement_id": of.pk, "bank_reference": f"FT-OUT-{next(self._numbers):04d}", "paid_on": date(2026, 3, 5), "amount_minor": of.amount_minor,
            "fee_minor": 0, "local_minor": of.amount_minor, "local_currency": "USD", "rate": "", "by": self.officer, "at": AT,
        }  # fmt: skip

    def returned(self, payment: Payment, local: int, credited: int, **other: Any) -> Any:
        facts: dict[str, Any] = {
            "disbursement_id": payment.disbursement_id, "bank_account_id": self.bank.pk, "bank_reference": f"FT-BACK-{next(self._numbers):04d}",
            "returned_on": date(2026, 4, 1), "local_minor": local, "credited_minor": credited, "reason": "Not used", "by": self.officer, "at": AT,
        }  # fmt: skip
        return paying.return_money(**{**facts, **other})

    def acknowledged(self, payment: Payment, **other: Any) -> Any:
        facts: dict[str, Any] = {
            "client_key": UUID(int=payment.pk), "payment_id": payment.pk, "received_on": date(2026, 3, 6), "local_minor": payment.local_minor,
            "local_currency": payment.local_currency, "signed_by": "Chan Thy", "also_signed_by": "Sok Mealea", "photo_id": None,
            "by": self.officer, "at": AT,
        }  # fmt: skip
        return paying.acknowledge_payment(**{**facts, **other})


def held(kind: str, *, pot: str | None = None, holder: str | None = None) -> int:
    """What lies in places of a kind, in cents."""
    return sum(
        one.amount_minor
        for one in balances(
            grouped=["kind"],
            currency="USD",
            kinds=[kind],
            pots=None if pot is None else [f"keo-seima/{pot}"],
            holders=None if holder is None else [holder],
        )
    )


def liaison(name: str = "sreymom") -> Any:
    return office.person(Role.LIAISON, name)
