"""What became of the money that one receipt brought to each pot: exact. Amounts are minor units."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from reports.trace.documents import Known, Proof
from reports.trace.records import Part
from reports.words import own_name
from revenue.disbursements.models import Disbursement
from revenue.ledger import chart
from revenue.ledger.models import Tranche
from revenue.ledger.queries import Step
from revenue.sharing.models import AllocationLine, AllocationRun

_SHELVES = (chart.POT, chart.RESERVE, chart.WITHHELD)
_SET_ASIDE = (chart.UNALLOCATED, *_SHELVES)
_OF_A_LOT = (chart.COMMITTED, *chart.WITH_RECIPIENTS, *chart.USED)


@dataclass(frozen=True, slots=True)
class Spent:
    """What one record took of the money traced. ``amount_minor`` is in the book's currency."""

    reference: str
    spent_on: date
    payee: str
    description: str
    category: str
    amount_minor: int
    local_minor: int
    local_currency: str
    proofs: list[Proof]


@dataclass(frozen=True, slots=True)
class Share:
    """What one part of a pot gave to a disbursement, or a disbursement took of one part."""

    pot: str
    recipient: str
    reference: str
    amount_minor: int


@dataclass(frozen=True, slots=True)
class PaidOut:
    """
    What one disbursement took of the money traced, and what became of it: drawn = the rest of the amounts.

    Its money is one from the approval on, so it is told once, under the first part of a pot that it drew from;
    ``drawn_elsewhere`` names the others.
    """

    reference: str
    recipient_code: str
    recipient: str
    purpose: str
    status: str
    drawn_minor: int
    committed_minor: int
    with_recipient_minor: int
    spent_minor: int
    recoverable_minor: int
    lost_minor: int
    given_back_minor: int
    fx_minor: int
    charges_minor: int
    spending: list[Spent]
    drawn_elsewhere: list[Share]


@dataclass(frozen=True, slots=True)
class Moved:
    """What else came (above zero) or went of one part of a pot: to or from a place of ``kind``, by which document."""

    kind: str
    document: str
    amount_minor: int


@dataclass(frozen=True, slots=True)
class FromPot:
    """
    What was allocated to one pot and recipient, and what still lies there.

    ``told_elsewhere`` are disbursements that drew from here too, and are told under the part they drew from first.
    """

    pot: str
    title: str
    purpose: str
    recipient: str
    allocated_minor: int
    how: str
    left_minor: int
    kind: str
    disbursements: list[PaidOut]
    told_elsewhere: list[Share]
    moved: list[Moved]


@dataclass(frozen=True, slots=True)
class _Shelf:
    """One part of a pot, with the plan's line that made it, if one did."""

    kind: str
    pot: str
    holder: str
    line: AllocationLine | None = None

    def holds(self, place: chart.Place) -> bool:
        # A reserve has its pot's name too; what is set aside for one recipient is not the shared rest of the pot.
        return (place.kind, place.pot, place.holder) == (self.kind, self.pot, self.holder)

    def moves(self, step: Step) -> int:
        """Return what a posting brought here, below zero if it took."""
        return step.amount_minor * (self.holds(step.debit) - self.holds(step.credit))


Drawn = Mapping[int, Mapping[_Shelf, int]]  # by disbursement


def pots_of(tranche: Tranche, run: AllocationRun | None, steps: Sequence[Step], known: Known) -> list[FromPot]:
    """Return the pots of the plan's lines, then those that money was moved to later."""
    shelves = _shelves(run, steps)
    drawn = _drawn(shelves, steps, known)
    return [_pot(tranche, shelf, drawn, steps, known) for shelf in shelves]


def signed(step: Step, kind: str, *, debit: int = 1) -> int:
    """Return what a posting brought to places of a kind, below zero if it took."""
    return step.amount_minor * debit * ((step.debit.kind == kind) - (step.credit.kind == kind))


def _shelves(run: AllocationRun | None, steps: Sequence[Step]) -> list[_Shelf]:
    lines = run.lines.all() if run else []
    planned = [_Shelf(_kind(line), line.pot.ledger_code, line.recipient.code if line.recipient else "", line) for line in lines]
    known = {(shelf.kind, shelf.pot, shelf.holder) for shelf in planned}
    ends = {(place.kind, place.pot, place.holder) for step in steps for place in (step.debit, step.credit) if place.kind in _SHELVES}
    later = [_Shelf(*key) for key in sorted(ends - known)]
    return [*planned, *(shelf for shelf in later if shelf.kind == chart.POT or _still_matters(shelf, steps))]


def _still_matters(shelf: _Shelf, steps: Sequence[Step]) -> bool:
    """Whether a hold that the plan's lines do not name any more, being released, has money or gave some to anything but a pot."""
    gave = any(shelf.holds(step.credit) and step.debit.kind not in _SET_ASIDE for step in steps)
    return gave or bool(sum(shelf.moves(step) for step in steps))


def _kind(line: AllocationLine) -> str:
    if line.release_entry_id:
        return chart.POT
    return {AllocationLine.State.HELD: chart.RESERVE, AllocationLine.State.WITHHELD: chart.WITHHELD}.get(AllocationLine.State(line.state), chart.POT)


def _drawn(shelves: Sequence[_Shelf], steps: Sequence[Step], known: Known) -> Drawn:
    """Return what each disbursement drew from which part of which pot, in the order of the pots, then of the holds that bore something."""
    drawn: dict[int, dict[_Shelf, int]] = defaultdict(dict)
    for shelf in sorted(shelves, key=lambda shelf: shelf.kind != chart.POT):
        for step in steps:
            if step.lot in known.disbursements and step.debit.kind in _OF_A_LOT and shelf.holds(step.credit):
                drawn[step.lot][shelf] = drawn[step.lot].get(shelf, 0) + step.amount_minor
    return drawn


def _pot(tranche: Tranche, shelf: _Shelf, drawn: Drawn, steps: Sequence[Step], known: Known) -> FromPot:
    told = {lot: next(iter(parts)) for lot, parts in drawn.items()}
    here = [lot for lot in sorted(drawn) if shelf in drawn[lot]]
    paid = [_paid_out(known.disbursements[lot], drawn[lot], steps, known) for lot in here if told[lot] == shelf]
    other = [_share(told[lot], known.disbursements[lot], drawn[lot][shelf], known) for lot in here if told[lot] != shelf]
    left, moved = sum(shelf.moves(step) for step in steps), _moved(tranche, shelf, steps)
    line = shelf.line
    title, recipient = _named(shelf, known)
    pot = line.pot if line else known.pots.get(shelf.pot)
    purpose = pot.purpose if pot else ""
    if line is None:
        came = sum(one.amount_minor for one in moved if one.amount_minor > 0)
        gone = [one for one in moved if one.amount_minor < 0]
        how = _("Moved here later, not by the plan's first allocation.")
        return FromPot(shelf.pot, title, purpose, recipient, came, how, left, shelf.kind, paid, other, gone)
    return FromPot(shelf.pot, title, purpose, recipient, line.amount_minor, line.how, left, shelf.kind, paid, other, moved)


def _named(shelf: _Shelf, known: Known) -> tuple[str, str]:
    pot = shelf.line.pot if shelf.line else known.pots.get(shelf.pot)
    title = own_name(pot.title, pot.title_km) if pot else shelf.pot or str(chart.KIND_NAMES[shelf.kind])
    whose = shelf.line.recipient if shelf.line else None
    return title, own_name(whose.name, whose.name_km) if whose else shelf.holder


def _share(shelf: _Shelf, disbursement: Disbursement, amount: int, known: Known) -> Share:
    return Share(*_named(shelf, known), disbursement.reference, amount)


def _moved(tranche: Tranche, shelf: _Shelf, steps: Sequence[Step]) -> list[Moved]:
    """Return what came and went beside the plan's own line and the disbursements' draws, by document."""
    sums: dict[str, int] = defaultdict(int)
    kinds: dict[str, str] = {}
    for step in steps:
        moved = shelf.moves(step) if not step.lot else 0
        if moved:
            sums[step.document] += moved
            kinds[step.document] = step.credit.kind if moved > 0 else step.debit.kind
    if shelf.line is not None:
        sums[tranche.code] -= shelf.line.amount_minor
    return [Moved(kinds.get(document, shelf.kind), document, amount) for document, amount in sums.items() if amount]


def _paid_out(row: Disbursement, drawn_from: Mapping[_Shelf, int], steps: Sequence[Step], known: Known) -> PaidOut:
    mine = [step for step in steps if step.lot == row.pk]
    # What the bank took beyond the money there was, until another receipt paid for it.
    drawn = sum(drawn_from.values()) - sum(signed(step, chart.SHORTFALL) for step in mine)
    at = {kind: sum(signed(step, kind) for step in mine) for kind in chart.OURS}
    given_back = sum(
        step.amount_minor for step in mine if step.debit.kind in _SET_ASIDE and step.credit.kind in _OF_A_LOT and step.credit.kind != chart.FX
    )
    elsewhere = [_share(shelf, row, amount, known) for shelf, amount in list(drawn_from.items())[1:]]
    return PaidOut(
        row.reference, row.recipient.code, own_name(row.recipient.name, row.recipient.name_km), row.purpose, row.status, drawn, at[chart.COMMITTED], at[chart.ADVANCE],
        at[chart.SPENT], at[chart.RECOVERABLE], at[chart.LOST], given_back, at[chart.FX], at[chart.CHARGE], _spending(known.parts.get((row.pk, mine[0].tranche_id), []), known),
        elsewhere,
    )  # fmt: skip


def _spending(parts: Sequence[Part], known: Known) -> list[Spent]:
    listed = sorted(((known.records[part.record_id], part) for part in parts), key=lambda found: (found[0].spent_on, found[0].pk))
    return [
        Spent(
            record.reference, record.spent_on, record.payee, record.description, own_name(record.category.name, record.category.name_km), part.amount_minor, part.local_minor,
            record.currency, known.proofs[record.pk],
        )
        for record, part in listed
    ]  # fmt: skip
