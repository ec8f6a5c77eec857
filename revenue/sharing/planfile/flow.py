"""Follow the money through a plan before any money exists: no pot is used too early, twice, or left without a way out."""

from __future__ import annotations

from dataclasses import dataclass, field

from core.refusal import gettext_noop as _
from revenue.sharing.engine.plan import (
    RECEIPT,
    Amount,
    Bands,
    Base,
    Choose,
    Decide,
    Gate,
    Head,
    PayRate,
    Pick,
    Plan,
    Rate,
    Recoup,
    Recover,
    Share,
    Split,
    Step,
    Take,
    Tiers,
    walk,
)
from revenue.sharing.engine.refusal import PlanRefused
from revenue.sharing.planfile.nodes import Mistakes

_MOST_WAYS = 256


@dataclass(slots=True)
class Way:
    """One way through the choices of a plan, and how each pot stands on it."""

    filled: dict[str, set[str]] = field(default_factory=lambda: {RECEIPT: set()})  # pot -> the pots its money came through
    split: set[str] = field(default_factory=set)
    shared: dict[str, str] = field(default_factory=dict)  # pot -> the group it was last shared among
    held: set[str] = field(default_factory=set)
    doubtful: set[str] = field(default_factory=set)  # pots of a mistaken step: what is said of them later may only follow from it

    def copy(self) -> Way:
        """Return a way that can go on differently from here."""
        filled = {pot: set(before) for pot, before in self.filled.items()}
        return Way(filled, set(self.split), dict(self.shared), set(self.held), set(self.doubtful))


def check_flow(*, plan: Plan) -> None:
    """
    Refuse a plan whose money could get lost, stuck or counted twice, whatever comes in.

    :raises PlanRefused: the mistake that stands highest, with the others in ``more``: cycle, pot_not_filled, already_split, already_shared, filled_after_split, filled_after_share,
        receipt_not_assigned, pot_never_filled, held_pot_shared, not_shared_yet, repeated_id, repeated_memory, too_many_ways
    """
    told = Mistakes()
    _unique(plan, told)
    ways = _follow([Way()], plan.steps, told)
    if any(RECEIPT not in way.split | way.doubtful for way in ways):
        told.found.append(
            PlanRefused(
                "receipt_not_assigned",
                _("After the last step, money could be left in “receipt” that belongs to nobody."),
                line=plan.steps[-1].head.line,
                next_step=_("Add a step: split: receipt, with shares of 100 %% or a remainder."),
            )
        )
    filled = {pot for way in ways for pot in (*way.filled, *way.doubtful)}
    told.found += [
        PlanRefused(
            "pot_never_filled",
            _("No step puts money into “%(pot)s”."),
            values={"pot": pot.code},
            line=pot.line,
            next_step=_("Name it in a step, or remove it."),
        )
        for pot in plan.pots
        if pot.code not in filled
    ]
    told.refuse()


def _unique(plan: Plan, told: Mistakes) -> None:
    ids: set[str] = set()
    memories: set[str] = set()
    for step in walk(plan.steps):
        if step.head.id in ids:
            told.found.append(PlanRefused("repeated_id", _("Two steps have the id “%(id)s”."), values={"id": step.head.id}, line=step.head.line))
        ids.update({step.head.id} - {""})
        if isinstance(step, Recover):
            if step.memory in memories:
                told.found.append(
                    PlanRefused(
                        "repeated_memory", _("Two steps keep their memory as “%(memory)s”."), values={"memory": step.memory}, line=step.head.line
                    )
                )
            memories.add(step.memory)


def _follow(ways: list[Way], steps: tuple[Step, ...], told: Mistakes) -> list[Way]:
    for step in steps:
        if isinstance(step, Choose):
            ways = _branch(ways, step, told)
        else:
            for way in ways:
                _try(way, step, told)
    return ways


def _branch(ways: list[Way], step: Choose, told: Mistakes) -> list[Way]:
    found: list[Way] = []
    for branch in (*(case.steps for case in step.cases), *(() if step.otherwise is None else (step.otherwise,))):
        found += _follow([way.copy() for way in ways], branch, told)
    if len(found) > _MOST_WAYS:
        raise PlanRefused(
            "too_many_ways", _("The choices allow more than %(most)s ways through the plan."), values={"most": _MOST_WAYS}, line=step.head.line
        )
    return found


def _try(way: Way, step: Step, told: Mistakes) -> None:
    """Go through a step; keep its mistake, unless an earlier one of the same pots may be why, or another way told it."""
    try:
        _one(way, step)
    except PlanRefused as refusal:
        known = {(one.code, one.line) for one in told.found}
        if not way.doubtful & _pots_of(step) and (refusal.code, refusal.line) not in known:
            told.found.append(refusal)
        way.doubtful |= _pots_of(step)
        return
    if way.doubtful & _pots_of(step):
        way.doubtful |= _pots_of(step)


def _pots_of(step: Step) -> set[str]:
    """Return every pot that a step takes from, pays into or counts by."""
    match step:
        case Take() | Recover():
            return {step.source, step.to, *(pot for base in _bases_of(step) for pot in base.pots)}
        case Split():
            return {step.source, *(code for code, _ in step.into), *((step.remainder,) if step.remainder else ())}
        case Tiers():
            return {step.source, *(code for _, code in step.bands)}
        case Share():
            return {step.pot, *((step.above_ceiling,) if step.above_ceiling else ())}
        case PayRate():
            return {step.pot, step.rest}
        case Bands():
            return {step.pot, step.unearned}
        case Recoup():
            return {step.pot, step.to}
        case Decide() | Gate():
            return {step.pot}
        case Choose():
            return set()


def _one(way: Way, step: Step) -> None:
    head = step.head
    match step:
        case Take() | Recover():
            _take(way, step)
        case Split():
            _undivided(way, head, step.source)
            way.split.add(step.source)
            for code, _ in (*step.into, *(((step.remainder, None),) if step.remainder else ())):
                _fill(way, head, step.source, code)
        case Tiers():
            _undivided(way, head, step.source)
            way.split.add(step.source)
            for _, code in step.bands:
                _fill(way, head, step.source, code)
        case Share():
            _share(way, step)
        case PayRate() | Bands() | Decide():
            _among(way, step)
        case Recoup() | Gate():
            _after_sharing(way, step)
        case Choose():  # its branches were followed one by one
            pass


def _among(way: Way, step: PayRate | Bands | Decide) -> None:
    _undivided(way, step.head, step.pot)
    _not_held(way, step.head, step.pot)
    if not isinstance(step, Decide):
        _fill(way, step.head, step.pot, step.rest if isinstance(step, PayRate) else step.unearned)
    way.shared[step.pot] = step.group


def _after_sharing(way: Way, step: Recoup | Gate) -> None:
    head = step.head
    match step:
        case Recoup():
            _filled(way, head, step.pot)
            if step.pot not in way.shared:
                raise PlanRefused("not_shared_yet", _("“%(pot)s” has not been shared among recipients."), values={"pot": step.pot}, line=head.line)
            _fill(way, head, step.pot, step.to)
        case Gate():
            _filled(way, head, step.pot)
            if step.pot in way.split:
                raise PlanRefused(
                    "already_split", _("Everything in “%(pot)s” has gone to other pots before."), values={"pot": step.pot}, line=head.line
                )
            _not_held(way, head, step.pot)


def _take(way: Way, step: Take | Recover) -> None:
    _undivided(way, step.head, step.source)
    for base in _bases_of(step):
        for pot in base.pots:
            if pot not in way.filled:
                raise PlanRefused(
                    "base_not_filled", _("“%(pot)s” has no money yet, so it cannot be a base."), values={"pot": pot}, line=step.head.line
                )
    _fill(way, step.head, step.source, step.to)
    if isinstance(step, Take) and step.kind == "hold":
        way.held.add(step.to)
    elif step.to in way.held:
        raise PlanRefused("held_and_paid", _("“%(pot)s” is held, so nothing else can be paid into it."), values={"pot": step.to}, line=step.head.line)


def _bases_of(step: Take | Recover) -> list[Base]:
    amounts = (step.amount,) if isinstance(step, Take) else (step.costs, *((step.at_most,) if step.at_most else ()))
    return [base for amount in amounts for base in _bases(amount)]


def _bases(amount: Amount) -> list[Base]:
    if isinstance(amount, Rate):
        return [amount.of]
    return [base for item in amount.amounts for base in _bases(item)] if isinstance(amount, Pick) else []


def _share(way: Way, step: Share) -> None:
    if step.within is None:
        _undivided(way, step.head, step.pot)
    else:
        _filled(way, step.head, step.pot)
        if way.shared.get(step.pot) != step.within:
            raise PlanRefused(
                "not_shared_yet",
                _("“%(pot)s” has not been shared among “%(group)s” before."),
                values={"pot": step.pot, "group": step.within},
                line=step.head.line,
            )
    _not_held(way, step.head, step.pot)
    if step.above_ceiling:
        _fill(way, step.head, step.pot, step.above_ceiling)
    way.shared[step.pot] = step.group


def _filled(way: Way, head: Head, pot: str) -> None:
    if pot not in way.filled:
        raise PlanRefused(
            "pot_not_filled",
            _("“%(pot)s” has no money yet at step %(step)s."),
            values={"pot": pot, "step": head.number},
            line=head.line,
            next_step=_("Move this step below the one that fills it."),
        )


def _undivided(way: Way, head: Head, pot: str) -> None:
    _filled(way, head, pot)
    if pot in way.split:
        raise PlanRefused(
            "already_split",
            _("Everything in “%(pot)s” has gone to other pots before step %(step)s."),
            values={"pot": pot, "step": head.number},
            line=head.line,
        )
    if pot in way.shared:
        raise PlanRefused(
            "already_shared",
            _("“%(pot)s” was already shared among its recipients before step %(step)s."),
            values={"pot": pot, "step": head.number},
            line=head.line,
        )


def _not_held(way: Way, head: Head, pot: str) -> None:
    if pot in way.held:
        raise PlanRefused("held_pot_shared", _("“%(pot)s” is held; it cannot be shared before it is released."), values={"pot": pot}, line=head.line)


def _fill(way: Way, head: Head, source: str, to: str) -> None:
    if to == source or to in way.filled[source]:
        raise PlanRefused(
            "cycle",
            _("Step %(step)s sends money from “%(source)s” back to “%(to)s”, where it came from."),
            values={"step": head.number, "source": source, "to": to},
            line=head.line,
        )
    if to in way.split:
        raise PlanRefused(
            "filled_after_split",
            _("“%(to)s” gets money at step %(step)s, after it was split."),
            values={"to": to, "step": head.number},
            line=head.line,
        )
    if to in way.shared:
        raise PlanRefused(
            "filled_after_share",
            _("“%(to)s” gets money at step %(step)s, after it was shared."),
            values={"to": to, "step": head.number},
            line=head.line,
        )
    way.filled.setdefault(to, set()).update({source}, way.filled[source])
