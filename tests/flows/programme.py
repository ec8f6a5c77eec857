"""
A small programme made through services only: one project, its plan, three villages, rangers, a trainer, one bank.

Its quarter is the third of 2026. Amounts are odd to the cent on purpose: what is shared has to leave remainders.
"""

from __future__ import annotations

import io
import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.db import transaction
from PIL import Image

from communities.registry import services as registry
from communities.registry.models import PayeeAccount, Recipient, Village
from communities.spending import services as spending
from communities.spending.models import Category, SpendingRecord, TrainingRecord
from core.models import Job, Programme
from core.people.models import Role, User
from reports import services as reporting
from reports.models import Period, Report
from revenue.credits import services as selling
from revenue.credits.models import Receipt, Sale
from revenue.disbursements import services as paying
from revenue.disbursements.models import Acknowledgement, Disbursement, Payment
from revenue.sharing import services as sharing
from revenue.sharing.models import AllocationRun, Pot

PASSWORD = "a-long-plain-word"
QUARTER = "2026Q3"
BEGINS = date(2026, 1, 1)
# A morning in the fourth quarter, when the third can be closed.
AFTER = datetime(2026, 10, 5, 3, 0, tzinfo=UTC)
SOLD = 100_001
PRICE = "4.1"
AMOUNT = 41_000_410  # cents: 100,001 × 4.10

PLAN = """format: 1
project: keo-seima
title: {en: Sharing plan of Keo Seima, km: ផែនការចែករំលែកកែវសីមា}
legal_basis: Invented for a test
effective_from: 2026-01-01
currency: USD
pots:
  - {code: costs, title: Operating costs, purpose: costs}
  - {code: reserve, title: Reserve, purpose: reserve}
  - {code: community, title: {en: Community development, km: អភិវឌ្ឍន៍សហគមន៍}, purpose: community_development}
  - {code: rangers, title: Rangers, purpose: forest_protection}
  - {code: training, title: Training, purpose: training}
steps:
  - {charge: costs, from: receipt, take: 5 % of gross}
  - {hold: reserve, from: receipt, take: 10 % of gross, release: after the next verification}
  - split: receipt
    into: {community: 60 %, rangers: 25 %, training: remainder}
  - {share: community, among: villages, by: households}
"""
VILLAGES = {"pu-char": ("11040101", 37), "andoung-kraloeng": ("11040102", 61), "o-rona": ("11040103", 102)}


def morning(day: date) -> datetime:
    """Return ten in the morning of a day in Phnom Penh."""
    return datetime.combine(day, time(3, 0), tzinfo=UTC)


def picture(colour: str = "white", *, size: tuple[int, int] = (60, 80)) -> bytes:
    """Return a real JPEG."""
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, "JPEG")
    return out.getvalue()


def photo(colour: str = "white") -> tuple[bytes, str, str]:
    """Return a photo as the services take it."""
    return picture(colour), "image/jpeg", f"receipt-{colour}.jpg"


class SmallProgramme:
    """People, a project with its plan in force, and recipients; each method is one thing a person does on a day."""

    def __init__(self, *, code: str = "keo-seima", plan: str = PLAN) -> None:
        self._numbers = itertools.count(1)
        self._people()
        at = morning(BEGINS)
        Programme.objects.update_or_create(id=1, defaults={"name": "Forest Carbon Programme", "name_km": "កម្មវិធីកាបូនព្រៃឈើ", "authority": "Ministry"})
        self.project = selling.create_project(
            code=code, name="Keo Seima", name_km="កែវសីមា", registry="VERRA", programme_id="1650", standard="VCS", mechanism="voluntary",
            host_authority="Ministry of Environment", by=self.officer, at=at,
        )  # fmt: skip
        self.bank = selling.create_bank_account(
            code="main", name="Carbon revenue account", institution="ACLEDA", account_number="0001-22334455", currency="USD", by=self.officer, at=at
        )
        self.buyer = selling.create_buyer(name="North Sea Utilities", by=self.officer, at=at)
        self.issuance = selling.record_issuance(
            project_id=self.project.pk, first=1_000_001, last=1_500_000, serial_text="9000-1000001-1500000-VCS-VCU-1650", vintage_start=date(2024, 1, 1),
            vintage_end=date(2024, 12, 31), issued_on=date(2025, 11, 3), by=self.officer, at=at,
        )  # fmt: skip
        self._recipients()
        version = sharing.propose_plan(project_id=self.project.pk, text=plan, document_id=None, by=self.officer, at=at)
        self.plan = sharing.decide_plan(version_id=version.pk, approve=True, reason="", by=self.approver, at=at)
        self.well = self._category("well", "Well or pump", "community_development")
        self.patrol = self._category("patrol", "Patrol food", "forest_protection")

    @staticmethod
    def _category(code: str, name: str, purpose: str) -> Category:
        return Category.objects.get_or_create(code=code, defaults={"name": name, "purpose": purpose})[0]

    def _people(self) -> None:
        def person(name: str, full_name: str, role: Role) -> User:
            return User.objects.create_user(name, PASSWORD, full_name=full_name, role=role)

        self.officer = person("dara", "Dara Sok", Role.FINANCE_OFFICER)
        self.approver = person("chantha", "Chantha Kim", Role.FINANCE_APPROVER)
        self.liaison = person("sreymom", "Sreymom Yan", Role.LIAISON)
        self.ranger = person("vuthy", "Vuthy Prak", Role.LIAISON)
        self.auditor = person("bopha", "Bopha Chea", Role.AUDITOR)
        self.administrator = person("rith", "Rith Nhem", Role.ADMINISTRATOR)

    def _recipients(self) -> None:
        self.villages = {code: self._recipient(code, "VILLAGE_COMMITTEE", "villages") for code in VILLAGES}
        self.pu_char = self.villages["pu-char"]
        self.rangers = self._recipient("rangers-1", "RANGER_UNIT", "rangers")
        self.trainer = self._recipient("trainer-1", "TRAINING_PROVIDER", "trainers")
        for code, (village_code, _households) in VILLAGES.items():
            village = Village.objects.create(
                code=village_code, name=code, commune="Srae Preah", district="Kaev Seima", province="Mondulkiri", source="test"
            )
            registry.cover_village(recipient_id=self.villages[code].pk, village_id=village.pk, from_date=BEGINS, by=self.officer, at=morning(BEGINS))
        registry.record_indicators(
            code="census-2026", as_of=BEGINS, source="A count", by=self.officer, at=morning(BEGINS),
            values=[(code, "households", Decimal(households)) for code, households in VILLAGES.values()],
        )  # fmt: skip
        for person, recipient in ((self.liaison, self.pu_char), (self.ranger, self.rangers)):
            registry.assign(person_id=person.pk, recipient_id=recipient.pk, from_date=BEGINS, by=self.administrator, at=morning(BEGINS))

    def _recipient(self, code: str, kind: str, group: str) -> Recipient:
        at = morning(BEGINS)
        made = registry.create_recipient(code=code, kind=kind, name=code.replace("-", " ").title(), province="Mondulkiri", by=self.officer, at=at)
        sharing.add_beneficiary(project_id=self.project.pk, recipient_id=made.pk, group=group, from_date=BEGINS, by=self.officer, at=at)
        account = registry.propose_account(
            recipient_id=made.pk, channel=PayeeAccount.Channel.BANK, institution="Wing", account_name=made.name, account_number=f"{made.pk:08d}",
            reason="First account", by=self.officer, at=at,
        )  # fmt: skip
        registry.decide_account(account_id=account.pk, approve=True, reason="", by=self.approver, at=at)
        return made

    # --- money in --------------------------------------------------------------------------------------------------------
    def sell(self, *, on: date = date(2026, 7, 1), quantity: int = SOLD, price: str = PRICE, first: int = 1_000_001, public: bool = False) -> Sale:
        return selling.record_sale(
            project_id=self.project.pk, buyer_id=self.buyer.pk, contract_reference=f"ERPA-{next(self._numbers)}", sale_date=on, currency="USD",
            unit_price=Decimal(price), lots=[(self.issuance.pk, first, first + quantity - 1)], price_is_public=public, by=self.officer, at=morning(on),
        )  # fmt: skip

    def receive(self, sale: Sale | None, gross: int, *, on: date) -> Receipt:
        return selling.record_receipt(
            bank_account_id=self.bank.pk, bank_reference=f"IN-{next(self._numbers):05d}", value_date=on, gross_minor=gross,
            sale_id=sale.pk if sale else None, by=self.officer, at=morning(on),
        )  # fmt: skip

    def allocate(self, receipt: Receipt, *, on: date) -> AllocationRun:
        run = sharing.propose_allocation(tranche_id=receipt.tranche_id, by=self.officer, at=morning(on))
        if run.status != AllocationRun.Status.PROPOSED:
            return run
        return sharing.approve_allocation(run_id=run.pk, by=self.approver, at=morning(on), day=on)

    # --- money out ---------------------------------------------------------------------------------------------------------
    def pot(self, code: str) -> Pot:
        return Pot.objects.get(project=self.project, code=code)

    def request(self, recipient: Recipient, amount: int, *, on: date, pot: str = "community", kind: str = "ADVANCE", **other: Any) -> Disbursement:
        facts: dict[str, Any] = {
            "client_key": uuid4(), "pot_id": self.pot(pot).pk, "bank_account_id": self.bank.pk, "recipient_id": recipient.pk, "amount_minor": amount,
            "kind": kind, "description": "Work plan 2026", "due_on": None, "account_by": on + timedelta(days=120), "by": self.officer,
            "at": morning(on), "on": on,
        }  # fmt: skip
        return paying.request_disbursement(**{**facts, **other})

    def approve(self, disbursement: Disbursement, *, on: date) -> Disbursement:
        return paying.approve_disbursement(disbursement_id=disbursement.pk, by=self.approver, at=morning(on), on=on)

    def pay(self, disbursement: Disbursement, *, on: date, riel: int = 0, fee: int = 0, rate: str = "4,100") -> Payment:
        return paying.pay_disbursement(
            disbursement_id=disbursement.pk, bank_reference=f"OUT-{next(self._numbers):05d}", paid_on=on, amount_minor=disbursement.amount_minor,
            fee_minor=fee, local_minor=riel or disbursement.amount_minor, local_currency="KHR" if riel else "USD", rate=rate if riel else "",
            by=self.officer, at=morning(on),
        )  # fmt: skip

    def pay_out(self, recipient: Recipient, amount: int, *, on: date, **other: Any) -> Payment:
        """Ask, approve and pay on one day."""
        payment = {name: other.pop(name) for name in ("riel", "fee") if name in other}
        return self.pay(self.approve(self.request(recipient, amount, on=on, **other), on=on), on=on, **payment)

    def acknowledge(self, payment: Payment, *, on: date, by: User | None = None) -> Acknowledgement:
        return paying.acknowledge_payment(
            client_key=uuid4(), payment_id=payment.pk, received_on=on, local_minor=payment.local_minor, local_currency=payment.local_currency,
            signed_by="Chan Thy", also_signed_by="Sok Mealea", photo_id=None, by=by or self.liaison, at=morning(on),
        )  # fmt: skip

    # --- what it was used for ----------------------------------------------------------------------------------------------
    def log(self, amount: int, *, on: date, currency: str = "USD", by: User | None = None, **other: Any) -> SpendingRecord:
        facts: dict[str, Any] = {
            "client_key": uuid4(), "recipient_id": self.pu_char.pk, "category_id": self.well.pk, "spent_on": on, "amount_minor": amount,
            "currency": currency, "payee": "Sok's hardware", "description": "Two hand pumps", "women": 12, "men": 9, "photos": [photo()],
            "by": by or self.liaison, "at": morning(on),
        }  # fmt: skip
        return spending.log_spending(**{**facts, **other})

    def accept(self, record: SpendingRecord, *, on: date) -> SpendingRecord:
        return spending.accept_spending(record_id=record.pk, by=self.officer, at=morning(on), on=on)

    def train(self, *, on: date, days: int = 2, women: int = 11, men: int = 8) -> TrainingRecord:
        logged = spending.log_training(
            client_key=uuid4(), recipient_id=self.pu_char.pk, topic="Keeping a cash book", trainer="Trainer 1", first_day=on, days=days, women=women,
            men=men, by=self.liaison, at=morning(on + timedelta(days=days)), photos=[photo("gray")],
        )  # fmt: skip
        return spending.accept_training(record_id=logged.pk, by=self.officer, at=morning(on + timedelta(days=days)))

    # --- reports -----------------------------------------------------------------------------------------------------------
    def close(self, label: str = QUARTER, *, at: datetime = AFTER) -> list[Report]:
        """Close every quarter up to this one, in order; returns the reports of this one."""
        reporting.propose_periods(today=at.date())
        for period in Period.objects.filter(kind="QUARTER", label__lt=label).exclude(status=Period.Status.CLOSED).order_by("first"):
            reporting.close_period(period_id=period.pk, by=self.officer, at=at)
        return reporting.close_period(period_id=Period.objects.get(label=label).pk, by=self.officer, at=at)

    def issue(self, report: Report, *, at: datetime = AFTER) -> Report:
        """Review a report and issue it; returns it as it is then."""
        reporting.review_report(report_id=report.pk, by=self.officer, at=at)
        reporting.issue_report(report_id=report.pk, by=self.approver, at=at)
        return Report.objects.select_related("period", "project", "snapshot").get(id=report.pk)

    def ask(self, label: str = QUARTER, *, project: str | None = None, at: datetime = AFTER) -> Report:
        code = self.project.code if project is None else project
        return reporting.ask_report(period=label, project_code=code, by=self.officer, at=at)


class Journey(SmallProgramme):
    """The whole way of one sale's money, up to the morning on which its quarter can be closed."""

    def __init__(self) -> None:
        super().__init__()
        self.sale = self.sell(public=True)
        self.first = self.receive(self.sale, 25_000_001, on=date(2026, 7, 6))
        self.second = self.receive(self.sale, AMOUNT - 25_000_001, on=date(2026, 8, 3))
        for receipt, day in ((self.first, date(2026, 7, 7)), (self.second, date(2026, 8, 4))):
            self.allocate(receipt, on=day)
        # More than the first receipt gave this village: the advance is drawn from both sales' receipts.
        self.in_riel = self.pay_out(self.pu_char, 3_000_000, on=date(2026, 8, 10), riel=123_000_000, fee=250)
        self.in_dollars = self.pay_out(self.rangers, 800_000, on=date(2026, 8, 11), pot="rangers")
        self.final = self.pay_out(self.trainer, 200_000, on=date(2026, 8, 12), pot="training", kind="FINAL", account_by=None)
        self.acknowledge(self.in_riel, on=date(2026, 8, 12))
        self.acknowledge(self.in_dollars, on=date(2026, 8, 13), by=self.ranger)
        self.pumps = self.accept(self.log(102_400_000, on=date(2026, 8, 20), currency="KHR"), on=date(2026, 8, 25))
        self.food = self.accept(
            self.log(123_457, on=date(2026, 8, 21), by=self.ranger, recipient_id=self.rangers.pk, category_id=self.patrol.pk), on=date(2026, 8, 25)
        )
        self.bare = self.accept(self.log(1_000_001, on=date(2026, 9, 2), currency="KHR", photos=[]), on=date(2026, 9, 3))
        self.training = self.train(on=date(2026, 9, 7))


def job_of(report: Report) -> Job:
    """Return the job that makes a report, as it stands now."""
    return Job.objects.get(id=report.job_id)


@contextmanager
def kept_for_module(blocker: Any, media: Path) -> Iterator[None]:
    """Keep rows and files for all tests of a module, and roll the rows back after the last; each test nests in it."""
    with blocker.unblock():
        before, settings.MEDIA_ROOT = settings.MEDIA_ROOT, media
        with transaction.atomic():
            yield
            transaction.set_rollback(True)
        settings.MEDIA_ROOT = before
