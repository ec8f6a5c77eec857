"""Money that a plan set aside for a community which does not consent any more: to be withheld, while it is not paid."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from communities.consent.models import Consent
from communities.consent.queries.consents import standing_consents
from revenue.ledger import chart
from revenue.ledger.queries import balances
from revenue.sharing.models import AllocationRun


@dataclass(frozen=True, slots=True)
class Part:
    """An amount of one tranche in a pot at a bank, in minor units of ``currency``."""

    bank: str
    pot: str
    tranche_id: int
    currency: str
    amount_minor: int


@dataclass(slots=True)
class Unpaid:
    """
    What lies unpaid for a community by a plan version it refuses: ``in_pots`` may be withheld.

    ``promised`` is committed to its disbursements (currency, disbursement, minor units): those are cancelled first.
    """

    consent: Consent
    in_pots: list[Part] = field(default_factory=list)
    promised: list[tuple[str, int, int]] = field(default_factory=list)


def unpaid_after_consent(*, consent_ids: Collection[int] | None = None) -> list[Unpaid]:
    """
    Return, for each community whose last word about a version is no, what that version set aside and nobody has paid.

    ``consent_ids`` asks only about these rows; a row that is not its community's last word gives nothing.
    """
    against = [
        one
        for one in standing_consents().select_related("recipient", "plan_version__project")
        if one.kind in Consent.AGAINST and (consent_ids is None or one.pk in consent_ids)
    ]
    if not against:
        return []
    by_version = _tranches({one.plan_version_id for one in against})
    holders = {one.recipient.code for one in against}
    tranches = {tranche for found in by_version.values() for tranche in found}
    found = [Unpaid(one) for one in against]
    _add_pots(found, by_version, _pots(holders, tranches))
    _add_promised(found, by_version, holders, tranches)
    return [one for one in found if one.in_pots or one.promised]


def _tranches(version_ids: Collection[int]) -> dict[int, set[int]]:
    runs = AllocationRun.objects.filter(plan_version_id__in=version_ids, status=AllocationRun.Status.ALLOCATED)
    shared: dict[int, set[int]] = defaultdict(set)
    for version_id, tranche_id in runs.values_list("plan_version_id", "tranche_id"):
        shared[version_id].add(tranche_id)
    return shared


def _pots(holders: Iterable[str], tranches: Iterable[int]) -> dict[str, list[Part]]:
    lies: dict[str, list[Part]] = defaultdict(list)
    for one in balances(grouped=["holder", "bank", "pot", "tranche_id", "currency"], kinds=[chart.POT], holders=holders, tranche_ids=tranches):
        holder, bank, pot, tranche_id, currency = one.key
        lies[holder].append(Part(bank, pot, tranche_id, currency, one.amount_minor))
    return lies


def _add_pots(found: Iterable[Unpaid], by_version: dict[int, set[int]], lies: dict[str, list[Part]]) -> None:
    for one in found:
        pots = f"{one.consent.plan_version.project.code}/"
        shared = by_version.get(one.consent.plan_version_id, set())
        one.in_pots += [part for part in lies[one.consent.recipient.code] if part.tranche_id in shared and part.pot.startswith(pots)]


def _add_promised(found: Iterable[Unpaid], by_version: dict[int, set[int]], holders: Iterable[str], tranches: Iterable[int]) -> None:
    committed = balances(grouped=["holder", "tranche_id", "pot", "currency", "lot"], kinds=[chart.COMMITTED], holders=holders, tranche_ids=tranches)
    for one in found:
        shared, pots = by_version.get(one.consent.plan_version_id, set()), f"{one.consent.plan_version.project.code}/"
        sums: dict[tuple[str, int], int] = defaultdict(int)
        for held in committed:
            holder, tranche_id, pot, currency, lot = held.key
            if holder == one.consent.recipient.code and tranche_id in shared and pot.startswith(pots):
                sums[currency, lot] += held.amount_minor
        one.promised += [(currency, lot, amount) for (currency, lot), amount in sorted(sums.items())]
