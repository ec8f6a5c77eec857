"""Share a tranche by the plan in force on the day it was received; preview first, post once."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from communities.registry.models import IndicatorSnapshot, Recipient
from core.audit.services import record
from core.people.access import MAKERS, require_role
from core.people.models import User
from revenue.credits.models import Project
from revenue.ledger import chart
from revenue.ledger.chart import Place, Row
from revenue.ledger.models import Tranche
from revenue.ledger.services import lock_places, post, retry_on_deadlock
from revenue.sharing.engine import RECEIPT, Allocation, Line, PlanRefused, Source, allocate
from revenue.sharing.models import AllocationLine, AllocationRun, PlanVersion, Pot, Purpose
from revenue.sharing.places import pot_place, reserve_place, unallocated_place, withheld_place
from revenue.sharing.planfile import parse
from revenue.sharing.queries import facts_for, plan_in_force, project_of_tranche, unallocated_by_bank
from revenue.sharing.refusals import NothingToAllocate, PreviewChanged


@dataclass(frozen=True, slots=True)
class Preview:
    """
    What sharing a tranche now would give. ``problem`` says why nothing can be shared; then ``lines`` is empty.

    ``by_bank`` is the unallocated money by (bank account code, currency).
    """

    tranche: Tranche
    project: Project | None
    plan_version: PlanVersion | None
    snapshot: IndicatorSnapshot | None
    by_bank: Mapping[tuple[str, str], int]
    allocation: Allocation | None
    problem: str
    # The same project's receipt before this one, as it was shared.
    before: AllocationRun | None = None

    @property
    def amount_minor(self) -> int:
        """What is unallocated, in minor units of the tranche's currency."""
        return sum(self.by_bank.values())

    @property
    def lines(self) -> tuple[Line, ...]:
        """The parts, in the order of the plan's pots."""
        return self.allocation.lines if self.allocation else ()

    @property
    def digest(self) -> str:
        """The sha256 of what is shown; empty where nothing can be shared."""
        return hashlib.sha256(self.allocation.to_json().encode()).hexdigest() if self.allocation else ""


def preview_allocation(*, tranche_id: int, on: date | None = None) -> Preview:
    """
    Say what sharing a tranche now would give, and save nothing.

    ``on`` is the day that chooses the plan and the counts; without it, the day the money was received.
    """
    tranche = Tranche.objects.get(id=tranche_id)
    day = on or tranche.received_on
    by_bank = unallocated_by_bank(tranche_id=tranche_id)
    project = project_of_tranche(tranche_id=tranche_id)
    if project is None:
        return Preview(tranche, None, None, None, by_bank, None, _("Nobody has said yet which project this money belongs to."))
    version = plan_in_force(project_id=project.pk, on=day)
    if version is None:
        problem = _("No approved benefit-sharing plan of %(project)s is in force on %(day)s, so nothing is allocated.") % {
            "project": project,
            "day": day.isoformat(),
        }
        return Preview(tranche, project, None, None, by_bank, None, problem)
    gathered = facts_for(project=project, tranche=tranche, on=day)
    source = Source(amount_minor=sum(by_bank.values()), currency=tranche.currency, reference=tranche.code)
    try:
        allocation = allocate(plan=parse(version.text), facts=gathered.facts, source=source)
    except PlanRefused as refusal:
        return Preview(tranche, project, version, gathered.snapshot, by_bank, None, str(refusal))
    problem = _cannot_hold(project=project, allocation=allocation)
    before = AllocationRun.objects.filter(project=project, status=AllocationRun.Status.ALLOCATED).order_by("-id").first()
    return Preview(tranche, project, version, gathered.snapshot, by_bank, None if problem else allocation, problem, before)


def _cannot_hold(*, project: Project, allocation: Allocation) -> str:
    """Return why the ledger has no place for one of the lines, or an empty text."""
    pots = set(project.pots.values_list("code", flat=True))
    for line in allocation.lines:
        if line.amount_minor and line.pot != RECEIPT and line.pot not in pots:
            return _("The plan leaves money in “%(pot)s”, which has no purpose.") % {"pot": line.pot}
    named = {line.recipient for line in allocation.lines if line.recipient}
    strangers = named - set(Recipient.objects.filter(code__in=named).values_list("code", flat=True))
    return _("No recipient has the code “%(code)s”.") % {"code": min(strangers)} if strangers else ""


@retry_on_deadlock
@transaction.atomic
def allocate_tranche(*, tranche_id: int, by: User, at: datetime, day: date, seen: str = "") -> AllocationRun:
    """
    Share a tranche by the plan in force on the day it was received, posted on ``day`` in one entry.

    ``seen`` is the digest of the preview that the person looked at: something else is never posted in its place.

    Where no plan can share it, nothing is posted and the run says why; later it may be tried again.
    A tranche that is shared already gives the run that shared it.

    :raises NothingToAllocate: if nothing of the tranche is unallocated
    :raises PreviewChanged: if it would be shared otherwise than was seen
    """
    require_role(person=by, roles=MAKERS)
    done = _allocated(tranche_id)
    if done is not None:
        return done
    preview = preview_allocation(tranche_id=tranche_id)
    if not preview.amount_minor:
        raise NothingToAllocate(_("Nothing of this receipt is unallocated."), next_step=_("Look at its allocation to see where it went."))
    if seen and seen != preview.digest:
        raise PreviewChanged(
            _("The plan, a count or the amount has changed since you looked: it would be shared otherwise now."),
            next_step=_("Open the page again and look at the new lines."),
        )
    if preview.allocation is None or preview.project is None:
        return _not_allocated(preview=preview, by=by, at=at)
    lines = _rows_of_lines(preview.project, preview.allocation)
    rows = list(_postings(preview=preview, lines=lines))
    lock_places(places={place for row in rows for place in (row.debit, row.credit)})
    # Somebody may have shared it while we waited for the places.
    done = _allocated(tranche_id)
    return done or _post(preview=preview, lines=lines, rows=rows, by=by, at=at, day=day)


def _allocated(tranche_id: int) -> AllocationRun | None:
    return AllocationRun.objects.filter(tranche_id=tranche_id, status=AllocationRun.Status.ALLOCATED).first()


def _not_allocated(*, preview: Preview, by: User, at: datetime) -> AllocationRun:
    """Keep the reason on a run without an entry; the same reason again is the same run."""
    tranche = preview.tranche
    if preview.project is None:
        raise NothingToAllocate(preview.problem, next_step=_("Identify the receipt first."))
    reason = preview.problem[:300]
    before = AllocationRun.objects.filter(tranche=tranche).order_by("-id").first()
    if before is not None and (before.status, before.reason) == (AllocationRun.Status.UNALLOCATED, reason):
        return before
    run = AllocationRun.objects.create(
        tranche=tranche,
        project=preview.project,
        plan_version=preview.plan_version,
        snapshot=preview.snapshot,
        status=AllocationRun.Status.UNALLOCATED,
        reason=reason,
        amount_minor=preview.amount_minor,
        currency=tranche.currency,
        run_by=by,
        run_at=at,
    )
    record(act="allocation.refuse", subject=f"allocation:{tranche.code}", by=by, at=at, reason=reason)
    return run


@dataclass(frozen=True, slots=True)
class _Shared:
    line: Line
    pot: Pot
    recipient: Recipient | None

    def place(self, bank_code: str) -> Place:
        currency = self.line.currency
        if self.line.state == "withheld":
            return withheld_place(pot=self.pot, bank_code=bank_code, recipient=self.recipient, currency=currency)
        if self.line.state == "held" or self.pot.purpose == Purpose.RESERVE:
            return reserve_place(pot=self.pot, bank_code=bank_code, currency=currency)
        return pot_place(pot=self.pot, bank_code=bank_code, recipient=self.recipient, currency=currency)


def _rows_of_lines(project: Project, allocation: Allocation) -> list[_Shared]:
    """Pair each line with its pot and recipient; what the plan leaves in the receipt stays unallocated and has none."""
    pots = {pot.code: pot for pot in Pot.objects.filter(project=project).select_related("project")}
    recipients = {one.code: one for one in Recipient.objects.filter(code__in={line.recipient for line in allocation.lines})}
    return [
        _Shared(line, pots[line.pot], recipients.get(line.recipient or ""))
        for line in allocation.lines
        if line.pot in pots
    ]  # fmt: skip


def _postings(*, preview: Preview, lines: Sequence[_Shared]) -> Iterator[Row]:
    """Fill the lines from the banks where the money lies, one bank after another."""
    there = dict(sorted(preview.by_bank.items()))
    for shared in lines:
        left = shared.line.amount_minor
        for (bank, currency), amount in there.items():
            part = min(left, amount)
            if part:
                source = unallocated_place(bank_code=bank, currency=currency)
                yield Row(shared.place(bank), source, part, preview.tranche.pk)
                there[bank, currency], left = amount - part, left - part


def _post(*, preview: Preview, lines: Sequence[_Shared], rows: Sequence[Row], by: User, at: datetime, day: date) -> AllocationRun:
    tranche, allocation = preview.tranche, preview.allocation
    assert allocation is not None
    assert preview.project is not None
    tries = AllocationRun.objects.filter(tranche=tranche, status=AllocationRun.Status.REVERSED).count() + 1
    entry = post(
        event=chart.ALLOCATE,
        day=day,
        rows=rows,
        key=f"allocate:{tranche.code}:{tries}",
        document=tranche.code,
        by_id=by.pk,
    )
    result = allocation.to_json()
    run = AllocationRun.objects.create(
        tranche=tranche,
        project=preview.project,
        plan_version=preview.plan_version,
        snapshot=preview.snapshot,
        status=AllocationRun.Status.ALLOCATED,
        amount_minor=sum(shared.line.amount_minor for shared in lines),
        currency=tranche.currency,
        result=result,
        sha256=hashlib.sha256(result.encode()).hexdigest(),
        entry=entry,
        run_by=by,
        run_at=at,
    )
    AllocationLine.objects.bulk_create(_line(run, position, shared) for position, shared in enumerate(lines, start=1))
    after = {"plan": str(preview.plan_version), "amount_minor": run.amount_minor, "currency": run.currency, "result_sha256": run.sha256}
    record(act="allocation.post", subject=f"allocation:{tranche.code}", by=by, at=at, after=after)
    return run


def _line(run: AllocationRun, position: int, shared: _Shared) -> AllocationLine:
    line = shared.line
    is_held = line.state == "held" or (shared.pot.purpose == Purpose.RESERVE and line.state == "allocated")
    return AllocationLine(
        run=run,
        position=position,
        pot=shared.pot,
        recipient=shared.recipient,
        state=AllocationLine.State.HELD if is_held else AllocationLine.State(line.state),
        amount_minor=line.amount_minor,
        exact=line.exact[:80],
        how=f"{line.how} ({line.reason})" if line.reason else line.how,
        steps=list(line.steps),
    )
