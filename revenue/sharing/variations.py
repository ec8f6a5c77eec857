"""What of a plan can be turned to see what would happen: its shares, amounts and limits. Pure: no Django, nothing is saved."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Literal, TypeVar

from core.refusal import gettext_noop as _
from revenue.sharing.engine.plan import (
    Amount,
    Bands,
    Bound,
    Choose,
    Fixed,
    FromFacts,
    Gate,
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
    Text,
    Tiers,
    walk,
)
from revenue.sharing.engine.refusal import PlanRefused
from revenue.sharing.engine.units import for_people, scale
from revenue.sharing.engine.words import join, number_text, part_text, pot_text
from revenue.sharing.planfile import values
from revenue.sharing.planfile.constraints import check_constraints
from revenue.sharing.planfile.nodes import Node

Kind = Literal["share", "money", "rate"]
Turn = Callable[[str, Kind, Fraction, Text], Fraction]
Stepped = TypeVar("Stepped", bound=Step)

_WORDS = {
    "take": Text("amount", "ចំនួន"),
    "costs": Text("costs", "ចំណាយ"),
    "interest": Text("interest", "ការប្រាក់"),
    "at_most": Text("at most", "យ៉ាងច្រើន"),
    "at_least": Text("at least", "យ៉ាងតិច"),
    "base": Text("base for each", "ប្រាក់គោលម្នាក់ៗ"),
    "floor": Text("floor", "កម្រិតអប្បបរមា"),
    "ceiling": Text("ceiling", "កម្រិតអតិបរមា"),
    "rate": Text("rate", "អត្រា"),
    "cap": Text("cap", "កម្រិតកាត់"),
    "minimum": Text("smallest payment", "ការទូទាត់តូចបំផុត"),
}


@dataclass(frozen=True, slots=True)
class Dial:
    """One number of a plan that can be turned: ``name`` is a field's name, ``text`` the value as people write it."""

    name: str
    number: str
    step: Text
    label: Text
    text: str


def dials(*, plan: Plan) -> tuple[Dial, ...]:
    """Return every share, amount and limit of a plan, in the order of its steps."""
    found: list[Dial] = []
    for step in walk(plan.steps):
        head = step.head

        def note(name: str, kind: Kind, value: Fraction, label: Text) -> Fraction:
            found.append(Dial(f"step-{head.number}-{name}", head.number, head.title, label, _shown(plan, kind, value)))  # noqa: B023
            return value

        _rebuilt(plan, step, note)
    return tuple(found)


def turned(*, plan: Plan, given: Mapping[str, str]) -> Plan:
    """
    Return the plan with other numbers: ``given`` are texts by the name of a dial; what is empty stays as it is.

    :raises PlanRefused: if a text is no number, shares no longer add up, or a demand of the law is broken; ``field`` names the dial
    """
    changed = replace(plan, steps=_all(plan, plan.steps, given))
    check_constraints(plan=changed)
    return changed


def stated_values(plan: Plan) -> tuple[str, ...]:
    """Return the names of the single values the facts must hold: prices, ages, stated costs and rates."""
    found: dict[str, None] = {}
    for step in walk(plan.steps):
        found.update(dict.fromkeys(_values_of(step)))
    return tuple(found)


def _values_of(step: Step) -> Iterator[str]:
    if isinstance(step, Choose):
        yield step.value
    elif isinstance(step, Tiers):
        yield step.measure
    for name in ("amount", "costs", "at_most", "base"):
        yield from _stated(getattr(step, name, None))
    if isinstance(step, PayRate):
        yield from (rate for rate in (step.rate, step.at_least, step.at_most) if isinstance(rate, str))


def _stated(amount: object) -> Iterator[str]:
    if isinstance(amount, FromFacts):
        yield amount.name
    elif isinstance(amount, Pick):
        for item in amount.amounts:
            yield from _stated(item)


def _all(plan: Plan, steps: tuple[Step, ...], given: Mapping[str, str]) -> tuple[Step, ...]:
    return tuple(_one(plan, step, given) for step in steps)


def _one(plan: Plan, step: Step, given: Mapping[str, str]) -> Step:
    number = step.head.number

    def turn(name: str, kind: Kind, value: Fraction, _label: Text) -> Fraction:
        field = f"step-{number}-{name}"
        text = given.get(field, "").strip()
        if not text or text == _shown(plan, kind, value):
            return value
        try:
            return _read(plan, kind, text)
        except PlanRefused as refusal:
            refusal.field = field
            raise

    if isinstance(step, Choose):
        cases = tuple(replace(case, steps=_all(plan, case.steps, given)) for case in step.cases)
        otherwise = None if step.otherwise is None else _all(plan, step.otherwise, given)
        return replace(step, cases=cases, otherwise=otherwise)
    found = _rebuilt(plan, step, turn)
    if isinstance(found, Split) and found.by is None:
        _adds_up(found)
    return found


def _adds_up(step: Split) -> None:
    total = sum((part for _, part in step.into), Fraction(0))
    if total > 1 or (total < 1 and step.remainder is None):
        refusal = PlanRefused(
            "shares_do_not_add_up",
            _("The shares of step %(step)s add up to %(total)s, not 100 %%."),
            values={"step": step.head.number, "total": part_text(total)},
            next_step=_("Change another share of the same step as well."),
        )
        refusal.field = f"step-{step.head.number}-{step.into[0][0]}"
        raise refusal


def _rebuilt(plan: Plan, step: Stepped, turn: Turn) -> Stepped:
    """Hand each number of a step to ``turn`` and put what it returns in its place."""
    found: Step = step
    match step:
        case Take():
            found = replace(step, amount=_amount("take", step.amount, turn, pot_text(plan, step.to)))
        case Recover():
            top = None if step.at_most is None else _amount("at_most", step.at_most, turn, _WORDS["at_most"])
            interest = turn("interest", "share", step.interest, _WORDS["interest"]) if step.interest else step.interest
            found = replace(step, costs=_amount("costs", step.costs, turn, _WORDS["costs"]), at_most=top, interest=interest)
        case Split() if step.by is None:
            found = replace(step, into=tuple((code, turn(code, "share", part, pot_text(plan, code))) for code, part in step.into))
        case Share():
            base = None if step.base is None else _amount("base", step.base, turn, _WORDS["base"])
            found = replace(step, base=base, floor=_bound("floor", step.floor, turn), ceiling=_bound("ceiling", step.ceiling, turn))
        case PayRate():
            found = replace(
                step,
                rate=_rate("rate", step.rate, turn),
                at_least=_rate("at_least", step.at_least, turn),
                at_most=_rate("at_most", step.at_most, turn),
            )
        case Bands():
            bands = tuple(
                (edge, turn(f"band-{place}", "share", part, Text(f"from {number_text(edge)}", f"ចាប់ពី {number_text(edge)}")))
                for place, (edge, part) in enumerate(step.bands, start=1)
            )
            found = replace(step, bands=bands)
        case Recoup():
            found = replace(step, cap=turn("cap", "share", step.cap, _WORDS["cap"]))
        case Gate() if step.minimum:
            found = replace(step, minimum=int(turn("minimum", "money", Fraction(step.minimum), _WORDS["minimum"])))
    return found  # type: ignore[return-value]


def _amount(name: str, amount: Amount, turn: Turn, label: Text) -> Amount:
    if isinstance(amount, Rate):
        return replace(amount, rate=turn(name, "share", amount.rate, label))
    if isinstance(amount, Fixed):
        return Fixed(int(turn(name, "money", Fraction(amount.minor), label)))
    if isinstance(amount, Pick):
        side = _WORDS["at_least" if amount.which == "greatest" else "at_most"]
        labels = (label, join(label, ", ", side))
        return replace(
            amount,
            amounts=tuple(_amount(f"{name}-{place}", item, turn, labels[min(place, 1)]) for place, item in enumerate(amount.amounts)),
        )
    return amount


def _bound(name: str, bound: Bound | None, turn: Turn) -> Bound | None:
    if bound is None or bound.kind != "fixed":
        return bound
    return replace(bound, minor=int(turn(name, "money", Fraction(bound.minor), _WORDS[name])))


def _rate(name: str, rate: Fraction | str | None, turn: Turn) -> Fraction | str | None:
    return turn(name, "rate", rate, _WORDS[name]) if isinstance(rate, Fraction) else rate


def _shown(plan: Plan, kind: Kind, value: Fraction) -> str:
    if kind == "share":
        return part_text(value)
    if kind == "money":
        return for_people(minor=int(value), currency=plan.currency)
    return number_text(value / scale(currency=plan.currency))


def _read(plan: Plan, kind: Kind, text: str) -> Fraction:
    node = Node(0, text=text)
    if kind == "share":
        # On a page that asks for a share, a bare number can only be a percentage.
        return values.share(node=node if "/" in text or "%" in text else Node(0, text=f"{text} %"), what="share")
    if kind == "money":
        return Fraction(values.money(node=node, frame=values.Frame(plan.currency, ()), what="amount"))
    rate = values.exact_number(node=node, what="rate")
    if rate < 0:
        raise PlanRefused("negative_amount", _("A rate cannot be below zero."))
    return rate * scale(currency=plan.currency)
