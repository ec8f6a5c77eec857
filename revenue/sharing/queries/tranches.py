"""The money that waits to be shared, and why. Amounts are minor units."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Exists, OuterRef, QuerySet

from revenue.credits.models import Project
from revenue.ledger import chart
from revenue.ledger.models import Balance, Tranche
from revenue.ledger.queries import balances
from revenue.sharing.models import AllocationRun, PlanVersion
from revenue.sharing.queries.plans import plan_in_force, projects_of_tranches


@dataclass(frozen=True, slots=True)
class Waiting:
    """A tranche with unallocated money; ``reason`` is why the last try could not share it, empty if nobody tried."""

    tranche: Tranche
    project: Project | None
    plan: PlanVersion | None
    amount_minor: int
    currency: str
    reason: str


def unallocated_by_bank(*, tranche_id: int) -> dict[tuple[str, str], int]:
    """Return what of a tranche is unallocated, by bank account code and currency."""
    held = balances(grouped=["bank", "currency"], kinds=[chart.UNALLOCATED], tranche_ids=[tranche_id])
    return {(one.key[0], one.key[1]): one.amount_minor for one in held if one.amount_minor > 0}


def waiting_tranches() -> QuerySet[Tranche]:
    """Return the tranches with unallocated money, oldest first."""
    lies = Balance.objects.filter(tranche=OuterRef("pk"), account__kind=chart.UNALLOCATED, amount_minor__gt=0)
    return Tranche.objects.filter(Exists(lies)).order_by("received_on", "id")


def unallocated_tranches() -> list[Waiting]:
    """Return the tranches with unallocated money, oldest first."""
    held = {one.key[0]: (one.amount_minor, one.key[1]) for one in balances(grouped=["tranche_id", "currency"], kinds=[chart.UNALLOCATED])}
    projects = projects_of_tranches(tranche_ids=held)
    reasons = dict(
        AllocationRun.objects.filter(tranche_id__in=held, status=AllocationRun.Status.UNALLOCATED).order_by("id").values_list("tranche_id", "reason")
    )
    found = []
    for tranche in Tranche.objects.filter(id__in=held).order_by("received_on", "id"):
        project = projects.get(tranche.pk)
        plan = plan_in_force(project_id=project.pk, on=tranche.received_on) if project else None
        amount, currency = held[tranche.pk]
        found.append(Waiting(tranche, project, plan, amount, currency, reasons.get(tranche.pk, "")))
    return found
