"""Find the value of an amount, a key or a bound from the money moved so far and the facts."""

from __future__ import annotations

from fractions import Fraction

from core.refusal import gettext_noop as _
from revenue.sharing.engine.plan import RECEIPT, Amount, Base, Bound, Fixed, FromFacts, Head, Key, Pick, Rate
from revenue.sharing.engine.run import Run
from revenue.sharing.engine.split import down, normalised, up
from revenue.sharing.engine.units import scale


def base_minor(*, run: Run, base: Base, source: str) -> int:
    """Return what a percentage is of, in minor units."""
    if base.kind == "gross":
        return run.source.amount_minor
    if base.kind == "left":
        return run.purses[source].minor
    told = sum(run.purses[code].received for code in base.pots)
    return told if base.kind == "pot" else run.purses[RECEIPT].received - told


def exact_amount(*, run: Run, head: Head, amount: Amount, source: str) -> Fraction:
    """
    Return an amount in minor units before rounding.

    :raises PlanRefused: missing_amount, negative_amount, finer_than_currency
    """
    if isinstance(amount, Fixed):
        return Fraction(amount.minor)
    if isinstance(amount, Rate):
        return amount.rate * base_minor(run=run, base=amount.of, source=source)
    if isinstance(amount, FromFacts):
        return _stated(run=run, head=head, name=amount.name)
    assert isinstance(amount, Pick)
    found = [exact_amount(run=run, head=head, amount=item, source=source) for item in amount.amounts]
    return max(found) if amount.which == "greatest" else min(found)


def _stated(*, run: Run, head: Head, name: str) -> Fraction:
    value = fact_number(run=run, head=head, name=name) * scale(currency=run.plan.currency)
    if value < 0:
        raise run.refuse(head, "negative_amount", _("the facts give a negative “%(name)s”."), values={"name": name})
    if value.denominator != 1:
        raise run.refuse(
            head,
            "finer_than_currency",
            _("“%(name)s” has more decimals than %(currency)s has."),
            values={"name": name, "currency": run.plan.currency},
        )
    return value


def fact_number(*, run: Run, head: Head, name: str) -> Fraction:
    """
    Return a single number of the facts.

    :raises PlanRefused: missing_amount
    """
    value = run.facts.values.get(name)
    if not isinstance(value, Fraction):
        raise run.refuse(
            head, "missing_amount", _("the facts give no number “%(name)s”."), values={"name": name}, next_step=_("Add it under values: %(name)s: …")
        )
    return value


def members(*, run: Run, head: Head, group: str) -> list[str]:
    """
    Return the recipients of a group in code order.

    :raises PlanRefused: missing_group, repeated_recipient
    """
    codes = run.facts.groups.get(group, ())
    if not codes:
        raise run.refuse(
            head, "missing_group", _("the facts name no recipients in “%(group)s”."), values={"group": group}, next_step=_("List them under groups.")
        )
    if len(set(codes)) != len(codes):
        raise run.refuse(head, "repeated_recipient", _("somebody is named twice in “%(group)s”."), values={"group": group})
    return sorted(codes)


def indicator(*, run: Run, head: Head, name: str, who: list[str]) -> dict[str, Fraction]:
    """
    Return one indicator for exactly these recipients.

    :raises PlanRefused: missing_indicator, negative_indicator
    """
    values = run.facts.indicators.get(name)
    if values is None:
        raise run.refuse(
            head, "missing_indicator", _("the facts have no indicator “%(name)s”."), values={"name": name}, next_step=_("Add it under indicators.")
        )
    found: dict[str, Fraction] = {}
    for code in who:
        value = values.get(code)
        if value is None:
            raise run.refuse(
                head,
                "missing_indicator",
                _("the facts do not give “%(name)s” of %(code)s; write 0 if it is none."),
                values={"name": name, "code": code},
            )
        if value < 0:
            raise run.refuse(
                head, "negative_indicator", _("“%(name)s” of %(code)s is below zero, and a share cannot be."), values={"name": name, "code": code}
            )
        found[code] = value
    return found


def key_weights(*, run: Run, head: Head, key: Key, who: list[str]) -> dict[str, Fraction]:
    """
    Return each recipient's weight: equal, one indicator, several multiplied, or normalised and added.

    :raises PlanRefused: missing_indicator, negative_indicator, empty_indicator
    """
    if key.kind == "equal":
        return dict.fromkeys(who, Fraction(1))
    columns = [indicator(run=run, head=head, name=name, who=who) for name, _ in key.parts]
    if key.kind == "indicator":
        return columns[0]
    if key.kind == "multiply":
        weights = dict.fromkeys(who, Fraction(1))
        for column in columns:
            weights = {code: weights[code] * column[code] for code in who}
        return weights
    weights = dict.fromkeys(who, Fraction(0))
    for (name, weight), column in zip(key.parts, columns, strict=True):
        if not any(column.values()):
            raise run.refuse(
                head, "empty_indicator", _("“%(name)s” is zero for everybody, so its weight has nobody to go to."), values={"name": name}
            )
        part = normalised(values=column, weight=weight)
        weights = {code: weights[code] + part[code] for code in who}
    return weights


def key_facts(*, run: Run, key: Key) -> tuple[str, ...]:
    """Name the facts a key used, with their date."""
    if key.kind == "equal":
        return ()
    days = {name: run.facts.day_of(name) for name, _ in key.parts}
    return tuple(f"{name} ({day})" if day else name for name, day in days.items())


def bound_values(*, run: Run, head: Head, bound: Bound | None, pot: str, who: list[str], quantum: int, side: str) -> dict[str, int] | None:
    """
    Return each recipient's floor (rounded up to the quantum) or ceiling (rounded down), in minor units.

    :raises PlanRefused: missing_indicator, negative_indicator
    """
    if bound is None:
        return None
    if bound.kind == "fixed":
        exact = dict.fromkeys(who, Fraction(bound.minor))
    elif bound.kind == "indicator":
        column = indicator(run=run, head=head, name=bound.indicator, who=who)
        exact = {code: value * scale(currency=run.plan.currency) for code, value in column.items()}
    else:
        before = run.facts.last_time.get(pot, {})
        exact = {code: Fraction(before.get(code, 0)) for code in who}
    round_off = up if side == "floor" else down
    return {code: round_off(exact=value, quantum=quantum) for code, value in exact.items()}
