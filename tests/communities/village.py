"""A small village with an advance in hand, for the tests of spending: people, recipients, categories and money."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any
from uuid import uuid4

from PIL import Image

from communities.registry.models import Assignment, PayeeAccount, Recipient
from communities.spending import services
from communities.spending.models import Category, SpendingRecord
from core.people.models import Role, User
from revenue.credits.models import BankAccount, Project
from revenue.disbursements.models import Disbursement, Payment
from revenue.ledger import chart
from revenue.ledger.chart import Place, Row
from revenue.ledger.models import Balance, Tranche
from revenue.ledger.services import open_tranche, post
from revenue.sharing.models import Pot

NOW = datetime(2026, 8, 20, 3, 0, tzinfo=UTC)
TODAY = date(2026, 8, 20)
BANK = "bank-a"


def photo(*, colour: str = "white", size: tuple[int, int] = (60, 80), kind: str = "JPEG") -> bytes:
    """Return a real picture."""
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, kind)
    return out.getvalue()


def receipt_photo(colour: str = "white") -> tuple[bytes, str, str]:
    """Return a photo as the services take it."""
    return photo(colour=colour), "image/jpeg", f"{colour}.jpg"


def person(name: str, role: Role, **fields: Any) -> User:
    """Make a person who can sign in with the password of all tests."""
    return User.objects.create_user(name, "a long enough one", full_name=name.title(), role=role, **fields)


def recipient(code: str, **fields: Any) -> Recipient:
    """Make a village committee."""
    return Recipient.objects.create(code=code, name=f"Committee {code}", kind=Recipient.Kind.VILLAGE_COMMITTEE, **fields)


@dataclass
class Village:
    """What every test of spending starts from; advances are paid one at a time with ``advance``."""

    officer: User = field(default_factory=lambda: person("officer", Role.FINANCE_OFFICER))
    second: User = field(default_factory=lambda: person("second", Role.FINANCE_APPROVER))
    liaison: User = field(default_factory=lambda: person("liaison", Role.LIAISON))
    pu_char: Recipient = field(default_factory=lambda: recipient("pu-char"))
    other: Recipient = field(default_factory=lambda: recipient("andoung"))
    well: Category = field(
        default_factory=lambda: Category.objects.create(code="well", name="Well or pump", name_km="អណ្តូង ឬ ស្នប់", purpose="community_development")
    )
    patrol: Category = field(default_factory=lambda: Category.objects.create(code="patrol", name="Patrol food", purpose="forest_protection"))
    fines: Category = field(
        default_factory=lambda: Category.objects.create(code="fines", name="Fines", purpose="community_development", is_eligible=False)
    )

    def __post_init__(self) -> None:
        Assignment.objects.create(person=self.liaison, recipient=self.pu_char, from_date=date(2026, 1, 1))
        self.project = Project.objects.create(
            code="keo-seima", name="Keo Seima", registry="VERRA", programme_id="1650", standard="VCS", mechanism="voluntary", host_authority="MoE"
        )
        self.bank = BankAccount.objects.create(code=BANK, name="Main", institution="ACLEDA", account_number="1")
        self.account = PayeeAccount.objects.create(
            recipient=self.pu_char,
            channel="BANK",
            institution="ACLEDA",
            account_name="Pu Char",
            account_number="0001234",
            status="APPROVED",
            proposed_by=self.officer,
            proposed_at=NOW,
            decided_by=self.second,
            decided_at=NOW,
        )

    def tranche(self, code: str, received_on: date = date(2026, 1, 5), currency: str = "USD") -> Tranche:
        """Open a tranche once."""
        return open_tranche(source="SALE", received_on=received_on, currency=currency, code=code)

    def advance(
        self,
        *,
        usd: int,
        riel: int = 0,
        purpose: str = "community_development",
        paid_on: date = date(2026, 2, 1),
        account_by: date | None = date(2026, 9, 30),
        parts: dict[str, int] | None = None,
        to: Recipient | None = None,
    ) -> Disbursement:
        """
        Pay an advance of ``usd`` cents, held as ``riel`` (in dollars if 0); ``parts`` are its cents by tranche code.

        Posted straight to the ledger, so that these tests stand on the ledger and on nothing above it.
        """
        to = to or self.pu_char
        number = Disbursement.objects.count() + 1
        pot, _made = Pot.objects.get_or_create(project=self.project, code=purpose.replace("_", "-"), defaults={"title": purpose, "purpose": purpose})
        disbursement = Disbursement(
            reference=f"DB-2026-{number:04d}", client_key=uuid4(), project=self.project, pot=pot, bank_account=self.bank, recipient=to, purpose=purpose,
            amount_minor=usd, currency="USD", description="Work plan 2026", account_by=account_by, status="PAID", requested_by=self.officer, requested_at=NOW,
            requested_on=paid_on, decided_by=self.second, decided_at=NOW, decided_on=paid_on,
        )  # fmt: skip
        disbursement.id = number + 1000
        split = {self.tranche(code).pk: cents for code, cents in (parts or {"T1": usd}).items()}
        places = self._places(pot=pot, to=to, purpose=purpose)
        local = _split_local(riel=riel or usd, parts=split)
        moved: dict[str, Any] = {}
        for event, debit, credit in zip(("receipt", "allocate", "approve", "pay"), places[1:], places, strict=False):
            rows = [
                Row(
                    debit,
                    credit,
                    cents,
                    tranche,
                    disbursement.id if event in {"approve", "pay"} else 0,
                    *(local[tranche] if event == "pay" else (0, "")),
                )
                for tranche, cents in split.items()
            ]
            if riel == 0 and event == "pay":
                rows = [Row(one.debit, one.credit, one.amount_minor, one.tranche_id, one.lot, one.amount_minor, "USD") for one in rows]
            moved[event] = post(event=event, day=paid_on, rows=rows, key=f"{event}:{number}", document=disbursement.reference, by_id=None)
        disbursement.approval_entry = moved["approve"]
        disbursement.save(force_insert=True)
        self._payment(disbursement=disbursement, usd=usd, riel=riel, paid_on=paid_on, entry=moved["pay"])
        return disbursement

    @staticmethod
    def _places(*, pot: Pot, to: Recipient, purpose: str) -> list[Place]:
        return [
            Place(chart.RECEIVED, "USD"),
            Place(chart.UNALLOCATED, "USD", bank=BANK),
            Place(chart.POT, "USD", bank=BANK, pot=pot.ledger_code),
            Place(chart.COMMITTED, "USD", bank=BANK, pot=pot.ledger_code),
            Place(chart.ADVANCE, "USD", holder=to.code, purpose=purpose),
        ]

    def _payment(self, *, disbursement: Disbursement, usd: int, riel: int, paid_on: date, entry: Any) -> None:
        Payment.objects.create(
            disbursement=disbursement,
            bank_account=self.bank,
            payee_account=self.account,
            bank_reference=f"FT-{disbursement.pk}",
            paid_on=paid_on,
            amount_minor=usd,
            currency="USD",
            local_minor=riel or usd,
            local_currency="KHR" if riel else "USD",
            rate="4,100" if riel else "",
            entry=entry,
            paid_by=self.officer,
            recorded_at=NOW,
        )

    def log(self, **changes: Any) -> SpendingRecord:
        """Log spending as the liaison does, with some values changed."""
        return services.log_spending(**self.facts(**changes))

    def facts(self, **changes: Any) -> dict[str, Any]:
        """Return what a liaison types for one purchase."""
        return {
            "client_key": uuid4(),
            "recipient_id": self.pu_char.pk,
            "category_id": self.well.pk,
            "spent_on": date(2026, 8, 10),
            "amount_minor": 400_000,
            "currency": "KHR",
            "payee": "Sok's hardware",
            "description": "Two hand pumps",
            "women": 12,
            "men": 9,
            "photos": [receipt_photo()],
            "by": self.liaison,
            "at": NOW,
            **changes,
        }

    def accept(self, record: SpendingRecord, by: User | None = None) -> SpendingRecord:
        """Accept a record as an officer does."""
        return services.accept_spending(record_id=record.pk, by=by or self.officer, at=NOW, on=TODAY)

    def held(self, kind: str = chart.ADVANCE) -> list[tuple[int, str, int, int]]:
        """Return (lot, tranche code, cents, local) of what lies in places of a kind, nothing that is zero."""
        found = Balance.objects.filter(account__kind=kind).exclude(amount_minor=0, local_minor=0).select_related("tranche")
        return sorted((one.lot, one.tranche.code, one.amount_minor, one.local_minor) for one in found)


def _split_local(*, riel: int, parts: dict[int, int]) -> dict[int, tuple[int, str]]:
    """Give each tranche its riel in proportion, the last one the rest."""
    total, given, found = sum(parts.values()), 0, {}
    for place, (tranche, cents) in enumerate(parts.items(), start=1):
        share = riel - given if place == len(parts) else riel * cents // total
        given += share
        found[tranche] = (share, "KHR")
    return found
