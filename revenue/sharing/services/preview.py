"""Say what sharing a tranche now would give, without saving anything."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from communities.registry.models import Recipient
from core.refusal import gettext_noop as _
from revenue.credits.models import Project
from revenue.ledger import chart
from revenue.ledger.models import Tranche
from revenue.sharing.engine import RECEIPT, Allocation, Line, PlanRefused, Source, allocate
from revenue.sharing.engine.refusal import Said
from revenue.sharing.models import AllocationRun, PlanVersion, Ruling
from revenue.sharing.queries import Gathered, facts_for, plan_in_force, plan_of, project_of_tranche, shared_in_turn, unallocated_by_bank


@dataclass(frozen=True, slots=True)
class Preview:
    """
    What sharing a tranche now would give. ``why_not`` says why nothing can be shared; then ``lines`` is empty.

    ``by_bank`` is the unallocated money by (bank account code, currency); ``amount_minor`` what is shared, in minor units
    of the tranche's currency.
    """

    tranche: Tranche
    project: Project | None
    plan_version: PlanVersion | None
    gathered: Gathered | None
    by_bank: Mapping[tuple[str, str], int]
    amount_minor: int
    allocation: Allocation | None
    why_not: PlanRefused | Said | None
    # The same project's receipt before this one, as it was shared; the allocation itself where it is corrected.
    before: AllocationRun | None = None

    @property
    def problem(self) -> str:
        """Why nothing can be shared, in the language of who reads it now; empty where it can."""
        return str(self.why_not) if self.why_not else ""

    @property
    def lines(self) -> tuple[Line, ...]:
        """The parts, in the order of the plan's pots."""
        return self.allocation.lines if self.allocation else ()

    @property
    def digest(self) -> str:
        """The sha256 of what is shown; empty where nothing can be shared."""
        return hashlib.sha256(self.allocation.to_json().encode()).hexdigest() if self.allocation else ""

    def gives_what(self, run: AllocationRun) -> bool:
        """
        Return whether it would share exactly what a run says: each line, and what it leaves to remember.

        The digest of all facts does not count: it moves with whatever was shared since, used by this plan or not.
        """
        if self.allocation is None:
            return False
        return run.sha256 == self.digest or _outcome(run.result) == _outcome(self.allocation.to_json())


def _outcome(result: str) -> dict[str, Any]:
    return {name: value for name, value in json.loads(result).items() if name != "facts"}


def preview_allocation(*, tranche_id: int, on: date | None = None, asked_on: date | None = None, with_ruling: Ruling | None = None) -> Preview:
    """
    Say what sharing a tranche now would give, and save nothing.

    ``on`` is the day that chooses the plan and the counts; without it, the day the money was received. ``asked_on`` is the
    day on which the gates' conditions and the payout rate are looked up, ``on`` if left out. ``with_ruling`` is tried out.
    """
    tranche = Tranche.objects.get(id=tranche_id)
    by_bank = unallocated_by_bank(tranche_id=tranche_id)
    project = project_of_tranche(tranche_id=tranche_id)
    amount = sum(by_bank.values())
    if tranche.source in (chart.INTEREST, chart.DONOR):
        why_not = Said(_("No plan shares interest or a donor's money: two people assign it to a pot."))
        return Preview(tranche, project, None, None, by_bank, amount, None, why_not)
    if project is None:
        return Preview(tranche, None, None, None, by_bank, amount, None, Said(_("Nobody has said yet which project this money belongs to.")))
    before = shared_in_turn(project_id=project.pk).last()
    return _shared(tranche, project, by_bank, amount, before, on=on, asked_on=asked_on, with_ruling=with_ruling)


def preview_correction(*, run_id: int, asked_on: date) -> Preview:
    """Say what sharing an allocated tranche again would give with what is known now, and save nothing."""
    run = AllocationRun.objects.select_related("tranche", "project").get(id=run_id)
    return _shared(run.tranche, run.project, {}, run.amount_minor, run, asked_on=asked_on, again=run)


def _shared(
    tranche: Tranche,
    project: Project,
    by_bank: Mapping[tuple[str, str], int],
    amount: int,
    before: AllocationRun | None,
    *,
    on: date | None = None,
    asked_on: date | None = None,
    again: AllocationRun | None = None,
    with_ruling: Ruling | None = None,
) -> Preview:
    day = on or tranche.received_on
    version = plan_in_force(project_id=project.pk, on=day)
    if version is None:
        none_in_force = _("No approved benefit-sharing plan of %(project)s is in force on %(day)s, so nothing is allocated.")
        why_not = Said(none_in_force, {"project": project, "day": day.isoformat()})
        return Preview(tranche, project, None, None, by_bank, amount, None, why_not)
    gathered = facts_for(project=project, tranche=tranche, on=day, version=version, asked_on=asked_on, again=again, with_ruling=with_ruling)
    source = Source(amount_minor=amount, currency=tranche.currency, reference=tranche.code)
    try:
        allocation = allocate(plan=plan_of(version), facts=gathered.facts, source=source)
    except PlanRefused as refusal:
        return Preview(tranche, project, version, gathered, by_bank, amount, None, refusal)
    no_place = _cannot_hold(project=project, allocation=allocation)
    return Preview(tranche, project, version, gathered, by_bank, amount, None if no_place else allocation, no_place, before)


def _cannot_hold(*, project: Project, allocation: Allocation) -> Said | None:
    """Return why the ledger has no place for one of the lines, or None."""
    pots = set(project.pots.values_list("code", flat=True))
    for line in allocation.lines:
        if line.amount_minor and line.pot != RECEIPT and line.pot not in pots:
            return Said(_("The plan leaves money in “%(pot)s”, which has no purpose."), {"pot": line.pot})
    named = {line.recipient for line in allocation.lines if line.recipient}
    strangers = named - set(Recipient.objects.filter(code__in=named).values_list("code", flat=True))
    return Said(_("No recipient has the code “%(code)s”."), {"code": min(strangers)}) if strangers else None
