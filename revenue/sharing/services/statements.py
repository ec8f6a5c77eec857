"""State what plans ask for: costs, charges, prices, rates and ages, each with its source; and the day's payout rate."""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from django.db import transaction
from django.utils.translation import gettext as _

from core.audit.services import record
from core.money import EXPONENTS
from core.people.access import MAKERS, require_role
from core.people.models import User
from revenue.credits.models import Project
from revenue.ledger.models import Tranche
from revenue.sharing.engine.units import number
from revenue.sharing.models import PayoutRate, StatedFact
from revenue.sharing.queries import project_of_tranche
from revenue.sharing.refusals import WrongFact

_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,39}")
_LOOKS_LIKE_NUMBER: Final = re.compile(r"[-+\d០-៩.,\s]+")
_LARGEST: Final = 10**15


@transaction.atomic
def state_fact(
    *,
    project_id: int,
    tranche_id: int | None,
    name: str,
    value: str,
    from_date: date,
    source: str,
    document_id: int | None,
    by: User,
    at: datetime,
) -> StatedFact:
    """
    State a number or a word that a plan asks for (``stated NAME``, ``choose NAME``), from a day on or for one receipt only.

    A later statement takes the place of an earlier one; both stay. The same again is the same statement.

    :raises WrongFact: if the name or the value cannot stand in a plan, the source is missing, or the receipt is another project's
    """
    require_role(person=by, roles=MAKERS)
    project = Project.objects.get(id=project_id)
    tranche = Tranche.objects.get(id=tranche_id) if tranche_id else None
    name, value, source = name.strip(), value.strip(), source.strip()
    _check(project, tranche, name, value, source)
    latest = StatedFact.objects.filter(project=project, tranche=tranche, name=name, from_date=from_date).order_by("-id").first()
    if latest is not None and (latest.value, latest.source) == (value, source):
        return latest
    fact = StatedFact.objects.create(
        project=project, tranche=tranche, name=name, value=value, from_date=from_date, source=source, document_id=document_id,
        stated_by=by, stated_at=at,
    )  # fmt: skip
    after = {"name": name, "value": value, "from": from_date.isoformat(), "source": source, "receipt": tranche.code if tranche else ""}
    before = {"value": latest.value} if latest else {}
    record(act="fact.state", subject=f"project:{project.code}", by=by, at=at, before=before, after=after)
    return fact


def _check(project: Project, tranche: Tranche | None, name: str, value: str, source: str) -> None:
    if not _NAME.fullmatch(name):
        raise WrongFact(
            _("“%(name)s” cannot be a name in a plan.") % {"name": name},
            field="name",
            next_step=_("Write it as the plan does: small letters, digits and _, for example verification_costs."),
        )
    if not value or len(value) > 60:
        raise WrongFact(_("Give the value: a number, or a word that the plan chooses by."), field="value")
    found = number(text=value)
    if found is None and _LOOKS_LIKE_NUMBER.fullmatch(value):
        raise WrongFact(
            _("“%(value)s” is not a number.") % {"value": value}, field="value", next_step=_("Write it in digits, for example 15,000.00.")
        )
    if found is not None and abs(found) > _LARGEST:
        raise WrongFact(_("This number is too large to be right."), field="value")
    if not source:
        raise WrongFact(_("Say where this is from."), field="source", next_step=_("Name the invoice, the report or the decision."))
    owner = project_of_tranche(tranche_id=tranche.pk) if tranche else project
    if owner != project:
        raise WrongFact(_("This receipt is not of %(project)s.") % {"project": project}, field="tranche", next_step=_("Choose another receipt."))


@transaction.atomic
def state_payout_rate(*, base: str, currency: str, rate: Decimal, on: date, source: str, by: User, at: datetime) -> PayoutRate:
    """
    State how many units of ``currency`` are paid for one unit of ``base`` on a day, as its source published it.

    A later statement of the same day takes the place of an earlier one; both stay.

    :raises WrongFact: if the currencies are unknown or the same, the rate is not above zero, or the source is missing
    """
    require_role(person=by, roles=MAKERS)
    for field, code in (("base", base), ("currency", currency)):
        if code not in EXPONENTS:
            raise WrongFact(_("“%(code)s” is not a currency known here.") % {"code": code}, field=field)
    if base == currency:
        raise WrongFact(_("A rate is between two currencies."), field="currency", next_step=_("Choose another currency."))
    if not 0 < rate < 10**9 or rate != round(rate, 6):
        raise WrongFact(_("This cannot be a rate."), field="rate", next_step=_("Write it with at most six decimals, for example 4,050."))
    if not source.strip():
        raise WrongFact(_("Say where this is from."), field="source", next_step=_("Name who published the rate."))
    same = PayoutRate.objects.filter(base=base, currency=currency, on=on).order_by("-id").first()
    if same is not None and (same.rate, same.source) == (rate, source.strip()):
        return same
    stated = PayoutRate.objects.create(base=base, currency=currency, rate=rate, on=on, source=source.strip()[:200], stated_by=by, stated_at=at)
    after = {"rate": str(rate), "on": on.isoformat(), "source": stated.source}
    before = {"rate": str(same.rate)} if same else {}
    record(act="payout_rate.state", subject=f"rate:{base}-{currency}", by=by, at=at, before=before, after=after)
    return stated
