"""Pair what the engine gave with its pot, its recipient and its place in the ledger."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from communities.registry.models import Recipient
from revenue.credits.models import Project
from revenue.ledger.chart import Place, Row
from revenue.sharing.engine import Line
from revenue.sharing.models import AllocationLine, AllocationRun, Pot, Purpose
from revenue.sharing.places import pot_place, reserve_place, unallocated_place, withheld_place

State = AllocationLine.State


@dataclass(frozen=True, slots=True)
class Shelf:
    """Where one line's money lies: in its pot, in reserve, or withheld."""

    pot: Pot
    recipient: Recipient | None
    state: AllocationLine.State

    @property
    def key(self) -> tuple[str, str]:
        """Pot and recipient, by code."""
        return self.pot.code, self.recipient.code if self.recipient else ""

    def place(self, *, bank_code: str, currency: str) -> Place:
        """Return the shelf's place at a bank."""
        if self.state == State.WITHHELD:
            return withheld_place(pot=self.pot, bank_code=bank_code, recipient=self.recipient, currency=currency)
        if self.state == State.HELD:
            return reserve_place(pot=self.pot, bank_code=bank_code, currency=currency)
        return pot_place(pot=self.pot, bank_code=bank_code, recipient=self.recipient, currency=currency)


@dataclass(frozen=True, slots=True)
class Shelved:
    """A line of the engine's answer and its shelf."""

    line: Line
    shelf: Shelf


def shelved(*, project: Project, lines: Iterable[Line]) -> list[Shelved]:
    """Pair each line with its shelf; what the plan leaves in the receipt stays unallocated and has none."""
    lines = list(lines)
    pots = {pot.code: pot for pot in Pot.objects.filter(project=project).select_related("project")}
    recipients = {one.code: one for one in Recipient.objects.filter(code__in={line.recipient for line in lines if line.recipient})}
    return [
        Shelved(line, Shelf(pots[line.pot], recipients.get(line.recipient or ""), _state(line, pots[line.pot])))
        for line in lines
        if line.pot in pots
    ]  # fmt: skip


def _state(line: Line, pot: Pot) -> AllocationLine.State:
    is_held = line.state == "held" or (pot.purpose == Purpose.RESERVE and line.state == "allocated")
    return State.HELD if is_held else State(line.state)


def filled_from_banks(*, lines: Sequence[Shelved], by_bank: Mapping[tuple[str, str], int], tranche_id: int) -> Iterator[Row]:
    """Fill the lines from the banks where the money lies, one bank after another."""
    there = dict(sorted(by_bank.items()))
    for one in lines:
        left = one.line.amount_minor
        for (bank, currency), amount in there.items():
            part = min(left, amount)
            if part:
                source = unallocated_place(bank_code=bank, currency=currency)
                yield Row(one.shelf.place(bank_code=bank, currency=currency), source, part, tranche_id)
                there[bank, currency], left = amount - part, left - part


def row_of(*, run: AllocationRun, position: int, line: Line, shelf: Shelf, amount_minor: int) -> AllocationLine:
    """Return the line to be kept: what the books hold, and what the rule gave where that is another amount."""
    return AllocationLine(
        run=run,
        position=position,
        pot=shelf.pot,
        recipient=shelf.recipient,
        state=shelf.state,
        amount_minor=amount_minor,
        rule_minor=None if amount_minor == line.amount_minor else line.amount_minor,
        exact=line.exact[:80],
        how=f"{line.how} ({line.reason})" if line.reason else line.how,
        how_km=line.how_km,
        steps=list(line.steps),
    )
