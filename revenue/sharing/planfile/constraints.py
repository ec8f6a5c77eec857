"""Prove what the law demands of a plan, where percentages alone decide it."""

from __future__ import annotations

from fractions import Fraction

from revenue.sharing.engine.plan import RECEIPT, Amount, Base, Constraint, Plan, Rate, Split, Take
from revenue.sharing.engine.refusal import PlanRefused
from revenue.sharing.engine.words import part_text


def check_constraints(*, plan: Plan) -> tuple[Constraint, ...]:
    """
    Refuse a plan whose percentages break a constraint; return those that only each receipt can show.

    :raises PlanRefused: constraint_broken, with the constraint's line
    """
    received = _parts_of_gross(plan)
    open_: list[Constraint] = []
    for rule in plan.constraints:
        got = _sum(received, rule.pots)
        base = _base(received, rule.of)
        if got is None or base is None:
            open_.append(rule)
            continue
        for limit, broken, word in (
            (rule.at_least, rule.at_least is not None and got < rule.at_least * base, "least"),
            (rule.at_most, rule.at_most is not None and got > rule.at_most * base, "most"),
        ):
            if broken and limit is not None:
                raise PlanRefused(
                    "constraint_broken",
                    f"{', '.join(rule.pots)} would get {part_text(got)} of the gross receipt; "
                    f"{rule.clause or 'the constraint'} demands at {word} {part_text(limit * base)}.",
                    line=rule.line,
                    next_step="Change the shares.",
                )
    return tuple(open_)


def _sum(received: dict[str, Fraction | None], pots: tuple[str, ...]) -> Fraction | None:
    total = Fraction(0)
    for pot in pots:
        part = received.get(pot, Fraction(0))
        if part is None:
            return None
        total += part
    return total


def _base(received: dict[str, Fraction | None], base: Base) -> Fraction | None:
    if base.kind in ("gross", "left"):
        return Fraction(1)
    told = _sum(received, base.pots)
    if told is None:
        return None
    return told if base.kind == "pot" else 1 - told


def _parts_of_gross(plan: Plan) -> dict[str, Fraction | None]:
    """Return what part of the gross receipt each pot gets in all; None where fixed amounts or facts decide."""
    received: dict[str, Fraction | None] = {RECEIPT: Fraction(1)}
    there: dict[str, Fraction | None] = {RECEIPT: Fraction(1)}

    def move(source: str, to: str, part: Fraction | None) -> None:
        for pots, pot, sign in ((there, source, -1), (there, to, 1), (received, to, 1)):
            before = pots.get(pot, Fraction(0))
            pots[pot] = None if part is None or before is None else before + sign * part

    for step in plan.steps:
        if isinstance(step, Take):
            move(step.source, step.to, _part(step.amount, there.get(step.source), received))
        elif isinstance(step, Split) and step.by is None:
            whole = there.get(step.source)
            shares = dict(step.into)
            if step.remainder:
                shares[step.remainder] = 1 - sum(shares.values(), Fraction(0))
            for pot, share in shares.items():
                move(step.source, pot, None if whole is None else share * whole)
        else:
            for pot in _touched(step):
                there[pot] = received[pot] = None
    return received


def _part(amount: Amount, left: Fraction | None, received: dict[str, Fraction | None]) -> Fraction | None:
    if not isinstance(amount, Rate):
        return None
    base = left if amount.of.kind == "left" else _base(received, amount.of)
    return None if base is None else amount.rate * base


def _touched(step: object) -> list[str]:
    """Return the pots a step fills or empties in a way percentages alone do not tell."""
    names = [getattr(step, name, None) for name in ("source", "to", "rest", "unearned", "above_ceiling")]
    names += [pot for _, pot in getattr(step, "bands", ()) if isinstance(pot, str)]
    names += [pot for pot, _ in getattr(step, "into", ())]
    for case in getattr(step, "cases", ()):
        names += [pot for inner in case.steps for pot in _touched(inner)]
    names += [pot for inner in getattr(step, "otherwise", None) or () for pot in _touched(inner)]
    return [name for name in names if isinstance(name, str) and name != RECEIPT]
