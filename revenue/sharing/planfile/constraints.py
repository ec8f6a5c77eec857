"""Prove what the law demands of a plan, where percentages alone decide it."""

from __future__ import annotations

from fractions import Fraction
from typing import Final

from core.refusal import gettext_noop as _
from revenue.sharing.engine.plan import RECEIPT, Amount, Base, Constraint, Plan, Rate, Recover, Split, Take
from revenue.sharing.engine.refusal import PlanRefused, Said
from revenue.sharing.engine.words import part_text

# The gross receipt among the names of a sum; the others are the numbers of steps that take an unknown amount from it.
GROSS: Final = "gross"
Sum = dict[str, Fraction]


def check_constraints(*, plan: Plan) -> tuple[Constraint, ...]:
    """
    Refuse a plan whose percentages break a constraint, whatever its charges are; return those only each receipt can show.

    :raises PlanRefused: constraint_broken, with the constraint's line
    """
    received = _received(plan)
    open_: list[Constraint] = []
    for rule in plan.constraints:
        got = _sum(received, rule.pots)
        base = _base(received, rule.of)
        if got is None or base is None:
            open_.append(rule)
            continue
        signs = [
            _sign(_less(got, _times(base, rule.at_least)), base) if rule.at_least is not None else 1,
            _sign(_less(_times(base, rule.at_most), got), base) if rule.at_most is not None else 1,
        ]
        if -1 in signs:
            raise _broken(rule, got, base, at_least=signs[0] == -1)
        if 0 in signs:
            open_.append(rule)
    return tuple(open_)


def _broken(rule: Constraint, got: Sum, base: Sum, *, at_least: bool) -> PlanRefused:
    limit = rule.at_least if at_least else rule.at_most
    assert limit is not None
    values: dict[str, object] = {"pots": ", ".join(rule.pots), "clause": rule.clause or Said(_("the constraint")), "limit": part_text(limit)}
    if set(got) | set(base) <= {GROSS}:
        values |= {"got": part_text(got.get(GROSS, Fraction(0))), "limit": part_text(limit * base.get(GROSS, Fraction(0)))}
        least = _("%(pots)s would get %(got)s of the gross receipt; %(clause)s demands at least %(limit)s.")
        most = _("%(pots)s would get %(got)s of the gross receipt; %(clause)s demands at most %(limit)s.")
    else:
        least = _("%(pots)s would always get less than %(limit)s; %(clause)s demands at least that.")
        most = _("%(pots)s would always get more than %(limit)s; %(clause)s demands at most that.")
    next_step = _("Change the shares.")
    return PlanRefused("constraint_broken", least if at_least else most, values=values, line=rule.line, next_step=next_step)


def _less(one: Sum, other: Sum) -> Sum:
    return {name: one.get(name, Fraction(0)) - other.get(name, Fraction(0)) for name in {*one, *other}}


def _times(one: Sum, factor: Fraction) -> Sum:
    return {name: factor * part for name, part in one.items()}


def _sign(one: Sum, base: Sum) -> int:
    """
    Return 1 if a sum is never below zero, -1 if it is below wherever the base is anything, 0 if that depends on the receipt.

    The gross receipt is what its unknown charges take and what they leave; none of these is below zero.
    """
    names = sorted({*one, *base} - {GROSS})
    parts, of_base = _by_unknowns(one, names), _by_unknowns(base, names)
    if all(part >= 0 for part in parts):
        return 1
    below = all(part <= 0 for part in parts)
    return -1 if below and all(part < 0 for part, whole in zip(parts, of_base, strict=True) if whole > 0) else 0


def _by_unknowns(one: Sum, names: list[str]) -> list[Fraction]:
    gross = one.get(GROSS, Fraction(0))
    return [gross, *(one.get(name, Fraction(0)) + gross for name in names)]


def _sum(received: dict[str, Sum | None], pots: tuple[str, ...]) -> Sum | None:
    total: Sum = {}
    for pot in pots:
        part = received.get(pot, {})
        if part is None:
            return None
        total = _less(total, _times(part, Fraction(-1)))
    return total


def _base(received: dict[str, Sum | None], base: Base) -> Sum | None:
    whole = {GROSS: Fraction(1)}
    if base.kind in ("gross", "left"):
        return whole
    told = _sum(received, base.pots)
    if told is None:
        return None
    return told if base.kind == "pot" else _less(whole, told)


def _received(plan: Plan) -> dict[str, Sum | None]:
    """Return what each pot gets in all, as parts of the gross receipt and of its unknown charges; None where facts decide."""
    received: dict[str, Sum | None] = {RECEIPT: {GROSS: Fraction(1)}}
    there: dict[str, Sum | None] = dict(received)

    def move(source: str, to: str, part: Sum | None) -> None:
        for pots, pot, sign in ((there, source, -1), (there, to, 1), (received, to, 1)):
            before = pots.get(pot, {})
            pots[pot] = None if part is None or before is None else _less(before, _times(part, Fraction(-sign)))

    for step in plan.steps:
        if isinstance(step, (Take, Recover)):
            move(step.source, step.to, _part(step, there.get(step.source), received))
        elif isinstance(step, Split) and step.by is None:
            whole = there.get(step.source)
            shares = dict(step.into)
            if step.remainder:
                shares[step.remainder] = 1 - sum(shares.values(), Fraction(0))
            for pot, share in shares.items():
                move(step.source, pot, None if whole is None else _times(whole, share))
        else:
            for pot in _touched(step):
                there[pot] = received[pot] = None
    return received


def _part(step: Take | Recover, left: Sum | None, received: dict[str, Sum | None]) -> Sum | None:
    amount: Amount | None = step.amount if isinstance(step, Take) else None
    if isinstance(amount, Rate):
        base = left if amount.of.kind == "left" else _base(received, amount.of)
        return None if base is None else _times(base, amount.rate)
    # An amount nobody knows yet; only what the receipt itself pays is known to be a part of it.
    return {step.head.number: Fraction(1)} if step.source == RECEIPT else None


def _touched(step: object) -> list[str]:
    """Return the pots a step fills or empties in a way percentages alone do not tell."""
    names = [getattr(step, name, None) for name in ("source", "to", "rest", "unearned", "above_ceiling")]
    names += [pot for _, pot in getattr(step, "bands", ()) if isinstance(pot, str)]
    names += [pot for pot, _ in getattr(step, "into", ())]
    for case in getattr(step, "cases", ()):
        names += [pot for inner in case.steps for pot in _touched(inner)]
    names += [pot for inner in getattr(step, "otherwise", None) or () for pot in _touched(inner)]
    return [name for name in names if isinstance(name, str) and name != RECEIPT]
