"""The steps that move money between pots: charges, holds, cost recovery, splits and tiers."""

from __future__ import annotations

from fractions import Fraction

from core.refusal import gettext_noop as _
from revenue.sharing.engine.amounts import exact_amount, fact_number, key_facts, key_weights
from revenue.sharing.engine.plan import Recover, Split, Take, Text, Tiers
from revenue.sharing.engine.refusal import Titled
from revenue.sharing.engine.run import Run
from revenue.sharing.engine.split import down, over
from revenue.sharing.engine.words import amount_text, join, key_text, number_text, part_text, pot_text


def take(run: Run, step: Take) -> None:
    """
    Move a fixed amount or a part of a named base, rounded down.

    :raises PlanRefused: short, and what the amount raises
    """
    there_is = run.purses[step.source].minor
    exact = exact_amount(run=run, head=step.head, amount=step.amount, source=step.source)
    minor = down(exact=exact, quantum=1 if exact.denominator == 1 else run.quantum(None))
    how = join(amount_text(run.plan, step.amount, step.source), ": ", run.money(minor))
    if minor > there_is:
        if step.if_short == "refuse":
            raise run.refuse(
                step.head,
                "short",
                _("%(pot)s takes %(wanted)s, but only %(there_is)s is there."),
                values={"pot": Titled(pot_text(run.plan, step.to)), "wanted": run.money(minor), "there_is": run.money(there_is)},
                next_step=_("Allocate when more has come in, or let the step take what is there (if_short)."),
            )
        minor, exact = there_is, Fraction(there_is)
        how = join(how, Text(f", but only {run.money(minor)} was there", f" ប៉ុន្តែមានតែ {run.money(minor)} ប៉ុណ្ណោះ"))
    run.move(source=step.source, to=step.to, minor=minor, exact=exact, step=_label(step, step.to), how=how)
    if step.kind == "hold":
        run.purses[step.to].held = True


def recover(run: Run, step: Recover) -> None:
    """
    Pay due costs and what was not recovered before, never more than there is; remember the rest.

    :raises PlanRefused: what the amounts raise
    """
    first = step.memory not in run.memory
    carried = Fraction(run.memory.get(step.memory, 0)) * (1 + step.interest)
    new = exact_amount(run=run, head=step.head, amount=step.costs, source=step.source)
    due = down(exact=(new if first or not step.once else Fraction(0)) + carried)
    limit = run.purses[step.source].minor
    if step.at_most is not None:
        limit = min(limit, down(exact=exact_amount(run=run, head=step.head, amount=step.at_most, source=step.source)))
    paid = min(due, limit)
    run.memory[step.memory] = due - paid
    how = Text(
        f"costs due {run.money(due)}, of which {run.money(paid)} recovered now and {run.money(due - paid)} later",
        f"ចំណាយត្រូវទូទាត់ {run.money(due)} ទូទាត់ឥឡូវ {run.money(paid)} និងពេលក្រោយ {run.money(due - paid)}",
    )
    run.move(source=step.source, to=step.to, minor=paid, exact=Fraction(paid), step=_label(step, step.to), how=how)


def split(run: Run, step: Split) -> None:
    """
    Divide everything in a pot among other pots by largest remainder.

    :raises PlanRefused: nothing_to_split_by, and what a key or an override raises
    """
    total = run.purses[step.source].minor
    weights = dict(step.into)
    if step.by is not None:
        weights = key_weights(run=run, head=step.head, key=step.by, who=list(weights))
    if step.remainder is not None:
        weights[step.remainder] = 1 - sum(weights.values(), Fraction(0))
    order = [*step.ties, *(code for code in weights if code not in step.ties)]
    parts, exact = run.spread(head=step.head, total=total, weights=weights, order=order, quantum=run.quantum(step.quantum))
    parts, decided = run.departed(step.head, parts, total)
    left = run.left_text(step.source)
    facts = key_facts(run=run, key=step.by) if step.by else ()
    for code, minor in parts.items():
        how = decided or _share_how(step, code, weights[code], left)
        run.move(source=step.source, to=code, minor=minor, exact=exact[code], step=_label(step, code), how=how, facts=facts)
    run.purses[step.source].spent = True


def _share_how(step: Split, code: str, weight: Fraction, left: Text) -> Text:
    if step.by is not None:
        return join(key_text(step.by), Text(" from ", " ពី"), left)
    if code == step.remainder:
        return join(Text(f"the rest ({part_text(weight)}) of ", f"ចំណែកនៅសល់ ({part_text(weight)}) នៃ"), left)
    return join(part_text(weight), Text(" of ", " នៃ"), left)


def tiers(run: Run, step: Tiers) -> None:
    """
    Move a pot's money to the pot of the band that a value falls in, or layer by layer.

    A band reaches up to and includes its edge. ``amount`` as the measure is the money in the pot, in major units.

    :raises PlanRefused: missing_amount, not_positive
    """
    purse = run.purses[step.source]
    total = purse.minor
    value = fact_number(run=run, head=step.head, name=step.measure)
    if value <= 0:
        raise run.refuse(step.head, "not_positive", _("“%(name)s” must be above zero."), values={"name": step.measure})
    weights = _layers(step, value)
    left = run.left_text(step.source)
    order = list(weights)
    parts, exact = run.spread(head=step.head, total=total, weights=weights, order=order, quantum=run.quantum(step.quantum))
    for code, minor in parts.items():
        share = part_text(weights[code])
        measure = f"{step.measure} {number_text(value)}"
        how = join(Text(f"{share} for {measure} of ", f"{share} តាម {measure} នៃ"), left)
        run.move(
            source=step.source,
            to=code,
            minor=minor,
            exact=exact[code],
            step=_label(step, code),
            how=how,
            facts=(measure,),
        )
    purse.spent = True


def _layers(step: Tiers, value: Fraction) -> dict[str, Fraction]:
    weights: dict[str, Fraction] = {}
    below = Fraction(0)
    found = False
    for edge, code in step.bands:
        top = value if edge is None else min(value, edge)
        inside = max(top - below, Fraction(0))
        if step.mode == "whole":
            inside = Fraction(int(not found and (edge is None or value <= edge)))
            found = found or inside > 0
        weights[code] = weights.get(code, Fraction(0)) + (over(inside, value) if step.mode == "marginal" else inside)
        below = below if edge is None else edge
    return weights


def _label(step: Take | Recover | Split | Tiers, to: str) -> str:
    verb = step.kind if isinstance(step, Take) else type(step).__name__.lower()
    return f"{step.head.number} {verb} {step.source} → {to}"
