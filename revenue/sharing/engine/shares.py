"""The steps that divide a pot among recipients, and what can happen to a recipient's part."""

from __future__ import annotations

from fractions import Fraction

from core.refusal import gettext_noop as _
from revenue.sharing.engine.amounts import (
    bound_values,
    exact_amount,
    fact_number,
    indicator,
    key_weights,
    members,
)
from revenue.sharing.engine.bounds import CannotHold, bounded, room
from revenue.sharing.engine.plan import Bands, Decide, Gate, Head, Key, PayRate, Recoup, Share, Text
from revenue.sharing.engine.refusal import Titled
from revenue.sharing.engine.run import Portion, Purse, Run
from revenue.sharing.engine.split import NothingToSplitBy, apportion, down, exact_parts, nearest, over
from revenue.sharing.engine.units import scale
from revenue.sharing.engine.words import join, key_text, near_text, number_text, part_text, pot_text


def share(run: Run, step: Share) -> None:
    """
    Divide a pot among a group; with ``within``, divide what each parent got among its own members.

    :raises PlanRefused: missing_group, nothing_to_split_by, bound_cannot_hold, base_too_large, and others named below
    """
    purse = run.purses[step.pot]
    if step.within is None:
        portions, above = _portions(run, step, members(run=run, head=step.head, group=step.group), purse.minor)
        label = f"{step.head.number} share {step.pot} among {step.group}"
        purse.portions = {code: _told(purse, portion, label) for code, portion in portions.items()}
        _to_pot(run, step.head, step.pot, step.above_ceiling, above, "above the ceiling")
        return
    parents = run.facts.within.get(step.group, {})
    nested: dict[str, Portion] = {}
    _known_everywhere(run, step, {code for parent in purse.portions or {} for code in parents.get(parent, ())})
    for parent, had in (purse.portions or {}).items():
        children = sorted(parents.get(parent, ()))
        if not children:
            raise run.refuse(
                step.head, "missing_group", _("the facts name no “%(group)s” within %(parent)s."), values={"group": step.group, "parent": parent}
            )
        portions, above = _portions(run, step, children, had.minor)
        label = f"{step.head.number} share {step.pot} of {parent} among {step.group}"
        for code, portion in portions.items():
            if code in nested:
                raise run.refuse(
                    step.head, "repeated_recipient", _("%(code)s is within two of “%(group)s”."), values={"code": code, "group": step.within}
                )
            how = (*had.how, *portion.how)
            nested[code] = Portion(portion.minor, portion.exact, how, (*had.steps, label), (*had.facts, *portion.facts))
        _to_pot(run, step.head, step.pot, step.above_ceiling, above, "above the ceiling")
    purse.portions = nested


def _portions(run: Run, step: Share, who: list[str], total: int) -> tuple[dict[str, Portion], int]:
    quantum = run.quantum(step.quantum)
    weights = key_weights(run=run, head=step.head, key=step.by, who=who)
    base = _base(run, step, who, total)
    ties = [code for code in step.ties if code in weights]
    order = [*ties, *(code for code in who if code not in ties)]
    rest, above = total - base * len(who), 0
    floors = bound_values(run=run, head=step.head, bound=step.floor, pot=step.pot, who=who, quantum=quantum, side="floor")
    tops = bound_values(run=run, head=step.head, bound=step.ceiling, pot=step.pot, who=who, quantum=quantum, side="ceiling")
    if tops is not None and step.above_ceiling is not None and any(weights.values()):
        above = max(0, rest - room(weights=weights, floors=floors, ceilings=tops))
    try:
        parts, at_bound = bounded(total=rest - above, weights=weights, floors=floors, ceilings=tops, order=order, quantum=quantum)
    except NothingToSplitBy as error:
        raise run.refuse(
            step.head,
            "nothing_to_split_by",
            _("everybody's weight is zero, so %(amount)s has nobody to go to."),
            values={"amount": run.money(rest)},
            next_step=_("Correct the indicator, or choose another key."),
        ) from error
    except CannotHold as error:
        raise _infeasible(run, step, error) from error
    free = {code: weight for code, weight in weights.items() if code not in at_bound}
    exact = exact_parts(total=sum(parts[code] for code in free), weights=free)
    rule = {code: minor + base for code, minor in parts.items()}
    parts, decided = run.departed(step.head, rule, total - above, of_many=step.within is not None)
    all_weights = sum(weights.values(), Fraction(0))
    key = key_text(step.by)
    bound_words = {code: _at_bound(run, minor, floors, code) for code, minor in parts.items() if code in at_bound}
    return {
        code: Portion(
            minor=minor,
            exact=Fraction(minor) if code in at_bound else base + exact.get(code, Fraction(0)),
            how=(decided or bound_words.get(code) or _how(run, key, over(weights[code], all_weights or 1), base),),
            steps=(),
            facts=_used(run, step.by, code),
        )
        for code, minor in parts.items()
    }, above


def _known_everywhere(run: Run, step: Share, codes: set[str]) -> None:
    """Refuse a decision on a second level that names somebody who is within none of the parents."""
    decision = run.facts.overrides.get(step.head.id) or run.facts.overrides.get(step.head.number)
    strangers = sorted({*decision.amounts, *decision.shares} - codes) if decision else []
    if strangers:
        raise run.refuse(
            step.head, "decision_unknown_recipient", _("the decision names “%(name)s”, who has no part here."), values={"name": strangers[0]}
        )


def _base(run: Run, step: Share, who: list[str], total: int) -> int:
    if step.base is None:
        return 0
    each = down(exact=exact_amount(run=run, head=step.head, amount=step.base, source=step.pot))
    if each * len(who) > total:
        raise run.refuse(
            step.head,
            "base_too_large",
            _("a base of %(each)s for %(count)s recipients is %(total_base)s, but the pot holds %(total)s."),
            values={"each": run.money(each), "count": len(who), "total_base": run.money(each * len(who)), "total": run.money(total)},
        )
    return each


def _infeasible(run: Run, step: Share, error: CannotHold) -> Exception:
    needs, there_is = run.money(error.needs), run.money(error.there_is)
    template = {
        "floor": _("the floors add up to %(needs)s, but there is %(there_is)s."),
        "ceiling": _("the ceilings allow %(needs)s, but there is %(there_is)s."),
        "crossed": _("the floor of %(name)s (%(needs)s) is above the ceiling (%(there_is)s)."),
        "both": _("the floor and the ceiling together leave no way to share %(there_is)s."),
    }[error.side]
    values = {"needs": needs, "there_is": there_is, "name": error.who}
    next_step = _("Change the bound, or say where the rest goes (above_ceiling).")
    return run.refuse(step.head, "bound_cannot_hold", template, values=values, next_step=next_step)


def _at_bound(run: Run, minor: int, floors: dict[str, int] | None, code: str) -> Text:
    if floors is not None and floors[code] == minor:
        return Text(f"raised to the floor of {run.money(minor)}", f"ដំឡើងដល់កម្រិតអប្បបរមា {run.money(minor)}")
    return Text(f"cut to the ceiling of {run.money(minor)}", f"កាត់ត្រឹមកម្រិតអតិបរមា {run.money(minor)}")


def _how(run: Run, key: Text, part: Fraction, base: int) -> Text:
    text = join(near_text(part), " ", key)
    if base:
        text = join(Text(f"a base of {run.money(base)} and ", f"ប្រាក់គោល {run.money(base)} និង "), text)
    return text


def _used(run: Run, key: Key, code: str) -> tuple[str, ...]:
    if key.kind == "equal":
        return ()
    days = {name: run.facts.day_of(name) for name, _ in key.parts}
    return tuple(f"{name} of {code}{f' on {day}' if day else ''}: {number_text(run.facts.indicators[name][code])}" for name, day in days.items())


def _told(purse: Purse, portion: Portion, label: str) -> Portion:
    how = (*purse.how, *portion.how)
    return Portion(portion.minor, portion.exact, how, (*purse.steps, label), (*purse.facts, *portion.facts))


def _to_pot(run: Run, head: Head, pot: str, to: str | None, minor: int, why: str) -> None:
    if to is None or (minor == 0 and run.purses[to].received):
        return
    names = {
        "above the ceiling": "លើសកម្រិតអតិបរមា",
        "not earned": "មិនទាន់ទទួលបានតាមលទ្ធផល",
        "not used by the rate": "មិនបានប្រើតាមអត្រា",
    }
    how = Text(f"{why}: {run.money(minor)}", f"{names[why]}៖ {run.money(minor)}")
    run.move(source=pot, to=to, minor=minor, exact=Fraction(minor), step=f"{head.number} {pot} → {to}", how=how)


def pay_rate(run: Run, step: PayRate) -> None:
    """
    Pay so much for each unit of an indicator, to nearest, half to even; the rest goes to a named pot.

    :raises PlanRefused: short, missing_amount, missing_indicator
    """
    purse = run.purses[step.pot]
    who = members(run=run, head=step.head, group=step.group)
    quantum = run.quantum(step.quantum)
    quantities = key_weights(run=run, head=step.head, key=step.for_each, who=who)
    rate = _rate(run, step, sum(quantities.values(), Fraction(0)), purse.minor)
    exact = {code: rate * quantity for code, quantity in quantities.items()}
    parts = {code: nearest(exact=value, quantum=quantum) for code, value in exact.items()}
    short = sum(parts.values()) > purse.minor
    if short and step.if_short == "refuse" and step.rate is not None:
        raise run.refuse(
            step.head,
            "short",
            _("%(due)s is due at this rate, but the pot holds %(there_is)s."),
            values={"due": run.money(sum(parts.values())), "there_is": run.money(purse.minor)},
            next_step=_("Lower the rate, or write if_short: in_proportion."),
        )
    if short:
        order = [*step.ties, *(code for code in who if code not in step.ties)]
        exact = exact_parts(total=purse.minor, weights=quantities)
        parts = apportion(total=purse.minor, weights=quantities, order=order, quantum=quantum)
    key = key_text(step.for_each)
    each = number_text(rate / scale(currency=run.plan.currency))
    label = f"{step.head.number} pay {step.pot} to {step.group}"
    portions = {}
    for code, minor in parts.items():
        many = number_text(quantities[code])
        how = Text(f"{many} × {each} ({key.en})", f"{many} × {each} ({key.km})")
        if short:
            how = join(how, Text(", reduced in proportion", " កាត់បន្ថយតាមសមាមាត្រ"))
        portion = Portion(minor, exact[code], (how,), (), _used(run, step.for_each, code))
        portions[code] = _told(purse, portion, label)
    rest = purse.minor - sum(parts.values())
    purse.portions = portions
    _to_pot(run, step.head, step.pot, step.rest, rest, "not used by the rate")


def _rate(run: Run, step: PayRate, quantity: Fraction, there_is: int) -> Fraction:
    allowed = over(there_is, quantity) if quantity else Fraction(0)
    rate = allowed if step.rate is None else _norm(run, step, step.rate)
    if step.at_most is not None:
        rate = min(rate, _norm(run, step, step.at_most))
    if step.at_least is not None:
        lowest = _norm(run, step, step.at_least)
        if rate < lowest and step.rate is None and lowest * quantity > there_is:
            raise run.refuse(
                step.head,
                "rate_below_norm",
                _("the pot pays %(rate)s for each, below the lowest rate allowed."),
                values={"rate": number_text(rate / scale(currency=run.plan.currency))},
            )
        rate = max(rate, lowest)
    return rate


def _norm(run: Run, step: PayRate, given: Fraction | str) -> Fraction:
    if isinstance(given, Fraction):
        return given
    return fact_number(run=run, head=step.head, name=given) * scale(currency=run.plan.currency)


def bands(run: Run, step: Bands) -> None:
    """
    Pay a part of each entitlement by performance, rounded down; what is not earned goes to a named pot.

    :raises PlanRefused: short, missing_indicator
    """
    purse = run.purses[step.pot]
    who = members(run=run, head=step.head, group=step.group)
    quantum = run.quantum(step.quantum)
    due = _entitlements(run, step, who, purse.minor, quantum)
    if sum(due.values()) > purse.minor:
        raise run.refuse(
            step.head,
            "short",
            _("entitlements of %(due)s exceed the %(there_is)s there is."),
            values={"due": run.money(sum(due.values())), "there_is": run.money(purse.minor)},
        )
    measured = indicator(run=run, head=step.head, name=step.measure, who=who)
    label = f"{step.head.number} by performance {step.pot} to {step.group}"
    portions = {}
    for code in who:
        part = next((paid for edge, paid in step.bands if measured[code] >= edge), Fraction(0))
        exact = due[code] * part
        minor = down(exact=exact, quantum=quantum)
        score = number_text(measured[code])
        how = Text(
            f"{part_text(part)} of an entitlement of {run.money(due[code])}, for {step.measure} {score}",
            f"{part_text(part)} នៃសិទ្ធិទទួល {run.money(due[code])} តាម {step.measure} {score}",
        )
        portions[code] = _told(purse, Portion(minor, exact, (how,), (), (f"{step.measure} of {code}: {score}",)), label)
    rest = purse.minor - sum(portion.minor for portion in portions.values())
    purse.portions = portions
    _to_pot(run, step.head, step.pot, step.unearned, rest, "not earned")


def _entitlements(run: Run, step: Bands, who: list[str], total: int, quantum: int) -> dict[str, int]:
    if isinstance(step.entitlement, str):
        column = indicator(run=run, head=step.head, name=step.entitlement, who=who)
        return {code: down(exact=value * scale(currency=run.plan.currency)) for code, value in column.items()}
    weights = key_weights(run=run, head=step.head, key=step.entitlement, who=who)
    order = [*step.ties, *(code for code in who if code not in step.ties)]
    return run.spread(head=step.head, total=total, weights=weights, order=order, quantum=quantum)[0]


def decide(run: Run, step: Decide) -> None:
    """
    Divide a pot as its recipients decided, with their minutes.

    :raises PlanRefused: missing_decision, decision_unknown_recipient, decision_does_not_add_up
    """
    purse = run.purses[step.pot]
    who = members(run=run, head=step.head, group=step.group)
    decision = run.facts.decisions.get(step.head.id) or run.facts.decisions.get(step.head.number)
    if decision is None:
        raise run.refuse(
            step.head,
            "missing_decision",
            _("the recipients of %(pot)s decide its split themselves, and no decision is recorded."),
            values={"pot": Titled(pot_text(run.plan, step.pot))},
            next_step=_("Record the decision with its minutes."),
        )
    how = Text(f"decided by {decision.authority} ({decision.document})", f"សម្រេចដោយ {decision.authority} ({decision.document})")
    label = f"{step.head.number} decided split of {step.pot} among {step.group}"
    found = run.decided(step.head, decision, who, purse.minor)
    purse.portions = {code: _told(purse, Portion(minor, Fraction(minor), (how,), (), (decision.document,)), label) for code, minor in found.items()}


def recoup(run: Run, step: Recoup) -> None:
    """Take back earlier overpayments from a pot's recipients, at most ``cap`` of what each now gets."""
    purse = run.purses[step.pot]
    for code, portion in (purse.portions or {}).items():
        debt = run.owed.get(code, 0)
        back = min(debt, down(exact=portion.minor * step.cap, quantum=run.quantum(None)))
        if not debt:
            continue
        run.owed[code] = debt - back
        portion.minor -= back
        portion.exact -= back
        words = Text(f"less {run.money(back)} overpaid before", f"ដក {run.money(back)} ដែលបានបើកលើសពីមុន")
        portion.how = (*portion.how, words)
        portion.steps = (*portion.steps, f"{step.head.number} recover overpayment → {step.to}")
        how = Text(f"{run.money(back)} overpaid to {code} before", f"{run.money(back)} បានបើកលើសឱ្យ {code} ពីមុន")
        run.move(
            source=step.pot,
            to=step.to,
            minor=back,
            exact=Fraction(back),
            step=f"{step.head.number} recover → {step.to}",
            how=how,
        )


def gate(run: Run, step: Gate) -> None:
    """Withhold from each recipient (or from the whole pot) until every condition is met and the amount is worth paying."""
    purse = run.purses[step.pot]
    if purse.portions is None:
        purse.withheld = purse.withheld or _why_not(run, step, step.pot, purse.minor)
        return
    for code, portion in purse.portions.items():
        portion.withheld = portion.withheld or _why_not(run, step, code, portion.minor)


def _why_not(run: Run, step: Gate, code: str, minor: int) -> str:
    missing = [name for name in step.conditions if code not in run.facts.conditions.get(name, frozenset())]
    if missing:
        return "not yet met: " + ", ".join(name.replace("_", " ") for name in missing)
    if minor < step.minimum:
        return f"below the smallest payment of {run.money(step.minimum)}"
    return ""
