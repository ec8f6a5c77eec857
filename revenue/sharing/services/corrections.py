"""Post what a re-run after a late fact changes: the difference, as far as the money is still where it was put."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction

from django.utils.translation import gettext as _

from revenue.credits.models import Project
from revenue.ledger import chart
from revenue.ledger.chart import Row
from revenue.ledger.queries import balances
from revenue.ledger.services import lock_places, post
from revenue.sharing.engine import Allocation, Line
from revenue.sharing.engine.split import apportion
from revenue.sharing.models import AllocationLine, AllocationRun
from revenue.sharing.queries import shared_in_turn
from revenue.sharing.refusals import LaterReceipts, NothingToAllocate, sentences
from revenue.sharing.shelves import Shelf, Shelved, row_of, shelved

State = AllocationLine.State
Key = tuple[str, str]  # pot and recipient


@dataclass(frozen=True, slots=True)
class Settled:
    """One line after a correction: what the rule gives and what the books will hold, in minor units."""

    line: Line
    shelf: Shelf
    before: int
    after: int


def hold_project(*, run_id: int) -> None:
    """Hold the project of an allocation until the transaction ends: its receipts are shared, corrected and undone one after another."""
    Project.objects.select_for_update(no_key=True, of=("self",)).get(allocation_runs=run_id)


def refuse_if_remembered_later(*, run: AllocationRun, result: Allocation) -> None:
    """
    Refuse a correction that would change what a later receipt was shared with.

    :raises LaterReceipts: if costs or debts carried on from it differ, and a receipt after it has been shared
    """
    old = json.loads(run.result)
    new = result.to_plain()
    if (old.get("memory"), old.get("owed")) == (new["memory"], new["owed"]):
        return
    if shared_in_turn(project_id=run.project_id).filter(turn__gt=run.first_id or run.pk).exists():
        raise LaterReceipts(
            _("The costs or debts that this receipt leaves to the next would change, and later receipts have been shared with them."),
            next_step=_("Reverse the later allocations first, the newest before the others."),
        )


def post_correction(*, run: AllocationRun, allocation: Allocation, day: date) -> None:
    """
    Post the difference between a re-run and the allocation that it corrects, in one entry, and let the new one stand.

    Who gets less gives back what is still there; what has been paid is kept as overpaid, and taken from later receipts. Who
    gets more shares what was given back, in proportion to what each should get more.

    :raises NothingToAllocate: if nothing can be moved
    """
    assert run.corrects_id is not None
    old = AllocationRun.objects.select_for_update(of=("self",)).get(id=run.corrects_id)
    parts = _parts(old=old, new=shelved(project=run.project, lines=allocation.lines))
    lock_places(places=_places(parts, run))
    there = _what_is_there(run)
    settled, given_back = _settle(parts, there)
    rows = list(_rows(settled, given_back, run))
    if not rows:
        raise NothingToAllocate(
            _("All that would change has been paid already: nothing can be moved."),
            next_step=_("Let the money be returned, or wait for it, and propose the correction again."),
        )
    run.entry = post(
        event=chart.REALLOCATE,
        day=day,
        rows=rows,
        key=f"correct:{run.tranche.code}:{run.pk}",
        document=run.tranche.code,
        by_id=run.decided_by_id,
        corrects_id=old.entry_id,
    )
    old.status = AllocationRun.Status.CORRECTED
    old.save(update_fields=["status"])
    with sentences():
        run.save(update_fields=["status", "decided_by", "decided_at", "entry"])
    run.lines.bulk_create(
        row_of(run=run, position=position, line=one.line, shelf=one.shelf, amount_minor=one.after) for position, one in enumerate(settled, start=1)
    )


def _parts(*, old: AllocationRun, new: list[Shelved]) -> list[Settled]:
    """Pair each line of the re-run with what the books hold for it now; what the re-run leaves out comes last."""
    held = {_key(line): line for line in old.lines.select_related("pot__project", "recipient").order_by("position")}
    found = []
    for one in new:
        line = held.pop(one.shelf.key, None)
        booked = line.amount_minor if line else 0
        shelf = replace(one.shelf, state=_lies(line)) if line else one.shelf
        found.append(Settled(one.line, shelf, booked, booked))
    for line in held.values():
        shelf = Shelf(line.pot, line.recipient, _lies(line))
        found.append(Settled(_nothing_now(line, old.currency), shelf, line.amount_minor, line.amount_minor))
    return found


def _key(line: AllocationLine) -> Key:
    return line.pot.code, line.recipient.code if line.recipient else ""


def _lies(line: AllocationLine) -> AllocationLine.State:
    """Say on which shelf a line's money lies now: what was released from being withheld lies in its pot."""
    state = State(line.state)
    return State.ALLOCATED if state == State.WITHHELD and line.release_entry_id else state


def _nothing_now(line: AllocationLine, currency: str) -> Line:
    return Line(
        pot=line.pot.code,
        recipient=line.recipient.code if line.recipient else None,
        amount_minor=0,
        currency=currency,
        state="allocated",
        purpose=line.pot.purpose,
        steps=(),
        how="not among those who share, with what is known now",
        how_km="មិនស្ថិតក្នុងចំណោមអ្នកទទួលចំណែកទេ តាមព័ត៌មានដែលដឹងឥឡូវនេះ",
        exact="0/1",
    )


def _banks(run: AllocationRun) -> list[str]:
    found = balances(grouped=["bank"], currency=run.currency, kinds=[chart.POT, chart.WITHHELD, chart.RESERVE], tranche_ids=[run.tranche_id])
    return sorted(str(one.key[0]) for one in found)


def _places(parts: list[Settled], run: AllocationRun) -> list[chart.Place]:
    banks = _banks(run)
    return [one.shelf.place(bank_code=bank, currency=run.currency) for one in parts for bank in banks]


def _what_is_there(run: AllocationRun) -> dict[str, int]:
    """Return what lies in each place of the tranche, by the place's code."""
    kinds = [chart.POT, chart.WITHHELD, chart.RESERVE]
    found = balances(grouped=["kind", "currency", "bank", "pot", "holder"], currency=run.currency, kinds=kinds, tranche_ids=[run.tranche_id])
    there: dict[str, int] = defaultdict(int)
    for one in found:
        kind, currency, bank, pot, holder = (str(part) for part in one.key)
        there[chart.Place(kind, currency, bank=bank, pot=pot, holder=holder).code] += one.amount_minor
    return there


GivenBack = list[tuple[Shelf, str, int]]  # from which shelf, at which bank, how much


def _settle(parts: list[Settled], there: Mapping[str, int]) -> tuple[list[Settled], GivenBack]:
    banks = sorted({chart.place_of(code).bank for code in there})
    given_back: GivenBack = []
    settled = []
    for one in parts:
        taken = 0
        for bank in banks:
            lies = there.get(one.shelf.place(bank_code=bank, currency=one.line.currency).code, 0)
            part = min(lies, one.before - one.line.amount_minor - taken)
            if part > 0:
                given_back.append((one.shelf, bank, part))
                taken += part
        settled.append(replace(one, after=one.before - taken))
    more = {str(place): Fraction(one.line.amount_minor - one.before) for place, one in enumerate(parts) if one.line.amount_minor > one.before}
    shares = apportion(total=sum(part for _shelf, _bank, part in given_back), weights=more, order=list(more)) if more else {}
    return [replace(one, after=one.after + shares.get(str(place), 0)) for place, one in enumerate(settled)], given_back


def _rows(settled: list[Settled], given_back: GivenBack, run: AllocationRun) -> Iterator[Row]:
    """Move what was given back to those who get more, within each bank."""
    left = [part for _shelf, _bank, part in given_back]
    for one in settled:
        wanted = one.after - one.before
        for number, (shelf, bank, _part) in enumerate(given_back):
            part = min(wanted, left[number])
            if part <= 0:
                continue
            to = one.shelf.place(bank_code=bank, currency=run.currency)
            yield Row(to, shelf.place(bank_code=bank, currency=run.currency), part, run.tranche_id)
            left[number], wanted = left[number] - part, wanted - part
