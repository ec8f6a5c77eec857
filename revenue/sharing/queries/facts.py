"""The dated facts a plan is applied to: who shares, what was counted, stated and decided, and what conditions hold."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Final

from django.db.models import Q

from communities.registry.models import IndicatorSnapshot, Recipient
from communities.registry.queries import newest_counts, recipient_indicators
from revenue.credits.models import Identification, Project, Receipt
from revenue.ledger.models import Tranche
from revenue.sharing import conditions
from revenue.sharing.engine import Decision, Facts, PayoutRate, Plan
from revenue.sharing.engine.plan import Gate, walk
from revenue.sharing.engine.units import number
from revenue.sharing.models import AllocationRun, Beneficiary, PlanVersion, Ruling, StatedFact
from revenue.sharing.models import PayoutRate as StatedRate
from revenue.sharing.planfile.factsfile import decided_parts
from revenue.sharing.queries.memory import remembered
from revenue.sharing.queries.plans import plan_of

# A plan says "area"; the register counts hectares.
_ALSO_CALLED: Final = {"area_ha": "area", "eligible_area_ha": "eligible_area"}


@dataclass(frozen=True, slots=True)
class Gathered:
    """
    Facts for the engine, the counts they were taken from, and what officers stated and people decided for them.

    ``counts`` are the snapshots whose numbers the plan shares by, newest first; ``snapshot`` is the newest of them.
    """

    facts: Facts
    counts: tuple[IndicatorSnapshot, ...]
    stated: tuple[StatedFact, ...] = ()
    rate: StatedRate | None = None
    rulings: tuple[Ruling, ...] = ()

    @property
    def snapshot(self) -> IndicatorSnapshot | None:
        """Return the newest counts used."""
        return self.counts[0] if self.counts else None


def facts_for(
    *,
    project: Project,
    tranche: Tranche | None,
    on: date,
    version: PlanVersion | None = None,
    asked_on: date | None = None,
    again: AllocationRun | None = None,
    with_ruling: Ruling | None = None,
) -> Gathered:
    """
    Gather the facts of a project as they stood on a day, for one tranche, or for none yet (to try a plan out).

    Each indicator is from the newest snapshot on the day or before that counts it; the groups are the beneficiaries of that day; stated
    facts hold from their day. ``asked_on`` is the day on which the conditions of gates and the payout rate are looked up, ``on``
    if left out. Unrecovered costs and overpayments are those the project's latest shared receipt left, or the one
    before ``again``, an allocation that is made again. ``with_ruling`` is tried before it is approved.
    """
    members = _members(project=project, on=on)
    newest = _newest(members=members, on=on)
    before = remembered(project_id=project.pk, again=again)
    plan = plan_of(version) if version else None
    counts = _used(newest=newest, plan=plan)
    stated = _stated(project=project, tranche=tranche, on=on)
    rate = _rate(plan=plan, on=asked_on or on)
    rulings = _rulings(tranche=tranche, also=with_ruling)
    facts = Facts(
        groups={group: tuple(sorted(one.recipient.code for one in found)) for group, found in members.items()},
        indicators=_indicators(newest=newest, members=members, on=on),
        as_of=counts[0].as_of.isoformat() if counts else "",
        source=counts[0].source if counts else "",
        counted_on={name: one.as_of.isoformat() for name, one in newest.items() if counts and one != counts[0]},
        values={**_values(project=project, tranche=tranche, on=on), **{one.name: _number_or_word(one.value) for one in stated}},
        conditions=_conditions(members=members, plan=plan, project=project, version=version, on=asked_on or on),
        memory=before.memory,
        owed=before.owed,
        last_time=before.last_time,
        carried=before.carried,
        decisions={one.step: _decision(one) for one in rulings if one.kind == Ruling.Kind.MANUAL},
        overrides={one.step: _decision(one) for one in rulings if one.kind == Ruling.Kind.OVERRIDE},
        payout=PayoutRate(rate.currency, Fraction(rate.rate), rate.on.isoformat(), rate.source) if rate else None,
    )
    return Gathered(facts, counts, stated, rate, rulings)


def _members(*, project: Project, on: date) -> dict[str, list[Beneficiary]]:
    found: dict[str, list[Beneficiary]] = defaultdict(list)
    rows = Beneficiary.objects.filter(Q(to_date=None) | Q(to_date__gt=on), project=project, from_date__lte=on).select_related("recipient")
    for row in rows:
        found[row.group].append(row)
    return found


def _newest(*, members: Mapping[str, Iterable[Beneficiary]], on: date) -> dict[str, IndicatorSnapshot]:
    """Return the counts of each indicator, by the register's name and by the plan's."""
    found = newest_counts(recipient_ids=_ids(members), on=on)
    return {**found, **{also: found[name] for name, also in _ALSO_CALLED.items() if name in found and also not in found}}


def _used(*, newest: Mapping[str, IndicatorSnapshot], plan: Plan | None) -> tuple[IndicatorSnapshot, ...]:
    """Return the counts that a plan shares by, newest first; without a plan, all of them."""
    names = plan.indicators() if plan else tuple(newest)
    return tuple(sorted({newest[name] for name in names if name in newest}, key=lambda one: (one.as_of, one.pk), reverse=True))


def _indicators(*, newest: Mapping[str, IndicatorSnapshot], members: Mapping[str, Iterable[Beneficiary]], on: date) -> dict[str, dict[str, Fraction]]:
    counted = {one: recipient_indicators(snapshot_id=one.pk, recipient_ids=_ids(members), on=on) for one in set(newest.values())}
    called = {also: name for name, also in _ALSO_CALLED.items()}
    found = {}
    for name, one in newest.items():
        numbers = counted[one].get(name) or counted[one].get(called.get(name, ""), {})
        found[name] = {code: Fraction(value) for code, value in numbers.items()}
    return found


def _ids(members: Mapping[str, Iterable[Beneficiary]]) -> list[int]:
    return sorted({one.recipient_id for group in members.values() for one in group})


def _conditions(
    *, members: Mapping[str, Iterable[Beneficiary]], plan: Plan | None, project: Project, version: PlanVersion | None, on: date
) -> dict[str, frozenset[str]]:
    """Return who meets each condition, by code; a pot that is one body's own is listed by its own code too."""
    codes = {one.recipient_id: one.recipient.code for group in members.values() for one in group}
    named = {pot.code: pot.recipient for pot in plan.pots if pot.recipient} if plan else {}
    codes |= dict(Recipient.objects.filter(code__in=named.values()).values_list("id", "code")) if named else {}
    asked = conditions.Asked(project.pk, version.pk if version else None, frozenset(codes), on)
    found = {}
    waited_for = {code for step in walk(plan.steps) if isinstance(step, Gate) for code in step.conditions} if plan else set()
    for condition, ids in conditions.met(codes=sorted(waited_for), asked=asked).items():
        who = {codes[one] for one in ids}
        found[condition] = frozenset(who | {pot for pot, recipient in named.items() if recipient in who})
    return found


def _stated(*, project: Project, tranche: Tranche | None, on: date) -> tuple[StatedFact, ...]:
    """Return the latest statement of each name, one for this tranche before one for the project."""
    rows = StatedFact.objects.filter(Q(tranche=None) | Q(tranche=tranche), project=project, from_date__lte=on) if tranche else None
    if rows is None:
        rows = StatedFact.objects.filter(tranche=None, project=project, from_date__lte=on)
    found = {one.name: one for one in sorted(rows, key=lambda one: (one.tranche_id is not None, one.from_date, one.pk))}
    return tuple(found[name] for name in sorted(found))


def _number_or_word(text: str) -> Fraction | str:
    found = number(text=text)
    return text if found is None else found


def _rate(*, plan: Plan | None, on: date) -> StatedRate | None:
    if plan is None or plan.payout_currency is None:
        return None
    return StatedRate.objects.filter(base=plan.currency, currency=plan.payout_currency, on__lte=on).order_by("-on", "-id").first()


def _rulings(*, tranche: Tranche | None, also: Ruling | None) -> tuple[Ruling, ...]:
    approved = Ruling.objects.filter(tranche=tranche, status=Ruling.Status.APPROVED).order_by("step") if tranche else ()
    return (*approved, also) if also else tuple(approved)


def _decision(ruling: Ruling) -> Decision:
    amounts, shares = decided_parts(parts=ruling.parts, currency=ruling.tranche.currency)
    return Decision(
        authority=ruling.authority, document=ruling.title, on=ruling.decided_on.isoformat(), reason=ruling.why, amounts=amounts, shares=shares
    )


def _values(*, project: Project, tranche: Tranche | None, on: date) -> dict[str, Fraction | str]:
    """Return what a plan may choose by: the project's mechanism, the sale's price and buyer, which instalment this is, the year."""
    values: dict[str, Fraction | str] = {
        "mechanism": project.mechanism,
        "registry": project.registry,
        "standard": project.standard,
        "year": Fraction(on.year),
    }
    if tranche is None:
        return values
    values.update(source=tranche.source, year=Fraction(tranche.received_on.year))
    said = Identification.objects.filter(tranche=tranche).select_related("sale__buyer").order_by("-number").first()
    if said is None or said.sale is None:
        return values
    sale = said.sale
    earlier = Receipt.objects.filter(sale=sale).filter(
        Q(value_date__lt=tranche.received_on) | Q(value_date=tranche.received_on, tranche_id__lt=tranche.pk)
    )
    return {
        **values,
        "price": Fraction(sale.unit_price),
        "buyer": sale.buyer.name,
        "authorisation": sale.authorisation,
        "instalment": Fraction(earlier.count() + 1),
    }
