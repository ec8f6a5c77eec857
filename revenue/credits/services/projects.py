"""Projects, buyers, bank accounts and the steps under Article 6."""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from django.db import transaction
from django.utils.translation import gettext as _

from core.audit.services import record
from core.clock import day_of
from core.money import EXPONENTS
from core.people.access import CHECKERS, MAKERS, require_role
from core.people.models import User
from revenue.credits.models import Article6Event, BankAccount, Buyer, Project, Sale
from revenue.credits.refusals import NotPossible, WrongValue, check_day, sentences

# Codes of projects and bank accounts become part of the ledger's accounts.
_CODE: Final = re.compile(r"^[A-Za-z0-9][A-Za-z0-9_-]*$")


def create_project(
    *,
    code: str,
    name: str,
    registry: str,
    programme_id: str,
    standard: str,
    mechanism: str,
    host_authority: str,
    by: User,
    at: datetime,
    name_km: str = "",
    proponent: str = "",
    provinces: str = "",
    area_ha: Decimal | None = None,
    currency: str = "USD",
    facts: str = "",
) -> Project:
    """
    Register a project; ``registry`` is one of Project.Registry, ``programme_id`` the registry's number as text ("1650").

    :raises AlreadyThere: if the code, or the number in this registry, is taken
    """
    require_role(person=by, roles=MAKERS)
    check_code(code=code)
    check_currency(currency=currency)
    if registry not in Project.Registry.values:
        raise WrongValue(_("“%(name)s” is not a registry known here.") % {"name": registry}, field="registry")
    if area_ha is not None and area_ha <= 0:
        raise WrongValue(_("The area is above zero, or left empty."), field="area_ha")
    with sentences(), transaction.atomic():
        project = Project.objects.create(
            code=code, name=name, name_km=name_km, registry=registry, programme_id=programme_id.strip(), standard=standard,
            mechanism=mechanism, host_authority=host_authority, proponent=proponent, provinces=provinces, area_ha=area_ha,
            currency=currency, facts=facts,
        )  # fmt: skip
        after = {"name": name, "registry": registry, "programme_id": programme_id, "standard": standard, "mechanism": mechanism}
        record(act="project.create", subject=f"project:{code}", by=by, at=at, after=after)
    return project


def suspend_project(*, project_id: int, reason: str, by: User, at: datetime) -> None:
    """
    Stop a project from selling. Its money is still shared out, paid and accounted for.

    :raises NotPossible: if it is not active
    """
    _set_status(project_id=project_id, old=Project.Status.ACTIVE, new=Project.Status.SUSPENDED, reason=reason, by=by, at=at)


def reinstate_project(*, project_id: int, reason: str, by: User, at: datetime) -> None:
    """
    Let a suspended project sell again.

    :raises NotPossible: if it is not suspended
    """
    _set_status(project_id=project_id, old=Project.Status.SUSPENDED, new=Project.Status.ACTIVE, reason=reason, by=by, at=at)


@transaction.atomic
def _set_status(*, project_id: int, old: str, new: str, reason: str, by: User, at: datetime) -> None:
    require_role(person=by, roles=CHECKERS)
    if not reason.strip():
        raise WrongValue(_("Say why."), field="reason")
    if Project.objects.filter(id=project_id, status=old).update(status=new, status_reason=reason) != 1:
        raise NotPossible(_("The project is not %(status)s any more.") % {"status": Project.Status(old).label})
    code = Project.objects.values_list("code", flat=True).get(id=project_id)
    act = "project.suspend" if new == Project.Status.SUSPENDED else "project.reinstate"
    record(act=act, subject=f"project:{code}", by=by, at=at, before={"status": old}, after={"status": new}, reason=reason)


def create_buyer(*, name: str, by: User, at: datetime, country: str = "", registry_account: str = "") -> Buyer:
    """Add a buyer; ``country`` is two letters (ISO 3166)."""
    require_role(person=by, roles=MAKERS)
    with sentences(), transaction.atomic():
        buyer = Buyer.objects.create(name=name, country=country.upper(), registry_account=registry_account)
        record(act="buyer.create", subject=f"buyer:{buyer.pk}", by=by, at=at, after={"name": name, "country": country})
    return buyer


def create_bank_account(*, code: str, name: str, institution: str, account_number: str, currency: str, by: User, at: datetime) -> BankAccount:
    """Add an account of the programme; its code becomes the ledger's ``bank`` and never changes."""
    require_role(person=by, roles=MAKERS)
    check_code(code=code)
    check_currency(currency=currency)
    with sentences(), transaction.atomic():
        account = BankAccount.objects.create(code=code, name=name, institution=institution, account_number=account_number, currency=currency)
        after = {"institution": institution, "account_number": account_number, "currency": currency}
        record(act="bank_account.create", subject=f"bank_account:{code}", by=by, at=at, after=after)
    return account


def record_article6_event(
    *,
    project_id: int,
    kind: str,
    happened_on: date,
    document_reference: str,
    by: User,
    at: datetime,
    sale_id: int | None = None,
    quantity: int | None = None,
) -> Article6Event:
    """Record a step under Article 6 with its document; ``quantity`` in tCO2e where the step names one."""
    require_role(person=by, roles=MAKERS)
    check_day(day=happened_on, today=day_of(at), field="happened_on")
    if sale_id is not None and not Sale.objects.filter(id=sale_id, project_id=project_id).exists():
        raise WrongValue(_("This sale is of another project."), field="sale")
    with sentences(), transaction.atomic():
        event, created = Article6Event.objects.get_or_create(
            project_id=project_id, sale_id=sale_id, kind=Article6Event.Kind(kind), happened_on=happened_on,
            document_reference=document_reference, quantity=quantity,
        )  # fmt: skip
        if created:
            after = {"kind": kind, "happened_on": happened_on.isoformat(), "document": document_reference, "quantity": quantity}
            record(act="article6.record", subject=f"project:{event.project.code}", by=by, at=at, after=after)
    return event


def check_code(*, code: str) -> None:
    """
    Refuse a code that the ledger cannot carry.

    :raises WrongValue: at the field ``code``
    """
    if not _CODE.match(code) or len(code) > 40:
        raise WrongValue(
            _("“%(code)s” is not a code.") % {"code": code},
            field="code",
            next_step=_("Use letters, digits, - and _, beginning with a letter or digit."),
        )


def check_currency(*, currency: str) -> None:
    """
    Refuse a currency that is not used here.

    :raises WrongValue: at the field ``currency``
    """
    if currency not in EXPONENTS:
        raise WrongValue(
            _("“%(text)s” is not a currency used here.") % {"text": currency},
            field="currency",
            next_step=_("Use one of %(list)s.") % {"list": ", ".join(EXPONENTS)},
        )
