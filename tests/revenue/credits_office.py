"""A small office to work in: people in each role, one project with an issuance, a buyer and a bank account."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction

from core.people.models import Role, User
from revenue.credits import services
from revenue.credits.models import BankAccount, Buyer, Issuance, Project, Receipt, Sale

AT = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
DAY = date(2026, 10, 5)
PASSWORD = "plain-words-9"


def person(role: str, username: str = "") -> User:
    """A person in a role; asked for twice, or by two threads at once, the same one."""
    name = username or role.lower()
    found = User.objects.filter(username=name).first()
    if found:
        return found
    try:
        with transaction.atomic():
            return User.objects.create_user(name, PASSWORD, full_name=name.replace("_", " ").title(), role=role)
    except IntegrityError:
        return User.objects.get(username=name)


def officer() -> User:
    return person(Role.FINANCE_OFFICER)


def approver() -> User:
    return person(Role.FINANCE_APPROVER)


def project(code: str = "keo-seima", programme_id: str = "1650", **other: Any) -> Project:
    facts = {"name": "Keo Seima", "registry": "VERRA", "standard": "VCS, CCB", "mechanism": "Voluntary", "host_authority": "Ministry of Environment"}
    return services.create_project(code=code, programme_id=programme_id, by=officer(), at=AT, **{**facts, **other})


def issuance(of: Project, first: int = 1001, last: int = 2000, **other: Any) -> Issuance:
    facts: dict[str, Any] = {"vintage_start": date(2023, 1, 1), "vintage_end": date(2023, 12, 31), "issued_on": date(2025, 3, 3), "serial_text": ""}
    return services.record_issuance(project_id=of.pk, first=first, last=last, by=officer(), at=AT, **{**facts, **other})


def buyer(name: str = "North Sea Utilities") -> Buyer:
    return Buyer.objects.filter(name=name).first() or services.create_buyer(name=name, by=officer(), at=AT)


def bank(code: str = "moe-usd", currency: str = "USD") -> BankAccount:
    found = BankAccount.objects.filter(code=code).first()
    return found or services.create_bank_account(
        code=code, name=code, institution="ACLEDA", account_number=f"0001-{code}", currency=currency, by=officer(), at=AT
    )


def sale(of: Project, *lots: tuple[int, int, int], price: str = "4.125", **other: Any) -> Sale:
    facts: dict[str, Any] = {"contract_reference": "ERPA-7", "sale_date": date(2026, 9, 1), "currency": "USD"}
    return services.record_sale(
        project_id=of.pk, buyer_id=buyer().pk, unit_price=Decimal(price), lots=lots, by=officer(), at=AT, **{**facts, **other}
    )


def receipt(of: Sale | None, gross: int, bank_reference: str = "FT1", **other: Any) -> Receipt:
    facts: dict[str, Any] = {"bank_account_id": bank().pk, "value_date": DAY}
    return services.record_receipt(
        sale_id=of.pk if of else None, gross_minor=gross, bank_reference=bank_reference, by=officer(), at=AT, **{**facts, **other}
    )
